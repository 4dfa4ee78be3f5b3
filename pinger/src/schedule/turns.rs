//! Queued checks. Organisations take turns, so that nobody waits behind all the checks of another.

use std::collections::{HashMap, VecDeque};

use super::lanes::Ticket;

/// A queue in which the organisations take turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    queues: HashMap<i64, VecDeque<Ticket>>,
    /// The organisations that have queued checks; the first one is next.
    order: VecDeque<i64>,
}

impl Turns {
    pub(super) fn push(&mut self, ticket: Ticket) {
        let queue = self.queues.entry(ticket.org).or_default();
        if queue.is_empty() {
            self.order.push_back(ticket.org);
        }
        queue.push_back(ticket);
    }

    pub(super) fn pop(&mut self) -> Option<Ticket> {
        let org = self.order.pop_front()?;
        let queue = self.queues.get_mut(&org)?;
        let ticket = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&org);
        } else {
            self.order.push_back(org);
        }
        ticket
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Lane;
    use super::*;

    #[test]
    fn organisations_take_turns() {
        let mut turns = Turns::default();
        for (id, org) in [(1, 7), (2, 7), (3, 7), (4, 8), (5, 9), (6, 8)] {
            turns.push(Ticket {
                id,
                org,
                generation: 0,
                host: 0,
                lane: Lane::Regular,
            });
        }
        let order: Vec<i64> = std::iter::from_fn(|| turns.pop())
            .map(|ticket| ticket.id)
            .collect();
        assert_eq!(order, [1, 4, 5, 2, 6, 3]);
        assert!(turns.is_empty() && turns.queues.is_empty());
    }
}
