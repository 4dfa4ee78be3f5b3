//! API keys that have to be asked for again: they are gone, or are not accepted for a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::ApiKeyId;

/// Keys that were revoked lately.
#[derive(Default)]
pub(crate) struct RevokedKeys(HashMap<ApiKeyId, Revoked>);

#[derive(Clone, Copy)]
struct Revoked {
    /// Tells a revocation that is named again from the next one.
    number: i64,
    /// What is asked for later is so: the revocation was complete before it was learnt.
    learnt_at: Instant,
}

impl RevokedKeys {
    /// Learns of revocations in their order, each with its number if it has one; answers whether any is new.
    pub(crate) fn learn(&mut self, keys: Vec<ApiKeyId>, numbers: Vec<i64>, now: Instant) -> bool {
        let numbers = numbers.into_iter().chain(std::iter::repeat(0));
        // The last one of each: it may be that all of them are named again.
        let latest: HashMap<ApiKeyId, i64> = keys.into_iter().zip(numbers).collect();
        let mut is_new = false;
        for (key, number) in latest {
            if self.0.get(&key).is_none_or(|known| known.number != number) {
                is_new = true;
                let learnt_at = now;
                self.0.insert(key, Revoked { number, learnt_at });
            }
        }
        is_new
    }

    /// Whether what user-service was asked at that time may be what was so before the key was revoked.
    pub(crate) fn outdate(&self, key: ApiKeyId, asked_at: Instant) -> bool {
        let revoked = self.0.get(&key);
        revoked.is_some_and(|revoked| asked_at <= revoked.learnt_at)
    }

    /// Forgets what was learnt so long ago.
    pub(crate) fn forget(&mut self, age: Duration, now: Instant) {
        self.0
            .retain(|_, revoked| now.duration_since(revoked.learnt_at) < age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_key_after_its_revocation_was_learnt_is_so() {
        let (mut known, start, id) = (RevokedKeys::default(), Instant::now(), ApiKeyId(5));
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(known.learn(vec![id], vec![1], at(10)));
        // Asked before, answered whenever.
        assert!(known.outdate(id, at(9)) && known.outdate(id, at(10)));
        assert!(!known.outdate(id, at(11)) && !known.outdate(ApiKeyId(6), at(9)));
        assert!(!known.learn(vec![id], vec![1], at(20)), "it is named again");
        assert!(!known.outdate(id, at(11)));
        assert!(known.learn(vec![id, id], vec![1, 2], at(30)), "the next one");
        assert!(known.outdate(id, at(11)) && !known.outdate(id, at(31)));
        assert!(!known.learn(vec![id, id], vec![1, 2], at(40)));
        assert!(!known.outdate(id, at(31)));
        known.forget(Duration::from_secs(10), at(40));
        assert!(!known.outdate(id, at(11)));
    }

    #[test]
    fn a_revocation_without_a_number_counts_once() {
        let (mut known, now, id) = (RevokedKeys::default(), Instant::now(), ApiKeyId(6));
        let later = now + Duration::from_secs(9);
        assert!(known.learn(vec![id], Vec::new(), now));
        assert!(!known.learn(vec![id], Vec::new(), later));
        assert!(known.outdate(id, now) && !known.outdate(id, later));
    }
}
