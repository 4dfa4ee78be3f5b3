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

/// By how many digits at their ends numbers are compared: what is before differs in some countries between a number and
/// Meta's name of it.
const COMPARED_DIGITS: usize = 7;

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
    /// The last digits of the number that it went to, where Meta says it.
    recipient: Option<String>,
}

impl MessageReport {
    /// Whether the message may have gone to this number.
    pub(crate) fn may_be_to(&self, number: &str) -> bool {
        let recipient = self.recipient.as_ref();
        recipient.is_some_and(|digits| number.ends_with(digits.as_str()))
    }
}

/// What a notification says of messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reports {
    /// The last state of each message, by the names of the messages.
    pub(crate) messages: Vec<MessageReport>,
    /// Statuses that cannot be read, or are of no message or state that is known.
    pub(crate) left_out: usize,
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
    recipient_id: Value,
    /// In whichever form: that it failed counts without a reason, too.
    #[serde(default)]
    errors: Value,
}

/// What a notification reports of messages. What else Meta notifies of is none of it.
///
/// # Errors
/// See [`NotTaken`].
pub(crate) fn reports(body: &[u8], now: Timestamp) -> Result<Reports, NotTaken> {
    let notification: Notification =
        serde_json::from_slice(body).map_err(|error| NotTaken::Unreadable(error.to_string()))?;
    let changes = notification.entry.into_iter().flat_map(|entry| entry.changes);
    let mut latest = BTreeMap::<String, MessageReport>::new();
    let (mut count, mut left_out) = (0, 0);
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
                left_out += 1;
                continue;
            };
            match latest.get(&report.receipt) {
                Some(known) if known.state >= report.state => {}
                _ => drop(latest.insert(report.receipt.clone(), report)),
            }
        }
    }
    Ok(Reports {
        messages: latest.into_values().collect(),
        left_out,
    })
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
        recipient: last_digits(&status.recipient_id),
    })
}

/// What numbers are compared by.
fn last_digits(number: &Value) -> Option<String> {
    let number = number.as_str()?;
    let from = number.len().checked_sub(COMPARED_DIGITS)?;
    let digits = number.get(from..)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.to_owned())
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
