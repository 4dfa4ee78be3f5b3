//! The one task that owns the alert state: reads the log, decides, makes decisions durable, and only then
//! has messages sent and offsets stored.

mod answers;
mod assignment;
mod backlog;
mod cycle;
mod mirror;
mod partition;
mod replay;
mod strays;
mod upkeep;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use shared::kafka::{Assignment, Consumer, KafkaError, KafkaSettings, Membership, Message, Start};
use shared::lasting::Lasting;
use shared::ops::{Readiness, Work};
use shared::retry::{Pauses, every, until_ok};
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::db::Seeds;
use crate::directory::{Channels, DirectoryUpdate, Names};
use crate::sender::{Report, Sender};
use crate::state_log::{StateLog, Write, Written};
use crate::upstream::Upstreams;
use backlog::ReadOut;
use partition::Partition;
pub use replay::Replay;

/// The consumer group.
pub const RESULTS_GROUP: &str = "alerter";

/// Records that are handled at a time.
const MAX_BATCH: usize = 5_000;

/// The pause before the brokers are asked again who they are.
const CLUSTER_PAUSE: Duration = Duration::from_secs(1);

/// How often partitions tick.
const TICK: Duration = Duration::from_millis(100);

/// How often finished monitors are forgotten and holdings are counted.
const SWEEP: Duration = Duration::from_secs(10);

/// How often what is known of organisations and monitors that are not here any more is forgotten.
const FORGET: Duration = Duration::from_secs(600);

/// How long sends in flight and the last writes may take at the end.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the last writes may take, their delivery, and leaving the group.
const LEAVE: Duration = Duration::from_secs(5);

/// What the engine is given.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) state_log: StateLog,
    /// A record older than this belongs to a backlog.
    pub(crate) backlog_after: Duration,
    pub(crate) seeds: Option<Seeds>,
    pub(crate) names: Names,
    pub(crate) updates: mpsc::Receiver<DirectoryUpdate>,
    pub(crate) updates_in: mpsc::Sender<DirectoryUpdate>,
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) upstreams: Upstreams,
}

/// The owner of the partitions that are read here.
pub(crate) struct Engine {
    kafka: KafkaSettings,
    topic: String,
    consumer: Consumer,
    /// Whether the partitions that are here are surely nobody else's.
    membership: Membership,
    /// What was decided and could not be written while that was certain.
    unwritten: Vec<Write>,
    inputs: Inputs,
    channels: Channels,
    sender: Sender,
    readiness: Readiness,
    /// Handling records.
    work: Work,
    /// Whether records were taken whose effects are not durable.
    has_uncommitted: bool,
    cluster: String,
    partitions: BTreeMap<i32, Partition>,
    /// How many there are in all.
    partition_count: Option<i32>,
    /// Counts assignments, so that a report of an earlier one is recognised.
    epoch: u64,
    /// When what is not needed any more was forgotten last.
    forgot: Instant,
    /// When nothing was left to be read of which partition.
    read_out: ReadOut,
    /// Ends sends between two attempts.
    stop_sends: CancellationToken,
    /// Gives writes up.
    abort: CancellationToken,
    draining: bool,
}

/// What woke the engine.
enum Wakeup {
    Records(Vec<Message>),
    Report(Report),
    DirectoryUpdate(DirectoryUpdate),
    Tick,
}

