//! A rate limit for each key, in bounded memory.

use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::bucket::{Bucket, Rate, Verdict};
use super::exchange::Exchange;

/// Keys that are remembered. Then those that were asked for least recently are forgotten.
const REMEMBERED: u64 = 50_000;

/// So many times in a period for each key.
pub(super) struct Keyed<K> {
    /// What is limited.
    what: &'static str,
    rate: Rate,
    /// How much of its quota a key may have had before the others are told of it.
    untold: u32,
    /// A key that was not asked for in a period has all of its quota.
    buckets: Cache<K, Arc<Bucket>>,
    exchange: Exchange,
}

impl<K: Hash + Eq + Display + Clone + Send + Sync + 'static> Keyed<K> {
    /// A limit of `what`, under which name all gateways count together.
    pub(super) fn new(exchange: &Exchange, what: &'static str, times: u32, period: Duration) -> Self {
        Self {
            what,
            rate: Rate::new(times, period),
            untold: 0,
            // Until what was had too much is replenished.
            buckets: remembered(period * 2),
            exchange: exchange.clone(),
        }
    }

    /// The same for keys that are many and seldom had much: each gateway gives out a quarter of a quota before it tells the
    /// others, and tells all of it then.
    pub(super) fn seldom_had(mut self) -> Self {
        self.untold = self.rate.times() / 4;
        self
    }

    /// Counts once.
    pub(super) fn count(&self, key: K) -> Verdict {
        let bucket = match self.buckets.get(&key) {
            Some(bucket) => bucket,
            None => {
                let new = || Arc::new(Bucket::new(self.rate));
                self.buckets.get_with(key.clone(), new)
            }
        };
        let verdict = bucket.count(self.exchange.now());
        // Also of whom was refused: what others have counted for them is to be known.
        if verdict.quota.limit - verdict.quota.remaining > self.untold {
            self.exchange.tell(self.what, &key, &bucket);
        }
        verdict
    }

    /// How long a key has to wait until something is left, if at all; this counts nothing.
    pub(super) fn wait(&self, key: &K) -> Option<Duration> {
        self.buckets.get(key)?.wait(self.exchange.now())
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
        let limit = Keyed::new(&Exchange::alone(), "test", 2, Duration::from_secs(60));
        assert!(!limit.count(1).is_refusal() && !limit.count(1).is_refusal());
        let wait = limit.count(1).wait.unwrap();
        assert!(wait <= Duration::from_secs(30), "{wait:?}");
        assert!(limit.wait(&1).is_some() && limit.wait(&2).is_none());
        assert!(!limit.count(2).is_refusal());
    }

    #[test]
    fn of_keys_that_seldom_had_much_the_first_quarter_is_not_told() {
        let (exchange, hour) = (Exchange::new(), Duration::from_secs(3_600));
        let limit = Keyed::new(&exchange, "test", 8, hour).seldom_had();
        let is_told = |key| {
            limit.count(key);
            // Whoever is told of already is not queued again.
            !limit.buckets.get(&key).unwrap().enqueue()
        };
        assert!(!is_told(1));
        limit.buckets.get(&1).unwrap().dequeued();
        assert!(!is_told(1));
        limit.buckets.get(&1).unwrap().dequeued();
        assert!(is_told(1));
        // All three of them, but for what is there again.
        let untold = limit.buckets.get(&1).unwrap().take_untold(exchange.now());
        let eighths = Duration::from_nanos(untold).as_secs_f64() / 450.0;
        assert!((2.5..=3.0).contains(&eighths), "{eighths}");
    }

    #[test]
    fn memory_is_bounded_and_the_latest_keys_are_remembered() {
        let limit = Keyed::new(&Exchange::alone(), "test", 1, Duration::from_secs(60));
        for key in 0..3 * REMEMBERED {
            assert!(!limit.count(key).is_refusal());
        }
        limit.buckets.run_pending_tasks();
        assert!(limit.buckets.entry_count() <= REMEMBERED);
        assert!(limit.count(3 * REMEMBERED - 1).is_refusal());
    }
}
