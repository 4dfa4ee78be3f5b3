//! One check as a task: from its start to its record.

use std::sync::Arc;

use domain::record::SkipReason;
use tokio::sync::mpsc;

use super::lanes::Lane;
use super::types::{Ended, Start};
use crate::clock::Clock;
use crate::egress::Egress;
use crate::metrics::Metrics;
use crate::probe::{Engine, Verdict};
use crate::publish::Publisher;

/// What every check needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) engine: Arc<Engine>,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) egress: Option<Egress>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a check tells the schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// It has failed once and goes on.
    Failing(Lane),
    /// It has ended.
    Ended(Ended),
}

/// Tells the schedule that the check has ended, also when its task was ended.
struct Report {
    ended: Ended,
    // At most a few events per check in flight wait here, and those are limited.
    events: mpsc::UnboundedSender<Event>,
}

impl Report {
    fn failing(&mut self) {
        let from = std::mem::replace(&mut self.ended.lane, Lane::Failing);
        let _ = self.events.send(Event::Failing(from));
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Ended(self.ended));
    }
}

/// Makes a check and publishes what it has found.
pub(super) async fn run(context: Arc<Context>, start: Start, events: mpsc::UnboundedSender<Event>) {
    let monitor = &start.monitor;
    let mut report = Report {
        ended: Ended {
            id: monitor.id.0,
            generation: start.generation,
            host: monitor.host,
            lane: start.lane,
            up: None,
        },
        events,
    };
    let started_us = context.clock.now_us();
    if start.in_turn {
        let lateness_us = started_us - start.slot.as_millis() * 1_000;
        context.metrics.lateness.record(lateness_us as f64 / 1e6);
    }
    let check = context.engine.check(monitor, || report.failing()).await;
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
            report.ended.up = Some(true);
        }
        Verdict::Down(_) => {
            context.metrics.down.increment(1);
            report.ended.up = Some(false);
        }
        Verdict::NotMade(_) => {}
    }
    let timestamp = domain::Timestamp::from_millis(started_us.div_euclid(1_000));
    context.publisher.result(monitor, start.slot, timestamp, check);
}
