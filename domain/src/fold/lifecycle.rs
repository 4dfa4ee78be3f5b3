//! What users do to a monitor.

use super::usual::decide_baseline;
use super::{Activity, CloseReason, Decision, Effect, HeartbeatState, MonitorState, Transition};
use crate::record::{Lifecycle, LifecycleEvent};
use crate::time::Timestamp;

pub(super) fn decide_lifecycle(mut state: MonitorState, lifecycle: &Lifecycle) -> Decision {
    // It concerns a message, not the monitor.
    if matches!(
        lifecycle.event,
        LifecycleEvent::Resend | LifecycleEvent::Undelivered
    ) {
        return Decision::unchanged(state, Effect::Applied);
    }
    if lifecycle.event == LifecycleEvent::Baseline {
        return decide_baseline(state, lifecycle);
    }
    if lifecycle.event == LifecycleEvent::Acknowledged {
        let effect = match &mut state.incident {
            Some(incident) if Some(incident.id) == lifecycle.incident_id => {
                incident.acknowledged = true;
                Effect::Applied
            }
            _ => Effect::Late,
        };
        return Decision::unchanged(state, effect);
    }
    if lifecycle.revision <= state.revision {
        return Decision::unchanged(state, Effect::OldRevision);
    }
    let from_activity = state.activity;
    // Who pauses does not expect pings any more, and who resumes not from those before.
    match lifecycle.event {
        LifecycleEvent::Resumed => {
            if let Some(heartbeat) = &mut state.heartbeat {
                **heartbeat = HeartbeatState {
                    resumed_at: Some(lifecycle.timestamp),
                    ..HeartbeatState::default()
                };
            }
        }
        LifecycleEvent::Paused => {
            if let Some(heartbeat) = &mut state.heartbeat {
                heartbeat.runs.clear();
            }
        }
        _ => {}
    }
    if lifecycle.event == LifecycleEvent::Restored {
        state.restore(lifecycle.revision, lifecycle.timestamp);
        let transition = (from_activity != Activity::Active).then_some(Transition {
            monitor_id: lifecycle.monitor_id,
            revision: lifecycle.revision,
            at: lifecycle.timestamp,
            from: state.state,
            to: state.state,
            opened: None,
            closed: None,
            region: None,
            anomaly: None,
        });
        return Decision {
            state,
            transition,
            effect: Effect::Applied,
            failure: None,
            failed_slots: 0,
        };
    }
    let goes_on = match lifecycle.event {
        LifecycleEvent::Edited => state.goes_on(lifecycle.probe_revision),
        // A ping that has made its heartbeat may be read before this.
        LifecycleEvent::Created => state.revision == 0 && state.heartbeat.is_some(),
        _ => false,
    };
    if goes_on {
        state.adopt_revision(lifecycle.revision);
        return Decision::unchanged(state, Effect::Applied);
    }
    let (activity, reason) = match (lifecycle.event, from_activity) {
        (LifecycleEvent::Paused, _) => (Activity::Paused, CloseReason::Paused),
        (LifecycleEvent::Deleted, _) => (Activity::Deleted, CloseReason::Deleted),
        // An edit of a paused monitor does not start it.
        (LifecycleEvent::Edited, Activity::Paused) => (Activity::Paused, CloseReason::Edited),
        _ => (Activity::Active, CloseReason::Edited),
    };
    let from = state.state;
    let closed = state.enter_revision(lifecycle.revision, lifecycle.timestamp, reason);
    state.activity = activity;
    if from_activity != activity {
        state.since = Some(lifecycle.timestamp);
    }
    let changed = state.state != from || from_activity != activity || closed.is_some();
    let transition = changed.then_some(Transition {
        monitor_id: lifecycle.monitor_id,
        revision: lifecycle.revision,
        at: lifecycle.timestamp,
        from,
        to: state.state,
        opened: None,
        closed,
        region: None,
        anomaly: None,
    });
    Decision {
        state,
        transition,
        effect: Effect::Applied,
        failure: None,
        failed_slots: 0,
    }
}

impl MonitorState {
    /// Begins the revision that a restored database has given the monitor.
    fn restore(&mut self, revision: u32, at: Timestamp) {
        if self.activity != Activity::Active {
            self.since = Some(at);
        }
        self.adopt_revision(revision);
        self.activity = Activity::Active;
    }
}
