//! What goes wrong for a while: the log is told when it begins and when it ends, and not of each attempt meanwhile.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Something that is tried again and again.
#[derive(Debug)]
pub struct Lasting {
    what: &'static str,
    failing: Mutex<Option<Failing>>,
}

/// Since when it fails, and how often it did.
#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Instant,
    attempts: u64,
}

impl Lasting {
    /// `what` says what is wrong while it fails.
    pub const fn new(what: &'static str) -> Self {
        Self {
            what,
            failing: Mutex::new(None),
        }
    }

    /// It has failed, maybe not for the first time; answers whether it was.
    pub fn failed(&self, error: &dyn Display) -> bool {
        let mut failing = self.failing();
        if let Some(failing) = &mut *failing {
            failing.attempts += 1;
            tracing::debug!(%error, attempts = failing.attempts, "{}", self.what);
            return false;
        }
        *failing = Some(Failing {
            since: Instant::now(),
            attempts: 1,
        });
        tracing::warn!(%error, "{}; it is tried until it works", self.what);
        true
    }

    /// It works; answers whether it did not before.
    pub fn ok(&self) -> bool {
        let Some(Failing { since, attempts }) = self.failing().take() else {
            return false;
        };
        let after_ms = since.elapsed().as_millis() as u64;
        tracing::info!(after_ms, attempts, "it works again: {}", self.what);
        true
    }

    fn failing(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_and_the_end_are_told_once() {
        let lasting = Lasting::new("the topic cannot be read");
        assert!(!lasting.ok());
        for _ in 0..2 {
            let told: Vec<bool> = (0..5).map(|_| lasting.failed(&"away")).collect();
            assert_eq!(told, [true, false, false, false, false]);
            assert!(lasting.ok() && !lasting.ok());
        }
    }
}
