//! What dashboards are shown: the processor writes it to Redis and PostgreSQL, gateway and user-service
//! read it.

mod regions;

pub use regions::{IncidentRegions, RegionState, RegionStatus};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::baseline::Anomaly;
use crate::error_code::ErrorCode;
use crate::fold::{Activity, CloseReason, HeartbeatState, MonitorState, State};
use crate::ids::{IncidentId, MonitorId};
use crate::record::{CheckResult, PointState, Timings};
use crate::time::Timestamp;

/// A monitor's state as people see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveState {
    /// Not checked yet.
    #[default]
    Pending,
    /// Answers as expected.
    Up,
    /// Answers too slowly.
    Degraded,
    /// An incident is open.
    Down,
    /// Not being checked.
    Paused,
}

impl LiveState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Up, Self::Degraded, Self::Down, Self::Paused];

    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }
}

impl From<&MonitorState> for LiveState {
    /// What people see of a state of the fold.
    fn from(state: &MonitorState) -> Self {
        match (state.activity, state.state) {
            (Activity::Paused, _) => Self::Paused,
            (_, State::Pending) => Self::Pending,
            (_, State::Up) => Self::Up,
            (_, State::Degraded) => Self::Degraded,
            (_, State::Down) => Self::Down,
        }
    }
}

/// A monitor's state together with its latest result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveStatus {
    /// The state.
    pub state: LiveState,
    /// Since when.
    #[schema(required = true)]
    pub since: Option<Timestamp>,
    /// When it was last checked.
    #[schema(required = true)]
    pub last_checked_at: Option<Timestamp>,
    /// How long the answer took.
    #[schema(required = true)]
    pub latency_ms: Option<u32>,
    /// The HTTP status of the answer.
    #[schema(required = true)]
    pub status_code: Option<u16>,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
    /// What went wrong, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// The open incident.
    #[schema(required = true)]
    pub incident_id: Option<IncidentId>,
    /// How long each phase of the last check took. Kept in Redis alone.
    #[serde(default, rename = "timings_us", skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
    /// When the certificate that the last check has seen expires. Kept in Redis alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_expires_at: Option<Timestamp>,
    /// Of a heartbeat: when its job last said how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ping_at: Option<Timestamp>,
    /// Of a heartbeat: when the next ping is due; from then on it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Of a heartbeat: when the grace time after that is over, so that it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_at: Option<Timestamp>,
    /// Of a heartbeat whose job is running: since when; the latest of several runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What each of the regions says that check it; empty where that is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionStatus>,
    /// Whether too few of these were heard of lately for anything to be decided: the state is what it was before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unseen: bool,
    /// Since when response times are slower than usual, where they are held against that and are; the monitor is up all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
    /// The instant as of which is answered; left out where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

impl LiveStatus {
    /// The same, with what is known of the pings.
    #[must_use]
    pub fn with_heartbeat(mut self, heartbeat: Option<&HeartbeatState>) -> Self {
        if let Some(heartbeat) = heartbeat {
            self.last_ping_at = heartbeat.last_ping.map(|last| last.at);
            self.due_at = heartbeat.due.map(|due| due.at);
            self.overdue_at = heartbeat.due.map(|due| due.deadline);
            self.started_at = heartbeat.runs.iter().map(|run| run.started_at).max();
        }
        self
    }

    /// The status after `state` was reached, with the latest result where there is one.
    pub fn new(state: &MonitorState, latest: Option<&CheckResult>) -> Self {
        Self {
            state: LiveState::from(state),
            since: state.since,
            last_checked_at: latest.map(|result| result.timestamp),
            latency_ms: latest.and_then(|result| result.latency_ms),
            status_code: latest.and_then(|result| result.status_code),
            error: latest.and_then(|result| result.error.clone()),
            error_code: latest.and_then(|result| result.error_code),
            incident_id: state.incident.as_ref().map(|incident| incident.id),
            timings: latest
                .map(|result| result.timings)
                .filter(|timings| *timings != Timings::default()),
            tls_expires_at: latest.and_then(|result| result.tls_expires_at),
            anomaly: state.anomaly(),
            ..Self::default()
        }
        .with_heartbeat(state.heartbeat.as_deref())
    }
}

/// One result on a sparkline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Its slot.
    pub at: Timestamp,
    /// What it looks like.
    pub state: PointState,
    /// How long the answer took.
    #[schema(required = true)]
    pub latency_ms: Option<u32>,
}

impl From<&CheckResult> for Point {
    /// The point of a result.
    fn from(result: &CheckResult) -> Self {
        Self {
            at: result.scheduled_at,
            state: result.point_state(),
            latency_ms: result.latency_ms,
        }
    }
}

/// The data of the live event `status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatusEvent<S = LiveStatus> {
    /// Whose status it is.
    pub monitor_id: MonitorId,
    /// The status now; who has it as JSON already need not make it again.
    pub status: S,
    /// The result that brought it about, where it was one.
    #[schema(required = true)]
    pub point: Option<Point>,
}

/// An outage as people see it, and the data of the live event `incident`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IncidentView {
    /// Its name.
    pub id: IncidentId,
    /// Whose it is.
    pub monitor_id: MonitorId,
    /// What people call the monitor; absent in live events.
    #[schema(required = true)]
    pub monitor_name: Option<String>,
    /// Its first failing slot.
    pub started_at: Timestamp,
    /// When it was over.
    #[schema(required = true)]
    pub resolved_at: Option<Timestamp>,
    /// How long it lasted, or has lasted.
    pub duration_seconds: i64,
    /// Why it is over.
    #[schema(required = true)]
    pub close_reason: Option<CloseReason>,
    /// The first failure's code.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    #[schema(required = true)]
    pub first_error: Option<String>,
    /// The last failure in words.
    #[schema(required = true)]
    pub last_error: Option<String>,
    /// What the regions said when it was opened; none where one region checks the monitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<IncidentRegions>,
}
