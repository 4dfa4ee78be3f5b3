//! What is known of one monitor: the state that the fold has reached, and the alerts that are not finished.

use domain::alert_event::{AlertEvent, AlertKind};
use domain::fold::{Activity, AnomalyChange, MonitorState, State, Transition};
use domain::record::LifecycleEvent;
use domain::{ChannelId, Effect, Lifecycle, MonitorId, OrgId, Record, Timestamp};
use serde::{Deserialize, Serialize};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::fingerprint::{Fingerprint, is_forgettable, is_unremarkable};
use crate::incident::{Alert, Incident, LogPosition};
use crate::recorder::Recorder;
use crate::{MAX_INCIDENTS, RETENTION_MS};

/// How the organisation of a monitor is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnerSource {
    /// Records say so, if anything does.
    #[default]
    Records,
    /// Records say so, and user-service could not be asked.
    Believed,
    /// Records contradict each other.
    Disputed,
    /// User-service has said so, or PostgreSQL.
    Known,
}

impl OwnerSource {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    pub(crate) fn is_records(&self) -> bool {
        *self == Self::Records
    }
}

/// What is known of a monitor. It is written whole to `alert-state`; the names of its fields there are frozen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Whose it is said to be; see [`Ledger::owner`].
    pub org_id: Option<OrgId>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "OwnerSource::is_records")]
    pub(super) owner_source: OwnerSource,
    /// The state that the fold has reached.
    pub state: MonitorState,
    /// Incidents that are open or not finished, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) incidents: Vec<Incident>,
    /// When throttled channels were last notified of the monitor.
    #[serde(default, rename = "told", skip_serializing_if = "Vec::is_empty")]
    pub(crate) last_notified: Vec<LastNotified>,
    /// When the latest outages began, where it matters whether the monitor is flapping; oldest first.
    #[serde(default, rename = "outages", skip_serializing_if = "Vec::is_empty")]
    pub(crate) recent_outages: Vec<Timestamp>,
    /// Since when the first result of the revision is waited for, where several regions check the monitor and a user has
    /// begun the revision.
    #[serde(default, rename = "awaited", skip_serializing_if = "Option::is_none")]
    pub(crate) awaited_since: Option<Timestamp>,
    /// When what `alert-state` holds of the monitor last changed; absent when it holds nothing.
    #[serde(default, rename = "kept")]
    pub persisted_at: Option<Timestamp>,
}

/// When a channel was last notified that the monitor is down, or degraded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastNotified {
    pub(super) channel: ChannelId,
    #[serde(rename = "slow")]
    pub(super) degraded: bool,
    pub(super) at: Timestamp,
}

impl Ledger {
    /// Folds a record in. One of another organisation than the monitor's is ignored.
    pub(crate) fn fold(
        &mut self,
        record: &Record,
        position: &dyn Fn() -> LogPosition,
        now: Timestamp,
    ) -> Actions {
        let mut actions = Actions::default();
        if !self.accepts(record) {
            return actions;
        }
        let before = self
            .persisted_at
            .map(|_| Fingerprint::from(&self.state).into_owned());
        let revision_before = self.state.revision;
        let decision = domain::decide(std::mem::take(&mut self.state), record);
        self.state = decision.state;
        self.note_awaited(record, revision_before);
        actions.effect = Some(decision.effect);
        if let Some(transition) = decision.transition {
            self.apply(&transition, record, position, now, &mut actions.events);
            actions.transition = Some(transition);
        }
        if let Some(open) = &self.state.incident {
            let mut incidents = self.incidents.iter_mut();
            if let Some(incident) = incidents.find(|incident| incident.id == open.id) {
                if let Some(failure) = decision.failure {
                    incident.note_failure(failure);
                }
                if let (Some(votes), Record::Result(_)) = (self.state.votes.as_deref(), record) {
                    incident.note_votes(votes);
                }
            }
        }
        if let (Record::Lifecycle(lifecycle), Effect::Applied) = (record, decision.effect) {
            actions.persist = true;
            match lifecycle.event {
                LifecycleEvent::Acknowledged => {
                    self.acknowledge(lifecycle, position, now, &mut actions.events);
                }
                LifecycleEvent::Resend => {
                    let found = self.resend(lifecycle, &position().source, now, &mut actions.events);
                    actions.persist = found;
                    actions.resent = Some(found);
                }
                LifecycleEvent::Undelivered => actions.persist = self.note_undelivered(lifecycle),
                _ => {}
            }
        }
        actions.persist |= match before {
            Some(before) => before != Fingerprint::from(&self.state),
            None => !is_unremarkable(&self.state),
        };
        if actions.persist {
            self.persisted_at = Some(now);
        }
        actions
    }

