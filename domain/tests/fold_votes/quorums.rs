//! How many regions make an outage, and how soon.

use domain::fold::{State, Voted};
use domain::{Grid, MonitorId, Needed, Record, Timestamp};
use proptest::prelude::*;

use super::logs::{REGIONS, START};
use super::{Monitor, Revision, at, of_three, quorum};

#[test]
fn trouble_in_enough_regions_degrades() {
    let revision = Revision::of(of_three(2)).confirming(1, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu~100 us+110");
    assert_eq!(monitor.state.state, State::Up);
    // One that is down and one that is slow are trouble in two places.
    monitor.hear(&revision, "us-170");
    assert_eq!(
        (monitor.state.state, monitor.state.since),
        (State::Degraded, Some(at(170)))
    );
    monitor.hear(&revision, "eu+160");
    assert_eq!(monitor.state.state, State::Up);

    let all = Revision::of(quorum(&["ap", "eu"], Needed::ALL, 2)).confirming(1, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&all, "ap~90 eu+100");
    assert_eq!(monitor.state.state, State::Up);
    monitor.hear(&all, "eu-160");
    assert_eq!(monitor.state.state, State::Degraded);
}

#[test]
fn a_vote_is_confirmed_by_its_own_region_alone() {
    let revision = Revision::of(of_three(1)).confirming(2, 2);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 eu-100 us-110 eu+160 us+170");
    assert!(!monitor.is_down());
    monitor.hear(&revision, "eu-220 eu-280");
    assert!(monitor.is_down());
    monitor.hear(&revision, "eu+340 us+350 eu-400 eu+460");
    assert!(monitor.is_down());
    monitor.hear(&revision, "eu+520");
    assert_eq!(monitor.closed()[0].resolved_at, at(460));
}

#[test]
fn a_confirmed_vote_keeps_no_count() {
    // Of a region that is broken for days one state is written, and not one for each result.
    let revision = Revision::of(of_three(2)).confirming(2, 1);
    let mut monitor = Monitor::default();
    monitor.hear(&revision, "ap+90 us+95 eu-100 eu-160 eu-220");
    let known = monitor.state.votes.clone().unwrap().regions["eu"].clone();
    assert_eq!((known.state, &known.against), (Some(Voted::Down), &None));
    monitor.hear(&revision, "eu-280");
    let mut vote = monitor.state.votes.unwrap().regions["eu"].clone();
    assert_eq!(vote.last_slot, Some(at(280)));
    vote.last_slot = known.last_slot;
    assert_eq!(vote, known);
}

/// A target that fails from an instant on, and answers again later, as regions see it whose checks of a failing target
/// take the whole deadline: the slots and when their results are known.
struct Outage {
    regions: usize,
    absent: usize,
    interval_ms: i64,
    deadline_ms: i64,
    begins: Timestamp,
    ends: Timestamp,
}

impl Outage {
    /// The time from the beginning, and from the end, until the fold says so.
    fn told_after(&self, revision: &Revision) -> Option<(i64, i64)> {
        let mut results = Vec::new();
        for (index, region) in REGIONS.iter().enumerate().take(self.regions - self.absent) {
            let grid = Grid::of_region(MonitorId(1), self.interval_ms as u32, index, self.regions);
            let mut slot = grid.after(self.begins.plus_millis(-8 * self.interval_ms));
            while slot < self.ends.plus_millis(8 * self.interval_ms) {
                let is_out = self.begins <= slot && slot < self.ends;
                let known = slot.plus_millis(if is_out { self.deadline_ms } else { 0 });
                let result = revision.result(region, if is_out { '-' } else { '+' }, slot);
                results.push((known, Record::Result(result)));
                slot = slot.plus_millis(self.interval_ms);
            }
        }
        results.sort_by_key(|(known, _)| *known);
        let (mut monitor, mut found, mut over) = (Monitor::default(), None, None);
        for (known, result) in &results {
            monitor.fold([result]);
            if found.is_none() && monitor.is_down() {
                found = Some(*known);
            } else if found.is_some() && over.is_none() && !monitor.is_down() {
                over = Some(*known);
            }
        }
        assert_eq!(monitor.opened().len(), 1);
        Some((found?.millis_since(self.begins), over?.millis_since(self.ends)))
    }
}

proptest! {
    #[test]
    fn an_outage_is_found_and_over_as_soon_as_the_arithmetic_says(
        regions in 2usize..=5,
        (down, absent) in (0u8..5, 0usize..4),
        interval_s in 10i64..300,
        begins in 0i64..300_000,
        (down_after, up_after) in (1u16..4, 1u16..4),
    ) {
        let down = 1 + down % regions as u8;
        let absent = absent.min(regions - usize::from(down));
        let interval_ms = interval_s * 1_000;
        let deadline_ms = interval_ms / 6;
        let begins = Timestamp::from_millis(START + begins);
        let outage = Outage { regions, absent, interval_ms, deadline_ms, begins, ends: begins.plus_millis(12 * interval_ms) };
        let mut revision = Revision::of(quorum(&REGIONS[..regions], Needed::Regions(down), down)).confirming(down_after, up_after);
        revision.interval_ms = interval_ms as u32;
        let (found, over) = outage.told_after(&revision).unwrap();
        let gaps = |count: usize| (count as i64 * interval_ms + regions as i64 - 1) / regions as i64;
        let q = usize::from(down);
        let most = gaps(q + absent) + i64::from(down_after - 1) * interval_ms + deadline_ms;
        prop_assert!(found <= most, "found after {} ms, at most {}", found, most);
        // So many have to turn that too few are left.
        let turn = regions - absent - q + 1;
        let most = gaps(turn + absent) + i64::from(up_after - 1) * interval_ms + deadline_ms;
        prop_assert!(over <= most, "over after {} ms, at most {}", over, most);
    }
}
