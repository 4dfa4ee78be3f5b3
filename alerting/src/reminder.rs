//! Channels that want it are reminded of an incident that goes on.

use domain::alert_event::{AlertKind, Step};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::filter::{self, FilterContext, Verdict};
use crate::incident::{Alert, Incident, LogPosition};
use crate::recorder::Recorder;
use crate::settings::NotificationSettings;

impl Incident {
    /// Whether somebody may have to be reminded of it.
    pub(crate) fn may_be_reminded_of(&self) -> bool {
        self.is_outage()
            && self.resolution.is_none()
            && self.opening().routed
            && self.alert(AlertKind::Acknowledged).is_none()
    }

    /// Decides who is reminded now. The last reminder to each channel is kept.
    pub(crate) fn remind(
        &mut self,
        settings: NotificationSettings<'_>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        if !self.may_be_reminded_of() {
            return;
        }
        let subject = self.subject(recorder.monitor_id, settings);
        for index in 0..self.opening().deliveries.len() {
            let notified = &self.opening().deliveries[index];
            let (channel, notified_at) = (notified.channel, notified.decided_at);
            let Some(recipient) = settings
                .recipient(channel)
                .filter(|_| notified.status == DeliveryStatus::Sent)
            else {
                continue;
            };
            let reminders = self.alert(AlertKind::Reminder);
            let last = reminders.and_then(|reminders| reminders.delivery_to(channel));
            if last.is_some_and(|last| last.status == DeliveryStatus::Pending) {
                continue;
            }
            let context = FilterContext {
                rules: settings.rules,
                labels: settings.labels(),
                preferences: recipient.preferences,
                last_notified_at: Some(last.map_or(notified_at, |last| last.decided_at)),
                now: recorder.now,
            };
            match filter::remind(&subject, &context) {
                Verdict::Later(at) => actions.due_at(at),
                Verdict::Suppress(_) | Verdict::EndOnly(_) => {}
                Verdict::Allow => {
                    let ordinal = last.map_or(0, |last| last.ordinal + 1);
                    let reminder = Delivery::reminder(self.id, channel, ordinal, recorder.now);
                    self.add_reminder(reminder, recorder);
                    actions.persist = true;
                }
            }
        }
    }

    pub(crate) fn add_reminder(&mut self, mut reminder: Delivery, recorder: &mut Recorder<'_>) {
        let earlier = self.alert(AlertKind::Reminder);
        let earlier = earlier.and_then(|reminders| reminders.delivery_to(reminder.channel));
        // Only policies ask whether anybody was reached.
        let is_asked = reminder.cause.is_some() || !self.escalations.is_empty();
        reminder.follows_received = is_asked && earlier.is_some_and(|earlier| !earlier.has_reached_nobody());
        let (id, kind, opening) = (self.id, AlertKind::Reminder, self.opening());
        recorder.record(Step::Decided, id, kind, &opening.source, Some(&reminder), None);
        if self.alert(kind).is_none() {
            let position = LogPosition {
                source: opening.source.clone(),
                appended_at: opening.seen_at,
            };
            self.add(Alert {
                routed: true,
                ..Alert::new(kind, position)
            });
        }
        if let Some(reminders) = self.alert_mut(kind) {
            let channel = reminder.channel;
            reminders.deliveries.retain(|earlier| earlier.channel != channel);
            reminders.deliveries.push(reminder);
        }
    }
}
