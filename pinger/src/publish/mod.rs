//! Publishes records to Kafka. A record counts as published when the broker has acknowledged it. The slots of one that
//! finds no room, or is not acknowledged, become a gap, which is published as skipped later.

mod gaps;
mod record;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use domain::judgement::Judgement;
use domain::record::{Judged, SkipReason};
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
use gaps::{Gap, Gaps, SlotRange};

/// How often gaps are published.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How often delivery reports are read: a wake-up for each would cost as much as its check.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// Records that wait for their delivery report, at most. There are more than the producer's queue holds, since a report
/// is read a moment after it came.
const MAX_PENDING: usize = 131_072;

/// Room that is kept after an outage for the next one.
const KEPT_PENDING: usize = 1_024;

/// Publishes records.
#[derive(Debug)]
pub(crate) struct Publisher {
    producer: Producer,
    topic: String,
    region: String,
    clock: Clock,
    metrics: Arc<Metrics>,
    pending: mpsc::Sender<PendingRecord>,
    gaps: Mutex<Gaps>,
    has_gaps: AtomicBool,
}

/// A record that Kafka has not acknowledged yet.
pub(crate) struct PendingRecord {
    ack: Ack,
    /// What its slots become if it is not acknowledged.
    gap: Gap,
}

impl Publisher {
    pub(crate) fn new(
        producer: Producer,
        topic: String,
        region: String,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> (Self, mpsc::Receiver<PendingRecord>) {
        let (pending, reports) = mpsc::channel(MAX_PENDING);
        let publisher = Self {
            producer,
            topic,
            region,
            clock,
            metrics,
            pending,
            gaps: Mutex::default(),
            has_gaps: AtomicBool::new(false),
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
            Err((reason, why)) => {
                let (monitor_id, org_id, region) = (monitor.id.0, monitor.org_id.0, &self.region);
                let reason_name = reason.as_str();
                tracing::warn!(monitor_id, org_id, %slot, region, reason = reason_name, why, "could not check");
                self.skipped(monitor, slot, slot, reason);
                return;
            }
        };
        // What the slot becomes when its result is not published.
        let lost = Gap::of_record(monitor, slot);
        // Earlier gaps go first, which keeps the order of the monitor's slots.
        if self.has_gaps.load(Ordering::Relaxed) && !self.publish_gaps_of(monitor.id.0) {
            self.add_gap(lost, 1);
            return;
        }
        self.send(&record, lost);
    }

    /// Publishes what is said of a heartbeat.
    pub(crate) fn judgement(&self, monitor: &Arc<Monitor>, judgement: Judgement) {
        let slot = judgement.slot;
        let lost = Gap {
            judged: Some(Box::new(judgement.judged)),
            ..Gap::of_record(monitor, slot)
        };
        let record = record::judgement(monitor, &self.region, self.clock.now(), judgement);
        self.send(&record, lost);
    }

    /// Publishes that a deadline of a heartbeat was not decided, by whoever knew so much of its pings.
    pub(crate) fn skipped_deadline(&self, monitor: &Arc<Monitor>, at: Timestamp, judged: Judged) {
        self.skip(Gap {
            reason: SkipReason::PingsUnknown,
            counted: true,
            judged: Some(Box::new(judged)),
            ..Gap::of_record(monitor, at)
        });
    }

    /// Publishes that slots were not checked.
    pub(crate) fn skipped(
        &self,
        monitor: &Arc<Monitor>,
        from: Timestamp,
        until: Timestamp,
        reason: SkipReason,
    ) {
        self.skip(Gap {
            range: SlotRange {
                monitor: Arc::clone(monitor),
                from,
                until,
            },
            reason,
            counted: true,
            judged: None,
        });
    }

    fn skip(&self, gap: Gap) {
        self.metrics.skipped(gap.reason, gap.range.slots());
        self.send(&self.skip_record(&gap), gap);
    }

    fn skip_record(&self, gap: &Gap) -> Record {
        record::skipped(gap, &self.region, self.clock.now())
    }

    fn send(&self, record: &Record, gap: Gap) {
        if !self.try_send(record, &gap) {
            self.add_gap(gap, 1);
        }
    }

    /// Queues a record; false when there is no room.
    fn try_send(&self, record: &Record, gap: &Gap) -> bool {
        let Ok(room) = self.pending.try_reserve() else {
            return false;
        };
        let mut digits = itoa::Buffer::new();
        let key = digits.format(record.monitor_id().0);
        match self.producer.send(&self.topic, key, &record.encode()) {
            Ok(ack) => {
                let gap = gap.clone();
                room.send(PendingRecord { ack, gap });
                true
            }
            Err(_) => false,
        }
    }

    /// Keeps the slots of records that were not published.
    fn add_gap(&self, gap: Gap, records: u64) {
        self.metrics.shed.increment(records);
        let mut gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        gaps.add(gap);
        self.has_gaps.store(true, Ordering::Relaxed);
    }

    /// Publishes the gaps of a monitor; false when there is still no room for them.
    fn publish_gaps_of(&self, id: i64) -> bool {
        let mut gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(gap) = gaps.first(id) {
            let counted = Gap {
                counted: true,
                ..gap.clone()
            };
            if !self.try_send(&self.skip_record(&counted), &counted) {
                return false;
            }
            if !gap.counted {
                self.metrics.skipped(gap.reason, gap.range.slots());
            }
            gaps.remove_first(id);
        }
        self.has_gaps.store(!gaps.is_empty(), Ordering::Relaxed);
        true
    }

    /// Publishes as many gaps as there is room for.
    fn publish_gaps(&self) {
        if !self.has_gaps.load(Ordering::Relaxed) {
            return;
        }
        let ids: Vec<i64> = {
            let gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
            gaps.monitors()
        };
        for id in ids {
            if !self.publish_gaps_of(id) {
                return;
            }
        }
    }

    /// Waits at most `deadline` until Kafka has acknowledged everything.
    pub(crate) async fn flush(&self, deadline: Duration) {
        self.publish_gaps();
        if let Err(error) = self.producer.flush(deadline).await {
            tracing::error!(%error, left = self.producer.in_flight(), "records were lost at shutdown");
        }
    }

    /// Follows the delivery reports until the publisher is gone.
    pub(crate) async fn follow(
        publisher: Weak<Self>,
        mut pending: mpsc::Receiver<PendingRecord>,
        metrics: Arc<Metrics>,
        readiness: Readiness,
    ) {
        let mut reports = DeliveryReports {
            publisher,
            metrics,
            readiness,
            failing: false,
        };
        let mut retry = tokio::time::interval(RETRY_INTERVAL);
        let mut ticks = tokio::time::interval(REPORT_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = VecDeque::new();
        loop {
            let sweep = tokio::select! {
                _ = ticks.tick() => false,
                _ = retry.tick() => true,
            };
            while waiting.len() < MAX_PENDING
                && let Ok(more) = pending.try_recv()
            {
                waiting.push_back(more);
            }
            if sweep {
                // A record that waits for its partition must not block the reports of the others.
                waiting.retain_mut(|record| !reports.handle(record));
                if let Some(publisher) = reports.publisher.upgrade() {
                    publisher.publish_gaps();
                }
            } else {
                while waiting.front_mut().is_some_and(|first| reports.handle(first)) {
                    waiting.pop_front();
                }
            }
            if waiting.is_empty() {
                waiting.shrink_to(KEPT_PENDING);
            }
            if waiting.is_empty() && pending.is_closed() && pending.is_empty() {
                return;
            }
        }
    }
}

/// Handles delivery reports.
struct DeliveryReports {
    publisher: Weak<Publisher>,
    metrics: Arc<Metrics>,
    readiness: Readiness,
    failing: bool,
}

impl DeliveryReports {
    /// Handles the delivery report of a record; false when there is none yet.
    fn handle(&mut self, record: &mut PendingRecord) -> bool {
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
                    publisher.add_gap(record.gap.clone(), 0);
                }
            }
        }
        true
    }
}

#[cfg(test)]
pub(crate) mod tests;
