//! Incidents end: the target has recovered, or a user has edited, paused or deleted the monitor. Whoever was notified of
//! the beginning is notified of either.

use domain::alert_event::AlertKind;
use domain::fold::{CloseReason, ClosedIncident, State, Transition};
use domain::record::LifecycleEvent;
use domain::{ChannelId, Record};

use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::{Alert, Incident, LogPosition, Resolution};
use crate::ledger::Ledger;
use crate::recorder::Recorder;

impl Ledger {
    /// An outage is over.
    pub(crate) fn close(
        &mut self,
        closed: &ClosedIncident,
        position: &dyn Fn() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
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
        let Some(incident) = incidents.find(|incident| incident.degraded && incident.resolution.is_none())
        else {
            return;
        };
        let reason = match (transition.to, record) {
            (State::Up | State::Down, _) => CloseReason::Recovered,
            (_, Record::Lifecycle(lifecycle)) => match lifecycle.event {
                LifecycleEvent::Paused => CloseReason::Paused,
                LifecycleEvent::Deleted => CloseReason::Deleted,
                _ => CloseReason::Edited,
            },
            _ => CloseReason::Edited,
        };
        incident.resolution = Some(Resolution {
            at: transition.at,
            reason,
        });
        match (transition.to, reason) {
            (State::Down, _) => incident.suppress_all("the monitor is now down", recorder),
            (_, CloseReason::Recovered) => {
                incident.add(Alert::new(AlertKind::Recovered, position()));
            }
            (_, reason) => incident.stop(reason, position, recorder),
        }
    }
}

impl Incident {
    /// A user has ended it. What is not sent yet is not sent any more; whoever was notified of the beginning, or may have
    /// been while it is not known what came of that, is notified that it ended and why.
    pub(crate) fn stop(
        &mut self,
        reason: CloseReason,
        position: impl FnOnce() -> LogPosition,
        recorder: &mut Recorder<'_>,
    ) {
        let notified = self.notified();
        let why = format!("the monitor was {}", reason.as_str());
        self.suppress_all(&why, recorder);
        if !notified.is_empty() {
            let (id, kind) = (self.id, self.closing_kind());
            let end = self.add(Alert::new(kind, position()));
            end.deliver_to(&notified, id, recorder);
        }
    }

    /// The channels that were notified of the beginning, or are about to be.
    pub(crate) fn notified(&self) -> Vec<ChannelId> {
        let was_notified =
            |delivery: &&Delivery| matches!(delivery.status, DeliveryStatus::Pending | DeliveryStatus::Sent);
        let deliveries = self.opening().deliveries.iter().filter(was_notified);
        deliveries.map(|delivery| delivery.channel).collect()
    }
}
