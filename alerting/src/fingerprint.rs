//! What of a state has to survive a restart. The rest is learned again from the next results.

use domain::fold::{Activity, HeartbeatState, MonitorState, State};
use domain::{IncidentId, Timestamp};

/// The part of a state whose change is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fingerprint {
    revision: u32,
    activity: Activity,
    fresh: bool,
    incident: Option<(IncidentId, bool)>,
    degraded: bool,
    /// A streak that contradicts the verdict and may overturn it: how long it is and since when.
    streak: Option<(u16, Timestamp)>,
    /// All of it: whether a verdict on a heartbeat is late is told by the pings that are known.
    heartbeat: Option<Box<HeartbeatState>>,
}

impl From<&MonitorState> for Fingerprint {
    fn from(state: &MonitorState) -> Self {
        let incident = state.incident.as_ref();
        Self {
            revision: state.revision,
            activity: state.activity,
            fresh: state.fresh,
            incident: incident.map(|incident| (incident.id, incident.acknowledged)),
            degraded: state.state == State::Degraded,
            streak: state
                .streak
                .as_ref()
                .filter(|streak| streak.up == incident.is_some())
                .map(|streak| (streak.count, streak.since)),
            heartbeat: state.heartbeat.clone(),
        }
    }
}

/// Whether a state is what one would assume of a monitor of which nothing is known.
pub(crate) fn is_unremarkable(state: &MonitorState) -> bool {
    state.incident.is_none()
        && state.state != State::Degraded
        && state.activity == Activity::Active
        && state.streak.as_ref().is_none_or(|streak| streak.up)
        // As long as the heartbeat exists.
        && state.heartbeat.is_none()
}
