//! Limits on running checks, per lane and per host. A check over a limit queues, so that slow targets take room from each
//! other and not from healthy ones.

use std::collections::HashMap;

use super::turns::Turns;
use crate::settings::Limits;

/// The limit under which a check runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Monitors that did not fail the last time.
    Regular,
    /// Monitors that fail.
    Failing,
    /// Checks out of schedule, of which there can be very many at once.
    CatchUp,
}

/// A check that runs or queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) id: i64,
    /// Whose it is.
    pub(super) org: i64,
    pub(super) generation: u32,
    pub(super) host: u32,
    pub(super) lane: Lane,
}

/// Running and queued checks.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: [LaneState; 3],
    hosts: HashMap<u32, HostState>,
    per_host: usize,
    waiting: usize,
}

#[derive(Debug)]
struct LaneState {
    running: usize,
    limit: usize,
    queue: Turns,
}

#[derive(Debug, Default)]
struct HostState {
    running: usize,
    queue: Turns,
}

impl Lanes {
    pub(super) fn new(limits: Limits) -> Self {
        let lane = |limit| LaneState {
            running: 0,
            limit,
            queue: Turns::default(),
        };
        Self {
            lanes: [lane(limits.regular), lane(limits.failing), lane(limits.catch_up)],
            hosts: HashMap::new(),
            per_host: limits.per_host,
            waiting: 0,
        }
    }

    /// Admits a check; false when it is queued instead.
    pub(super) fn enter(&mut self, ticket: Ticket) -> bool {
        let lane = &mut self.lanes[ticket.lane as usize];
        if lane.running >= lane.limit {
            lane.queue.push(ticket);
            self.waiting += 1;
            return false;
        }
        let host = self.hosts.entry(ticket.host).or_default();
        if host.running >= self.per_host {
            host.queue.push(ticket);
            self.waiting += 1;
            return false;
        }
        host.running += 1;
        lane.running += 1;
        true
    }

    /// A check has finished.
    pub(super) fn exit(&mut self, lane: Lane, host_key: u32) {
        let lane = &mut self.lanes[lane as usize];
        lane.running = lane.running.saturating_sub(1);
        if let Some(host) = self.hosts.get_mut(&host_key) {
            host.running = host.running.saturating_sub(1);
            if host.running == 0 && host.queue.is_empty() {
                self.hosts.remove(&host_key);
            }
        }
    }

    /// A running check of `from` has begun to fail: from now on it counts in the lane of those.
    pub(super) fn move_to_failing(&mut self, from: Lane) {
        let lane = &mut self.lanes[from as usize];
        lane.running = lane.running.saturating_sub(1);
        self.lanes[Lane::Failing as usize].running += 1;
    }

    /// The next queued check that may fit, after one of `host_key` has finished or a lane has room again; its organisation
    /// is not the one whose turn it was before. The caller lets it [`enter`](Self::enter) again, or drops it.
    pub(super) fn next(&mut self, host_key: u32) -> Option<Ticket> {
        let of_host = self
            .hosts
            .get_mut(&host_key)
            .filter(|host| host.running < self.per_host)
            .and_then(|host| host.queue.pop());
        let ticket = of_host.or_else(|| {
            self.lanes
                .iter_mut()
                .find(|lane| lane.running < lane.limit && !lane.queue.is_empty())
                .and_then(|lane| lane.queue.pop())
        })?;
        self.waiting -= 1;
        // The check may no longer be wanted, and then nobody else would forget the host.
        if self
            .hosts
            .get(&host_key)
            .is_some_and(|host| host.running == 0 && host.queue.is_empty())
        {
            self.hosts.remove(&host_key);
        }
        Some(ticket)
    }

    /// Running checks.
    pub(super) fn running(&self) -> usize {
        self.lanes.iter().map(|lane| lane.running).sum()
    }

    /// Queued checks.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes() -> Lanes {
        Lanes::new(Limits {
            regular: 3,
            failing: 1,
            catch_up: 1,
            per_host: 2,
        })
    }

    fn ticket(id: i64, host: u32, lane: Lane) -> Ticket {
        Ticket {
            id,
            org: id % 2,
            generation: 0,
            host,
            lane,
        }
    }

    #[test]
    fn a_full_host_does_not_hold_others_up() {
        let mut lanes = lanes();
        assert!(lanes.enter(ticket(1, 7, Lane::Regular)));
        assert!(lanes.enter(ticket(2, 7, Lane::Regular)));
        assert!(!lanes.enter(ticket(3, 7, Lane::Regular)));
        assert!(lanes.enter(ticket(4, 8, Lane::Regular)));
        assert_eq!((lanes.running(), lanes.waiting()), (3, 1));
        lanes.exit(Lane::Regular, 7);
        assert_eq!(lanes.next(7).map(|t| t.id), Some(3));
        assert_eq!(lanes.waiting(), 0);
    }

    #[test]
    fn a_full_lane_does_not_hold_others_up() {
        let mut lanes = lanes();
        assert!(lanes.enter(ticket(1, 1, Lane::Failing)));
        assert!(!lanes.enter(ticket(2, 2, Lane::Failing)));
        assert!(lanes.enter(ticket(3, 3, Lane::Regular)));
        assert_eq!(lanes.next(3), None);
        lanes.exit(Lane::Failing, 1);
        assert_eq!(lanes.next(1).map(|t| t.id), Some(2));
    }

    #[test]
    fn a_check_that_begins_to_fail_leaves_its_room_to_healthy_ones() {
        let mut lanes = lanes();
        for id in 1..=3 {
            assert!(lanes.enter(ticket(id, id as u32, Lane::Regular)));
        }
        assert!(!lanes.enter(ticket(4, 4, Lane::Regular)));
        lanes.move_to_failing(Lane::Regular);
        let next = lanes.next(0).unwrap();
        assert!(next.id == 4 && lanes.enter(next));
        assert!(!lanes.enter(ticket(5, 5, Lane::Failing)));
    }
}
