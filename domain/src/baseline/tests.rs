//! The bands and the watch against rules that are slow and obvious.

use proptest::prelude::*;

use super::*;
use crate::time::Timestamp;

/// A Monday, 2026-11-02T00:00:00Z, as hours since the Unix epoch.
const MONDAY: i64 = 1_793_577_600_000 / HOUR_MS;

const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_millis((MONDAY + hour) * HOUR_MS)
}

fn history(hours: &[(i64, f64)]) -> History {
    History::new(
        hours
            .iter()
            .map(|&(hour, p95_ms)| KnownHour { at: at(hour), p95_ms }),
    )
}

fn band(hours: &[(i64, f64)], hour: i64) -> Option<Band> {
    history(hours).band(at(hour), Sensitivity::Medium)
}

#[test]
fn it_is_learnt_until_three_hours_are_known() {
    let known = [(-WEEK, 100.0), (-2 * WEEK, 110.0), (-3 * WEEK, 120.0)];
    assert_eq!(band(&[], 0), None);
    assert_eq!(band(&known[..2], 0), None);
    let found = band(&known, 0).unwrap();
    assert_eq!((found.median_ms, found.hours, found.is_by_day), (110.0, 3, false));
    // Another hour of the same days is not known.
    assert_eq!(band(&known, 1), None);
}

#[test]
fn the_hour_of_the_day_stands_in() {
    let days = [(-DAY, 100.0), (-2 * DAY, 200.0), (-3 * DAY, 300.0)];
    let found = band(&days, 0).unwrap();
    assert_eq!((found.median_ms, found.hours, found.is_by_day), (200.0, 3, true));
    let weeks = [(-WEEK, 50.0), (-2 * WEEK, 50.0), (-3 * WEEK, 50.0)];
    let found = band(&[days.as_slice(), &weeks].concat(), 0).unwrap();
    assert_eq!((found.median_ms, found.is_by_day), (50.0, false));
}

#[test]
fn the_hour_itself_and_what_is_too_old_say_nothing() {
    let two = [(-WEEK, 100.0), (-8 * WEEK, 100.0)];
    for other in [0, WEEK, -9 * WEEK] {
        assert_eq!(
            band(&[two.as_slice(), &[(other, 100.0)]].concat(), 0),
            None,
            "{other}"
        );
    }
    assert!(band(&[two.as_slice(), &[(-4 * WEEK, 100.0)]].concat(), 0).is_some());
}

#[test]
fn one_bad_week_moves_nothing() {
    let weeks = |bad: f64| [100.0, 104.0, bad, 96.0, 100.0];
    let of = |values: [f64; 5]| {
        let hours: Vec<_> = (1..).map(|back| -back * WEEK).zip(values).collect();
        band(&hours, 0).unwrap()
    };
    let (usual, with_a_bad_one) = (of(weeks(100.0)), of(weeks(30_000.0)));
    assert_eq!(usual.median_ms, with_a_bad_one.median_ms);
    assert!(with_a_bad_one.upper_ms < 125.0, "{with_a_bad_one:?}");
}

#[test]
fn hours_that_are_the_same_leave_a_fifth() {
    let same = [(-WEEK, 100.0), (-2 * WEEK, 100.0), (-3 * WEEK, 100.0)];
    let found = band(&same, 0).unwrap();
    assert_eq!((found.upper_ms, found.bound_ms()), (120.0, 120));
    assert!((found.lower_ms - 83.333).abs() < 0.001, "{found:?}");
    let nothing = [(-WEEK, 0.0), (-2 * WEEK, 0.0), (-3 * WEEK, 0.0)];
    assert_eq!(band(&nothing, 0).unwrap().bound_ms(), 1);
}

#[test]
fn the_more_sensitive_the_narrower() {
    let hours = history(&[(-WEEK, 100.0), (-2 * WEEK, 150.0), (-3 * WEEK, 200.0)]);
    let upper = |sensitivity| hours.band(at(0), sensitivity).unwrap().upper_ms;
    // The distances are 50, 0 and 50.
    assert_eq!(upper(Sensitivity::Medium), 150.0 + 3.5 * 1.482_6 * 50.0);
    assert!(upper(Sensitivity::High) < upper(Sensitivity::Medium));
    assert!(upper(Sensitivity::Medium) < upper(Sensitivity::Low));
}

#[test]
fn what_is_known_is_counted() {
    let hours = history(&[
        (-9 * WEEK, 1.0),
        (-2 * WEEK, 1.0),
        (-WEEK, 1.0),
        (-1, 1.0),
        (-2, 1.0),
        (0, 1.0),
    ]);
    assert_eq!((hours.known_before(at(0)), hours.weeks_before(at(0))), (4, 2));
    assert_eq!(hours.known_since(at(0)), Some(at(-2 * WEEK)));
    assert_eq!(History::default().known_since(at(0)), None);
    let broken = [f64::NAN, f64::INFINITY, -1.0].map(|p95_ms| KnownHour { at: at(-1), p95_ms });
    assert_eq!(History::new(broken), History::default());
}

#[test]
fn rare_checks_are_enough_where_no_more_were_made() {
    assert_eq!([360, 60, 4, 3].map(enough_checks), [3; 4]);
    assert_eq!([2, 1, 0].map(enough_checks), [2, 1, 1]);
}

#[test]
fn single_slow_answers_are_none() {
    let mut watch = Watch::default();
    for n in 0..1_000 {
        assert_eq!(watch.note(if n % 2 == 0 { 500 } else { 100 }, 200), None);
    }
    let mut watch = Watch::default();
    (0..20).for_each(|_| assert_eq!(watch.note(200, 200), None));
    assert_eq!(watch, Watch::default());
}

