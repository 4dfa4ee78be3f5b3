//! What a candidate makes of a monitor's settings.

use std::ops::Range;

use alerting::backtest::{JudgedBy, Settings};
use api::{BacktestCandidate, BacktestRoute, BacktestRule};
use domain::hold::{Hold, HoldKind};
use domain::maintenance::{Span, merged};
use domain::monitor::{FieldError, HeartbeatProbe, Spec};
use domain::routing::{Conditions, Route};
use domain::{MonitorId, RouteId, Rule, Timestamp};

use super::heartbeat::{tried_heartbeat, wrong_rule};
use super::regions::judged_by;
use crate::rules::dependencies::{Above, recheck_seconds};
use crate::rules::errors::Errors;

/// What is simulated of a monitor.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) settings: Settings,
    /// None where each result is judged by its own.
    pub(crate) rule: Option<Rule>,
    /// None where each result is judged by its own quorum.
    pub(crate) judged_by: Option<JudgedBy>,
    /// What a heartbeat expects of its job; none of another kind.
    pub(crate) heartbeat: Option<HeartbeatProbe>,
}

/// What a candidate makes of the present settings of a monitor within a time; `above` is on what the monitor would depend,
/// where the candidate says so.
///
/// # Errors
/// Every field of the candidate that is not valid of this monitor.
pub(crate) fn trial(
    candidate: &BacktestCandidate,
    (monitor, spec): (MonitorId, &Spec),
    present: &Settings,
    above: Option<&Above>,
    time: &Range<Timestamp>,
) -> Result<Trial, Vec<FieldError>> {
    let mut errors = Errors::default();
    let mut settings = present.clone();
    let rule = candidate.rule.as_ref().map(|tried| tried_rule(tried, spec.rule));
    let heartbeat = match tried_heartbeat(candidate.heartbeat.as_ref(), spec) {
        Ok(heartbeat) => heartbeat,
        Err(wrong) => {
            errors.0.extend(wrong);
            None
        }
    };
    let judged_by = match judged_by(candidate, spec) {
        Ok(judged_by) => judged_by,
        Err(wrong) => {
            errors.0.extend(wrong);
            None
        }
    };
    let labels = &mut settings.labels;
    if let Some(severity) = candidate.severity {
        labels.severity = severity;
    }
    if let Some(recipients) = &candidate.recipients {
        labels.recipients.clone_from(recipients);
    }
    if let Some(flapping) = candidate.flapping {
        labels.flapping = flapping;
    }
    if let Some(above) = above {
        labels.depends_on.clone_from(&above.depends_on);
        labels.wait_seconds = above.wait_seconds;
        labels.recheck_seconds = above.recheck_seconds;
    }
    if let Some(rule) = rule {
        let mut wrong = rule.validate();
        if let (Some(tried), Some(_)) = (&candidate.rule, &heartbeat) {
            wrong.extend(wrong_rule(tried));
        }
        if !wrong.is_empty() {
            errors.nested::<()>("rule", Err(wrong));
        }
        if !labels.depends_on.is_empty() {
            labels.recheck_seconds = recheck_seconds(&Spec { rule, ..spec.clone() });
        }
    }
    if let Some(routes) = &candidate.routes {
        settings.policy.routes = tried_routes(routes);
    }
    for (place, tried) in candidate.policies.iter().enumerate() {
        let mut policies = settings.policy.escalation_policies.iter_mut();
        match policies.find(|policy| policy.id == tried.id) {
            Some(policy) => policy.plan.clone_from(&tried.plan),
            None => {
                let wrong = format!("there is no escalation policy {}", tried.id);
                errors.add::<()>(&format!("policies.{place}.id"), &wrong);
            }
        }
    }
    settings
        .rules
        .holds
        .extend(held_back(&candidate.windows, monitor, time));
    match errors.0.is_empty() {
        true => Ok(Trial {
            settings,
            rule,
            judged_by,
            heartbeat,
        }),
        false => Err(errors.0),
    }
}

/// The rule that the fields make of the present one.
pub(super) fn tried_rule(tried: &BacktestRule, present: Rule) -> Rule {
    Rule {
        down_after: tried.down_after.unwrap_or(present.down_after),
        up_after: tried.up_after.unwrap_or(present.up_after),
        slow_ms: tried.slow_ms.unwrap_or(present.slow_ms),
        down_of: tried.down_of.unwrap_or(present.down_of),
        down_for_seconds: tried.down_for_seconds.unwrap_or(present.down_for_seconds),
    }
}

/// Routes that are tried have ids that no stored one has.
fn tried_routes(routes: &[BacktestRoute]) -> Vec<Route> {
    let numbered = (1..).zip(routes);
    let route = |(number, tried): (i64, &BacktestRoute)| Route {
        id: RouteId(-number),
        name: format!("route {number}"),
        conditions: tried.conditions.clone(),
        recipients: tried.recipients.clone(),
        goes_on: tried.goes_on,
    };
    numbered.map(route).collect()
}

/// What more windows hold back of a monitor. Their occurrences are found once, not for each alert.
fn held_back(windows: &[Span], monitor: MonitorId, time: &Range<Timestamp>) -> Option<Hold> {
    let spans = windows.iter().flat_map(|span| span.occurrences(time.clone()));
    let spans = merged(spans.collect());
    (!spans.is_empty()).then(|| Hold {
        kind: HoldKind::Maintenance,
        monitors: vec![monitor],
        conditions: Conditions::default(),
        spans: spans.into_iter().map(|span| (span.start, span.end)).collect(),
    })
}
