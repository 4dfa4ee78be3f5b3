//! What is looked for, and what of a text is shown that was found.

use api::{ListAuditEvents, ListChannels, ListIncidents, ListMaintenanceWindows, ListMonitors};
use api::{ListStatusPages, ListStatusReports, Listed, Principal, SearchKind};

/// Searches at a time, which organisations share: fewer than there are connections for requests.
pub(crate) const PLACES: usize = 4;

/// The longest that is looked for, in characters.
const MAX_CHARS: usize = 200;

/// Words that are looked for, at most.
const MAX_WORDS: usize = 10;

/// Parts into which punctuation divides those words, at most.
const MAX_PARTS: usize = 20;

/// Of each kind, at most, and when nothing is said.
const MOST: u32 = 20;
const LIMIT: u32 = 5;

/// From this many characters on, a word is looked for where there is a lot of text.
const LONG_ENOUGH: usize = 2;

/// The longest text that is shown, and how much of it stands before the first of the words, in characters.
const EXCERPT_CHARS: usize = 160;
const BEFORE_CHARS: usize = 40;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// As it was written, in one line and without white space around it.
    pub(crate) text: String,
    /// Its parts, in small letters. All have to be there, and the last one may be the beginning of a word.
    pub(crate) parts: Vec<String>,
}

impl Asked {
    /// What is looked for by this text. Of an address that stands in it only that counts which is looked at: not who signs in,
    /// nor its query.
    ///
    /// # Errors
    /// What is wrong with `q`.
    pub(crate) fn read(given: &str) -> Result<Self, String> {
        if given.chars().any(char::is_control) {
            return Err("q must not contain a control character".to_owned());
        }
        if given.chars().count() > MAX_CHARS {
            return Err(format!("q must have at most {MAX_CHARS} characters"));
        }
        let words: Vec<&str> = given.split_whitespace().map(without_secrets).collect();
        if words.len() > MAX_WORDS {
            return Err(format!("q must have at most {MAX_WORDS} words"));
        }
        let mut parts: Vec<String> = Vec::new();
        // Where the index divides words, and nowhere else: letters may have marks, or stand apart within a word.
        for part in words
            .iter()
            .flat_map(|word| word.split(|c: char| c.is_ascii_punctuation()))
        {
            if part.chars().any(char::is_alphanumeric) {
                parts.push(part.to_lowercase());
            }
        }
        if parts.len() > MAX_PARTS {
            return Err(format!(
                "q must have at most {MAX_PARTS} words, those between punctuation counted"
            ));
        }
        Ok(Self {
            text: words.join(" "),
            parts,
        })
    }

    /// Whether it is worth looking for where there is a lot of text: one letter begins too many words.
    pub(crate) fn is_long_enough(&self) -> bool {
        self.parts.iter().any(|part| part.chars().count() >= LONG_ENOUGH)
    }

    /// As much of a text as is shown, around the first of the words, in one line.
    pub(crate) fn excerpt(&self, text: &str) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let chars: Vec<char> = line.chars().collect();
        if chars.len() <= EXCERPT_CHARS {
            return line;
        }
        let first = self.first_in(&chars).unwrap_or(0);
        let from = match first > BEFORE_CHARS {
            true => (first - BEFORE_CHARS).min(chars.len() - EXCERPT_CHARS),
            false => 0,
        };
        let until = (from + EXCERPT_CHARS).min(chars.len());
        let shown: String = chars[from..until].iter().collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if until < chars.len() { "…" } else { "" };
        format!("{before}{}{after}", shown.trim())
    }

    /// Where the first of the parts begins a word.
    fn first_in(&self, chars: &[char]) -> Option<usize> {
        let begins = |at: usize| at == 0 || !chars[at - 1].is_alphanumeric();
        (0..chars.len()).filter(|at| begins(*at)).find(|at| {
            let rest = chars[*at..].iter().flat_map(|c| c.to_lowercase());
            let rest: String = rest.take(MAX_CHARS).collect();
            self.parts.iter().any(|part| rest.starts_with(part.as_str()))
        })
    }
}

/// The word, of an address without what may be secret in it: who signs in, and what comes after the path.
fn without_secrets(word: &str) -> &str {
    let Some(begins) = word.find("://").map(|at| at + 3) else {
        return word;
    };
    let ends = word[begins..]
        .find(['?', '#'])
        .map_or(word.len(), |at| begins + at);
    let host_ends = word[begins..ends].find('/').map_or(ends, |at| begins + at);
    match word[begins..host_ends].rfind('@') {
        Some(at) => &word[begins + at + 1..ends],
        None => &word[..ends],
    }
}

/// How many of each kind.
///
/// # Errors
/// Outside of 1..20.
pub(crate) fn limit(given: Option<u32>) -> Result<usize, String> {
    let limit = given.unwrap_or(LIMIT);
    match (1..=MOST).contains(&limit) {
        true => Ok(limit as usize),
        false => Err(format!("limit must be 1 to {MOST}")),
    }
}

/// The kinds that are asked for and that the caller may see the lists of.
///
/// # Errors
/// For a kind that there is not.
pub(crate) fn kinds(given: Option<&str>, caller: &Principal) -> Result<Vec<SearchKind>, String> {
    let mut kinds = match given {
        None => SearchKind::ALL.to_vec(),
        Some(names) => names.split(',').map(kind).collect::<Result<Vec<_>, _>>()?,
    };
    kinds.sort_unstable();
    kinds.dedup();
    kinds.retain(|kind| may_see(*kind, caller));
    Ok(kinds)
}

fn kind(name: &str) -> Result<SearchKind, String> {
    let found = SearchKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name.trim());
    found.ok_or_else(|| {
        let names: Vec<&str> = SearchKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!(
            "kinds must be some of {}, with commas between them",
            names.join(", ")
        )
    })
}

