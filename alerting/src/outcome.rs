//! What came of a delivery.

use domain::alert_event::Step;
use domain::{ChannelId, DeliveryId, MonitorId, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::Incident;
use crate::ledger::Ledger;
use crate::recorder::Recorder;

/// What came of attempting a delivery once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It failed and is tried again.
    Attempted {
        /// Why.
        reason: String,
        /// When.
        next_at: Timestamp,
        /// Whether the channel may have received it all the same.
        may_have_arrived: bool,
    },
    /// The channel has received it.
    Sent {
        /// What the channel answered.
        receipt: String,
    },
    /// It failed for good.
    Failed {
        /// Why.
        reason: String,
    },
    /// It was tried for too long.
    GivenUp {
        /// Why.
        reason: String,
    },
    /// Not to be sent any more.
    Suppressed {
        /// Why.
        reason: String,
    },
}

impl Ledger {
    /// Notes what came of a delivery. Nothing follows when it is not known any more.
    pub(crate) fn note(
        &mut self,
        monitor_id: MonitorId,
        delivery_id: DeliveryId,
        outcome: &DeliveryOutcome,
        now: Timestamp,
    ) -> Actions {
        let mut actions = Actions::default();
        let mut recorder = self.recorder(monitor_id, now, &mut actions.events);
        for incident in &mut self.incidents {
            let (id, opening) = (incident.id, incident.opening_kind());
            let mut not_notified = None;
            for alert in &mut incident.alerts {
                let (kind, source) = (alert.kind, &alert.source);
                let mut deliveries = alert.deliveries.iter_mut();
                let Some(delivery) = deliveries.find(|delivery| delivery.id == delivery_id) else {
                    continue;
                };
                actions.persist = true;
                let (step, reason) = delivery.note(outcome, now);
                let event = recorder.record(step, id, kind, source, Some(delivery), reason);
                if let (Some(event), DeliveryOutcome::Sent { receipt }) = (event, outcome) {
                    event.receipt = Some(receipt.clone());
                }
                let is_over = matches!(
                    delivery.status,
                    DeliveryStatus::Failed | DeliveryStatus::Suppressed
                );
                // One that was withdrawn is not over before its last attempt is.
                let is_attempt = matches!(outcome, DeliveryOutcome::Attempted { .. });
                if kind == opening && is_over && !is_attempt && !delivery.may_have_arrived() {
                    not_notified = Some(delivery.channel);
                }
            }
            if let Some(channel) = not_notified {
                let reason = "the channel was not notified of the incident";
                incident.suppress_for(channel, reason, &mut recorder);
            }
        }
        if actions.persist {
            self.incidents.retain(|incident| !incident.is_finished(now));
            self.persisted_at = Some(now);
        }
        actions
    }
}

impl Delivery {
    fn note<'a>(&mut self, outcome: &'a DeliveryOutcome, now: Timestamp) -> (Step, Option<&'a str>) {
        use DeliveryOutcome::{Attempted, Failed, GivenUp, Sent, Suppressed};
        if !matches!(outcome, GivenUp { .. } | Suppressed { .. }) {
            self.attempts += 1;
        }
        match outcome {
            Attempted {
                reason,
                next_at,
                may_have_arrived,
            } => {
                self.unanswered += u32::from(*may_have_arrived);
                self.next_at = Some(*next_at);
                (Step::Attempted, Some(reason))
            }
            Sent { receipt } => {
                self.status = DeliveryStatus::Sent;
                self.receipt = Some(receipt.clone());
                (Step::Sent, None)
            }
            Failed { reason } | GivenUp { reason } => {
                self.status = DeliveryStatus::Failed;
                self.failed_at = Some(now);
                (Step::Failed, Some(reason))
            }
            Suppressed { reason } => {
                self.status = DeliveryStatus::Suppressed;
                (Step::Suppressed, Some(reason))
            }
        }
    }
}

impl Incident {
    /// Suppresses what is pending for a channel that was not notified of the beginning.
    pub(crate) fn suppress_for(&mut self, channel: ChannelId, reason: &str, recorder: &mut Recorder<'_>) {
        let id = self.id;
        for alert in &mut self.alerts {
            let (kind, source) = (alert.kind, &alert.source);
            let mut deliveries = alert.deliveries.iter_mut();
            let pending = deliveries.find(|d| d.channel == channel && d.status == DeliveryStatus::Pending);
            if let Some(delivery) = pending {
                delivery.status = DeliveryStatus::Suppressed;
                recorder.record(Step::Suppressed, id, kind, source, Some(delivery), Some(reason));
            }
        }
    }
}
