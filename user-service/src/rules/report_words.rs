//! What a report says that nobody has written: in plain words, of the names that visitors know, never of an address, a
//! monitor's name or the text of an error. Pure.

use domain::ErrorCode;
use domain::status_page::Locale;

/// Names that one message lists; of the others it says how many they are.
const MAX_NAMES: usize = 20;

/// A headline, and a message as Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) message: String,
}

/// What goes wrong, as far as it concerns visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    NotFound,
    Unreachable,
    Insecure,
    Slow,
    Wrong,
    Missed,
    Unknown,
}

impl From<Option<ErrorCode>> for Trouble {
    fn from(code: Option<ErrorCode>) -> Self {
        use ErrorCode as E;
        let Some(code) = code else { return Self::Unknown };
        match code {
            E::DnsFailure | E::DnsTimeout | E::DnsMismatch => Self::NotFound,
            E::ConnectRefused
            | E::ConnectTimeout
            | E::ConnectFailed
            | E::HostUnreachable
            | E::ConnectionClosed
            | E::IcmpTimeout
            | E::IcmpLoss => Self::Unreachable,
            E::TlsInvalid | E::TlsExpired | E::TlsExpiring | E::TlsFailed | E::TlsTimeout => Self::Insecure,
            E::ReadTimeout | E::DeadlineExceeded => Self::Slow,
            E::ProtocolError
            | E::StatusMismatch
            | E::HeaderMismatch
            | E::BodyMismatch
            | E::TooLarge
            | E::TooManyRedirects
            | E::InvalidRedirect => Self::Wrong,
            E::HeartbeatOverdue
            | E::HeartbeatFailed
            | E::HeartbeatTooLong
            | E::HeartbeatTooShort
            | E::HeartbeatTooOften
            | E::HeartbeatNotStarted => Self::Missed,
            // What they are about is nothing that visitors would notice as such.
            E::BlockedTarget | E::UpsideDown | E::HeartbeatUnexpected | E::Internal | E::Other => {
                Self::Unknown
            }
        }
    }
}

impl Trouble {
    fn sentence(self, locale: Locale) -> Option<&'static str> {
        let (en, de) = match self {
            Self::NotFound => ("Its address cannot be found.", "Die Adresse wird nicht gefunden."),
            Self::Unreachable => ("Connections to it fail.", "Verbindungen kommen nicht zustande."),
            Self::Insecure => (
                "Secure connections to it fail.",
                "Sichere Verbindungen kommen nicht zustande.",
            ),
            Self::Slow => ("It does not answer in time.", "Antworten bleiben aus."),
            Self::Wrong => ("It does not answer as it should.", "Antworten sind fehlerhaft."),
            Self::Missed => (
                "A scheduled task did not run as planned.",
                "Eine geplante Aufgabe ist nicht wie vorgesehen gelaufen.",
            ),
            Self::Unknown => return None,
        };
        Some(pick(locale, en, de))
    }
}

fn pick<'a>(locale: Locale, en: &'a str, de: &'a str) -> &'a str {
    match locale {
        Locale::En => en,
        Locale::De => de,
    }
}

/// Of a problem with these components, why it is one, if they have the same reason.
pub(crate) fn begins(locale: Locale, names: &[&str], code: Option<ErrorCode>) -> Words {
    let [name] = names else {
        let intro = pick(
            locale,
            "We are looking into problems with:",
            "Wir untersuchen Störungen bei:",
        );
        return Words {
            title: title(locale, names),
            message: list(locale, intro, names),
        };
    };
    let name = escaped(name);
    let mut message = match locale {
        Locale::En => format!("We are looking into a problem with {name}."),
        Locale::De => format!("Wir untersuchen eine Störung bei {name}."),
    };
    if let Some(sentence) = Trouble::from(code).sentence(locale) {
        message.push(' ');
        message.push_str(sentence);
    }
    Words {
        title: title(locale, names),
        message,
    }
}

/// Of a problem with these components that was over before anybody said so.
pub(crate) fn was(locale: Locale, names: &[&str]) -> Words {
    let message = match names {
        [name] => {
            let name = escaped(name);
            match locale {
                Locale::En => format!("There was a problem with {name}. It is over."),
                Locale::De => format!("Es gab eine Störung bei {name}. Sie ist behoben."),
            }
        }
        _ => {
            let intro = pick(
                locale,
                "There were problems, which are over, with:",
                "Es gab Störungen, die behoben sind, bei:",
            );
            list(locale, intro, names)
        }
    };
    Words {
        title: title(locale, names),
        message,
    }
}

/// That there is now a problem with these components as well.
pub(crate) fn added(locale: Locale, names: &[&str]) -> String {
    let [name] = names else {
        let intro = pick(
            locale,
            "There are now also problems with:",
            "Inzwischen gibt es auch Störungen bei:",
        );
        return list(locale, intro, names);
    };
    let name = escaped(name);
    match locale {
        Locale::En => format!("There is now also a problem with {name}."),
        Locale::De => format!("Inzwischen gibt es auch eine Störung bei {name}."),
    }
}

