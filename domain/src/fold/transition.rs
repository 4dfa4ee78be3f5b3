//! What a record changed: the input of everything that follows a state.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::state::{OpenIncident, Seen, State};
use super::usual::AnomalyChange;
use crate::error_code::ErrorCode;
use crate::ids::{IncidentId, MonitorId};
use crate::time::Timestamp;

/// A change of a monitor's state, and of its incident.
///
/// A failing first result of a new revision may close one incident and open the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Whose state changed.
    pub monitor_id: MonitorId,
    /// The revision in which it changed.
    pub revision: u32,
    /// The slot of the deciding result, or when the user acted.
    pub at: Timestamp,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// The incident that this opened.
    pub opened: Option<OpenIncident>,
    /// The incident that this closed.
    pub closed: Option<ClosedIncident>,
    /// The region of the deciding result, if several decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How response times compare with what is usual from now on, where that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<AnomalyChange>,
}

impl Transition {
    /// The name of the time in which response times are slower than usual, if this begins one.
    pub fn anomaly_id(&self) -> IncidentId {
        IncidentId::of_anomaly(self.monitor_id, self.revision, self.at, self.region.as_deref())
    }

    /// The name of the time in which the monitor is degraded, if this begins one.
    pub fn degradation_id(&self) -> IncidentId {
        let (monitor, revision, at) = (self.monitor_id, self.revision, self.at);
        match &self.region {
            // The slots of regions come in no order, so that one alone would not be new.
            Some(region) => IncidentId::of_degradation_by_quorum(monitor, revision, at, region),
            None => IncidentId::of_degradation(monitor, revision, at),
        }
    }
}

/// An outage that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosedIncident {
    /// Its name.
    pub id: IncidentId,
    /// When its first failing slot began.
    pub started_at: Timestamp,
    /// When its first succeeding slot began, or when the user acted.
    pub resolved_at: Timestamp,
    /// Why it is over.
    pub reason: CloseReason,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    pub error: Option<String>,
    /// Which regions had found it when it was opened, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<Seen>>,
}

impl ClosedIncident {
    /// How long it lasted, in milliseconds.
    pub fn duration_ms(&self) -> i64 {
        self.resolved_at.millis_since(self.started_at)
    }
}

/// Why an incident is over: the target has recovered, or a user has edited, paused or deleted the monitor. Whoever was
/// notified of the incident is notified of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The target answers again.
    Recovered,
    /// A ping had arrived in time, and was read later: there was no outage.
    Withdrawn,
    /// What is checked has changed.
    Edited,
    /// Checking stopped.
    Paused,
    /// The monitor was removed.
    Deleted,
    /// Response times were slower than usual, and are not compared with that any more. No outage ends so.
    NotCompared,
}

impl CloseReason {
    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::Withdrawn => "withdrawn",
            Self::Edited => "edited",
            Self::Paused => "paused",
            Self::Deleted => "deleted",
            Self::NotCompared => "not_compared",
        }
    }
}
