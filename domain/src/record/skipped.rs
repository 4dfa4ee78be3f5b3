//! Slots that were not checked. They are never "down": streaks stay as they are and coverage shows the hole.

use serde::{Deserialize, Serialize};

use crate::ids::{MonitorId, OrgId};
use crate::time::Timestamp;

/// A range of slots of one monitor that was not checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// What was not checked.
    pub monitor_id: MonitorId,
    /// Whose it is, where the producer knew it.
    pub org_id: Option<OrgId>,
    /// The address as it may be shown.
    pub url: String,
    /// When the producer said so.
    pub timestamp: Timestamp,
    /// The first slot of the range.
    pub from: Timestamp,
    /// The last slot of the range.
    pub until: Timestamp,
    /// Milliseconds between two slots.
    pub interval_ms: Option<u32>,
    /// From where it would have been checked.
    pub region: String,
    /// The monitor's revision.
    pub revision: Option<u32>,
    /// Why.
    pub reason: SkipReason,
}

impl Skipped {
    /// How many slots the range has; 1 where the interval is not known.
    pub fn slots(&self) -> u64 {
        let length = self.until.millis_since(self.from).max(0) as u64;
        match self.interval_ms {
            Some(interval) if interval > 0 => length / u64::from(interval) + 1,
            _ => 1,
        }
    }
}

/// Why slots were not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The machine could not keep up.
    Overload,
    /// The checker's own network failed.
    Egress,
    /// No pod held the monitor's shard.
    NoLease,
    /// The check was made, but its result found no room while Kafka was away.
    BufferFull,
    /// The check could not be carried out because of a fault of ours.
    Internal,
    /// The machine is not permitted to make such checks; pings need a permission of their own.
    NoPermission,
    /// The producer did not say, or said what this version does not know.
    #[serde(other)]
    Unknown,
}

impl SkipReason {
    /// The name in JSON and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overload => "overload",
            Self::Egress => "egress",
            Self::NoLease => "no_lease",
            Self::BufferFull => "buffer_full",
            Self::Internal => "internal",
            Self::NoPermission => "no_permission",
            Self::Unknown => "unknown",
        }
    }
}
