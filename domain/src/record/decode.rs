//! Reading a record, ours or that of a producer of its own.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::wire::{Outcome, Type, Wire, remove_foreign};
use super::{CheckResult, DEFAULT_REGION, Lifecycle, Ping, Record, SkipReason, Skipped};
use crate::baseline::Bounds;
use crate::quorum::Quorum;

/// The largest payload that is read, in bytes.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

/// The longest error text that is kept, in bytes.
const MAX_ERROR_BYTES: usize = 512;

/// The longest address that is kept, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// The longest name of a kind or a region, in bytes.
const MAX_NAME_BYTES: usize = 32;

/// Why a payload is not a record.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Larger than [`MAX_RECORD_BYTES`].
    #[error("the record has {0} bytes, more than {MAX_RECORD_BYTES}")]
    TooLarge(usize),
    /// Not JSON, or a field of the contract is missing or of the wrong type: which, and what is wrong.
    #[error("not a record: {0}")]
    Json(String),
    /// The fields contradict each other.
    #[error("not a record: {0}")]
    Invalid(&'static str),
}

/// Reads a record.
pub(super) fn decode(payload: &[u8]) -> Result<Record, DecodeError> {
    if payload.len() > MAX_RECORD_BYTES {
        return Err(DecodeError::TooLarge(payload.len()));
    }
    let mut wire: Wire<'_> = match serde_json::from_slice(payload) {
        Ok(wire) => wire,
        Err(error) => match foreign_fields(payload) {
            Some(fields) => serde_path_to_error::deserialize(Value::Object(fields))
                .map_err(|error| DecodeError::Json(error.to_string()))?,
            None => return Err(explain(payload, &error)),
        },
    };
    // Negative ones are those of drills, which nobody else has.
    if wire.monitor_id.0 == 0 || (wire.monitor_id.0 < 0 && wire.v.is_none()) {
        return Err(DecodeError::Invalid("monitor_id must be positive"));
    }
    check_names(&mut wire)?;
    match wire.type_ {
        Type::Result => wire.into_result(),
        Type::Skipped => wire.into_skipped().map(Record::Skipped),
        Type::Lifecycle => wire.into_lifecycle().map(Record::Lifecycle),
        Type::Ping => wire.into_ping().map(|ping| Record::Ping(Box::new(ping))),
    }
}

/// The fields of a producer that has some of its own under names of ours, without those.
fn foreign_fields(payload: &[u8]) -> Option<Map<String, Value>> {
    let mut fields = serde_json::from_slice(payload).ok()?;
    remove_foreign(&mut fields).then_some(fields)
}

/// What is wrong with a payload, and in which field.
fn explain(payload: &[u8], error: &serde_json::Error) -> DecodeError {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let located = serde_path_to_error::deserialize::<_, Wire<'_>>(&mut json);
    DecodeError::Json(
        located
            .err()
            .map_or_else(|| error.to_string(), |located| located.to_string()),
    )
}

/// What is no name or no interval is an error in a record of ours, and another producer's own.
fn check_names(wire: &mut Wire<'_>) -> Result<(), DecodeError> {
    let is_name = |name: &Cow<'_, str>| {
        name.len() <= MAX_NAME_BYTES && name.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let is_ours = wire.v.is_some();
    if wire.interval_ms == Some(0) {
        if is_ours {
            return Err(DecodeError::Invalid("interval_ms must be positive"));
        }
        wire.interval_ms = None;
    }
    for name in [&mut wire.kind, &mut wire.region] {
        if name.as_ref().is_some_and(|name| !is_name(name)) {
            if is_ours {
                return Err(DecodeError::Invalid(
                    "kind and region have at most 32 printable ASCII characters",
                ));
            }
            *name = None;
        }
    }
    Ok(())
}

impl Wire<'_> {
    fn into_result(self) -> Result<Record, DecodeError> {
        let up = match (self.outcome, self.is_up) {
            (None | Some(Outcome::Up), Some(true)) => true,
            (None | Some(Outcome::Down), Some(false)) => false,
            (None | Some(Outcome::Skipped), None) => return self.into_skipped().map(Record::Skipped),
            _ => return Err(DecodeError::Invalid("is_up and outcome contradict each other")),
        };
        let region = region(self.region);
        let quorum = self.quorum.map(Cow::into_owned);
        if let Some(quorum) = &quorum
            && (self.revision.is_none() || self.judged.is_some() || !quorum.names(&region))
        {
            return Err(DecodeError::Invalid(
                "who has a quorum has a revision, is one of its regions and speaks of no heartbeat",
            ));
        }
        let quorum = match quorum.map(Quorum::valid) {
            Some(None) => {
                return Err(DecodeError::Invalid(
                    "quorum needs 2 to 16 regions in order, and 1 <= down <= min_regions <= regions",
                ));
            }
            valid => valid.flatten().map(Arc::new),
        };
        Ok(Record::Result(CheckResult {
            monitor_id: self.monitor_id,
            org_id: self.org_id,
            url: stored(self.url, MAX_URL_BYTES),
            kind: self.kind.map_or_else(|| "http".to_owned(), Cow::into_owned),
            timestamp: self.timestamp,
            scheduled_at: self.scheduled_at.unwrap_or(self.timestamp),
            interval_ms: self.interval_ms,
            region,
            revision: self.revision,
            revised_at: self.revised_at,
            probe_revision: self.probe_revision,
            rule: self.rule.unwrap_or_default(),
            quorum,
            up,
            status_code: self.status_code,
            latency_ms: self.latency_ms,
            attempts: self.attempts.unwrap_or(1),
            error: self.error.map(|text| stored(text, MAX_ERROR_BYTES)),
            error_code: self.error_code,
            timings: self.timings_us.unwrap_or_default(),
            tls_expires_at: self.tls_expires_at,
            judged: self.judged,
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
            judged: self.judged,
        })
    }

    fn into_lifecycle(self) -> Result<Lifecycle, DecodeError> {
        let usual = self.usual.map(|usual| Box::new(usual.into_owned()));
        if usual
            .as_ref()
            .is_some_and(|usual| usual.hours.len() > Bounds::MAX_HOURS)
        {
            return Err(DecodeError::Invalid("usual has at most 72 hours"));
        }
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
            usual,
        })
    }

    fn into_ping(self) -> Result<Ping, DecodeError> {
        let ping = self.ping.ok_or(DecodeError::Invalid("ping is missing"))?;
        Ok(Ping {
            monitor_id: self.monitor_id,
            org_id: self.org_id.ok_or(DecodeError::Invalid("org_id is missing"))?,
            url: stored(self.url, MAX_URL_BYTES),
            timestamp: self.timestamp,
            id: ping.id,
            kind: ping.kind,
            run_id: ping.run_id,
            exit_status: ping.exit_status,
            latency_ms: self.latency_ms,
            message: self.error.map(|text| stored(text, MAX_ERROR_BYTES)),
            due: ping.due,
            limits: ping.limits,
            request: ping.request.into_owned(),
        })
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
