//! JSON bodies, whose numbers are compared by value. Pure.
//!
//! A [`Value`] holds a number in 64 bits. Where a query selects longer ones, the body is read a second time with these
//! as texts, and what is selected is compared there. The query itself sees them rounded.

use std::cell::OnceCell;
use std::collections::HashSet;

use serde_json::{Number, Value};

use super::number::{Long, is_long, long_numbers, replaced, same};

/// Marks a text as a number of the body. No text of a sane body begins with it.
const MARK: char = '\0';

/// The largest integer up to which every reader of JSON holds all of them.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Memory that values take, in bytes, rather too much than too little: an object its first node, an array its first
/// four elements, an element twice its size where the array grows, and a member its part of a node and its name.
const OBJECT_BYTES: usize = 640;
const ARRAY_BYTES: usize = 128;
const ELEMENT_BYTES: usize = 64;
const MEMBER_BYTES: usize = 64;

/// The text of a JSON body.
pub(super) struct Source<'a> {
    text: &'a str,
    /// The numbers that 64 bits do not hold for certain.
    long: Vec<Long>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            long: long_numbers(text),
        }
    }

    /// An estimate of the memory that the document takes, in bytes. Brackets and commas in texts count as well.
    pub(super) fn memory(&self) -> usize {
        let values = self.text.bytes().map(|byte| match byte {
            b'{' => OBJECT_BYTES,
            b'[' => ARRAY_BYTES,
            b',' => ELEMENT_BYTES,
            b':' => MEMBER_BYTES,
            _ => 0,
        });
        // A document with long numbers may be read twice.
        values.sum::<usize>() * if self.long.is_empty() { 1 } else { 2 }
    }
}

/// A JSON body.
pub(super) struct Document<'a> {
    source: &'a Source<'a>,
    /// With rounded numbers.
    value: Value,
    /// With long numbers as marked texts, once that is needed.
    exact: OnceCell<Value>,
}

impl<'a> Document<'a> {
    /// Reads a body; or says what is wrong with it.
    pub(super) fn parse(source: &'a Source<'a>) -> Result<Self, String> {
        let Source { text, long } = source;
        let value = if long.iter().any(|number| number.is_infinite) {
            serde_json::from_str(&replaced(text, long, |number, token| {
                if number.is_infinite {
                    let sign = if token.starts_with('-') { "-" } else { "" };
                    format!("{sign}{:e}", f64::MAX)
                } else {
                    token.to_owned()
                }
            }))
        } else {
            serde_json::from_str(text)
        };
        let value = value.map_err(|error| problem(text, &error))?;
        Ok(Self {
            source,
            value,
            exact: OnceCell::new(),
        })
    }

    /// The body with long numbers as marked texts; `None` where it and `parts` of it have none.
    fn exact(&self, parts: &[&Value]) -> Option<&Value> {
        let Source { text, long } = self.source;
        if long.is_empty() || !parts.iter().any(|part| may_be_rounded(part)) {
            return None;
        }
        Some(self.exact.get_or_init(|| {
            let marked = replaced(text, long, |_, token| format!("\"\\u0000{token}\""));
            serde_json::from_str(&marked).unwrap_or_default()
        }))
    }

    /// The body, in which queries are made.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// Whether one of the selected parts of the body equals `expected`.
    pub(super) fn any_equals(&self, selected: &[&Value], expected: &Value) -> bool {
        match self.exact(selected) {
            None => selected.iter().any(|found| equal(found, expected)),
            Some(exact) => {
                let selected = selected.iter().map(|&found| std::ptr::from_ref(found)).collect();
                any_of(&self.value, exact, &selected, expected)
            }
        }
    }

    /// A selected part of the body as it was written, but for white space.
    pub(super) fn written(&self, selected: &Value) -> String {
        let exact = self.exact(&[selected]);
        let found = exact.and_then(|exact| counterpart(&self.value, exact, selected));
        let text = found.unwrap_or(selected).to_string();
        match found {
            Some(Value::String(number)) if number.starts_with(MARK) => number[1..].to_owned(),
            _ => text,
        }
    }
}

