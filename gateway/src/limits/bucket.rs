//! What one caller has had of a quota, as an instant: that at which all of it is there again (GCRA). What others have
//! counted for the same caller moves the instant, so that counts of several gateways add up.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// So many times in a period, evenly replenished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    times: u32,
    /// After so many nanoseconds one more is there.
    each: u64,
}

impl Rate {
    pub(super) fn new(times: u32, period: Duration) -> Self {
        let times = times.max(1);
        let each = nanos(period) / u64::from(times);
        Self {
            times,
            each: each.max(1),
        }
    }

    /// How much a quota is.
    pub(super) fn times(self) -> u32 {
        self.times
    }

    /// How far ahead of now a caller may be that has had everything.
    fn burst(self) -> u64 {
        self.each.saturating_mul(self.times.into())
    }
}

/// How much of a quota is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// How much there is, when nothing of it was had.
    pub(crate) limit: u32,
    /// How much is left.
    pub(crate) remaining: u32,
    /// After which time all of it is there again.
    pub(crate) reset: Duration,
}

/// What came of counting once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) quota: Quota,
    /// How long to wait, when it was once too many.
    pub(super) wait: Option<Duration>,
}

impl Verdict {
    /// The one of two that leaves less.
    pub(super) fn tighter(self, other: Self) -> Self {
        match other.wait.is_some() || other.quota.is_tighter(&self.quota) {
            true => other,
            false => self,
        }
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.wait.is_some()
    }
}

impl Quota {
    /// Whether a smaller part of it is left than of `other`.
    pub(crate) fn is_tighter(&self, other: &Self) -> bool {
        let part = |one: &Self, of: &Self| u64::from(one.remaining) * u64::from(of.limit);
        part(self, other) < part(other, self)
    }
}

/// What one caller has had. Instants are nanoseconds since the start of this process.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    /// When all of the quota is there again.
    full_at: AtomicU64,
    /// Counted here, and not told to the other gateways.
    untold: AtomicU32,
    /// It waits for its turn to be told.
    is_queued: AtomicBool,
}

