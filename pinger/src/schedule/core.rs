//! The schedule of this pod's monitors: when each is checked. All decisions and no IO: time comes from the clock, and what
//! is to be done is a list of actions. Here it is known which monitors there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use domain::internal::shard_of;
use domain::record::SkipReason;
use tokio::time::Instant;
use tokio_util::time::DelayQueue;

use super::lanes::{Lane, Lanes};
use super::types::{Action, Entry, EntryState, Origin};
use crate::clock::Clock;
use crate::monitor::Monitor;
use crate::owned::OwnedShards;
use crate::settings::Limits;

/// How long a removed monitor is kept out, should an older answer of user-service still name it.
const TOMBSTONE: Duration = Duration::from_secs(120);

/// How long after a hand-over a monitor of its shard may become known here that was there before, in milliseconds.
const HAND_OVER_MS: i64 = 60_000;

/// What keeps a removed monitor out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tombstone {
    until: Instant,
    /// The revision that was known when it was removed. The removal made a further one, so that whatever is newer
    /// than that is no older answer: a restored database has brought the monitor back.
    revision: u32,
}

/// The schedule of this pod's monitors.
#[derive(Debug)]
pub(super) struct Schedule {
    pub(super) clock: Clock,
    pub(super) shards: u32,
    pub(super) owned: OwnedShards,
    pub(super) boundaries: HashMap<u32, Timestamp>,
    pub(super) entries: HashMap<i64, Entry>,
    pub(super) queue: DelayQueue<i64>,
    pub(super) lanes: Lanes,
    pub(super) generation: u32,
    pub(super) epoch: u32,
    /// When the last standstill had ended.
    pub(super) thawed_at: Timestamp,
    pub(super) tombstones: HashMap<i64, Tombstone>,
    pub(super) actions: Vec<Action>,
}

impl Schedule {
    pub(super) fn new(clock: Clock, owned: OwnedShards, limits: Limits) -> Self {
        Self {
            clock,
            shards: owned.shards(),
            owned,
            boundaries: HashMap::new(),
            entries: HashMap::new(),
            queue: DelayQueue::new(),
            lanes: Lanes::new(limits),
            generation: 0,
            epoch: 0,
            thawed_at: Timestamp::default(),
            tombstones: HashMap::new(),
            actions: Vec::new(),
        }
    }

    /// Takes the actions since the last call.
    pub(super) fn actions(&mut self) -> std::vec::Drain<'_, Action> {
        self.actions.drain(..)
    }

    pub(super) fn monitors(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn running(&self) -> usize {
        self.lanes.running()
    }

    pub(super) fn waiting(&self) -> usize {
        self.lanes.waiting()
    }

    /// Adds or updates a monitor. A revision lower than the known one is ignored.
    pub(super) fn upsert(&mut self, monitor: Arc<Monitor>, origin: Origin) {
        let id = monitor.id.0;
        if !self.takes(&monitor) {
            return;
        }
        let shard = shard_of(monitor.id, self.shards);
        let Some(entry) = self.entries.get_mut(&id) else {
            self.add(monitor, origin, self.boundaries.get(&shard).copied());
            return;
        };
        entry.epoch = self.epoch;
        let returned = entry.leaving.take().is_some();
        if monitor.revision <= entry.monitor.revision {
            if returned && !entry.monitor.paused {
                self.arm(id);
            }
            return;
        }
        if let Some(key) = entry.timer.take() {
            self.queue.try_remove(&key);
        }
        if let Some(task) = entry.task.take() {
            task.abort();
        }
        self.generation = self.generation.wrapping_add(1);
        entry.generation = self.generation;
        entry.state = EntryState::Idle;
        entry.failing = false;
        entry.voids = 0;
        entry.monitor = monitor;
        if !entry.monitor.paused {
            self.check_at_once(id);
        }
    }

    /// Whether the monitor is this pod's, and was not removed since.
    pub(super) fn takes(&self, monitor: &Monitor) -> bool {
        let buried = self.tombstones.get(&monitor.id.0);
        let is_older =
            buried.is_some_and(|tombstone| monitor.revision <= tombstone.revision.saturating_add(1));
        self.owned.contains(shard_of(monitor.id, self.shards)) && !is_older
    }

    fn add(&mut self, monitor: Arc<Monitor>, origin: Origin, boundary: Option<Timestamp>) {
        let (id, paused, changed_at) = (monitor.id.0, monitor.paused, monitor.changed_at);
        let grid = monitor.grid();
        self.generation = self.generation.wrapping_add(1);
        self.entries.insert(
            id,
            Entry {
                covered: grid.at_or_before(boundary.unwrap_or_default()),
                slot: Timestamp::default(),
                monitor,
                timer: None,
                task: None,
                generation: self.generation,
                epoch: self.epoch,
                state: EntryState::Idle,
                on_schedule: true,
                owed: false,
                failing: false,
                voids: 0,
                leaving: None,
            },
        );
        let now = self.clock.now();
        // A comparison with user-service may name the monitor before its shard is loaded.
        let is_handed_over = |boundary: Timestamp| {
            let is_recent = now.millis_since(boundary) < HAND_OVER_MS;
            origin == Origin::Load || (is_recent && changed_at > Timestamp::default())
        };
        match boundary {
            _ if paused => {}
            // It was changed during the hand-over, and has not been checked since.
            Some(boundary) if changed_at > boundary => self.check_at_once(id),
            Some(boundary) if is_handed_over(boundary) && grid.after(boundary) > now => self.arm(id),
            Some(boundary) if is_handed_over(boundary) => {
                self.check_latest_slot(id, grid.after(boundary), SkipReason::NoLease, Lane::CatchUp);
            }
            _ => self.check_at_once(id),
        }
    }

    /// Removes a monitor that was deleted, which was known elsewhere in the given revision, if it was.
    pub(super) fn remove(&mut self, id: i64, elsewhere: Option<u32>) {
        let known = self
            .entries
            .get(&id)
            .map(|entry| entry.monitor.revision)
            .or(elsewhere);
        let until = Instant::now() + TOMBSTONE;
        let tombstone = self.tombstones.entry(id).or_insert(Tombstone {
            until,
            revision: u32::MAX,
        });
        tombstone.until = until;
        // When the same deletion is announced again, the monitor is unknown already.
        tombstone.revision = known.unwrap_or(tombstone.revision);
        self.forget(id);
    }

    /// Stops checking a monitor that only other regions check from this revision on. Nothing is handed over, and nothing is
    /// said of the check that runs: it is of a revision that is over. Older answers do not bring it back.
    pub(super) fn leave_to_others(&mut self, id: i64, revision: u32) {
        let known = self.entries.get(&id).map(|entry| entry.monitor.revision);
        if known.is_some_and(|known| known > revision) {
            return;
        }
        let until = Instant::now() + TOMBSTONE;
        let tombstone = self
            .tombstones
            .entry(id)
            .or_insert(Tombstone { until, revision: 0 });
        tombstone.until = until;
        tombstone.revision = tombstone.revision.max(revision.saturating_sub(1));
        self.forget(id);
    }

    pub(super) fn forget(&mut self, id: i64) {
        if let Some(entry) = self.entries.remove(&id) {
            if let Some(key) = entry.timer {
                self.queue.try_remove(&key);
            }
            if let Some(task) = entry.task {
                task.abort();
            }
        }
    }

    /// Removes tombstones that are no longer needed.
    pub(super) fn remove_expired_tombstones(&mut self) {
        let now = Instant::now();
        self.tombstones.retain(|_, tombstone| tombstone.until > now);
    }
}
