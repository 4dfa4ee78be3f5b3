//! The quorums of the monitors, each of them once: many monitors have the same regions. A monitor has 16 bytes of it, and
//! the result of a check a reference, which is counted up and down.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Quorum;

/// So many are kept before it is looked which of them no monitor has any more.
const FEW: usize = 64;

/// The quorums that monitors have.
#[derive(Debug, Default)]
pub(super) struct Quorums(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    quorums: HashSet<Arc<Quorum>>,
    /// How many there were when it was looked last which are still needed.
    needed: usize,
}

impl Quorums {
    /// The one of them that is the same. There are at most twice as many as monitors had when it was looked last, and
    /// always room for a few.
    pub(super) fn shared(&self, quorum: Quorum) -> Arc<Quorum> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.quorums.get(&quorum) {
            return Arc::clone(same);
        }
        if known.quorums.len() >= FEW.max(known.needed * 2) {
            known.quorums.retain(|quorum| Arc::strong_count(quorum) > 1);
            known.needed = known.quorums.len();
        }
        let quorum = Arc::new(quorum);
        known.quorums.insert(Arc::clone(&quorum));
        quorum
    }
}

#[cfg(test)]
mod tests {
    use domain::Needed;

    use super::*;

    fn quorum(last: usize) -> Quorum {
        Quorum {
            regions: vec!["eu".to_owned(), format!("us-{last}")],
            down: Needed::Regions(2),
            min_regions: 2,
        }
    }

    #[test]
    fn the_same_quorum_is_there_once() {
        let quorums = Quorums::default();
        let first = quorums.shared(quorum(1));
        assert!(Arc::ptr_eq(&first, &quorums.shared(quorum(1))));
        assert!(!Arc::ptr_eq(&first, &quorums.shared(quorum(2))));
        let stricter = Quorum {
            down: Needed::ALL,
            ..quorum(1)
        };
        assert!(!Arc::ptr_eq(&first, &quorums.shared(stricter)));
    }

    #[test]
    fn those_that_no_monitor_has_are_forgotten() {
        let quorums = Quorums::default();
        let kept: Vec<_> = (0..2 * FEW).map(|last| quorums.shared(quorum(last))).collect();
        for last in 0..100 * FEW {
            quorums.shared(quorum(last));
        }
        let count = |quorums: &Quorums| quorums.0.lock().unwrap().quorums.len();
        assert!(
            (2 * FEW..=4 * FEW).contains(&count(&quorums)),
            "{}",
            count(&quorums)
        );
        assert!(
            Arc::ptr_eq(&kept[5], &quorums.shared(quorum(5))),
            "it is still in use"
        );
        drop(kept);
        for last in 0..100 * FEW {
            quorums.shared(quorum(last));
        }
        assert!(count(&quorums) <= 4 * FEW, "{}", count(&quorums));
    }
}
