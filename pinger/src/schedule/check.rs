//! One check as a task: from its start to its record.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::record::SkipReason;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::lanes::Lane;
use super::types::{Ended, Start};
use crate::checker::{Checker, Verdict};
use crate::clock::Clock;
use crate::egress::Egress;
use crate::metrics::Metrics;
use crate::publish::Publisher;

/// What every check needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) checker: Arc<Checker>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) egress: Option<Egress>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a check tells the schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// It has failed once, or is slow, and goes on.
    Failing(Lane),
    /// It has ended.
    Ended(Ended),
}

/// After how long a check out of turn is no longer taken for one of a healthy target: nothing is known of it.
const SLOW: Duration = Duration::from_secs(1);

/// Tells the schedule that the check has ended, also when its task was ended.
struct Report {
    ended: Ended,
    lane: Mutex<Lane>,
    // At most a few events per check in flight wait here, and those are limited.
    events: mpsc::UnboundedSender<Event>,
}

impl Report {
    fn new(start: &Start, events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            ended: Ended {
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

    fn found(&mut self, up: bool) {
        self.ended.up = Some(up);
    }

    /// The check takes room from those that fail from now on.
    fn step_aside(&self) {
        let mut lane = self.lane.lock().unwrap_or_else(PoisonError::into_inner);
        let from = std::mem::replace(&mut *lane, Lane::Failing);
        if from != Lane::Failing {
            let _ = self.events.send(Event::Failing(from));
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let lane = *self.lane.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = self.events.send(Event::Ended(Ended { lane, ..self.ended }));
    }
}

/// Makes a check and publishes what it has found.
pub(super) fn run(
    context: Arc<Context>,
    start: Start,
    events: mpsc::UnboundedSender<Event>,
) -> impl Future<Output = ()> + Send + use<> {
    // Made here: a task may be ended before it is polled for the first time, and the room is taken already.
    let mut report = Report::new(&start, events);
    async move {
        let monitor = &start.monitor;
        let started_us = context.clock.now_us();
        if start.in_turn {
            let lateness_us = started_us - start.slot.as_millis() * 1_000;
            context.metrics.lateness.record(lateness_us as f64 / 1e6);
        }
        let check = {
            let mut check = pin!(context.checker.check(monitor, || report.step_aside()));
            let in_time = match start.lane {
                Lane::CatchUp => timeout(SLOW, check.as_mut()).await.ok(),
                Lane::Regular | Lane::Failing => Some(check.as_mut().await),
            };
            match in_time {
                Some(check) => check,
                None => {
                    report.step_aside();
                    check.await
                }
            }
        };
        let duration_us = context.clock.now_us() - started_us;
        context.metrics.latency.record(duration_us as f64 / 1e6);
        if let Some(egress) = &context.egress
            && egress.explains(check.failed, start.lane != Lane::Failing).await
        {
            context
                .publisher
                .skipped(monitor, start.slot, start.slot, SkipReason::Egress);
            return;
        }
        match &check.verdict {
            Verdict::Up => {
                context.metrics.up.increment(1);
                report.found(true);
            }
            Verdict::Down(_) => {
                context.metrics.down.increment(1);
                report.found(false);
            }
            Verdict::NotChecked(_) => {}
        }
        let timestamp = domain::Timestamp::from_millis(started_us.div_euclid(1_000));
        context.publisher.result(monitor, start.slot, timestamp, check);
    }
}

#[cfg(test)]
mod tests;