/// Whether a part of a body has a number with a fraction or an exponent, as which long numbers are read.
fn may_be_rounded(part: &Value) -> bool {
    match part {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(may_be_rounded),
        Value::Object(members) => members.values().any(may_be_rounded),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// What is wrong with a text that is no JSON.
fn problem(text: &str, error: &serde_json::Error) -> String {
    let start = text.trim_ascii_start();
    if start.is_empty() {
        return "it is empty".to_owned();
    }
    if start.starts_with('<') {
        let begin = crate::probe::text::quoted(start)
            .lines()
            .next()
            .unwrap_or_default();
        return format!("it begins with {begin:?}");
    }
    let place = format!("at line {} column {}", error.line(), error.column());
    if error.is_eof() {
        return format!("it ends too early, {place}");
    }
    let message = error.to_string();
    if message.starts_with("recursion limit") {
        return format!("it is nested deeper than 127 levels, {place}");
    }
    if message.contains("surrogate") || message.starts_with("unexpected end of hex escape") {
        return format!("a text has half a surrogate pair (\\ud800 to \\udfff), {place}");
    }
    message
}

/// The part of `exact` that stands where `wanted` stands in `value`.
fn counterpart<'a>(value: &Value, exact: &'a Value, wanted: &Value) -> Option<&'a Value> {
    if std::ptr::eq(value, wanted) {
        return Some(exact);
    }
    pairs(value, exact).find_map(|(value, exact)| counterpart(value, exact, wanted))
}

fn any_of(value: &Value, exact: &Value, selected: &HashSet<*const Value>, expected: &Value) -> bool {
    let is_selected = selected.contains(&std::ptr::from_ref(value));
    (is_selected && equal(exact, expected))
        || pairs(value, exact).any(|(value, exact)| any_of(value, exact, selected, expected))
}

/// What two values of the same shape consist of, side by side.
fn pairs<'a, 'b>(one: &'a Value, other: &'b Value) -> Box<dyn Iterator<Item = (&'a Value, &'b Value)> + 'a>
where
    'b: 'a,
{
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => Box::new(one.iter().zip(other)),
        (Value::Object(one), Value::Object(other)) => Box::new(one.values().zip(other.values())),
        _ => Box::new(std::iter::empty()),
    }
}

/// Whether what was found has the expected value. A number that not every reader of JSON holds may also be expected as
/// a text.
fn equal(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| equal(f, e))
        }
        (Value::Object(found), Value::Object(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .all(|(name, f)| expected.get(name).is_some_and(|e| equal(f, e)))
        }
        (Value::Number(found), Value::Number(expected)) => {
            found == expected || has_value(&found.to_string(), expected)
        }
        (Value::String(found), Value::Number(expected)) if found.starts_with(MARK) => {
            has_value(&found[1..], expected)
        }
        (Value::String(found), Value::String(expected)) if found.starts_with(MARK) => {
            is_long(&found[1..]) && same(&found[1..], expected)
        }
        (Value::Number(found), Value::String(expected)) => {
            let size = found.as_f64().unwrap_or_default().abs();
            size > MAX_SAFE_INTEGER && same(&found.to_string(), expected)
        }
        _ => found == expected,
    }
}