impl Bucket {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            full_at: AtomicU64::new(0),
            untold: AtomicU32::new(0),
            is_queued: AtomicBool::new(false),
        }
    }

    /// Counts once, if there is something left.
    pub(super) fn count(&self, now: u64) -> Verdict {
        let latest = now.saturating_add(self.rate.burst());
        let counted = self
            .full_at
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| {
                let next = full_at.max(now).saturating_add(self.rate.each);
                (next <= latest).then_some(next)
            });
        let (full_at, wait) = match counted {
            Ok(before) => {
                self.untold.fetch_add(1, Ordering::AcqRel);
                (before.max(now) + self.rate.each, None)
            }
            Err(full_at) => {
                let wait = full_at.saturating_add(self.rate.each) - latest;
                (full_at, Some(Duration::from_nanos(wait)))
            }
        };
        let left = latest.saturating_sub(full_at) / self.rate.each;
        let quota = Quota {
            limit: self.rate.times,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset: Duration::from_nanos(full_at.saturating_sub(now)),
        };
        Verdict { quota, wait }
    }

    /// How long to wait until something is left, if at all.
    pub(super) fn wait(&self, now: u64) -> Option<Duration> {
        let latest = now.saturating_add(self.rate.burst());
        let next = self
            .full_at
            .load(Ordering::Acquire)
            .saturating_add(self.rate.each);
        let wait = Duration::from_nanos(next.saturating_sub(latest));
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether it has to be queued now to be told; then it counts as queued.
    pub(super) fn enqueue(&self) -> bool {
        // Most often it is queued already, and reading that is cheaper.
        !self.is_queued.load(Ordering::Acquire) && !self.is_queued.swap(true, Ordering::AcqRel)
    }

    /// It is not queued any more.
    pub(super) fn dequeued(&self) {
        self.is_queued.store(false, Ordering::Release);
    }

    /// Takes what is to be told: of how many nanoseconds the quota was had here, without what is there again by now.
    pub(super) fn take_untold(&self, now: u64) -> u64 {
        let times = self.untold.swap(0, Ordering::AcqRel);
        let ahead = self.full_at.load(Ordering::Acquire).saturating_sub(now);
        self.rate.each.saturating_mul(times.into()).min(ahead)
    }

    /// How far ahead of now all gateways together may be. What each of them gave out before it knew of the others is
    /// waited for, but no longer than as if it was had twice.
    pub(super) fn most_ahead(&self) -> u64 {
        self.rate.burst().saturating_mul(2)
    }

    /// Learns how far ahead of now the caller is by the count of all gateways.
    pub(super) fn learn(&self, now: u64, ahead: Duration) {
        let untold = u64::from(self.untold.load(Ordering::Acquire)).saturating_mul(self.rate.each);
        let full_at = now.saturating_add(nanos(ahead)).saturating_add(untold);
        self.full_at.fetch_max(full_at, Ordering::AcqRel);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn bucket(times: u32) -> Bucket {
        Bucket::new(Rate::new(times, Duration::from_secs(60)))
    }

    fn counts(bucket: &Bucket, now: u64) -> usize {
        (0..100_000)
            .take_while(|_| !bucket.count(now).is_refusal())
            .count()
    }

    #[test]
    fn a_quota_is_given_out_at_once_and_comes_back_evenly() {
        let bucket = bucket(6);
        let first = bucket.count(SECOND);
        assert_eq!((first.quota.limit, first.quota.remaining), (6, 5));
        assert_eq!(first.quota.reset, Duration::from_secs(10));
        assert_eq!(counts(&bucket, SECOND), 5);
        let refused = bucket.count(2 * SECOND);
        assert_eq!(refused.wait, Some(Duration::from_secs(9)));
        assert_eq!(refused.quota.remaining, 0);
        assert_eq!(refused.quota.reset, Duration::from_secs(59));
        assert_eq!(bucket.wait(2 * SECOND), Some(Duration::from_secs(9)));
        assert_eq!(
            bucket.wait(11 * SECOND),
            None,
            "who only asks does not wait longer"
        );
        assert_eq!(counts(&bucket, 11 * SECOND), 1);
        assert_eq!(counts(&bucket, 200 * SECOND), 6);
    }

    #[test]
    fn a_quota_that_does_not_divide_its_period_is_given_out_whole() {
        for times in [1, 7, 1_200, 59_999] {
            assert_eq!(counts(&bucket(times), 0), times as usize);
        }
    }

    #[test]
    fn counts_of_two_gateways_add_up() {
        let (one, other) = (bucket(6), bucket(6));
        for _ in 0..4 {
            one.count(0);
        }
        assert_eq!(other.count(0).quota.remaining, 5);
        // What a store would add up.
        let all = Duration::from_nanos(one.take_untold(0) + other.take_untold(0));
        assert_eq!(all, Duration::from_secs(50));
        // Counted while the answer was on its way.
        other.count(0);
        other.learn(0, all);
        one.learn(0, all);
        assert_eq!(counts(&other, 0), 0);
        assert_eq!(counts(&one, 0), 1, "it does not know of the latest");
    }

    #[test]
    fn what_is_there_again_is_not_told() {
        let bucket = bucket(6);
        for minute in 0..100 {
            bucket.count(minute * 60 * SECOND);
        }
        let now = 99 * 60 * SECOND;
        assert_eq!(bucket.take_untold(now + 4 * SECOND), 6 * SECOND);
        assert_eq!(bucket.take_untold(now), 0);
    }

    #[test]
    fn what_was_given_out_too_much_is_waited_for() {
        let (one, other) = (bucket(6), bucket(6));
        assert_eq!(counts(&one, 0) + counts(&other, 0), 12);
        let all = Duration::from_nanos(one.take_untold(0) + other.take_untold(0));
        one.learn(0, all);
        assert_eq!(one.count(0).wait, Some(Duration::from_secs(70)));
        assert_eq!(one.count(0).quota.remaining, 0);
    }

    #[test]
    fn what_others_know_less_of_changes_nothing() {
        let bucket = bucket(6);
        assert_eq!(counts(&bucket, 0), 6);
        bucket.learn(0, Duration::ZERO);
        bucket.take_untold(0);
        bucket.learn(0, Duration::from_secs(10));
        assert_eq!(counts(&bucket, 0), 0);
    }

    #[test]
    fn the_tighter_quota_is_told() {
        let quota = |limit, remaining| Quota {
            limit,
            remaining,
            reset: Duration::ZERO,
        };
        assert!(quota(30, 2).is_tighter(&quota(1_200, 600)));
        assert!(!quota(30, 30).is_tighter(&quota(1_200, 1_199)));
        assert!(quota(30, 0).is_tighter(&quota(1_200, 1)));
    }
}
