//! The schedule's shards: taking them, giving them up, and comparing their monitors with user-service's.

use domain::Timestamp;
use domain::internal::shard_of;

use super::core::Schedule;
use super::types::{Entry, Phase};

impl Schedule {
    /// This pod checks these shards from now on; their former holder, where it said so, up to a boundary.
    pub(super) fn hold(&mut self, shards: Vec<(u32, Option<Timestamp>)>) {
        for (shard, boundary) in shards {
            self.held.set(shard, true);
            match boundary {
                Some(boundary) => self.boundaries.insert(shard, boundary),
                None => self.boundaries.remove(&shard),
            };
        }
    }

    /// Another pod checks these shards already.
    pub(super) fn lose(&mut self, shards: &[u32]) {
        for id in self.give_up(shards) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(key) = entry.timer.take() {
                self.queue.try_remove(&key);
            }
            if entry.phase == Phase::Running {
                entry.leaving = true;
            } else {
                self.entries.remove(&id);
            }
        }
    }

    /// Another pod checks these shards from the answered boundary on; what is due by then is still made here.
    pub(super) fn hand_over(&mut self, shards: &[u32]) -> Timestamp {
        let boundary = self.clock.now();
        for id in self.give_up(shards) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let next = entry.covered.plus_millis(i64::from(entry.monitor.interval_ms));
            if !entry.monitor.paused && next <= boundary {
                let latest = entry.monitor.grid().at_or_before(boundary);
                match entry.phase {
                    Phase::Idle => self.due(id),
                    // It would have followed the check out of turn that is running.
                    Phase::Running => self.pass_over(id, latest),
                    Phase::Waiting => {}
                }
            }
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if let Some(key) = entry.timer.take() {
                self.queue.try_remove(&key);
            }
            if entry.phase == Phase::Idle {
                self.entries.remove(&id);
            } else {
                entry.leaving = true;
            }
        }
        boundary
    }

    fn give_up(&mut self, shards: &[u32]) -> Vec<i64> {
        for &shard in shards {
            self.held.set(shard, false);
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

    /// Hears of monitors that are as they were; whether all of them are known.
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

    /// Begins a comparison with everything that user-service knows.
    pub(super) fn begin_reconcile(&mut self) -> (u32, Vec<u32>) {
        self.epoch = self.epoch.wrapping_add(1);
        (self.epoch, self.held.list())
    }

    /// Forgets the monitors of `shards` that were not heard of since the comparison began.
    pub(super) fn end_reconcile(&mut self, epoch: u32, shards: &[u32]) -> usize {
        let total = self.shards;
        let gone: Vec<i64> = self
            .entries
            .iter()
            .filter(|(_, entry)| {
                !entry.leaving
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
