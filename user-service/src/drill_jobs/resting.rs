//! Schedules whose drills could not be begun, and until when they are passed by, so that the others go on. Pure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::OrgId;

/// How long one rests that has failed, and an organisation that somebody else has for long.
const REST: Duration = Duration::from_secs(20);

/// How long one rests that cannot be read: only another version, or an edit, changes that.
const UNREADABLE_REST: Duration = Duration::from_secs(600);

/// Schedules that rest at a time. While there are as many, no further one is looked at.
const MAX: usize = 10_000;

/// What is passed by.
#[derive(Debug, Default)]
pub(super) struct Resting {
    schedules: HashMap<i64, Instant>,
    orgs: HashMap<i64, Instant>,
}

impl Resting {
    /// Forgets those whose rest is over.
    pub(super) fn wake(&mut self, now: Instant) {
        for resting in [&mut self.schedules, &mut self.orgs] {
            resting.retain(|_, until| now < *until);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.schedules.len() + self.orgs.len() >= MAX
    }

    /// Passes a schedule by that has failed.
    pub(super) fn rest(&mut self, schedule: i64, now: Instant) {
        self.schedules.insert(schedule, now + REST);
    }

    /// Passes a schedule by that cannot be read.
    pub(super) fn rest_unreadable(&mut self, schedule: i64, now: Instant) {
        self.schedules.insert(schedule, now + UNREADABLE_REST);
    }

    /// Passes all schedules of an organisation by: each would wait for the same.
    pub(super) fn rest_org(&mut self, org: OrgId, now: Instant) {
        self.orgs.insert(org.0, now + REST);
    }

    /// The schedules and the organisations that are passed by.
    pub(super) fn ids(&self) -> (Vec<i64>, Vec<i64>) {
        let ids = |resting: &HashMap<i64, Instant>| resting.keys().copied().collect();
        (ids(&self.schedules), ids(&self.orgs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_failed_rests_for_a_while() {
        let (mut resting, now) = (Resting::default(), Instant::now());
        resting.rest(1, now);
        resting.rest_unreadable(2, now);
        resting.rest_org(OrgId(3), now);
        resting.wake(now + REST / 2);
        let (mut schedules, orgs) = resting.ids();
        schedules.sort_unstable();
        assert_eq!((schedules, orgs), (vec![1, 2], vec![3]));
        resting.wake(now + REST);
        assert_eq!(resting.ids(), (vec![2], vec![]));
        resting.wake(now + UNREADABLE_REST);
        assert_eq!(resting.ids(), (vec![], vec![]));
    }

    #[test]
    fn no_more_rest_than_may() {
        let (mut resting, now) = (Resting::default(), Instant::now());
        for schedule in 0..MAX as i64 - 1 {
            resting.rest(schedule, now);
        }
        assert!(!resting.is_full());
        resting.rest_org(OrgId(1), now);
        assert!(resting.is_full());
    }
}
