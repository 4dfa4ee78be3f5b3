//! Steps of escalation policies: who is notified in turn while nobody acknowledges an incident.

use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Cause, Step};
use domain::{ChannelId, DeliveryId, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::escalation::{Escalation, NOTES, expiry};
use crate::filter::held_until;
use crate::incident::Incident;
use crate::recorder::Recorder;
use crate::settings::NotificationSettings;

/// Why a channel of the organisation that a step names is not notified at once.
pub(crate) const QUIET: &str = "a channel has quiet hours";

/// The same, as earlier releases have recorded it, also of channels that are a member's own.
pub const FORMERLY_QUIET: &str = "somebody has quiet hours";

/// Why a step is followed by the next one before its time, though its messages were taken.
const UNDELIVERED: &str = "what it sent was taken, and reported as not delivered";

/// When it is looked again whether somebody has ended a mute without an end, in milliseconds.
const MUTED_MS: i64 = 60_000;

impl Incident {
    /// Whether a step may become due.
    pub(crate) fn may_escalate(&self) -> bool {
        if self.resolution.is_some() || !self.opening().routed {
            return false;
        }
        match self.alert(AlertKind::Acknowledged) {
            Some(_) => self.acknowledged_until().is_some(),
            None => self.is_unreached() || self.escalations.iter().any(|all| all.next().is_some()),
        }
    }

    /// Whether each policy was gone through once, in vain. Whom a step notifies once more is reminded, and may be reached by
    /// that.
    fn is_unreached(&self) -> bool {
        let reminders = self.alert(AlertKind::Reminder).into_iter();
        let mut messages = std::iter::once(self.opening())
            .chain(reminders)
            .flat_map(|alert| &alert.deliveries);
        let tried = |all: &Escalation| all.has_tried_all() && !all.fell_back;
        !self.escalations.is_empty()
            && self.escalations.iter().all(tried)
            && messages.all(Delivery::has_reached_nobody)
    }

    /// When the acknowledgement expires; the soonest of several policies.
    fn acknowledged_until(&self) -> Option<Timestamp> {
        let acknowledged = self.alert(AlertKind::Acknowledged)?;
        let minutes = self
            .escalations
            .iter()
            .filter_map(Escalation::acknowledgement_minutes);
        let soonest = minutes.min()?;
        Some(expiry(acknowledged.seen_at, soonest))
    }

    /// Carries out the steps that are due.
    pub(crate) fn escalate(
        &mut self,
        settings: NotificationSettings<'_>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        if !self.may_escalate() {
            return;
        }
        let now = recorder.now;
        if let Some(until) = self.acknowledged_until() {
            if now < until {
                actions.due_at(until);
                return;
            }
            self.expire_acknowledgement(recorder);
            actions.persist = true;
        }
        let held_until = self.steps_held_until(settings, recorder);
        let mut escalations = std::mem::take(&mut self.escalations);
        for (number, escalation) in escalations.iter_mut().enumerate() {
            while let Some(due) = escalation.due(self.was_in_vain(&escalation.last)) {
                let due = due.max(held_until.unwrap_or(due));
                if now < due {
                    actions.due_at(due);
                    break;
                }
                self.note_undelivered_step(escalation, number as u32, recorder);
                self.carry_out(escalation, number as u32, settings, recorder);
                actions.persist = true;
            }
        }
        self.escalations = escalations;
        match (self.is_unreached(), held_until) {
            (true, Some(until)) => actions.due_at(until),
            (true, None) => {
                self.fall_back(settings, recorder);
                actions.persist = true;
            }
            (false, _) => {}
        }
    }

    /// Until when no step is carried out: the monitor is muted, silenced, or under maintenance.
    fn steps_held_until(
        &self,
        settings: NotificationSettings<'_>,
        recorder: &Recorder<'_>,
    ) -> Option<Timestamp> {
        let (subject, now) = (self.subject(recorder.monitor_id, settings), recorder.now);
        let mute = settings.rules.mute_at(subject.monitor_id, now);
        let mute = mute.map(|mute| mute.until.unwrap_or_else(|| now.plus_millis(MUTED_MS)));
        let held = held_until(&subject, settings.rules, settings.labels(), now);
        mute.max(held.map(|(until, _)| until))
    }

    /// Nobody whom the policies name was reached: all enabled channels are notified.
    fn fall_back(&mut self, settings: NotificationSettings<'_>, recorder: &mut Recorder<'_>) {
        let mut escalations = std::mem::take(&mut self.escalations);
        for (number, escalation) in escalations.iter_mut().enumerate() {
            let reason = format!(
                "{} reaches nobody: all enabled channels are notified",
                escalation.policy
            );
            let cause = Cause {
                routed_by: escalation.routed_by,
                step: None,
            };
            self.note_step(cause, number as u32 * NOTES, &reason, recorder);
            escalation.fell_back = true;
        }
        self.escalations = escalations;
        for channel in settings.default_channels() {
            if self.opening().delivery_to(channel).is_none() {
                self.add_recipient(channel, None, recorder.now);
                if let Some(added) = self.opening_mut().deliveries.last_mut() {
                    added.fell_back = true;
                }
            }
        }
    }

    fn expire_acknowledgement(&mut self, recorder: &mut Recorder<'_>) {
        let kind = AlertKind::Acknowledged;
        self.suppress(|it| it == kind, ACKNOWLEDGEMENT_EXPIRED, recorder);
        let Some(index) = self.alerts.iter().position(|alert| alert.kind == kind) else {
            return;
        };
        let acknowledged = self.alerts.remove(index);
        self.expired_acknowledgements += 1;
        let reason = Some(ACKNOWLEDGEMENT_EXPIRED);
        let event = recorder.record(
            Step::Suppressed,
            self.id,
            kind,
            &acknowledged.source,
            None,
            reason,
        );
        if let Some(event) = event {
            event.attempt = self.expired_acknowledgements;
        }
        for escalation in &mut self.escalations {
            escalation.resume(acknowledged.seen_at, recorder.now);
        }
    }

    fn delivery(&self, id: DeliveryId) -> Option<&Delivery> {
        let mut all = self.alerts.iter().flat_map(|alert| &alert.deliveries);
        all.find(|delivery| delivery.id == id)
    }

    /// Whether each of these messages was refused, or not delivered.
    fn was_in_vain(&self, last: &[DeliveryId]) -> bool {
        let is_over = |id: &DeliveryId| self.delivery(*id).is_some_and(Delivery::reaches_nobody);
        !last.is_empty() && last.iter().all(is_over)
    }

    /// Records that the last step is followed by the next one before its time because of what was reported of its messages.
    fn note_undelivered_step(&self, escalation: &Escalation, number: u32, recorder: &mut Recorder<'_>) {
        let is_undelivered = |id: &DeliveryId| self.delivery(*id).is_some_and(|it| it.undelivered);
        let is_early = escalation.due(false).is_some_and(|due| recorder.now < due);
        let Some((index, round)) = escalation.last_step() else {
            return;
        };
        if is_early && escalation.last.iter().any(is_undelivered) {
            let reason = format!("step {} of {}: {UNDELIVERED}", index + 1, escalation.policy);
            let cause = escalation.cause(index, round, None);
            self.note_step(cause, escalation.undelivered_note(number), &reason, recorder);
        }
    }

    fn carry_out(
        &mut self,
        escalation: &mut Escalation,
        number: u32,
        settings: NotificationSettings<'_>,
        recorder: &mut Recorder<'_>,
    ) {
        let Some((step, index, round)) = escalation.next() else {
            return;
        };
        let now = recorder.now;
        let (reached, note) = if step.conditions.hold(escalation.severity, now) {
            let (reached, unreached) = settings.reach(step, now);
            let note = (!unreached.is_empty()).then(|| unreached.join(", "));
            (reached, note)
        } else {
            (Vec::new(), Some("its conditions do not hold".to_owned()))
        };
        let mut last = Vec::new();
        let mut has_quiet = false;
        for (channel, target) in reached {
            let is_quiet = settings.quiet_until(channel, now).is_some();
            // When a member sleeps everybody could read who sees the incident.
            has_quiet |= is_quiet && settings.recipient(channel).is_some_and(|it| !it.is_own);
            let known = self.opening().delivery_to(channel);
            // What was sent has its name and its receipt: it cannot wait for the end of quiet hours as well, even where it is
            // reported as not delivered. A reminder could, but waits for no filter.
            if is_quiet && known.is_some_and(|known| !known.is_in_vain()) {
                continue;
            }
            let cause = escalation.cause(index, round, Some(target));
            let delivery = self.notify_by_step(channel, cause, recorder);
            // Who has quiet hours is notified when they end: somebody else has to be now.
            if !is_quiet {
                last.push(delivery);
            }
        }
        let note = match (note, has_quiet) {
            (note, false) => note,
            (None, true) => Some(QUIET.to_owned()),
            (Some(note), true) => Some(format!("{note}, {QUIET}")),
        };
        let attempt = escalation.note(number);
        if let Some(note) = note {
            let reason = format!("step {} of {}: {note}", index + 1, escalation.policy);
            self.note_step(escalation.cause(index, round, None), attempt, &reason, recorder);
        }
        escalation.advance(last, now);
    }

    /// Suppresses messages of steps that wait for a filter.
    pub(crate) fn suppress_waiting_steps(&mut self, reason: &str, recorder: &mut Recorder<'_>) {
        let (id, kind) = (self.id, self.opening_kind());
        let opening = self.opening_mut();
        let of_steps = opening
            .deliveries
            .iter_mut()
            .filter(|delivery| delivery.is_of_step() && delivery.status == DeliveryStatus::Waiting);
        for delivery in of_steps {
            delivery.status = DeliveryStatus::Suppressed;
            let source = &opening.source;
            recorder.record(Step::Suppressed, id, kind, source, Some(delivery), Some(reason));
        }
    }

    /// Has a channel notified by a step: of the beginning, or once more where it was notified of that.
    fn notify_by_step(
        &mut self,
        channel: ChannelId,
        cause: Cause,
        recorder: &mut Recorder<'_>,
    ) -> DeliveryId {
        let Some(notified) = self.opening().delivery_to(channel) else {
            return self.add_recipient(channel, Some(cause), recorder.now);
        };
        let id = notified.id;
        let may_have_arrived = notified.may_have_arrived();
        match notified.status {
            DeliveryStatus::Waiting | DeliveryStatus::Pending => id,
            DeliveryStatus::Failed | DeliveryStatus::Suppressed if !may_have_arrived => {
                let mut deliveries = self.opening_mut().deliveries.iter_mut();
                if let Some(again) = deliveries.find(|delivery| delivery.id == id) {
                    again.ask_again(cause, recorder.now);
                }
                id
            }
            _ => self.remind_by_step(channel, cause, recorder),
        }
    }

    fn remind_by_step(
        &mut self,
        channel: ChannelId,
        cause: Cause,
        recorder: &mut Recorder<'_>,
    ) -> DeliveryId {
        let reminders = self.alert(AlertKind::Reminder);
        let last = reminders.and_then(|reminders| reminders.delivery_to(channel));
        if let Some(last) = last.filter(|last| last.status == DeliveryStatus::Pending) {
            return last.id;
        }
        let ordinal = last.map_or(0, |last| last.ordinal + 1);
        let reminder = Delivery {
            cause: Some(cause),
            ..Delivery::reminder(self.id, channel, ordinal, recorder.now)
        };
        let id = reminder.id;
        self.add_reminder(reminder, recorder);
        id
    }

    /// Adds a channel that is notified of the beginning; the filters are yet to be asked.
    pub(crate) fn add_recipient(
        &mut self,
        channel: ChannelId,
        cause: Option<Cause>,
        now: Timestamp,
    ) -> DeliveryId {
        let delivery = Delivery {
            status: DeliveryStatus::Waiting,
            cause,
            ..Delivery::new(self.id, channel, self.opening_kind(), now)
        };
        let id = delivery.id;
        self.opening_mut().deliveries.push(delivery);
        id
    }

    /// Records what a step has not done.
    pub(crate) fn note_step(&self, cause: Cause, attempt: u32, reason: &str, recorder: &mut Recorder<'_>) {
        let (kind, source) = (self.opening_kind(), &self.opening().source);
        let event = recorder.record(Step::Suppressed, self.id, kind, source, None, Some(reason));
        if let Some(event) = event {
            (event.cause, event.attempt) = (Some(cause), attempt);
        }
    }
}
