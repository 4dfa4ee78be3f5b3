//! What an organisation has set about alerts as a whole: muted monitors, silences and maintenance windows.

use serde::{Deserialize, Serialize};

use crate::hold::Hold;
use crate::ids::MonitorId;
use crate::maintenance::MaintenanceWindow;
use crate::time::Timestamp;

/// What an organisation has set about alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRules {
    /// Monitors of which nobody is notified.
    pub muted: Vec<Mute>,
    /// When alerts are held back.
    pub windows: Vec<MaintenanceWindow>,
    /// Silences, and those occurrences of maintenance windows that `windows` does not hold: alerters of an earlier release
    /// know no others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
}

/// Nobody is notified of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Of which.
    pub monitor_id: MonitorId,
    /// Until when; without it, until somebody ends it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl AlertRules {
    /// What mutes a monitor at an instant.
    pub fn mute_at(&self, monitor_id: MonitorId, at: Timestamp) -> Option<&Mute> {
        let mut muted = self.muted.iter();
        muted.find(|mute| mute.monitor_id == monitor_id && mute.until.is_none_or(|until| at < until))
    }
}
