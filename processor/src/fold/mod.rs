//! A batch folded into the states of its monitors, in the order of the log. Pure.

mod incidents;
mod regions;
mod tracked;

use incidents::Failure;
pub(crate) use incidents::IncidentChange;
use regions::BeforeVote;
pub(crate) use tracked::{Latest, Tracked};

use std::collections::BTreeMap;

use domain::coverage::covered_span;
use domain::fold::HeartbeatState;
use domain::heartbeat::BeforeRecord;
use domain::{Effect, MonitorId, MonitorState, Record, decide};

use crate::batch::{Counts, Entry};

/// The monitors of a batch.
pub(crate) type States = BTreeMap<MonitorId, Tracked>;

/// Folds `entries` into `states`, which has every monitor of theirs, and counts the effects.
pub(crate) fn fold(states: &mut States, entries: &[Entry]) -> Counts {
    let mut counts = Counts::default();
    for (place, entry) in entries.iter().enumerate() {
        let Some(tracked) = states.get_mut(&entry.record.monitor_id()) else {
            continue;
        };
        let (before, fresh) = (tracked.fold.revision, tracked.fold.fresh);
        let steady = matches!(&entry.record, Record::Result(result) if tracked.is_steady(result));
        let known = BeforeRecord::of(&tracked.fold);
        let heartbeat = HeartbeatBefore::of(&tracked.fold, &entry.record);
        let voted = BeforeVote::of(&tracked.fold, &entry.record);
        let decision = decide(std::mem::take(&mut tracked.fold), &entry.record);
        tracked.fold = decision.state;
        if heartbeat.has_changed(&tracked.fold, decision.effect) {
            tracked.changed = true;
            tracked.heartbeat_changes += 1;
        }
        tracked
            .spans
            .extend(known.span(&tracked.fold, &entry.record, decision.effect));
        match decision.effect {
            Effect::Applied => counts.applied += 1,
            Effect::Late => counts.late += 1,
            Effect::OldRevision => counts.old_revision += 1,
            Effect::NoVerdict => counts.no_verdict += 1,
            Effect::Uncounted => counts.uncounted += 1,
        }
        let is_first = voted.as_ref().is_some_and(|voted| voted.is_first);
        // Others say nothing of revisions that is not known yet.
        if decision.effect != Effect::Applied || fresh || is_first || tracked.fold.revision > before {
            note_revisions(tracked, &entry.record);
        }
        if let Record::Ping(ping) = &entry.record
            && decision.effect == Effect::OldRevision
        {
            tracked.ignored.push(ping.id);
        }
        if decision.effect == Effect::Uncounted {
            tracked.uncounted.push(place);
        }
        if decision.effect != Effect::Applied {
            continue;
        }
        let steady = match (voted, &entry.record) {
            (Some(voted), Record::Result(result)) => voted.into_steady(result, &tracked.fold),
            _ => steady,
        };
        tracked.changed |= !steady;
        if let Some(transition) = &decision.transition {
            counts.opened += u64::from(transition.opened.is_some());
            counts.closed += u64::from(transition.closed.is_some());
            let votes = tracked.fold.votes.as_deref();
            tracked.incidents.follow(transition, votes, entry.org_id);
        }
        let opened_by = decision.failed_slots;
        match &entry.record {
            Record::Result(result) => {
                let failure = Failure::of_result(result);
                tracked
                    .incidents
                    .observe(&tracked.fold, failure, opened_by, entry.org_id);
                tracked.latest = Some(Latest::of(result));
                if result.quorum.is_some() || !tracked.regions.is_empty() {
                    tracked.note_region(result);
                }
                let point = domain::live::Point::from(result);
                tracked.newest = Some(point);
                if let Some(judged) = &result.judged {
                    // Where nobody may ping, a date on which nobody does is none that was missed.
                    counts.missed += u64::from(judged.missed.is_some() && !result.up);
                    tracked.points.push(point);
                }
            }
            Record::Ping(ping) if ping.is_verdict() => {
                let failure = Failure::of_ping(ping, &tracked.fold);
                let latest = Latest::of_ping(ping, &tracked.fold, failure);
                tracked
                    .durations
                    .extend(latest.latency_ms.map(|ms| (ping.id, ms)));
                let point = latest.point(failure.is_some());
                tracked
                    .incidents
                    .observe(&tracked.fold, failure, opened_by, entry.org_id);
                tracked.latest = Some(latest);
                tracked.newest = Some(point);
                tracked.points.push(point);
            }
            Record::Ping(_) => {
                // What was withdrawn is not what is wrong with it.
                if decision.transition.is_some()
                    && let Some(latest) = &mut tracked.latest
                {
                    (latest.error_code, latest.error) = (None, None);
                }
            }
            Record::Lifecycle(_) | Record::Skipped(_) => {}
        }
    }
    counts
}

/// What was known of a heartbeat before a record, as far as it has to be known whether that has changed.
enum HeartbeatBefore {
    /// A ping changes it when it counts, and when it is the first; there may be many, so that nothing is copied.
    Ping { is_first: bool },
    /// Of other records both are compared; other monitors have nothing to be copied.
    Other(Option<Box<HeartbeatState>>),
}

impl HeartbeatBefore {
    fn of(state: &MonitorState, record: &Record) -> Self {
        match record {
            Record::Ping(_) => Self::Ping {
                is_first: state.heartbeat.is_none(),
            },
            _ => Self::Other(state.heartbeat.clone()),
        }
    }

    fn has_changed(&self, after: &MonitorState, effect: Effect) -> bool {
        match self {
            Self::Ping { is_first } => effect == Effect::Applied || *is_first && after.heartbeat.is_some(),
            Self::Other(before) => after.heartbeat != *before,
        }
    }
}

/// Notes what a record says of when revisions began, and whether its own was over by then.
fn note_revisions(tracked: &mut Tracked, record: &Record) {
    let (revision, began) = match record {
        Record::Result(result) => {
            let revision = result.revision.unwrap_or(0);
            let slot = result.scheduled_at;
            if revision < tracked.fold.revision && tracked.fold.revision > 1 {
                tracked.overtaken.push(slot);
            }
            let interval = i64::from(result.interval_ms.unwrap_or(0));
            let is_late = covered_span(slot, interval, result.timestamp.millis_since(slot)).start > slot;
            (revision, if is_late { result.timestamp } else { slot })
        }
        Record::Lifecycle(lifecycle) if lifecycle.event.is_of_message() => return,
        Record::Lifecycle(lifecycle) => (lifecycle.revision, lifecycle.timestamp),
        Record::Skipped(_) | Record::Ping(_) => return,
    };
    if revision > 1 {
        let known = tracked.revised.entry(revision).or_insert(began);
        *known = began.min(*known);
    }
}
