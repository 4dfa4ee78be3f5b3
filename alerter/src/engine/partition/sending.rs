//! Messages on their way.

use std::sync::Weak;

use alerting::Delivery;
use domain::{ChannelId, DeliveryId, OrgId, Timestamp};
use shared::shutdown::CancellationToken;

use crate::sender::Permit;

/// A message on its way.
pub(super) struct Sending {
    pub(super) channel: ChannelId,
    pub(super) delivery: DeliveryId,
    /// For the end of which quiet hours it waited.
    pub(super) after_quiet: Option<Timestamp>,
    pub(super) stop: CancellationToken,
    /// Gone when its job is.
    pub(super) job: Weak<Permit<OrgId>>,
}

impl Sending {
    /// Whether a message has to wait for this one: those to a channel about a monitor come one after the other, except for
    /// those that are sent in one.
    pub(super) fn holds_up(&self, delivery: &Delivery) -> bool {
        let is_together = self.after_quiet.is_some() && self.after_quiet == delivery.after_quiet;
        self.channel == delivery.channel && (self.delivery == delivery.id || !is_together)
    }
}

#[cfg(test)]
mod tests {
    use alerting::DeliveryStatus;
    use domain::{IncidentId, MonitorId};

    use super::*;

    fn delivery(channel: i64, alert: &str, after_quiet: Option<i64>) -> Delivery {
        let at = Timestamp::from_millis(0);
        let (incident, channel) = (IncidentId::new(MonitorId(1), 1, at), ChannelId(channel));
        let id = DeliveryId::new(incident, channel, alert, 0);
        let json = serde_json::json!({
            "id": id, "channel": channel, "status": DeliveryStatus::Pending, "decided_at": at,
            "after_quiet": after_quiet.map(Timestamp::from_millis),
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_what_is_sent_in_one_message_is_sent_at_a_time() {
        let sending = |delivery: &Delivery| Sending {
            channel: delivery.channel,
            delivery: delivery.id,
            after_quiet: delivery.after_quiet,
            stop: CancellationToken::new(),
            job: Weak::new(),
        };
        let up = delivery(1, "up", Some(7));
        for (next, holds_up) in [
            (delivery(1, "down", Some(7)), false),
            (delivery(2, "down", None), false),
            (delivery(1, "down", Some(8)), true),
            (delivery(1, "down", None), true),
            (up.clone(), true),
        ] {
            assert_eq!(sending(&up).holds_up(&next), holds_up, "{next:?}");
        }
        assert!(sending(&delivery(1, "up", None)).holds_up(&delivery(1, "down", None)));
    }
}
