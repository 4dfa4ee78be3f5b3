//! Up to when what was appended to a partition is folded, with its states in Redis: whoever finds out what is overdue
//! learns by it whether a ping may be missing there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{MonitorId, Timestamp};
use shared::kafka::{Assigned, Ends, KafkaError, KafkaSettings, partition_of_monitor};
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::stale::Stale;
use super::writer::{LiveError, LiveWriter};
use crate::export::Export;
use crate::metrics;
use crate::store::{Store, StoreError};

/// How often it is told of the partitions that have heartbeats. A pinger waits for that with what it says, so that it is
/// often; it is one question to Kafka and one call of Redis, for all partitions.
const EVERY: Duration = Duration::from_millis(100);

/// How often it is told of the others. A pinger must find them told of as well: whoever adds the first heartbeat there does
/// not wait for a ping of it. A minute at least lies between that ping, by which it is known here, and what is due then.
const SELDOM: Duration = Duration::from_secs(1);

/// How often it is asked what is committed of a partition of which nothing came here.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Heartbeats that are read and written at once.
const CHUNK: usize = 500;

/// How far the partitions that are read here have come. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded(Arc<Mutex<BTreeMap<i32, Progress>>>);

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The offset of the first record that is not published; none while it is not known.
    next: Option<i64>,
    /// When the last one was appended that is.
    appended: Timestamp,
    /// What was told last: it never goes back.
    told: Timestamp,
    /// What Redis has of it.
    written: Timestamp,
    /// How far it had come when Redis was written last; when it came here, until then.
    reached: Option<Timestamp>,
    /// Whether its heartbeats were written here: whoever read it before may have left Redis behind.
    caught_up: bool,
    /// Whether it has heartbeats whose pings are known.
    has_heartbeats: bool,
    /// When its turn was last.
    looked: Option<Instant>,
    asked: Option<Instant>,
}

/// How far a partition is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoldedPartition {
    pub(super) partition: i32,
    pub(super) until: Timestamp,
    /// What Redis has of it, unless it has lost it.
    pub(super) written: Timestamp,
}

impl Folded {
    /// A record, and all that was before it in its partition, was published, or is known to be missing in Redis.
    pub(crate) fn note(&self, partition: i32, offset: i64, appended: Timestamp) {
        let mut parts = self.lock();
        let progress = parts.entry(partition).or_default();
        progress.next = progress.next.max(Some(offset + 1));
        progress.appended = progress.appended.max(appended);
    }

    /// These partitions have heartbeats.
    pub(crate) fn note_heartbeats(&self, partitions: impl IntoIterator<Item = i32>) {
        let mut parts = self.lock();
        for partition in partitions {
            parts.entry(partition).or_default().has_heartbeats = true;
        }
    }

    /// Forgets what is not read here any more; answers those whose turn it is.
    fn take_turns(&self, assigned: &[i32], now: Instant) -> Vec<i32> {
        let mut parts = self.lock();
        parts.retain(|partition, _| assigned.contains(partition));
        let mut due = Vec::new();
        for &partition in assigned {
            let progress = parts.entry(partition).or_default();
            let is_awaited = progress.has_heartbeats && progress.caught_up;
            if is_awaited || progress.looked.is_none_or(|at| now - at >= SELDOM) {
                progress.looked = Some(now);
                due.push(partition);
            }
        }
        due
    }

    /// Those of which it is not known, or was not for some time, how far they have come.
    fn unknown(&self, ends: &[(i32, i64)], now: Instant) -> Vec<i32> {
        let mut parts = self.lock();
        let mut unknown = Vec::new();
        for &(partition, end) in ends {
            let progress = parts.entry(partition).or_default();
            let was_asked = progress.asked.is_some_and(|at| now - at < ASK_AGAIN);
            if progress.next.is_none_or(|next| next < end) && !was_asked {
                progress.asked = Some(now);
                unknown.push(partition);
            }
        }
        unknown
    }

    /// Those of some partitions that came here whose heartbeats are still to be written.
    fn gained(&self, due: &[i32]) -> Vec<i32> {
        let parts = self.lock();
        let is_gained = |partition: &i32| parts.get(partition).is_some_and(|progress| !progress.caught_up);
        due.iter().copied().filter(is_gained).collect()
    }

    /// The heartbeats of these partitions are written.
    fn caught_up(&self, partitions: &[i32]) {
        let mut parts = self.lock();
        for partition in partitions {
            if let Some(progress) = parts.get_mut(partition) {
                progress.caught_up = true;
            }
        }
    }

    /// Redis has what was told.
    fn written(&self, told: &[FoldedPartition]) {
        let mut parts = self.lock();
        for told in told {
            if let Some(progress) = parts.get_mut(&told.partition) {
                progress.written = told.until;
                progress.reached = Some(told.until);
            }
        }
    }

