//! From messages to entries: what cannot be read is rejected, what cannot be placed yet is parked. Pure.

mod parking;
mod progress;

pub(crate) use parking::{NoRoom, Parking};
pub(crate) use progress::{Done, Progress};

use domain::Record;
use domain::record::{DecodeError, MAX_RECORD_BYTES};
use shared::kafka::Message;

/// The longest range of slots that one record may skip, in milliseconds.
const MAX_RANGE_MS: i64 = 366 * 86_400_000;

/// Why a record goes to the dead-letter topic. Each name is a label of a metric and a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// A tombstone, or nothing at all.
    Empty,
    /// Larger than any record.
    Oversized,
    /// No JSON, or not the JSON of a record.
    Undecodable,
    /// Its time cannot be believed.
    ImplausibleTime,
    /// It says that the monitor is another organisation's.
    OrgMismatch,
    /// The database does not take it.
    RejectedByDatabase,
}

impl Reason {
    pub(crate) const ALL: [Self; 6] = [
        Self::Empty,
        Self::Oversized,
        Self::Undecodable,
        Self::ImplausibleTime,
        Self::OrgMismatch,
        Self::RejectedByDatabase,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Oversized => "oversized",
            Self::Undecodable => "undecodable",
            Self::ImplausibleTime => "implausible_time",
            Self::OrgMismatch => "org_mismatch",
            Self::RejectedByDatabase => "rejected_by_database",
        }
    }
}

/// Reads a message of the log. The error is the reason, and what was wrong in words.
pub(crate) fn examine(message: &Message, retention_ms: i64) -> Result<Record, (Reason, String)> {
    let payload = message
        .payload
        .as_deref()
        .filter(|payload| !payload.is_empty())
        .ok_or_else(|| (Reason::Empty, "there is no payload".to_owned()))?;
    let record = Record::decode(payload).map_err(|error| match error {
        DecodeError::TooLarge(_) => (Reason::Oversized, error.to_string()),
        _ => (Reason::Undecodable, error.to_string()),
    })?;
    if !record.is_plausible_at(message.timestamp, retention_ms) {
        let (at, appended) = (record.event_time(), message.timestamp);
        return Err((
            Reason::ImplausibleTime,
            format!("its time is {at}, but it was appended at {appended}"),
        ));
    }
    if let Record::Skipped(skipped) = &record
        && skipped.until.millis_since(skipped.from) > MAX_RANGE_MS
    {
        return Err((Reason::ImplausibleTime, "it skips more than a year".to_owned()));
    }
    Ok(record)
}

/// Reads the JSON of an alert event, under the same limits.
pub(crate) fn examine_alert_event(
    message: &Message,
) -> Result<domain::alert_event::AlertEvent, (Reason, String)> {
    let payload = message.payload.as_deref().unwrap_or_default();
    if payload.is_empty() {
        return Err((Reason::Empty, "there is no payload".to_owned()));
    }
    if payload.len() > MAX_RECORD_BYTES {
        return Err((Reason::Oversized, format!("it has {} bytes", payload.len())));
    }
    serde_json::from_slice(payload).map_err(|error| (Reason::Undecodable, error.to_string()))
}

#[cfg(test)]
mod tests;
