//! What external keys are valid.

use domain::monitor::FieldError;
use serde_json::Value;

/// The longest key, in characters.
const MAX_CHARS: usize = 128;

/// Requires that `key` is one. It stands in addresses as it is, and `.` and `..` mean something else there.
///
/// # Errors
/// What is wrong with the field `external_key`.
pub(crate) fn valid(key: &str) -> Result<(), FieldError> {
    let wrong = match key.bytes().next() {
        _ if key.len() > MAX_CHARS => "must have at most 128 characters",
        Some(first) if first.is_ascii_alphanumeric() => match key.bytes().all(is_allowed) {
            true => return Ok(()),
            false => "must consist of letters without accents, digits and . _ : -",
        },
        Some(_) => "must begin with a letter without an accent, or a digit",
        None => "must not be empty",
    };
    Err(FieldError::new("external_key", wrong))
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-')
}

/// Takes the key out of a PATCH of a monitor: none where it stays, and none within for null.
///
/// # Errors
/// What is wrong with the field `external_key`.
#[expect(
    clippy::option_option,
    reason = "a key that stays, and one that is taken away"
)]
pub(crate) fn split(patch: &mut Value) -> Result<Option<Option<String>>, FieldError> {
    let given = patch
        .as_object_mut()
        .and_then(|fields| fields.remove("external_key"));
    match given {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(key)) => valid(&key).map(|()| Some(Some(key))),
        Some(_) => Err(FieldError::new("external_key", "must be a text, or null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_stand_in_an_address_is_refused() {
        for key in ["a", "7", "kuma:12", "Team_a.web-1", &"x".repeat(128)] {
            assert_eq!(valid(key), Ok(()), "{key}");
        }
        for key in [
            "",
            ".",
            "..",
            "-a",
            "a/b",
            "a b",
            "a%2F",
            "ä",
            "aä",
            "a\u{0}",
            &"x".repeat(129),
        ] {
            assert_eq!(valid(key).unwrap_err().field, "external_key", "{key:?}");
        }
    }

    #[test]
    fn the_key_of_a_patch_is_taken_out_of_it() {
        let taken = |mut patch: Value| (split(&mut patch), patch);
        assert_eq!(taken(json!({"name": "x"})), (Ok(None), json!({"name": "x"})));
        assert_eq!(taken(json!({"external_key": null})), (Ok(Some(None)), json!({})));
        let given = taken(json!({"external_key": "a", "name": "x"}));
        assert_eq!(given, (Ok(Some(Some("a".to_owned()))), json!({"name": "x"})));
        for wrong in [json!(1), json!("a b"), json!([])] {
            assert!(split(&mut json!({"external_key": wrong})).is_err());
        }
    }
}
