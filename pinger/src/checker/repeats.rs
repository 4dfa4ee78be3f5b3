//! How often a check may repeat attempts that spanned a standstill. Pure.

use domain::monitor::deadline_ms;

use crate::monitor::Monitor;

/// Attempts of one check that are repeated, at most.
const MAX_REPEATS: u16 = 3;

/// The repeats that a check has left.
#[derive(Debug)]
pub(super) struct Repeats {
    left: u16,
    begun_ms: u32,
    deadline_ms: u32,
}

impl Repeats {
    /// Those of a check that begins at `now_ms`, on a clock that goes on while the machine stands still. They have an end
    /// in time, too: after a long standstill the whole check is made again, for the latest slot.
    pub(super) fn of(monitor: &Monitor, now_ms: u32) -> Self {
        let attempts = monitor.retries.saturating_add(MAX_REPEATS);
        let pauses = deadline_ms(0, monitor.retries, monitor.retry_delay_ms);
        let deadline_ms = deadline_ms(monitor.timeout_ms, attempts, 0).saturating_add(pauses);
        Self {
            left: MAX_REPEATS,
            begun_ms: now_ms,
            deadline_ms: u32::try_from(deadline_ms).unwrap_or(u32::MAX),
        }
    }

    /// Takes one; false when none is left, or it is too late.
    pub(super) fn take(&mut self, now_ms: u32) -> bool {
        let in_time = now_ms.wrapping_sub(self.begun_ms) < self.deadline_ms;
        let may = in_time && self.left > 0;
        self.left -= u16::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn repeats(begun_ms: u32) -> Repeats {
        Repeats {
            left: MAX_REPEATS,
            begun_ms,
            deadline_ms: 10_000,
        }
    }

    #[test]
    fn repeats_are_few_and_end_with_the_check() {
        let mut of_short = repeats(u32::MAX - 5);
        assert!((0..MAX_REPEATS).all(|_| of_short.take(100)));
        assert!(!of_short.take(100));
        let mut of_long = repeats(u32::MAX - 5);
        assert!(!of_long.take(9_994), "it stood still for too long");
    }
}
