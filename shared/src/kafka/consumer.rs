//! Reading the log. An offset is stored after the effect of its record is durable, so that a record is read
//! again rather than lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::Message as _;
use rdkafka::TopicPartitionList;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{
    BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance, StreamConsumer,
};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::message::BorrowedMessage;
use tokio::time::{Instant, timeout_at};

use super::assignments::{Assignment, Assignments};
use super::complaints::Listener;
use super::membership::{Done, Membership};
use super::{FETCH_WAIT, KafkaError, KafkaSettings};

/// Bytes of a batch after which nothing is added to it. Records of ours are small; those of others may be as large as the
/// broker takes.
const MAX_BATCH_BYTES: usize = 32 * 1024 * 1024;

/// Where a group begins that has no offset yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record.
    Earliest,
    /// With the next record.
    Latest,
}

/// A record as it was read.
#[derive(Clone, Debug)]
pub struct Message {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The payload; a tombstone has none.
    pub payload: Option<Vec<u8>>,
    /// When the broker appended it, or when the producer made it, by the topic's setting.
    pub timestamp: domain::Timestamp,
}

/// What a consumer reads at the moment, for somebody else than the one who reads. It keeps no consumer alive.
#[derive(Clone)]
pub struct Assigned(pub(super) Weak<StreamConsumer<Context>>);

impl std::fmt::Debug for Assigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assigned").finish_non_exhaustive()
    }
}

impl Assigned {
    pub(super) fn partitions(&self) -> BTreeSet<(String, i32)> {
        let assignment = self.0.upgrade().and_then(|consumer| consumer.assignment().ok());
        assignment.iter().flat_map(listed).collect()
    }
}

/// After how long without a sign of life the broker gives a member's partitions to others.
pub(super) const SESSION: Duration = Duration::from_secs(6);

pub(super) struct Context {
    assignments: Assignments,
    listener: Listener,
    done: Done,
}

impl ClientContext for Context {
    fn error(&self, error: ClientError, reason: &str) {
        self.listener.error(error, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.listener.log(level, facility, message);
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            // What was stored is committed before the partition goes to another consumer: the group's broker is
            // told of it on the same connection as of the rebalance, and before. Waiting for its answer would
            // have no end when that connection is dead, and nothing else runs here meanwhile.
            if let Err(error) = consumer.commit_consumer_state(CommitMode::Async) {
                tracing::debug!(%error, "nothing to commit before the rebalance");
            }
            self.forget(partitions);
            self.assignments.note(Assignment::Removed(listed(partitions)));
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance {
            self.forget(partitions);
            self.assignments.note(Assignment::Added(listed(partitions)));
        }
    }
}

impl Context {
    /// What was done of a partition before it was another consumer's says nothing.
    fn forget(&self, partitions: &TopicPartitionList) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        for partition in listed(partitions) {
            done.remove(&partition);
        }
    }
}

fn listed(partitions: &TopicPartitionList) -> Vec<(String, i32)> {
    partitions
        .elements()
        .iter()
        .map(|part| (part.topic().to_owned(), part.partition()))
        .collect()
}

/// A member of a consumer group.
pub struct Consumer {
    inner: Arc<StreamConsumer<Context>>,
    assignments: Assignments,
    done: Done,
    topics: Mutex<BTreeMap<String, Arc<str>>>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}

