//! Who is notified that an incident is over, and when.

use domain::alert_event::Step;
use domain::{ChannelId, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::filter::held_until_quiet;
use crate::incident::Incident;
use crate::recorder::Recorder;
use crate::settings::NotificationSettings;

impl Incident {
    /// Decides who is notified of the end: whoever was notified of the beginning.
    pub(crate) fn route_end(
        &mut self,
        notified: &[ChannelId],
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        if self.opening().is_undecided() {
            return;
        }
        let nobody_wanted_it = !self.is_outage() && self.opening().deliveries.is_empty();
        let (id, kind) = (self.id, self.closing_kind());
        if let Some(end) = self.alert_mut(kind).filter(|end| !end.routed) {
            actions.persist = true;
            if nobody_wanted_it {
                end.routed = true;
            } else {
                end.deliver_to(notified, id, recorder);
            }
        }
    }

    /// Of a degradation that has become an outage, decides which channels are notified of its end.
    pub(crate) fn route_going_over(
        &mut self,
        settings: Option<NotificationSettings<'_>>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        let (id, kind) = (self.id, self.closing_kind());
        let end = self.alert_mut(kind);
        let is_open =
            |delivery: &Delivery| delivery.status == DeliveryStatus::Waiting && delivery.next_at.is_none();
        let Some(end) = end.filter(|end| end.routed && end.deliveries.iter().any(is_open)) else {
            return;
        };
        let Some(settings) = settings else {
            actions.needs_settings = true;
            return;
        };
        let keeps_incidents = |channel| settings.keeps_incidents(channel);
        end.deliveries
            .retain(|delivery| !is_open(delivery) || keeps_incidents(delivery.channel));
        let waiting = end.deliveries.iter_mut();
        for delivery in waiting.filter(|delivery| is_open(delivery)) {
            delivery.status = DeliveryStatus::Pending;
            delivery.decided_at = recorder.now;
            recorder.record(Step::Decided, id, kind, &end.source, Some(delivery), None);
        }
        actions.persist = true;
    }

    /// Has a channel notified of the end, not before an instant, that is not notified of the beginning.
    pub(crate) fn notify_of_end(&mut self, channel: ChannelId, at: Timestamp, now: Timestamp) {
        let (id, kind) = (self.id, self.closing_kind());
        if let Some(end) = self.alert_mut(kind)
            && end.delivery_to(channel).is_none()
        {
            end.deliveries.push(Delivery {
                status: DeliveryStatus::Waiting,
                next_at: Some(at),
                ..Delivery::new(id, channel, kind, now)
            });
        }
    }

    /// Sends those alerts about the end that have waited long enough.
    pub(crate) fn release_ends(
        &mut self,
        settings: Option<NotificationSettings<'_>>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        let (id, kind, now, unseen) = (self.id, self.closing_kind(), recorder.now, self.unseen);
        let Some(end) = self.alert_mut(kind).filter(|end| end.routed) else {
            return;
        };
        for delivery in &mut end.deliveries {
            let Some(at) = delivery
                .next_at
                .filter(|_| delivery.status == DeliveryStatus::Waiting)
            else {
                continue;
            };
            // The quiet hours may be others by now.
            let quiet_until = settings.and_then(|settings| settings.quiet_until(delivery.channel, now));
            let at = quiet_until.map_or(at, |until| at.max(until));
            if now < at {
                actions.persist |= delivery.next_at != Some(at);
                delivery.next_at = Some(at);
                actions.due_at(at);
                continue;
            }
            let Some(settings) = settings else {
                actions.needs_settings = true;
                continue;
            };
            delivery.status = DeliveryStatus::Pending;
            (delivery.next_at, delivery.decided_at) = (None, now);
            // Nothing else than quiet hours has an end wait. Who keeps incidents gets each by itself.
            delivery.after_quiet =
                Some(at).filter(|_| !unseen && !settings.keeps_incidents(delivery.channel));
            let held = delivery.after_quiet.map(held_until_quiet);
            recorder.record(
                Step::Decided,
                id,
                kind,
                &end.source,
                Some(delivery),
                held.as_deref(),
            );
            actions.persist = true;
        }
    }
}
