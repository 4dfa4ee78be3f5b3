//! Records to Kafka. A record counts as published when the broker has acknowledged it; what finds no room,
//! or is not acknowledged, is remembered as a range of slots and told later.

mod record;
mod shed;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use domain::record::SkipReason;
use domain::{Record, Timestamp};
use futures_util::FutureExt as _;
use shared::kafka::{Ack, Producer};
use shared::ops::Readiness;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::checker::CheckOutcome;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::monitor::Monitor;
use shed::{Piece, Range, Shed};

/// How often what was shed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often delivery reports are looked at: to be woken by each of them would cost as much as its check.
const REPORTS: Duration = Duration::from_millis(50);

/// Publishes records.
#[derive(Debug)]
pub(crate) struct Publisher {
    producer: Producer,
    topic: String,
    region: String,
    clock: Clock,
    metrics: Arc<Metrics>,
    // Bounded by the producer's queue: a pending record is in it, or was until a moment ago.
    pending: mpsc::UnboundedSender<Pending>,
    shed: Mutex<Shed>,
    has_shed: AtomicBool,
}

/// A record that Kafka has not acknowledged yet.
pub(crate) struct Pending {
    ack: Ack,
    /// What is told of its slots if it does not come.
    piece: Piece,
}

impl Publisher {
    pub(crate) fn new(
        producer: Producer,
        topic: String,
        region: String,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> (Self, mpsc::UnboundedReceiver<Pending>) {
        let (pending, reports) = mpsc::unbounded_channel();
        let publisher = Self {
            producer,
            topic,
            region,
            clock,
            metrics,
            pending,
            shed: Mutex::default(),
            has_shed: AtomicBool::new(false),
        };
        (publisher, reports)
    }

    /// Publishes what a check has found.
    pub(crate) fn result(
        &self,
        monitor: &Arc<Monitor>,
        slot: Timestamp,
        timestamp: Timestamp,
        check: CheckOutcome,
    ) {
        let record = match record::result(monitor, &self.region, slot, timestamp, check) {
            Ok(record) => record,
            Err(why) => {
                let (monitor_id, org_id, region) = (monitor.id.0, monitor.org_id.0, &self.region);
                tracing::warn!(monitor_id, org_id, %slot, region, why, "could not check");
                self.skipped(monitor, slot, slot, SkipReason::Overload);
                return;
            }
        };
        // What becomes of the slot when its result does not get through.
        let lost = Piece {
            range: Range {
                monitor: Arc::clone(monitor),
                from: slot,
                until: slot,
            },
            reason: SkipReason::BufferFull,
            counted: false,
        };
        // The order of a monitor's slots is kept: what was shed before goes first.
        if self.has_shed.load(Ordering::Relaxed) && !self.tell_shed_of(monitor.id.0) {
            self.shed(lost, 1);
            return;
        }
        self.send(&record, lost);
    }

    /// Publishes that slots were not checked.
    pub(crate) fn skipped(
        &self,
        monitor: &Arc<Monitor>,
        from: Timestamp,
        until: Timestamp,
        reason: SkipReason,
    ) {
        let piece = Piece {
            range: Range {
                monitor: Arc::clone(monitor),
                from,
                until,
            },
            reason,
            counted: true,
        };
        self.metrics.skipped(reason, piece.range.slots());
        self.send(&self.skip_record(&piece), piece);
    }

    fn skip_record(&self, piece: &Piece) -> Record {
        record::skipped(piece, &self.region, self.clock.now())
    }

    fn send(&self, record: &Record, piece: Piece) {
        if !self.try_send(record, &piece) {
            self.shed(piece, 1);
        }
    }

    /// Queues a record; false when there is no room.
    fn try_send(&self, record: &Record, piece: &Piece) -> bool {
        let mut digits = itoa::Buffer::new();
        let key = digits.format(record.monitor_id().0);
        match self.producer.send(&self.topic, key, &record.encode()) {
            Ok(ack) => {
                let piece = piece.clone();
                let _ = self.pending.send(Pending { ack, piece });
                true
            }
            Err(_) => false,
        }
    }

    /// Remembers slots whose records found no room.
    fn shed(&self, piece: Piece, records: u64) {
        self.metrics.shed.increment(records);
        let mut shed = self.shed.lock().unwrap_or_else(PoisonError::into_inner);
        shed.add(piece);
        self.has_shed.store(true, Ordering::Relaxed);
    }

    /// Tells what was shed of a monitor; false when there is still no room for it.
    fn tell_shed_of(&self, id: i64) -> bool {
        let mut shed = self.shed.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(piece) = shed.first(id) {
            let told = Piece {
                counted: true,
                ..piece.clone()
            };
            if !self.try_send(&self.skip_record(&told), &told) {
                return false;
            }
            if !piece.counted {
                self.metrics.skipped(piece.reason, piece.range.slots());
            }
            shed.told(id);
        }
        self.has_shed.store(!shed.is_empty(), Ordering::Relaxed);
        true
    }

    /// Tells of as much that was shed as there is room for.
    fn tell_shed(&self) {
        if !self.has_shed.load(Ordering::Relaxed) {
            return;
        }
        let ids: Vec<i64> = {
            let shed = self.shed.lock().unwrap_or_else(PoisonError::into_inner);
            shed.monitors()
        };
        for id in ids {
            if !self.tell_shed_of(id) {
                return;
            }
        }
    }

    /// Waits until Kafka has everything, at most `deadline`.
    pub(crate) async fn flush(&self, deadline: Duration) {
        self.tell_shed();
        if let Err(error) = self.producer.flush(deadline).await {
            tracing::error!(%error, left = self.producer.in_flight(), "records were lost at the end");
        }
    }

    /// Follows the delivery reports until the publisher is gone.
    pub(crate) async fn follow(
        publisher: Weak<Self>,
        mut pending: mpsc::UnboundedReceiver<Pending>,
        metrics: Arc<Metrics>,
        readiness: Readiness,
    ) {
        let mut reports = Reports {
            publisher,
            metrics,
            readiness,
            failing: false,
        };
        let mut retry = tokio::time::interval(RETRY);
        let mut ticks = tokio::time::interval(REPORTS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = VecDeque::new();
        loop {
            let sweep = tokio::select! {
                _ = ticks.tick() => false,
                _ = retry.tick() => true,
            };
            while let Ok(more) = pending.try_recv() {
                waiting.push_back(more);
            }
            if sweep {
                // What waits for one partition must not keep the others' reports from being read.
                waiting.retain_mut(|record| !reports.has_come(record));
                if let Some(publisher) = reports.publisher.upgrade() {
                    publisher.tell_shed();
                }
            } else {
                while waiting.front_mut().is_some_and(|first| reports.has_come(first)) {
                    waiting.pop_front();
                }
            }
            if waiting.is_empty() && pending.is_closed() && pending.is_empty() {
                return;
            }
        }
    }
}

/// What delivery reports lead to.
struct Reports {
    publisher: Weak<Publisher>,
    metrics: Arc<Metrics>,
    readiness: Readiness,
    failing: bool,
}

impl Reports {
    /// Whether the record's report has come; if so, it is acted on.
    fn has_come(&mut self, record: &mut Pending) -> bool {
        match (&mut record.ack).now_or_never() {
            None => return false,
            Some(Ok(_)) => {
                self.metrics.published.increment(1);
                if std::mem::take(&mut self.failing) {
                    self.readiness.ok("kafka");
                }
            }
            Some(Err(error)) => {
                self.metrics.unacknowledged.increment(1);
                self.failing = true;
                self.readiness.fail("kafka", error.to_string());
                if let Some(publisher) = self.publisher.upgrade() {
                    publisher.shed(record.piece.clone(), 0);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use domain::monitor::{Definition, HttpProbe, Probe, Spec};
    use domain::{MonitorId, OrgId, Rule};
    use shared::kafka::KafkaSettings;

    use super::*;
    use crate::checker::Verdict;

    pub(super) fn monitor(id: i64) -> Arc<Monitor> {
        let spec = Spec {
            interval_ms: 10_000,
            timeout_ms: 1_000,
            retries: 0,
            retry_delay_ms: 0,
            rule: Rule::default(),
            paused: false,
            upside_down: false,
            probe: Probe::Http(HttpProbe::get("http://a.example/")),
        };
        let definition = Definition {
            id: MonitorId(id),
            org_id: OrgId(7),
            revision: 1,
            changed_at: None,
            spec,
        };
        Arc::new(Monitor::compile(definition).unwrap())
    }

    fn up() -> CheckOutcome {
        CheckOutcome {
            verdict: Verdict::Up,
            failed: None,
            attempts: 1,
            latency: Duration::from_millis(7),
            status: Some(200),
            timings: Default::default(),
            tls_expires_at: None,
        }
    }

    #[tokio::test]
    async fn while_kafka_is_away_results_wait_and_then_become_ranges() {
        const QUEUE: i64 = 100_000;
        let producer = Producer::new(
            &KafkaSettings::new("127.0.0.1:1", "", 1),
            Duration::from_secs(600),
        )
        .unwrap();
        let (publisher, _reports) = Publisher::new(
            producer,
            "results".to_owned(),
            "default".to_owned(),
            Clock::system(),
            Arc::new(Metrics::new()),
        );
        let monitors: Vec<_> = (1..=10).map(monitor).collect();
        let begun = Instant::now();
        let rounds = QUEUE / 10 + 20;
        for round in 0..rounds {
            for monitor in &monitors {
                let slot = monitor
                    .grid()
                    .at_or_before(Timestamp::from_millis(round * 10_000));
                publisher.result(monitor, slot, slot, up());
            }
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "nobody waits for Kafka"
        );
        assert_eq!(i64::from(publisher.producer.in_flight()), QUEUE);
        let shed = publisher.shed.lock().unwrap();
        assert_eq!(shed.monitors().len(), 10);
        for id in 1..=10 {
            let piece = shed.first(id).unwrap();
            assert_eq!(piece.range.slots(), 20, "what follows on each other is one range");
            assert_eq!((piece.reason, piece.counted), (SkipReason::BufferFull, false));
        }
    }
}
