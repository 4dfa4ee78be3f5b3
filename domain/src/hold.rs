//! When alerts of some monitors are held back, as alerters go by it: silences, and the occurrences of maintenance windows.

use serde::{Deserialize, Serialize};

use crate::ids::MonitorId;
use crate::routing::{Conditions, RoutedIncident};
use crate::time::Timestamp;

/// When alerts are held back.
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
    /// When, in their order and without overlap: the first instant of each span, and the first one after it.
    pub spans: Vec<(Timestamp, Timestamp)>,
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
    /// Until when it holds back what is said at an instant of an incident of a monitor.
    pub fn until(
        &self,
        monitor_id: MonitorId,
        incident: &RoutedIncident<'_>,
        at: Timestamp,
    ) -> Option<Timestamp> {
        if !(self.monitors.is_empty() || self.monitors.contains(&monitor_id)) {
            return None;
        }
        let next = self.spans.partition_point(|(from, _)| *from <= at);
        let (_, until) = self
            .spans
            .get(next.checked_sub(1)?)
            .filter(|(_, until)| at < *until)?;
        let covers = self.conditions.unmet(incident).is_none();
        covers.then_some(*until)
    }
}
