//! What a message holds, or why it cannot be processed. Pure.

use domain::Record;
use domain::alert_event::AlertEvent;
use domain::record::{DecodeError, MAX_RECORD_BYTES};
use shared::kafka::{Message, is_misplaced, partition_of_monitor};

/// The longest range of slots that one record may skip, in milliseconds.
const MAX_RANGE_MS: i64 = 366 * 86_400_000;

/// Why a record goes to the dead-letter topic. Each name is a label of a metric and a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A tombstone, or nothing at all.
    Empty,
    /// Larger than any record.
    Oversized,
    /// No JSON, or not the JSON of a record.
    Undecodable,
    /// Its time cannot be believed.
    ImplausibleTime,
    /// It is on another partition than the records of its monitor.
    Misplaced,
    /// It says that the monitor is another organisation's.
    OrgMismatch,
    /// The database does not take it.
    RejectedByDatabase,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::Oversized,
        Self::Undecodable,
        Self::ImplausibleTime,
        Self::Misplaced,
        Self::OrgMismatch,
        Self::RejectedByDatabase,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Oversized => "oversized",
            Self::Undecodable => "undecodable",
            Self::ImplausibleTime => "implausible_time",
            Self::Misplaced => "misplaced",
            Self::OrgMismatch => "org_mismatch",
            Self::RejectedByDatabase => "rejected_by_database",
        }
    }
}

/// A message that cannot be processed: why, and what was wrong in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// What was wrong, in words.
    pub detail: String,
}

impl Rejection {
    /// A rejection for `reason`.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// A record, and the message that it came in.
#[derive(Clone, Debug)]
pub struct Received<R> {
    /// The message.
    pub message: Message,
    /// What it holds.
    pub record: R,
}

/// How the messages of a topic are read.
pub trait Examine {
    /// What a message holds.
    type Record;

    /// Reads a message.
    ///
    /// # Errors
    /// Why it cannot be processed.
    fn examine(&self, message: &Message) -> Result<Self::Record, Rejection>;
}

/// Reads the topic of results and lifecycle records.
#[derive(Clone, Copy, Debug)]
pub struct Results {
    /// How far a record's time may lie before the broker's append time, in milliseconds.
    pub retention_ms: i64,
    /// How many partitions the topic has. The records of a monitor are folded in the order of one of them, the one that
    /// its id as the key has.
    pub partitions: i32,
}

impl Examine for Results {
    type Record = Record;

    fn examine(&self, message: &Message) -> Result<Record, Rejection> {
        let record = Record::decode(payload(message)?).map_err(|error| match error {
            DecodeError::TooLarge(_) => Rejection::new(Reason::Oversized, error.to_string()),
            _ => Rejection::new(Reason::Undecodable, error.to_string()),
        })?;
        let record = record.came_by(message.timestamp);
        if !record.is_plausible_at(message.timestamp, self.retention_ms) {
            let (at, appended) = (record.event_time(), message.timestamp);
            let detail = format!("its time is {at}, but it was appended at {appended}");
            return Err(Rejection::new(Reason::ImplausibleTime, detail));
        }
        let monitor = record.monitor_id();
        if is_misplaced(monitor, message.partition, self.partitions) {
            let partition = partition_of_monitor(monitor, self.partitions);
            let detail = format!(
                "it belongs on partition {partition}: the key is the monitor's id, {monitor}, and the partitioner murmur2"
            );
            return Err(Rejection::new(Reason::Misplaced, detail));
        }
        if let Record::Skipped(skipped) = &record
            && skipped.until.millis_since(skipped.from) > MAX_RANGE_MS
        {
            return Err(Rejection::new(
                Reason::ImplausibleTime,
                "it skips more than a year",
            ));
        }
        Ok(record)
    }
}

/// Reads the topic of alert events, under the same limits.
#[derive(Clone, Copy, Debug)]
pub struct AlertEvents;

impl Examine for AlertEvents {
    type Record = AlertEvent;

    fn examine(&self, message: &Message) -> Result<AlertEvent, Rejection> {
        let payload = payload(message)?;
        if payload.len() > MAX_RECORD_BYTES {
            let detail = format!("it has {} bytes", payload.len());
            return Err(Rejection::new(Reason::Oversized, detail));
        }
        serde_json::from_slice(payload)
            .map_err(|error| Rejection::new(Reason::Undecodable, error.to_string()))
    }
}

fn payload(message: &Message) -> Result<&[u8], Rejection> {
    let payload = message.payload.as_deref().unwrap_or_default();
    if payload.is_empty() {
        return Err(Rejection::new(Reason::Empty, "there is no payload"));
    }
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(payload: &str) -> Option<Reason> {
        reason_on(payload, 0, 1)
    }

    fn reason_on(payload: &str, partition: i32, partitions: i32) -> Option<Reason> {
        let message = Message {
            topic: "monitoring-results".into(),
            partition,
            offset: 7,
            key: Some(b"42".to_vec()),
            payload: Some(payload.as_bytes().to_vec()),
            timestamp: "2026-11-21T10:00:00.000Z".parse().unwrap(),
        };
        let results = Results {
            retention_ms: 7 * 86_400_000,
            partitions,
        };
        results.examine(&message).err().map(|rejection| rejection.reason)
    }

    #[test]
    fn a_record_on_another_partition_than_its_monitors_is_misplaced() {
        let record =
            r#"{"monitor_id": 42, "url": "", "timestamp": "2026-11-21T10:00:00.000Z", "is_up": true}"#;
        let reasons: Vec<_> = (0..6).map(|partition| reason_on(record, partition, 6)).collect();
        let placed = reasons.iter().filter(|reason| reason.is_none()).count();
        let misplaced = reasons
            .iter()
            .filter(|reason| **reason == Some(Reason::Misplaced))
            .count();
        assert_eq!((placed, misplaced), (1, 5));
        assert_eq!(reason_on(record, 6, 6), None, "it is not known yet");
    }

    #[test]
    fn a_ping_is_taken_also_of_a_gateway_whose_clock_is_ahead() {
        let ping = r#"{"v": 1, "type": "ping", "monitor_id": 42, "org_id": 7, "url": "heartbeat://job",
            "timestamp": "2026-11-21T10:00:30.000Z", "is_up": null,
            "ping": {"id": "019aa5f1-2c3b-7d4e-8f60-112233445566", "kind": "success"}}"#;
        assert_eq!(reason(ping), None);
    }

    #[test]
    fn every_reason_is_told_apart() {
        let at = |time: &str| {
            format!(r#"{{"monitor_id": 42, "url": "https://e.org/", "timestamp": "{time}", "is_up": true}}"#)
        };
        assert_eq!(reason(&at("2026-11-21T10:00:01.900Z")), None);
        assert_eq!(
            reason(&at("2026-11-21T10:00:03.000Z")),
            Some(Reason::ImplausibleTime)
        );
        assert_eq!(
            reason(&at("2026-11-13T10:00:00.000Z")),
            Some(Reason::ImplausibleTime)
        );
        assert_eq!(reason("{"), Some(Reason::Undecodable));
        assert_eq!(reason(""), Some(Reason::Empty));
        assert_eq!(
            reason(&format!("\"{}\"", "x".repeat(70_000))),
            Some(Reason::Oversized)
        );
        let range = r#"{"monitor_id": 42, "url": "", "timestamp": "2026-11-21T10:00:00Z", "is_up": null,
            "type": "skipped", "scheduled_at": "2020-01-01T00:00:00Z", "until": "2026-11-21T10:00:00Z"}"#;
        assert_eq!(reason(range), Some(Reason::ImplausibleTime));
    }
}
