//! A batch folded into the states of its monitors, in the order of the log. Pure.

mod incidents;
mod tracked;

pub(crate) use incidents::IncidentChange;
pub(crate) use tracked::{Latest, Tracked};

use std::collections::BTreeMap;

use domain::{Effect, MonitorId, Record, decide};

use crate::batch::{Counts, Entry};

/// The monitors of a batch.
pub(crate) type States = BTreeMap<MonitorId, Tracked>;

/// Folds `entries` into `states`, which has every monitor of theirs, and counts the effects.
pub(crate) fn fold(states: &mut States, entries: &[Entry]) -> Counts {
    let mut counts = Counts::default();
    for entry in entries {
        let Some(tracked) = states.get_mut(&entry.record.monitor_id()) else {
            continue;
        };
        let before = tracked.fold.revision;
        let steady = matches!(&entry.record, Record::Result(result) if tracked.is_steady(result));
        let decision = decide(std::mem::take(&mut tracked.fold), &entry.record);
        tracked.fold = decision.state;
        match decision.effect {
            Effect::Applied => counts.applied += 1,
            Effect::Late => counts.late += 1,
            Effect::OldRevision => counts.old_revision += 1,
            Effect::NoVerdict => counts.no_verdict += 1,
        }
        if decision.effect != Effect::Applied {
            continue;
        }
        tracked.changed |= !steady;
        if before > 0 && tracked.fold.revision > before {
            tracked
                .revised
                .push((entry.record.event_time(), tracked.fold.revision));
        }
        if let Some(transition) = &decision.transition {
            counts.opened += u64::from(transition.opened.is_some());
            counts.closed += u64::from(transition.closed.is_some());
            tracked.incidents.follow(transition, entry.org_id);
        }
        if let Record::Result(result) = &entry.record {
            tracked.incidents.observe(&tracked.fold, result, entry.org_id);
            tracked.latest = Some(Latest::of(result));
            tracked.newest = Some(domain::live::Point::of(result));
        }
    }
    counts
}
