//! Deliveries that have failed and that a user wants sent once more.

use domain::alert_event::{AlertEvent, AlertKind, Source, Step};
use domain::{ChannelId, Lifecycle, Timestamp};

use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::Incident;
use crate::ledger::Ledger;
use crate::recorder::Recorder;

/// Why it is sent again.
const RESENT: &str = "resent manually";

impl Ledger {
    /// Makes a failed delivery pending again; answers whether it was there. `source` is the place of the record: one
    /// that is read again does nothing.
    pub(crate) fn resend(
        &mut self,
        lifecycle: &Lifecycle,
        source: &Source,
        now: Timestamp,
        events: &mut Vec<AlertEvent>,
    ) -> bool {
        let mut recorder = self.recorder(lifecycle.monitor_id, now, events);
        for incident in &mut self.incidents {
            let (id, opening) = (incident.id, incident.opening_kind());
            let is_over = incident.resolution.is_some();
            let mut resent = None;
            for alert in &mut incident.alerts {
                // What was true only while it lasted would open it again where it was ended.
                if is_over && matches!(alert.kind, AlertKind::Reminder | AlertKind::Acknowledged) {
                    continue;
                }
                let mut deliveries = alert.deliveries.iter_mut();
                let found = deliveries.find(|delivery| {
                    Some(delivery.id) == lifecycle.delivery_id
                        && delivery.status == DeliveryStatus::Failed
                        && delivery.resent_by.is_none_or(|before| before < source.offset)
                });
                let Some(delivery) = found else { continue };
                delivery.resent_by = Some(source.offset);
                delivery.reopen(now);
                let kind = alert.kind;
                recorder.record(Step::Decided, id, kind, source, Some(delivery), Some(RESENT));
                resent = Some((kind, delivery.channel));
            }
            if let Some((kind, channel)) = resent {
                if kind == opening {
                    incident.resend_end(channel, now, &mut recorder);
                }
                return true;
            }
        }
        false
    }
}

impl Delivery {
    fn reopen(&mut self, now: Timestamp) {
        self.status = DeliveryStatus::Pending;
        // It has its whole time again.
        self.decided_at = now;
        self.next_at = None;
        self.failed_at = None;
        // Its message may have been one of many, which nobody wants again.
        self.after_quiet = None;
    }
}

impl Incident {
    /// A channel that is notified of the beginning after all is notified of the end, too.
    fn resend_end(&mut self, channel: ChannelId, now: Timestamp, recorder: &mut Recorder<'_>) {
        let (id, kind) = (self.id, self.closing_kind());
        let Some(end) = self.alert_mut(kind).filter(|end| end.routed) else {
            return;
        };
        let mut deliveries = end.deliveries.iter();
        let known = deliveries.position(|delivery| delivery.channel == channel);
        let index = known.unwrap_or_else(|| {
            end.deliveries.push(Delivery::new(id, channel, kind, now));
            end.deliveries.len() - 1
        });
        let delivery = &mut end.deliveries[index];
        if delivery.status == DeliveryStatus::Sent {
            // It came before the beginning did: it is told again, under a name that is new.
            *delivery = Delivery::again(id, channel, kind, delivery.ordinal + 1, now);
            recorder.record(Step::Decided, id, kind, &end.source, Some(delivery), Some(RESENT));
        } else if matches!(
            delivery.status,
            DeliveryStatus::Suppressed | DeliveryStatus::Pending
        ) {
            delivery.reopen(now);
            recorder.record(Step::Decided, id, kind, &end.source, Some(delivery), Some(RESENT));
        }
    }
}
