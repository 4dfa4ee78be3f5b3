//! Spans of time in which alerts of some monitors are held back, as alerters go by them: silences, and the occurrences of
//! maintenance windows.

use serde::{Deserialize, Serialize};

use crate::ids::MonitorId;
use crate::routing::{Conditions, RoutedIncident};
use crate::time::Timestamp;

/// A span of time in which alerts are held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// What it is.
    pub kind: HoldKind,
    /// Of which monitors; of all that meet the conditions when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<MonitorId>,
    /// Of which incidents.
    #[serde(default)]
    pub conditions: Conditions,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// What holds alerts back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// An occurrence of a maintenance window.
    Maintenance,
    /// A silence.
    Silence,
}

impl Hold {
    /// Whether it holds back what is said at an instant of an incident of a monitor.
    pub fn covers(&self, monitor_id: MonitorId, incident: &RoutedIncident<'_>, at: Timestamp) -> bool {
        self.from <= at
            && at < self.until
            && (self.monitors.is_empty() || self.monitors.contains(&monitor_id))
            && self.conditions.unmet(incident).is_none()
    }
}
