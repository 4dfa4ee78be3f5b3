//! How the last attempt at each channel ended, by kind: one channel that is out of order is its owner's matter, however often it
//! is tried, and many at once are ours.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::ChannelId;
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Sender;
use crate::metrics;

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
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    kind: &'static str,
    failed: bool,
    at: Instant,
}

impl Sender {
    /// Forgets until the end what says nothing about the present any more, also where nothing is sent.
    pub(crate) async fn forget_attempts(self, stop: CancellationToken) {
        let mut every = interval(FORGOTTEN_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            self.0.reach.forget(Instant::now(), show);
        }
    }
}

/// Shows what is known of a kind to whoever looks after the installation.
pub(super) fn show(kind: &'static str, reached: Reached) {
    metrics::channels(kind, reached.received, reached.failed);
}

impl Reach {
    /// Takes an attempt over, and shows what is known now of its kind: nobody shows something older afterwards.
    pub(super) fn note(
        &self,
        channel: ChannelId,
        kind: &'static str,
        failed: bool,
        now: Instant,
        mut show: impl FnMut(&'static str, Reached),
    ) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = Attempt {
            kind,
            failed,
            at: now,
        };
        // Of one that was of another kind before, both have changed.
        let mut changed = vec![kind];
        if attempts.last.len() < MOST || attempts.last.contains_key(&channel) {
            if let Some(former) = attempts.last.insert(channel, attempt) {
                *attempts.count(former) -= 1;
                if former.kind != kind {
                    changed.push(former.kind);
                }
            }
            *attempts.count(attempt) += 1;
        }
        for kind in changed {
            show(kind, attempts.kinds.get(kind).copied().unwrap_or_default());
        }
    }

    /// Drops what says nothing any more, and shows what is known now of every kind.
    fn forget(&self, now: Instant, mut show: impl FnMut(&'static str, Reached)) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.forget(now);
        for (&kind, &reached) in &attempts.kinds {
            show(kind, reached);
        }
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

    type Shown = Vec<(&'static str, Reached)>;

    fn reached(received: usize, failed: usize) -> Reached {
        Reached { received, failed }
    }

    /// Notes an attempt; answers what is shown then.
    fn note(reach: &Reach, channel: i64, kind: &'static str, failed: bool, now: Instant) -> Shown {
        let mut shown = Shown::new();
        reach.note(ChannelId(channel), kind, failed, now, |kind, reached| {
            shown.push((kind, reached));
        });
        shown
    }

    /// Forgets; answers what is shown then.
    fn forget(reach: &Reach, now: Instant) -> Shown {
        let mut shown = Shown::new();
        reach.forget(now, |kind, reached| shown.push((kind, reached)));
        shown.sort_unstable_by_key(|(kind, _)| *kind);
        shown
    }

    #[test]
    fn a_channel_counts_once_however_often_it_is_tried() {
        let (reach, now) = (Reach::default(), Instant::now());
        for _ in 0..50 {
            assert_eq!(
                note(&reach, 1, "webhook", true, now),
                [("webhook", reached(0, 1))]
            );
        }
        assert_eq!(
            note(&reach, 2, "webhook", false, now),
            [("webhook", reached(1, 1))]
        );
        assert_eq!(note(&reach, 3, "slack", false, now), [("slack", reached(1, 0))]);
        // It is in order again.
        assert_eq!(
            note(&reach, 1, "webhook", false, now),
            [("webhook", reached(2, 0))]
        );
    }

    #[test]
    fn a_channel_of_another_kind_counts_there_alone() {
        let (reach, now) = (Reach::default(), Instant::now());
        note(&reach, 1, "webhook", true, now);
        let shown = note(&reach, 1, "slack", false, now);
        assert_eq!(shown, [("slack", reached(1, 0)), ("webhook", reached(0, 0))]);
    }

    #[test]
    fn what_was_long_ago_says_nothing_also_where_nothing_is_sent() {
        let (reach, start) = (Reach::default(), Instant::now());
        assert!(forget(&reach, start).is_empty());
        note(&reach, 1, "webhook", true, start);
        note(&reach, 2, "slack", false, start + WITHIN / 2);
        let before = forget(&reach, start + WITHIN - Duration::from_millis(1));
        assert_eq!(before, [("slack", reached(1, 0)), ("webhook", reached(0, 1))]);
        // Kinds to which nothing is sent any more are shown as well.
        let shown = forget(&reach, start + WITHIN);
        assert_eq!(shown, [("slack", reached(1, 0)), ("webhook", reached(0, 0))]);
        let shown = forget(&reach, start + WITHIN * 2);
        assert_eq!(shown, [("slack", reached(0, 0)), ("webhook", reached(0, 0))]);
    }

    #[test]
    fn there_are_no_more_than_are_needed() {
        let (reach, now) = (Reach::default(), Instant::now());
        for id in 0..MOST as i64 + 10 {
            note(&reach, id, "email", false, now);
        }
        let shown = note(&reach, 0, "email", true, now);
        assert_eq!(shown, [("email", reached(MOST - 1, 1))]);
    }
}
