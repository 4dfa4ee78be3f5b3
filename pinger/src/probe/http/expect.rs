//! Compares a response with what is expected. Pure.

use domain::ErrorCode;
use domain::monitor::StatusRanges;
use http::{HeaderMap, HeaderName};

use super::target::Extras;
use crate::error::ProbeError;
use crate::probe::text::{contains, quoted};

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

pub(super) fn body(extras: &Extras, body: &[u8]) -> Result<(), ProbeError> {
    let mismatch = |message: String| Err(ProbeError::target(ErrorCode::BodyMismatch, message));
    if let Some(text) = &extras.contains
        && !contains(body, text.as_bytes())
    {
        return mismatch(format!("Expected text not found: {:?}", quoted(text)));
    }
    if let Some(text) = &extras.not_contains
        && contains(body, text.as_bytes())
    {
        return mismatch(format!("Unexpected text found: {:?}", quoted(text)));
    }
    let Some(json) = &extras.json else { return Ok(()) };
    let path = match &json.path {
        Ok(path) => path,
        Err(error) => return Err(ProbeError::Local(format!("the JSONPath query {error}"))),
    };
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return mismatch("Response is not valid JSON".to_owned());
    };
    let selected = path.query(&value).all();
    if selected.is_empty() {
        return mismatch("JSONPath query matched nothing".to_owned());
    }
    match &json.equals {
        Some(expected) if !selected.contains(&expected) => {
            let found = selected[0].to_string();
            mismatch(format!(
                "Unexpected JSON value {} (expected {})",
                quoted(&found),
                quoted(&expected.to_string())
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn too_large(max: usize) -> ProbeError {
    ProbeError::target(ErrorCode::TooLarge, format!("Response larger than {max} bytes"))
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

    fn extras(path: &str) -> Extras {
        expecting(path, None)
    }

    fn expecting(path: &str, equals: Option<serde_json::Value>) -> Extras {
        let mut probe = domain::monitor::HttpProbe::get("https://a.example/");
        probe.options.json = Some(domain::monitor::JsonAssertion {
            path: path.to_owned(),
            equals,
        });
        *crate::probe::http::target::HttpTarget::compile(probe)
            .unwrap()
            .extras
            .unwrap()
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
            let Err(ProbeError::Local(why)) = super::body(&extras(&path), body.as_bytes()) else {
                panic!("{path} is made")
            };
            assert!(why.starts_with("the JSONPath query "), "{why}");
        }
        assert!(super::body(&extras("$..*"), wide.as_bytes()).is_ok());
    }

    #[test]
    fn null_is_expected_as_any_other_value() {
        let null = expecting("$.error", Some(serde_json::Value::Null));
        assert!(super::body(&null, br#"{"error": null}"#).is_ok());
        let Err(ProbeError::Target(failure)) = super::body(&null, br#"{"error": "disk full"}"#) else {
            panic!("it is found up")
        };
        assert!(failure.message.contains("expected null"), "{}", failure.message);
        assert!(super::body(&null, b"{}").is_err());
    }

    #[test]
    fn ranges_read_as_a_human_writes_them() {
        let ranges = StatusRanges(vec![(200, 399), (404, 404)]);
        assert_eq!(Ranges(&ranges).to_string(), "200-399, 404");
    }
}
