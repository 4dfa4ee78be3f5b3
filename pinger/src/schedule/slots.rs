//! The slots of each monitor: when they come, and what is due then.

use std::sync::Arc;
use std::task::{Context, Poll};

use domain::Timestamp;
use domain::record::SkipReason;

use super::core::Schedule;
use super::lanes::Lane;
use super::types::{Action, EntryState, SkipSlots};
use crate::monitor::Monitor;

impl Schedule {
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

    /// Checks the latest slot, if it has not been yet.
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
        let missed_until = latest.plus_millis(-interval);
        match entry.state {
            EntryState::Idle => {
                let lane = entry.scheduled_lane();
                self.check_latest_slot(id, next, self.reason_of_missed(missed_until), lane);
            }
            EntryState::Waiting => {
                // It keeps waiting, now for the latest slot.
                let from = if entry.owed { entry.covered } else { next };
                (entry.covered, entry.slot, entry.owed) = (latest, latest, true);
                let (monitor, lane) = (Arc::clone(&entry.monitor), entry.scheduled_lane());
                let was_on_schedule = std::mem::replace(&mut entry.on_schedule, true);
                self.skip(monitor, from, missed_until, self.reason_of_missed(missed_until));
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
        self.skip(monitor, next, latest, self.reason_of_missed(latest));
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
        entry.owed |= latest >= next;
        let monitor = Arc::clone(&entry.monitor);
        self.skip(monitor, next, missed_until, reason);
        self.admit(id, lane);
        if lane == Lane::CatchUp {
            self.arm(id);
        }
    }

    /// Starts the first check of a definition, for the latest slot that has passed.
    pub(super) fn check_at_once(&mut self, id: i64) {
        let now = self.clock.now();
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.covered = entry.monitor.grid().at_or_before(now);
        entry.on_schedule = false;
        entry.owed = false;
        self.admit(id, Lane::CatchUp);
        self.arm(id);
    }

    /// Why slots up to `until` were missed.
    fn reason_of_missed(&self, until: Timestamp) -> SkipReason {
        if until <= self.thawed_at {
            SkipReason::Standstill
        } else {
            SkipReason::Overload
        }
    }

    pub(super) fn skip(
        &mut self,
        monitor: Arc<Monitor>,
        from: Timestamp,
        until: Timestamp,
        reason: SkipReason,
    ) {
        if from <= until {
            self.actions.push(Action::Skip(SkipSlots {
                monitor,
                from,
                until,
                reason,
            }));
        }
    }

    /// Sets the timer for the slot after the covered one.
    pub(super) fn arm(&mut self, id: i64) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.monitor.paused || entry.leaving.is_some() {
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
}
