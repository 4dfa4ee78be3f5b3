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
    /// Whether this pod has left its leases.
    over: bool,
}

impl Silence {
    pub(super) fn new(stalls: u32) -> Self {
        Self {
            noticed: stalls,
            since: None,
            over: false,
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

    /// This pod has left its leases, after it looked which it still had. Nobody renews them any more, and what is left to
    /// do was due before.
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    /// Whether it is still to be found out which shards this pod holds.
    pub(super) fn holds(&self) -> bool {
        !self.over && self.since.is_some_and(|since| since.elapsed() < PATIENCE)
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
    async fn a_pod_that_has_left_is_not_silenced() {
        let mut silence = Silence::new(0);
        silence.notice(1);
        silence.end();
        assert!(!silence.holds());
        assert!(silence.notice(2) && !silence.holds());
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
