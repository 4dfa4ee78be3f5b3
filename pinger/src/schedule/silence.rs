//! Silence after a standstill: meanwhile other pods may have taken shards over, and what they checked is not to be told
//! as skipped. Pure, but for the time.

use std::time::Duration;

use tokio::time::Instant;

/// How long the leases are waited for. Without Redis nobody can have taken shards over in the end, and a pod keeps those
/// that it held.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the schedule may act.
#[derive(Debug)]
pub(super) struct Silence {
    /// The standstills that were noticed.
    noticed: u32,
    /// Since when the leases are waited for.
    since: Option<Instant>,
}

impl Silence {
    pub(super) fn new(stalls: u32) -> Self {
        Self {
            noticed: stalls,
            since: None,
        }
    }

    /// Notes how many standstills there were; true when there is a new one, which silences the schedule.
    pub(super) fn notice(&mut self, stalls: u32) -> bool {
        let is_new = stalls != self.noticed;
        if is_new {
            self.noticed = stalls;
            self.since = Some(Instant::now());
        }
        is_new
    }

    /// The leases were renewed after so many standstills.
    pub(super) fn confirm(&mut self, stalls: u32) {
        if stalls == self.noticed {
            self.since = None;
        }
    }

    /// Whether it is still to be found out which shards this pod holds.
    pub(super) fn holds(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() < PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_standstill_the_leases_come_first() {
        let mut silence = Silence::new(7);
        assert!(!silence.notice(7) && !silence.holds());
        assert!(silence.notice(8) && silence.holds());
        assert!(!silence.notice(8) && silence.holds());
        silence.confirm(7);
        assert!(silence.holds(), "that renewal had begun before");
        silence.confirm(8);
        assert!(!silence.holds());
    }

    #[tokio::test(start_paused = true)]
    async fn without_redis_it_goes_on_after_a_while() {
        let mut silence = Silence::new(0);
        silence.notice(1);
        tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
        assert!(silence.holds());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!silence.holds());
    }
}
