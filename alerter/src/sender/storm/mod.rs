//! One message of a storm, however many processes have gathered it.
//!
//! A process that gathers says so in Redis. When it is ready, it adds what it has as a *part*, unless nobody
//! else gathers. One of those that are ready waits for a moment for those that still gather, takes all parts
//! at once, sends one message, and says what came of it; the others note that as theirs. Each part is taken
//! by one process at most. A process whose part nobody takes in time takes it back and tells of it by itself.
//! It does so, too, when its part was taken and nobody says what came of it: only then may something be told
//! twice.

mod part;
mod pool;

use std::time::Duration;

use tokio::time::{Instant, sleep};

pub(super) use part::{MAX_DESCRIBED, MAX_MESSAGES, Part, Verdict};
pub(crate) use pool::Pool;
use pool::Standing;
pub(super) use pool::Storm;

use super::{Entry, Inner};

/// How long those that still gather are waited for.
const SETTLE: Duration = Duration::from_secs(1);

/// How long somebody is waited for who takes a part.
const TAKEN_WITHIN: Duration = Duration::from_millis(1_500);

/// By how much the clocks of two processes may differ.
const SKEW_MS: i64 = 1_500;

/// How often Redis is looked at meanwhile.
const POLL: Duration = Duration::from_millis(50);

/// How much longer than the send itself telling of a storm may take.
pub(super) const MARGIN: Duration = Duration::from_secs(4);

/// Who tells of a storm.
#[derive(Debug)]
pub(super) enum Teller {
    /// This process: nobody else has anything to tell.
    Alone,
    /// This process, of the parts of others as well.
    Us(Vec<Part>),
    /// This process, of its own part only: the others were waited for.
    LeftAlone,
    /// Another process has; what came of it.
    Another(Verdict),
}

impl Inner {
    /// Puts messages together with those of other processes.
    pub(super) async fn put_together(&self, storm: Storm, entries: &[Entry]) -> Teller {
        match self.pool.around(storm).await {
            Some(around) if !around.is_quiet() => {}
            _ => {
                self.pool.leave(storm).await;
                return Teller::Alone;
            }
        }
        let Some(part) = self.part(entries).await else {
            return Teller::Alone;
        };
        if !self.pool.join(storm, &part).await {
            self.pool.withdraw(storm, part.id).await;
            return Teller::LeftAlone;
        }
        let joined = Instant::now();
        let mut taken = None;
        loop {
            if taken.is_none() && self.pool.claim(storm).await {
                match self.gather(storm, &part).await {
                    Some(parts) => return Teller::Us(parts),
                    None => self.pool.release(storm).await,
                }
            }
            let is_late = joined.elapsed() >= TAKEN_WITHIN || self.closing.is_cancelled();
            match self.pool.standing(storm, part.id).await {
                Standing::Told(verdict) => return Teller::Another(verdict),
                Standing::Taken => {
                    let since = *taken.get_or_insert_with(Instant::now);
                    if since.elapsed() >= self.told_within() {
                        return Teller::LeftAlone;
                    }
                }
                Standing::Waiting if is_late => {
                    if self.pool.withdraw(storm, part.id).await != Some(false) {
                        return Teller::LeftAlone;
                    }
                }
                Standing::Unknown if is_late => return Teller::LeftAlone,
                Standing::Waiting | Standing::Unknown => {}
            }
            sleep(POLL).await;
        }
    }

    /// Waits for those that still gather, and takes all parts; nothing when somebody else was quicker.
    async fn gather(&self, storm: Storm, own: &Part) -> Option<Vec<Part>> {
        let until = Instant::now() + SETTLE;
        while Instant::now() < until {
            let around = self.pool.around(storm).await?;
            if !around.gathering {
                break;
            }
            sleep(POLL).await;
        }
        let parts = self.pool.take(storm, own.id).await?;
        let now = shared::now();
        // The owner of a part that is not valid any more is gone, or tells of it by itself.
        let others = parts
            .into_iter()
            .filter(|part| part.id != own.id && part.valid_until > now);
        Some(others.collect())
    }

    /// How long the outcome of a message is waited for that another process sends.
    pub(super) fn told_within(&self) -> Duration {
        self.timeout + MARGIN
    }

    async fn part(&self, entries: &[Entry]) -> Option<Part> {
        let deliveries = entries.iter().map(|entry| entry.job.delivery.id);
        let limit_ms = i64::try_from(TAKEN_WITHIN.as_millis()).unwrap_or(i64::MAX);
        Some(Part {
            id: uuid::Uuid::from_bytes(shared::crypto::random()),
            valid_until: shared::now().plus_millis(limit_ms + SKEW_MS),
            first: entries.iter().map(|entry| entry.job.facts.incident).min()?,
            deliveries: deliveries.collect(),
            outages: self.outages(entries, MAX_DESCRIBED).await,
        })
    }
}
