//! Permits that organisations share. One of them gets another permit as long as it holds fewer than are left, not
//! counting a quarter of all, which is for those that hold none: many that are slow do not keep the others waiting.
//! Within an organisation no channel has more than a few.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// A number of permits. Clones share them.
#[derive(Clone, Debug)]
pub struct FairPermits<K: Key>(Arc<Mutex<State<K>>>);

/// Who holds permits.
pub trait Key: Copy + Eq + Hash + Ord + Debug {}

impl<K: Copy + Eq + Hash + Ord + Debug> Key for K {}

/// One that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub struct Permit<K: Key> {
    permits: FairPermits<K>,
    holder: K,
}

#[derive(Debug)]
struct State<K: Key> {
    free: usize,
    /// How many of those are left for organisations that hold none.
    reserved: usize,
    /// How many one may hold in any case.
    most: usize,
    held: HashMap<K, usize>,
    waiting: HashMap<K, VecDeque<Waiter<K>>>,
    /// Grows with each that waits.
    turn: u64,
}

#[derive(Debug)]
struct Waiter<K: Key> {
    turn: u64,
    answer: oneshot::Sender<Permit<K>>,
}

impl<K: Key> State<K> {
    fn held(&self, holder: K) -> usize {
        self.held.get(&holder).copied().unwrap_or_default()
    }

    /// By how many more it holds fewer than are left for it.
    fn room(&self, holder: K) -> usize {
        match self.held(holder) {
            0 => self.free,
            held => {
                let fair = self.free.saturating_sub(self.reserved + held);
                fair.min(self.most.saturating_sub(held))
            }
        }
    }

    /// Takes a permit when that is fair.
    fn take(&mut self, holder: K) -> bool {
        let is_fair = self.room(holder) > 0;
        if is_fair {
            self.free -= 1;
            *self.held.entry(holder).or_default() += 1;
        }
        is_fair
    }

    fn give_back(&mut self, holder: K) {
        self.free += 1;
        if let Some(held) = self.held.get_mut(&holder) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&holder);
            }
        }
    }

    /// Gives a permit to the one who waits, may have one, and holds the fewest; of several, who has waited longest.
    fn next(&mut self) -> Option<(K, Waiter<K>)> {
        self.waiting.retain(|_, waiting| {
            // Only from the front: there may be thousands, and each that comes or goes looks.
            while waiting.front().is_some_and(|waiter| waiter.answer.is_closed()) {
                waiting.pop_front();
            }
            !waiting.is_empty()
        });
        let turns = self.waiting.iter().filter_map(|(holder, waiting)| {
            let turn = waiting.front()?.turn;
            Some((self.held(*holder), turn, *holder))
        });
        let (.., holder) = turns.min()?;
        let waiter = self
            .take(holder)
            .then(|| self.waiting.get_mut(&holder)?.pop_front());
        Some((holder, waiter.flatten()?))
    }
}

impl<K: Key> FairPermits<K> {
    /// So many in all.
    pub fn new(count: usize) -> Self {
        Self::with(count, count / 4, count)
    }

    /// So many for each, and no end to all together.
    pub fn each(most: usize) -> Self {
        Self::with(usize::MAX, 0, most)
    }

