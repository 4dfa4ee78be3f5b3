//! What an outage looks like from outside.

use domain::Timestamp;
use serde_json::Value;
use testkit::FakeSlack;

/// What Slack was told about the monitor called `name`: (`DOWN` or `UP`, when, the message).
pub fn messages_about(slack: &FakeSlack, name: &str) -> Vec<(&'static str, Timestamp, Value)> {
    let kind = |message: &Value| {
        let text = message["text"].as_str().unwrap_or_default();
        [("🔴 Down", "DOWN"), ("✅ Up", "UP")]
            .into_iter()
            .find(|(start, _)| text.starts_with(&format!("{start}: {name}")))
            .map(|(_, kind)| kind)
    };
    let messages = slack.messages().into_iter();
    messages
        .filter_map(|(at, message)| kind(&message).map(|kind| (kind, at, message)))
        .collect()
}

/// Seconds from one RFC 3339 instant in JSON to another.
///
/// # Panics
/// When one of them is no instant.
pub fn seconds_between(earlier: &Value, later: &Value) -> f64 {
    let at = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let (Some(earlier), Some(later)) = (at(earlier), at(later)) else {
        panic!("{earlier} or {later} is no instant")
    };
    later.millis_since(earlier) as f64 / 1_000.0
}