/// Whether the caller may see the list of that kind.
fn may_see(kind: SearchKind, caller: &Principal) -> bool {
    let list = match kind {
        SearchKind::Monitor => Listed::of::<ListMonitors>(),
        // Whoever sees an incident sees its notes.
        SearchKind::Incident | SearchKind::Note => Listed::of::<ListIncidents>(),
        SearchKind::MaintenanceWindow => Listed::of::<ListMaintenanceWindows>(),
        SearchKind::Channel => Listed::of::<ListChannels>(),
        SearchKind::StatusPage => Listed::of::<ListStatusPages>(),
        SearchKind::StatusReport => Listed::of::<ListStatusReports>(),
        SearchKind::AuditEvent => Listed::of::<ListAuditEvents>(),
    };
    list.role.is_some_and(|role| caller.role >= role)
        && !(list.whole_organisation && caller.narrowed)
        && !(list.people_only && caller.key().is_some())
}

#[cfg(test)]
mod tests {
    use api::{Actor, Role};
    use domain::{ApiKeyId, OrgId};

    use super::*;

    fn parts(text: &str) -> Vec<String> {
        Asked::read(text).unwrap().parts
    }

    fn caller(role: Role) -> Principal {
        Principal {
            org_id: OrgId(1),
            actor: Actor::User(1),
            role,
            narrowed: false,
        }
    }

    #[test]
    fn words_are_what_stands_between_punctuation() {
        assert_eq!(parts("  API  Timeout "), ["api", "timeout"]);
        assert_eq!(
            parts("api.eu-1.example.org:443 read_timeout"),
            ["api", "eu", "1", "example", "org", "443", "read", "timeout"]
        );
        assert_eq!(parts("Größe 東京"), ["größe", "東京"]);
        assert_eq!(parts("Shop — …"), ["shop"]);
        for nothing in ["", "  ", "&|!():*'\\", "…"] {
            assert_eq!(parts(nothing), [] as [&str; 0], "{nothing}");
        }
    }

    #[test]
    fn words_whose_letters_have_marks_or_stand_apart_are_whole() {
        for word in ["हिन्दी", "ภาษาไทย", "می\u{200c}خواهم", "cafe\u{301}"] {
            assert_eq!(parts(&format!("{word}, api")), [word, "api"]);
        }
    }

    #[test]
    fn of_an_address_its_query_and_who_signs_in_do_not_count() {
        assert_eq!(
            parts("https://u:hunter2@a.example/x?api_key=hunter2#y"),
            ["a", "example", "x"]
        );
        assert_eq!(
            parts("https://a.example?q=1 down"),
            ["https", "a", "example", "down"]
        );
        assert_eq!(parts("https://a.example/@x"), ["https", "a", "example", "x"]);
        assert_eq!(parts("why?"), ["why"]);
    }

    #[test]
    fn what_is_too_long_or_has_too_many_words_is_refused() {
        assert!(Asked::read(&"x".repeat(200)).is_ok());
        assert!(Asked::read(&"x".repeat(201)).is_err());
        assert!(Asked::read(&"ü".repeat(200)).is_ok());
        assert!(Asked::read(&"x ".repeat(10)).is_ok());
        assert!(Asked::read(&"x ".repeat(11)).is_err());
        assert!(Asked::read(&"x.".repeat(20)).is_ok());
        assert!(Asked::read(&"x.".repeat(21)).is_err());
        assert!(Asked::read("a\u{0}b").is_err());
        for (given, allowed) in [(0, false), (1, true), (20, true), (21, false)] {
            assert_eq!(limit(Some(given)).is_ok(), allowed);
        }
        assert!(!Asked::read("a b").unwrap().is_long_enough());
        assert!(Asked::read("a bc").unwrap().is_long_enough());
    }

    #[test]
    fn an_excerpt_is_around_the_first_of_the_words() {
        let asked = Asked::read("certificate").unwrap();
        assert_eq!(asked.excerpt("a short\n text"), "a short text");
        let long = format!(
            "{} the Certificate has expired {}",
            "before ".repeat(30),
            "after ".repeat(40)
        );
        let shown = asked.excerpt(&long);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("the Certificate has expired"), "{shown}");
        assert!(shown.chars().count() <= EXCERPT_CHARS + 2);
        // Where none of them is, as when what was found is elsewhere: from the beginning.
        let other = asked.excerpt(&"other ".repeat(60));
        assert!(other.starts_with("other") && other.ends_with('…'), "{other}");
        let last = asked.excerpt(&format!("{} certificate", "x ".repeat(200)));
        assert!(last.ends_with("certificate"), "{last}");
    }

    #[test]
    fn kinds_are_those_whose_lists_the_caller_may_see() {
        let all = |caller: &Principal| kinds(None, caller).unwrap();
        assert_eq!(all(&caller(Role::Admin)), SearchKind::ALL);
        let viewer = caller(Role::Viewer);
        assert_eq!(all(&viewer), SearchKind::ALL[..7]);
        let narrowed = Principal {
            narrowed: true,
            ..caller(Role::Editor)
        };
        assert_eq!(all(&narrowed), SearchKind::ALL[..5]);
        let key = Principal {
            actor: Actor::Key {
                id: ApiKeyId(1),
                creator: 1,
            },
            ..caller(Role::Admin)
        };
        assert_eq!(all(&key), SearchKind::ALL, "an API key reads the audit log");
        let asked = kinds(Some("audit_event,note, monitor,note"), &viewer).unwrap();
        assert_eq!(asked, [SearchKind::Monitor, SearchKind::Note]);
        for wrong in ["", "monitors", "note,"] {
            assert!(kinds(Some(wrong), &viewer).is_err(), "{wrong}");
        }
    }
}
