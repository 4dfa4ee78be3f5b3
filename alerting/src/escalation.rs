//! Steps of escalation policies: who is notified in turn while nobody acknowledges an incident.
//!
//! An incident carries the plan as it was when the incident began, so that an edit concerns later ones only. When the
//! next step is due follows from what is kept here; there is no timer that could be lost.

use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Cause, CausingStep, Step};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, Target};
use domain::maintenance::maintenance_end;
use domain::routing::{MAX_POLICIES, RoutedBy};
use domain::{ChannelId, DeliveryId, EscalationPolicyId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::incident::Incident;
use crate::recorder::Recorder;
use crate::settings::NotificationSettings;

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// When it is looked again whether somebody has ended a mute without an end, in milliseconds.
const MUTED_MS: i64 = 60_000;

/// Notes that the escalation policies of an incident have room for, each: one for every step of every round, and one about
/// the policy as a whole. Their numbers tell them apart.
const NOTES: u32 = 101;

/// Where the numbers of other notes begin.
pub(crate) const FIRST_FREE_NOTE: u32 = MAX_POLICIES as u32 * NOTES;

/// What an incident follows, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Escalation {
    policy_id: EscalationPolicyId,
    /// What people call the policy.
    policy: String,
    /// Why the incident follows it.
    routed_by: RoutedBy,
    plan: EscalationPlan,
    #[serde(default)]
    severity: Severity,
    /// Steps that were carried out or passed over, through all rounds.
    done: u32,
    /// When the last of them was, or when it was decided that the incident follows the policy.
    since: Timestamp,
    /// The next one does not wait: the last one has notified nobody, or an acknowledgement has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    at_once: bool,
    /// No step is carried out before: another policy's acknowledgement has expired before that of this one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_until: Option<Timestamp>,
    /// Another policy's acknowledgement has expired, and that of this one never does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stopped: bool,
    /// Steps that were carried out, also again.
    #[serde(default)]
    taken: u32,
    /// Whether all enabled channels were notified because nobody else was reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    fell_back: bool,
    /// The messages of the last step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    last: Vec<DeliveryId>,
}

impl Escalation {
    pub(crate) fn new(
        policy: &EscalationPolicy,
        routed_by: RoutedBy,
        severity: Severity,
        now: Timestamp,
    ) -> Self {
        Self {
            policy_id: policy.id,
            policy: policy.name.clone(),
            routed_by,
            plan: policy.plan.clone(),
            severity,
            done: 0,
            since: now,
            at_once: false,
            held_until: None,
            stopped: false,
            taken: 0,
            fell_back: false,
            last: Vec::new(),
        }
    }

    fn steps(&self) -> u32 {
        self.plan.steps.len() as u32
    }

    /// The next step, with its place in its round and the round, each from 0; none when all were carried out.
    fn next(&self) -> Option<(&EscalationStep, u32, u32)> {
        let steps = self.steps();
        let (index, round) = (self.done.checked_rem(steps)?, self.done / steps);
        let step = self.plan.steps.get(index as usize)?;
        let is_left = !self.stopped && round <= u32::from(self.plan.repeats);
        is_left.then_some((step, index, round))
    }

    /// When the next step is due. `in_vain`: no channel took what the last step sent.
    fn due(&self, in_vain: bool) -> Option<Timestamp> {
        let (step, index, round) = self.next()?;
        let wait_minutes = match (index, round) {
            (0, 1..) => self.plan.repeat_after_minutes,
            _ => step.wait_minutes,
        };
        let at_once = self.at_once || (in_vain && index > 0);
        let wait_minutes = if at_once { 0 } else { wait_minutes };
        let due = self.since.plus_millis(i64::from(wait_minutes) * MINUTE_MS);
        Some(due.max(self.held_until.unwrap_or(due)))
    }

    /// The number of the note about the next step, of the `number`-th policy of an incident.
    fn note(&self, number: u32) -> u32 {
        number * NOTES + (self.taken + 1).min(NOTES - 1)
    }

    fn cause(&self, index: u32, round: u32, target: Option<Target>) -> Cause {
        Cause {
            routed_by: self.routed_by,
            step: Some(CausingStep {
                policy_id: self.policy_id,
                round: round as u8 + 1,
                step: index as u8 + 1,
                target,
            }),
        }
    }