impl Consumer {
    /// Joins `group` (under our prefix) and reads `topics`.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn subscribe(
        settings: &KafkaSettings,
        group: &str,
        topics: &[&str],
        start: Start,
    ) -> Result<Self, KafkaError> {
        let assignments = Assignments::default();
        let done = Done::default();
        let inner: StreamConsumer<Context> = settings
            .client()
            .set("group.id", settings.named(group))
            .set(
                "auto.offset.reset",
                match start {
                    Start::Earliest => "earliest",
                    Start::Latest => "latest",
                },
            )
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", SESSION.as_millis().to_string())
            .set("heartbeat.interval.ms", "2000")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            .set("enable.auto.offset.store", "false")
            .set("fetch.wait.max.ms", FETCH_WAIT.as_millis().to_string())
            .set("fetch.error.backoff.ms", "100")
            // A queue of this size lasts for less than the default of one second where a backlog is read.
            .set("fetch.queue.backoff.ms", "50")
            .set("queued.min.messages", "20000")
            .set("queued.max.messages.kbytes", "32768")
            .set("fetch.message.max.bytes", "4194304")
            .create_with_context(Context {
                assignments: assignments.clone(),
                done: Arc::clone(&done),
                listener: settings.listener(),
            })?;
        inner.subscribe(topics)?;
        Ok(Self {
            inner: Arc::new(inner),
            assignments,
            done,
            topics: Mutex::default(),
        })
    }

    /// What is read here, for somebody else.
    pub fn assigned(&self) -> Assigned {
        Assigned(Arc::downgrade(&self.inner))
    }

    /// Asks the broker whether this is still a member of its group, for at most `patience`; what it says later is heard the
    /// next time.
    pub async fn confirm(&self, membership: &mut Membership, patience: Duration) {
        membership.ask(&self.inner, &self.done, patience).await;
    }

    /// A change of what is read here, if there was one. Changes happen only while [`Consumer::recv`] or
    /// [`Consumer::recv_batch`] is being polled.
    pub fn try_assignment(&self) -> Option<Assignment> {
        self.assignments.take()
    }

    /// The changes of what is read here, for somebody else than the one who reads: who takes a change has it alone.
    pub fn assignments(&self) -> Assignments {
        self.assignments.clone()
    }

    /// The next record. Cancel safe.
    ///
    /// # Errors
    /// When the client reports one; most pass by themselves.
    pub async fn recv(&self) -> Result<Message, KafkaError> {
        let message = self.inner.recv().await?;
        Ok(self.owned(&message))
    }

    /// Up to `max` records, and some 32 MiB of them: waits for the first one up to `patience`, then takes what comes within
    /// `linger`.
    ///
    /// # Errors
    /// When the client reports one; records that were taken before are not lost, they are answered first.
    pub async fn recv_batch(
        &self,
        max: usize,
        patience: Duration,
        linger: Duration,
    ) -> Result<Vec<Message>, KafkaError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut until = Instant::now() + patience;
        while batch.len() < max && bytes < MAX_BATCH_BYTES {
            match timeout_at(until, self.recv()).await {
                Ok(Ok(message)) => {
                    if batch.is_empty() {
                        until = Instant::now() + linger;
                    }
                    bytes += message.payload.as_ref().map_or(0, Vec::len);
                    batch.push(message);
                    // While the client has records at hand it never waits, which would keep other tasks waiting.
                    tokio::task::coop::consume_budget().await;
                }
                Ok(Err(error)) if batch.is_empty() => return Err(error),
                Ok(Err(_)) | Err(_) => break,
            }
        }
        Ok(batch)
    }

    /// Says that everything up to and including `offset` is done; it is committed in the background. Does
    /// nothing when the partition is no longer read here.
    pub fn store_offset(&self, topic: &str, partition: i32, offset: i64) {
        if let Err(error) = self.inner.store_offset(topic, partition, offset) {
            tracing::debug!(topic, partition, offset, %error, "the offset is another consumer's to store");
            return;
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        match done.get_mut(&(topic.to_owned(), partition)) {
            Some(next) => *next = offset + 1,
            None => {
                done.insert((topic.to_owned(), partition), offset + 1);
            }
        }
    }

    /// Commits what was stored and leaves the group, at most within `deadline`.
    pub async fn close(self, deadline: Duration) {
        let consumer = self.inner;
        let (left, has_left) = tokio::sync::oneshot::channel();
        // A thread that nobody waits for at the end: with a dead connection leaving may have no end.
        std::thread::spawn(move || {
            // Leaving waits for it. Waiting here would have no end when a rebalance waits for this consumer.
            if let Err(error) = consumer.commit_consumer_state(CommitMode::Async) {
                tracing::debug!(%error, "nothing to commit");
            }
            drop(consumer);
            let _ = left.send(());
        });
        if tokio::time::timeout(deadline, has_left).await.is_err() {
            tracing::warn!("the consumer did not leave its group in time");
        }
    }

    fn owned(&self, message: &BorrowedMessage<'_>) -> Message {
        Message {
            topic: self.topic(message.topic()),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            payload: message.payload().map(<[u8]>::to_vec),
            timestamp: message
                .timestamp()
                .to_millis()
                .map_or_else(crate::now, domain::Timestamp::from_millis),
        }
    }

    fn topic(&self, name: &str) -> Arc<str> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        match topics.get(name) {
            Some(topic) => Arc::clone(topic),
            None => Arc::clone(topics.entry(name.to_owned()).or_insert_with(|| name.into())),
        }
    }
}
