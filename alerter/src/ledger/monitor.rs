//! One monitor's record.

use domain::alert_event::{AlertEvent, AlertKind};
use domain::fold::{Activity, CloseReason, ClosedIncident, MonitorState, State, Transition};
use domain::record::LifecycleEvent;
use domain::{ChannelId, Effect, IncidentId, Lifecycle, MonitorId, OrgId, Record, Timestamp, decide};
use serde::{Deserialize, Serialize};

use super::alert::{Alert, Closed, Context, Delivery, Incident, Seen, Status};
use super::essence::{Essence, is_plain};
use super::owner::OwnerSource;
use super::{MAX_INCIDENTS, RETENTION_MS};

/// What is known of a monitor; written as it is to `alert-state`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Monitor {
    /// Whose it is said to be; see [`Monitor::owner`].
    pub(crate) org_id: Option<OrgId>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "OwnerSource::is_records")]
    pub(super) owner_source: OwnerSource,
    pub(crate) state: MonitorState,
    /// Incidents that are open or not finished, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) incidents: Vec<Incident>,
    /// When channels that hear of the monitor only so often were last told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<LastTold>,
    /// When what `alert-state` holds of the monitor last changed; absent when it holds nothing.
    #[serde(default)]
    pub(crate) kept: Option<Timestamp>,
}

/// When a channel was last told that the monitor is down, or slow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastTold {
    pub(super) channel: ChannelId,
    pub(super) slow: bool,
    pub(super) at: Timestamp,
}

/// What a record did to a monitor.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) effect: Effect,
    pub(crate) transition: Option<Transition>,
    /// Whether `alert-state` has to be told.
    pub(crate) changed: bool,
    /// Whether the message was found that somebody wants sent once more.
    pub(crate) resent: Option<bool>,
}

