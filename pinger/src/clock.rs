//! The wall clock in terms of the monotonic clock: slots use the one, timers the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use tokio::time::Instant;

/// A step of the wall clock from which all timers are set again, in microseconds.
const STEP_US: i64 = 20_000;

/// The wall clock as this process sees it: the monotonic clock plus an offset that [`Clock::resync`] keeps
/// right.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    anchor: Instant,
    /// Wall-clock microseconds at `anchor`.
    offset_us: AtomicI64,
    /// Whether it was set since somebody asked.
    was_set: AtomicBool,
}

impl Clock {
    /// The system's clock.
    pub(crate) fn system() -> Self {
        Self::starting_at(system_us())
    }

    /// A clock that begins at `wall_us` and runs with tokio's, which tests can pause.
    pub(crate) fn starting_at(wall_us: i64) -> Self {
        Self(Arc::new(Inner {
            anchor: Instant::now(),
            offset_us: AtomicI64::new(wall_us),
            was_set: AtomicBool::new(false),
        }))
    }

    /// Microseconds since the Unix epoch.
    pub(crate) fn now_us(&self) -> i64 {
        self.wall_us(Instant::now())
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_us().div_euclid(1_000)
    }

    /// Now, as in records.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms())
    }

    /// When the monotonic clock will have reached a wall-clock time; now, if it has passed.
    pub(crate) fn instant_of_ms(&self, wall_ms: i64) -> Instant {
        let since_anchor = wall_ms.saturating_mul(1_000) - self.0.offset_us.load(Ordering::Relaxed);
        self.0.anchor + Duration::from_micros(u64::try_from(since_anchor).unwrap_or(0))
    }

    /// Follows the system's clock.
    pub(crate) fn resync(&self) {
        let offset = system_us() - self.elapsed_us(Instant::now());
        let before = self.0.offset_us.swap(offset, Ordering::Relaxed);
        if (offset - before).abs() > STEP_US {
            self.0.was_set.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the clock was set since this was asked last, or the machine was asleep: timers that were set before are
    /// wrong.
    pub(crate) fn take_was_set(&self) -> bool {
        self.0.was_set.swap(false, Ordering::Relaxed)
    }

    fn wall_us(&self, at: Instant) -> i64 {
        self.elapsed_us(at) + self.0.offset_us.load(Ordering::Relaxed)
    }

    fn elapsed_us(&self, at: Instant) -> i64 {
        let elapsed = at.saturating_duration_since(self.0.anchor).as_micros();
        i64::try_from(elapsed).unwrap_or(i64::MAX)
    }
}

fn system_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wall_clock_and_timers_agree() {
        let clock = Clock::starting_at(1_000_000_500);
        assert_eq!(clock.now_ms(), 1_000_000);
        tokio::time::sleep_until(clock.instant_of_ms(1_000_250)).await;
        assert_eq!(clock.now_ms(), 1_000_250);
        assert!(clock.instant_of_ms(0) <= Instant::now());
    }
}
