//! Incidents end: the target has recovered, a user has edited, paused or deleted the monitor, or a ping had arrived in time
//! and was read later. Whoever was notified of the beginning is notified of either.

use domain::alert_event::AlertKind;
use domain::fold::{AnomalyChange, CloseReason, ClosedIncident, State, Transition};
use domain::record::LifecycleEvent;
use domain::{ChannelId, DeliveryId, MonitorId, Record, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::{Alert, Incident, LogPosition, Resolution};
use crate::ledger::Ledger;
use crate::recorder::Recorder;

/// Why what is not sent yet is not sent any more.
pub(crate) fn ended_by(reason: CloseReason) -> String {
    match reason {
        CloseReason::Withdrawn => "not overdue after all".to_owned(),
        CloseReason::NotCompared => "not compared with what is usual any more".to_owned(),
        reason => format!("the monitor was {}", reason.as_str()),
    }
}

/// Why a monitor that was degraded is so no longer.
pub(crate) fn degradation_ended_by(transition: &Transition, record: &Record) -> CloseReason {
    match transition.to {
        State::Up | State::Down => CloseReason::Recovered,
        _ => stopped_by(record),
    }
}

/// What a user has done, who has ended something by this record.
fn stopped_by(record: &Record) -> CloseReason {
    match record {
        Record::Lifecycle(lifecycle) => match lifecycle.event {
            LifecycleEvent::Paused => CloseReason::Paused,
            LifecycleEvent::Deleted => CloseReason::Deleted,
            // Nobody asks any more whether it is slower than usual. What is checked is the same.
            LifecycleEvent::Baseline => CloseReason::NotCompared,
            _ => CloseReason::Edited,
        },
        _ => CloseReason::Edited,
    }
}

impl Ledger {
    /// An outage is over.
    pub(crate) fn close(
        &mut self,
        closed: &ClosedIncident,
        position: &dyn Fn() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
        let votes = self.state.votes.as_deref();
        // Nobody was notified of an incident that is not here.
        let mut incidents = self.incidents.iter_mut();
        let Some(incident) = incidents.find(|incident| incident.id == closed.id) else {
            return;
        };
        incident.resolution = Some(Resolution {
            at: closed.resolved_at,
            reason: closed.reason,
        });
        match closed.reason {
            CloseReason::Recovered => {
                if let Some(votes) = votes {
                    incident.note_votes(votes);
                }
                let meanwhile = |kind| matches!(kind, AlertKind::Reminder | AlertKind::Acknowledged);
                incident.suppress(meanwhile, "resolved", recorder);
                incident.add(Alert::new(AlertKind::Up, position()));
            }
            reason => incident.stop(reason, position, recorder),
        }
    }

    /// A time in which the monitor was degraded is over.
    pub(crate) fn end_degradation(
        &mut self,
        transition: &Transition,
        record: &Record,
        position: &dyn Fn() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
        let mut incidents = self.incidents.iter_mut();
        let is_it = |incident: &&mut Incident| {
            incident.degraded && incident.anomaly.is_none() && incident.resolution.is_none()
        };
        let Some(incident) = incidents.find(is_it) else {
            return;
        };
        let reason = degradation_ended_by(transition, record);
        incident.resolution = Some(Resolution {
            at: transition.at,
            reason,
        });
        match (transition.to, reason) {
            (State::Down, _) => incident.go_over(position, recorder),
            (_, CloseReason::Recovered) => {
                incident.add(Alert::new(AlertKind::Recovered, position()));
            }
            (_, reason) => incident.stop(reason, position, recorder),
        }
    }

    /// Response times are not slower than usual any more, or are not held against that. Of one of which nobody was to be
    /// notified there is nothing here.
    pub(crate) fn end_anomaly(
        &mut self,
        change: AnomalyChange,
        at: Timestamp,
        record: &Record,
        position: &dyn Fn() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
        let mut incidents = self.incidents.iter_mut();
        let is_it = |incident: &&mut Incident| incident.anomaly.is_some() && incident.resolution.is_none();
        let Some(incident) = incidents.find(is_it) else {
            return;
        };
        let reason = match change {
            AnomalyChange::Dropped => stopped_by(record),
            AnomalyChange::Expired => CloseReason::NotCompared,
            AnomalyChange::Begun { .. } | AnomalyChange::Ended => CloseReason::Recovered,
        };
        incident.resolution = Some(Resolution { at, reason });
        match reason {
            CloseReason::Recovered => {
                incident.add(Alert::new(AlertKind::Recovered, position()));
            }
            reason => incident.stop(reason, position, recorder),
        }
    }
}

impl Ledger {
    /// Nothing of a delivery is on its way. When it was withdrawn, and nothing of it can have arrived, its channel is
    /// not notified of the end either.
    pub(crate) fn note_idle(&mut self, monitor: MonitorId, delivery: DeliveryId, now: Timestamp) -> Actions {
        let mut actions = Actions::default();
        let mut recorder = self.recorder(monitor, now, &mut actions.events);
        for incident in &mut self.incidents {
            let mut openings = incident.opening().deliveries.iter();
            let Some(opening) = openings.find(|opening| opening.id == delivery) else {
                continue;
            };
            let channel = opening.channel;
            if incident.withdrawn_opening(incident.closing_kind(), channel) == Some(delivery) {
                let reason = "the channel was not notified of the incident";
                incident.suppress_for(channel, reason, &mut recorder);
                actions.persist = true;
            }
        }
        if actions.persist {
            self.incidents.retain(|incident| !incident.is_finished(now));
            self.persisted_at = Some(now);
        }
        actions
    }

    /// Deliveries about beginnings that somebody may be sending, as far as the ledger tells.
    pub fn openings_in_doubt(&self) -> impl Iterator<Item = DeliveryId> {
        let due = self.due().into_iter();
        let due = due.filter(|(incident, kind, _)| *kind == incident.opening_kind());
        let due: Vec<DeliveryId> = due.map(|(.., delivery)| delivery.id).collect();
        let openings = self
            .incidents
            .iter()
            .flat_map(|incident| &incident.opening().deliveries);
        let withdrawn = openings.filter(|opening| opening.status == DeliveryStatus::Suppressed);
        due.into_iter().chain(withdrawn.map(|opening| opening.id))
    }
}

impl Incident {
    /// The delivery about the beginning to `channel` that was withdrawn, where `kind` is the alert about the end and
    /// no attempt is known by which it may have arrived.
    pub fn withdrawn_opening(&self, kind: AlertKind, channel: ChannelId) -> Option<DeliveryId> {
        let opening = self.opening().delivery_to(channel)?;
        let is_withdrawn = kind == self.closing_kind()
            && opening.status == DeliveryStatus::Suppressed
            && !opening.may_have_arrived();
        is_withdrawn.then_some(opening.id)
    }

    /// A user has ended it, or it turned out that there was none. What is not sent yet is not sent any more; whoever was notified of the beginning, or may have
    /// been while it is not known what came of that, is notified that it ended and why. Who turns out not to have been
    /// ([`Ledger::note_idle`]) is not.
    pub(crate) fn stop(
        &mut self,
        reason: CloseReason,
        position: impl FnOnce() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
        let notified = self.notified();
        self.suppress_all(&ended_by(reason), recorder);
        if !notified.is_empty() {
            let (id, kind) = (self.id, self.closing_kind());
            let end = self.add(Alert::new(kind, position()));
            end.deliver_to(&notified, id, recorder);
        }
    }

    /// The monitor is now down, which is announced as an incident of its own. That this one is over is said only to
    /// channels that keep incidents ([`Incident::route_going_over`]).
    fn go_over(&mut self, position: impl FnOnce() -> LogPosition, recorder: &mut Recorder<'_>) {
        let notified = self.notified();
        self.suppress_all("the monitor is now down", recorder);
        if !notified.is_empty() {
            let (id, kind) = (self.id, self.closing_kind());
            let end = self.add(Alert::new(kind, position()));
            end.routed = true;
            let waiting = notified.into_iter().map(|channel| Delivery {
                status: DeliveryStatus::Waiting,
                ..Delivery::new(id, channel, kind, recorder.now)
            });
            end.deliveries = waiting.collect();
        }
    }

    /// A user has ended it, by a record that was not seen.
    pub(crate) fn stop_unseen(&mut self, reason: CloseReason, recorder: &mut Recorder<'_>) {
        let (at, source) = (recorder.now, self.opening().source.clone());
        self.resolution = Some(Resolution { at, reason });
        let position = move || LogPosition {
            source,
            appended_at: at,
        };
        self.stop(reason, position, recorder);
    }

    /// The channels that were notified of the beginning, may have been, or are about to be.
    pub(crate) fn notified(&self) -> Vec<ChannelId> {
        let was_notified =
            |delivery: &&Delivery| delivery.status == DeliveryStatus::Pending || delivery.may_have_arrived();
        let deliveries = self.opening().deliveries.iter().filter(was_notified);
        deliveries.map(|delivery| delivery.channel).collect()
    }
}