    /// How far behind the log Redis is at `now`, in milliseconds, in the partition that is furthest behind of those that
    /// have, or may have, heartbeats.
    fn behind_ms(&self, now: Timestamp) -> i64 {
        let mut parts = self.lock();
        let reached = parts
            .values_mut()
            .filter(|progress| progress.has_heartbeats || !progress.caught_up)
            .map(|progress| *progress.reached.get_or_insert(now));
        reached
            .min()
            .map_or(0, |reached| now.millis_since(reached).max(0))
    }

    /// Redis has lost what it had.
    fn lost(&self) {
        for progress in self.lock().values_mut() {
            progress.written = Timestamp::default();
        }
    }

    /// What is committed was published.
    fn committed(&self, offsets: &[(i32, i64)]) {
        let mut parts = self.lock();
        for (partition, offset) in offsets {
            if let Some(progress) = parts.get_mut(partition) {
                progress.next = progress.next.max(Some(*offset));
            }
        }
    }

    /// What is to be told of partitions that ended there at `asked_at`.
    fn tell(&self, ends: &[(i32, i64)], asked_at: Timestamp) -> Vec<FoldedPartition> {
        let mut parts = self.lock();
        let mut told = Vec::with_capacity(ends.len());
        for &(partition, end) in ends {
            let Some(progress) = parts.get_mut(&partition).filter(|progress| progress.caught_up) else {
                continue;
            };
            let until = match progress.next {
                Some(next) if next >= end => asked_at,
                Some(_) => progress.appended,
                None => continue,
            };
            progress.told = progress.told.max(until);
            if progress.told > Timestamp::default() {
                told.push(FoldedPartition {
                    partition,
                    until: progress.told,
                    written: progress.written,
                });
            }
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells how far the partitions have come.
#[derive(Debug)]
pub(crate) struct Telling {
    pub(crate) folded: Folded,
    pub(crate) writer: LiveWriter,
    pub(crate) stale: Stale,
    pub(crate) store: Arc<Store>,
    pub(crate) kafka: KafkaSettings,
    pub(crate) ends: Ends,
    pub(crate) assigned: Assigned,
    pub(crate) export: Export,
}

/// Why it was not told how far the partitions have come.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Telling {
    /// Runs until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = every.tick() => {}
            }
            let told = tokio::select! {
                () = shutdown.cancelled() => return,
                told = self.tell() => told,
            };
            if let Err(error) = told {
                tracing::debug!(%error, "it is not told how far the log is folded");
            }
            metrics::folded_behind(self.folded.behind_ms(shared::now()));
        }
    }

    async fn tell(&self) -> Result<(), TellError> {
        let asked_at = shared::now();
        let topic = self.ends.topic();
        let due = self.folded.take_turns(&self.assigned.of(topic), Instant::now());
        if due.is_empty() {
            return Ok(());
        }
        let ends = self.ends.of(&due).await?;
        let unknown = self.folded.unknown(&ends, Instant::now());
        if !unknown.is_empty() {
            self.folded
                .committed(&self.assigned.committed(topic, &unknown).await?);
        }
        let gained = self.folded.gained(&due);
        if !gained.is_empty() {
            self.catch_up(&gained).await?;
        }
        let told = self.folded.tell(&ends, asked_at);
        // What Redis has missed was noted before its place on the log.
        if told.is_empty() || !self.stale.is_clean() {
            return Ok(());
        }
        if self.writer.tell_folded(&told).await? {
            self.folded.written(&told);
        } else {
            tracing::warn!("Redis has lost what it had, and is written anew");
            self.stale.add_everything();
            self.folded.lost();
        }
        Ok(())
    }

    /// Writes the heartbeats of partitions that came here.
    async fn catch_up(&self, gained: &[i32]) -> Result<(), TellError> {
        let partitions = self.kafka.partition_count(self.ends.topic()).await?;
        let heartbeats = self.store.heartbeats().await?;
        let theirs = heartbeats.into_iter().filter_map(|id| {
            let partition = partition_of_monitor(id, partitions);
            gained.contains(&partition).then_some((id, partition))
        });
        let theirs: Vec<(MonitorId, i32)> = theirs.collect();
        self.export.expect(theirs.iter().copied());
        let partitions: BTreeSet<i32> = theirs.iter().map(|(_, partition)| *partition).collect();
        self.folded.note_heartbeats(partitions);
        let theirs: Vec<MonitorId> = theirs.into_iter().map(|(id, _)| id).collect();
        for chunk in theirs.chunks(CHUNK) {
            let updates = self.store.live(chunk).await?;
            self.export.seed(&updates);
            self.writer.write_heartbeats(&updates).await?;
        }
        self.folded.caught_up(gained);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
