//! How attempts that fail slow down those that follow, without locking anybody out.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::keyed::remembered;

/// Failures in a row that cost nothing: people mistype.
const FREE: u32 = 5;

/// The first delay.
const FIRST: Duration = Duration::from_secs(10);

/// The longest delay.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long failures are remembered after the last of them.
const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);

/// Failures in a row. An attempt counts as one until it turns out not to be, so that many at once are no way around.
#[derive(Clone, Copy, Debug, Default)]
struct Guesses {
    failed: u32,
    /// Before this no attempt is made.
    until: Option<Instant>,
}

impl Guesses {
    /// How long to wait before the next attempt, if at all.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let wait = self.until?.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts an attempt as failed.
    ///
    /// # Errors
    /// How long to wait before it.
    fn attempt(&mut self, now: Instant) -> Result<(), Duration> {
        match self.wait(now) {
            Some(wait) => Err(wait),
            None => {
                self.failed = self.failed.saturating_add(1);
                self.until = delay(self.failed).map(|delay| now + delay);
                Ok(())
            }
        }
    }

    /// The attempt that was counted last was none.
    fn withdraw(&mut self) {
        self.failed = self.failed.saturating_sub(1);
        self.until = None;
    }
}

type Counted = Arc<Mutex<Guesses>>;

/// The failures in a row of each who guesses.
pub(super) struct Guessers<K>(Cache<K, Counted>);

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Guessers<K> {
    pub(super) fn new() -> Self {
        Self(remembered(REMEMBERED_FOR))
    }

    /// Counts an attempt as failed until it turns out not to be.
    ///
    /// # Errors
    /// How long to wait before it.
    pub(super) fn attempt(&self, guesser: K) -> Result<Guess<'_, K>, Duration> {
        let guesses = self.0.get_with(guesser.clone(), Counted::default);
        locked(&guesses).attempt(Instant::now())?;
        Ok(Guess {
            of: self,
            guesser,
            guesses,
        })
    }

    /// How long somebody has to wait before the next attempt, if at all.
    pub(super) fn wait(&self, guesser: &K) -> Option<Duration> {
        locked(&self.0.get(guesser)?).wait(Instant::now())
    }
}

/// An attempt, which counts as failed until it turns out not to be.
pub(super) struct Guess<'a, K> {
    of: &'a Guessers<K>,
    guesser: K,
    guesses: Counted,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Guess<'_, K> {
    /// It was right.
    pub(super) fn succeeded(self) {
        self.of.0.invalidate(&self.guesser);
    }

    /// It was none.
    pub(super) fn was_none(self) {
        locked(&self.guesses).withdraw();
    }
}

fn locked(guesses: &Counted) -> MutexGuard<'_, Guesses> {
    guesses.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After so many failures in a row: each delay is twice the one before.
fn delay(failed: u32) -> Option<Duration> {
    let times = 1_u32.checked_shl(failed.checked_sub(FREE)?).unwrap_or(u32::MAX);
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
