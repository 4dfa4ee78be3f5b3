//! The second step: one transaction per batch. A record that the database refuses is found by bisection and becomes a
//! dead letter.

use std::ops::Range;
use std::time::Instant;

use intake::{DeadLetter, DeadLetters, Reason, Rejection};
use shared::retry::Interrupted;
use tokio::sync::mpsc;

use super::{Batch, DatabaseRetry, Stored};
use crate::batch::{Applied, Entry};
use crate::export::Export;
use crate::live::MergedUpdates;
use crate::metrics;
use crate::store::{Store, StoreError};

/// What storing needs.
#[derive(Clone, Debug)]
pub(crate) struct Storing {
    pub(crate) store: std::sync::Arc<Store>,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) export: Export,
    pub(crate) database: DatabaseRetry,
}

/// Stores batches until there are no more, or until the shutdown finds the database unavailable.
pub(crate) async fn store(storing: Storing, mut from: mpsc::Receiver<Batch>, next: mpsc::Sender<Stored>) {
    while let Some(batch) = from.recv().await {
        let appended = batch.messages.iter().map(|message| message.timestamp).max();
        storing.database.work.waits();
        let Ok(applied) = storing.store_batch(&batch).await else {
            return;
        };
        storing.database.work.moves();
        let partitions = batch.messages.iter().map(|message| message.partition);
        storing
            .export
            .observe(&applied, batch.entries.iter().zip(partitions));
        let mut live = MergedUpdates::default();
        for part in applied {
            live.add(part.live);
        }
        let reached = batch.messages.iter();
        let reached = reached
            .map(|message| (message.partition, (message.offset, message.timestamp)))
            .collect();
        let about = batch.entries.iter().zip(&batch.messages);
        let heartbeats = about
            .filter(|(entry, _)| entry.record.is_of_heartbeat())
            .map(|(_, message)| message.partition)
            .collect();
        let stored = Stored {
            live,
            appended,
            reached,
            heartbeats,
            done: batch.done,
            more: batch.full,
        };
        if next.send(stored).await.is_err() {
            return;
        }
    }
}

impl Storing {
    async fn store_batch(&self, batch: &Batch) -> Result<Vec<Applied>, Interrupted> {
        let mut applied = Vec::with_capacity(1);
        // The parts still to be stored, the first on top: they keep the order of the log.
        let whole: Range<usize> = 0..batch.entries.len();
        let mut parts = Vec::from([whole]);
        while let Some(part) = parts.pop() {
            match self.attempt(&batch.entries[part.clone()]).await? {
                Ok(changes) => applied.push(changes),
                Err(error) if part.len() == 1 => self.reject(batch, part.start, &error).await?,
                Err(error) => {
                    tracing::warn!(%error, records = part.len(), "looking for the record that is refused");
                    let middle = part.start + part.len() / 2;
                    parts.push(middle..part.end);
                    parts.push(part.start..middle);
                }
            }
        }
        Ok(applied)
    }

    /// Tries until the database answers; the inner error is that it refuses.
    async fn attempt(&self, entries: &[Entry]) -> Result<Result<Applied, StoreError>, Interrupted> {
        let attempt = || async {
            let began = Instant::now();
            let applied = self.store.apply(entries).await?;
            self.database.readiness.ok("database");
            metrics::stored(entries.len(), began.elapsed(), &applied.counts);
            Ok(applied)
        };
        self.database.store(attempt).await
    }

    async fn reject(&self, batch: &Batch, at: usize, error: &StoreError) -> Result<(), Interrupted> {
        let letter = DeadLetter {
            message: batch.messages[at].clone(),
            rejection: Rejection::new(Reason::RejectedByDatabase, error.to_string()),
        };
        self.dead_letters.send_all(vec![letter]).await
    }
}
