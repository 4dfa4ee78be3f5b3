//! A storm: when many monitors fail together, their messages to one channel become one. Pure.
//!
//! The first few messages in a window pass at once, unless many were decided together. What comes on top waits
//! until nothing has come for a window, or until it has waited for several, and is told together. There is one
//! gate for all partitions that this process reads; another process has its own.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Messages in a window that pass by themselves. Slack takes one a second, and short bursts.
const LEAD: usize = 3;

/// Windows that the first of those waiting waits at most.
const MAX_WINDOWS: u32 = 4;

/// Messages of one kind to one channel.
#[derive(Debug)]
pub(super) struct Gate<T> {
    window: Duration,
    passed: VecDeque<Instant>,
    waiting: Vec<T>,
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
    /// It waits with others.
    Waits,
}

impl<T> Gate<T> {
    /// A window of zero has everything pass.
    pub(super) fn new(window: Duration, now: Instant) -> Self {
        Self {
            window,
            passed: VecDeque::new(),
            waiting: Vec::new(),
            opened: now,
            latest: now,
        }
    }

    /// Takes a message that was decided together with others, `crowd` in all.
    pub(super) fn admit(&mut self, message: T, crowd: usize, now: Instant) -> Admitted<T> {
        self.forget(now);
        let opens = self.waiting.is_empty();
        if self.window.is_zero() || (opens && crowd <= LEAD && self.passed.len() < LEAD) {
            self.passed.push_back(now);
            return Admitted::AtOnce(message);
        }
        self.waiting.push(message);
        self.latest = now;
        if opens {
            self.opened = now;
            Admitted::Opens(self.closes_at())
        } else {
            Admitted::Waits
        }
    }

    /// Those that waited, when the time has come.
    ///
    /// # Errors
    /// When to look again.
    pub(super) fn close(&mut self, now: Instant) -> Result<Vec<T>, Instant> {
        let closes_at = self.closes_at();
        if now < closes_at {
            return Err(closes_at);
        }
        self.passed.push_back(now);
        Ok(std::mem::take(&mut self.waiting))
    }

    /// Whether nothing is known that a new gate would not know.
    pub(super) fn is_idle(&mut self, now: Instant) -> bool {
        self.forget(now);
        self.passed.is_empty() && self.waiting.is_empty()
    }

    fn closes_at(&self) -> Instant {
        (self.latest + self.window).min(self.opened + self.window * MAX_WINDOWS)
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
    fn a_storm_becomes_a_few_messages_and_one() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut gate = Gate::new(WINDOW, start);
        for i in 0..LEAD {
            assert_eq!(gate.admit(i, 1, at(i as u64)), Admitted::AtOnce(i));
        }
        assert_eq!(gate.admit(LEAD, 1, at(100)), Admitted::Opens(at(3_100)));
        for i in LEAD + 1..1_000 {
            assert_eq!(gate.admit(i, 1, at(100 + i as u64)), Admitted::Waits);
        }
        assert_eq!(gate.close(at(3_100)), Err(at(4_099)));
        assert_eq!(gate.close(at(4_099)).unwrap(), (LEAD..1_000).collect::<Vec<_>>());
        assert_eq!(gate.admit(0, 1, at(4_100)), Admitted::AtOnce(0));
        assert!(!gate.is_idle(at(7_099)) && gate.is_idle(at(7_100)));
    }

    #[test]
    fn of_many_that_were_decided_together_none_goes_ahead() {
        let now = Instant::now();
        let mut gate = Gate::new(WINDOW, now);
        assert_eq!(gate.admit(0, LEAD + 1, now), Admitted::Opens(now + WINDOW));
        assert!((1..=LEAD).all(|i| gate.admit(i, LEAD + 1, now) == Admitted::Waits));
        assert_eq!(gate.close(now + WINDOW).unwrap().len(), LEAD + 1);
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
            groups += usize::from(
                gate.close(start + Duration::from_secs(second))
                    .is_ok_and(|g| !g.is_empty()),
            );
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
