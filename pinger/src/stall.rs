//! Standstills of this process: it was frozen by a signal, slept or was paused with its machine, or got no CPU. What
//! spans one says nothing of a target: time-outs pass meanwhile, and other pods take shards over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

/// How often the clock is looked at, in milliseconds.
const TICK_MS: u32 = 100;

/// How late such a look is after a standstill, in milliseconds.
const STALL_MS: u32 = 1_000;

/// Before the first look.
const NO_LOOK: u64 = u64::MAX;

/// Counts standstills. Clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct StallWatch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begun_ms: u64,
    /// A [`Look`], in one piece so that nobody sees half of it.
    last: AtomicU64,
    ended: Notify,
}

/// A look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    /// Standstills so far.
    stalls: u32,
    /// When it was, in milliseconds; that wraps around.
    at_ms: u32,
}

impl Look {
    /// The standstills as of `now_ms`, one that nobody has noted yet included.
    fn stalls_at(self, now_ms: u32) -> u32 {
        let late_ms = now_ms.wrapping_sub(self.at_ms).saturating_sub(TICK_MS);
        self.stalls.wrapping_add(u32::from(late_ms >= STALL_MS))
    }

    fn next(self, now_ms: u32) -> Self {
        Self {
            stalls: self.stalls_at(now_ms),
            at_ms: now_ms,
        }
    }

    fn pack(self) -> u64 {
        u64::from(self.stalls) << 32 | u64::from(self.at_ms)
    }

    fn unpack(packed: u64) -> Self {
        Self {
            stalls: (packed >> 32) as u32,
            at_ms: packed as u32,
        }
    }
}

impl StallWatch {
    /// A watch, which counts nothing before it [runs](StallWatch::run).
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            begun_ms: clock_ms(),
            last: AtomicU64::new(NO_LOOK),
            ended: Notify::new(),
        }))
    }

    /// How many standstills there were. What began and ended at the same number spans none.
    pub(crate) fn count(&self) -> u32 {
        match self.0.last.load(Ordering::Acquire) {
            NO_LOOK => 0,
            last => Look::unpack(last).stalls_at(self.now_ms()),
        }
    }

    /// Waits until a standstill has ended.
    pub(crate) async fn ended(&self) {
        self.0.ended.notified().await;
    }

    /// Looks at the clock until it is aborted.
    pub(crate) async fn run(self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(u64::from(TICK_MS)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Look {
            stalls: 0,
            at_ms: self.now_ms(),
        };
        loop {
            ticks.tick().await;
            let now_ms = self.now_ms();
            let next = last.next(now_ms);
            self.0.last.store(next.pack(), Ordering::Release);
            if next.stalls != last.stalls {
                let ms = now_ms.wrapping_sub(last.at_ms);
                tracing::warn!(
                    ms,
                    "this process stood still: what was under way is checked again"
                );
                self.0.ended.notify_one();
            }
            last = next;
        }
    }

    /// Milliseconds on a clock that goes on while the machine sleeps; they wrap around.
    pub(crate) fn now_ms(&self) -> u32 {
        clock_ms().wrapping_sub(self.0.begun_ms) as u32
    }
}

/// A clock that goes on while the machine sleeps, in milliseconds.
fn clock_ms() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    let millis = now.tv_sec.saturating_mul(1_000) + now.tv_nsec / 1_000_000;
    u64::try_from(millis).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_look_is_a_standstill_and_counts_once() {
        let first = Look {
            stalls: 3,
            at_ms: 500,
        };
        assert_eq!(first.stalls_at(600), 3);
        assert_eq!(first.stalls_at(1_599), 3, "the machine is busy");
        assert_eq!(first.stalls_at(1_600), 4);
        let after = first.next(47_000);
        assert_eq!(
            after,
            Look {
                stalls: 4,
                at_ms: 47_000
            }
        );
        assert_eq!(after.stalls_at(47_050), 4);
        assert_eq!(Look::unpack(after.pack()), after);
    }

    #[test]
    fn the_clock_may_wrap_around() {
        let last = Look {
            stalls: u32::MAX,
            at_ms: u32::MAX - 20,
        };
        assert_eq!(last.stalls_at(79), u32::MAX);
        assert_eq!(last.stalls_at(2_000), 0);
    }

    #[tokio::test]
    async fn a_thread_that_is_held_up_is_noticed_before_it_is_noted() {
        let watch = StallWatch::new();
        let running = tokio::spawn(watch.clone().run());
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = watch.count();
        #[expect(clippy::disallowed_methods, reason = "the runtime is to stand still")]
        std::thread::sleep(Duration::from_millis(u64::from(STALL_MS + 2 * TICK_MS)));
        assert_eq!(watch.count(), before + 1);
        watch.ended().await;
        assert_eq!(watch.count(), before + 1);
        running.abort();
    }
}
