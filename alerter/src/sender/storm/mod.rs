//! One message for a storm, however many processes have a part of it.
//!
//! A process that batches messages says so in Redis. When its batch is closed, it adds it as a *part*, unless no
//! other process has one. A leader waits for a moment for those that are still batching, takes all parts at once,
//! sends one message, and publishes the outcome; the others note that as theirs. Each part is taken by one process
//! at most. A process whose part nobody takes in time takes it back and sends it by itself. It does so, too, when
//! its part was taken and no outcome is published: only then may something be sent twice.

mod part;
mod pool;

use std::time::Duration;

use tokio::time::{Instant, sleep};

pub(super) use part::{MAX_DESCRIBED, MAX_MESSAGES, Part, SendOutcome};
use pool::PartStatus;
pub(super) use pool::Storm;
pub(crate) use pool::StormPool;

use super::{Entry, Inner};

/// How long the leader waits for those that are still batching.
const SETTLE: Duration = Duration::from_secs(1);

/// How long a process waits for a leader.
const TAKEN_WITHIN: Duration = Duration::from_millis(1_500);

/// By how much the clocks of two processes may differ.
const SKEW_MS: i64 = 1_500;

/// How often Redis is asked meanwhile.
const POLL: Duration = Duration::from_millis(50);

/// How much longer than a send itself that of a storm may take.
pub(super) const MARGIN: Duration = Duration::from_secs(4);

/// What a process does about a storm.
#[derive(Debug)]
pub(super) enum StormRole {
    /// It sends its part: no other process has one.
    Alone,
    /// It sends its part and those of others.
    Leader(Vec<Part>),
    /// It sends its part: it has waited for a leader, or for the outcome, in vain.
    Fallback,
    /// Another process has sent its part; what came of it.
    Follower(SendOutcome),
}

impl Inner {
    /// Finds out what to do about a storm together with other processes. A send takes at most `within`.
    pub(super) async fn join_storm(&self, storm: Storm, entries: &[Entry], within: Duration) -> StormRole {
        let sent_within = within + MARGIN;
        match self.pool.status(storm).await {
            Some(status) if !status.is_quiet() => {}
            _ => {
                self.pool.leave(storm).await;
                return StormRole::Alone;
            }
        }
        let Some(part) = self.part(entries).await else {
            return StormRole::Alone;
        };
        if !self.pool.join(storm, &part).await {
            self.pool.withdraw(storm, part.id).await;
            return StormRole::Fallback;
        }
        let joined = Instant::now();
        let mut taken = None;
        loop {
            if taken.is_none() && self.pool.claim(storm, sent_within).await {
                match self.gather(storm, &part).await {
                    Some(parts) => return StormRole::Leader(parts),
                    None => self.pool.release(storm).await,
                }
            }
            let is_late = joined.elapsed() >= TAKEN_WITHIN || self.closing.is_cancelled();
            match self.pool.part_status(storm, part.id).await {
                PartStatus::Done(outcome) => return StormRole::Follower(outcome),
                PartStatus::Taken => {
                    let since = *taken.get_or_insert_with(Instant::now);
                    if since.elapsed() >= sent_within {
                        return StormRole::Fallback;
                    }
                }
                PartStatus::Waiting if is_late => {
                    if self.pool.withdraw(storm, part.id).await != Some(false) {
                        return StormRole::Fallback;
                    }
                }
                PartStatus::Unknown if is_late => return StormRole::Fallback,
                PartStatus::Waiting | PartStatus::Unknown => {}
            }
            sleep(POLL).await;
        }
    }

    /// Waits for those that are still batching, and takes all parts; nothing when another process was quicker.
    async fn gather(&self, storm: Storm, own: &Part) -> Option<Vec<Part>> {
        let until = Instant::now() + SETTLE;
        while Instant::now() < until {
            let status = self.pool.status(storm).await?;
            if !status.batching {
                break;
            }
            sleep(POLL).await;
        }
        let parts = self.pool.take(storm, own.id).await?;
        let now = shared::now();
        // The owner of a part that is not valid any more is gone, or sends it by itself.
        let others = parts
            .into_iter()
            .filter(|part| part.id != own.id && part.valid_until > now);
        Some(others.collect())
    }

    async fn part(&self, entries: &[Entry]) -> Option<Part> {
        let deliveries = entries.iter().map(|entry| entry.job.delivery.id);
        let limit_ms = i64::try_from(TAKEN_WITHIN.as_millis()).unwrap_or(i64::MAX);
        Some(Part {
            id: uuid::Uuid::from_bytes(shared::crypto::random()),
            valid_until: shared::now().plus_millis(limit_ms + SKEW_MS),
            first: entries.iter().map(|entry| entry.job.context.incident).min()?,
            deliveries: deliveries.collect(),
            incidents: self.grouped_incidents(entries, MAX_DESCRIBED).await,
            tally: Self::tally(entries),
        })
    }
}
