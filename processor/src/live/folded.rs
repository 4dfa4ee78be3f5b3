//! Up to when what was appended to a partition is folded, with its states in Redis: whoever finds out what is overdue
//! learns by it whether a ping may be missing there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use shared::kafka::{Assigned, Ends, KafkaError};
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::stale::Stale;
use super::writer::LiveWriter;
use crate::metrics;

/// How often it is told.
const EVERY: Duration = Duration::from_millis(200);

/// How often it is asked what is committed of a partition of which nothing came here.
const ASK_AGAIN: Duration = Duration::from_secs(1);

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
    asked: Option<Instant>,
}

impl Folded {
    /// A record, and all that was before it in its partition, was published, or is known to be missing in Redis.
    pub(crate) fn note(&self, partition: i32, offset: i64, appended: Timestamp) {
        let mut parts = self.lock();
        let progress = parts.entry(partition).or_default();
        progress.next = progress.next.max(Some(offset + 1));
        progress.appended = progress.appended.max(appended);
    }

    /// Forgets what is not read here any more; answers those of which it is not known, or was not for some time, how far
    /// they have come.
    fn keep(&self, assigned: &[i32], ends: &[(i32, i64)], now: Instant) -> Vec<i32> {
        let mut parts = self.lock();
        parts.retain(|partition, _| assigned.contains(partition));
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
    fn tell(&self, ends: &[(i32, i64)], asked_at: Timestamp) -> Vec<(i32, Timestamp)> {
        let mut parts = self.lock();
        let mut told = Vec::with_capacity(ends.len());
        for &(partition, end) in ends {
            let Some(progress) = parts.get_mut(&partition) else {
                continue;
            };
            let until = match progress.next {
                Some(next) if next >= end => asked_at,
                Some(_) => progress.appended,
                None => continue,
            };
            progress.told = progress.told.max(until);
            if progress.told > Timestamp::default() {
                told.push((partition, progress.told));
            }
        }
        told
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far is told of each partition that is read here, and thereby how far that is behind.
#[derive(Debug, Default)]
struct Behind(BTreeMap<i32, Timestamp>);

impl Behind {
    /// How far the one that is furthest behind is that, in milliseconds at `now`, after this was told. One that came here
    /// and of which nothing was told yet is as far behind as it is here.
    fn follow(&mut self, assigned: &[i32], told: &[(i32, Timestamp)], now: Timestamp) -> i64 {
        self.0.retain(|partition, _| assigned.contains(partition));
        for partition in assigned {
            self.0.entry(*partition).or_insert(now);
        }
        for (partition, until) in told {
            if let Some(known) = self.0.get_mut(partition) {
                *known = *until;
            }
        }
        let oldest = self.0.values().min();
        oldest.map_or(0, |until| now.millis_since(*until).max(0))
    }
}

/// Tells how far the partitions have come, until `shutdown`.
pub(crate) async fn tell(
    folded: Folded,
    writer: LiveWriter,
    stale: Stale,
    ends_of: Ends,
    assigned: Assigned,
    shutdown: CancellationToken,
) {
    let mut behind = Behind::default();
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let partitions = assigned.of(ends_of.topic());
        let told = async {
            let asked_at = shared::now();
            let ends = ends_of.of(&partitions).await?;
            let unknown = folded.keep(&partitions, &ends, Instant::now());
            if !unknown.is_empty() {
                folded.committed(&assigned.committed(ends_of.topic(), &unknown).await?);
            }
            Ok::<_, KafkaError>(folded.tell(&ends, asked_at))
        };
        let told = tokio::select! {
            () = shutdown.cancelled() => return,
            told = told => told,
        };
        // What Redis has missed was noted before its place on the log.
        let written = match told {
            Ok(told) if stale.is_clean() => match writer.tell_folded(&told).await {
                Ok(()) => Ok(told),
                Err(error) => Err(error.to_string()),
            },
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        };
        let told = written.unwrap_or_else(|error| {
            tracing::debug!(error, "it is not told how far the log is folded");
            Vec::new()
        });
        metrics::folded_behind(behind.follow(&partitions, &told, shared::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_is_told_follows_the_log_and_never_goes_back() {
        let (folded, now) = (Folded::default(), Instant::now());
        let ends = [(0, 10), (1, 5)];
        assert_eq!(folded.keep(&[0, 1], &ends, now), [0, 1]);
        assert!(folded.tell(&ends, at(900)).is_empty(), "nothing is known");
        folded.committed(&[(1, 5)]);
        folded.note(0, 7, at(700));
        assert_eq!(folded.tell(&ends, at(900)), [(0, at(700)), (1, at(900))]);
        folded.note(0, 9, at(800));
        assert_eq!(folded.tell(&ends, at(950)), [(0, at(950)), (1, at(950))]);
        // More has come meanwhile.
        assert_eq!(
            folded.tell(&[(0, 11), (1, 5)], at(990)),
            [(0, at(950)), (1, at(990))]
        );
        assert!(folded.keep(&[1], &[(1, 5)], now + ASK_AGAIN).is_empty());
        assert_eq!(folded.keep(&[0, 1], &[(0, 11), (1, 5)], now + ASK_AGAIN), [0]);
        assert!(
            folded.tell(&[(0, 11)], at(999)).is_empty(),
            "it was another's meanwhile"
        );
    }

    #[test]
    fn the_partition_that_is_furthest_behind_counts() {
        let mut behind = Behind::default();
        assert_eq!(behind.follow(&[], &[], at(100)), 0, "nothing is read here");
        assert_eq!(behind.follow(&[0, 1], &[(0, at(90))], at(100)), 10);
        assert_eq!(behind.follow(&[0, 1], &[(0, at(290))], at(300)), 200, "nothing was told of 1");
        assert_eq!(
            behind.follow(&[0, 1], &[(0, at(390)), (1, at(380))], at(400)),
            20
        );
        assert_eq!(behind.follow(&[0, 1], &[], at(1_400)), 1_020, "nothing can be told");
        assert_eq!(behind.follow(&[0], &[], at(1_400)), 1_010);
    }
}
