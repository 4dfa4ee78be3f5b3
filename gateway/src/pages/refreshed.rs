//! A value that is made anew as it is asked for: at once while it is fresh, for a moment after that too, while it is made
//! anew behind it, and else once it is there. It is made once for all who ask at the same time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

/// How old a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// It is answered as it is.
    pub(super) fresh: Duration,
    /// It is answered, and made anew behind that.
    pub(super) behind: Duration,
}

/// The value, and who makes it.
pub(super) struct Refreshed<T: Clone>(Mutex<State<T>>);

struct State<T: Clone> {
    made: Option<Made<T>>,
    /// What was made before is not right any more.
    doubted_at: Option<Instant>,
    making: Option<Making<T>>,
}

struct Made<T> {
    value: T,
    /// When its making began.
    began: Instant,
}

struct Making<T: Clone> {
    began: Instant,
    future: WeakShared<BoxFuture<'static, T>>,
}

/// What a value is made from.
pub(super) struct Before<T> {
    /// The one that there is.
    pub(super) value: Option<T>,
    /// It was said to have changed since.
    pub(super) is_doubted: bool,
}

/// A value, and whether it was waited for.
pub(super) struct Got<T> {
    pub(super) value: T,
    pub(super) was_awaited: bool,
}

/// What has to be done before a value of some age is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    MakeBehind,
    Make,
}

fn need(terms: Terms, now: Instant, began: Instant, doubted_at: Option<Instant>) -> Need {
    let age = now.saturating_duration_since(began);
    match doubted_at {
        Some(doubted_at) if doubted_at >= began => Need::Make,
        _ if age < terms.fresh => Need::Nothing,
        _ if age < terms.behind => Need::MakeBehind,
        _ => Need::Make,
    }
}

impl<T: Clone> Default for Refreshed<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            made: None,
            doubted_at: None,
            making: None,
        }))
    }
}

impl<T: Clone + Send + Sync + 'static> Refreshed<T> {
    /// The value, where `is_right` does not refuse the one that there is; `make` makes another one.
    pub(super) async fn get<F>(
        self: &Arc<Self>,
        terms: Terms,
        is_right: impl FnOnce(&T) -> bool,
        make: impl FnOnce(Before<T>) -> F,
    ) -> Got<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let making = {
            let (now, mut state) = (Instant::now(), self.lock());
            let right = state.made.as_ref().filter(|made| is_right(&made.value));
            let right =
                right.map(|made| (made.value.clone(), need(terms, now, made.began, state.doubted_at)));
            match right {
                Some((value, Need::Nothing)) => return Got::at_once(value),
                Some((value, Need::MakeBehind)) => {
                    if state.making().is_none() {
                        tokio::spawn(self.begin(&mut state, now, make));
                    }
                    return Got::at_once(value);
                }
                Some((_, Need::Make)) | None => match state.making() {
                    Some(joined) => joined,
                    None => self.begin(&mut state, now, make),
                },
            }
        };
        Got {
            value: making.await,
            was_awaited: true,
        }
    }

    /// What there is, is not right any more.
    pub(super) fn doubt(&self) {
        self.lock().doubted_at = Some(Instant::now());
    }

    fn begin<F>(
        self: &Arc<Self>,
        state: &mut State<T>,
        now: Instant,
        make: impl FnOnce(Before<T>) -> F,
    ) -> Shared<BoxFuture<'static, T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let made = state.made.as_ref();
        let before = Before {
            value: made.map(|made| made.value.clone()),
            is_doubted: made.is_some_and(|made| state.doubted_at.is_some_and(|at| at >= made.began)),
        };
        let (this, future) = (Arc::clone(self), make(before));
        let future = async move {
            let value = future.await;
            this.lock().learn(value.clone(), now);
            value
        };
        let future = future.boxed().shared();
        state.making = future.downgrade().map(|future| Making { began: now, future });
        future
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> State<T> {
    /// Who makes it at the moment, unless what they make may be outdated already.
    fn making(&self) -> Option<Shared<BoxFuture<'static, T>>> {
        let making = self.making.as_ref()?;
        let is_outdated = self.doubted_at.is_some_and(|at| at >= making.began);
        let making = making.future.upgrade().filter(|_| !is_outdated)?;
        // One that is done is not made any more.
        making.peek().is_none().then_some(making)
    }

    fn learn(&mut self, value: T, began: Instant) {
        if self.made.as_ref().is_none_or(|made| made.began <= began) {
            self.made = Some(Made { value, began });
        }
    }
}

