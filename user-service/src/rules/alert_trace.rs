//! What became of the alerts of one incident: the messages with their attempts, and what kept somebody from being notified.
//! Pure.

use std::collections::{HashMap, HashSet};

use alerting::suppression_of;
use api::{AlertStep, DeliveryReport, WhyAttempt, WhyDelivery, WhyOutcome, WhySuppression};
use domain::ChannelId;
use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Step};
use domain::suppression::Suppression;
use uuid::Uuid;

use super::upstream_reason;

/// The messages in the order in which they were decided, and what kept somebody from being notified, of the steps of an
/// incident's alerts, oldest first. A message that a filter has held back before it was decided is none. What another
/// version has written and is not known here is left out.
pub(crate) fn trace(steps: &[AlertStep]) -> (Vec<WhyDelivery>, Vec<WhySuppression>) {
    let mut trace = Trace::default();
    for step in steps {
        let known = (parse_step(&step.step), parse_kind(&step.alert));
        if let (Some(what), Some(alert)) = known {
            trace.take(what, alert, step);
        }
    }
    (trace.deliveries, trace.suppressions)
}

fn parse_step(name: &str) -> Option<Step> {
    [
        Step::Decided,
        Step::Suppressed,
        Step::Attempted,
        Step::Sent,
        Step::Failed,
    ]
    .into_iter()
    .find(|step| step.as_str() == name)
}

pub(super) fn parse_kind(name: &str) -> Option<AlertKind> {
    [
        AlertKind::Down,
        AlertKind::Up,
        AlertKind::Reminder,
        AlertKind::Acknowledged,
        AlertKind::Degraded,
        AlertKind::Recovered,
        AlertKind::Unseen,
        AlertKind::Seen,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == name)
}

/// What tells apart what was suppressed: an alerter that was killed decides once more, under the same name.
type SuppressionName<'a> = (&'a str, Option<i64>, Option<Uuid>, i32, Option<&'a str>);

#[derive(Debug, Default)]
struct Trace<'a> {
    deliveries: Vec<WhyDelivery>,
    /// Where in `deliveries` each is.
    places: HashMap<Uuid, usize>,
    suppressions: Vec<WhySuppression>,
    seen: HashSet<SuppressionName<'a>>,
}

impl<'a> Trace<'a> {
    fn take(&mut self, what: Step, alert: AlertKind, step: &'a AlertStep) {
        if what == Step::Suppressed {
            self.suppress(alert, step);
            return;
        }
        let (Some(id), Some(channel)) = (step.delivery_id, step.channel_id) else {
            return;
        };
        let place = *self.places.entry(id).or_insert_with(|| {
            self.deliveries.push(decided(id, ChannelId(channel), alert, step));
            self.deliveries.len() - 1
        });
        note(&mut self.deliveries[place], what, step);
    }

    fn suppress(&mut self, alert: AlertKind, step: &'a AlertStep) {
        let reason = step.reason.as_deref();
        // That an acknowledgement has expired keeps nobody from being notified.
        if reason == Some(ACKNOWLEDGEMENT_EXPIRED) {
            return;
        }
        let decided = step.delivery_id.and_then(|id| self.places.get(&id));
        let decided = decided.map(|&place| &mut self.deliveries[place]);
        if let Some(delivery) = decided.filter(|delivery| delivery.outcome == WhyOutcome::Pending) {
            (delivery.outcome, delivery.ended_at) = (WhyOutcome::Suppressed, Some(step.at));
        }
        let name = (
            step.alert.as_str(),
            step.channel_id,
            step.delivery_id,
            step.attempt,
            reason,
        );
        if self.seen.insert(name) {
            self.suppressions.push(WhySuppression {
                at: step.at,
                by: reason.and_then(kept_by),
                reason: reason.unwrap_or_default().to_owned(),
                alert,
                channel_id: step.channel_id.map(ChannelId),
                channel_name: step.channel_name.clone(),
                cause: step.cause.clone(),
            });
        }
    }
}

/// What a reason names, also where it does not name the monitor, because that is not seen.
fn kept_by(reason: &str) -> Option<Suppression> {
    let unnamed = upstream_reason::is_unnamed(reason).then_some(Suppression::Dependency);
    suppression_of(reason).or(unnamed)
}

fn decided(id: Uuid, channel_id: ChannelId, alert: AlertKind, step: &AlertStep) -> WhyDelivery {
    WhyDelivery {
        id,
        channel_id,
        channel_name: step.channel_name.clone(),
        alert,
        cause: step.cause.clone(),
        decided_at: step.at,
        outcome: WhyOutcome::Pending,
        attempts: Vec::new(),
        ended_at: None,
        receipt: None,
        reported: None,
    }
}

/// Notes what happened to a message. That its channel has taken it is not taken back by what is read later: the clocks of
/// two alerters differ. One that was taken and, as the service reports, not delivered has failed, unless another alerter
/// has sent it as well and that one was delivered.
fn note(delivery: &mut WhyDelivery, what: Step, step: &AlertStep) {
    if let Some(cause) = &step.cause
        && (delivery.cause.is_none() || what == Step::Decided)
    {
        delivery.cause = Some(cause.clone());
    }
    if matches!(what, Step::Attempted | Step::Failed) {
        note_attempt(delivery, step);
    }
    let is_received = delivery.outcome == WhyOutcome::Sent;
    let is_taken = is_received || is_undelivered(delivery.reported.as_ref());
    let is_lost = is_undelivered(step.reported.as_ref());
    match what {
        Step::Sent if !is_taken || !(is_received || is_lost) => {
            let outcome = if is_lost {
                WhyOutcome::Failed
            } else {
                WhyOutcome::Sent
            };
            (delivery.outcome, delivery.ended_at) = (outcome, Some(step.at));
            delivery.receipt.clone_from(&step.receipt);
            delivery.reported.clone_from(&step.reported);
        }
        Step::Failed if !is_taken => {
            (delivery.outcome, delivery.ended_at) = (WhyOutcome::Failed, Some(step.at));
        }
        // Somebody has it sent once more, or a step of an escalation notifies the channel after all.
        Step::Decided if !is_taken => {
            (delivery.outcome, delivery.ended_at) = (WhyOutcome::Pending, None);
        }
        Step::Decided | Step::Attempted | Step::Sent | Step::Failed | Step::Suppressed => {}
    }
}

fn is_undelivered(reported: Option<&DeliveryReport>) -> bool {
    reported.is_some_and(DeliveryReport::is_failure)
}

/// Notes an attempt that has failed, once: a message is given up under the number of its last attempt, or with one more.
fn note_attempt(delivery: &mut WhyDelivery, step: &AlertStep) {
    let is_known = delivery.attempts.iter().any(|it| it.number == step.attempt);
    if !is_known {
        delivery.attempts.push(WhyAttempt {
            at: step.at,
            number: step.attempt,
            reason: step.reason.clone(),
        });
    }
}

#[cfg(test)]
mod tests;
