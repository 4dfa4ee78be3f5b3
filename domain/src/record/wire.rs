//! The JSON form of a record. One flat object for all types; its first seven fields are the public
//! contract, and a producer in any language that sends only those is accepted.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::WIRE_VERSION;
use super::{CheckResult, DEFAULT_REGION, Lifecycle, LifecycleEvent, Record, SkipReason, Skipped, Timings};
use crate::error_code::ErrorCode;
use crate::ids::{DeliveryId, IncidentId, MonitorId, OrgId};
use crate::rule::Rule;
use crate::time::Timestamp;

/// The largest payload that is read, in bytes.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

/// The longest error text that is kept, in bytes.
const MAX_ERROR_BYTES: usize = 512;

/// The longest address that is kept, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// Room for the payload of most records, in bytes.
const USUAL_BYTES: usize = 768;

/// The longest name of a kind or a region, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// Why a payload is not a record.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Larger than [`MAX_RECORD_BYTES`].
    #[error("the record has {0} bytes, more than {MAX_RECORD_BYTES}")]
    TooLarge(usize),
    /// Not JSON, or a field of the contract is missing or of the wrong type.
    #[error("not a record: {0}")]
    Json(#[from] serde_json::Error),
    /// The fields contradict each other.
    #[error("not a record: {0}")]
    Invalid(&'static str),
}

#[derive(Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    #[default]
    Result,
    Skipped,
    Lifecycle,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Up,
    Down,
    Skipped,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    monitor_id: MonitorId,
    url: Cow<'a, str>,
    timestamp: Timestamp,
    #[serde(deserialize_with = "Option::deserialize")]
    is_up: Option<bool>,
    #[serde(default)]
    status_code: Option<u16>,
    #[serde(default, deserialize_with = "whole_milliseconds")]
    latency_ms: Option<u32>,
    #[serde(default)]
    error: Option<Cow<'a, str>>,

    #[serde(default = "version_1")]
    v: u32,
    #[serde(default, rename = "type")]
    type_: Type,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempts: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org_id: Option<OrgId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revised_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probe_revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(default)]
    error_code: Option<ErrorCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timings_us: Option<Timings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls_expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<SkipReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<LifecycleEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    incident_id: Option<IncidentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery_id: Option<DeliveryId>,
}

fn version_1() -> u32 {
    WIRE_VERSION
}

/// Other languages write a latency as a float.
fn whole_milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<f64>::deserialize(deserializer)? {
        None => Ok(None),
        Some(ms) if (0.0..=f64::from(u32::MAX)).contains(&ms) => Ok(Some(ms.round() as u32)),
        Some(_) => Err(serde::de::Error::custom("latency_ms must be 0 to 4294967295")),
    }
}

pub(super) fn decode(payload: &[u8]) -> Result<Record, DecodeError> {
    if payload.len() > MAX_RECORD_BYTES {
        return Err(DecodeError::TooLarge(payload.len()));
    }
    let wire: Wire = serde_json::from_slice(payload)?;
    if wire.monitor_id.0 <= 0 {
        return Err(DecodeError::Invalid("monitor_id must be positive"));
    }
    if wire.interval_ms == Some(0) {
        return Err(DecodeError::Invalid("interval_ms must be positive"));
    }
    let is_name = |name: &Option<Cow<'_, str>>| {
        name.as_ref()
            .is_none_or(|n| n.len() <= MAX_NAME_BYTES && n.bytes().all(|b| b.is_ascii_graphic()))
    };
    if !is_name(&wire.kind) || !is_name(&wire.region) {
        return Err(DecodeError::Invalid(
            "kind and region have at most 32 printable ASCII characters",
        ));
    }
    match wire.type_ {
        Type::Result => wire.into_result(),
        Type::Skipped => wire.into_skipped().map(Record::Skipped),
        Type::Lifecycle => wire.into_lifecycle().map(Record::Lifecycle),
    }
}

impl<'a> Wire<'a> {
    fn into_result(self) -> Result<Record, DecodeError> {
        let up = match (self.outcome, self.is_up) {
            (None | Some(Outcome::Up), Some(true)) => true,
            (None | Some(Outcome::Down), Some(false)) => false,
            (None | Some(Outcome::Skipped), None) => return self.into_skipped().map(Record::Skipped),
            _ => return Err(DecodeError::Invalid("is_up and outcome contradict each other")),
        };
        Ok(Record::Result(CheckResult {
            monitor_id: self.monitor_id,
            org_id: self.org_id,
            url: stored(self.url, MAX_URL_BYTES),
            kind: self.kind.map_or_else(|| "http".to_owned(), Cow::into_owned),
            timestamp: self.timestamp,
            scheduled_at: self.scheduled_at.unwrap_or(self.timestamp),
            interval_ms: self.interval_ms,
            region: region(self.region),
            revision: self.revision,
            revised_at: self.revised_at,
            probe_revision: self.probe_revision,
            rule: self.rule.unwrap_or_default(),
            up,
            status_code: self.status_code,
            latency_ms: self.latency_ms,
            attempts: self.attempts.unwrap_or(1),
            error: self.error.map(|text| stored(text, MAX_ERROR_BYTES)),
            error_code: self.error_code,
            timings: self.timings_us.unwrap_or_default(),
            tls_expires_at: self.tls_expires_at,
        }))
    }

