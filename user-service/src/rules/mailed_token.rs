//! The token of a link in a mail. Whoever has it has read the mail; only its hash is stored.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const BYTES: usize = 32;

/// The token of a link in a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct MailedToken([u8; BYTES]);

/// A token is nothing for a log.
impl fmt::Debug for MailedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailedToken")
    }
}

impl MailedToken {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(shared::crypto::random())
    }

    /// Reads the token of a link; none when it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As a link has it, in letters that stand in an address as they are.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = MailedToken::random();
        assert_eq!(token.text().len(), 43);
        assert_eq!(MailedToken::parse(&token.text()), Some(token));
        assert_ne!(MailedToken::random(), token);
        assert_eq!(format!("{token:?}"), "MailedToken");
        for text in ["", "abc", "***", &"A".repeat(44), &"A".repeat(10_000)] {
            assert_eq!(MailedToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_stored_of_a_token_stays() {
        let hash = MailedToken([7; BYTES]).hash();
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hash,
            "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0"
        );
    }
}
