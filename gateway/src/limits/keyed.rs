//! A rate limit for each key, in bounded memory.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Keys that are remembered. Then those that were asked for least recently are forgotten.
const REMEMBERED: u64 = 50_000;

/// So many times in a period for each key.
pub(super) struct Keyed<K> {
    quota: Quota,
    /// A key that was not asked for in a period has all of its quota.
    buckets: Cache<K, Arc<DefaultDirectRateLimiter>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Keyed<K> {
    pub(super) fn new(times: u32, period: Duration) -> Self {
        let times = NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN);
        let each = (period / times.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(times));
        Self {
            quota: quota.allow_burst(times),
            buckets: remembered(period),
        }
    }

    /// Counts one time; answers how long to wait when it is one too many.
    pub(super) fn count(&self, key: K) -> Result<(), Duration> {
        let bucket = self
            .buckets
            .get_with(key, || Arc::new(RateLimiter::direct(self.quota)));
        bucket
            .check()
            .map_err(|early| early.wait_time_from(DefaultClock::default().now()))
    }
}

/// What is remembered of each key until nobody has asked for it for `idle`.
pub(super) fn remembered<K, V>(idle: Duration) -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(REMEMBERED)
        // The default policy may not take in new keys where others are asked for often.
        .eviction_policy(EvictionPolicy::lru())
        .time_to_idle(idle)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_quota_of_its_own() {
        let limit = Keyed::new(2, Duration::from_secs(60));
        assert!(limit.count(1).is_ok() && limit.count(1).is_ok());
        let wait = limit.count(1).unwrap_err();
        assert!(wait <= Duration::from_secs(30), "{wait:?}");
        assert!(limit.count(2).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_the_latest_keys_are_remembered() {
        let limit = Keyed::new(1, Duration::from_secs(60));
        for key in 0..3 * REMEMBERED {
            assert!(limit.count(key).is_ok());
        }
        limit.buckets.run_pending_tasks();
        assert!(limit.buckets.entry_count() <= REMEMBERED);
        assert!(limit.count(3 * REMEMBERED - 1).is_err());
    }
}
