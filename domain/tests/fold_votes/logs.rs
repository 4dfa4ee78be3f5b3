//! Logs as several regions write them: results that come late, out of order, twice or not at all, and edits between.

use std::sync::Arc;

use domain::record::{CheckResult, LifecycleEvent};
use domain::{Grid, MonitorId, Needed, Quorum, Record, Rule, Timestamp};
use proptest::prelude::*;

use super::{Revision, lifecycle};

pub(super) const REGIONS: [&str; 5] = ["ap", "eu", "me", "sa", "us"];

/// When the first revision begins.
pub(super) const START: i64 = 1_795_255_200_000;

/// Choices that shrink to the plainest ones: 0 is everybody up, in time.
pub(super) struct Dice(std::vec::IntoIter<u16>);

impl Dice {
    pub(super) fn roll(&mut self, sides: u16) -> u16 {
        self.0.next().map_or(0, |number| number % sides)
    }

    /// True in `of_100` percent of all throws.
    fn chance(&mut self, of_100: u16) -> bool {
        self.roll(100) >= 100 - of_100
    }
}

pub(super) fn dice() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..900)
}

pub(super) fn rolled(tape: Vec<u16>) -> Dice {
    Dice(tape.into_iter())
}

/// How regions behave.
#[derive(Clone, Copy)]
pub(super) struct Manners {
    /// Of a hundred results, how many fail where nothing is wrong.
    pub(super) failing: u16,
    /// Whether results are lost, late by intervals, and doubled.
    pub(super) is_unruly: bool,
    /// Whether there are edits.
    pub(super) has_edits: bool,
    /// Whether there is one region only, whose quorum decides nothing by itself.
    pub(super) is_single: bool,
}

pub(super) const ANY: Manners = Manners {
    failing: 15,
    is_unruly: true,
    has_edits: true,
    is_single: false,
};

fn some_quorum(dice: &mut Dice, manners: Manners) -> Arc<Quorum> {
    if manners.is_single {
        return Arc::new(Quorum {
            regions: vec!["eu".to_owned()],
            down: Needed::Regions(1),
            min_regions: 1,
        });
    }
    let count = usize::from(2 + dice.roll(4));
    let first = usize::from(dice.roll(6 - count as u16));
    let regions: Vec<_> = REGIONS[first..first + count]
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    let count = count as u16;
    let (down, least) = if dice.chance(30) {
        (Needed::ALL, 1)
    } else {
        let down = 1 + dice.roll(count) as u8;
        (Needed::Regions(down), down)
    };
    let min_regions = least + dice.roll(count + 1 - u16::from(least)) as u8;
    Arc::new(Quorum {
        regions,
        down,
        min_regions,
    })
}

fn some_rule(dice: &mut Dice) -> Rule {
    let down_after = 1 + dice.roll(3);
    Rule {
        down_after,
        up_after: 1 + dice.roll(3),
        slow_ms: Some(500),
        down_of: dice.chance(40).then(|| down_after + dice.roll(4)),
        down_for_seconds: if dice.chance(20) {
            u32::from(dice.roll(300))
        } else {
            0
        },
    }
}

