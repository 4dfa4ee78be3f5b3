//! Whether somebody was notified.

use api::{ExplainedDestination, RouteExplanation, WhyAnswer, WhyDelivery, WhyOutcome, WhySuppression};
use domain::alert_event::AlertKind;
use domain::suppression::Suppression;

use super::Findings;

/// Whether an alert is about the beginning of an incident, and not about what follows from it.
pub(super) fn is_opening(alert: AlertKind) -> bool {
    matches!(alert, AlertKind::Down | AlertKind::Degraded)
}

/// Whether a message tells that an incident goes on.
fn is_alarm(delivery: &WhyDelivery) -> bool {
    is_opening(delivery.alert) || delivery.alert == AlertKind::Reminder
}

/// What kept people from being notified of the beginning.
pub(super) fn of_opening(suppressions: &[WhySuppression]) -> impl Iterator<Item = &WhySuppression> + Clone {
    suppressions.iter().filter(|it| is_opening(it.alert))
}

pub(super) fn answer(
    findings: &Findings,
    deliveries: &[WhyDelivery],
    suppressions: &[WhySuppression],
) -> WhyAnswer {
    match &findings.incident {
        Some(incident) => {
            let is_over = incident.resolved_at.is_some();
            of_incident(is_over, findings.route.as_ref(), deliveries, suppressions)
        }
        None => without_incident(findings),
    }
}

fn of_incident(
    is_over: bool,
    route: Option<&RouteExplanation>,
    deliveries: &[WhyDelivery],
    suppressions: &[WhySuppression],
) -> WhyAnswer {
    let any = |outcome| deliveries.iter().any(|it| is_alarm(it) && it.outcome == outcome);
    if any(WhyOutcome::Sent) {
        return WhyAnswer::Notified;
    }
    if any(WhyOutcome::Pending) {
        return WhyAnswer::Sending;
    }
    // Of what was over before it could be announced, the end alone is.
    let end = |outcome| deliveries.iter().any(|it| it.outcome == outcome);
    if end(WhyOutcome::Sent) {
        return WhyAnswer::Notified;
    }
    if end(WhyOutcome::Pending) {
        return WhyAnswer::Sending;
    }
    if end(WhyOutcome::Failed) {
        return WhyAnswer::Failed;
    }
    let mut opening = of_opening(suppressions);
    let was_kept = opening.clone().any(|it| it.by.is_some());
    if !was_kept && route.is_some_and(reaches_nobody) {
        return WhyAnswer::Nobody;
    }
    match is_over {
        true if opening.next().is_some() => WhyAnswer::Suppressed,
        true => WhyAnswer::Unknown,
        false if opening.any(is_final) => WhyAnswer::Suppressed,
        false => WhyAnswer::HeldBack,
    }
}

/// Whether nobody is notified afterwards, either, while the incident goes on: another monitor is up again, and a step of an
/// escalation is followed by the next one.
fn is_final(suppression: &WhySuppression) -> bool {
    let is_of_step = suppression
        .cause
        .as_ref()
        .is_some_and(|cause| cause.step.is_some());
    suppression.by != Some(Suppression::Dependency) && !is_of_step
}

/// Whether an incident that goes there is told to nobody.
pub(super) fn reaches_nobody(route: &RouteExplanation) -> bool {
    let is_reached = |destination: &ExplainedDestination| {
        let follows = destination.policy.as_ref().is_some_and(|policy| policy.followed);
        follows || destination.channels.iter().any(|channel| channel.enabled)
    };
    !route.destinations.iter().any(is_reached)
}

fn without_incident(findings: &Findings) -> WhyAnswer {
    if findings.not_checked.is_some() {
        return WhyAnswer::NotChecked;
    }
    match &findings.rule {
        // The outage is not stored yet, or no more.
        Some(rule) if rule.is_down => WhyAnswer::Unknown,
        Some(rule) if rule.failing > 0 => WhyAnswer::Unconfirmed,
        _ if findings.is_heartbeat && findings.at >= findings.created_at => WhyAnswer::NotDown,
        _ if findings.checks.is_empty() => WhyAnswer::Unknown,
        _ => WhyAnswer::NotDown,
    }
}
