//! What came of a message.

use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::{DeliveryId, MonitorId, Timestamp};

use super::alert::Status;
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
    /// Given up.
    Failed {
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
            let up = incident.up.as_mut().map(|up| (AlertKind::Up, up));
            let alerts = std::iter::once((AlertKind::Down, &mut incident.down)).chain(up);
            let mut told_nothing = None;
            for (kind, alert) in alerts {
                let source = alert.source.clone();
                let delivery = alert
                    .deliveries
                    .iter_mut()
                    .find(|delivery| delivery.id == delivery_id);
                let Some(delivery) = delivery else { continue };
                known = true;
                let (step, status, reason) = match outcome {
                    Outcome::Attempted { reason, next_at } => {
                        delivery.attempts += 1;
                        delivery.next_at = Some(*next_at);
                        (Step::Attempted, delivery.status, Some(reason))
                    }
                    Outcome::Sent { .. } => {
                        delivery.attempts += 1;
                        (Step::Sent, Status::Sent, None)
                    }
                    Outcome::Failed { reason } => (Step::Failed, Status::Failed, Some(reason)),
                    Outcome::Suppressed { reason } => (Step::Suppressed, Status::Suppressed, Some(reason)),
                };
                delivery.status = status;
                let event = context.event(
                    step,
                    incident.id,
                    kind,
                    &source,
                    Some(delivery),
                    reason.map(String::as_str),
                );
                if let (Some(event), Outcome::Sent { receipt }) = (event, outcome) {
                    event.receipt = Some(receipt.clone());
                }
                if kind == AlertKind::Down && matches!(status, Status::Failed | Status::Suppressed) {
                    told_nothing = Some(delivery.channel);
                }
            }
            if let (Some(channel), Some(up)) = (told_nothing, &mut incident.up) {
                let reason = Some("the channel was not told of the outage");
                for delivery in &mut up.deliveries {
                    if delivery.channel == channel && delivery.status == Status::Pending {
                        delivery.status = Status::Suppressed;
                        context.event(
                            Step::Suppressed,
                            incident.id,
                            AlertKind::Up,
                            &up.source,
                            Some(delivery),
                            reason,
                        );
                    }
                }
            }
        }
        if known {
            self.incidents.retain(|incident| !incident.is_finished());
            self.kept = Some(now);
        }
        known
    }
}
