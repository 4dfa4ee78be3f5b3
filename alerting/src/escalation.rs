//! How far an incident has followed an escalation policy, and when the next step is due.
//!
//! An incident carries the plan as it was when the incident began, so that an edit concerns later ones only. When the
//! next step is due follows from what is kept here; there is no timer that could be lost.

use domain::alert_event::{Cause, CausingStep};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, Target};
use domain::routing::{MAX_POLICIES, RoutedBy};
use domain::{DeliveryId, EscalationPolicyId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Notes that the escalation policies of an incident have room for, each: one for every step of every round, and one about
/// the policy as a whole. Their numbers tell them apart.
pub(crate) const NOTES: u32 = 101;

/// Where the numbers of other notes begin.
pub(crate) const FIRST_FREE_NOTE: u32 = MAX_POLICIES as u32 * NOTES;

/// Where the numbers of notes begin that a step was followed by the next one because of what was reported of its messages:
/// beyond all others.
const FIRST_UNDELIVERED_NOTE: u32 = 1_000;

/// What an incident follows, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Escalation {
    policy_id: EscalationPolicyId,
    /// What people call the policy.
    pub(crate) policy: String,
    /// Why the incident follows it.
    pub(crate) routed_by: RoutedBy,
    plan: EscalationPlan,
    #[serde(default)]
    pub(crate) severity: Severity,
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
    pub(crate) fell_back: bool,
    /// The messages of the last step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) last: Vec<DeliveryId>,
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

    /// Minutes after which an acknowledgement has expired; none where it never does.
    pub(crate) fn acknowledgement_minutes(&self) -> Option<u32> {
        Some(self.plan.acknowledgement_minutes).filter(|&minutes| minutes > 0)
    }

    fn steps(&self) -> u32 {
        self.plan.steps.len() as u32
    }

    /// The next step, with its place in its round and the round, each from 0; none when all were carried out.
    pub(crate) fn next(&self) -> Option<(&EscalationStep, u32, u32)> {
        let steps = self.steps();
        let (index, round) = (self.done.checked_rem(steps)?, self.done / steps);
        let step = self.plan.steps.get(index as usize)?;
        let is_left = !self.stopped && round <= u32::from(self.plan.repeats);
        is_left.then_some((step, index, round))
    }

    /// When the next step is due. `in_vain`: no channel took what the last step sent.
    pub(crate) fn due(&self, in_vain: bool) -> Option<Timestamp> {
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
    pub(crate) fn note(&self, number: u32) -> u32 {
        number * NOTES + (self.taken + 1).min(NOTES - 1)
    }

    /// The number of the note that the last step was followed before its time, of the `number`-th policy of an incident.
    pub(crate) fn undelivered_note(&self, number: u32) -> u32 {
        FIRST_UNDELIVERED_NOTE + number * NOTES + self.taken.min(NOTES - 1)
    }

    /// The place in its round of the step that was carried out last, or passed over, and the round, both from 0.
    pub(crate) fn last_step(&self) -> Option<(u32, u32)> {
        let (last, steps) = (self.done.checked_sub(1)?, self.steps());
        Some((last.checked_rem(steps)?, last / steps))
    }

    pub(crate) fn cause(&self, index: u32, round: u32, target: Option<Target>) -> Cause {
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
    pub(crate) fn advance(&mut self, last: Vec<DeliveryId>, now: Timestamp) {
        self.done += 1;
        self.taken += 1;
        self.since = now;
        // A round is not followed by the next one at once: nobody would be there either.
        self.at_once = last.is_empty() && !self.done.is_multiple_of(self.steps());
        self.last = last;
    }

    /// Goes on after an acknowledgement from this instant has expired: with the next step, or through the last round again.
    pub(crate) fn resume(&mut self, acknowledged_at: Timestamp, now: Timestamp) {
        let Some(minutes) = self.acknowledgement_minutes() else {
            self.stopped = true;
            return;
        };
        self.held_until = Some(expiry(acknowledged_at, minutes)).filter(|&until| now < until);
        if self.next().is_none() {
            self.done = self.done.saturating_sub(self.steps());
        }
        self.since = now;
        self.at_once = true;
    }

    /// Whether nobody else is to be expected of it: the steps were gone through once, or it has ended before.
    pub(crate) fn has_tried_all(&self) -> bool {
        self.stopped || self.done >= self.steps()
    }
}

/// When an acknowledgement expires.
pub(crate) fn expiry(acknowledged_at: Timestamp, minutes: u32) -> Timestamp {
    acknowledged_at.plus_millis(i64::from(minutes) * MINUTE_MS)
}