/// The results of a region in a revision, each with when it is appended.
fn results_of(
    dice: &mut Dice,
    revision: &Revision,
    index: usize,
    (from, until): (Timestamp, Timestamp),
    outages: &[(Timestamp, Timestamp)],
    manners: Manners,
) -> Vec<(Timestamp, CheckResult)> {
    let Some(quorum) = &revision.quorum else {
        return Vec::new();
    };
    let region = &quorum.regions[index];
    let grid = Grid::of_region(MonitorId(1), revision.interval_ms, index, quorum.regions.len());
    let interval = i64::from(revision.interval_ms);
    let mut results = Vec::new();
    // The first check runs at once, under the name of the slot that has passed.
    let mut slot = grid.at_or_before(from);
    let (mut is_failing, mut silent_until) = (false, from.plus_millis(-1));
    while slot < until {
        let starts = slot.max(from);
        is_failing ^= dice.chance(if is_failing { 40 } else { manners.failing });
        let is_out = outages.iter().any(|(from, until)| *from <= slot && slot < *until);
        let point = if is_failing || is_out && !dice.chance(10) {
            '-'
        } else if dice.chance(15) {
            '~'
        } else {
            '+'
        };
        let mut result = revision.result(region, point, slot);
        result.timestamp = starts;
        result.revised_at = Some(from).filter(|from| *from > slot);
        let mut delay = i64::from(dice.roll(9)) * interval / 60;
        if manners.is_unruly {
            if dice.chance(6) {
                silent_until = slot.plus_millis(4 * interval);
            }
            if dice.chance(12) {
                delay = i64::from(dice.roll(51)) * interval / 10;
            }
            if dice.chance(5) {
                // It starts late, and speaks for the rest.
                result.timestamp = starts.plus_millis(interval / 4);
                delay += interval / 4;
            }
        }
        let copies = if slot < silent_until || manners.is_unruly && dice.chance(5) {
            0
        } else if manners.is_unruly && dice.chance(5) {
            2
        } else {
            1
        };
        for copy in 0..copies {
            let appended = starts.plus_millis(delay + copy * interval * i64::from(dice.roll(30)) / 10);
            results.push((appended, result.clone()));
        }
        slot = slot.plus_millis(interval);
    }
    results
}

/// A log of one monitor, in the order in which it is appended.
pub(super) fn log(dice: &mut Dice, manners: Manners) -> Vec<Record> {
    let mut appended: Vec<(Timestamp, Record)> = Vec::new();
    let mut from = Timestamp::from_millis(START);
    let quorum = some_quorum(dice, manners);
    let mut revision = Revision {
        rule: some_rule(dice),
        ..Revision::of(quorum)
    };
    let segments = 1 + if manners.has_edits { dice.roll(4) } else { 0 };
    for segment in 0..segments {
        let intervals = 4 + i64::from(dice.roll(9));
        let until = from.plus_millis(intervals * i64::from(revision.interval_ms));
        let regions = revision.quorum.as_ref().map_or(0, |quorum| quorum.regions.len());
        // What every region sees.
        let outages: Vec<_> = (0..dice.roll(3))
            .map(|_| {
                let from = from.plus_millis(i64::from(dice.roll(600)) * 1_000);
                (from, from.plus_millis(i64::from(dice.roll(400)) * 1_000))
            })
            .collect();
        for index in 0..regions {
            let results = results_of(dice, &revision, index, (from, until), &outages, manners);
            appended.extend(
                results
                    .into_iter()
                    .map(|(at, result)| (at, Record::Result(result))),
            );
        }
        if segment + 1 == segments {
            break;
        }
        from = until;
        let mut next = |event, dice: &mut Dice, at: Timestamp, goes_on: bool| {
            revision.number += 1;
            revision.probe = if goes_on {
                Some(revision.probe.unwrap_or(revision.number - 1))
            } else {
                None
            };
            let told = at.plus_millis(i64::from(dice.roll(30)) * 1_000);
            appended.push((told, lifecycle(event, revision.number, revision.probe, at)));
            told
        };
        match dice.roll(6) {
            0..=2 => {
                next(LifecycleEvent::Edited, dice, from, true);
            }
            3 => {
                next(LifecycleEvent::Edited, dice, from, false);
            }
            4 => {
                next(LifecycleEvent::Restored, dice, from, true);
            }
            _ => {
                let paused = next(LifecycleEvent::Paused, dice, from, false);
                from = paused.plus_millis(i64::from(dice.roll(200)) * 1_000);
                next(LifecycleEvent::Resumed, dice, from, false);
            }
        }
        if dice.chance(60) {
            revision.quorum = Some(some_quorum(dice, manners));
        }
        if dice.chance(40) {
            revision.rule = some_rule(dice);
        }
        if dice.chance(30) {
            revision.interval_ms = [60_000, 30_000, 180_000][usize::from(dice.roll(3))];
        }
    }
    appended.sort_by_key(|(at, _)| *at);
    appended.into_iter().map(|(_, record)| record).collect()
}
