//! How often the service of a channel is called that keeps an incident for each monitor: in a storm that is one call for
//! each, and the services take only so many a minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ChannelId;
use tokio::time::Instant;

/// Calls that need not wait, after a minute without any.
const AT_ONCE: u32 = 60;

/// The time between two calls after those. Together they are at most 120 in any minute, which is what PagerDuty takes
/// of an integration.
const INTERVAL: Duration = Duration::from_secs(1);

/// When which channel may have all its calls at once again; absent where that is so.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<ChannelId, Instant>>);

impl Pace {
    /// When the next call to a channel may be made. Each answer is for one call.
    pub(super) fn turn(&self, channel: ChannelId, now: Instant) -> Instant {
        let mut rested_at = self.lock();
        rested_at.retain(|_, at| *at > now);
        let at = rested_at.entry(channel).or_insert(now);
        *at += INTERVAL;
        let turn = at.checked_sub(INTERVAL * AT_ONCE).unwrap_or(now);
        turn.max(now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_calls_are_made_at_once_and_a_storm_at_a_pace() {
        // Some time after the clock's own beginning.
        let start = Instant::now() + Duration::from_secs(3_600);
        let pace = Pace::default();
        let turns: Vec<_> = (0..200).map(|_| pace.turn(ChannelId(1), start)).collect();
        let (at_once, later) = turns.split_at(AT_ONCE as usize);
        assert!(at_once.iter().all(|turn| *turn == start));
        for (number, turn) in (1..).zip(later) {
            assert_eq!(*turn, start + INTERVAL * number);
        }
        for first in &turns {
            let minute = turns.iter().filter(|turn| *turn >= first);
            let minute = minute.filter(|turn| **turn < *first + Duration::from_secs(60));
            assert!(minute.count() <= 120);
        }
        assert_eq!(pace.turn(ChannelId(2), start), start);
    }

    #[test]
    fn who_has_rested_may_call_at_once_again() {
        let start = Instant::now() + Duration::from_secs(3_600);
        let pace = Pace::default();
        for _ in 0..AT_ONCE {
            pace.turn(ChannelId(1), start);
        }
        let later = start + INTERVAL * 3;
        let turns: Vec<_> = (0..4).map(|_| pace.turn(ChannelId(1), later)).collect();
        assert_eq!(turns, [later, later, later, later + INTERVAL]);
        let rested = start + Duration::from_secs(600);
        pace.turn(ChannelId(2), rested);
        assert_eq!(pace.lock().len(), 1);
    }
}
