//! What came of a message.

use domain::alert_event::{AlertEvent, Step};
use domain::{ChannelId, DeliveryId, MonitorId, Timestamp};

use super::alert::{Context, Delivery, Incident, Status};
use super::monitor::Monitor;

/// What came of sending a message once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It failed and is tried again.
    Attempted {
        /// Why.
        reason: String,
        /// When.
        next_at: Timestamp,
    },
    /// The channel has it.
    Sent {
        /// What the channel answered.
        receipt: String,
    },
    /// It failed, and for good.
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

impl Monitor {
    /// Notes what came of a message; answers false when it is not known any more.
    pub(crate) fn note(
        &mut self,
        monitor_id: MonitorId,
        delivery_id: DeliveryId,
        outcome: &Outcome,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> bool {
        let mut context = self.context(monitor_id, now, events);
        let mut known = false;
        for incident in &mut self.incidents {
            let (id, first) = (incident.id, incident.first_kind());
            let mut told_nothing = None;
            for (kind, alert) in incident.alerts_mut() {
                let source = &alert.source;
                let mut deliveries = alert.deliveries.iter_mut();
                let Some(delivery) = deliveries.find(|delivery| delivery.id == delivery_id) else {
                    continue;
                };
                known = true;
                let (step, reason) = delivery.note(outcome, now);
                let event = context.event(step, id, kind, source, Some(delivery), reason);
                if let (Some(event), Outcome::Sent { receipt }) = (event, outcome) {
                    event.receipt = Some(receipt.clone());
                }
                if kind == first && matches!(delivery.status, Status::Failed | Status::Suppressed) {
                    told_nothing = Some(delivery.channel);
                }
            }
            if let Some(channel) = told_nothing {
                incident.suppress_for(
                    channel,
                    "the channel was not notified of the incident",
                    &mut context,
                );
            }
        }
        if known {
            self.incidents.retain(|incident| !incident.is_finished(now));
            self.kept = Some(now);
        }
        known
    }
}

impl Delivery {
    fn note<'a>(&mut self, outcome: &'a Outcome, now: Timestamp) -> (Step, Option<&'a str>) {
        if !matches!(outcome, Outcome::GivenUp { .. } | Outcome::Suppressed { .. }) {
            self.attempts += 1;
        }
        match outcome {
            Outcome::Attempted { reason, next_at } => {
                self.next_at = Some(*next_at);
                (Step::Attempted, Some(reason))
            }
            Outcome::Sent { receipt } => {
                self.status = Status::Sent;
                self.receipt = Some(receipt.clone());
                (Step::Sent, None)
            }
            Outcome::Failed { reason } | Outcome::GivenUp { reason } => {
                self.status = Status::Failed;
                self.failed_at = Some(now);
                (Step::Failed, Some(reason))
            }
            Outcome::Suppressed { reason } => {
                self.status = Status::Suppressed;
                (Step::Suppressed, Some(reason))
            }
        }
    }
}

impl Incident {
    /// Takes back what a channel need not hear, because it was not told of the beginning.
    fn suppress_for(&mut self, channel: ChannelId, reason: &str, context: &mut Context<'_>) {
        let id = self.id;
        for (kind, alert) in self.alerts_mut() {
            let source = &alert.source;
            let mut deliveries = alert.deliveries.iter_mut();
            let pending = deliveries.find(|d| d.channel == channel && d.status == Status::Pending);
            if let Some(delivery) = pending {
                delivery.status = Status::Suppressed;
                context.event(Step::Suppressed, id, kind, source, Some(delivery), Some(reason));
            }
        }
    }
}
