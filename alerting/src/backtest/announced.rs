//! When the monitors on which others depend were down and announced.

use std::collections::HashMap;
use std::ops::Range;

use domain::{MonitorId, Timestamp};

use crate::settings::Upstream;

/// By monitor, the instants from which on it was announced and was not, in turn.
#[derive(Debug)]
pub(super) struct Announced(HashMap<MonitorId, Vec<Timestamp>>);

impl Announced {
    pub(super) fn new(upstreams: &[(MonitorId, Vec<Range<Timestamp>>)]) -> Self {
        let mut by_monitor: HashMap<MonitorId, Vec<Range<Timestamp>>> = HashMap::new();
        for (monitor, ranges) in upstreams {
            let known = by_monitor.entry(*monitor).or_default();
            known.extend(ranges.iter().cloned());
        }
        let turns = by_monitor
            .into_iter()
            .map(|(monitor, ranges)| (monitor, turns(ranges)));
        Self(turns.collect())
    }

    /// The first of these monitors that is down and announced at an instant.
    pub(super) fn look(&self, depends_on: &[MonitorId], at: Timestamp) -> Upstream {
        let is_announced = |monitor: &&MonitorId| {
            let turns = self.0.get(*monitor);
            turns.is_some_and(|turns| turned(turns, at) % 2 == 1)
        };
        let down = depends_on.iter().find(is_announced);
        down.map_or(Upstream::NotDown, |monitor| Upstream::Down(*monitor))
    }

    /// When that changes of one of these monitors after an instant.
    pub(super) fn next_change(&self, depends_on: &[MonitorId], after: Timestamp) -> Option<Timestamp> {
        let next = |monitor: &MonitorId| {
            let turns = self.0.get(monitor)?;
            turns.get(turned(turns, after)).copied()
        };
        depends_on.iter().filter_map(next).min()
    }
}

/// How many of these instants have come.
fn turned(turns: &[Timestamp], at: Timestamp) -> usize {
    turns.partition_point(|turn| *turn <= at)
}

fn turns(mut ranges: Vec<Range<Timestamp>>) -> Vec<Timestamp> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut turns: Vec<Timestamp> = Vec::with_capacity(2 * ranges.len());
    for range in ranges {
        match turns.last_mut() {
            Some(end) if range.start <= *end => *end = range.end.max(*end),
            _ => turns.extend([range.start, range.end]),
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_first_one_that_is_announced_is_named() {
        let (one, two, unknown) = (MonitorId(1), MonitorId(2), MonitorId(3));
        let announced = Announced::new(&[
            (
                one,
                vec![at(50)..at(60), at(10)..at(20), at(20)..at(30), at(9)..at(9)],
            ),
            (two, vec![at(15)..at(55)]),
        ]);
        for (depends_on, time, down, next) in [
            (&[one, two][..], 9, None, Some(10)),
            (&[one, two], 10, Some(one), Some(15)),
            (&[two, one], 10, Some(one), Some(15)),
            (&[two, one], 20, Some(two), Some(30)),
            (&[one, two], 30, Some(two), Some(50)),
            (&[one], 30, None, Some(50)),
            (&[one, unknown], 60, None, None),
            (&[], 20, None, None),
        ] {
            let expected = down.map_or(Upstream::NotDown, Upstream::Down);
            assert_eq!(announced.look(depends_on, at(time)), expected, "{time}");
            assert_eq!(
                announced.next_change(depends_on, at(time)),
                next.map(at),
                "{time}"
            );
        }
    }
}
