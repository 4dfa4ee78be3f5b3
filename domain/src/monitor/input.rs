//! What a user sends to make or change a monitor, and the rules that it has to satisfy.

use serde::{Deserialize, Serialize};

use super::http::{HttpMethod, HttpProbe, StatusRanges};
use super::target::parse_url;
use super::{Probe, Spec, deadline_ms};
use crate::rule::Rule;

/// Seconds between two checks, at least.
const MIN_INTERVAL_SECONDS: u32 = 10;
/// Seconds between two checks, at most.
const MAX_INTERVAL_SECONDS: u32 = 86_400;
/// The deadline of one attempt where the user names none, in milliseconds.
const DEFAULT_TIMEOUT_MS: u32 = 10_000;

/// A field that is not valid, with a sentence that continues its name: "`url` must start with …".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in JSON; nested fields are joined by dots.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The writable fields of a monitor. Unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorInput {
    /// What people call it; the URL's host by default.
    pub name: Option<String>,
    /// The kind of check; `http` by default.
    pub kind: Option<String>,
    /// What is checked.
    pub url: Option<String>,
    /// Seconds between two checks; 60 by default.
    pub interval_seconds: Option<u32>,
    /// The deadline of one attempt; 10 s, or what fits the interval, by default.
    pub timeout_ms: Option<u32>,
    /// Further attempts that confirm a failure; 1 by default.
    pub retries: Option<u16>,
    /// The pause before each of them; 1 s by default.
    pub retry_delay_ms: Option<u32>,
    /// Failing slots that open an incident; 1 by default.
    pub down_after: Option<u16>,
    /// Succeeding slots that close it; 1 by default.
    pub up_after: Option<u16>,
    /// An answer slower than this is degraded.
    pub slow_ms: Option<u32>,
    /// Whether checking is stopped.
    pub paused: Option<bool>,
    /// What only HTTP has.
    pub http: Option<HttpInput>,
}

/// The part of a monitor that only HTTP has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpInput {
    /// The request's method.
    pub method: Option<HttpMethod>,
    /// The status codes that count as up.
    pub expected_status: Option<StatusRanges>,
}

impl MonitorInput {
    /// The name and the specification that the fields make.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub fn validate(&self) -> Result<(String, Spec), Vec<FieldError>> {
        let mut errors = Errors::default();
        if self.kind.as_deref().is_some_and(|kind| kind != "http") {
            errors.add("kind", "must be http");
        }
        let url = match parse_url(self.url.as_deref().unwrap_or_default()) {
            Ok(url) => Some(url),
            Err(message) => {
                errors.add("url", message);
                None
            }
        };
        let interval_seconds = self.interval_seconds.unwrap_or(60);
        errors.range(
            "interval_seconds",
            interval_seconds,
            MIN_INTERVAL_SECONDS,
            MAX_INTERVAL_SECONDS,
        );
        let retries = self.retries.unwrap_or(1);
        errors.range("retries", u32::from(retries), 0, 5);
        let retry_delay_ms = self.retry_delay_ms.unwrap_or(1_000);
        errors.range("retry_delay_ms", retry_delay_ms, 0, 60_000);
        let interval_ms = interval_seconds.clamp(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS) * 1_000;
        let timeout_ms = match self.timeout_ms {
            Some(timeout_ms) => timeout_ms,
            None => default_timeout_ms(interval_ms, retries, retry_delay_ms),
        };
        errors.range("timeout_ms", timeout_ms, 100, 120_000);
        let rule = Rule {
            down_after: self.down_after.unwrap_or(1),
            up_after: self.up_after.unwrap_or(1),
            slow_ms: self.slow_ms,
        };
        errors.range("down_after", u32::from(rule.down_after), 1, 100);
        errors.range("up_after", u32::from(rule.up_after), 1, 100);
        if let Some(slow_ms) = rule.slow_ms {
            errors.range("slow_ms", slow_ms, 1, 120_000);
        }
        if errors.0.is_empty() {
            let deadline = deadline_ms(timeout_ms, retries, retry_delay_ms);
            if deadline >= u64::from(interval_ms) {
                errors.add(
                    "timeout_ms",
                    format!(
                        "makes the whole check last up to {deadline} ms with its retries, which is not shorter \
                         than the interval of {interval_ms} ms"
                    ),
                );
            }
        }
        let http = self.http.clone().unwrap_or_default();
        let expected_status = http.expected_status.unwrap_or_default();
        errors.status_ranges("http.expected_status", &expected_status);
        let name = self.valid_name(url.as_ref(), &mut errors);
        match url {
            Some(url) if errors.0.is_empty() => {
                let probe = Probe::Http(HttpProbe {
                    url: url.into(),
                    method: http.method.unwrap_or_default(),
                    expected_status,
                });
                let paused = self.paused.unwrap_or(false);
                Ok((
                    name,
                    Spec {
                        interval_ms,
                        timeout_ms,
                        retries,
                        retry_delay_ms,
                        rule,
                        paused,
                        probe,
                    },
                ))
            }
            _ => Err(errors.0),
        }
    }

    fn valid_name(&self, url: Option<&url::Url>, errors: &mut Errors) -> String {
        let name = self
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        match name {
            Some(name) => {
                if name.chars().count() > 120 {
                    errors.add("name", "must have at most 120 characters");
                }
                if name.chars().any(char::is_control) {
                    errors.add("name", "must not contain a control character");
                }
                name.to_owned()
            }
            None => url.and_then(url::Url::host_str).unwrap_or_default().to_owned(),
        }
    }
}

