//! What comes between a check and its slot: the clock was set, this process stood still, or it ends.

use domain::record::SkipReason;

use super::core::Schedule;
use super::lanes::Lane;
use super::types::{Action, EntryState, SkipSlots};

impl Schedule {
    /// This process stood still. The checks that were under way say nothing, and use up no slot.
    pub(super) fn stood_still(&mut self) {
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
            if entry.state != EntryState::Idle {
                self.actions.push(Action::Skip(SkipSlots {
                    from: entry.covered,
                    until: entry.covered,
                    monitor: entry.monitor,
                    reason: SkipReason::NoLease,
                }));
            }
        }
    }

    /// Checks again, for the latest slot, after nothing was said of the one that is covered; `was_due` says whether that
    /// one belongs to the monitor's time here.
    pub(super) fn repeat(&mut self, id: i64, was_due: bool) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let interval = i64::from(entry.monitor.interval_ms);
        let (next, lane) = if was_due {
            (entry.covered, entry.scheduled_lane())
        } else {
            (entry.covered.plus_millis(interval), Lane::CatchUp)
        };
        self.check_latest_slot(id, next, SkipReason::Overload, lane);
        self.arm(id);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::advance;

    use super::super::Origin;
    use super::super::tests::{Bench, INTERVAL_MS, grid, monitor};
    use super::super::types::FinishedCheck;
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(INTERVAL_MS as u64);
    const STANDSTILL: Duration = Duration::from_secs(35);

    /// Ends the check that was started last as one that spans a standstill.
    fn interrupt(bench: &mut Bench) {
        let start = bench.started.pop().unwrap();
        bench.schedule.finished(FinishedCheck {
            interrupted: true,
            ..FinishedCheck::of(&start)
        });
        bench.take_actions();
    }

    #[tokio::test(start_paused = true)]
    async fn what_spans_a_standstill_is_checked_again_for_the_latest_slot() {
        let interval = i64::from(INTERVAL_MS);
        let mut bench = Bench::roomy();
        bench.upsert(monitor(1, 1, false), Origin::Change);
        bench.end(true);
        bench.pass(INTERVAL).await;
        let interrupted = bench.started[0].slot;
        advance(STANDSTILL).await;
        bench.schedule.stood_still();
        bench.pass(Duration::ZERO).await;
        assert_eq!(bench.skipped, [], "it is not known yet what the check has found");
        interrupt(&mut bench);
        let repeated = bench.end(true);
        assert_eq!(repeated, grid(1).at_or_before(bench.clock.now()));
        let before = repeated.plus_millis(-interval);
        assert_eq!(bench.skipped, [(interrupted, before, SkipReason::Overload)]);
        bench.pass(INTERVAL).await;
        assert_eq!(bench.end(true), repeated.plus_millis(interval));
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_check_that_is_interrupted_tells_no_slot_before_the_monitor_as_skipped() {
        let mut bench = Bench::roomy();
        bench.upsert(monitor(1, 1, false), Origin::Change);
        let first = bench.started[0].slot;
        advance(STANDSTILL).await;
        bench.schedule.stood_still();
        bench.pass(Duration::ZERO).await;
        interrupt(&mut bench);
        assert!(bench.skipped.iter().all(|(from, ..)| *from > first));
        assert_eq!(bench.end(true), grid(1).at_or_before(bench.clock.now()));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_told_of_shards_that_another_pod_took_meanwhile() {
        let mut bench = Bench::roomy();
        bench.upsert(monitor(1, 1, false), Origin::Change);
        bench.end(true);
        advance(STANDSTILL).await;
        // The standstill is noticed when the schedule turns to something.
        let id = poll_fn(|context| bench.schedule.poll_expired(context)).await;
        bench.schedule.stood_still();
        bench.schedule.expired(id);
        bench.schedule.lose_shards(&[0, 1, 2, 3]);
        bench.take_actions();
        assert_eq!((bench.started.len(), bench.skipped.len()), (0, 0));
        assert_eq!((bench.schedule.monitors(), bench.schedule.running()), (0, 0));
    }
}
