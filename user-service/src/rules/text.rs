//! Texts that people write.

use domain::monitor::FieldError;
use domain::text::{hidden, hidden_in_lines, is_blank};

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// A name of somebody or something, without white space around it.
///
/// # Errors
/// What is wrong with the field `name`.
pub(crate) fn name(given: &str) -> Result<String, FieldError> {
    line("name", given, MAX_NAME_CHARS)
}

/// A text of one line that says something, without white space around it.
///
/// # Errors
/// What is wrong with the field.
pub(crate) fn line(field: &str, given: &str, max_chars: usize) -> Result<String, FieldError> {
    let line = given.trim();
    let wrong = |message: &str| Err(FieldError::new(field, message));
    if line.is_empty() {
        return wrong("is required");
    }
    if line.chars().count() > max_chars {
        return wrong(&format!("must have at most {max_chars} characters"));
    }
    if is_blank(line) {
        return wrong("must have a visible character");
    }
    if let Some(hidden) = hidden(line) {
        return wrong(&hidden);
    }
    Ok(line.to_owned())
}

/// A text of several lines, without white space around it; nothing where it says nothing.
///
/// # Errors
/// What is wrong with the field.
pub(crate) fn lines(field: &str, given: &str, max_chars: usize) -> Result<Option<String>, FieldError> {
    let text = given.trim();
    if is_blank(text) {
        return Ok(None);
    }
    if text.chars().count() > max_chars {
        return Err(FieldError::new(
            field,
            format!("must have at most {max_chars} characters"),
        ));
    }
    match hidden_in_lines(text) {
        Some(hidden) => Err(FieldError::new(field, hidden)),
        None => Ok(Some(text.to_owned())),
    }
}

/// A pattern for `LIKE` that finds `part` anywhere, with its own wildcards taken literally.
pub(crate) fn like_pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_checked() {
        assert_eq!(name("  Ada "), Ok("Ada".to_owned()));
        for text in ["", "   ", "a\u{0}b", "\u{200b}", "a\u{202e}b", &"x".repeat(121)] {
            assert_eq!(name(text).unwrap_err().field, "name");
        }
    }

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(like_pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
