//! What Meta says became of messages on WhatsApp, <https://developers.facebook.com/documentation/business-messaging/whatsapp/>.
//! Pure.

mod failures;

use std::collections::BTreeMap;

use api::ReportedState;
use domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// Statuses in one call, at most: Meta puts as many together.
pub(crate) const MAX_STATUSES: usize = 1_000;

/// What the names of messages begin with. The index of `alert_events` goes by it.
const NAME_BEGINS: &str = "wamid.";

/// The longest name of a message, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageReport {
    /// Its name: the receipt of its delivery.
    pub(crate) receipt: String,
    pub(crate) state: ReportedState,
    /// By Meta's clock, but not in the future.
    pub(crate) at: Timestamp,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

/// Why a notification is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("the notification cannot be read: {0}")]
    Unreadable(String),
    #[error("there are more than {} statuses", MAX_STATUSES)]
    TooMany,
}

#[derive(Deserialize)]
struct Notification {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    status: String,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    errors: Vec<failures::Failure>,
}

/// The last state of each message that a notification reports, by the names of the messages. What else Meta notifies of,
/// and a status that cannot be read, is left out.
///
/// # Errors
/// See [`NotTaken`].
pub(crate) fn reports(body: &[u8], now: Timestamp) -> Result<Vec<MessageReport>, NotTaken> {
    let notification: Notification =
        serde_json::from_slice(body).map_err(|error| NotTaken::Unreadable(error.to_string()))?;
    let changes = notification.entry.into_iter().flat_map(|entry| entry.changes);
    let mut latest = BTreeMap::<String, MessageReport>::new();
    let mut count = 0;
    for mut change in changes {
        let Some(Value::Array(statuses)) = change.value.get_mut("statuses").map(Value::take) else {
            continue;
        };
        count += statuses.len();
        if count > MAX_STATUSES {
            return Err(NotTaken::TooMany);
        }
        for status in statuses {
            let Some(report) = report(status, now) else {
                continue;
            };
            match latest.get(&report.receipt) {
                Some(known) if known.state >= report.state => {}
                _ => drop(latest.insert(report.receipt.clone(), report)),
            }
        }
    }
    Ok(latest.into_values().collect())
}

fn report(status: Value, now: Timestamp) -> Option<MessageReport> {
    let status: Status = serde_json::from_value(status).ok()?;
    let state = ReportedState::parse(&status.status)?;
    let is_name = status.id.starts_with(NAME_BEGINS)
        && status.id.len() <= MAX_NAME_BYTES
        && status.id.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| MessageReport {
        receipt: status.id,
        state,
        at: time(&status.timestamp, now),
        error: (state == ReportedState::Failed).then(|| failures::reason(&status.errors)),
    })
}

/// Seconds of the Unix epoch, which Meta sends as a text; now, where they say nothing that can have been.
fn time(sent: &Value, now: Timestamp) -> Timestamp {
    let seconds = match sent {
        Value::String(text) => text.parse::<i64>().ok(),
        other => other.as_i64(),
    };
    let at = seconds.and_then(|seconds| seconds.checked_mul(1_000));
    at.filter(|millis| (1..=now.as_millis()).contains(millis))
        .map_or(now, Timestamp::from_millis)
}

#[cfg(test)]
mod tests;