impl Monitor {
    /// Folds a record in; `seen` is its place on the log. Answers nothing when it is of another organisation than
    /// the monitor's, and was ignored.
    pub(crate) fn fold(
        &mut self,
        record: &Record,
        seen: impl Fn() -> Seen,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> Option<Folded> {
        if !self.admits(record) {
            return None;
        }
        let before = self.kept.map(|_| Essence::of(&self.state));
        let decision = decide(std::mem::take(&mut self.state), record);
        self.state = decision.state;
        if let Some(transition) = &decision.transition {
            self.apply(transition, record, &seen, now, events);
        }
        let mut by_user = false;
        let mut resent = None;
        if let (Record::Lifecycle(lifecycle), Effect::Applied) = (record, decision.effect) {
            by_user = true;
            match lifecycle.event {
                LifecycleEvent::Acknowledged => self.acknowledge(lifecycle, seen, now, events),
                LifecycleEvent::Resend => {
                    by_user = self.resend(lifecycle, &seen().0, now, events);
                    resent = Some(by_user);
                }
                _ => {}
            }
        }
        let changed = by_user
            || match before {
                Some(before) => before != Essence::of(&self.state),
                None => !is_plain(&self.state),
            };
        if changed {
            self.kept = Some(now);
        }
        Some(Folded {
            effect: decision.effect,
            transition: decision.transition,
            changed,
            resent,
        })
    }

    /// Folds in a record from before the first one that is to be decided: its slot is learned, and nothing
    /// else. Whatever it brought about has been decided already.
    pub(crate) fn learn(&mut self, record: &Record) {
        if !self.admits(record) {
            return;
        }
        let before = self.kept.map(|_| self.state.clone());
        let decision = decide(std::mem::take(&mut self.state), record);
        self.state = match before {
            Some(before) if Essence::of(&before) != Essence::of(&decision.state) => before,
            _ => decision.state,
        };
    }

    /// Ends the learning: of a monitor that `alert-state` does not hold, it is known that it was plainly up.
    pub(crate) fn learned(&mut self) {
        if self.kept.is_none() && !is_plain(&self.state) {
            self.state = MonitorState {
                revision: self.state.revision,
                last_slot: self.state.last_slot,
                ..MonitorState::default()
            };
        }
    }

    fn apply(
        &mut self,
        transition: &Transition,
        record: &Record,
        seen: &impl Fn() -> Seen,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let mut context = Context {
            org_id: self.owner(),
            monitor_id: transition.monitor_id,
            revision: transition.revision,
            now,
            events,
        };
        if let Some(closed) = &transition.closed {
            self.close(closed, seen, &mut context);
        }
        if transition.from == State::Degraded && transition.to != State::Degraded {
            self.end_slowness(transition, record, seen, &mut context);
        }
        let url = match record {
            Record::Result(result) => result.url.as_str(),
            Record::Skipped(skipped) => skipped.url.as_str(),
            Record::Lifecycle(lifecycle) => lifecycle.url.as_str(),
        };
        if let Some(opened) = &transition.opened {
            self.open(Incident::opened(opened, url, seen()), &mut context);
        }
        if transition.to == State::Degraded && transition.from != State::Degraded {
            let id = IncidentId::of_slowness(transition.monitor_id, transition.revision, transition.at);
            self.open(Incident::slowed(id, transition.at, url, seen()), &mut context);
        }
        self.incidents.retain(|incident| !incident.is_finished(now));
    }

    fn open(&mut self, incident: Incident, context: &mut Context<'_>) {
        if self.incidents.len() >= MAX_INCIDENTS {
            let settled = self.incidents.iter().position(Incident::is_settled);
            let mut oldest = self.incidents.remove(settled.unwrap_or(0));
            oldest.suppress_all("too many unsent incidents of the monitor", context);
        }
        self.incidents.push(incident);
    }

    fn end_slowness(
        &mut self,
        transition: &Transition,
        record: &Record,
        seen: impl Fn() -> Seen,
        context: &mut Context<'_>,
    ) {
        let mut incidents = self.incidents.iter_mut();
        let Some(slowness) = incidents.find(|incident| incident.slow && incident.closed.is_none()) else {
            return;
        };
        slowness.closed = Some(Closed {
            at: transition.at,
            reason: CloseReason::Recovered,
        });
        match (transition.to, record) {
            (State::Up, _) => slowness.up = Some(Alert::new(seen())),
            (State::Down, _) => slowness.suppress_all("the monitor is now down", context),
            (_, Record::Lifecycle(lifecycle)) => {
                let reason = format!("the monitor was {}", lifecycle.event.as_str());
                slowness.suppress_all(&reason, context);
            }
            _ => slowness.suppress_all("the monitor was edited", context),
        }
    }

    fn acknowledge(
        &mut self,
        lifecycle: &Lifecycle,
        seen: impl Fn() -> Seen,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let mut context = self.context(lifecycle.monitor_id, now, events);
        let incident = self
            .incidents
            .iter_mut()
            .find(|incident| Some(incident.id) == lifecycle.incident_id && incident.acknowledged.is_none());
        if let Some(incident) = incident {
            let reminders = |kind| kind == AlertKind::Reminder;
            incident.suppress(reminders, "acknowledged", &mut context);
            incident.acknowledged = Some(Alert::new(seen()));
        }
    }

    fn close(&mut self, closed: &ClosedIncident, seen: impl Fn() -> Seen, context: &mut Context<'_>) {
        // An incident that is not here was told to nobody.
        let Some(incident) = self
            .incidents
            .iter_mut()
            .find(|incident| incident.id == closed.id)
        else {
            return;
        };
        incident.closed = Some(Closed {
            at: closed.resolved_at,
            reason: closed.reason,
        });
        match closed.reason {
            CloseReason::Recovered => {
                let meanwhile = |kind| matches!(kind, AlertKind::Reminder | AlertKind::Acknowledged);
                incident.suppress(meanwhile, "resolved", context);
                incident.up = Some(Alert::new(seen()));
            }
            reason => {
                let reason = format!("the monitor was {}", reason.as_str());
                incident.suppress_all(&reason, context);
            }
        }
    }

    /// The next message to each channel: a channel hears of a monitor in the order of what happened.
    pub(crate) fn due(&self) -> Vec<(&Incident, AlertKind, &Delivery)> {
        let mut due: Vec<(&Incident, AlertKind, &Delivery)> = Vec::new();
        let is_due = |due: &[(&Incident, AlertKind, &Delivery)], channel: ChannelId| {
            due.iter().any(|(_, _, delivery)| delivery.channel == channel)
        };
        for incident in &self.incidents {
            for (kind, alert) in incident.alerts() {
                for delivery in &alert.deliveries {
                    if delivery.status == Status::Pending && !is_due(&due, delivery.channel) {
                        due.push((incident, kind, delivery));
                    }
                }
            }
        }
        due
    }

    /// Messages that are still to be received.
    pub(crate) fn pending(&self) -> usize {
        let alerts = self.incidents.iter().flat_map(Incident::alerts);
        alerts
            .flat_map(|(_, alert)| &alert.deliveries)
            .filter(|delivery| delivery.status == Status::Pending)
            .count()
    }

    /// Whether `alert-state` need not hold the monitor any longer.
    pub(crate) fn may_be_forgotten(&self, now: Timestamp) -> bool {
        let rests = is_plain(&self.state) || self.state.activity != Activity::Active;
        rests
            && self.state.incident.is_none()
            && self.incidents.is_empty()
            && self
                .kept
                .is_some_and(|kept| now.millis_since(kept) > RETENTION_MS)
    }

    /// Whether `alert-state` has to hold the monitor.
    pub(crate) fn is_remarkable(&self) -> bool {
        !is_plain(&self.state) || !self.incidents.is_empty()
    }

    /// Whether a user has stopped or removed it.
    pub(crate) fn is_inactive(&self) -> bool {
        self.state.activity != Activity::Active
    }

    /// Nobody can be told: there is no such monitor, and so nobody whose it is.
    pub(crate) fn abandon(&mut self, now: Timestamp) {
        for incident in &mut self.incidents {
            incident.alerts_mut().for_each(|(_, alert)| alert.routed = true);
        }
        self.incidents.retain(|incident| !incident.is_finished(now));
    }

    /// Forgets incidents of which nothing can be sent any more; answers whether there were any.
    pub(crate) fn prune(&mut self, now: Timestamp) -> bool {
        let before = self.incidents.len();
        self.incidents.retain(|incident| !incident.is_finished(now));
        self.incidents.len() != before
    }

    /// Takes back what nobody has to be told any more, because a user ended the incident.
    pub(crate) fn withdraw(
        &self,
        monitor_id: MonitorId,
        incident: &mut Incident,
        reason: CloseReason,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let reason = format!("the monitor was {}", reason.as_str());
        incident.suppress_all(&reason, &mut self.context(monitor_id, now, events));
    }

    pub(super) fn context<'a>(
        &self,
        monitor_id: MonitorId,
        now: Timestamp,
        events: &'a mut Vec<AlertEvent>,
    ) -> Context<'a> {
        Context {
            org_id: self.owner(),
            monitor_id,
            revision: self.state.revision,
            now,
            events,
        }
    }
}
