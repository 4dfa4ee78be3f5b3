//! The records on the topic `monitoring-results`: what the pinger saw, what it could not check, and what
//! the user did to a monitor, in the one order that matters, that of the monitor's partition.

mod decode;
mod encode;
mod foreign;
mod lifecycle;
mod ping;
mod result;
pub mod schema;
mod skipped;
mod wire;

pub use decode::{DecodeError, MAX_RECORD_BYTES};
pub use lifecycle::{Lifecycle, LifecycleEvent};
pub use ping::{Due, HEARTBEAT, Judged, Ping, PingKind, PingRequest, Run, RunLimits};
pub use result::{CheckResult, PointState, Timings};
pub use skipped::{SkipReason, Skipped};

use crate::ids::{MonitorId, OrgId};
use crate::time::Timestamp;

/// The version that this code writes in the field `v`.
pub const WIRE_VERSION: u32 = 1;

/// The name of the only region, until there are more.
pub const DEFAULT_REGION: &str = "default";

/// How far a slot may lie after the broker's append time, in milliseconds.
pub const MAX_FUTURE_MS: i64 = 2_000;

/// How long after its arrival a ping may be appended, in milliseconds: it is looked up and answered within two seconds,
/// and delivered within two more.
const MAX_UNTIL_APPENDED_MS: i64 = 5_000;

/// How far the clock of a gateway may be behind, in milliseconds.
const MAX_CLOCK_BEHIND_MS: i64 = 900_000;

/// One record of the log.
#[allow(clippy::large_enum_variant, reason = "nearly all are results")]
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A check was made and has a verdict.
    Result(CheckResult),
    /// One slot or a range of slots was not checked.
    Skipped(Skipped),
    /// A user changed the monitor.
    Lifecycle(Lifecycle),
    /// A job has sent something to its heartbeat.
    Ping(Box<Ping>),
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// When the payload is too large, is no JSON, lacks a field of the public contract, or contradicts
    /// itself. Unknown fields are ignored, and so are those of a producer of its own (without `v`) whose names are ours
    /// and whose values are not.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        decode::decode(payload)
    }

    /// Writes the record as JSON.
    pub fn encode(&self) -> Vec<u8> {
        encode::encode(self)
    }

    /// The monitor that the record is about; in decimal ASCII it is the record's key.
    pub fn monitor_id(&self) -> MonitorId {
        match self {
            Self::Result(r) => r.monitor_id,
            Self::Skipped(r) => r.monitor_id,
            Self::Lifecycle(r) => r.monitor_id,
            Self::Ping(r) => r.monitor_id,
        }
    }

    /// The organisation, where the producer knew it.
    pub fn org_id(&self) -> Option<OrgId> {
        match self {
            Self::Result(r) => r.org_id,
            Self::Skipped(r) => r.org_id,
            Self::Lifecycle(r) => Some(r.org_id),
            Self::Ping(r) => Some(r.org_id),
        }
    }

    /// Whether something of the pings of a heartbeat is known by it: it is one, or what is said for want of one.
    pub fn is_of_heartbeat(&self) -> bool {
        match self {
            Self::Result(r) => r.judged.is_some(),
            Self::Ping(_) => true,
            Self::Skipped(_) | Self::Lifecycle(_) => false,
        }
    }

    /// The last instant that the record speaks of: a result's slot, a range's last slot, when the user acted, or when
    /// the ping arrived.
    pub fn event_time(&self) -> Timestamp {
        match self {
            Self::Result(r) => r.scheduled_at,
            Self::Skipped(r) => r.until,
            Self::Lifecycle(r) => r.timestamp,
            Self::Ping(r) => r.timestamp,
        }
    }

    /// Whether the record's time can be believed: within `[appended − retention, appended + 2 s]`.
    ///
    /// That of a ping is the gateway's word for when it came, and nobody would send it again because the gateway's clock
    /// is wrong: see [`Record::came_by`].
    pub fn is_plausible_at(&self, appended: Timestamp, retention_ms: i64) -> bool {
        let age = appended.millis_since(self.event_time());
        (-MAX_FUTURE_MS..=retention_ms).contains(&age)
    }

    /// The record with a ping that came at most a few seconds before it was appended, for it is not taken otherwise:
    /// a gateway that says something else has a clock that is wrong. What is older by far was copied from another log,
    /// and keeps its time.
    #[must_use]
    pub fn came_by(mut self, appended: Timestamp) -> Self {
        if let Self::Ping(ping) = &mut self
            && appended.millis_since(ping.timestamp) <= MAX_CLOCK_BEHIND_MS
        {
            let earliest = appended.plus_millis(-MAX_UNTIL_APPENDED_MS);
            ping.timestamp = ping.timestamp.clamp(earliest, appended);
        }
        self
    }
}
