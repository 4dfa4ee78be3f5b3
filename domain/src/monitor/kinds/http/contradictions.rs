//! Options that no response can fulfil, or of which nothing would ever be judged.

use serde_json::Value;

use super::{HttpMethod, HttpProbe, IpFamily, StatusRanges};
use crate::field_error::Errors;

/// Refuses such options; each error names the field to change.
pub(super) fn check(probe: &HttpProbe, errors: &mut Errors) {
    check_status(&probe.expected_status, errors);
    check_body(probe, errors);
    check_length(probe, errors);
    check_address(probe, errors);
    for (name, value) in &probe.options.expected_headers {
        let Some(value) = value else { continue };
        let field = "http.expected_headers";
        if value.trim() != value {
            errors.add(
                field,
                format!("must have values without white space around them; {name} has some"),
            );
        } else if value.chars().any(|c| c.is_control() && c != '\t') {
            errors.add(
                field,
                format!("must have values without control characters; {name} has one"),
            );
        }
    }
}

/// Whether each expected status lies within one of `ranges`.
fn is_within(expected: &StatusRanges, ranges: &[(u16, u16)]) -> bool {
    let is_inside = |low, high| low <= high && ranges.iter().any(|&(from, to)| from <= low && high <= to);
    expected.0.iter().all(|&(low, high)| is_inside(low, high))
}

fn check_status(expected: &StatusRanges, errors: &mut Errors) {
    if !expected.0.is_empty() && is_within(expected, &[(100, 199)]) {
        errors.add(
            "http.expected_status",
            "must have a status from 200 on: what answers with 1xx has not answered yet",
        );
    }
}

/// The fields that look into the body, if they are set.
fn inspected(probe: &HttpProbe) -> impl Iterator<Item = &'static str> + use<'_> {
    let options = &probe.options;
    [
        ("http.contains", options.contains.is_some()),
        ("http.not_contains", options.not_contains.is_some()),
        ("http.json", options.json.is_some()),
    ]
    .into_iter()
    .filter_map(|(field, is_set)| is_set.then_some(field))
}

fn check_body(probe: &HttpProbe, errors: &mut Errors) {
    let options = &probe.options;
    let is_bodiless = is_within(&probe.expected_status, &[(204, 204), (304, 304)]);
    for field in inspected(probe) {
        if probe.method == HttpMethod::Head {
            errors.add(
                field,
                "needs another method than HEAD, whose responses have no body",
            );
        } else if is_bodiless {
            errors.add(field, "needs another status than 204 and 304, which have no body");
        }
    }
    if let Some(text) = &options.contains {
        let forbidden = options.not_contains.as_ref();
        if forbidden.is_some_and(|forbidden| !forbidden.is_empty() && text.contains(forbidden.as_str())) {
            errors.add("http.not_contains", "must not be part of http.contains");
        }
    }
}

/// What is longer than the largest body is in none.
fn check_length(probe: &HttpProbe, errors: &mut Errors) {
    let options = &probe.options;
    let Some(max) = options
        .max_body_bytes
        .filter(|max| *max > 0)
        .map(|max| max as usize)
    else {
        return;
    };
    // In no encoding does a character take less than a byte.
    let is_longer = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > max);
    let equals = options.json.as_ref().and_then(|json| json.equals.as_ref());
    for (field, is_longer) in [
        ("http.contains", is_longer(&options.contains)),
        ("http.not_contains", is_longer(&options.not_contains)),
        (
            "http.json.equals",
            equals.is_some_and(|value| least_bytes(value) > max),
        ),
    ] {
        if is_longer {
            errors.add(
                field,
                format!("must not be longer than http.max_body_bytes, {max}: no body would hold it"),
            );
        }
    }
}

/// The fewest bytes that a JSON value takes in a body.
fn least_bytes(value: &Value) -> usize {
    let list = |sum: usize, items: usize| 2 + sum + items.saturating_sub(1);
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(_) => 1,
        // It may stand for a number, which may be written shorter.
        Value::String(text) if text.parse::<f64>().is_ok() => 1,
        Value::String(text) => 2 + text.chars().count(),
        Value::Array(items) => list(items.iter().map(least_bytes).sum(), items.len()),
        Value::Object(members) => {
            let sum = members
                .iter()
                .map(|(name, value)| 2 + name.chars().count() + 1 + least_bytes(value))
                .sum();
            list(sum, members.len())
        }
    }
}

fn check_address(probe: &HttpProbe, errors: &mut Errors) {
    let options = &probe.options;
    let Ok(url) = url::Url::parse(&probe.url) else {
        return;
    };
    let other = match (url.host(), options.ip_family) {
        (Some(url::Host::Ipv4(_)), IpFamily::V6) => Some("v4"),
        (Some(url::Host::Ipv6(_)), IpFamily::V4) => Some("v6"),
        _ => None,
    };
    if let Some(family) = other {
        errors.add(
            "http.ip_family",
            format!("must be any or {family}, which the address in url is of"),
        );
    }
    if url.scheme() == "http" && options.max_redirects == 0 {
        for (field, is_set) in [
            ("http.tls_warn_days", options.tls_warn_days.is_some()),
            ("http.tls_resumption", options.tls_resumption),
        ] {
            if is_set {
                errors.add(
                    field,
                    "needs an address with https://, or redirects that may lead to one",
                );
            }
        }
    }
}
