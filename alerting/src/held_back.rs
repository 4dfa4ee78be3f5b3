//! What is remembered of an incident whose announcement waits for another monitor.

use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};

/// What holds an announcement back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HeldBack {
    /// The monitor that was down; none while it was not known whether one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<MonitorId>,
    /// Since when none of them is known to be down, or from when on that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) free_since: Option<Timestamp>,
    /// How often that was so after one was down.
    pub(crate) freed: u8,
    /// How often it was recorded.
    pub(crate) notes: u32,
}
