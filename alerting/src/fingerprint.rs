//! What of a state has to survive a restart. The rest is learned again from the next results.

use std::borrow::Cow;

use domain::fold::{Activity, HeartbeatState, MonitorState, State, Window};
use domain::{IncidentId, Timestamp};

/// The part of a state whose change is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fingerprint<'a> {
    revision: u32,
    activity: Activity,
    fresh: bool,
    incident: Option<(IncidentId, bool)>,
    degraded: bool,
    /// A streak that contradicts the verdict and may overturn it: how long it is and since when.
    streak: Option<(u16, Timestamp)>,
    /// The failures among the last results, where these may open an incident: each result moves them, also a success.
    window: Option<Cow<'a, Window>>,
    /// All of it: whether a verdict on a heartbeat is late is told by the pings that are known.
    heartbeat: Option<Cow<'a, HeartbeatState>>,
}

impl<'a> From<&'a MonitorState> for Fingerprint<'a> {
    fn from(state: &'a MonitorState) -> Self {
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
            window: state.window.as_deref().map(Cow::Borrowed),
            heartbeat: state.heartbeat.as_deref().map(Cow::Borrowed),
        }
    }
}

impl Fingerprint<'_> {
    /// One that outlasts its state.
    pub(crate) fn into_owned(self) -> Fingerprint<'static> {
        Fingerprint {
            revision: self.revision,
            activity: self.activity,
            fresh: self.fresh,
            incident: self.incident,
            degraded: self.degraded,
            streak: self.streak,
            window: self.window.map(|window| Cow::Owned(window.into_owned())),
            heartbeat: self.heartbeat.map(|heartbeat| Cow::Owned(heartbeat.into_owned())),
        }
    }
}

/// Whether a state is what one would assume of a monitor of which nothing is known.
pub(crate) fn is_unremarkable(state: &MonitorState) -> bool {
    state.incident.is_none()
        && state.state != State::Degraded
        && state.activity == Activity::Active
        && state.streak.as_ref().is_none_or(|streak| streak.up)
        && state.window.is_none()
        // As long as the heartbeat exists.
        && state.heartbeat.is_none()
}
