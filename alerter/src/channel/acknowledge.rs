//! The addresses by which whoever reads a message acknowledges its incident without signing in.

use crate::links;

/// Characters of a token by which it is found in what others say, also where it was cut.
const FOUND_BY: usize = 24;

/// Where an incident is acknowledged without signing in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AcknowledgeUrls {
    public_url: String,
    token: String,
}

impl std::fmt::Debug for AcknowledgeUrls {
    // Who knows the token can acknowledge.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcknowledgeUrls").finish_non_exhaustive()
    }
}

impl AcknowledgeUrls {
    pub(crate) fn new(public_url: &str, token: String) -> Self {
        Self {
            public_url: public_url.to_owned(),
            token,
        }
    }

    /// The page that acknowledges when its button is pressed.
    pub(super) fn page(&self) -> String {
        links::acknowledge(&self.public_url, &self.token)
    }

    /// What acknowledges when it is posted to.
    pub(super) fn endpoint(&self) -> String {
        links::acknowledge_at_once(&self.public_url, &self.token)
    }

    /// What somebody says of the message, without the token: services quote what they refuse, and not always from its
    /// beginning.
    pub(super) fn redact(&self, said: &str) -> String {
        let mut redacted = String::with_capacity(said.len());
        for part in said.split_inclusive(|c: char| !is_of_token(c)) {
            let word = part.trim_end_matches(|c: char| !is_of_token(c));
            redacted.push_str(if self.is_in(word) { "…" } else { word });
            redacted.push_str(&part[word.len()..]);
        }
        redacted
    }

    /// Whether a word has so much of the token that it is nothing else.
    fn is_in(&self, word: &str) -> bool {
        let length = FOUND_BY.min(self.token.len()).max(1);
        let mut parts = word.as_bytes().windows(length);
        parts.any(|part| {
            self.token
                .as_bytes()
                .windows(length)
                .any(|of_token| of_token == part)
        })
    }
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_message_does_not_say_the_token() {
        let token: String = ('a'..='z').chain('0'..='9').chain("-_".chars()).collect();
        let urls = AcknowledgeUrls::new("https://uptime.example", token.clone());
        let (page, endpoint) = (urls.page(), urls.endpoint());
        for (said, redacted) in [
            (
                format!("URL '{page}' is invalid, and {endpoint}"),
                "URL 'https://uptime.example/acknowledge/…' is invalid, and \
                 https://uptime.example/api/v1/acknowledgements/…",
            ),
            (
                page[..page.len() - 1].to_owned(),
                "https://uptime.example/acknowledge/…",
            ),
            (
                format!("near '…{}'}}", &page[page.len() - FOUND_BY..]),
                "near '……'}",
            ),
            (format!("({})", &token[7..7 + FOUND_BY]), "(…)"),
            // Of so little nobody makes a link.
            (token[..FOUND_BY - 1].to_owned(), &token[..FOUND_BY - 1]),
            ("chat not found: -100_200".to_owned(), "chat not found: -100_200"),
            (String::new(), ""),
        ] {
            assert_eq!(urls.redact(&said), redacted);
        }
        let debug = format!("{urls:?}");
        assert!(!debug.contains(&token[..4]), "{debug}");
    }
}
