//! The steps of alerts, from their topic into the database.

use std::sync::Arc;
use std::time::Duration;

use domain::alert_event::AlertEvent;
use shared::kafka::{Consumer, Message};
use shared::ops::{Readiness, Work};
use shared::shutdown::CancellationToken;

use super::backoff::{Interrupted, Waiting};
use super::dead_letters::{DeadLetters, Letter};
use crate::intake::{Progress, Reason, examine_alert_event};
use crate::metrics;
use crate::store::{Directory, Store, StoreError};

/// Steps in one statement, at most.
const BATCH: usize = 500;
const PATIENCE: Duration = Duration::from_secs(1);
const LINGER: Duration = Duration::from_millis(20);

/// Reads the topic of alert events.
#[derive(Debug)]
pub(crate) struct AlertEvents {
    pub(crate) consumer: Arc<Consumer>,
    pub(crate) topic: String,
    pub(crate) store: Arc<Store>,
    pub(crate) directory: Directory,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) readiness: Readiness,
    pub(crate) work: Work,
    pub(crate) shutdown: CancellationToken,
}

impl AlertEvents {
    /// Reads until the shutdown.
    pub(crate) async fn run(mut self) {
        let mut progress = Progress::default();
        loop {
            let read = tokio::select! {
                () = self.shutdown.cancelled() => return,
                read = self.consumer.recv_batch(BATCH, PATIENCE, LINGER) => read,
            };
            let messages = match read {
                Ok(messages) => messages,
                Err(error) => {
                    tracing::warn!(%error, "the alert events cannot be read");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            for message in &messages {
                progress.read(message.partition, message.offset);
            }
            if !messages.is_empty() {
                self.work.waits();
            }
            if self.take(messages).await.is_err() {
                return;
            }
            for (partition, offset) in progress.cut() {
                self.work.moves();
                self.consumer.store_offset(&self.topic, partition, offset);
            }
        }
    }

    async fn take(&mut self, messages: Vec<Message>) -> Result<(), Interrupted> {
        let (mut events, mut rejected) = (Vec::with_capacity(messages.len()), Vec::new());
        for message in messages {
            match examine_alert_event(&message) {
                Ok(event) => events.push((message, event)),
                Err((reason, detail)) => rejected.push(Letter {
                    message,
                    reason,
                    detail,
                }),
            }
        }
        self.look_up(&events).await?;
        let (ours, theirs): (Vec<_>, Vec<_>) = events.into_iter().partition(|(_, event)| {
            let owner = self.directory.owner(event.monitor_id);
            // Of a monitor that was purged, its steps are all that is known.
            owner.is_none_or(|owner| owner == event.org_id)
        });
        rejected.extend(theirs.into_iter().map(|(message, event)| Letter {
            message,
            reason: Reason::OrgMismatch,
            detail: format!("monitor {} is not theirs", event.monitor_id),
        }));
        let (messages, events): (Vec<Message>, Vec<AlertEvent>) = ours.into_iter().unzip();
        if let Err(error) = self.store(&events).await? {
            tracing::warn!(%error, "looking for the alert event that is refused");
            for (message, event) in messages.into_iter().zip(&events) {
                if let Err(error) = self.store(std::slice::from_ref(event)).await? {
                    rejected.push(Letter {
                        message,
                        reason: Reason::RejectedByDatabase,
                        detail: error.to_string(),
                    });
                }
            }
        }
        self.dead_letters.bury(rejected).await
    }

    async fn look_up(&mut self, events: &[(Message, AlertEvent)]) -> Result<(), Interrupted> {
        let mut waiting = Waiting::new(&self.shutdown);
        loop {
            let named = events.iter().map(|(_, event)| event.monitor_id);
            match self.directory.look_up(named).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    self.readiness.fail("database", error.to_string());
                    metrics::database_retry();
                    waiting.pause().await?;
                }
            }
        }
    }

    /// Tries until the database answers; the inner error is that it refuses.
    async fn store(&self, events: &[AlertEvent]) -> Result<Result<(), StoreError>, Interrupted> {
        let mut waiting = Waiting::new(&self.shutdown);
        loop {
            match self.store.apply_alert_events(events).await {
                Ok(rows) => {
                    metrics::alert_events(rows);
                    return Ok(Ok(()));
                }
                Err(error) if error.concerns_data() => return Ok(Err(error)),
                Err(error) => {
                    self.readiness.fail("database", error.to_string());
                    metrics::database_retry();
                    waiting.pause().await?;
                }
            }
        }
    }
}
