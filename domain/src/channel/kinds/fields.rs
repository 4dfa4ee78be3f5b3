//! What fields of several kinds have to be.

use crate::channel::edit::{Policy, address};
use crate::monitor::FieldError;

/// Whether a text is one word of visible ASCII, of at most so many bytes.
pub(super) fn is_word(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Whether a text is so many digits.
pub(super) fn is_digits(text: &str, longest: usize) -> bool {
    is_word(text, longest) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Errors of the fields of a configuration.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<FieldError>);

impl Errors {
    /// A field of the configuration is wrong unless it `is_right`.
    pub(super) fn unless(&mut self, is_right: bool, name: &str, wrong: &str) {
        if !is_right {
            self.0.push(FieldError::new(format!("config.{name}"), wrong));
        }
    }

    /// Brings an address that messages are posted to to its normal form.
    pub(super) fn address(&mut self, name: &str, text: &mut String, policy: &Policy) {
        match address(&format!("config.{name}"), text, policy) {
            Ok(url) => *text = url,
            Err(error) => self.0.push(error),
        }
    }

    /// The same of the address that the paths of an API are added to: without the slash at its end.
    pub(super) fn base(&mut self, name: &str, text: &mut String, policy: &Policy) {
        self.address(name, text, policy);
        if text.contains(['?', '#']) {
            self.unless(false, name, "must have neither a query nor a fragment");
        }
        text.truncate(text.trim_end_matches('/').len());
    }

    /// Brings a phone number to the form of E.164, `+4915112345678`: people write spaces, hyphens and brackets into
    /// it.
    pub(super) fn phone_number(&mut self, name: &str, text: &mut String) {
        text.retain(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}'));
        let digits = text.strip_prefix('+').unwrap_or_default();
        let is_right = is_digits(digits, 15) && digits.len() >= 7 && !digits.starts_with('0');
        let wrong = "must be a phone number with its country's code, as in +4915112345678";
        self.unless(is_right, name, wrong);
    }

    pub(super) fn all(self) -> Vec<FieldError> {
        self.0
    }
}