    /// A step was carried out, or passed over.
    fn advance(&mut self, last: Vec<DeliveryId>, now: Timestamp) {
        self.done += 1;
        self.taken += 1;
        self.since = now;
        // A round is not followed by the next one at once: nobody would be there either.
        self.at_once = last.is_empty() && !self.done.is_multiple_of(self.steps());
        self.last = last;
    }

    /// Goes on after an acknowledgement from this instant has expired: with the next step, or through the last round again.
    fn resume(&mut self, acknowledged_at: Timestamp, now: Timestamp) {
        let minutes = self.plan.acknowledgement_minutes;
        if minutes == 0 {
            self.stopped = true;
            return;
        }
        self.held_until = Some(expiry(acknowledged_at, minutes)).filter(|&until| now < until);
        if self.next().is_none() {
            self.done = self.done.saturating_sub(self.steps());
        }
        self.since = now;
        self.at_once = true;
    }

    /// Whether the steps were gone through once.
    fn has_tried_all(&self) -> bool {
        self.done >= self.steps()
    }
}

/// When an acknowledgement expires.
fn expiry(acknowledged_at: Timestamp, minutes: u32) -> Timestamp {
    acknowledged_at.plus_millis(i64::from(minutes) * MINUTE_MS)
}

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

    /// Whether each policy was gone through once, in vain.
    fn is_unreached(&self) -> bool {
        let mut openings = self.opening().deliveries.iter();
        let tried = |all: &Escalation| all.has_tried_all() && !all.fell_back;
        !self.escalations.is_empty()
            && self.escalations.iter().all(tried)
            && openings.all(Delivery::is_in_vain)
    }

    /// When the acknowledgement expires; the soonest of several policies.
    fn acknowledged_until(&self) -> Option<Timestamp> {
        let acknowledged = self.alert(AlertKind::Acknowledged)?;
        let minutes = self.escalations.iter().map(|it| it.plan.acknowledgement_minutes);
        let soonest = minutes.filter(|&minutes| minutes > 0).min()?;
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
        let held_until = held_until(settings, recorder);
        let mut escalations = std::mem::take(&mut self.escalations);
        for (number, escalation) in escalations.iter_mut().enumerate() {
            while let Some(due) = escalation.due(self.was_in_vain(&escalation.last)) {
                let due = due.max(held_until.unwrap_or(due));
                if now < due {
                    actions.due_at(due);
                    break;
                }
                self.carry_out(escalation, number as u32, settings, recorder);
                actions.persist = true;
            }
        }
        self.escalations = escalations;
        if self.is_unreached() {
            self.fall_back(settings, recorder);
            actions.persist = true;
        }
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

    /// Whether none of these messages was taken, nor will be.
    fn was_in_vain(&self, last: &[DeliveryId]) -> bool {
        let is_over = |id: &DeliveryId| {
            let mut all = self.alerts.iter().flat_map(|alert| &alert.deliveries);
            all.find(|delivery| delivery.id == *id)
                .is_some_and(Delivery::is_in_vain)
        };
        !last.is_empty() && last.iter().all(is_over)
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
        let pages = reached.into_iter().map(|(channel, target)| {
            let cause = escalation.cause(index, round, Some(target));
            self.notify_by_step(channel, cause, recorder)
        });
        let last: Vec<DeliveryId> = pages.collect();
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
        let of_steps = opening.deliveries.iter_mut().filter(|delivery| {
            let is_of_step = delivery.cause.is_some_and(|cause| cause.step.is_some());
            is_of_step && delivery.status == DeliveryStatus::Waiting
        });
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

/// Until when no step is carried out: the monitor is muted, or under maintenance.
fn held_until(settings: NotificationSettings<'_>, recorder: &Recorder<'_>) -> Option<Timestamp> {
    let (monitor, now) = (recorder.monitor_id, recorder.now);
    let mute = settings.rules.mute_at(monitor, now);
    let mute = mute.map(|mute| mute.until.unwrap_or_else(|| now.plus_millis(MUTED_MS)));
    mute.max(maintenance_end(monitor, &settings.rules.windows, now))
}
