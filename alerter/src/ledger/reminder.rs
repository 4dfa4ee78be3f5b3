//! An outage that goes on is told again to the channels that want it.

use domain::alert_event::{AlertKind, Step};
use domain::alert_filter::{self, Context as Asked, Verdict};

use super::alert::{Alert, Context, Delivery, Incident, Status};
use super::route::{Routed, Wanted};

impl Incident {
    /// Whether somebody may have to be told of it again.
    pub(super) fn may_be_reminded_of(&self) -> bool {
        !self.slow && self.closed.is_none() && self.acknowledged.is_none() && self.down.routed
    }

    /// Decides who is told again now.
    pub(super) fn remind(&mut self, wanted: Wanted<'_>, context: &mut Context<'_>, routed: &mut Routed) {
        if !self.may_be_reminded_of() {
            return;
        }
        let outage = self.outage(context.monitor_id);
        for told in self
            .down
            .deliveries
            .iter()
            .filter(|told| told.status == Status::Sent)
        {
            let Some(hearer) = wanted.hearer(told.channel) else {
                continue;
            };
            let last = self
                .reminders
                .as_ref()
                .and_then(|reminders| reminders.of(told.channel));
            if last.is_some_and(|last| last.status == Status::Pending) {
                continue;
            }
            let asked = Asked {
                rules: wanted.rules,
                alerts: hearer.alerts,
                told_at: Some(last.map_or(told.decided_at, |last| last.decided_at)),
                now: context.now,
            };
            match alert_filter::remind(&outage, false, &asked) {
                Verdict::Later(at) => routed.look_again(at),
                Verdict::Suppress(_) => {}
                Verdict::Allow => {
                    let ordinal = last.map_or(0, |last| last.ordinal + 1);
                    let reminder = Delivery::reminder(self.id, told.channel, ordinal, context.now);
                    let source = &self.down.source;
                    let kind = AlertKind::Reminder;
                    context.event(Step::Decided, self.id, kind, source, Some(&reminder), None);
                    let reminders = self.reminders.get_or_insert_with(|| Alert {
                        routed: true,
                        ..Alert::new((self.down.source.clone(), self.down.seen_at))
                    });
                    reminders
                        .deliveries
                        .retain(|earlier| earlier.channel != told.channel);
                    reminders.deliveries.push(reminder);
                    routed.changed = true;
                }
            }
        }
    }
}
