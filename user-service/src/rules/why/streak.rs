//! What a monitor's results had come to by an instant.

use std::sync::Arc;

use alerting::backtest::{
    Budget, Settings, SimulatedIncident, Simulation, Stopped, StoredLog, StoredMonitor, Watched,
};
use api::WhyRule;
use domain::fold::{Activity, Votes};
use domain::monitor::HeartbeatProbe;
use domain::{IncidentId, MonitorState, Record, Timestamp};

use super::votes;

/// Steps that folding takes, at most: nobody is to be notified, so that there are hardly more than records.
const STEPS: u64 = 100_000;

/// What a monitor's results had come to. They are folded from a state that knows nothing, so that a monitor is taken to have
/// been up where they begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Folded {
    /// How many of those that count had failed.
    pub(crate) failing: u16,
    /// Whether they had come to an outage.
    pub(crate) is_down: bool,
    /// What its regions said, where several decide.
    pub(crate) votes: Option<Box<Votes>>,
    /// Whether it was paused, or deleted.
    pub(crate) activity: Activity,
    /// Outages and degradations; also those that were found later.
    pub(crate) incidents: Vec<SimulatedIncident>,
}

/// Folds everything of a monitor that was appended, in its order, each with when it was. What was appended after `at`, and
/// before `until`, tells only what was found of it later. Of more than can be folded nothing is known.
pub(crate) fn fold(
    of: &StoredMonitor,
    records: &[(Timestamp, Record)],
    at: Timestamp,
    until: Timestamp,
) -> Folded {
    let settings = [(Timestamp::default(), Arc::<Settings>::default())];
    let run = |until| {
        let simulation = Simulation {
            monitor: of.id,
            org: of.org,
            settings: &settings,
            upstreams: &[],
            without: &[],
            rule: None,
            judged_by: None,
            watched: None,
            until,
        };
        let folded = simulation.run(records.iter().cloned(), &mut Budget::of(STEPS));
        folded.unwrap_or_default()
    };
    let then = run(at.plus_millis(1)).state;
    Folded {
        failing: failing(&then),
        is_down: then.incident.is_some(),
        activity: then.activity,
        votes: then.votes,
        incidents: run(until).incidents,
    }
}

/// Whether dates of a heartbeat may be missed without an outage, by any of its rules that are known.
pub(crate) fn may_be_short(of: &StoredMonitor) -> bool {
    of.revisions.iter().any(|known| known.rule.down_after > 1)
}

/// The rule of a heartbeat of which dates were missed by the instant `at`, but too few for an outage. Of the time before
/// `since` not every date is gone through.
///
/// # Errors
/// When it takes more than the budget.
pub(crate) fn missed(
    log: &StoredLog,
    heartbeat: &HeartbeatProbe,
    (since, at): (Timestamp, Timestamp),
    budget: &mut Budget<'_>,
) -> Result<Option<WhyRule>, Stopped> {
    let of = log.monitor();
    let settings = [(Timestamp::default(), Arc::<Settings>::default())];
    let simulation = Simulation {
        monitor: of.id,
        org: of.org,
        settings: &settings,
        upstreams: &[],
        without: &[],
        rule: None,
        judged_by: None,
        watched: Some(Watched {
            heartbeat,
            revisions: &of.revisions,
            since,
        }),
        until: at.plus_millis(1),
    };
    let then = simulation.run(log.records(), budget)?.state;
    let folded = Folded {
        failing: failing(&then),
        is_down: then.incident.is_some(),
        ..Folded::default()
    };
    let revision = i32::try_from(then.revision).ok();
    let revision = revision.filter(|_| folded.failing > 0 && !folded.is_down);
    Ok(revision.and_then(|revision| rule(of, revision, &folded, false)))
}

/// Failures among the last results where the rule counts those, otherwise in a row.
fn failing(state: &MonitorState) -> u16 {
    if let Some(votes) = &state.votes {
        return votes::failing(votes);
    }
    match (&state.window, &state.streak) {
        (Some(window), _) => u16::try_from(window.failed.len()).unwrap_or(u16::MAX),
        (None, Some(streak)) if !streak.up => streak.count,
        (None, _) => 0,
    }
}

impl Folded {
    /// When an incident was found.
    pub(crate) fn found_at(&self, incident: IncidentId) -> Option<Timestamp> {
        let mut incidents = self.incidents.iter();
        incidents.find(|it| it.id == incident).map(|it| it.detected_at)
    }

    /// The time in which it was degraded at an instant, or the last that began at most so many milliseconds before.
    pub(crate) fn degradation_at(&self, at: Timestamp, lately_ms: i64) -> Option<&SimulatedIncident> {
        let mut newest_first = self.incidents.iter().rev();
        let last = newest_first.find(|it| it.degraded && it.started_at <= at)?;
        let goes_on = last.resolution.is_none_or(|end| at < end.at);
        let is_told = goes_on || at.millis_since(last.started_at) <= lately_ms;
        is_told.then_some(last)
    }
}

/// The rule of a revision, and how far it was met; `is_down` is what is stored of the outage.
pub(crate) fn rule(of: &StoredMonitor, revision: i32, folded: &Folded, is_down: bool) -> Option<WhyRule> {
    let is_it = |known: u32| i64::from(known) == i64::from(revision);
    let stored = of.revisions.iter().find(|it| is_it(it.revision));
    let stored = stored.or(of.revisions.last())?;
    let rule = stored.rule;
    let is_confirmed = folded.votes.as_deref().is_some_and(votes::is_confirmed_by_one);
    let confirmed = if is_confirmed { rule.down_after } else { 0 };
    Some(WhyRule {
        revision,
        down_after: rule.down_after,
        up_after: rule.up_after,
        slow_ms: rule.slow_ms,
        down_of: rule.window(),
        down_for_seconds: rule.down_for_seconds,
        failing: folded.failing.max(confirmed),
        is_down: is_down || folded.is_down,
        is_known: stored.is_known && is_it(stored.revision),
    })
}

#[cfg(test)]
mod tests;
