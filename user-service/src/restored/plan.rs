//! What has to be raised to what. Pure.

use domain::fold::Activity;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, OrgId, Timestamp};

use super::evidence::{Evidence, Seen};

/// A monitor as the restored database has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) id: MonitorId,
    pub(super) org_id: OrgId,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) revision: u32,
    pub(super) activity: Activity,
}

/// What is to become of a monitor that the database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody knows of a later revision.
    Settled,
    /// It begins again with this revision; paused, with the one after it.
    Restored(u32),
    /// It is to be told once more, under this revision, that it was removed.
    Removed(u32),
}

impl Verdict {
    /// Compares a monitor with what others know of it. With a `floor`, what they know is not all there was: then
    /// every monitor begins again, beyond the floor, unless one that did is known.
    pub(super) fn of(stored: &Stored, seen: Option<&Seen>, floor: Option<u32>) -> Self {
        let revision = seen.map_or(0, |seen| seen.revision);
        let is_behind = revision > stored.revision;
        // The same number was given out twice, for two pasts.
        let is_another = revision == stored.revision
            && seen.is_some_and(|seen| {
                seen.activities
                    .iter()
                    .any(|&activity| activity != stored.activity)
            });
        let next = revision.max(stored.revision) + 1;
        if stored.activity == Activity::Deleted {
            let has_ended = seen.is_none_or(|seen| seen.has_ended() && !is_behind);
            return match (is_behind || is_another || floor.is_some()) && !has_ended {
                true => Self::Removed(next),
                false => Self::Settled,
            };
        }
        let begun = seen.and_then(|seen| seen.restored);
        let has_begun = begun.is_some_and(|begun| begun + stored.paused() == stored.revision);
        match floor {
            _ if is_behind || is_another => Self::Restored(next.max(floor.unwrap_or(0))),
            Some(floor) if !has_begun => Self::Restored(next.max(floor)),
            _ => Self::Settled,
        }
    }
}

impl Stored {
    /// The revisions that it takes on top of the restored one to be paused.
    fn paused(&self) -> u32 {
        u32::from(self.activity == Activity::Paused)
    }
}

impl Seen {
    fn has_ended(&self) -> bool {
        self.activities == [Activity::Deleted]
    }
}

/// A monitor that gets a new revision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raised {
    pub(super) stored: Stored,
    pub(super) verdict: Verdict,
    /// What was done to it after the backup, in order.
    pub(super) lost: Vec<LifecycleEvent>,
    /// Whether people were told of an outage that goes on.
    pub(super) in_outage: bool,
}

impl Raised {
    /// The revision that it has from now on.
    pub(super) fn revision(&self) -> u32 {
        match self.verdict {
            Verdict::Settled => self.stored.revision,
            Verdict::Restored(revision) => revision + self.stored.paused(),
            Verdict::Removed(revision) => revision,
        }
    }

    /// The records which tell of it, in order. One that is paused has two pasts: it is as it was, and that is paused.
    pub(super) fn records(&self, now: Timestamp) -> Vec<Lifecycle> {
        let Stored { id, org_id, url, .. } = &self.stored;
        let record = |revision, event| record(*id, *org_id, url, revision, event, now);
        match self.verdict {
            Verdict::Settled => Vec::new(),
            Verdict::Removed(revision) => vec![record(revision, LifecycleEvent::Deleted)],
            Verdict::Restored(revision) => {
                let mut records = vec![record(revision, LifecycleEvent::Restored)];
                if self.stored.activity == Activity::Paused {
                    records.push(record(revision + 1, LifecycleEvent::Paused));
                }
                records
            }
        }
    }
}

/// A monitor that others know and the database does not: it was made after the backup.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gone {
    pub(super) id: MonitorId,
    pub(super) org_id: OrgId,
    pub(super) url: String,
    /// Under which revision it is to be told that it is gone; nothing when that is known.
    pub(super) revision: Option<u32>,
    pub(super) in_outage: bool,
}

impl Gone {
    /// The record which tells of it: nobody is to be reminded for ever of an outage that cannot end.
    pub(super) fn record(&self, now: Timestamp) -> Option<Lifecycle> {
        let (id, org, url) = (self.id, self.org_id, &self.url);
        self.revision
            .map(|revision| record(id, org, url, revision, LifecycleEvent::Deleted, now))
    }
}

fn record(
    monitor_id: MonitorId,
    org_id: OrgId,
    url: &str,
    revision: u32,
    event: LifecycleEvent,
    timestamp: Timestamp,
) -> Lifecycle {
    Lifecycle {
        monitor_id,
        org_id,
        url: url.to_owned(),
        timestamp,
        revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
        probe_revision: None,
    }
}

/// All that is to be done to monitors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) raised: Vec<Raised>,
    pub(super) gone: Vec<Gone>,
}

impl Plan {
    /// Compares what is `stored`, in the order of ids, with what others know.
    pub(super) fn new(stored: Vec<Stored>, evidence: &Evidence, floor: Option<u32>) -> Self {
        let is_stored = |id: &MonitorId| stored.binary_search_by_key(id, |stored| stored.id).is_ok();
        let unknown = evidence.monitors.iter().filter(|(id, _)| !is_stored(id));
        let gone = unknown.filter_map(|(&id, seen)| {
            Some(Gone {
                id,
                // Whose producer does not say whose it is speaks of something else.
                org_id: seen.org_id?,
                url: seen.url.clone(),
                revision: (!seen.has_ended()).then_some(seen.revision + 1),
                in_outage: seen.in_outage,
            })
        });
        let gone = gone.collect();
        let raised = stored.into_iter().filter_map(|stored| {
            let seen = evidence.monitors.get(&stored.id);
            let verdict = Verdict::of(&stored, seen, floor);
            let after = seen.map(|seen| seen.changes.range(stored.revision + 1..));
            (verdict != Verdict::Settled).then(|| Raised {
                lost: after.into_iter().flatten().map(|(_, &event)| event).collect(),
                in_outage: seen.is_some_and(|seen| seen.in_outage),
                stored,
                verdict,
            })
        });
        Self {
            raised: raised.collect(),
            gone,
        }
    }
}

#[cfg(test)]
mod tests;
