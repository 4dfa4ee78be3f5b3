//! Batches messages. In a storm, when many monitors fail together, their messages to one channel become one. Pure.
//!
//! A message waits for a tenth of the window to see whether it is alone. The first few in a window then pass
//! by themselves, unless many were decided together. When more come, all wait until nothing has come for a
//! window, or until the first has waited for several, and are combined. There is one batcher for all partitions
//! that this process reads; processes combine their batches in [`super::storm`].

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Messages in a window that pass by themselves. Slack takes one a second, and short bursts.
const LEAD: usize = 3;

/// Windows that the first of those waiting waits at most.
pub(super) const MAX_WINDOWS: u32 = 4;

/// Which part of a window a message waits to see whether it is alone.
const HELD: u32 = 10;

/// Messages of one kind to one channel.
#[derive(Debug)]
pub(super) struct Batcher<T> {
    window: Duration,
    passed: VecDeque<Instant>,
    waiting: Vec<T>,
    /// Whether those that wait are too many to pass by themselves.
    storm: bool,
    opened: Instant,
    latest: Instant,
}

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission<T> {
    /// It is sent at once.
    SendNow(T),
    /// It is the first of a batch, which the caller closes at this time.
    First(Instant),
    /// So is it, and it is known already that it is not the only one.
    FirstOfStorm(Instant),
    /// It waits with others.
    Queued,
}

/// The messages of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Released<T> {
    /// They are few: each is sent by itself.
    Separately(Vec<T>),
    /// They are combined into one.
    Combined(Vec<T>),
}

impl<T> Batcher<T> {
    /// A window of zero has everything pass.
    pub(super) fn new(window: Duration, now: Instant) -> Self {
        Self {
            window,
            passed: VecDeque::new(),
            waiting: Vec::new(),
            storm: false,
            opened: now,
            latest: now,
        }
    }

    /// Takes a message; `decided_together` were decided together with it.
    pub(super) fn admit(&mut self, message: T, decided_together: usize, now: Instant) -> Admission<T> {
        if self.window.is_zero() {
            return Admission::SendNow(message);
        }
        self.forget(now);
        let opens = self.waiting.is_empty();
        if opens {
            self.opened = now;
            self.storm = false;
        }
        self.waiting.push(message);
        self.latest = now;
        self.storm |= decided_together > LEAD || self.passed.len() + self.waiting.len() > LEAD;
        match (opens, self.storm) {
            (true, false) => Admission::First(self.closes_at()),
            (true, true) => Admission::FirstOfStorm(self.closes_at()),
            (false, _) => Admission::Queued,
        }
    }

    /// Those that waited, when the time has come.
    ///
    /// # Errors
    /// When to look again: there is a storm.
    pub(super) fn close(&mut self, now: Instant) -> Result<Released<T>, Instant> {
        let closes_at = self.closes_at();
        if now < closes_at {
            return Err(closes_at);
        }
        let waited = std::mem::take(&mut self.waiting);
        let messages = if self.storm { 1 } else { waited.len() };
        self.passed.extend(std::iter::repeat_n(now, messages));
        Ok(if self.storm {
            Released::Combined(waited)
        } else {
            Released::Separately(waited)
        })
    }

    /// Whether nothing is known that a new batcher would not know.
    pub(super) fn is_idle(&mut self, now: Instant) -> bool {
        self.forget(now);
        self.passed.is_empty() && self.waiting.is_empty()
    }

    fn closes_at(&self) -> Instant {
        if self.storm {
            (self.latest + self.window).min(self.opened + self.window * MAX_WINDOWS)
        } else {
            self.opened + self.window / HELD
        }
    }

    fn forget(&mut self, now: Instant) {
        while self
            .passed
            .front()
            .is_some_and(|&at| now.duration_since(at) >= self.window)
        {
            self.passed.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(3);

    #[test]
    fn few_messages_pass_by_themselves_once_it_is_known_that_they_are_few() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut batcher = Batcher::new(WINDOW, start);
        assert_eq!(batcher.admit(0, 1, at(0)), Admission::First(at(300)));
        assert_eq!(batcher.admit(1, 1, at(200)), Admission::Queued);
        assert_eq!(batcher.close(at(299)), Err(at(300)));
        assert_eq!(batcher.close(at(300)), Ok(Released::Separately(vec![0, 1])));
        assert_eq!(batcher.admit(2, 1, at(1_000)), Admission::First(at(1_300)));
        assert_eq!(batcher.close(at(1_300)), Ok(Released::Separately(vec![2])));
        // That was all for this window.
        assert_eq!(batcher.admit(3, 1, at(2_000)), Admission::FirstOfStorm(at(5_000)));
        assert_eq!(batcher.close(at(5_000)), Ok(Released::Combined(vec![3])));
        assert_eq!(batcher.admit(4, 1, at(5_100)), Admission::First(at(5_400)));
        assert_eq!(batcher.close(at(5_400)), Ok(Released::Separately(vec![4])));
        assert!(!batcher.is_idle(at(8_399)) && batcher.is_idle(at(8_400)));
    }

    #[test]
    fn a_storm_that_begins_slowly_becomes_one_message() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut batcher = Batcher::new(WINDOW, start);
        assert_eq!(batcher.admit(0, 1, at(0)), Admission::First(at(300)));
        for i in 1..1_000 {
            assert_eq!(batcher.admit(i, 1, at(50 + i as u64)), Admission::Queued);
        }
        assert_eq!(batcher.close(at(300)), Err(at(4_049)));
        let all = (0..1_000).collect();
        assert_eq!(batcher.close(at(4_049)), Ok(Released::Combined(all)));
    }

    #[test]
    fn of_many_that_were_decided_together_none_goes_ahead() {
        let now = Instant::now();
        let mut batcher = Batcher::new(WINDOW, now);
        assert_eq!(
            batcher.admit(0, LEAD + 1, now),
            Admission::FirstOfStorm(now + WINDOW)
        );
        assert!((1..=LEAD).all(|i| batcher.admit(i, LEAD + 1, now) == Admission::Queued));
        let all = (0..=LEAD).collect();
        assert_eq!(batcher.close(now + WINDOW), Ok(Released::Combined(all)));
    }

    #[test]
    fn a_storm_without_an_end_is_sent_in_parts() {
        let start = Instant::now();
        let mut batcher = Batcher::new(WINDOW, start);
        let mut groups = 0;
        for second in 0..60 {
            for i in 0..20 {
                batcher.admit(i, 1, start + Duration::from_secs(second));
            }
            groups += usize::from(batcher.close(start + Duration::from_secs(second)).is_ok());
        }
        // Four windows each, and the second in which the next one opens.
        assert_eq!(groups, 60 / 13);
    }

    #[test]
    fn without_a_window_everything_passes() {
        let now = Instant::now();
        let mut batcher = Batcher::new(Duration::ZERO, now);
        assert!((0..100).all(|i| batcher.admit(i, 100, now) == Admission::SendNow(i)));
    }
}
