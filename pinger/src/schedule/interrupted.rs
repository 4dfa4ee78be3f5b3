//! What comes between a check and its slot: the clock was set, this process stood still, or it ends.

use std::sync::Arc;

use domain::record::SkipReason;

use super::core::Schedule;
use super::lanes::Lane;
use super::types::{Action, EntryState, Leaving, SkipSlots, StartCheck};

/// How many checks of a monitor in a row that standstills left without a verdict are made again at once, at most.
const MAX_VOIDS: u8 = 2;

impl Schedule {
    /// This process stood still. The checks that were under way use up no slot.
    pub(super) fn stood_still(&mut self) {
        self.thawed_at = self.clock.now();
        for entry in self.entries.values_mut() {
            if entry.state == EntryState::Running {
                entry.on_schedule = false;
            }
        }
        self.reset_timers();
    }

    /// Sets all timers again after the clock was set.
    pub(super) fn reset_timers(&mut self) {
        let now = self.clock.now();
        let ids: Vec<i64> = self.entries.keys().copied().collect();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id) {
                if entry.covered > now {
                    entry.covered = entry.monitor.grid().at_or_before(now);
                }
                self.arm(id);
            }
        }
    }

    /// Aborts every unfinished check, and skips its slot.
    pub(super) fn end_all(&mut self) {
        for (_, entry) in self.entries.drain() {
            if let Some(task) = &entry.task {
                task.abort();
            }
            if entry.state != EntryState::Idle && entry.leaving != Some(Leaving::Lost) {
                self.actions.push(Action::Skip(SkipSlots {
                    from: entry.slot,
                    until: entry.slot,
                    monitor: entry.monitor,
                    reason: SkipReason::NoLease,
                }));
            }
        }
    }

    /// Makes a check that standstills left without a verdict again, for the latest slot; false when too many were in a
    /// row. Then its slot is skipped, and the next one is waited for.
    pub(super) fn repeats_void(&mut self, id: i64) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        // The slots since have been told as skipped; it is not checked behind them.
        let is_latest = entry.slot == entry.covered;
        if entry.voids >= MAX_VOIDS || !is_latest {
            entry.voids = entry.voids.saturating_add(1);
            self.skip_void(id);
            return false;
        }
        entry.voids += 1;
        let (next, lane) = if entry.owed {
            (entry.covered, entry.scheduled_lane())
        } else {
            let interval = i64::from(entry.monitor.interval_ms);
            (entry.covered.plus_millis(interval), Lane::CatchUp)
        };
        self.check_latest_slot(id, next, SkipReason::Standstill, lane);
        self.arm(id);
        true
    }

    /// Skips the slot of a check that standstills left without a verdict.
    pub(super) fn skip_void(&mut self, id: i64) {
        if let Some(entry) = self.entries.get(&id)
            && entry.owed
        {
            let (monitor, slot) = (Arc::clone(&entry.monitor), entry.slot);
            self.skip(monitor, slot, slot, SkipReason::Standstill);
        }
    }

    /// Takes back checks that have not been started yet and are no longer wanted: while this pod found out whether it
    /// still has its shards, monitors were changed or removed.
    pub(super) fn discard_outdated(&mut self) {
        let mut hosts = Vec::new();
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Start(start) if !self.is_wanted(&start) => {
                    self.lanes.exit(start.lane, start.monitor.host);
                    hosts.push(start.monitor.host);
                }
                other => self.actions.push(other),
            }
        }
        for host in hosts {
            self.admit_waiting(host);
        }
    }

    fn is_wanted(&self, start: &StartCheck) -> bool {
        let entry = self.entries.get(&start.monitor.id.0);
        entry.is_some_and(|entry| entry.generation == start.generation)
    }
}