/// Whether a number as it is written has the value of `expected`.
fn has_value(written: &str, expected: &Number) -> bool {
    match expected.as_f64().filter(|_| expected.is_f64()) {
        // Its own digits are no longer known, if there were more than 64 bits hold.
        Some(rounded) if rounded.fract() != 0.0 || rounded.abs() > MAX_SAFE_INTEGER => {
            written.parse() == Ok(rounded)
        }
        _ => same(written, &expected.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_equal(body: &str, expected: &str) -> bool {
        let source = Source::new(body);
        let document = Document::parse(&source).unwrap();
        let expected = serde_json::from_str(expected).unwrap();
        document.any_equals(&[document.value()], &expected)
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (body, expected) in [
            ("1.0", "1"),
            ("1e2", "100"),
            ("100", "1e2"),
            ("-0.0", "0"),
            ("0.1", "1e-1"),
            ("12.50", "12.5"),
            ("0.30000000000000004", "0.30000000000000004"),
            (
                "0.1000000000000000055511151231257827",
                "0.1000000000000000055511151231257827",
            ),
            ("[1.0, {\"a\": 2e0}]", "[1, {\"a\": 2}]"),
            ("18446744073709551615", "18446744073709551615"),
            ("9007199254740993.0", "9007199254740993"),
            ("18446744073709551617", "\"18446744073709551617\""),
            ("9007199254740993", "\"9007199254740993\""),
            ("[18446744073709551617]", "[\"1.8446744073709551617e19\"]"),
            ("1e400", "\"1e400\""),
            ("100000000000000000000", "\"1e20\""),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert!(is_equal(body, expected), "{body} is {expected}");
        }
        for (body, expected) in [
            ("1.1", "1"),
            ("-1", "1"),
            ("\"1\"", "1"),
            ("1", "\"1\""),
            ("[1, 2]", "[1]"),
            ("{\"a\": 1.5}", "{\"a\": 1}"),
            ("{\"a\": 1}", "{\"b\": 1}"),
            ("18446744073709551617", "18446744073709551615"),
            ("18446744073709551618", "\"18446744073709551617\""),
            ("9007199254740993.0", "9007199254740992"),
            (
                "{\"a\": [18446744073709551618]}",
                "{\"a\": [\"18446744073709551617\"]}",
            ),
            ("1e400", "\"1e401\""),
        ] {
            assert!(!is_equal(body, expected), "{body} is {expected}");
        }
    }

    #[test]
    fn what_is_selected_is_compared_exactly() {
        let text = r#"{"a": [{"id": 18446744073709551618}, {"id": 18446744073709551617}], "b": -1e999}"#;
        let source = Source::new(text);
        let document = Document::parse(&source).unwrap();
        let path = domain::monitor::parse_json_path("$.a[*].id").unwrap();
        let selected = path.query(document.value()).all();
        let is_there = |text: &str| document.any_equals(&selected, &text.into());
        assert!(is_there("18446744073709551617") && is_there("18446744073709551618"));
        assert!(!is_there("18446744073709551616"));
        assert_eq!(document.written(selected[0]), "18446744073709551618");
        assert_eq!(
            document.written(&document.value()["a"][0]["id"]),
            "18446744073709551618"
        );
    }

    #[test]
    fn a_body_is_read_a_second_time_only_for_numbers_that_are_selected() {
        let source = Source::new(r#"{"status": "ok", "parts": [1, true], "id": 18446744073709551617}"#);
        let document = Document::parse(&source).unwrap();
        let is_read_twice = |pointer: &str, expected: Value| {
            let selected = document.value().pointer(pointer).unwrap();
            assert!(document.any_equals(&[selected], &expected), "{pointer}");
            document.exact.get().is_some()
        };
        assert!(!is_read_twice("/status", "ok".into()));
        assert!(!is_read_twice("/parts", serde_json::json!([1, true])));
        assert!(is_read_twice("/id", "18446744073709551617".into()));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        let deep = "[".repeat(200);
        for (body, why) in [
            (" ", "it is empty"),
            ("<!DOCTYPE html>\n<p>", "it begins with \"<!DOCTYPE html>\""),
            ("{\"a\": 1", "it ends too early, at line 1 column 7"),
            (&deep, "it is nested deeper than 127 levels, at line 1 column 128"),
            ("[\"\\ud800\"]", "a text has half a surrogate pair"),
            ("[1] 2", "trailing characters at line 1 column 5"),
            ("{a: 1}", "key must be a string at line 1 column 2"),
            ("[01]", "invalid number at line 1 column 3"),
        ] {
            let source = Source::new(body);
            let problem = Document::parse(&source).err().unwrap();
            assert!(problem.starts_with(why), "{body}: {problem}");
        }
    }
}