impl<T> Got<T> {
    fn at_once(value: T) -> Self {
        Self {
            value,
            was_awaited: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    const TERMS: Terms = Terms {
        fresh: Duration::from_secs(2),
        behind: Duration::from_secs(5),
    };
    const AT_ONCE: Terms = Terms {
        fresh: Duration::ZERO,
        behind: Duration::from_secs(3_600),
    };

    #[test]
    fn a_value_is_fresh_for_a_while_and_then_made_anew() {
        let began = Instant::now();
        let after = |seconds| need(TERMS, began + Duration::from_secs(seconds), began, None);
        assert_eq!(after(1), Need::Nothing);
        assert_eq!(after(2), Need::MakeBehind);
        assert_eq!(after(5), Need::Make);
        assert_eq!(
            need(TERMS, began, began, Some(began)),
            Need::Make,
            "it has changed"
        );
    }

    /// A value that is a number, which grows whenever it is made.
    #[derive(Default)]
    struct Counted {
        value: Arc<Refreshed<u32>>,
        times: Arc<AtomicU32>,
    }

    impl Counted {
        async fn get(&self, terms: Terms, gate: &Arc<Semaphore>) -> u32 {
            let (times, gate) = (Arc::clone(&self.times), Arc::clone(gate));
            let make = |_| async move {
                let made = times.fetch_add(1, Ordering::SeqCst) + 1;
                gate.acquire().await.unwrap().forget();
                made
            };
            self.value.get(terms, |_| true, make).await.value
        }
    }

    #[tokio::test]
    async fn it_is_made_once_for_all_who_ask_at_the_same_time() {
        let (counted, gate) = (Counted::default(), Arc::new(Semaphore::new(0)));
        let asked = futures_util::future::join_all((0..10).map(|_| counted.get(TERMS, &gate)));
        let opened = async { gate.add_permits(1) };
        let (got, ()) = tokio::join!(asked, opened);
        assert_eq!(got, [1; 10]);
        assert_eq!(counted.get(TERMS, &gate).await, 1);
    }

    #[tokio::test]
    async fn what_is_there_is_answered_while_it_is_made_anew() {
        let (counted, gate) = (Counted::default(), Arc::new(Semaphore::new(1)));
        assert_eq!(counted.get(TERMS, &gate).await, 1);
        for _ in 0..10 {
            assert_eq!(counted.get(AT_ONCE, &gate).await, 1, "the gate is closed");
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        while counted.get(TERMS, &gate).await == 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(counted.times.load(Ordering::SeqCst), 2, "once behind all of them");
    }

    #[tokio::test]
    async fn what_was_begun_before_a_change_is_not_answered_after_it() {
        let (counted, gate) = (Counted::default(), Arc::new(Semaphore::new(0)));
        let early = counted.get(TERMS, &gate);
        tokio::pin!(early);
        assert!(early.as_mut().now_or_never().is_none());
        counted.value.doubt();
        let late = counted.get(TERMS, &gate);
        tokio::pin!(late);
        assert!(late.as_mut().now_or_never().is_none());
        gate.add_permits(2);
        let (late, early) = tokio::join!(late, early);
        assert_eq!((early, late), (1, 2));
        assert_eq!(counted.get(TERMS, &gate).await, 2);
    }

    #[tokio::test]
    async fn a_value_that_is_not_right_is_made_anew() {
        let value = Arc::new(Refreshed::default());
        assert_eq!(value.get(TERMS, |_| true, |_| async { 1 }).await.value, 1);
        let got = value
            .get(
                TERMS,
                |value| *value != 1,
                |before| async move { before.value.unwrap() + 1 },
            )
            .await;
        assert!(got.was_awaited);
        assert_eq!(got.value, 2);
    }
}
