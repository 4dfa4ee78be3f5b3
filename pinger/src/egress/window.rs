//! How many checks of the last seconds have failed for the first time because of the network.

/// Seconds that are looked at.
const SECONDS: usize = 10;

/// From which share of the checks on their failures are a sudden rise: one in so many.
const ONE_IN: u32 = 10;

/// Counts of the last seconds.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The second that the newest bucket counts.
    newest: i64,
    buckets: [Bucket; SECONDS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    checks: u32,
    failures: u32,
}

impl Window {
    /// Counts a check that has ended in `second`.
    pub(super) fn note(&mut self, second: i64, failed: bool) {
        self.advance(second);
        let bucket = &mut self.buckets[second.rem_euclid(SECONDS as i64) as usize];
        bucket.checks += 1;
        bucket.failures += u32::from(failed);
    }

    /// Whether failures have risen suddenly.
    pub(super) fn has_risen(&mut self, second: i64) -> bool {
        self.advance(second);
        let (checks, failures) = self.buckets.iter().fold((0, 0), |(checks, failures), bucket| {
            (checks + bucket.checks, failures + bucket.failures)
        });
        failures > 0 && failures * ONE_IN >= checks
    }

    fn advance(&mut self, second: i64) {
        // After the clock was set back the counts begin anew.
        let passed = second - self.newest;
        if !(0..SECONDS as i64).contains(&passed) {
            self.buckets = Default::default();
        } else {
            for since in self.newest + 1..=second {
                self.buckets[since.rem_euclid(SECONDS as i64) as usize] = Bucket::default();
            }
        }
        self.newest = second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_failures_among_many_checks_are_no_rise() {
        let mut window = Window::default();
        for n in 0..1_000 {
            window.note(100, n % 20 == 0);
        }
        assert!(!window.has_risen(100));
        for _ in 0..100 {
            window.note(103, true);
        }
        assert!(window.has_risen(103));
        assert!(window.has_risen(112), "the last seconds count");
        assert!(!window.has_risen(113));
    }

    #[test]
    fn seconds_without_checks_and_a_clock_that_is_set_back_count_nothing() {
        let mut window = Window::default();
        window.note(100, true);
        assert!(window.has_risen(100));
        assert!(!window.has_risen(99));
        window.note(99, true);
        assert!(!window.has_risen(1_000_000));
    }
}
