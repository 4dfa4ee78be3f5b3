//! One monitor's record.

use domain::alert_event::{AlertEvent, AlertKind};
use domain::fold::{Activity, CloseReason, ClosedIncident, MonitorState, Transition};
use domain::{ChannelId, Effect, MonitorId, OrgId, Record, Timestamp, decide};
use serde::{Deserialize, Serialize};

use super::alert::{Alert, Closed, Context, Delivery, Incident, Seen, Status};
use super::essence::{Essence, is_plain};
use super::{MAX_INCIDENTS, RETENTION_MS};

/// What is known of a monitor; written as it is to `alert-state`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Monitor {
    pub(crate) org_id: Option<OrgId>,
    pub(crate) state: MonitorState,
    /// Incidents that are open or not finished, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) incidents: Vec<Incident>,
    /// When what `alert-state` holds of the monitor last changed; absent when it holds nothing.
    #[serde(default)]
    pub(crate) kept: Option<Timestamp>,
}

/// What a record did to a monitor.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) effect: Effect,
    pub(crate) transition: Option<Transition>,
    /// Whether `alert-state` has to be told.
    pub(crate) changed: bool,
}

impl Monitor {
    /// Folds a record in; `seen` is its place on the log.
    pub(crate) fn fold(
        &mut self,
        record: &Record,
        seen: impl Fn() -> Seen,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> Folded {
        if self.org_id.is_none() {
            self.org_id = record.org_id();
        }
        let before = self.kept.map(|_| Essence::of(&self.state));
        let decision = decide(std::mem::take(&mut self.state), record);
        self.state = decision.state;
        if let Some(transition) = &decision.transition {
            self.apply(transition, record, seen, now, events);
        }
        let by_user = matches!(record, Record::Lifecycle(_)) && decision.effect == Effect::Applied;
        let changed = by_user
            || match before {
                Some(before) => before != Essence::of(&self.state),
                None => !is_plain(&self.state),
            };
        if changed {
            self.kept = Some(now);
        }
        Folded {
            effect: decision.effect,
            transition: decision.transition,
            changed,
        }
    }

    /// Folds in a record from before the first one that is to be decided: its slot is learned, and nothing
    /// else. Whatever it brought about has been decided already.
    pub(crate) fn learn(&mut self, record: &Record) {
        if self.org_id.is_none() {
            self.org_id = record.org_id();
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
        seen: impl Fn() -> Seen,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let mut context = Context {
            org_id: self.org_id,
            monitor_id: transition.monitor_id,
            now,
            events,
        };
        if let Some(closed) = &transition.closed {
            self.close(closed, &seen, &mut context);
        }
        if let Some(opened) = &transition.opened {
            if self.incidents.len() >= MAX_INCIDENTS {
                let mut oldest = self.incidents.remove(0);
                for kind in [AlertKind::Down, AlertKind::Up] {
                    oldest.suppress(kind, "too many outages wait to be told", &mut context);
                }
            }
            let url = match record {
                Record::Result(result) => result.url.as_str(),
                Record::Skipped(skipped) => skipped.url.as_str(),
                Record::Lifecycle(lifecycle) => lifecycle.url.as_str(),
            };
            self.incidents.push(Incident::opened(opened, url, seen()));
        }
        self.incidents.retain(|incident| !incident.is_finished());
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
            CloseReason::Recovered => incident.up = Some(Alert::new(seen())),
            reason => {
                let reason = format!("the monitor was {}", reason.as_str());
                incident.suppress(AlertKind::Down, &reason, context);
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
    pub(crate) fn abandon(&mut self) {
        for incident in &mut self.incidents {
            incident.down.routed = true;
            if let Some(up) = &mut incident.up {
                up.routed = true;
            }
        }
        self.incidents.retain(|incident| !incident.is_finished());
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
        incident.suppress(
            AlertKind::Down,
            &reason,
            &mut self.context(monitor_id, now, events),
        );
    }

    pub(super) fn context<'a>(
        &self,
        monitor_id: MonitorId,
        now: Timestamp,
        events: &'a mut Vec<AlertEvent>,
    ) -> Context<'a> {
        Context {
            org_id: self.org_id,
            monitor_id,
            now,
            events,
        }
    }
}