    fn into_skipped(self) -> Result<Skipped, DecodeError> {
        if self.is_up.is_some() {
            return Err(DecodeError::Invalid(
                "is_up must be null for slots that were not checked",
            ));
        }
        let from = self.scheduled_at.unwrap_or(self.timestamp);
        let until = self.until.unwrap_or(from);
        if until < from {
            return Err(DecodeError::Invalid("until lies before scheduled_at"));
        }
        Ok(Skipped {
            monitor_id: self.monitor_id,
            org_id: self.org_id,
            url: stored(self.url, MAX_URL_BYTES),
            timestamp: self.timestamp,
            from,
            until,
            interval_ms: self.interval_ms,
            region: region(self.region),
            revision: self.revision,
            reason: self.reason.unwrap_or(SkipReason::Unknown),
        })
    }

    fn into_lifecycle(self) -> Result<Lifecycle, DecodeError> {
        Ok(Lifecycle {
            monitor_id: self.monitor_id,
            org_id: self.org_id.ok_or(DecodeError::Invalid("org_id is missing"))?,
            url: stored(self.url, MAX_URL_BYTES),
            timestamp: self.timestamp,
            revision: self.revision.ok_or(DecodeError::Invalid("revision is missing"))?,
            probe_revision: self.probe_revision,
            event: self.event.ok_or(DecodeError::Invalid("event is missing"))?,
            incident_id: self.incident_id,
            delivery_id: self.delivery_id,
        })
    }

    fn base(type_: Type, monitor_id: MonitorId, url: &'a str, timestamp: Timestamp) -> Self {
        Self {
            monitor_id,
            url: Cow::Borrowed(url),
            timestamp,
            is_up: None,
            status_code: None,
            latency_ms: None,
            error: None,
            v: WIRE_VERSION,
            type_,
            kind: None,
            outcome: None,
            scheduled_at: None,
            until: None,
            interval_ms: None,
            region: None,
            attempts: None,
            org_id: None,
            revision: None,
            revised_at: None,
            probe_revision: None,
            rule: None,
            error_code: None,
            timings_us: None,
            tls_expires_at: None,
            reason: None,
            event: None,
            incident_id: None,
            delivery_id: None,
        }
    }
}

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let wire = match record {
        Record::Result(r) => Wire {
            is_up: Some(r.up),
            status_code: r.status_code,
            latency_ms: r.latency_ms,
            error: r.error.as_deref().map(Cow::Borrowed),
            kind: Some(Cow::Borrowed(&r.kind)),
            outcome: Some(if r.up { Outcome::Up } else { Outcome::Down }),
            scheduled_at: Some(r.scheduled_at),
            interval_ms: r.interval_ms,
            region: Some(Cow::Borrowed(&r.region)),
            attempts: Some(r.attempts),
            org_id: r.org_id,
            revision: r.revision,
            revised_at: r.revised_at,
            probe_revision: r.probe_revision,
            rule: Some(r.rule),
            error_code: r.error_code,
            timings_us: Some(r.timings),
            tls_expires_at: r.tls_expires_at,
            ..Wire::base(Type::Result, r.monitor_id, &r.url, r.timestamp)
        },
        Record::Skipped(r) => Wire {
            outcome: Some(Outcome::Skipped),
            scheduled_at: Some(r.from),
            until: Some(r.until),
            interval_ms: r.interval_ms,
            region: Some(Cow::Borrowed(&r.region)),
            org_id: r.org_id,
            revision: r.revision,
            reason: Some(r.reason),
            ..Wire::base(Type::Skipped, r.monitor_id, &r.url, r.timestamp)
        },
        Record::Lifecycle(r) => Wire {
            org_id: Some(r.org_id),
            revision: Some(r.revision),
            probe_revision: r.probe_revision,
            event: Some(r.event),
            incident_id: r.incident_id,
            delivery_id: r.delivery_id,
            ..Wire::base(Type::Lifecycle, r.monitor_id, &r.url, r.timestamp)
        },
    };
    let mut payload = Vec::with_capacity(USUAL_BYTES);
    match serde_json::to_writer(&mut payload, &wire) {
        Ok(()) => payload,
        Err(_) => Vec::new(),
    }
}

fn region(region: Option<Cow<'_, str>>) -> String {
    region.map_or_else(|| DEFAULT_REGION.to_owned(), Cow::into_owned)
}

/// A text that any store takes: without NUL, which PostgreSQL refuses, and cut at a character boundary.
fn stored(text: Cow<'_, str>, max_bytes: usize) -> String {
    let mut text = text.into_owned();
    if text.contains('\0') {
        text = text.replace('\0', "\u{fffd}");
    }
    text.truncate(text.floor_char_boundary(max_bytes));
    text
}
