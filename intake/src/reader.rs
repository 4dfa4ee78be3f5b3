//! Reading a topic as a member of a consumer group.

use std::sync::Arc;
use std::time::Duration;

use domain::MonitorId;
use shared::kafka::{Consumer, Message};
use shared::lasting::Lasting;
use shared::ops::Work;
use shared::retry::Interrupted;
use shared::shutdown::CancellationToken;
use tokio::task::coop::consume_budget;
use tokio::time::Instant;

use crate::dead_letters::{DeadLetter, DeadLetters};
use crate::examine::{Examine, Received, Rejection};
use crate::parking::{NoRoom, Parking};
use crate::progress::{Done, Progress};

/// How long a read waits for a first record; parked ones are looked at in between.
const POLL_TIMEOUT: Duration = Duration::from_secs(1);
const POLL_TIMEOUT_WHEN_PARKED: Duration = Duration::from_millis(100);

/// The pause after an error of the client; most pass by themselves.
const PAUSE: Duration = Duration::from_millis(200);

/// What was read at once.
#[derive(Debug)]
pub struct Batch<R> {
    /// What can be processed, in the order of the log.
    pub records: Vec<Received<R>>,
    /// Messages that were read, those included that cannot be processed.
    pub read: usize,
}

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Records of a batch, at most.
    pub max: usize,
    /// How long a batch waits for more records.
    pub linger: Duration,
}

/// What a consumer group does with its records, one batch after the other.
pub trait Effect<R>: Send {
    /// Makes the effect of `records` durable, so that doing it again changes nothing: after a crash they come again.
    /// Answers those that cannot be processed. There may be no record, when nothing came for a second.
    ///
    /// An error is that the shutdown came first: the batch is read again by whoever reads the partition next.
    fn apply(
        &mut self,
        records: Vec<Received<R>>,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, Interrupted>> + Send;
}

/// Stores offsets of a topic, after the effects of their records.
#[derive(Clone, Debug)]
pub struct Offsets {
    consumer: Arc<Consumer>,
    topic: String,
}

impl Offsets {
    /// Those of `topic`.
    pub fn new(consumer: Arc<Consumer>, topic: String) -> Self {
        Self { consumer, topic }
    }

    /// Stores what is done; it is committed in the background.
    pub fn store(&self, done: Done) {
        for (partition, offset) in done {
            self.consumer.store_offset(&self.topic, partition, offset);
        }
    }
}

/// Reads a topic.
#[derive(Debug)]
pub struct Intake<E: Examine> {
    offsets: Offsets,
    examine: E,
    limits: Limits,
    dead_letters: DeadLetters,
    rejected: Vec<DeadLetter>,
    parking: Parking<E::Record>,
    progress: Progress,
    reading: Lasting,
    shutdown: CancellationToken,
}

impl<E: Examine> Intake<E> {
    /// Reads the topic of `offsets`. Nothing can be parked.
    pub fn new(
        offsets: Offsets,
        examine: E,
        limits: Limits,
        dead_letters: DeadLetters,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            offsets,
            examine,
            limits,
            dead_letters,
            rejected: Vec::new(),
            parking: Parking::new(0, Duration::ZERO),
            progress: Progress::default(),
            reading: Lasting::new("a topic cannot be read"),
            shutdown,
        }
    }

    /// With room for `capacity` records that wait for their monitor, each of them for `patience`.
    pub fn with_parking(mut self, capacity: usize, patience: Duration) -> Self {
        self.parking = Parking::new(capacity, patience);
        self
    }

    /// The next batch; it is empty when nothing came for a while. None at the shutdown.
    pub async fn next(&mut self) -> Option<Batch<E::Record>> {
        loop {
            let patience = if self.parking.len() > 0 {
                POLL_TIMEOUT_WHEN_PARKED
            } else {
                POLL_TIMEOUT
            };
            let Limits { max, linger } = self.limits;
            let read = self.offsets.consumer.recv_batch(max, patience, linger);
            match self.shutdown.run_until_cancelled(read).await? {
                Ok(messages) => {
                    self.reading.ok();
                    return Some(self.examine_all(messages).await);
                }
                Err(error) => {
                    self.reading
                        .failed(&format_args!("{}: {error}", self.offsets.topic));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn examine_all(&mut self, messages: Vec<Message>) -> Batch<E::Record> {
        let read = messages.len();
        let mut records = Vec::with_capacity(read);
        for message in messages {
            self.progress.read(message.partition, message.offset);
            match self.examine.examine(&message) {
                Ok(record) => records.push(Received { message, record }),
                Err(rejection) => self.reject(message, rejection),
            }
            // The effect of the batch before waits for nothing but a turn.
            consume_budget().await;
        }
        Batch { records, read }
    }

    /// Says that a message cannot be processed: it becomes a dead letter.
    pub fn reject(&mut self, message: Message, rejection: Rejection) {
        self.rejected.push(DeadLetter { message, rejection });
    }

    /// Lets a record wait for its monitor. Nothing that comes after it in its partition is done before it is.
    ///
    /// # Errors
    /// When too many wait: it is dropped.
    pub fn park(&mut self, monitor: MonitorId, received: Received<E::Record>) -> Result<(), NoRoom> {
        let (partition, offset) = (received.message.partition, received.message.offset);
        self.parking.park(monitor, received, Instant::now())?;
        self.progress.park(partition, offset);
        Ok(())
    }

    /// Records that wait.
    pub fn parked(&self) -> usize {
        self.parking.len()
    }

    /// The monitors that are waited for.
    pub fn awaited(&self) -> impl Iterator<Item = MonitorId> + '_ {
        self.parking.monitors()
    }

    /// What waited for `monitor`, in the order of the log. It is part of the present batch now.
    pub fn unpark(&mut self, monitor: MonitorId) -> Vec<Received<E::Record>> {
        let taken: Vec<_> = self.parking.take(monitor).collect();
        self.release(&taken);
        taken
    }

    /// What has waited for too long. It is part of the present batch now.
    pub fn expired(&mut self) -> Vec<Received<E::Record>> {
        let expired = self.parking.expired(Instant::now());
        self.release(&expired);
        expired
    }

    fn release(&mut self, received: &[Received<E::Record>]) {
        for Received { message, .. } in received {
            self.progress.release(message.partition, message.offset);
        }
    }

    /// Ends the present batch: returns when its dead letters are acknowledged. Answers the offsets that may be stored
    /// once everything else of it is done as well.
    ///
    /// # Errors
    /// When the shutdown came first.
    pub async fn finish(&mut self) -> Result<Done, Interrupted> {
        self.dead_letters
            .send_all(std::mem::take(&mut self.rejected))
            .await?;
        Ok(self.progress.cut())
    }

    /// Reads until the shutdown, and stores the offsets of each batch after its effect. `work` says whether any waits.
    pub async fn run(mut self, mut effect: impl Effect<E::Record>, work: Work) {
        while let Some(batch) = self.next().await {
            if batch.read > 0 {
                work.waits();
            }
            let Ok(rejected) = effect.apply(batch.records).await else {
                return;
            };
            self.rejected.extend(rejected);
            let Ok(done) = self.finish().await else {
                return;
            };
            if !done.is_empty() {
                work.moves();
            }
            self.offsets.store(done);
        }
    }
}
