//! Who has a mail already that not all recipients of its channel have: what is repeated is for the others.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::DeliveryId;

/// Mails that are remembered. Then the oldest is forgotten, and would be repeated for all.
const REMEMBERED: usize = 10_000;

/// Addresses that have a mail.
#[derive(Clone, Debug, Default)]
pub(super) struct Mailed(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    by_mail: HashMap<DeliveryId, Mail>,
    order: VecDeque<DeliveryId>,
}

#[derive(Debug)]
struct Mail {
    addresses: HashSet<String>,
    /// When the first of them had it.
    began: Instant,
}

impl Mailed {
    /// Whether an address has it.
    pub(super) fn has(&self, mail: DeliveryId, address: &str) -> bool {
        let remembered = self.remembered();
        let known = remembered.by_mail.get(&mail);
        known.is_some_and(|known| known.addresses.contains(address))
    }

    /// An address has it now.
    pub(super) fn add(&self, mail: DeliveryId, address: &str) {
        let mut remembered = self.remembered();
        if !remembered.by_mail.contains_key(&mail) {
            remembered.order.push_back(mail);
            if remembered.order.len() > REMEMBERED
                && let Some(oldest) = remembered.order.pop_front()
            {
                remembered.by_mail.remove(&oldest);
            }
        }
        let known = remembered.by_mail.entry(mail).or_insert_with(|| Mail {
            addresses: HashSet::new(),
            began: Instant::now(),
        });
        known.addresses.insert(address.to_owned());
    }

    /// For how long somebody has had it; nothing when nobody has, or it was forgotten.
    pub(super) fn since(&self, mail: DeliveryId) -> Option<Duration> {
        let remembered = self.remembered();
        remembered.by_mail.get(&mail).map(|known| known.began.elapsed())
    }

    /// It is not repeated any more.
    pub(super) fn forget(&self, mail: DeliveryId) {
        let mut remembered = self.remembered();
        if remembered.by_mail.remove(&mail).is_some() {
            remembered.order.retain(|known| *known != mail);
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_and_what_is_over() {
        let id = |number: usize| DeliveryId(uuid::Uuid::from_u128(number as u128));
        let mailed = Mailed::default();
        for number in 0..=REMEMBERED {
            mailed.add(id(number), "ada@example.org");
        }
        assert!(!mailed.has(id(0), "ada@example.org"));
        assert!(mailed.has(id(1), "ada@example.org") && !mailed.has(id(1), "bob@example.org"));
        mailed.add(id(1), "bob@example.org");
        assert!(mailed.has(id(1), "ada@example.org") && mailed.has(id(1), "bob@example.org"));
        assert!(mailed.since(id(1)).is_some() && mailed.since(id(0)).is_none());
        mailed.forget(id(1));
        assert!(!mailed.has(id(1), "ada@example.org"));
        assert_eq!(mailed.remembered().order.len(), REMEMBERED - 1);
    }
}
