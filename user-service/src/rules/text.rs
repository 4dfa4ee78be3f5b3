//! Texts that people write.

use domain::monitor::FieldError;
use domain::text::{hidden, is_blank};

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// A name of somebody or something, without white space around it.
///
/// # Errors
/// What is wrong with the field `name`.
pub(crate) fn name(given: &str) -> Result<String, FieldError> {
    let name = given.trim();
    let wrong = |message: &str| Err(FieldError::new("name", message));
    if name.is_empty() {
        return wrong("is required");
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return wrong("must have at most 120 characters");
    }
    if is_blank(name) {
        return wrong("must have a visible character");
    }
    if let Some(hidden) = hidden(name) {
        return wrong(&hidden);
    }
    Ok(name.to_owned())
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
