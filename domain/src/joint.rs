//! The time of a monitor that several regions check: what their results say together of each instant.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::quorum::Quorum;
use crate::record::PointState;
use crate::time::Timestamp;

/// What a result of one region says of the time that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covering<'a> {
    /// The region.
    pub region: &'a str,
    /// Its slot: of two results of a region that cover an instant, that of the newer slot counts.
    pub slot: Timestamp,
    /// The time that it covers ([`covered_span`](crate::coverage::covered_span)).
    pub span: Range<Timestamp>,
    /// What it found.
    pub state: PointState,
}

/// The parts of a span in which enough regions were heard of, and what they say together, in the order of time. What lies
/// between them was not measured. `results` are those of one revision, in any order; those of regions that do not decide
/// count for nothing.
pub fn joint_spans(
    quorum: &Quorum,
    results: &[Covering<'_>],
    within: &Range<Timestamp>,
) -> Vec<(Range<Timestamp>, PointState)> {
    let mut edges: Vec<(Timestamp, bool, usize)> = Vec::with_capacity(2 * results.len());
    for (n, result) in results.iter().enumerate() {
        let (start, end) = (
            result.span.start.max(within.start),
            result.span.end.min(within.end),
        );
        if start < end && quorum.names(result.region) {
            edges.extend([(start, true, n), (end, false, n)]);
        }
    }
    edges.sort_unstable();
    let mut covering: BTreeMap<&str, BTreeMap<(Timestamp, usize), PointState>> = BTreeMap::new();
    let mut spans: Vec<(Range<Timestamp>, PointState)> = Vec::new();
    let mut at = within.start;
    for (edge, begins, n) in edges {
        if at < edge {
            let newest = covering
                .values()
                .filter_map(|of_region| of_region.values().next_back());
            if let Some(state) = joint_state(quorum, newest.copied()) {
                add(&mut spans, at..edge, state);
            }
            at = edge;
        }
        let result = &results[n];
        let of_region = covering.entry(result.region).or_default();
        if begins {
            of_region.insert((result.slot, n), result.state);
        } else {
            of_region.remove(&(result.slot, n));
        }
    }
    spans
}

/// What regions say together, one state for each that was heard of. None where these are too few to decide.
pub fn joint_state(quorum: &Quorum, states: impl Iterator<Item = PointState>) -> Option<PointState> {
    let (mut heard, mut down, mut slow) = (0, 0, 0);
    for state in states.filter(|state| *state != PointState::Skipped) {
        heard += 1;
        down += usize::from(state == PointState::Down);
        slow += usize::from(state == PointState::Degraded);
    }
    if heard < usize::from(quorum.min_regions).max(1) {
        return None;
    }
    let needed = quorum.down.of(heard);
    Some(if down >= needed {
        PointState::Down
    } else if down + slow >= needed {
        PointState::Degraded
    } else {
        PointState::Up
    })
}

fn add(spans: &mut Vec<(Range<Timestamp>, PointState)>, span: Range<Timestamp>, state: PointState) {
    match spans.last_mut() {
        Some((last, known)) if last.end == span.start && *known == state => last.end = span.end,
        _ => spans.push((span, state)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coverage::{covered_span, overlap_ms};
    use crate::quorum::Needed;

    const REGIONS: [&str; 4] = ["ap", "eu", "sa", "us"];
    use PointState::{Degraded, Down, Skipped, Up};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn quorum(regions: &[&str], down: Needed, min_regions: u8) -> Quorum {
        Quorum {
            regions: regions.iter().map(|&name| name.to_owned()).collect(),
            down,
            min_regions,
        }
    }

    fn result(region: &str, slot: i64, length: i64, state: PointState) -> Covering<'_> {
        Covering {
            region,
            slot: at(slot),
            span: at(slot)..at(slot + length),
            state,
        }
    }

    fn spans(quorum: &Quorum, results: &[Covering<'_>], within: (i64, i64)) -> Vec<(i64, i64, PointState)> {
        let spans = joint_spans(quorum, results, &(at(within.0)..at(within.1)));
        let plain = |(span, state): (Range<Timestamp>, PointState)| {
            (span.start.as_millis(), span.end.as_millis(), state)
        };
        spans.into_iter().map(plain).collect()
    }

    #[test]
    fn enough_regions_that_are_heard_of_decide() {
        let two = quorum(&REGIONS[..3], Needed::Regions(2), 2);
        for (states, joint) in [
            (&[Down][..], None),
            (&[], None),
            (&[Up, Skipped, Skipped], None),
            (&[Up, Down], Some(Up)),
            (&[Down, Down], Some(Down)),
            (&[Down, Up, Down], Some(Down)),
            (&[Degraded, Up, Down], Some(Degraded)),
            (&[Degraded, Degraded, Up], Some(Degraded)),
            (&[Degraded, Up, Up], Some(Up)),
        ] {
            let found = joint_state(&two, states.iter().copied());
            assert_eq!(found, joint, "{states:?}");
        }
        let all = quorum(&REGIONS[..3], Needed::ALL, 1);
        for (states, joint) in [
            (&[Down][..], Some(Down)),
            (&[], None),
            (&[Down, Up], Some(Up)),
            (&[Down, Degraded], Some(Degraded)),
            (&[Down, Down, Down], Some(Down)),
        ] {
            let found = joint_state(&all, states.iter().copied());
            assert_eq!(found, joint, "{states:?}");
        }
    }

    #[test]
    fn it_is_down_while_enough_regions_say_so_and_unknown_while_too_few_are_heard_of() {
        let two = quorum(&REGIONS[..3], Needed::Regions(2), 2);
        let results = [
            result("ap", 0, 60, Up),
            result("eu", 20, 60, Down),
            result("sa", 40, 60, Down),
            // Of no one who counts.
            result("us", 0, 200, Down),
            result("ap", 60, 60, Up),
            result("eu", 80, 60, Up),
        ];
        let expected = [(20, 40, Up), (40, 80, Down), (80, 120, Up)];
        assert_eq!(spans(&two, &results, (0, 200)), expected);
        assert_eq!(
            spans(&two, &results, (30, 90)),
            [(30, 40, Up), (40, 80, Down), (80, 90, Up)]
        );
        assert!(spans(&two, &results, (120, 200)).is_empty());
        assert!(spans(&two, &[], (0, 200)).is_empty());
    }

    #[test]
    fn the_newer_of_two_results_of_a_region_counts() {
        let one = quorum(&REGIONS[..2], Needed::Regions(1), 1);
        let results = [
            result("ap", 0, 100, Down),
            result("ap", 20, 30, Up),
            result("ap", 40, 30, Degraded),
        ];
        let expected = [(0, 20, Down), (20, 40, Up), (40, 70, Degraded), (70, 100, Down)];
        assert_eq!(spans(&one, &results, (0, 200)), expected);
    }

    /// The same, an instant after the other.
    fn reference(quorum: &Quorum, results: &[Covering<'_>], within: (i64, i64)) -> Vec<(i64, PointState)> {
        let mut known = Vec::new();
        for millis in within.0..within.1 {
            let mut said = Vec::new();
            for region in &quorum.regions {
                let covers = |result: &&Covering<'_>| {
                    result.region == *region
                        && result.span.start <= at(millis)
                        && at(millis) < result.span.end
                };
                let newest = results.iter().filter(covers).max_by_key(|result| result.slot);
                said.extend(newest.map(|result| result.state));
            }
            let count = |state: PointState| said.iter().filter(|one| **one == state).count();
            if said.len() < usize::from(quorum.min_regions) {
                continue;
            }
            let needed = match quorum.down {
                Needed::Regions(regions) => usize::from(regions),
                Needed::All(_) => said.len(),
            };
            known.push((
                millis,
                match (count(Down), count(Degraded)) {
                    (down, _) if down >= needed => Down,
                    (down, slow) if down + slow >= needed => Degraded,
                    _ => Up,
                },
            ));
        }
        known
    }

    fn some_state() -> impl Strategy<Value = PointState> {
        prop_oneof![3 => Just(Up), 1 => Just(Degraded), 2 => Just(Down)]
    }

    proptest! {
        #[test]
        fn each_instant_is_what_the_regions_say_of_it(
            // At most one result per region and slot, as the log has them.
            results in prop::collection::btree_map(
                (0usize..4, 0i64..80), (0i64..40, 0i64..20, some_state()), 0..25),
            of in 2usize..5,
            down in prop::option::of(1u8..4),
            more in 0u8..3,
            from in -10i64..60,
            length in 0i64..90,
        ) {
            let least = down.unwrap_or(1).min(of as u8);
            let down = down.map_or(Needed::ALL, |_| Needed::Regions(least));
            let quorum = quorum(&REGIONS[..of], down, (least + more).min(of as u8));
            let results: Vec<_> = results
                .into_iter()
                .map(|((region, slot), (interval, delay, state))| Covering {
                    region: REGIONS[region],
                    slot: at(slot),
                    span: covered_span(at(slot), interval, delay),
                    state,
                })
                .collect();
            let spans = spans(&quorum, &results, (from, from + length));
            let mut found = Vec::new();
            let mut last: Option<(i64, PointState)> = None;
            for (start, end, state) in spans {
                prop_assert!(start < end && last.is_none_or(|(end, _)| end <= start), "in order");
                prop_assert!(last != Some((start, state)), "two that adjoin differ");
                last = Some((end, state));
                found.extend((start..end).map(|millis| (millis, state)));
            }
            prop_assert_eq!(found, reference(&quorum, &results, (from, from + length)));
        }

        /// What adjoins adds up, and one region that follows itself has what it has by itself.
        #[test]
        fn spans_add_up_and_one_region_is_as_ever(
            lengths in prop::collection::vec((1i64..50, 0i64..3, some_state()), 1..20),
            from in 0i64..200,
            middle in 0i64..200,
            until in 0i64..200,
        ) {
            let mut cuts = [from, middle, until];
            cuts.sort_unstable();
            let one = quorum(&["eu"], Needed::Regions(1), 1);
            let (mut results, mut slot) = (Vec::new(), 0);
            for (interval, gap, state) in lengths {
                results.push(result("eu", slot, interval, state));
                slot += interval + gap;
            }
            let total = |from: i64, until: i64, state: PointState| -> i64 {
                let spans = spans(&one, &results, (from, until)).into_iter();
                spans.filter(|span| span.2 == state).map(|span| span.1 - span.0).sum()
            };
            for state in [Up, Degraded, Down] {
                let whole = total(cuts[0], cuts[2], state);
                prop_assert_eq!(whole, total(cuts[0], cuts[1], state) + total(cuts[1], cuts[2], state));
                let window = at(cuts[0])..at(cuts[2]);
                let by_itself = results.iter().filter(|result| result.state == state);
                let by_itself: i64 = by_itself.map(|result| overlap_ms(&window, &result.span)).sum();
                prop_assert_eq!(whole, by_itself);
            }
        }
    }
}
