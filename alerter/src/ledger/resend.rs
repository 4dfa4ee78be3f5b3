//! Messages that were given up, and that somebody wants sent once more.

use domain::alert_event::{AlertEvent, Source, Step};
use domain::{ChannelId, Lifecycle, Timestamp};

use super::alert::{Context, Delivery, Incident, Status};
use super::monitor::Monitor;

/// Why it is sent again.
const BY_HAND: &str = "resent manually";

impl Monitor {
    /// Makes a message that was given up pending again; answers whether it was there. `source` is the place of
    /// the record: one that is read again does nothing.
    pub(super) fn resend(
        &mut self,
        lifecycle: &Lifecycle,
        source: &Source,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> bool {
        let mut context = self.context(lifecycle.monitor_id, now, events);
        for incident in &mut self.incidents {
            let (id, first) = (incident.id, incident.first_kind());
            let mut told_after_all = None;
            for (kind, alert) in incident.alerts_mut() {
                let mut deliveries = alert.deliveries.iter_mut();
                let found = deliveries.find(|delivery| {
                    Some(delivery.id) == lifecycle.delivery_id
                        && delivery.status == Status::Failed
                        && delivery.resent_by.is_none_or(|before| before < source.offset)
                });
                let Some(delivery) = found else { continue };
                delivery.resent_by = Some(source.offset);
                delivery.revive(now);
                context.event(Step::Decided, id, kind, source, Some(delivery), Some(BY_HAND));
                told_after_all = Some((kind == first).then_some(delivery.channel));
            }
            if let Some(channel) = told_after_all {
                if let Some(channel) = channel {
                    incident.tell_the_end(channel, now, &mut context);
                }
                return true;
            }
        }
        false
    }
}

impl Delivery {
    fn revive(&mut self, now: Timestamp) {
        self.status = Status::Pending;
        // It has its whole time again.
        self.decided_at = now;
        self.next_at = None;
        self.failed_at = None;
    }
}

impl Incident {
    /// A channel that hears of the outage after all hears of its end, too.
    fn tell_the_end(&mut self, channel: ChannelId, now: Timestamp, context: &mut Context<'_>) {
        let (id, kind) = (self.id, self.last_kind());
        let Some(up) = self.up.as_mut().filter(|up| up.routed) else {
            return;
        };
        let known = up
            .deliveries
            .iter()
            .position(|delivery| delivery.channel == channel);
        let index = known.unwrap_or_else(|| {
            up.deliveries.push(Delivery::new(id, channel, kind, now));
            up.deliveries.len() - 1
        });
        let delivery = &mut up.deliveries[index];
        if matches!(delivery.status, Status::Suppressed | Status::Pending) {
            delivery.revive(now);
            context.event(Step::Decided, id, kind, &up.source, Some(delivery), Some(BY_HAND));
        }
    }
}
