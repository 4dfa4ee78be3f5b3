//! How the last attempt at each channel ended, by kind: one channel that is out of order is its owner's matter, however often it
//! is tried, and many at once are ours.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::ChannelId;
use tokio::time::Instant;

/// For how long an attempt says something about the present.
const WITHIN: Duration = Duration::from_secs(900);

/// How often what is older is forgotten.
const FORGOTTEN_EVERY: Duration = Duration::from_secs(60);

/// Channels that are looked at, more than enough to judge by; further ones count for nothing.
const MOST: usize = 10_000;

/// Of the channels of a kind, how many received the last attempt and how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) received: usize,
    pub(super) failed: usize,
}

/// The last attempts.
#[derive(Debug, Default)]
pub(super) struct Reach(Mutex<Attempts>);

#[derive(Debug, Default)]
struct Attempts {
    last: HashMap<ChannelId, Attempt>,
    kinds: HashMap<&'static str, Reached>,
    forgotten_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    kind: &'static str,
    failed: bool,
    at: Instant,
}

impl Reach {
    /// Takes an attempt over; answers what is known now of each kind of which that has changed.
    pub(super) fn note(
        &self,
        channel: ChannelId,
        kind: &'static str,
        failed: bool,
        now: Instant,
    ) -> Vec<(&'static str, Reached)> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten_at = *attempts.forgotten_at.get_or_insert(now);
        let is_due = now.duration_since(forgotten_at) >= FORGOTTEN_EVERY;
        if is_due {
            attempts.forget(now);
        }
        if attempts.last.len() < MOST || attempts.last.contains_key(&channel) {
            let attempt = Attempt {
                kind,
                failed,
                at: now,
            };
            if let Some(former) = attempts.last.insert(channel, attempt) {
                *attempts.count(former) -= 1;
            }
            *attempts.count(attempt) += 1;
        }
        let changed = attempts
            .kinds
            .iter()
            .filter(|(known, _)| is_due || **known == kind);
        changed.map(|(known, reached)| (*known, *reached)).collect()
    }
}

impl Attempts {
    /// The number in which an attempt is counted.
    fn count(&mut self, attempt: Attempt) -> &mut usize {
        let reached = self.kinds.entry(attempt.kind).or_default();
        if attempt.failed {
            &mut reached.failed
        } else {
            &mut reached.received
        }
    }

    /// Drops what says nothing any more, and counts anew. Kinds stay, with none.
    fn forget(&mut self, now: Instant) {
        self.forgotten_at = Some(now);
        self.last
            .retain(|_, attempt| now.duration_since(attempt.at) < WITHIN);
        for reached in self.kinds.values_mut() {
            *reached = Reached::default();
        }
        let left: Vec<Attempt> = self.last.values().copied().collect();
        for attempt in left {
            *self.count(attempt) += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(received: usize, failed: usize) -> Reached {
        Reached { received, failed }
    }

    #[test]
    fn a_channel_counts_once_however_often_it_is_tried() {
        let (reach, now) = (Reach::default(), Instant::now());
        for _ in 0..50 {
            let known = reach.note(ChannelId(1), "webhook", true, now);
            assert_eq!(known, [("webhook", reached(0, 1))]);
        }
        let known = reach.note(ChannelId(2), "webhook", false, now);
        assert_eq!(known, [("webhook", reached(1, 1))]);
        assert_eq!(
            reach.note(ChannelId(3), "slack", false, now),
            [("slack", reached(1, 0))]
        );
        // It is in order again.
        let known = reach.note(ChannelId(1), "webhook", false, now);
        assert_eq!(known, [("webhook", reached(2, 0))]);
    }

    #[test]
    fn what_was_long_ago_says_nothing() {
        let (reach, start) = (Reach::default(), Instant::now());
        reach.note(ChannelId(1), "webhook", true, start);
        reach.note(ChannelId(2), "slack", false, start + WITHIN / 2);
        let mut known = reach.note(ChannelId(3), "slack", false, start + WITHIN);
        known.sort_unstable_by_key(|(kind, _)| *kind);
        // Of every kind, also of one that nothing is sent to any more.
        assert_eq!(known, [("slack", reached(2, 0)), ("webhook", reached(0, 0))]);
    }

    #[test]
    fn there_are_no_more_than_are_needed() {
        let (reach, now) = (Reach::default(), Instant::now());
        for id in 0..MOST as i64 + 10 {
            reach.note(ChannelId(id), "email", false, now);
        }
        let known = reach.note(ChannelId(0), "email", true, now);
        assert_eq!(known, [("email", reached(MOST - 1, 1))]);
    }
}
