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

    /// What somebody says of the message, without the token: services quote what they refuse.
    pub(super) fn redact(&self, said: &str) -> String {
        let start = self.token.get(..FOUND_BY).unwrap_or(&self.token);
        let mut pieces = said.split(start);
        let mut redacted = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            redacted.push('…');
            redacted.push_str(piece.trim_start_matches(is_of_token));
        }
        redacted
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
            ("chat not found".to_owned(), "chat not found"),
        ] {
            assert_eq!(urls.redact(&said), redacted);
        }
        let debug = format!("{urls:?}");
        assert!(!debug.contains(&token[..4]), "{debug}");
    }
}