impl Engine {
    pub(crate) fn new(
        kafka: KafkaSettings,
        inputs: Inputs,
        channels: Channels,
        sender: Sender,
        readiness: Readiness,
        stop: CancellationToken,
    ) -> Result<Self, KafkaError> {
        let topic = kafka.results_topic();
        let stop_sends = sender.closing();
        let consumer = Consumer::subscribe(&kafka, RESULTS_GROUP, &[&topic], Start::Earliest)?;
        let work = readiness.work("results", kafka.stalled_after());
        Ok(Self {
            kafka,
            topic,
            consumer,
            membership: Membership::default(),
            unwritten: Vec::new(),
            inputs,
            channels,
            sender,
            readiness,
            work,
            has_uncommitted: false,
            cluster: String::new(),
            partitions: BTreeMap::new(),
            partition_count: None,
            epoch: 0,
            forgot: Instant::now(),
            read_out: ReadOut::default(),
            stop_sends,
            abort: stop.child_token(),
            draining: false,
        })
    }

    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        self.abort_after(&shutdown);
        tokio::spawn(backlog::watch(
            self.kafka.clone(),
            RESULTS_GROUP,
            self.topic.clone(),
            self.consumer.assigned(),
            (self.readiness.clone(), self.work.clone()),
            self.read_out.clone(),
            self.abort.clone(),
        ));
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.fetch_cluster_id() => {}
        }
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut swept = Instant::now();
        let reading = Lasting::new("the log cannot be read");
        while !shutdown.is_cancelled() {
            let wakeup = tokio::select! {
                () = shutdown.cancelled() => break,
                Some(report) = self.inputs.reports.recv() => Wakeup::Report(report),
                Some(updates) = self.inputs.updates.recv() => Wakeup::DirectoryUpdate(updates),
                received = self.consumer.recv() => match received {
                    Ok(first) => {
                        reading.ok();
                        Wakeup::Records(self.batch(first).await)
                    }
                    Err(error) => {
                        reading.failed(&error);
                        Wakeup::Tick
                    }
                },
                _ = tick.tick() => Wakeup::Tick,
            };
            self.membership.goes_on();
            while let Some(assignment) = self.consumer.try_assignment() {
                self.reassign(assignment).await;
            }
            match wakeup {
                Wakeup::Records(batch) => self.handle_records(batch).await,
                Wakeup::Report(report) => self.handle_reports(report),
                Wakeup::DirectoryUpdate(updates) => self.apply_update(updates),
                Wakeup::Tick => self.tick(),
            }
            if swept.elapsed() > SWEEP {
                swept = Instant::now();
                self.sweep();
            }
            self.commit().await;
        }
        self.drain().await;
    }

    /// A consumer that is woken takes what is there, without waiting for more.
    async fn batch(&self, first: Message) -> Vec<Message> {
        let mut batch = vec![first];
        // An error shows again at the next read.
        if let Ok(more) = self
            .consumer
            .recv_batch(MAX_BATCH, Duration::ZERO, Duration::ZERO)
            .await
        {
            batch.extend(more);
        }
        batch
    }

    /// Makes durable what was decided, and what could not be written before. What cannot be now is kept: once the partitions
    /// are surely read here it is written, and of those that are lost it is forgotten.
    async fn write(&mut self, writes: Vec<Write>) -> bool {
        let mut all = std::mem::take(&mut self.unwritten);
        if !all.is_empty() {
            // One that is written again must not come after a newer one.
            let newer: HashSet<_> = writes.iter().filter_map(Write::state_key).collect();
            all.retain(|write| write.state_key().is_none_or(|key| !newer.contains(&key)));
        }
        all.extend(writes);
        match self
            .inputs
            .state_log
            .write(all, &self.membership, &self.abort)
            .await
        {
            Written::All => true,
            Written::Stopped => false,
            Written::Lapsed(left) => {
                tracing::warn!(
                    writes = left.len(),
                    "it is not certain that the partitions are still read here"
                );
                self.unwritten = left;
                false
            }
        }
    }

    /// Fetches the cluster's id, which is part of every record's place.
    async fn fetch_cluster_id(&mut self) {
        let pauses = Pauses::new(every(CLUSTER_PAUSE), &self.abort);
        let failed = |error: KafkaError| self.readiness.fail("kafka", error.to_string());
        if let Ok(cluster) = until_ok(pauses, || self.kafka.cluster_id(), failed).await {
            self.cluster = cluster;
            self.readiness.ok("kafka");
        }
    }

    async fn reassign(&mut self, assignment: Assignment) {
        let ours = |partitions: Vec<(String, i32)>| -> Vec<i32> {
            let of_topic = partitions.into_iter().filter(|(topic, _)| *topic == self.topic);
            of_topic.map(|(_, partition)| partition).collect()
        };
        match assignment {
            Assignment::Added(partitions) => {
                let partitions = ours(partitions);
                self.restore(partitions).await;
            }
            Assignment::Removed(partitions) => {
                for partition in ours(partitions) {
                    // Dropping it ends its sends between two attempts.
                    self.partitions.remove(&partition);
                    self.unwritten.retain(|write| !write.is_owners_of(partition));
                    self.inputs.upstreams.release(partition);
                    tracing::info!(partition, "handed over");
                }
            }
        }
    }

    fn handle_reports(&mut self, first: Report) {
        let mut next = Some(first);
        while let Some(report) = next {
            let now = shared::now();
            if let Some(partition) = self.partitions.get_mut(&report.partition)
                && partition.epoch == report.epoch
            {
                partition.handle_report(&report, now);
            }
            next = self.inputs.reports.try_recv().ok();
        }
    }

    fn tick(&mut self) {
        for partition in self.partitions.values_mut() {
            partition.tick();
        }
    }

    /// Gives writes up some time after the shutdown began.
    fn abort_after(&self, shutdown: &CancellationToken) {
        let (shutdown, abort) = (shutdown.clone(), self.abort.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                // The alerter was dropped without a shutdown.
                () = abort.cancelled() => return,
            }
            tokio::time::sleep(DRAIN).await;
            abort.cancel();
        });
    }

    /// Ends the sends between two attempts, and makes durable what came of those in flight.
    async fn drain(mut self) {
        self.draining = true;
        self.stop_sends.cancel();
        let (sender, reports) = (self.sender.clone(), &mut self.inputs.reports);
        let mut told = Vec::new();
        // Who cannot say what came of its send would not end.
        let ended = shared::shutdown::within(DRAIN, "sends", async {
            let ended = sender.ended();
            tokio::pin!(ended);
            loop {
                tokio::select! {
                    () = &mut ended => return,
                    Some(report) = reports.recv() => told.push(report),
                }
            }
        })
        .await;
        for report in told {
            self.handle_reports(report);
        }
        if let Ok(report) = self.inputs.reports.try_recv() {
            self.handle_reports(report);
        }
        let settled = async {
            // What the sends have taken does not count.
            if !self.membership.is_certain() {
                self.consumer.confirm(&mut self.membership, LEAVE).await;
            }
            self.commit().await;
        };
        shared::shutdown::within(LEAVE, "the last writes", settled).await;
        self.inputs.state_log.flush(LEAVE).await;
        self.consumer.close(LEAVE).await;
        tracing::info!(sends_ended = ended, "drained");
    }
}
