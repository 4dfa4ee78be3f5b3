//! One check as a task: from its start to its record.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::record::SkipReason;
use tokio::sync::mpsc::{OwnedPermit, Sender};
use tokio::time::timeout;

use super::lanes::Lane;
use super::types::{Ending, FinishedCheck, Found, StartCheck};
use crate::checker::{Checker, Verdict};
use crate::clock::Clock;
use crate::egress::Egress;
use crate::metrics::Metrics;
use crate::publish::Publisher;
use crate::stall::StallWatch;

/// What every check depends on.
#[derive(Debug)]
pub(crate) struct CheckDependencies {
    pub(crate) checker: Arc<Checker>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) egress: Option<Egress>,
    pub(crate) clock: Clock,
    pub(crate) stalls: StallWatch,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a check reports to the schedule.
#[derive(Debug)]
pub(super) enum CheckEvent {
    /// It has failed once, or is slow, and is still running.
    Failing(Lane),
    /// It has finished.
    Finished(FinishedCheck),
}

/// How long a catch-up check may take before it counts as failing: nothing is known of its target.
const SLOW: Duration = Duration::from_secs(1);

/// Reports the end of a check to the schedule, also when its task is aborted.
struct CheckGuard {
    /// As which it ends; `None` once it has.
    finished: Option<FinishedCheck>,
    moving: Mutex<Moving>,
    /// The room for its last event.
    end: Option<OwnedPermit<CheckEvent>>,
}

/// The lane in which a check counts.
struct Moving {
    lane: Lane,
    /// The room for the event that it has moved.
    event: Option<OwnedPermit<CheckEvent>>,
}

impl CheckGuard {
    /// Of a check that is to start; `None` when there is no room for its events.
    fn new(start: &StartCheck, events: &Sender<CheckEvent>) -> Option<Self> {
        let room = || events.clone().try_reserve_owned().ok();
        Some(Self {
            finished: Some(FinishedCheck::of(start)),
            moving: Mutex::new(Moving {
                lane: start.lane,
                event: Some(room()?),
            }),
            end: Some(room()?),
        })
    }

    fn end_as(&mut self, up: Option<bool>, ending: Ending) {
        if let Some(finished) = &mut self.finished {
            (finished.up, finished.ending) = (up, ending);
        }
    }

    /// From now on the check counts in the lane of failing ones.
    fn move_to_failing(&self) {
        let mut moving = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let from = std::mem::replace(&mut moving.lane, Lane::Failing);
        if from != Lane::Failing
            && let Some(room) = moving.event.take()
        {
            room.send(CheckEvent::Failing(from));
        }
    }
}

impl Drop for CheckGuard {
    fn drop(&mut self) {
        let lane = self.moving.get_mut().unwrap_or_else(PoisonError::into_inner).lane;
        if let (Some(room), Some(finished)) = (self.end.take(), self.finished.take()) {
            room.send(CheckEvent::Finished(FinishedCheck { lane, ..finished }));
        }
    }
}

/// Makes a check and publishes what it has found.
///
/// # Errors
/// The check, when there is no room for its events.
pub(super) fn run(
    dependencies: Arc<CheckDependencies>,
    start: StartCheck,
    events: &Sender<CheckEvent>,
) -> Result<impl Future<Output = ()> + Send + use<>, StartCheck> {
    // Created here: a task may be aborted before its first poll, and the check already counts.
    let Some(mut guard) = CheckGuard::new(&start, events) else {
        return Err(start);
    };
    Ok(async move {
        let monitor = &start.monitor;
        let stalls = dependencies.stalls.count();
        let started_us = dependencies.clock.now_us();
        if start.on_schedule {
            let lateness_us = started_us - start.slot.as_millis() * 1_000;
            dependencies.metrics.lateness.record(lateness_us as f64 / 1e6);
        }
        let check = {
            let mut check = pin!(dependencies.checker.check(monitor, || guard.move_to_failing()));
            let in_time = match start.lane {
                Lane::CatchUp => timeout(SLOW, check.as_mut()).await.ok(),
                Lane::Regular | Lane::Failing => Some(check.as_mut().await),
            };
            match in_time {
                Some(check) => check,
                None => {
                    guard.move_to_failing();
                    check.await
                }
            }
        };
        let duration_us = dependencies.clock.now_us() - started_us;
        let mut is_void = matches!(check.verdict, Verdict::NotChecked(SkipReason::Standstill, _));
        let mut is_ours = matches!(check.verdict, Verdict::NotChecked(SkipReason::Egress, _));
        if !is_void && let Some(egress) = &dependencies.egress {
            let first = start.lane != Lane::Failing;
            let before = dependencies.stalls.count();
            is_ours |= egress.is_cause_of(check.failed, first).await;
            // References are not reached in a standstill either.
            is_void = is_ours && dependencies.stalls.count() != before;
        }
        let found = Found {
            monitor: start.monitor,
            slot: start.slot,
            timestamp: Timestamp::from_millis(started_us.div_euclid(1_000)),
            outcome: check,
            is_ours,
        };
        let up = found.up();
        if is_void {
            guard.end_as(None, Ending::Void);
        } else if dependencies.stalls.count() != stalls {
            guard.end_as(up, Ending::Unpublished(Box::new(found)));
        } else {
            dependencies.metrics.latency.record(duration_us as f64 / 1e6);
            publish(&dependencies, found);
            guard.end_as(up, Ending::Published);
        }
    })
}

impl Found {
    /// Whether the target answered as expected; `None` when that is not known.
    fn up(&self) -> Option<bool> {
        match self.outcome.verdict {
            _ if self.is_ours => None,
            Verdict::Up => Some(true),
            Verdict::Down(_) => Some(false),
            Verdict::NotChecked(..) => None,
        }
    }
}

/// Counts and publishes what a check has found.
pub(super) fn publish(dependencies: &CheckDependencies, found: Found) {
    let publisher = &dependencies.publisher;
    match found.up() {
        Some(true) => dependencies.metrics.up.increment(1),
        Some(false) => dependencies.metrics.down.increment(1),
        None => {}
    }
    let (monitor, slot) = (&found.monitor, found.slot);
    if found.is_ours {
        publisher.skipped(monitor, slot, slot, SkipReason::Egress);
    } else {
        publisher.result(monitor, slot, found.timestamp, found.outcome);
    }
}

#[cfg(test)]
mod tests;
