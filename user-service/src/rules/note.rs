//! The text of a note on an incident. Pure.

use domain::monitor::FieldError;
use domain::text::hidden_in_lines;

/// The longest note, in characters.
const MAX_CHARS: usize = 2_000;

/// A note as it is stored: without white space around it.
pub(crate) fn valid(given: &str) -> Result<&str, FieldError> {
    let text = given.trim();
    let wrong = |message: String| Err(FieldError::new("text", message));
    if text.is_empty() {
        return wrong("is required".to_owned());
    }
    if text.chars().count() > MAX_CHARS {
        return wrong(format!("must have at most {MAX_CHARS} characters"));
    }
    if let Some(hidden) = hidden_in_lines(text) {
        return wrong(hidden);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_trimmed_and_checked() {
        assert_eq!(valid(" rebooted\nit "), Ok("rebooted\nit"));
        assert!(valid(&"é".repeat(MAX_CHARS)).is_ok());
        for text in ["", " \n ", "a\u{0}b", "a\u{202e}b", &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(valid(text).unwrap_err().field, "text");
        }
    }
}