impl From<(String, Spec)> for MonitorInput {
    /// The fields that make `spec`: what a PATCH is merged into.
    fn from((name, spec): (String, Spec)) -> Self {
        let Probe::Http(probe) = spec.probe;
        Self {
            name: Some(name),
            kind: Some("http".to_owned()),
            url: Some(probe.url),
            interval_seconds: Some(spec.interval_ms / 1_000),
            timeout_ms: Some(spec.timeout_ms),
            retries: Some(spec.retries),
            retry_delay_ms: Some(spec.retry_delay_ms),
            down_after: Some(spec.rule.down_after),
            up_after: Some(spec.rule.up_after),
            slow_ms: spec.rule.slow_ms,
            paused: Some(spec.paused),
            http: Some(HttpInput {
                method: Some(probe.method),
                expected_status: Some(probe.expected_status),
            }),
        }
    }
}

/// Ten seconds, or the longest that leaves the whole check shorter than the interval.
fn default_timeout_ms(interval_ms: u32, retries: u16, retry_delay_ms: u32) -> u32 {
    let pauses = deadline_ms(0, retries, retry_delay_ms);
    let left = u64::from(interval_ms).saturating_sub(pauses) / (u64::from(retries) + 1);
    let rounded = left.saturating_sub(1) / 100 * 100;
    rounded.min(u64::from(DEFAULT_TIMEOUT_MS)) as u32
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    fn range(&mut self, field: &str, value: u32, low: u32, high: u32) {
        if !(low..=high).contains(&value) {
            self.add(field, format!("must be {low} to {high}"));
        }
    }

    fn status_ranges(&mut self, field: &str, ranges: &StatusRanges) {
        let valid = |&(low, high): &(u16, u16)| (100..=599).contains(&low) && (low..=599).contains(&high);
        if ranges.0.is_empty() || ranges.0.len() > 20 || !ranges.0.iter().all(valid) {
            self.add(
                field,
                "must be 1 to 20 pairs [from, to] of status codes from 100 to 599",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(json: serde_json::Value) -> Result<MonitorInput, serde_json::Error> {
        serde_json::from_value(json)
    }

    fn fields_of_errors(json: serde_json::Value) -> Vec<String> {
        let errors = input(json).unwrap().validate().unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_url_is_enough() {
        let (name, spec) = input(serde_json::json!({"url": "https://example.org"}))
            .unwrap()
            .validate()
            .unwrap();
        assert_eq!(name, "example.org");
        assert_eq!(
            (spec.interval_ms, spec.timeout_ms, spec.retries),
            (60_000, 10_000, 1)
        );
    }

    #[test]
    fn the_shortest_interval_gets_a_timeout_that_fits() {
        let json = serde_json::json!({"url": "https://example.org", "interval_seconds": 10});
        let (_, spec) = input(json).unwrap().validate().unwrap();
        assert_eq!(spec.timeout_ms, 4_300);
        assert!(spec.deadline_ms() < 10_000);
    }

    #[test]
    fn every_invalid_field_is_named() {
        let json = serde_json::json!({
            "url": "gopher://x", "interval_seconds": 9, "retries": 6, "down_after": 0, "kind": "smtp",
            "http": {"expected_status": [[300, 200]]}, "name": "a\u{7}b", "timeout_ms": 5, "slow_ms": 0
        });
        let mut fields = fields_of_errors(json);
        fields.sort();
        let expected = [
            "down_after",
            "http.expected_status",
            "interval_seconds",
            "kind",
            "name",
            "retries",
            "slow_ms",
            "timeout_ms",
            "url",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_deadline_as_long_as_the_interval_is_refused() {
        let json = |timeout: u32| {
            serde_json::json!({"url": "http://a.example", "interval_seconds": 10, "timeout_ms": timeout,
                               "retries": 0})
        };
        assert_eq!(fields_of_errors(json(10_000)), ["timeout_ms"]);
        assert!(input(json(9_999)).unwrap().validate().is_ok());
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(input(serde_json::json!({"url": "http://a.example", "intervall": 10})).is_err());
        assert!(input(serde_json::json!({"url": "http://a.example", "http": {"x": 1}})).is_err());
    }

    #[test]
    fn fields_and_specification_are_inverse() {
        let json = serde_json::json!({"url": "http://a.example/x", "slow_ms": 300, "paused": true});
        let first = input(json).unwrap().validate().unwrap();
        let again = MonitorInput::from(first.clone()).validate().unwrap();
        assert_eq!(first, again);
    }
}
