//! What the log, the alerter's state and Redis know of monitors. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::alert_event::AlertEvent;
use domain::alert_state::MonitorRecord;
use domain::fold::Activity;
use domain::monitor::Definition;
use domain::record::LifecycleEvent;
use domain::{MonitorId, OrgId, Record};

/// A revision or an id beyond these was not given out here, and is not gone by.
const MAX_REVISION: u32 = 2_000_000_000;
const MAX_ID: i64 = 1 << 53;

/// Changes of one monitor that are told of, at most.
const MAX_CHANGES: usize = 16;

/// What is known outside of the database.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) monitors: BTreeMap<MonitorId, Seen>,
    pub(super) highest_org: i64,
    pub(super) highest_channel: i64,
    pub(super) highest_drill: i64,
    /// Drills that have begun, by their own monitors, and whose they are: for alerters, or on the log, which they may not have
    /// read that far.
    drills: BTreeMap<MonitorId, OrgId>,
    /// Those of which it was said that they are over, or gone.
    ended_drills: BTreeSet<MonitorId>,
    /// Records of the log that were read.
    pub(super) records: u64,
    /// Whether the log still holds something from before the backup, so that it holds all that came after.
    pub(super) log_is_whole: bool,
    /// Definitions in Redis, and how many of them cannot be read.
    pub(super) mirrored: u64,
    pub(super) unreadable: u64,
    /// What names a revision or an id that cannot be.
    pub(super) doubted: u64,
}

/// What is known of a monitor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) org_id: Option<OrgId>,
    pub(super) url: String,
    /// The highest revision.
    pub(super) revision: u32,
    /// What it was in that revision, each once. Of several one is of another past.
    pub(super) activities: Vec<Activity>,
    /// The highest revision that a restore has begun.
    pub(super) restored: Option<u32>,
    /// What was done to it, by the revision that it made.
    pub(super) changes: BTreeMap<u32, LifecycleEvent>,
    /// Whether people were told of an outage that goes on.
    pub(super) in_outage: bool,
}

impl Evidence {
    /// Whether nothing that was given out can be missing.
    pub(super) fn is_whole(&self) -> bool {
        self.log_is_whole && self.mirrored > 0 && self.unreadable == 0
    }

    /// The drills that go on for alerters, or will once they have read the log.
    pub(super) fn drills(&self) -> impl Iterator<Item = (MonitorId, OrgId)> {
        let drills = self.drills.iter().map(|(&id, &org)| (id, org));
        drills.filter(|(id, _)| !self.ended_drills.contains(id))
    }

    /// Takes in what a record says of a drill, which begins and ends once.
    fn note_drill(&mut self, record: &Record) {
        let id = record.monitor_id();
        if id.drill().is_none() || id.0.saturating_abs() > MAX_ID {
            return;
        }
        match record {
            Record::Result(result) if result.up => {
                self.ended_drills.insert(id);
            }
            Record::Result(result) => self.drills.extend(result.org_id.map(|org| (id, org))),
            Record::Lifecycle(lifecycle) if lifecycle.event == LifecycleEvent::Deleted => {
                self.ended_drills.insert(id);
            }
            _ => {}
        }
    }

    /// Takes in a record of the log or of the outbox.
    pub(super) fn note_record(&mut self, record: &Record) {
        self.note_drill(record);
        let org_id = record.org_id();
        let (url, revision, activity) = match record {
            Record::Result(result) => (&result.url, result.revision, Some(Activity::Active)),
            Record::Skipped(skipped) => (&skipped.url, skipped.revision, Some(Activity::Active)),
            // The gateway knows of no revision.
            Record::Ping(ping) => (&ping.url, None, None),
            Record::Lifecycle(lifecycle) => (
                &lifecycle.url,
                Some(lifecycle.revision),
                activity_of(lifecycle.event),
            ),
        };
        // Producers that speak only the public contract know nothing of revisions.
        let Some(revision) = revision else { return };
        let Some(seen) = self.see(record.monitor_id(), org_id, revision, activity) else {
            return;
        };
        if seen.url.is_empty() {
            seen.url.clone_from(url);
        }
        let Record::Lifecycle(lifecycle) = record else {
            return;
        };
        match lifecycle.event {
            event if event.is_of_message() => {}
            event => {
                if event == LifecycleEvent::Restored {
                    seen.restored = seen.restored.max(Some(revision));
                }
                seen.changes.insert(revision, event);
                if seen.changes.len() > MAX_CHANGES {
                    seen.changes.pop_first();
                }
            }
        }
    }

