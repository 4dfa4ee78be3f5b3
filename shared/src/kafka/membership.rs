//! Whether a consumer is still a member of its group, as far as that is known for certain.
//!
//! The broker gives the partitions of a member that it has not heard of for the session timeout to others. A process that
//! stood still, or was cut off, learns of that some time after it goes on: until then it takes itself for the owner of what
//! others own. So the broker is asked again and again. It takes a commit of offsets from nobody but a member, and whoever
//! it has taken one from stays a member for the session timeout from then on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::topic_partition_list::Offset;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::consumer::{Context, SESSION};

/// How much of the session timeout is left for what is under way when it is not certain any more.
const MARGIN: Duration = Duration::from_millis(1_500);

/// How often the broker is asked.
const EVERY: Duration = Duration::from_secs(1);

/// Questions that may wait for an answer at a time.
const MAX_ASKED: usize = 8;

/// How soon it is asked again that has refused.
const AGAIN: Duration = Duration::from_millis(200);

/// How long the broker may take to say what was committed before.
const PATIENCE: Duration = Duration::from_secs(2);

/// The next offset of each partition that is read here, as far as its records are done.
pub(super) type Done = Arc<Mutex<HashMap<(String, i32), i64>>>;

/// Whether a consumer is still a member of its group. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Membership(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    confirmed: Mutex<Option<Confirmed>>,
    changed: Notify,
    /// There is something new to ask for.
    ask: Notify,
    /// Whether anybody wants to know.
    watched: AtomicBool,
    /// Whether the consumer is about to leave.
    ends: AtomicBool,
}

/// When a question was sent that was answered by yes. A machine that sleeps stops one of the clocks.
#[derive(Clone, Copy, Debug)]
struct Confirmed {
    at: Instant,
    on_the_wall: domain::Timestamp,
}

impl Confirmed {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            on_the_wall: crate::now(),
        }
    }

    /// For how long it counts from now on.
    fn left(self) -> Option<Duration> {
        let lasts = SESSION.saturating_sub(MARGIN);
        let on_the_wall = u64::try_from(crate::now().millis_since(self.on_the_wall)).ok()?;
        let elapsed = self.at.elapsed().max(Duration::from_millis(on_the_wall));
        lasts.checked_sub(elapsed).filter(|left| !left.is_zero())
    }
}

impl Membership {
    /// One that was confirmed just now, for tests of what depends on it.
    #[doc(hidden)]
    pub fn held() -> Self {
        let membership = Self::default();
        *membership.lock() = Some(Confirmed::now());
        membership
    }

    /// Whether the partitions that were assigned, and were not seen to be removed, are surely nobody else's now.
    pub fn is_held(&self) -> bool {
        self.left().is_some()
    }

    /// Waits until it is certain; answers whether it was within `patience`.
    pub async fn held_within(&self, patience: Duration) -> bool {
        let held = async {
            loop {
                let changed = self.0.changed.notified();
                if self.is_held() {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, held).await.is_ok()
    }

    /// Waits until it is not certain any more.
    pub async fn lapsed(&self) {
        while let Some(left) = self.left() {
            tokio::time::sleep(left).await;
        }
    }

    fn left(&self) -> Option<Duration> {
        (*self.lock())?.left()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Confirmed>> {
        self.0.confirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it was asked for already; from now on it is.
    pub(super) fn is_watched(&self) -> bool {
        self.0.watched.swap(true, Ordering::Relaxed)
    }

    /// It is known that it is none.
    pub(super) fn lose(&self) {
        *self.lock() = None;
    }

    /// Has it asked for now.
    pub(super) fn ask(&self) {
        self.0.ask.notify_one();
    }

    /// Asks until the consumer is gone, or is about to leave. Who waits for the broker on a connection that is dead does
    /// not keep the next question from going out on the next one.
    pub(super) async fn watch(self, consumer: Weak<StreamConsumer<Context>>, done: Done) {
        let mut asked = JoinSet::new();
        let mut next = Instant::now();
        while !self.0.ends.load(Ordering::Relaxed) {
            if asked.len() < MAX_ASKED && next <= Instant::now() {
                let (consumer, done, at) = (consumer.clone(), Arc::clone(&done), Confirmed::now());
                asked.spawn_blocking(move || Some((at, confirm(&*consumer.upgrade()?, &done))));
                next = Instant::now() + EVERY;
            }
            tokio::select! {
                Some(answer) = asked.join_next() => match answer {
                    Ok(Some((at, Ok(true)))) => self.note(at),
                    Ok(Some((_, Ok(false)))) => {}
                    Ok(Some((_, Err(error)))) => {
                        tracing::debug!(%error, "it is not certain that the consumer is a member of its group");
                        next = next.min(Instant::now() + AGAIN);
                    }
                    Ok(None) | Err(_) => return,
                },
                () = tokio::time::sleep_until(next.into()), if asked.len() < MAX_ASKED => {}
                () = self.0.ask.notified() => next = Instant::now(),
            }
        }
    }

    fn note(&self, asked: Confirmed) {
        let mut confirmed = self.lock();
        if confirmed.is_none_or(|known| known.at < asked.at) {
            *confirmed = Some(asked);
        }
        drop(confirmed);
        self.0.changed.notify_waiters();
    }

    /// Has no more questions asked.
    pub(super) fn end(&self) {
        self.0.ends.store(true, Ordering::Relaxed);
        self.ask();
    }
}

/// Commits once more what is done of all that is read here; answers whether anything is.
fn confirm(consumer: &StreamConsumer<Context>, done: &Done) -> Result<bool, ClientError> {
    if consumer.assignment_lost() {
        return Ok(false);
    }
    let assigned = consumer.assignment()?;
    let (mut list, mut unknown) = (TopicPartitionList::new(), TopicPartitionList::new());
    {
        let done = done.lock().unwrap_or_else(PoisonError::into_inner);
        for part in assigned.elements() {
            let (topic, partition) = (part.topic(), part.partition());
            match done.get(&(topic.to_owned(), partition)) {
                Some(next) => list.add_partition_offset(topic, partition, Offset::Offset(*next))?,
                None => {
                    unknown.add_partition(topic, partition);
                }
            }
        }
    }
    if unknown.count() > 0 {
        for part in consumer.committed_offsets(unknown, PATIENCE)?.elements() {
            // Nothing was done of a partition that has none: it is read from the beginning, and so it stays.
            let next = match part.offset() {
                Offset::Offset(next) => next,
                _ => 0,
            };
            list.add_partition_offset(part.topic(), part.partition(), Offset::Offset(next))?;
        }
    }
    if list.count() == 0 {
        return Ok(false);
    }
    consumer.commit(&list, CommitMode::Sync)?;
    // Who was put out of a group in which nobody is left may commit like anybody else.
    Ok(!consumer.assignment_lost())
}
