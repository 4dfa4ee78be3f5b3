//! What a backtest may be asked.

use std::collections::HashSet;
use std::ops::Range;

use api::{BacktestCandidate, BacktestInput, BacktestPolicy, BacktestRoute};
use chrono_tz::Tz;
use domain::monitor::FieldError;
use domain::{Rule, Timestamp};

use super::heartbeat::wrong_heartbeat;
use super::regions::wrong_regions;
use super::trial::tried_rule;
use crate::rules::alert_route::wrong_conditions;
use crate::rules::dependencies;
use crate::rules::errors::Errors;
use crate::rules::maintenance_window;
use crate::rules::text;
use crate::rules::uptime_window::DAY_MS;

/// Candidates of a backtest, at most.
const MAX_CANDIDATES: usize = 5;

/// Days that a backtest goes back when nothing is said, and at most.
const DAYS: u32 = 30;
const MAX_DAYS: i64 = 90;

/// How long before the time results are gone through, so that what goes on or is held back when it begins is known then.
const LEAD_MS: i64 = DAY_MS;

/// What a candidate may list.
const MAX_ROUTES: usize = 1_000;
const MAX_POLICIES: usize = 20;
const MAX_WINDOWS: usize = 20;

/// What a backtest is asked, as far as that is valid of every monitor.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) time: Range<Timestamp>,
    /// Since when results are shown, where not all are.
    pub(crate) shown_from: Option<Timestamp>,
    pub(crate) time_zone: Tz,
    /// Each with a name.
    pub(crate) candidates: Vec<BacktestCandidate>,
}

/// The field of a candidate, by its place.
pub(crate) fn field_of(candidate: usize) -> String {
    format!("candidates.{candidate}")
}

impl Request {
    /// Reads what is asked at an instant, by somebody who is shown results since `shown_from`; all, where that is none.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn read(
        input: BacktestInput,
        now: Timestamp,
        shown_from: Option<Timestamp>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let until = input.until.unwrap_or(now);
        let days = i64::from(input.days.unwrap_or(DAYS));
        let from = input.from.unwrap_or_else(|| days_before(until, days, shown_from));
        if until > now {
            errors.add::<()>("until", "must not be in the future");
        }
        if input.from.is_some() && input.days.is_some() {
            errors.add::<()>("days", "must not be given together with from");
        } else if !(1..=MAX_DAYS).contains(&days) {
            errors.add::<()>("days", &format!("must be 1 to {MAX_DAYS}"));
        } else if from >= until {
            errors.add::<()>("from", "must be earlier than until");
        } else if until.millis_since(from) > MAX_DAYS * DAY_MS {
            let wrong = format!("must be at most {MAX_DAYS} days earlier than until");
            errors.add::<()>("from", &wrong);
        } else if from < Timestamp::default() {
            errors.add::<()>("from", "must not lie before 1970");
        } else if let Some(shown_from) = shown_from.filter(|shown_from| from < *shown_from) {
            let wrong = format!("must not be earlier than {shown_from}: the plan shows no older results");
            errors.add::<()>("from", &wrong);
        }
        let wrong = "must be the name of a time zone, as in Europe/Berlin";
        let time_zone = errors.parsed("time_zone", input.time_zone.as_deref(), Some(Tz::UTC), wrong);
        if !(1..=MAX_CANDIDATES).contains(&input.candidates.len()) {
            errors.add::<()>("candidates", &format!("must be 1 to {MAX_CANDIDATES}"));
        }
        let given = input.candidates.into_iter().take(MAX_CANDIDATES).enumerate();
        let candidates: Vec<Option<BacktestCandidate>> = given
            .map(|(place, candidate)| errors.nested(&field_of(place), valid(candidate, place + 1, now)))
            .collect();
        let candidates: Option<Vec<BacktestCandidate>> = candidates.into_iter().collect();
        match (time_zone, candidates, errors.0.is_empty()) {
            (Some(time_zone), Some(candidates), true) => Ok(Self {
                time: from..until,
                shown_from,
                time_zone,
                candidates,
            }),
            _ => Err(errors.0),
        }
    }

    /// From when on results are gone through for what begins at an instant.
    pub(crate) fn lead_to(&self, since: Timestamp) -> Timestamp {
        let lead = since.plus_millis(-LEAD_MS);
        self.shown_from.map_or(lead, |from| lead.max(from)).min(since)
    }
}

