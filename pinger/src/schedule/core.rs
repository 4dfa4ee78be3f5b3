//! When each monitor is checked. All decisions and no IO: time comes from the clock, and what is to be done is a list of
//! actions.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::Timestamp;
use domain::internal::shard_of;
use domain::record::SkipReason;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::time::DelayQueue;

use super::lanes::{Lane, Lanes, Ticket};
use super::owned::OwnedShards;
use super::types::{Action, Entry, EntryState, FinishedCheck, Origin, SkipSlots, StartCheck};
use crate::clock::Clock;
use crate::monitor::Monitor;
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
        let shard = shard_of(monitor.id, self.shards);
        let buried = self.tombstones.get(&id);
        let is_older =
            buried.is_some_and(|tombstone| monitor.revision <= tombstone.revision.saturating_add(1));
        if !self.owned.contains(shard) || is_older {
            return;
        }
        let Some(entry) = self.entries.get_mut(&id) else {
            self.add(monitor, origin, self.boundaries.get(&shard).copied());
            return;
        };
        entry.epoch = self.epoch;
        let returned = std::mem::take(&mut entry.leaving);
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
        entry.monitor = monitor;
        if !entry.monitor.paused {
            self.check_at_once(id);
        }
    }

    fn add(&mut self, monitor: Arc<Monitor>, origin: Origin, boundary: Option<Timestamp>) {
        let (id, paused, changed_at) = (monitor.id.0, monitor.paused, monitor.changed_at);
        let grid = monitor.grid();
        self.generation = self.generation.wrapping_add(1);
        self.entries.insert(
            id,
            Entry {
                covered: grid.at_or_before(boundary.unwrap_or_default()),
                monitor,
                timer: None,
                task: None,
                generation: self.generation,
                epoch: self.epoch,
                state: EntryState::Idle,
                on_schedule: true,
                failing: false,
                leaving: false,
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

    /// Removes a monitor that was deleted.
    pub(super) fn remove(&mut self, id: i64) {
        let known = self.entries.get(&id).map(|entry| entry.monitor.revision);
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

    /// The next monitor whose timer has expired, which has none from now on.
    pub(super) fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<i64> {
        // Without timers there is nothing to wait for.
        let Poll::Ready(Some(expired)) = self.queue.poll_expired(context) else {
            return Poll::Pending;
        };
        let id = expired.into_inner();
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.timer = None;
        }
        Poll::Ready(id)
    }

    /// A monitor's timer has expired.
    pub(super) fn expired(&mut self, id: i64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            // It may have been set again since.
            if let Some(key) = entry.timer.take() {
                self.queue.try_remove(&key);
            }
            self.due(id);
            self.arm(id);
        }
    }

    pub(super) fn due(&mut self, id: i64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let interval = i64::from(entry.monitor.interval_ms);
        let next = entry.covered.plus_millis(interval);
        let latest = entry.monitor.grid().at_or_before(self.clock.now());
        if latest < next {
            return;
        }
        match entry.state {
            EntryState::Idle => {
                let lane = entry.scheduled_lane();
                self.check_latest_slot(id, next, SkipReason::Overload, lane);
            }
            EntryState::Waiting => {
                // It keeps waiting, now for the latest slot.
                let from = if entry.on_schedule { entry.covered } else { next };
                entry.covered = latest;
                let (monitor, lane) = (Arc::clone(&entry.monitor), entry.scheduled_lane());
                let was_on_schedule = std::mem::replace(&mut entry.on_schedule, true);
                self.skip(monitor, from, latest.plus_millis(-interval), SkipReason::Overload);
                if !was_on_schedule {
                    // Its slot has come: it need not wait among the catch-up checks.
                    self.admit(id, lane);
                }
            }
            // A catch-up check does not use up the slot, which follows when the check has finished.
            EntryState::Running if !entry.on_schedule => {}
            EntryState::Running => self.skip_until(id, latest),
        }
    }

    /// Skips the slots up to `latest`, which came while a check was running.
    pub(super) fn skip_until(&mut self, id: i64, latest: Timestamp) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let next = entry.covered.plus_millis(i64::from(entry.monitor.interval_ms));
        entry.covered = latest;
        let monitor = Arc::clone(&entry.monitor);
        self.skip(monitor, next, latest, SkipReason::Overload);
    }

    /// Checks the latest slot that has passed, and skips those from `next` on before it.
    pub(super) fn check_latest_slot(&mut self, id: i64, next: Timestamp, reason: SkipReason, lane: Lane) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let latest = entry.monitor.grid().at_or_before(self.clock.now());
        let missed_until = latest.plus_millis(-i64::from(entry.monitor.interval_ms));
        entry.covered = latest;
        entry.on_schedule = lane != Lane::CatchUp;
        let monitor = Arc::clone(&entry.monitor);
        self.skip(monitor, next, missed_until, reason);
        self.admit(id, lane);
        if lane == Lane::CatchUp {
            self.arm(id);
        }
    }

    /// Starts the first check of a definition, for the latest slot that has passed.
    fn check_at_once(&mut self, id: i64) {
        let now = self.clock.now();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.covered = entry.monitor.grid().at_or_before(now);
        entry.on_schedule = false;
        self.admit(id, Lane::CatchUp);
        self.arm(id);
    }

    fn skip(&mut self, monitor: Arc<Monitor>, from: Timestamp, until: Timestamp, reason: SkipReason) {
        if from <= until {
            self.actions.push(Action::Skip(SkipSlots {
                monitor,
                from,
                until,
                reason,
            }));
        }
    }

    fn admit(&mut self, id: i64, lane: Lane) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let ticket = Ticket {
            id,
            org: entry.monitor.org_id.0,
            generation: entry.generation,
            host: entry.monitor.host,
            lane,
        };
        if self.lanes.enter(ticket) {
            entry.state = EntryState::Running;
            self.actions.push(Action::Start(StartCheck {
                monitor: Arc::clone(&entry.monitor),
                slot: entry.covered,
                generation: entry.generation,
                lane,
                on_schedule: entry.on_schedule,
            }));
        } else {
            entry.state = EntryState::Waiting;
        }
    }

    /// Sets the timer for the slot after the covered one.
    pub(super) fn arm(&mut self, id: i64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.monitor.paused || entry.leaving {
            return;
        }
        let next = entry.covered.plus_millis(i64::from(entry.monitor.interval_ms));
        if entry.state == EntryState::Running && !entry.on_schedule && next <= self.clock.now() {
            return;
        }
        let at = self.clock.instant_of_ms(next.as_millis());
        match entry.timer {
            Some(key) => self.queue.reset_at(&key, at),
            None => entry.timer = Some(self.queue.insert_at(id, at)),
        }
    }

    /// A check was started as this task.
    pub(super) fn started(&mut self, id: i64, generation: u32, task: JoinHandle<()>) {
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.generation == generation
        {
            entry.task = Some(task);
        }
    }

    /// A running check has failed once, or is slow.
    pub(super) fn failing(&mut self, from: Lane) {
        if from != Lane::Failing {
            self.lanes.move_to_failing(from);
            self.admit_waiting(0);
        }
    }

    /// A check has finished, or was aborted.
    pub(super) fn finished(&mut self, check: FinishedCheck) {
        self.lanes.exit(check.lane, check.host);
        let (mut postponed, mut interrupted) = (false, false);
        if let Some(entry) = self.entries.get_mut(&check.id)
            && entry.generation == check.generation
            && entry.state == EntryState::Running
        {
            entry.state = EntryState::Idle;
            entry.task = None;
            if let Some(up) = check.up {
                entry.failing = !up;
            }
            if entry.leaving {
                self.entries.remove(&check.id);
            } else {
                interrupted = check.interrupted && !entry.monitor.paused;
                postponed = entry.timer.is_none() && !entry.monitor.paused;
            }
        }
        self.admit_waiting(check.host);
        if interrupted {
            self.repeat(check.id, check.on_schedule);
        } else if postponed {
            self.due(check.id);
            self.arm(check.id);
        }
    }

    fn admit_waiting(&mut self, host: u32) {
        while let Some(ticket) = self.lanes.next(host) {
            let Some(entry) = self.entries.get(&ticket.id) else {
                continue;
            };
            if entry.generation == ticket.generation && entry.state == EntryState::Waiting {
                self.admit(ticket.id, ticket.lane);
            }
        }
    }

    /// Removes tombstones that are no longer needed.
    pub(super) fn remove_expired_tombstones(&mut self) {
        let now = Instant::now();
        self.tombstones.retain(|_, tombstone| tombstone.until > now);
    }
}
