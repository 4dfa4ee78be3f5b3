//! The intake: reads the log, rejects what cannot be read, and finds out whose each record is.

use std::sync::Arc;
use std::time::Duration;

use domain::{MonitorId, Record};
use shared::kafka::{Consumer, Message};
use shared::ops::{Readiness, Work};
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::task::coop::consume_budget;
use tokio::time::Instant;

use super::Batch;
use super::backoff::{Interrupted, Waiting};
use super::dead_letters::{DeadLetters, Letter};
use crate::batch::Entry;
use crate::intake::{NoRoom, Parking, Progress, Reason, examine};
use crate::metrics::{self, Dropped};
use crate::settings::Settings;
use crate::store::Directory;

/// Records that wait for their monitor's definition, at most.
const PARKING_PLACES: usize = 10_000;

/// How long to wait for a first record, and how often to look for parked ones.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_WHEN_PARKED: Duration = Duration::from_millis(100);

/// Reads the topic of results.
#[derive(Debug)]
pub(crate) struct ResultsIntake {
    consumer: Arc<Consumer>,
    directory: Directory,
    dead_letters: DeadLetters,
    readiness: Readiness,
    work: Work,
    shutdown: CancellationToken,
    parking: Parking,
    progress: Progress,
    batch_max: usize,
    batch_linger: Duration,
    retention_ms: i64,
}

impl ResultsIntake {
    pub(crate) fn new(
        settings: &Settings,
        consumer: Arc<Consumer>,
        directory: Directory,
        dead_letters: DeadLetters,
        readiness: Readiness,
        work: Work,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            consumer,
            directory,
            dead_letters,
            readiness,
            work,
            shutdown,
            parking: Parking::new(PARKING_PLACES, settings.park),
            progress: Progress::default(),
            batch_max: settings.batch_max,
            batch_linger: settings.batch_linger,
            retention_ms: settings.results_retention_ms(),
        }
    }

    /// Reads until the shutdown. What was read and not handed on will be read again.
    pub(crate) async fn run(mut self, next: mpsc::Sender<Batch>) {
        loop {
            let patience = if self.parking.len() > 0 {
                PATIENCE_WHEN_PARKED
            } else {
                PATIENCE
            };
            let read = tokio::select! {
                () = self.shutdown.cancelled() => return,
                read = self.consumer.recv_batch(self.batch_max, patience, self.batch_linger) => read,
            };
            let messages = match read {
                Ok(messages) => messages,
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be read");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            let full = messages.len() == self.batch_max;
            let Ok(batch) = self.place(messages, full).await else {
                return;
            };
            if (!batch.entries.is_empty() || !batch.done.is_empty()) && next.send(batch).await.is_err() {
                return;
            }
        }
    }

    async fn place(&mut self, messages: Vec<Message>, full: bool) -> Result<Batch, Interrupted> {
        let mut placing = Placing::default();
        let mut records = Vec::with_capacity(messages.len());
        for message in messages {
            self.progress.read(message.partition, message.offset);
            match examine(&message, self.retention_ms) {
                Ok(record) => records.push((message, record)),
                Err((reason, detail)) => placing.reject(message, reason, detail),
            }
            // The transaction of the batch before waits for nothing but a turn.
            consume_budget().await;
        }
        self.look_up(&records).await?;
        let waited: Vec<MonitorId> = self
            .parking
            .monitors()
            .filter(|&monitor| self.directory.owner(monitor).is_some())
            .collect();
        for monitor in waited {
            for parked in self.parking.take(monitor) {
                self.progress
                    .release(parked.message.partition, parked.message.offset);
                self.admit(&mut placing, parked.message, parked.record);
            }
        }
        for (message, record) in records {
            self.admit(&mut placing, message, record);
        }
        for parked in self.parking.expired(Instant::now()) {
            self.progress
                .release(parked.message.partition, parked.message.offset);
            metrics::dropped(Dropped::Unknown);
        }
        metrics::parked(self.parking.len());
        for removed in placing.removed {
            self.directory.forget(removed);
        }
        self.dead_letters.bury(placing.rejected).await?;
        Ok(Batch {
            entries: placing.entries,
            messages: placing.messages,
            done: self.progress.cut(),
            full,
        })
    }

    async fn look_up(&mut self, records: &[(Message, Record)]) -> Result<(), Interrupted> {
        let mut waiting = Waiting::new(&self.shutdown);
        loop {
            let named = records.iter().map(|(_, record)| record.monitor_id());
            match self.directory.look_up(named.chain(self.parking.monitors())).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    self.work.waits();
                    self.readiness.fail("database", error.to_string());
                    metrics::database_retry();
                    waiting.pause().await?;
                }
            }
        }
    }

    fn admit(&mut self, placing: &mut Placing, message: Message, record: Record) {
        let monitor = record.monitor_id();
        let Some(org_id) = self.directory.owner(monitor) else {
            let (partition, offset) = (message.partition, message.offset);
            match self.parking.park(message, record, Instant::now()) {
                Ok(()) => self.progress.park(partition, offset),
                Err(NoRoom) => metrics::dropped(Dropped::NoRoom),
            }
            return;
        };
        if record.org_id().is_some_and(|said| said != org_id) {
            placing.reject(
                message,
                Reason::OrgMismatch,
                format!("monitor {monitor} is not theirs"),
            );
            return;
        }
        if let Record::Lifecycle(lifecycle) = &record
            && lifecycle.event == domain::record::LifecycleEvent::Deleted
        {
            placing.removed.push(monitor);
        }
        placing.entries.push(Entry { record, org_id });
        placing.messages.push(message);
    }
}

/// A batch while its records find their places.
#[derive(Debug, Default)]
struct Placing {
    entries: Vec<Entry>,
    messages: Vec<Message>,
    rejected: Vec<Letter>,
    removed: Vec<MonitorId>,
}

impl Placing {
    fn reject(&mut self, message: Message, reason: Reason, detail: String) {
        self.rejected.push(Letter {
            message,
            reason,
            detail,
        });
    }
}
