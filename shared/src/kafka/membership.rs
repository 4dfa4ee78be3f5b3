//! Whether a consumer is still a member of its group, as far as that is certain.
//!
//! The broker gives the partitions of a member that it has not heard of for the session timeout to others. Who was cut off
//! learns of that from the client, as long as it goes on to read. Who stood still, or has waited for something else, may not
//! know yet: until the broker has said so, it must not take itself for the owner of what others may own by now. The broker
//! is asked by a commit of what is committed already, which it takes from nobody but a member.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::topic_partition_list::Offset;
use tokio::sync::oneshot;

use super::consumer::{Context, SESSION};

/// How long the broker may take to say what was committed before.
const PATIENCE: Duration = Duration::from_secs(2);

/// The next offset of each partition that is read here, as far as its records are done.
pub(super) type Done = Arc<Mutex<HashMap<(String, i32), i64>>>;

/// Whether a consumer is still a member of its group.
#[derive(Debug)]
pub struct Membership {
    seen: Seen,
    /// A question that is not answered yet, and when it was asked.
    asked: Option<(Seen, oneshot::Receiver<Result<bool, ClientError>>)>,
}

/// An instant, by two clocks: a machine that sleeps stops one of them.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    on_the_wall: domain::Timestamp,
}

impl Seen {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            on_the_wall: crate::now(),
        }
    }

    /// How much is left of half the session timeout: the client tells the broker three times in a session that it lives.
    fn left(self) -> Option<Duration> {
        let on_the_wall = u64::try_from(crate::now().millis_since(self.on_the_wall)).ok()?;
        let elapsed = self.at.elapsed().max(Duration::from_millis(on_the_wall));
        (SESSION / 2).checked_sub(elapsed).filter(|left| !left.is_zero())
    }
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            seen: Seen::now(),
            asked: None,
        }
    }
}

impl Membership {
    /// Whether the partitions that were assigned, and were not seen to be removed, are surely nobody else's now.
    pub fn is_certain(&self) -> bool {
        self.left().is_some()
    }

    /// For how long that is so, without another word.
    pub fn left(&self) -> Option<Duration> {
        self.seen.left()
    }

    /// It goes on: what reads has read, and has heard what the client has to tell. Who comes too late has to ask.
    pub fn goes_on(&mut self) {
        if self.is_certain() {
            self.seen = Seen::now();
        }
    }

    /// Takes the answer of the broker, within `patience`; where it was not asked yet it is.
    pub(super) async fn ask(
        &mut self,
        consumer: &Arc<StreamConsumer<Context>>,
        done: &Done,
        patience: Duration,
    ) {
        let (seen, mut asked) = self
            .asked
            .take()
            .unwrap_or_else(|| (Seen::now(), asked(Arc::clone(consumer), Arc::clone(done))));
        match tokio::time::timeout(patience, &mut asked).await {
            Err(_) => self.asked = Some((seen, asked)),
            Ok(Ok(Ok(true))) => self.seen = seen,
            Ok(Ok(Ok(false)) | Err(_)) => {}
            Ok(Ok(Err(error))) => {
                tracing::debug!(%error, "it is not certain that the consumer is a member of its group");
            }
        }
    }
}

/// Asks on a thread that nobody waits for at the end: with a dead connection the answer to a commit may have no end, and a
/// runtime does not end before its own blocking threads.
fn asked(consumer: Arc<StreamConsumer<Context>>, done: Done) -> oneshot::Receiver<Result<bool, ClientError>> {
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || answer.send(confirm(&consumer, &done)));
    answered
}

/// Commits once more what is done of all that is read here; answers whether it is a member that was asked for.
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
        // Nothing is read here that could be another's.
        return Ok(true);
    }
    consumer.commit(&list, CommitMode::Sync)?;
    // Who was put out of a group in which nobody is left may commit like anybody else.
    Ok(!consumer.assignment_lost())
}