/// That these components are affected no more: because they work again, or because nothing is known of them now.
pub(crate) fn ended(locale: Locale, names: &[&str], has_recovered: bool) -> String {
    match (names, has_recovered) {
        ([], true) => pick(locale, "The problem is over.", "Die Störung ist behoben.").to_owned(),
        ([], false) => pick(
            locale,
            "No problem is known any more.",
            "Es ist keine Störung mehr bekannt.",
        )
        .to_owned(),
        ([name], has_recovered) => {
            let name = escaped(name);
            match (locale, has_recovered) {
                (Locale::En, true) => format!("The problem with {name} is over."),
                (Locale::En, false) => format!("No problem with {name} is known any more."),
                (Locale::De, true) => format!("Die Störung bei {name} ist behoben."),
                (Locale::De, false) => format!("Bei {name} ist keine Störung mehr bekannt."),
            }
        }
        (names, true) => {
            let intro = pick(
                locale,
                "The problems are over with:",
                "Behoben sind die Störungen bei:",
            );
            list(locale, intro, names)
        }
        (names, false) => {
            let intro = pick(
                locale,
                "No problem is known any more with:",
                "Keine Störung ist mehr bekannt bei:",
            );
            list(locale, intro, names)
        }
    }
}

fn title(locale: Locale, names: &[&str]) -> String {
    match (locale, names) {
        (Locale::En, [name]) => format!("Problem with {name}"),
        (Locale::De, [name]) => format!("Störung bei {name}"),
        (Locale::En, _) => "Problems with several components".to_owned(),
        (Locale::De, _) => "Störungen bei mehreren Komponenten".to_owned(),
    }
}

fn list(locale: Locale, intro: &str, names: &[&str]) -> String {
    let mut text = format!("{intro}\n");
    for name in &names[..names.len().min(MAX_NAMES)] {
        text.push_str(&format!("\n- {}", escaped(name)));
    }
    if let Some(more @ 1..) = names.len().checked_sub(MAX_NAMES) {
        let more = match locale {
            Locale::En => format!("\n- {more} more"),
            Locale::De => format!("\n- {more} weiteren"),
        };
        text.push_str(&more);
    }
    text
}

/// A name that Markdown shows as it is, also at the beginning of a line.
fn escaped(name: &str) -> String {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let mut text = String::with_capacity(name.len() + 8);
    for (at, c) in name.char_indices() {
        let is_syntax = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '|' | '&' => true,
            '#' | '+' | '-' | '=' => at == 0,
            '.' | ')' => at == digits && digits > 0,
            _ => false,
        };
        if is_syntax {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_the_language_of_the_page() {
        let words = begins(Locale::En, &["Shop"], Some(ErrorCode::ConnectRefused));
        assert_eq!(words.title, "Problem with Shop");
        assert_eq!(
            words.message,
            "We are looking into a problem with Shop. Connections to it fail."
        );
        let words = begins(Locale::De, &["Shop"], Some(ErrorCode::ReadTimeout));
        assert_eq!(words.title, "Störung bei Shop");
        assert_eq!(
            words.message,
            "Wir untersuchen eine Störung bei Shop. Antworten bleiben aus."
        );
        // What is ours, or unknown, is nobody's business.
        for code in [None, Some(ErrorCode::BlockedTarget), Some(ErrorCode::Internal)] {
            let message = begins(Locale::En, &["Shop"], code).message;
            assert_eq!(message, "We are looking into a problem with Shop.");
        }
        assert_eq!(
            was(Locale::De, &["Shop"]).message,
            "Es gab eine Störung bei Shop. Sie ist behoben."
        );
        assert_eq!(
            ended(Locale::En, &["Shop"], false),
            "No problem with Shop is known any more."
        );
    }

    #[test]
    fn many_names_are_listed_up_to_a_number() {
        let names: Vec<String> = (0..22).map(|n| format!("API {n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let words = begins(Locale::En, &names, None);
        assert_eq!(words.title, "Problems with several components");
        assert!(
            words
                .message
                .starts_with("We are looking into problems with:\n\n- API 0\n- API 1\n")
        );
        assert!(
            words.message.ends_with("\n- API 19\n- 2 more"),
            "{}",
            words.message
        );
        let all = added(Locale::De, &names[..20]);
        assert!(all.ends_with("\n- API 19"), "{all}");
    }

    #[test]
    fn names_are_no_markdown() {
        for (name, shown) in [
            ("a_b*c", "a\\_b\\*c"),
            ("[x](https://evil.example)", "\\[x\\](https://evil.example)"),
            ("<b>", "\\<b\\>"),
            ("1. API", "1\\. API"),
            ("v1.2 - EU #3", "v1.2 - EU #3"),
            ("# API", "\\# API"),
            ("Köln & Bonn", "Köln \\& Bonn"),
        ] {
            assert_eq!(escaped(name), shown);
        }
    }

    #[test]
    fn the_longest_names_make_valid_texts() {
        let name = "*".repeat(100);
        let names = vec![name.as_str(); 200];
        for locale in Locale::ALL {
            for names in [&names[..1], &names] {
                let words = begins(locale, names, None);
                assert!(words.title.chars().count() <= 200);
                for message in [words.message, added(locale, names), ended(locale, names, true)] {
                    assert!(message.chars().count() <= 10_000);
                }
            }
        }
    }
}
