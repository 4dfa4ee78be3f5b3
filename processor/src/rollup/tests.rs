use domain::Timestamp;
use domain::record::PointState;
use proptest::prelude::*;

use super::*;

const START: i64 = 1_795_255_200_000;

proptest! {
    #[test]
    fn no_time_is_lost_or_made(
        slot in START..START + 10 * HOUR_MS,
        interval in 0i64..=86_400_000,
        delay in -5_000i64..90_000_000,
    ) {
        let sample = Sample {
            slot: Timestamp::from_millis(slot),
            interval_ms: interval,
            delay_ms: delay,
            state: PointState::Up,
            latency_ms: None,
        };
        let parts: Vec<_> = sample.stands().collect();
        let stands = if delay <= interval / 10 { interval } else { (interval - delay).max(0) };
        prop_assert_eq!(parts.iter().map(|part| part.1).sum::<i64>(), stands);
        prop_assert!(parts.len() <= 25);
        prop_assert!(parts.iter().all(|part| part.0 % HOUR_MS == 0 && (1..=HOUR_MS).contains(&part.1)));
        prop_assert!(parts.windows(2).all(|pair| pair[1].0 == pair[0].0 + HOUR_MS));
    }

    #[test]
    fn every_skipped_slot_is_counted_in_its_hour(
        from in START..START + HOUR_MS,
        interval in 1_000i64..90_000_000,
        slots in 1i64..500,
    ) {
        let first = Timestamp::from_millis(from);
        let until = first.plus_millis((slots - 1) * interval);
        let mut one_by_one = std::collections::BTreeMap::new();
        for k in 0..slots {
            *one_by_one.entry(hour_of(first.plus_millis(k * interval))).or_insert(0) += 1;
        }
        let counted: std::collections::BTreeMap<_, _> =
            slots_by_hour(first, until, interval).into_iter().collect();
        prop_assert_eq!(counted, one_by_one);
        let last: Vec<_> = last_slots(first, until, interval, 60).collect();
        prop_assert_eq!(last.len() as i64, slots.min(60));
        prop_assert_eq!(last.last().copied(), Some(until));
    }

    #[test]
    fn what_is_known_and_what_is_not_are_the_whole(
        ranges in proptest::collection::vec((0i64..300, 0i64..40, 0i64..4), 1..12),
    ) {
        // Ranges of one grid and of finer ones, and some that have no interval.
        let mut known = BTreeMap::new();
        let mut slots = std::collections::BTreeSet::new();
        for (from, length, interval) in ranges {
            let until = from + length * interval;
            let before = known.clone();
            let parts = uncovered(from, until, interval, &before);
            let is_known = |slot: i64| before.iter().any(|(&first, &last)| (first..=last).contains(&slot));
            let all: Vec<i64> = (0..=length).map(|k| from + k * interval).take(if interval == 0 { 1 } else { 41 }).collect();
            let expected: Vec<i64> = all.into_iter().filter(|&slot| !is_known(slot)).collect();
            let found: Vec<i64> = parts
                .iter()
                .flat_map(|&(first, last)| (first..=last).step_by(interval.max(1) as usize))
                .collect();
            prop_assert_eq!(&found, &expected);
            prop_assert!(found.iter().all(|&slot| slots.insert(slot)), "a slot twice");
            known.extend(parts);
        }
    }

    #[test]
    fn taking_back_is_the_inverse_of_counting(
        latencies in proptest::collection::vec((0u32..60_000, 0u8..3), 1..50),
    ) {
        let samples: Vec<_> = latencies.iter().map(|&(latency, state)| Sample {
            slot: Timestamp::from_millis(START),
            interval_ms: 60_000,
            delay_ms: 0,
            state: [PointState::Up, PointState::Degraded, PointState::Down][usize::from(state)],
            latency_ms: Some(latency),
        }).collect();
        let mut rollup = Rollup::default();
        samples.iter().for_each(|sample| rollup.count(sample));
        samples.iter().for_each(|sample| rollup.uncount(sample));
        rollup.latency_min_ms = None;
        rollup.latency_max_ms = None;
        prop_assert_eq!(rollup, Rollup::default());
    }
}

#[test]
fn a_range_without_an_interval_is_one_slot() {
    let at = Timestamp::from_millis(START + 5);
    assert_eq!(slots_by_hour(at, at, 0), [(START, 1)]);
    assert_eq!(last_slots(at, at, 0, 60).collect::<Vec<_>>(), [at]);
}
