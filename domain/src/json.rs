//! JSON that users give: how deep it may be nested, which numbers it may have, the difference between null and nothing,
//! and what is wrong with it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::field_error::FieldError;

/// Arrays and objects within each other in a value that a user gives, at most. What carries such a value adds
/// levels of its own, and every reader has a limit.
pub const MAX_DEPTH: usize = 16;

/// What is wrong with a value that is nested deeper.
pub(crate) const TOO_DEEP: &str = "must not be nested deeper than 16 levels";

/// Whether a value is nested deeper than it may be.
pub(crate) fn is_too_deep(value: &Value) -> bool {
    member_below(value, MAX_DEPTH).is_some()
}

/// The largest number up to which 64 bits with a fraction hold each integer.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What is wrong with a value that has such an integer.
pub(crate) const ROUNDED: &str = "must not have integers that 64 bits do not hold: put them in quotation marks, as in \
                                  \"18446744073709551617\"";

/// Whether a value has an integer that was rounded when it was read.
pub(crate) fn has_rounded_integer(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_rounded_integer),
        Value::Object(members) => members.values().any(has_rounded_integer),
        Value::Number(number) => {
            number.is_f64()
                && number
                    .as_f64()
                    .is_some_and(|number| number.abs() > MAX_SAFE_INTEGER)
        }
        _ => false,
    }
}

/// The names that lead to where `value` is nested deeper than `levels`, if it is. Places in arrays have no name.
pub fn member_below(value: &Value, levels: usize) -> Option<Vec<&str>> {
    let Some(left) = levels.checked_sub(1) else {
        let is_nested = value.is_array() || value.is_object();
        return is_nested.then(Vec::new);
    };
    match value {
        Value::Array(items) => items.iter().find_map(|item| member_below(item, left)),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let mut names = member_below(member, left)?;
            names.insert(0, name.as_str());
            Some(names)
        }),
        _ => None,
    }
}

/// The names that lead to a text or a name with U+0000 in it, if there is one: PostgreSQL stores no such text.
fn member_with_nul(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => text.contains('\0').then(Vec::new),
        Value::Array(items) => items.iter().find_map(member_with_nul),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if name.contains('\0') {
                return Some(Vec::new());
            }
            let mut names = member_with_nul(member)?;
            names.insert(0, name.as_str());
            Some(names)
        }),
        _ => None,
    }
}

/// For a field in which null is a value: serde itself reads null as nothing.
pub(crate) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The names that lead to the innermost fields that we know, as in `http.json.equals`.
const OWN_LEVELS: usize = 3;

/// Reads what a user has sent.
///
/// # Errors
/// Names the field that does not fit, that has U+0000 in it, or that is nested too deep: whatever is stored of a value is
/// read again as a part of something larger.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, FieldError> {
    // serde would take the items of an array for the fields.
    if !value.is_object() {
        return Err(FieldError::new("", "must be a JSON object"));
    }
    let field = |names: Vec<&str>| names[..names.len().min(OWN_LEVELS)].join(".");
    if let Some(names) = member_below(&value, OWN_LEVELS + MAX_DEPTH) {
        return Err(FieldError::new(field(names), TOO_DEEP));
    }
    if let Some(names) = member_with_nul(&value) {
        return Err(FieldError::new(
            field(names),
            "must not contain the character U+0000",
        ));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        match unknown_field(&message) {
            Some(name) => FieldError::new(join(&path, name), "is not a known field"),
            None => FieldError::new(path, message),
        }
    })
}

/// serde names the unknown field only in its message: "unknown field `x`, expected …".
fn unknown_field(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" | "." => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_that_were_rounded_are_found() {
        let is_rounded = |text: &str| has_rounded_integer(&serde_json::from_str(text).unwrap());
        assert!(is_rounded("[{\"a\": 18446744073709551616}]") && is_rounded("-1e16"));
        assert!(!is_rounded(
            "[18446744073709551615, -9223372036854775808, 1e15, 0.1, \"1e99\"]"
        ));
    }

    #[test]
    fn a_text_that_cannot_be_stored_is_refused_by_name() {
        let field = |value| from_value::<Value>(value).err().map(|error| error.field);
        assert_eq!(
            field(json!({"name": "a\u{1}", "http": {"headers": [["a", "b"]]}})),
            None
        );
        assert_eq!(field(json!({"name": "a\0"})).as_deref(), Some("name"));
        let header = json!({"http": {"headers": [["a", "b"], ["c", "\0"]]}});
        assert_eq!(field(header).as_deref(), Some("http.headers"));
        let value = json!({"http": {"json": {"equals": {"a": {"\0": 1}}}}});
        assert_eq!(field(value).as_deref(), Some("http.json.equals"));
        assert_eq!(field(json!({"\0": 1})).as_deref(), Some(""));
    }

    #[test]
    fn levels_are_counted_and_the_way_down_is_named() {
        assert_eq!(member_below(&json!("x"), 0), None);
        assert_eq!(member_below(&json!([]), 0), Some(vec![]));
        let value = json!({"a": 1, "b": {"c": [0, {"d": []}]}});
        assert_eq!(member_below(&value, 5), None);
        assert_eq!(member_below(&value, 4), Some(vec!["b", "c", "d"]));
        assert_eq!(member_below(&value, 2), Some(vec!["b", "c"]));
    }
}
