//! What the alerter writes: the compacted topic `alert-state`, and the events that others read.

use std::time::Duration;

use domain::alert_event::AlertEvent;
use domain::{MonitorId, OrgId};
use futures_util::future::join_all;
use shared::kafka::{KafkaSettings, Producer, SendError};
use shared::ops::Readiness;
use shared::shutdown::CancellationToken;

/// The pause before a write is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Something to be written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// The value of a key of `alert-state`; none removes the key.
    State {
        partition: i32,
        key: String,
        value: Option<Vec<u8>>,
    },
    /// An event.
    Event { key: String, value: Vec<u8> },
}

impl Write {
    pub(crate) fn event(event: &AlertEvent) -> Option<Self> {
        Some(Self::Event {
            key: event.monitor_id.to_string(),
            value: serde_json::to_vec(event).ok()?,
        })
    }
}

/// The key of the channels of an organisation, as user-service answered last.
pub(crate) fn channels_key(org: OrgId) -> String {
    format!("c/{org}")
}

/// The organisation whose channels have this key.
pub(crate) fn org_of_key(key: &str) -> Option<OrgId> {
    key.strip_prefix("c/")?.parse().ok().map(OrgId)
}

/// The key of a monitor's name, as user-service answered last.
pub(crate) fn name_key(monitor: MonitorId) -> String {
    format!("n/{monitor}")
}

/// The monitor whose name has this key.
pub(crate) fn named_by_key(key: &str) -> Option<MonitorId> {
    key.strip_prefix("n/")?.parse().ok().map(MonitorId)
}

/// The key of a monitor's state that was found on another partition, and waits to be taken over.
pub(crate) fn stray_key(monitor: MonitorId, found_on: i32) -> String {
    format!("x/{monitor}/{found_on}")
}

/// The monitor whose state has this key.
pub(crate) fn stray_of_key(key: &str) -> Option<MonitorId> {
    let (monitor, _) = key.strip_prefix("x/")?.split_once('/')?;
    monitor.parse().ok().map(MonitorId)
}

/// The key that says that the partition was begun: it is not to be started from PostgreSQL any more.
pub(crate) const BEGUN_KEY: &str = "begun";

/// Writes to both topics.
#[derive(Clone, Debug)]
pub(crate) struct StateLog {
    producer: Producer,
    state_topic: String,
    events_topic: String,
    readiness: Readiness,
}

impl StateLog {
    pub(crate) fn new(kafka: &KafkaSettings, producer: Producer, readiness: Readiness) -> Self {
        Self {
            producer,
            state_topic: kafka.alert_state_topic(),
            events_topic: kafka.alert_events_topic(),
            readiness,
        }
    }

    /// Returns when everything is acknowledged: as long as Kafka is away, it tries again. Answers false when
    /// `stop` was cancelled before; after that a write is tried once.
    pub(crate) async fn write(&self, mut writes: Vec<Write>, stop: &CancellationToken) -> bool {
        loop {
            let tried = self.try_write(writes);
            writes = if stop.is_cancelled() {
                tried.await
            } else {
                match stop.run_until_cancelled(tried).await {
                    Some(left) => left,
                    None => return false,
                }
            };
            if writes.is_empty() {
                self.readiness.ok("kafka");
                return true;
            }
            metrics::counter!("uptime_alerter_write_failures_total").increment(writes.len() as u64);
            self.readiness.fail("kafka", "does not acknowledge writes");
            tokio::select! {
                () = stop.cancelled() => return false,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    pub(crate) async fn flush(&self, deadline: Duration) {
        if let Err(error) = self.producer.flush(deadline).await {
            tracing::warn!(%error, "not everything was written before the end");
        }
    }

    /// Answers what was not acknowledged.
    async fn try_write(&self, writes: Vec<Write>) -> Vec<Write> {
        let mut waiting = Vec::with_capacity(writes.len());
        let mut left = Vec::new();
        for write in writes {
            match self.queue(&write) {
                Ok(ack) => waiting.push(async move { ack.await.err().map(|error| (write, error)) }),
                Err(error) => left.extend(retryable(write, &error)),
            }
        }
        let failed = join_all(waiting).await.into_iter().flatten();
        left.extend(failed.filter_map(|(write, error)| retryable(write, &error)));
        left
    }

    fn queue(&self, write: &Write) -> Result<shared::kafka::Ack, SendError> {
        match write {
            Write::State {
                partition,
                key,
                value: Some(value),
            } => self.producer.send_to(&self.state_topic, *partition, key, value),
            Write::State {
                partition,
                key,
                value: None,
            } => self.producer.send_tombstone(&self.state_topic, *partition, key),
            Write::Event { key, value } => self.producer.send(&self.events_topic, key, value),
        }
    }
}

/// A record that is too large stays so: it is given up, loudly. Nothing that is written comes near the limit.
fn retryable(write: Write, error: &SendError) -> Option<Write> {
    match error {
        SendError::TooLarge => {
            tracing::error!(%error, "a record cannot be written");
            None
        }
        SendError::QueueFull => Some(write),
        SendError::Unacknowledged(_) => {
            // Readiness says so, once.
            tracing::debug!(%error, "a write is tried again");
            Some(write)
        }
    }
}
