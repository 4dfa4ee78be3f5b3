//! One check as a task: from its start to its record.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::record::SkipReason;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::lanes::Lane;
use super::types::{FinishedCheck, StartCheck};
use crate::checker::{Checker, Verdict};
use crate::clock::Clock;
use crate::egress::Egress;
use crate::metrics::Metrics;
use crate::publish::Publisher;

/// What every check depends on.
#[derive(Debug)]
pub(crate) struct CheckDependencies {
    pub(crate) checker: Arc<Checker>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) egress: Option<Egress>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a check reports to the schedule.
#[derive(Clone, Copy, Debug)]
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
    finished: FinishedCheck,
    lane: Mutex<Lane>,
    // At most a few events per check in flight wait here, and those are limited.
    events: mpsc::UnboundedSender<CheckEvent>,
}

impl CheckGuard {
    fn new(start: &StartCheck, events: mpsc::UnboundedSender<CheckEvent>) -> Self {
        Self {
            finished: FinishedCheck {
                id: start.monitor.id.0,
                generation: start.generation,
                host: start.monitor.host,
                lane: start.lane,
                up: None,
            },
            lane: Mutex::new(start.lane),
            events,
        }
    }

    fn set_verdict(&mut self, up: bool) {
        self.finished.up = Some(up);
    }

    /// From now on the check counts in the lane of failing ones.
    fn move_to_failing(&self) {
        let mut lane = self.lane.lock().unwrap_or_else(PoisonError::into_inner);
        let from = std::mem::replace(&mut *lane, Lane::Failing);
        if from != Lane::Failing {
            let _ = self.events.send(CheckEvent::Failing(from));
        }
    }
}

impl Drop for CheckGuard {
    fn drop(&mut self) {
        let lane = *self.lane.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = self.events.send(CheckEvent::Finished(FinishedCheck {
            lane,
            ..self.finished
        }));
    }
}

/// Makes a check and publishes what it has found.
pub(super) fn run(
    dependencies: Arc<CheckDependencies>,
    start: StartCheck,
    events: mpsc::UnboundedSender<CheckEvent>,
) -> impl Future<Output = ()> + Send + use<> {
    // Created here: a task may be aborted before its first poll, and the check already counts.
    let mut guard = CheckGuard::new(&start, events);
    async move {
        let monitor = &start.monitor;
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
        dependencies.metrics.latency.record(duration_us as f64 / 1e6);
        let mut is_ours = matches!(check.verdict, Verdict::NotChecked(SkipReason::Egress, _));
        if let Some(egress) = &dependencies.egress {
            let first = start.lane != Lane::Failing;
            is_ours |= egress.is_cause_of(check.failed, first).await;
        }
        if is_ours {
            dependencies
                .publisher
                .skipped(monitor, start.slot, start.slot, SkipReason::Egress);
            return;
        }
        match &check.verdict {
            Verdict::Up => {
                dependencies.metrics.up.increment(1);
                guard.set_verdict(true);
            }
            Verdict::Down(_) => {
                dependencies.metrics.down.increment(1);
                guard.set_verdict(false);
            }
            Verdict::NotChecked(..) => {}
        }
        let timestamp = domain::Timestamp::from_millis(started_us.div_euclid(1_000));
        dependencies
            .publisher
            .result(monitor, start.slot, timestamp, check);
    }
}

#[cfg(test)]
mod tests;
