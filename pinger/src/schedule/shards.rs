//! The schedule's shards: taking and releasing them, and reconciling their monitors.

use domain::Timestamp;
use domain::internal::shard_of;

use super::core::Schedule;
use super::types::{Action, Entry, EntryState, Leaving};

/// How far another pod's clock may be ahead of ours, in milliseconds.
const TOLERATED_AHEAD_MS: i64 = 1_000;

impl Schedule {
    /// Starts checking these shards, each from the boundary of its former holder on, if known.
    pub(super) fn take_shards(&mut self, shards: Vec<(u32, Option<Timestamp>)>) {
        // Who holds a later one has a clock that is wrong: nothing would be checked until then.
        let latest = self.clock.now().plus_millis(TOLERATED_AHEAD_MS);
        for (shard, boundary) in shards {
            let boundary = boundary.filter(|boundary| *boundary <= latest);
            self.owned.set(shard, true);
            match boundary {
                Some(boundary) => self.boundaries.insert(shard, boundary),
                None => self.boundaries.remove(&shard),
            };
        }
    }

    /// Gives memory back after many monitors have gone.
    pub(super) fn shrink(&mut self) {
        let wanted = self.entries.len() * 2;
        if self.entries.capacity() > wanted.saturating_mul(4) {
            self.entries.shrink_to(wanted);
        }
    }

    /// Drops shards that another pod already checks.
    pub(super) fn lose_shards(&mut self, shards: &[u32]) {
        let freed = self.retract(shards);
        for id in self.release_shards(shards) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(key) = entry.timer.take() {
                self.queue.try_remove(&key);
            }
            if entry.state == EntryState::Running {
                entry.leaving = Some(Leaving::Lost);
            } else {
                self.entries.remove(&id);
            }
        }
        for host in freed {
            self.admit_waiting(host);
        }
    }

    /// Takes back what is still to be done for these shards; returns the hosts that have more room now.
    fn retract(&mut self, shards: &[u32]) -> Vec<u32> {
        let total = self.shards;
        let is_lost = |id| shards.contains(&shard_of(id, total));
        let mut freed = Vec::new();
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Skip(skip) if is_lost(skip.monitor.id) => {}
                Action::Publish(found) if is_lost(found.monitor.id) => {}
                Action::Start(start) if is_lost(start.monitor.id) => {
                    self.lanes.exit(start.lane, start.monitor.host);
                    freed.push(start.monitor.host);
                    if let Some(entry) = self.entries.get_mut(&start.monitor.id.0)
                        && entry.generation == start.generation
                    {
                        entry.state = EntryState::Idle;
                    }
                }
                other => self.actions.push(other),
            }
        }
        freed
    }

    /// Stops checking these shards at the returned boundary; what is due by then is still checked here.
    pub(super) fn hand_over(&mut self, shards: &[u32]) -> Timestamp {
        let boundary = self.clock.now();
        for id in self.release_shards(shards) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let next = entry.covered.plus_millis(i64::from(entry.monitor.interval_ms));
            if !entry.monitor.paused && next <= boundary {
                let latest = entry.monitor.grid().at_or_before(boundary);
                match entry.state {
                    EntryState::Idle => self.due(id),
                    // It would have followed the running catch-up check.
                    EntryState::Running => self.skip_until(id, latest),
                    EntryState::Waiting => {}
                }
            }
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(key) = entry.timer.take() {
                self.queue.try_remove(&key);
            }
            if entry.state == EntryState::Idle {
                self.entries.remove(&id);
            } else {
                entry.leaving = Some(Leaving::HandedOver);
            }
        }
        boundary
    }

    fn release_shards(&mut self, shards: &[u32]) -> Vec<i64> {
        for &shard in shards {
            self.owned.set(shard, false);
            self.boundaries.remove(&shard);
        }
        let total = self.shards;
        let concerned = |entry: &Entry| shards.contains(&shard_of(entry.monitor.id, total));
        self.entries
            .iter()
            .filter(|(_, entry)| concerned(entry))
            .map(|(&id, _)| id)
            .collect()
    }

    /// Marks monitors as unchanged; false when one of them is not known.
    pub(super) fn touch(&mut self, ids: &[i64]) -> bool {
        let mut all_known = true;
        for id in ids {
            match self.entries.get_mut(id) {
                Some(entry) => entry.epoch = self.epoch,
                None => all_known = false,
            }
        }
        all_known
    }

    /// Begins a reconciliation with the definitions of user-service.
    pub(super) fn begin_reconcile(&mut self) -> (u32, Vec<u32>) {
        self.epoch = self.epoch.wrapping_add(1);
        (self.epoch, self.owned.list())
    }

    /// Removes the monitors of `shards` that were not seen since the reconciliation began.
    pub(super) fn end_reconcile(&mut self, epoch: u32, shards: &[u32]) -> usize {
        let total = self.shards;
        let gone: Vec<i64> = self
            .entries
            .iter()
            .filter(|(_, entry)| {
                entry.leaving.is_none()
                    && entry.epoch.wrapping_sub(epoch) > u32::MAX / 2
                    && shards.binary_search(&shard_of(entry.monitor.id, total)).is_ok()
            })
            .map(|(&id, _)| id)
            .collect();
        for &id in &gone {
            self.forget(id);
        }
        gone.len()
    }
}