    /// Folds in a record from before the first one that is to be decided: its slot is learned, and nothing
    /// else. Whatever follows from it has been decided already.
    pub fn learn(&mut self, record: &Record) {
        if !self.accepts(record) {
            return;
        }
        let is_changed = |before: &MonitorState, after: &MonitorState| {
            Fingerprint::without_slots(before) != Fingerprint::without_slots(after)
        };
        let before = self.persisted_at.map(|_| self.state.clone());
        let decision = domain::decide(std::mem::take(&mut self.state), record);
        self.state = match before {
            Some(before) if is_changed(&before, &decision.state) => before,
            _ => decision.state,
        };
    }

    /// Ends the learning: a monitor that `alert-state` does not hold was up, and nothing else was known of it.
    pub fn finish_learning(&mut self) {
        if self.persisted_at.is_none() && !is_unremarkable(&self.state) {
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
        position: &dyn Fn() -> LogPosition,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let mut recorder = Recorder {
            org_id: self.owner(),
            monitor_id: transition.monitor_id,
            revision: transition.revision,
            now,
            events,
        };
        if let Some(closed) = &transition.closed {
            self.close(closed, position, &mut recorder);
        }
        if transition.from == State::Degraded && transition.to != State::Degraded {
            self.end_degradation(transition, record, position, &mut recorder);
        }
        let url = match record {
            Record::Result(result) => result.url.as_str(),
            Record::Skipped(skipped) => skipped.url.as_str(),
            Record::Lifecycle(lifecycle) => lifecycle.url.as_str(),
            Record::Ping(ping) => ping.url.as_str(),
        };
        if let Some(opened) = &transition.opened {
            self.open(Incident::opened(opened, url, position(), now), &mut recorder);
        }
        if transition.to == State::Degraded && transition.from != State::Degraded {
            let id = transition.degradation_id();
            self.open(
                Incident::degraded(id, transition.at, url, position()),
                &mut recorder,
            );
        }
        match transition.anomaly {
            Some(AnomalyChange::Begun {
                anomaly,
                notify: true,
            }) => {
                let id = transition.anomaly_id();
                self.open(Incident::slower(id, anomaly, url, position()), &mut recorder);
            }
            // It is shown, and nobody has asked for more.
            Some(AnomalyChange::Begun { .. }) | None => {}
            Some(change) => self.end_anomaly(change, transition.at, record, position, &mut recorder),
        }
        self.incidents.retain(|incident| !incident.is_finished(now));
    }

    pub(crate) fn open(&mut self, incident: Incident, recorder: &mut Recorder<'_>) {
        if self.incidents.len() >= MAX_INCIDENTS {
            let settled = self.incidents.iter().position(Incident::is_settled);
            // Whoever was notified of a beginning waits for its end.
            let unannounced = || {
                let is_unannounced = |incident: &Incident| {
                    let mut deliveries = incident.opening().deliveries.iter();
                    !deliveries.any(Delivery::may_have_arrived)
                };
                self.incidents.iter().position(is_unannounced)
            };
            let gone = settled.or_else(unannounced).unwrap_or(0);
            let mut oldest = self.incidents.remove(gone);
            oldest.suppress_all("too many unsent incidents of the monitor", recorder);
        }
        self.incidents.push(incident);
    }

    fn acknowledge(
        &mut self,
        lifecycle: &Lifecycle,
        position: &dyn Fn() -> LogPosition,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) {
        let mut recorder = self.recorder(lifecycle.monitor_id, now, events);
        let incident = self
            .incidents
            .iter_mut()
            .find(|incident| Some(incident.id) == lifecycle.incident_id);
        if let Some(incident) = incident.filter(|it| it.alert(AlertKind::Acknowledged).is_none()) {
            let reminders = |kind| kind == AlertKind::Reminder;
            incident.suppress(reminders, "acknowledged", &mut recorder);
            incident.suppress_waiting_steps("acknowledged", &mut recorder);
            incident.add(Alert::new(AlertKind::Acknowledged, position()));
        }
    }

    /// The next delivery to each channel: a channel is notified of a monitor in the order of what happened. What is sent in
    /// one message with that one is next as well.
    pub fn due(&self) -> Vec<(&Incident, AlertKind, &Delivery)> {
        let mut due: Vec<(&Incident, AlertKind, &Delivery)> = Vec::new();
        for incident in &self.incidents {
            for alert in incident.alerts() {
                for delivery in &alert.deliveries {
                    let is_next = |due: &[(&Incident, AlertKind, &Delivery)]| {
                        due.iter().all(|(.., earlier)| {
                            earlier.channel != delivery.channel || earlier.is_together_with(delivery)
                        })
                    };
                    if delivery.status == DeliveryStatus::Pending && is_next(&due) {
                        due.push((incident, alert.kind, delivery));
                    }
                }
            }
        }
        due
    }

    /// How many deliveries are still to be received.
    pub fn pending(&self) -> usize {
        let alerts = self.incidents.iter().flat_map(Incident::alerts);
        alerts
            .flat_map(|alert| &alert.deliveries)
            .filter(|delivery| delivery.status == DeliveryStatus::Pending)
            .count()
    }

    /// Whether `alert-state` need not hold the monitor any longer.
    pub fn may_be_forgotten(&self, now: Timestamp) -> bool {
        let is_quiet = is_forgettable(&self.state, now) || self.state.activity != Activity::Active;
        is_quiet
            && self.state.incident.is_none()
            && self.incidents.is_empty()
            && self
                .persisted_at
                .is_some_and(|at| now.millis_since(at) > RETENTION_MS)
    }

    /// `alert-state` does not hold the monitor any longer: it [may be forgotten](Self::may_be_forgotten).
    pub fn forget(&mut self) {
        self.persisted_at = None;
        // It would be written once more with the next result. Of an active monitor it says that nothing is compared.
        self.state.usual = None;
    }

    /// Whether `alert-state` has to hold the monitor.
    pub(crate) fn is_remarkable(&self) -> bool {
        !is_unremarkable(&self.state) || !self.incidents.is_empty()
    }

    /// Whether a user has stopped or removed it.
    pub fn is_inactive(&self) -> bool {
        self.state.activity != Activity::Active
    }

    /// Nobody can be notified: there is no such monitor.
    pub(crate) fn abandon(&mut self, now: Timestamp) {
        for incident in &mut self.incidents {
            incident.alerts.iter_mut().for_each(|alert| alert.routed = true);
        }
        self.incidents.retain(|incident| !incident.is_finished(now));
    }

    /// Nobody is notified of what is not decided yet, nor of what is pending.
    pub(crate) fn withhold(&mut self, id: MonitorId, reason: &str, now: Timestamp) -> Actions {
        let mut actions = Actions {
            persist: true,
            ..Actions::default()
        };
        let mut incidents = std::mem::take(&mut self.incidents);
        let mut recorder = self.recorder(id, now, &mut actions.events);
        for incident in &mut incidents {
            incident.suppress_all(reason, &mut recorder);
        }
        incidents.retain(|incident| !incident.is_finished(now));
        self.incidents = incidents;
        self.persisted_at = Some(now);
        actions
    }

    /// Forgets finished incidents; answers whether there were any.
    pub fn prune(&mut self, now: Timestamp) -> bool {
        let before = self.incidents.len();
        self.incidents.retain(|incident| !incident.is_finished(now));
        self.incidents.len() != before
    }

    pub(super) fn recorder<'a>(
        &self,
        monitor_id: MonitorId,
        now: Timestamp,
        events: &'a mut Vec<AlertEvent>,
    ) -> Recorder<'a> {
        Recorder {
            org_id: self.owner(),
            monitor_id,
            revision: self.state.revision,
            now,
            events,
        }
    }
}
