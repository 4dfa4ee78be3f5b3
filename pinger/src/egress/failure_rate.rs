//! The rate of new network failures among recent checks.

/// Seconds that are counted.
const SECONDS: usize = 10;

/// The share of failing checks from which the rate is elevated: one in so many.
const ONE_IN: u32 = 10;

/// Counts of the last seconds.
#[derive(Debug, Default)]
pub(super) struct FailureRate {
    /// The second that the newest bucket counts.
    newest: i64,
    buckets: [Bucket; SECONDS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    checks: u32,
    failures: u32,
}

impl FailureRate {
    /// Counts a check that has ended in `second`.
    pub(super) fn record(&mut self, second: i64, failed: bool) {
        self.advance(second);
        let bucket = &mut self.buckets[second.rem_euclid(SECONDS as i64) as usize];
        bucket.checks += 1;
        bucket.failures += u32::from(failed);
    }

    /// Whether the rate is high enough to suspect our own network.
    pub(super) fn is_elevated(&mut self, second: i64) -> bool {
        self.advance(second);
        let (checks, failures) = self.buckets.iter().fold((0, 0), |(checks, failures), bucket| {
            (checks + bucket.checks, failures + bucket.failures)
        });
        failures > 0 && failures * ONE_IN >= checks
    }

    fn advance(&mut self, second: i64) {
        // The clock was set back: start again.
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
        let mut failure_rate = FailureRate::default();
        for n in 0..1_000 {
            failure_rate.record(100, n % 20 == 0);
        }
        assert!(!failure_rate.is_elevated(100));
        for _ in 0..100 {
            failure_rate.record(103, true);
        }
        assert!(failure_rate.is_elevated(103));
        assert!(failure_rate.is_elevated(112), "the last seconds count");
        assert!(!failure_rate.is_elevated(113));
    }

    #[test]
    fn seconds_without_checks_and_a_clock_that_is_set_back_count_nothing() {
        let mut failure_rate = FailureRate::default();
        failure_rate.record(100, true);
        assert!(failure_rate.is_elevated(100));
        assert!(!failure_rate.is_elevated(99));
        failure_rate.record(99, true);
        assert!(!failure_rate.is_elevated(1_000_000));
    }
}
