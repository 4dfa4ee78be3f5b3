//! The first step: finds the organisation that owns each record's monitor.

use std::time::Duration;

use domain::record::LifecycleEvent;
use domain::{MonitorId, Record};
use intake::{DeadLetters, Intake, Limits, NoRoom, Offsets, Reason, Received, Rejection, Results};
use shared::kafka::{KafkaError, KafkaSettings, Message};
use shared::retry::{Interrupted, Pauses, every, until_ok};
use tokio::sync::mpsc;

use super::{Batch, DatabaseRetry};
use crate::batch::Entry;
use crate::metrics::{self, Dropped};
use crate::store::Directory;

/// Records that wait for their monitor's definition, at most.
const PARKING_PLACES: usize = 10_000;

/// The pause before the brokers are asked again how many partitions there are.
const COUNT_PAUSE: Duration = Duration::from_secs(1);

/// Reads results, and finds their organisations.
#[derive(Debug)]
struct ResultsIntake {
    intake: Intake<Results>,
    directory: Directory,
    database: DatabaseRetry,
    /// Records of a batch, at most.
    batch_max: usize,
}

/// What a [`ResultsIntake`] is made of, once it is known how many partitions the topic has.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) kafka: KafkaSettings,
    pub(crate) offsets: Offsets,
    pub(crate) retention_ms: i64,
    pub(crate) limits: Limits,
    pub(crate) dead_letters: DeadLetters,
    /// How long a record waits for its monitor's definition.
    pub(crate) park: Duration,
    pub(crate) directory: Directory,
    pub(crate) database: DatabaseRetry,
}

impl Opening {
    /// Counts the partitions, and reads until the shutdown.
    pub(crate) async fn run(self, next: mpsc::Sender<Batch>) {
        let shutdown = self.database.shutdown.clone();
        let topic = self.kafka.results_topic();
        let pauses = Pauses::new(every(COUNT_PAUSE), &shutdown);
        let readiness = self.database.readiness.clone();
        let failed = |error: KafkaError| readiness.fail("partitions", error.to_string());
        let counted = until_ok(pauses, || self.kafka.partition_count(&topic), failed);
        let Some(Ok(partitions)) = shutdown.run_until_cancelled(counted).await else {
            return;
        };
        readiness.ok("partitions");
        let results = Results {
            retention_ms: self.retention_ms,
            partitions,
        };
        let intake = Intake::new(
            self.offsets,
            results,
            self.limits,
            self.dead_letters,
            shutdown.clone(),
        );
        let intake = ResultsIntake {
            intake: intake.with_parking(PARKING_PLACES, self.park),
            directory: self.directory,
            database: self.database,
            batch_max: self.limits.max,
        };
        intake.run(next).await;
    }
}

impl ResultsIntake {
    /// Reads until the shutdown. Records that were not passed on are read again.
    async fn run(mut self, next: mpsc::Sender<Batch>) {
        while let Some(mut batch) = self.intake.next().await {
            // What is rehearsed happens to no monitor: it is done by having been read.
            batch
                .records
                .retain(|received| received.record.monitor_id().drill().is_none());
            let full = batch.read == self.batch_max;
            let Ok(batch) = self.place(batch.records, full).await else {
                return;
            };
            if (!batch.entries.is_empty() || !batch.done.is_empty()) && next.send(batch).await.is_err() {
                return;
            }
        }
    }

    async fn place(&mut self, records: Vec<Received<Record>>, full: bool) -> Result<Batch, Interrupted> {
        let mut placing = Placing::default();
        let named = records.iter().map(|received| received.record.monitor_id());
        let named = named.chain(self.intake.awaited());
        self.database.look_up(&mut self.directory, named).await?;
        let found: Vec<MonitorId> = self
            .intake
            .awaited()
            .filter(|&monitor| self.directory.owner(monitor).is_some())
            .collect();
        for monitor in found {
            for received in self.intake.unpark(monitor) {
                self.admit(&mut placing, received);
            }
        }
        for received in records {
            self.admit(&mut placing, received);
        }
        for _ in self.intake.expired() {
            metrics::dropped(Dropped::Unknown);
        }
        metrics::parked(self.intake.parked());
        for removed in placing.removed {
            self.directory.forget(removed);
        }
        Ok(Batch {
            entries: placing.entries,
            messages: placing.messages,
            done: self.intake.finish().await?,
            full,
        })
    }

    fn admit(&mut self, placing: &mut Placing, received: Received<Record>) {
        let monitor = received.record.monitor_id();
        let Some(org_id) = self.directory.owner(monitor) else {
            if let Err(NoRoom) = self.intake.park(monitor, received) {
                metrics::dropped(Dropped::NoRoom);
            }
            return;
        };
        let Received { message, record } = received;
        if record.org_id().is_some_and(|said| said != org_id) {
            let detail = format!("monitor {monitor} is not theirs");
            let rejection = Rejection::new(Reason::OrgMismatch, detail);
            self.intake.reject(message, rejection);
            return;
        }
        if let Record::Lifecycle(lifecycle) = &record
            && lifecycle.event == LifecycleEvent::Deleted
        {
            placing.removed.push(monitor);
        }
        placing.entries.push(Entry {
            record,
            org_id,
            appended_at: message.timestamp,
        });
        placing.messages.push(message);
    }
}

/// A batch while its records find their places.
#[derive(Debug, Default)]
struct Placing {
    entries: Vec<Entry>,
    messages: Vec<Message>,
    removed: Vec<MonitorId>,
}
