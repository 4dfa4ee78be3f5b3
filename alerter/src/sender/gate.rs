//! A storm: when many monitors fail together, their messages to one channel become one. Pure.
//!
//! A message waits for a tenth of the window to see whether it is alone. The first few in a window then pass
//! by themselves, unless many were decided together. When more come, all wait until nothing has come for a
//! window, or until the first has waited for several, and are told together. There is one gate for all
//! partitions that this process reads; processes put together what theirs let out ([`super::storm`]).

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
pub(super) struct Gate<T> {
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
pub(super) enum Admitted<T> {
    /// It is sent at once.
    AtOnce(T),
    /// It is the first that waits: the caller looks again at this time.
    Opens(Instant),
    /// So is it, and it is known already that it is not the only one.
    Gathers(Instant),
    /// It waits with others.
    Waits,
}

/// Those that waited.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Closed<T> {
    /// They were few: each is a message.
    Apart(Vec<T>),
    /// They are told in one message.
    Together(Vec<T>),
}

impl<T> Gate<T> {
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

    /// Takes a message that was decided together with others, `crowd` in all.
    pub(super) fn admit(&mut self, message: T, crowd: usize, now: Instant) -> Admitted<T> {
        if self.window.is_zero() {
            return Admitted::AtOnce(message);
        }
        self.forget(now);
        let opens = self.waiting.is_empty();
        if opens {
            self.opened = now;
            self.storm = false;
        }
        self.waiting.push(message);
        self.latest = now;
        self.storm |= crowd > LEAD || self.passed.len() + self.waiting.len() > LEAD;
        match (opens, self.storm) {
            (true, false) => Admitted::Opens(self.closes_at()),
            (true, true) => Admitted::Gathers(self.closes_at()),
            (false, _) => Admitted::Waits,
        }
    }

    /// Those that waited, when the time has come.
    ///
    /// # Errors
    /// When to look again: there is a storm.
    pub(super) fn close(&mut self, now: Instant) -> Result<Closed<T>, Instant> {
        let closes_at = self.closes_at();
        if now < closes_at {
            return Err(closes_at);
        }
        let waited = std::mem::take(&mut self.waiting);
        let messages = if self.storm { 1 } else { waited.len() };
        self.passed.extend(std::iter::repeat_n(now, messages));
        Ok(if self.storm {
            Closed::Together(waited)
        } else {
            Closed::Apart(waited)
        })
    }

    /// Whether nothing is known that a new gate would not know.
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
        let mut gate = Gate::new(WINDOW, start);
        assert_eq!(gate.admit(0, 1, at(0)), Admitted::Opens(at(300)));
        assert_eq!(gate.admit(1, 1, at(200)), Admitted::Waits);
        assert_eq!(gate.close(at(299)), Err(at(300)));
        assert_eq!(gate.close(at(300)), Ok(Closed::Apart(vec![0, 1])));
        assert_eq!(gate.admit(2, 1, at(1_000)), Admitted::Opens(at(1_300)));
        assert_eq!(gate.close(at(1_300)), Ok(Closed::Apart(vec![2])));
        // That was all for this window.
        assert_eq!(gate.admit(3, 1, at(2_000)), Admitted::Gathers(at(5_000)));
        assert_eq!(gate.close(at(5_000)), Ok(Closed::Together(vec![3])));
        assert_eq!(gate.admit(4, 1, at(5_100)), Admitted::Opens(at(5_400)));
        assert_eq!(gate.close(at(5_400)), Ok(Closed::Apart(vec![4])));
        assert!(!gate.is_idle(at(8_399)) && gate.is_idle(at(8_400)));
    }

    #[test]
    fn a_storm_that_begins_slowly_becomes_one_message() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut gate = Gate::new(WINDOW, start);
        assert_eq!(gate.admit(0, 1, at(0)), Admitted::Opens(at(300)));
        for i in 1..1_000 {
            assert_eq!(gate.admit(i, 1, at(50 + i as u64)), Admitted::Waits);
        }
        assert_eq!(gate.close(at(300)), Err(at(4_049)));
        let all = (0..1_000).collect();
        assert_eq!(gate.close(at(4_049)), Ok(Closed::Together(all)));
    }

    #[test]
    fn of_many_that_were_decided_together_none_goes_ahead() {
        let now = Instant::now();
        let mut gate = Gate::new(WINDOW, now);
        assert_eq!(gate.admit(0, LEAD + 1, now), Admitted::Gathers(now + WINDOW));
        assert!((1..=LEAD).all(|i| gate.admit(i, LEAD + 1, now) == Admitted::Waits));
        let all = (0..=LEAD).collect();
        assert_eq!(gate.close(now + WINDOW), Ok(Closed::Together(all)));
    }

    #[test]
    fn a_storm_without_an_end_is_told_in_parts() {
        let start = Instant::now();
        let mut gate = Gate::new(WINDOW, start);
        let mut groups = 0;
        for second in 0..60 {
            for i in 0..20 {
                gate.admit(i, 1, start + Duration::from_secs(second));
            }
            groups += usize::from(gate.close(start + Duration::from_secs(second)).is_ok());
        }
        // Four windows each, and the second in which the next one opens.
        assert_eq!(groups, 60 / 13);
    }

    #[test]
    fn without_a_window_everything_passes() {
        let now = Instant::now();
        let mut gate = Gate::new(Duration::ZERO, now);
        assert!((0..100).all(|i| gate.admit(i, 100, now) == Admitted::AtOnce(i)));
    }
}