#[test]
fn it_begins_and_ends_once() {
    let mut watch = Watch::default();
    let changes: Vec<_> = [300; 12].iter().map(|ms| watch.note(*ms, 200)).collect();
    let begun = changes.iter().position(Option::is_some);
    assert_eq!((begun, changes[5]), (Some(5), Some(Change::Begun)));
    assert_eq!(changes.iter().flatten().count(), 1);
    let changes: Vec<_> = [100; 20].iter().map(|ms| watch.note(*ms, 200)).collect();
    assert_eq!(changes.iter().position(Option::is_some), Some(7));
    assert_eq!(changes[7], Some(Change::Ended));
    assert_eq!(watch, Watch::default());
}

/// The middle one, found by counting how many are below.
fn obvious_median(values: &[f64]) -> f64 {
    let rank = |n: usize| {
        let is_it = |value: &&f64| {
            let below = values.iter().filter(|other| *other < *value).count();
            let up_to = values.iter().filter(|other| *other <= *value).count();
            below <= n && n < up_to
        };
        *values.iter().find(is_it).unwrap()
    };
    let count = values.len();
    match count % 2 {
        1 => rank(count / 2),
        _ => f64::midpoint(rank(count / 2 - 1), rank(count / 2)),
    }
}

/// What is usual, by looking at every hour.
fn obvious_band(hours: &[(i64, f64)], hour: i64, sensitivity: Sensitivity) -> Option<(f64, f64, bool)> {
    let every = |step: i64| -> Vec<f64> {
        let counts = |known: i64| known < hour && hour - known <= 8 * WEEK && (hour - known) % step == 0;
        let known = hours.iter().filter(|(known, _)| counts(*known));
        known.map(|(_, p95_ms)| *p95_ms).collect()
    };
    let (values, is_by_day) = match (every(WEEK), every(DAY)) {
        (of_week, _) if of_week.len() >= 3 => (of_week, false),
        (_, of_day) if of_day.len() >= 3 => (of_day, true),
        _ => return None,
    };
    let median = obvious_median(&values);
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let wide = median + sensitivity.deviations() * 1.482_6 * obvious_median(&distances);
    Some((median, wide.max(1.2 * median), is_by_day))
}

/// Whether it is slow after all these results, each of which was slower than usual or not.
fn obvious_watch(results: &[bool]) -> bool {
    let mut is_slow = false;
    for end in 1..=results.len() {
        let last = &results[end.saturating_sub(10)..end];
        let count = last.iter().filter(|slower| **slower).count();
        is_slow = if is_slow { count >= 3 } else { count >= 6 };
    }
    is_slow
}

fn sensitivity() -> impl Strategy<Value = Sensitivity> {
    prop_oneof![
        Just(Sensitivity::Low),
        Just(Sensitivity::Medium),
        Just(Sensitivity::High)
    ]
}

proptest! {
    #[test]
    fn a_band_is_what_the_obvious_rule_says(
        // Multiples of a day, so that hours of the week and of the day are met.
        days in proptest::collection::btree_map(-70i64..3, 0u32..5_000, 0..70),
        hour in 0i64..DAY,
        sensitivity in sensitivity(),
    ) {
        let hours: Vec<_> = days.iter().map(|(day, ms)| (day * DAY + hour, f64::from(*ms))).collect();
        let found = history(&hours).band(at(hour), sensitivity);
        let expected = obvious_band(&hours, hour, sensitivity);
        prop_assert_eq!(found.map(|band| (band.median_ms, band.upper_ms, band.is_by_day)), expected);
        if let Some(band) = found {
            prop_assert!(0.0 <= band.lower_ms && band.lower_ms <= band.median_ms);
            prop_assert!(f64::from(band.bound_ms()) >= band.upper_ms);
        }
    }

    #[test]
    fn what_comes_later_changes_nothing(
        hours in proptest::collection::btree_map(-1_400i64..0, 0u32..5_000, 0..300),
        later in proptest::collection::btree_map(0i64..500, 0u32..5_000, 0..50),
    ) {
        let known = |hours: &std::collections::BTreeMap<i64, u32>| -> Vec<(i64, f64)> {
            hours.iter().map(|(hour, ms)| (*hour, f64::from(*ms))).collect()
        };
        let all = [known(&hours), known(&later)].concat();
        prop_assert_eq!(band(&known(&hours), 0), band(&all, 0));
        prop_assert_eq!(history(&known(&hours)).known_before(at(0)), history(&all).known_before(at(0)));
    }

    #[test]
    fn a_watch_is_what_the_obvious_rule_says(results in proptest::collection::vec(any::<bool>(), 0..80)) {
        let mut watch = Watch::default();
        for (index, slower) in results.iter().enumerate() {
            let before = watch.is_slow();
            let change = watch.note(if *slower { 2 } else { 1 }, 1);
            prop_assert_eq!(watch.is_slow(), obvious_watch(&results[..=index]));
            let expected = match (before, watch.is_slow()) {
                (false, true) => Some(Change::Begun),
                (true, false) => Some(Change::Ended),
                _ => None,
            };
            prop_assert_eq!(change, expected);
            // What is stored goes on as what was not.
            let (slower, is_slow) = watch.to_parts();
            prop_assert_eq!(Watch::from_parts(slower, is_slow), watch);
        }
    }
}