/// When a time begins of so many days: what is not shown is left out, and what leads to it, unless that is all of it.
fn days_before(until: Timestamp, days: i64, shown_from: Option<Timestamp>) -> Timestamp {
    let from = until.plus_millis(-days * DAY_MS);
    let Some(shown_from) = shown_from.filter(|shown_from| *shown_from < until) else {
        return from;
    };
    match shown_from.plus_millis(LEAD_MS) {
        with_lead if with_lead < until => from.max(with_lead),
        _ => from.max(shown_from),
    }
}

fn valid(
    mut candidate: BacktestCandidate,
    number: usize,
    now: Timestamp,
) -> Result<BacktestCandidate, Vec<FieldError>> {
    let mut errors = Errors::default();
    if candidate.as_it_was && tries_something(&candidate) {
        errors.add::<()>("as_it_was", "must be the only thing that is tried");
    }
    candidate.name = match candidate.name.as_deref() {
        None => Some(format!("Candidate {number}")),
        Some(name) => errors.keep(text::name(name)),
    };
    if let Some(rule) = &candidate.rule {
        let wrong = tried_rule(rule, Rule::default()).validate();
        errors.nested("rule", none_of(wrong));
    }
    if let Some(regions) = &candidate.regions {
        errors.0.extend(wrong_regions(regions));
    }
    if let Some(heartbeat) = &candidate.heartbeat {
        errors.0.extend(wrong_heartbeat(heartbeat, now));
    }
    if let Some(Some(recipients)) = &candidate.recipients {
        errors.0.extend(recipients.validate("recipients"));
    }
    if let Some(Some(flapping)) = &candidate.flapping {
        errors.0.extend(flapping.validate("flapping"));
    }
    if let Some(named) = candidate.depends_on.take() {
        candidate.depends_on = errors.keep(dependencies::named(named));
    }
    let routes = candidate.routes.as_deref().unwrap_or_default();
    if is_short(&mut errors, "routes", routes.len(), MAX_ROUTES) {
        for (place, route) in routes.iter().enumerate() {
            errors.nested(&format!("routes.{place}"), none_of(wrong_route(route)));
        }
    }
    if is_short(&mut errors, "policies", candidate.policies.len(), MAX_POLICIES) {
        wrong_policies(&candidate.policies, &mut errors);
    }
    if is_short(&mut errors, "windows", candidate.windows.len(), MAX_WINDOWS) {
        for (place, span) in candidate.windows.iter_mut().enumerate() {
            let tried = maintenance_window::tried(span, now);
            if let Some(tried) = errors.nested(&format!("windows.{place}"), tried) {
                *span = tried;
            }
        }
    }
    let mut without = candidate.without.iter().enumerate();
    if without.any(|(place, it)| candidate.without[..place].contains(it)) {
        errors.add::<()>("without", "must name each at most once");
    }
    match errors.0.is_empty() {
        true => Ok(candidate),
        false => Err(errors.0),
    }
}

/// Whether a candidate has anything else than as it was.
fn tries_something(candidate: &BacktestCandidate) -> bool {
    candidate.rule.is_some()
        || candidate.regions.is_some()
        || candidate.quorum.is_some()
        || candidate.heartbeat.is_some()
        || candidate.severity.is_some()
        || candidate.recipients.is_some()
        || candidate.flapping.is_some()
        || candidate.depends_on.is_some()
        || candidate.routes.is_some()
        || !candidate.policies.is_empty()
        || !candidate.windows.is_empty()
        || !candidate.without.is_empty()
}

fn is_short(errors: &mut Errors, field: &str, len: usize, most: usize) -> bool {
    if len > most {
        errors.add::<()>(field, &format!("must list at most {most}"));
    }
    len <= most
}

fn wrong_route(route: &BacktestRoute) -> Vec<FieldError> {
    let mut wrong = wrong_conditions(&route.conditions, None);
    wrong.extend(route.recipients.validate("recipients"));
    wrong
}

fn wrong_policies(policies: &[BacktestPolicy], errors: &mut Errors) {
    let mut named = HashSet::new();
    for (place, policy) in policies.iter().enumerate() {
        let field = format!("policies.{place}");
        errors.nested(&field, none_of(policy.plan.validate()));
        if !named.insert(policy.id) {
            errors.add::<()>(&format!("{field}.id"), "must be named once");
        }
    }
}

fn none_of(wrong: Vec<FieldError>) -> Result<(), Vec<FieldError>> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong),
    }
}
