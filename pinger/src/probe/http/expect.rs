//! Compares a response with what is expected. Pure.

use domain::ErrorCode;
use domain::monitor::StatusRanges;
use http::{HeaderMap, HeaderName};

use super::body::MAX_VALUES;
use super::json::{Document, Source};
use super::target::Json;
use crate::error::ProbeError;
use crate::probe::text::quoted;

pub(super) fn status(expected: &StatusRanges, status: u16) -> Result<(), ProbeError> {
    if expected.contains(status) {
        return Ok(());
    }
    Err(ProbeError::target(
        ErrorCode::StatusMismatch,
        format!("Unexpected status {status} (expected {})", Ranges(expected)),
    ))
}

pub(super) fn headers(
    expected: &[(HeaderName, Option<Box<str>>)],
    headers: &HeaderMap,
) -> Result<(), ProbeError> {
    for (name, value) in expected {
        let mut found = headers.get_all(name).iter().peekable();
        if found.peek().is_none() {
            return Err(ProbeError::target(
                ErrorCode::HeaderMismatch,
                format!("Missing response header {name}"),
            ));
        }
        if let Some(value) = value
            && !found.any(|found| found.as_bytes() == value.as_bytes())
        {
            return Err(ProbeError::target(
                ErrorCode::HeaderMismatch,
                format!("Unexpected response header {name} (expected {:?})", quoted(value)),
            ));
        }
    }
    Ok(())
}

/// The expected text is not in the body.
pub(super) fn missing(text: &str) -> ProbeError {
    mismatch(format!("Expected text not found: {:?}", quoted(text)))
}

/// A text is in the body that must not be.
pub(super) fn forbidden(text: &str) -> ProbeError {
    mismatch(format!("Unexpected text found: {:?}", quoted(text)))
}

/// A body that `is_unseen` is not repeated in the reason.
pub(super) fn json(expected: &Json, body: &Source<'_>, is_unseen: bool) -> Result<(), ProbeError> {
    let path = match &expected.path {
        Ok(path) => path,
        Err(error) => return Err(ProbeError::Local(format!("the JSONPath query {error}"))),
    };
    let document = Document::parse(body).map_err(|problem| {
        mismatch(if is_unseen {
            "Response is not valid JSON".to_owned()
        } else {
            format!("Response is not valid JSON: {problem}")
        })
    })?;
    let selected = path.query(document.value()).all();
    if selected.is_empty() {
        return Err(mismatch("JSONPath query matched nothing".to_owned()));
    }
    match &expected.equals {
        Some(value) if !document.any_equals(&selected, value) => {
            let expected = value.to_string();
            let expected = quoted(&expected);
            Err(mismatch(if is_unseen {
                format!("Unexpected JSON value (expected {expected})")
            } else {
                let found = document.written(selected[0]);
                format!("Unexpected JSON value {} (expected {expected})", quoted(&found))
            }))
        }
        _ => Ok(()),
    }
}

fn mismatch(message: String) -> ProbeError {
    ProbeError::target(ErrorCode::BodyMismatch, message)
}

pub(super) fn too_large(max: usize) -> ProbeError {
    ProbeError::target(ErrorCode::TooLarge, format!("Response larger than {max} bytes"))
}

/// A JSON body whose values take too much memory.
pub(super) fn too_many_values() -> ProbeError {
    let mib = MAX_VALUES / (1024 * 1024);
    ProbeError::target(
        ErrorCode::TooLarge,
        format!("Response has more JSON values than fit into {mib} MiB of memory"),
    )
}

/// Ranges as a human writes them: `200-399, 404`.
struct Ranges<'a>(&'a StatusRanges);

impl std::fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (low, high)) in self.0.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}-{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expecting(path: &str, equals: Option<serde_json::Value>) -> Json {
        Json::compile(domain::monitor::JsonAssertion {
            path: path.to_owned(),
            equals,
        })
    }

    fn judged(expected: &Json, body: &str) -> Result<(), ProbeError> {
        json(expected, &Source::new(body), false)
    }

    #[test]
    fn what_is_not_to_be_seen_is_not_repeated() {
        let expected = expecting("$.a", Some("x".into()));
        for (body, reason) in [
            (r#"{"a": "secret"}"#, "Unexpected JSON value (expected \"x\")"),
            ("<secret>", "Response is not valid JSON"),
        ] {
            let Err(ProbeError::Target(failure)) = json(&expected, &Source::new(body), true) else {
                panic!("{body} is found up")
            };
            assert_eq!(failure.message, reason);
            let Err(ProbeError::Target(failure)) = judged(&expected, body) else {
                panic!("{body} is found up")
            };
            assert!(failure.message.contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn stored_queries_that_multiply_are_not_made() {
        let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let wide = format!("[{}0]", "[[[0]]],".repeat(100_000));
        for (path, body) in [
            (format!("${}", "[0,0]".repeat(80)), &nested),
            ("$..*..*..*".to_owned(), &wide),
            ("status".to_owned(), &nested),
        ] {
            let Err(ProbeError::Local(why)) = judged(&expecting(&path, None), body) else {
                panic!("{path} is made")
            };
            assert!(why.starts_with("the JSONPath query "), "{why}");
        }
        assert!(judged(&expecting("$..*", None), &wide).is_ok());
    }

    #[test]
    fn null_is_expected_as_any_other_value() {
        let null = expecting("$.error", Some(serde_json::Value::Null));
        assert!(judged(&null, r#"{"error": null}"#).is_ok());
        let Err(ProbeError::Target(failure)) = judged(&null, r#"{"error": "disk full"}"#) else {
            panic!("it is found up")
        };
        assert!(failure.message.contains("expected null"), "{}", failure.message);
        assert!(judged(&null, "{}").is_err());
    }

    #[test]
    fn ranges_read_as_a_human_writes_them() {
        let ranges = StatusRanges(vec![(200, 399), (404, 404)]);
        assert_eq!(Ranges(&ranges).to_string(), "200-399, 404");
    }
}