    fn with(free: usize, reserved: usize, most: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free,
            reserved,
            most,
            held: HashMap::new(),
            waiting: HashMap::new(),
            turn: 0,
        })))
    }

    /// A permit for an organisation, unless it has to wait for one.
    pub fn try_take(&self, holder: K) -> Option<Permit<K>> {
        let taken = self.lock().take(holder);
        taken.then(|| self.permit(holder))
    }

    /// A permit for an organisation, as soon as there is one.
    pub async fn take(&self, holder: K) -> Permit<K> {
        loop {
            let answered = {
                let mut state = self.lock();
                if !state.waiting.contains_key(&holder) && state.take(holder) {
                    drop(state);
                    return self.permit(holder);
                }
                let (answer, answered) = oneshot::channel();
                state.turn += 1;
                let turn = state.turn;
                let waiting = state.waiting.entry(holder).or_default();
                waiting.push_back(Waiter { turn, answer });
                answered
            };
            // Those before it may all have gone.
            self.hand_out();
            if let Ok(permit) = answered.await {
                return permit;
            }
        }
    }

    /// How many more an organisation may be given at the moment, at most.
    pub fn room(&self, holder: K) -> usize {
        self.lock().room(holder)
    }

    /// Gives what is free to those who wait.
    fn hand_out(&self) {
        loop {
            let Some((holder, waiter)) = self.lock().next() else {
                return;
            };
            // Who has gone meanwhile gives it back at once.
            let _ = waiter.answer.send(self.permit(holder));
        }
    }

    fn permit(&self, holder: K) -> Permit<K> {
        Permit {
            permits: self.clone(),
            holder,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Drop for Permit<K> {
    fn drop(&mut self) {
        self.permits.lock().give_back(self.holder);
        self.permits.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::OrgId;
    use futures_util::FutureExt as _;

    use super::*;

    const SLOW: OrgId = OrgId(1);
    const OTHER: OrgId = OrgId(2);

    fn all_for(permits: &FairPermits<OrgId>, org: OrgId) -> Vec<Permit<OrgId>> {
        std::iter::from_fn(|| permits.try_take(org)).collect()
    }

    #[test]
    fn whoever_has_none_finds_one() {
        let permits = FairPermits::new(64);
        let mut held: Vec<_> = (1..=16).map(|org| all_for(&permits, OrgId(org))).collect();
        assert_eq!(held[0].len(), 24, "of one that is alone");
        assert!(
            permits.try_take(OrgId(17)).is_some(),
            "one is left for a newcomer"
        );
        held.clear();
        assert_eq!(permits.room(SLOW), 64);
        assert!(permits.lock().held.is_empty() && permits.lock().waiting.is_empty());
    }

    #[test]
    fn none_has_more_than_it_may() {
        let permits = FairPermits::each(3);
        let held = all_for(&permits, SLOW);
        assert_eq!((held.len(), permits.room(SLOW)), (3, 0));
        assert_eq!(all_for(&permits, OTHER).len(), 3);
    }

    #[tokio::test]
    async fn who_holds_the_fewest_comes_first_and_then_who_has_waited_longest() {
        let permits = FairPermits::new(4);
        let mut slow = all_for(&permits, SLOW);
        let mut others = all_for(&permits, OTHER);
        assert_eq!((slow.len(), others.len()), (2, 1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for org in [SLOW, SLOW, OTHER, OTHER] {
            let (permits, order) = (permits.clone(), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let permit = permits.take(org).await;
                order.lock().unwrap().push(org);
                drop(permit);
            }));
            tokio::task::yield_now().await;
        }
        assert!(order.lock().unwrap().is_empty());
        slow.pop();
        others.clear();
        slow.clear();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(order.lock().unwrap().len(), 4);
        assert_eq!(order.lock().unwrap()[0], OTHER);
        assert_eq!(permits.room(SLOW), 4);
    }

    #[tokio::test]
    async fn who_goes_while_waiting_or_by_a_panic_keeps_nothing() {
        let permits = FairPermits::new(1);
        let only = permits.try_take(SLOW).unwrap();
        assert!(permits.take(OTHER).now_or_never().is_none());
        let waiting = tokio::spawn({
            let permits = permits.clone();
            async move {
                let _permit = permits.take(OTHER).await;
                panic!("its task ends");
            }
        });
        tokio::task::yield_now().await;
        drop(only);
        assert!(waiting.await.is_err());
        let again = tokio::time::timeout(Duration::from_secs(5), permits.take(SLOW));
        assert!(again.await.is_ok());
    }
}
