//! Sending records. A record counts as sent when the broker has acknowledged it, and not before.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rdkafka::error::{KafkaError as ClientError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _, PurgeConfig};

use super::complaints::Listener;
use super::{KafkaError, KafkaSettings};

/// Records that wait for the broker, at most.
const MAX_QUEUED: &str = "100000";

/// How long a batch waits for more records.
const LINGER: Duration = Duration::from_millis(2);

/// An idempotent producer (acks=all) that places a key as the Java clients do.
#[derive(Clone)]
pub struct Producer(FutureProducer<Listener>);

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer")
            .field("in_flight", &self.0.in_flight_count())
            .finish()
    }
}

/// Where a record was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// Why a record was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The queue is full; nothing was queued.
    #[error("the queue to Kafka is full")]
    QueueFull,
    /// The record is larger than the broker takes.
    #[error("the record is too large")]
    TooLarge,
    /// The broker did not acknowledge it.
    #[error("Kafka did not acknowledge the record: {0}")]
    Unacknowledged(ClientError),
}

impl From<ClientError> for SendError {
    fn from(error: ClientError) -> Self {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::QueueFull) => Self::QueueFull,
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => Self::TooLarge,
            _ => Self::Unacknowledged(error),
        }
    }
}

/// Resolves when the broker has acknowledged the record, or has not.
#[must_use = "a record counts as sent only when it was acknowledged"]
pub struct Ack(DeliveryFuture);

impl Future for Ack {
    type Output = Result<Position, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let report = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(match report {
            Ok(Ok(delivery)) => Ok(Position {
                partition: delivery.partition,
                offset: delivery.offset,
            }),
            Ok(Err((error, _))) => Err(error.into()),
            Err(_) => Err(SendError::Unacknowledged(ClientError::Canceled)),
        })
    }
}

impl Producer {
    /// A producer that gives a record up when it was not acknowledged within `delivery_timeout`.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(settings: &KafkaSettings, delivery_timeout: Duration) -> Result<Self, KafkaError> {
        Self::lingering(settings, delivery_timeout, LINGER)
    }

    /// The same, that waits for `linger` until it sends a batch: what comes in a stream costs less so.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn lingering(
        settings: &KafkaSettings,
        delivery_timeout: Duration,
        linger: Duration,
    ) -> Result<Self, KafkaError> {
        let producer = settings
            .client()
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", settings.compression)
            .set("partitioner", "murmur2_random")
            .set("linger.ms", linger.as_millis().to_string())
            .set("message.max.bytes", "4194304")
            .set("queue.buffering.max.messages", MAX_QUEUED)
            .set("queue.buffering.max.kbytes", "131072")
            .set("delivery.timeout.ms", delivery_timeout.as_millis().to_string())
            .create_with_context(settings.listener())?;
        Ok(Self(producer))
    }

    /// Queues a record; the answer resolves when the broker has it.
    ///
    /// # Errors
    /// [`SendError::QueueFull`] when the queue is full.
    pub fn send(&self, topic: &str, key: &str, payload: &[u8]) -> Result<Ack, SendError> {
        self.queue(FutureRecord::to(topic).key(key).payload(payload))
    }

    /// Queues a record for a given partition.
    ///
    /// # Errors
    /// [`SendError::QueueFull`] when the queue is full.
    pub fn send_to(&self, topic: &str, partition: i32, key: &str, payload: &[u8]) -> Result<Ack, SendError> {
        self.queue(
            FutureRecord::to(topic)
                .partition(partition)
                .key(key)
                .payload(payload),
        )
    }

    /// Queues the removal of a key from a compacted topic.
    ///
    /// # Errors
    /// [`SendError::QueueFull`] when the queue is full.
    pub fn send_tombstone(&self, topic: &str, partition: i32, key: &str) -> Result<Ack, SendError> {
        self.queue(FutureRecord::<str, [u8]>::to(topic).partition(partition).key(key))
    }

    /// Queues a record with headers, its key and payload as they came.
    ///
    /// # Errors
    /// [`SendError::QueueFull`] when the queue is full.
    pub fn send_with_headers(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        payload: &[u8],
        headers: &[(&str, String)],
    ) -> Result<Ack, SendError> {
        let headers = headers.iter().fold(OwnedHeaders::new(), |all, (name, value)| {
            all.insert(Header {
                key: name,
                value: Some(value),
            })
        });
        let mut record = FutureRecord::<[u8], [u8]>::to(topic)
            .payload(payload)
            .headers(headers);
        record.key = key;
        match self.0.send_result(record) {
            Ok(delivery) => Ok(Ack(delivery)),
            Err((error, _)) => Err(error.into()),
        }
    }

    /// Records that wait for the broker's answer.
    pub fn in_flight(&self) -> i32 {
        self.0.in_flight_count()
    }

    /// Gives up what is queued, and what was sent and is not acknowledged: it is not sent again.
    pub fn purge(&self) {
        self.0.purge(PurgeConfig::default().queue().inflight());
    }

    /// Waits until everything queued is acknowledged or given up, at most `deadline`. Dropping a producer
    /// without this loses what is queued.
    ///
    /// # Errors
    /// When something is left at the deadline.
    pub async fn flush(&self, deadline: Duration) -> Result<(), KafkaError> {
        let producer = self.0.clone();
        let flushed = tokio::task::spawn_blocking(move || producer.flush(deadline)).await;
        Ok(flushed.map_err(|_| KafkaError::Broken)??)
    }

    fn queue(&self, record: FutureRecord<'_, str, [u8]>) -> Result<Ack, SendError> {
        match self.0.send_result(record) {
            Ok(delivery) => Ok(Ack(delivery)),
            Err((error, _)) => Err(error.into()),
        }
    }
}
