//! How attempts that fail slow down those that follow, without locking anybody out.

use std::time::{Duration, Instant};

/// Failures in a row that cost nothing: people mistype.
const FREE: u32 = 5;

/// The first delay.
const FIRST: Duration = Duration::from_secs(10);

/// The longest delay.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long failures are remembered after the last of them.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);

/// Failures in a row. An attempt counts as one until it turns out not to be, so that many at once are no way around.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guesses {
    /// Failures in a row that cost nothing.
    free: u32,
    failed: u32,
    /// Before this no attempt is made.
    until: Option<Instant>,
}

impl Default for Guesses {
    fn default() -> Self {
        Self::of(1)
    }
}

impl Guesses {
    /// Those of what counts as so many hosts.
    pub(super) fn of(hosts: u32) -> Self {
        Self {
            free: FREE.saturating_mul(hosts),
            failed: 0,
            until: None,
        }
    }

    /// How long to wait before the next attempt, if at all.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = self.until?.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts an attempt as failed.
    ///
    /// # Errors
    /// How long to wait before it.
    pub(super) fn attempt(&mut self, now: Instant) -> Result<(), Duration> {
        match self.wait(now) {
            Some(wait) => Err(wait),
            None => {
                self.failed = self.failed.saturating_add(1);
                self.until = delay(self.failed, self.free).map(|delay| now + delay);
                Ok(())
            }
        }
    }

    /// The attempt that was counted last was none.
    pub(super) fn withdraw(&mut self) {
        self.failed = self.failed.saturating_sub(1);
        self.until = None;
    }
}

/// After so many failures in a row, of which `free` cost nothing: each delay is twice the one before.
fn delay(failed: u32, free: u32) -> Option<Duration> {
    let times = 1_u32.checked_shl(failed.checked_sub(free)?).unwrap_or(u32::MAX);
    Some(FIRST.saturating_mul(times).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_quarter_of_an_hour() {
        let mut now = Instant::now();
        let (mut guesses, mut waits) = (Guesses::default(), Vec::new());
        for _ in 0..200 {
            while let Err(wait) = guesses.attempt(now) {
                waits.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(waits[..8], [10, 20, 40, 80, 160, 320, 640, 900]);
        assert_eq!(waits.len(), 200 - 5, "five are free");
        assert!(waits[7..].iter().all(|wait| *wait == 900));
    }

    #[test]
    fn many_at_once_are_no_way_around() {
        let (now, mut guesses) = (Instant::now(), Guesses::default());
        let made = (0..100).filter(|_| guesses.attempt(now).is_ok()).count();
        assert_eq!(made, 5);
        assert!(guesses.wait(now).is_some());
        assert_eq!(guesses.wait(now + FIRST), None);
    }

    #[test]
    fn what_was_no_attempt_does_not_count() {
        let (now, mut guesses) = (Instant::now(), Guesses::default());
        for _ in 0..50 {
            guesses.attempt(now).unwrap();
            guesses.withdraw();
        }
    }
}
