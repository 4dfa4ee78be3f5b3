//! How much is being kept of a partition.

use super::Partition;

/// What is being kept.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Totals {
    pub(in crate::engine) monitors: usize,
    pub(in crate::engine) unrouted: usize,
    pub(in crate::engine) pending: usize,
    /// Monitors of which nobody is notified yet because one on which they depend is down.
    pub(in crate::engine) held_by_dependency: usize,
    /// Those of which nobody is notified yet for another reason.
    pub(in crate::engine) held_otherwise: usize,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.monitors += other.monitors;
        self.unrouted += other.unrouted;
        self.pending += other.pending;
        self.held_by_dependency += other.held_by_dependency;
        self.held_otherwise += other.held_otherwise;
    }
}

impl Partition {
    pub(in crate::engine) fn totals(&self) -> Totals {
        let held = self.held.iter().filter_map(|id| self.ledgers.get(id));
        let held_by_dependency = self.waiting.values().filter(|is_down| **is_down).count();
        let (mut pending, mut unplanned) = (0, 0);
        for ledger in held {
            pending += ledger.pending();
            unplanned += usize::from(ledger.is_unplanned());
        }
        Totals {
            monitors: self.ledgers.len(),
            unrouted: self.unrouted.union(&self.unowned).count(),
            pending,
            held_by_dependency,
            held_otherwise: unplanned.saturating_sub(held_by_dependency),
        }
    }
}
