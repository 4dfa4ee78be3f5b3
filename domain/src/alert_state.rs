//! What others than the alerter may know of the topic `alert-state`: which of its keys are monitors, and the part
//! of their records that says how far the fold has come.

use serde::Deserialize;

use crate::fold::MonitorState;
use crate::ids::{MonitorId, OrgId};

/// The key of a monitor's record.
pub fn monitor_key(monitor: MonitorId) -> String {
    format!("m/{monitor}")
}

/// The monitor whose record has this key.
pub fn monitor_of_key(key: &str) -> Option<MonitorId> {
    key.strip_prefix("m/")?.parse().ok().map(MonitorId)
}

/// The part of a monitor's record that others may read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MonitorRecord {
    /// Whose it is, where that is known.
    pub org_id: Option<OrgId>,
    /// The state that the alerter's fold has reached.
    pub state: MonitorState,
}
