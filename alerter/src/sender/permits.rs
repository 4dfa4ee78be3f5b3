//! Permits that organisations share. One of them gets another permit as long as it holds fewer than are left, not
//! counting a quarter of all, which is for those that hold none: many that are slow do not keep the others waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::OrgId;
use tokio::sync::oneshot;

/// A number of permits. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct FairPermits(Arc<Mutex<State>>);

/// One that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    permits: FairPermits,
    org: OrgId,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// How many of those are left for organisations that hold none.
    reserved: usize,
    held: HashMap<OrgId, usize>,
    waiting: HashMap<OrgId, VecDeque<Waiter>>,
    /// Grows with each that waits.
    turn: u64,
}

#[derive(Debug)]
struct Waiter {
    turn: u64,
    answer: oneshot::Sender<Permit>,
}

impl State {
    fn held(&self, org: OrgId) -> usize {
        self.held.get(&org).copied().unwrap_or_default()
    }

    /// By how many more it holds fewer than are left for it.
    fn room(&self, org: OrgId) -> usize {
        match self.held(org) {
            0 => self.free,
            held => self.free.saturating_sub(self.reserved + held),
        }
    }

    /// Takes a permit when that is fair.
    fn take(&mut self, org: OrgId) -> bool {
        let is_fair = self.room(org) > 0;
        if is_fair {
            self.free -= 1;
            *self.held.entry(org).or_default() += 1;
        }
        is_fair
    }

    fn give_back(&mut self, org: OrgId) {
        self.free += 1;
        if let Some(held) = self.held.get_mut(&org) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(&org);
            }
        }
    }

    /// Gives a permit to the one who waits, may have one, and holds the fewest; of several, who has waited longest.
    fn next(&mut self) -> Option<(OrgId, Waiter)> {
        self.waiting.retain(|_, waiting| {
            waiting.retain(|waiter| !waiter.answer.is_closed());
            !waiting.is_empty()
        });
        let turns = self.waiting.iter().filter_map(|(org, waiting)| {
            let turn = waiting.front()?.turn;
            Some((self.held(*org), turn, *org))
        });
        let (.., org) = turns.min()?;
        let waiter = self.take(org).then(|| self.waiting.get_mut(&org)?.pop_front());
        Some((org, waiter.flatten()?))
    }
}

impl FairPermits {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: count,
            reserved: count / 4,
            held: HashMap::new(),
            waiting: HashMap::new(),
            turn: 0,
        })))
    }

    /// A permit for an organisation, unless it has to wait for one.
    pub(crate) fn try_take(&self, org: OrgId) -> Option<Permit> {
        let taken = self.lock().take(org);
        taken.then(|| self.permit(org))
    }

    /// A permit for an organisation, as soon as there is one.
    pub(crate) async fn take(&self, org: OrgId) -> Permit {
        loop {
            let answered = {
                let mut state = self.lock();
                if !state.waiting.contains_key(&org) && state.take(org) {
                    drop(state);
                    return self.permit(org);
                }
                let (answer, answered) = oneshot::channel();
                state.turn += 1;
                let turn = state.turn;
                let waiting = state.waiting.entry(org).or_default();
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
    pub(crate) fn room(&self, org: OrgId) -> usize {
        self.lock().room(org)
    }

    /// Gives what is free to those who wait.
    fn hand_out(&self) {
        loop {
            let Some((org, waiter)) = self.lock().next() else {
                return;
            };
            // Who has gone meanwhile gives it back at once.
            let _ = waiter.answer.send(self.permit(org));
        }
    }

    fn permit(&self, org: OrgId) -> Permit {
        Permit {
            permits: self.clone(),
            org,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.permits.lock().give_back(self.org);
        self.permits.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;

    const SLOW: OrgId = OrgId(1);
    const OTHER: OrgId = OrgId(2);

    fn all_for(permits: &FairPermits, org: OrgId) -> Vec<Permit> {
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