    /// Takes in what the alerter holds of a monitor.
    pub(super) fn note_held(&mut self, monitor: MonitorId, held: &MonitorRecord) {
        let (state, activity) = (&held.state, Some(held.state.activity));
        if let (Some(_), Some(org), Some(_)) = (monitor.drill(), held.org_id, &state.incident) {
            self.drills.insert(monitor, org);
        }
        if let Some(seen) = self.see(monitor, held.org_id, state.revision, activity) {
            seen.in_outage = state.incident.is_some();
        }
    }

    /// Takes in what Redis holds for pingers.
    pub(super) fn note_definition(&mut self, definition: &Definition) {
        self.mirrored += 1;
        let activity = match definition.spec.paused {
            true => Activity::Paused,
            false => Activity::Active,
        };
        let (id, org, revision) = (definition.id, definition.org_id, definition.revision);
        if let Some(seen) = self.see(id, Some(org), revision, Some(activity))
            && seen.url.is_empty()
        {
            seen.url = definition.spec.probe.display_url();
        }
    }

    /// Takes in a step of an alert.
    pub(super) fn note_alert(&mut self, event: &AlertEvent) {
        let activity = None;
        let revision = event.revision.unwrap_or(0);
        self.see(event.monitor_id, Some(event.org_id), revision, activity);
        let channel = event.channel_id.map_or(0, |channel| channel.0);
        if channel <= MAX_ID {
            self.highest_channel = self.highest_channel.max(channel);
        }
    }

    fn see(
        &mut self,
        monitor: MonitorId,
        org_id: Option<OrgId>,
        revision: u32,
        activity: Option<Activity>,
    ) -> Option<&mut Seen> {
        let org = org_id.map_or(0, |org| org.0);
        if revision > MAX_REVISION || monitor.0.saturating_abs() > MAX_ID || org > MAX_ID {
            self.doubted += 1;
            return None;
        }
        self.highest_org = self.highest_org.max(org);
        // What is said of one is said once, and the database has no revision of it.
        if let Some(drill) = monitor.drill() {
            self.highest_drill = self.highest_drill.max(drill.0);
            return None;
        }
        let seen = self.monitors.entry(monitor).or_default();
        seen.org_id = seen.org_id.or(org_id);
        if revision > seen.revision {
            seen.revision = revision;
            seen.activities.clear();
        }
        if revision == seen.revision
            && let Some(activity) = activity
            && !seen.activities.contains(&activity)
        {
            seen.activities.push(activity);
        }
        Some(seen)
    }
}

/// What a monitor is after a change; an edit leaves that as it was.
fn activity_of(event: LifecycleEvent) -> Option<Activity> {
    match event {
        LifecycleEvent::Created | LifecycleEvent::Resumed | LifecycleEvent::Restored => {
            Some(Activity::Active)
        }
        LifecycleEvent::Paused => Some(Activity::Paused),
        LifecycleEvent::Deleted => Some(Activity::Deleted),
        LifecycleEvent::Edited
        | LifecycleEvent::Acknowledged
        | LifecycleEvent::Resend
        | LifecycleEvent::Undelivered
        | LifecycleEvent::Baseline => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{DrillId, Timestamp};

    use super::*;
    use crate::rules::drill::DrillRecords;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_118);

    fn records(drill: i64) -> DrillRecords {
        DrillRecords {
            drill: DrillId(drill),
            org: OrgId(3),
            url: String::new(),
            kind: String::new(),
        }
    }

    #[test]
    fn a_drill_goes_on_from_its_beginning_on_the_log_until_its_end() {
        let mut evidence = Evidence::default();
        for drill in 1..=3 {
            evidence.note_record(&Record::Result(records(drill).beginning(NOW)));
        }
        evidence.note_record(&Record::Result(records(2).end(NOW.plus_millis(1))));
        evidence.note_record(&Record::Lifecycle(records(3).removal(NOW)));
        let going_on: Vec<_> = evidence.drills().collect();
        assert_eq!(going_on, [(MonitorId(-1), OrgId(3))]);
        assert_eq!(evidence.highest_drill, 3);
        assert!(evidence.monitors.is_empty());
    }
}
