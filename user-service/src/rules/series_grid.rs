//! How a range is cut into buckets, and where their numbers come from. Pure.

use domain::Timestamp;

use super::uptime_window::Kept;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Lengths that a bucket may have. Each begins at a multiple of its length since the Unix epoch, so that
/// longer ones hold whole hours or days (UTC).
const LENGTHS_MS: [i64; 17] = [
    10_000,
    30_000,
    MINUTE_MS,
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    DAY_MS,
    7 * DAY_MS,
    30 * DAY_MS,
    90 * DAY_MS,
];

/// The longest range that is drawn from single results.
const MAX_RAW_MS: i64 = 2 * DAY_MS;

/// The longest range that is drawn from hours.
const MAX_HOURLY_MS: i64 = 120 * DAY_MS;

/// Where the numbers of a bucket come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The results themselves.
    Raw,
    /// The rollups per hour.
    Hourly,
    /// The rollups per day, and per hour for days that are not made yet.
    Daily,
}

/// Buckets of one length, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) source: Source,
    pub(crate) start: Timestamp,
    /// The end of the range, within the last bucket or at its end.
    pub(crate) until: Timestamp,
    pub(crate) length_ms: i64,
    pub(crate) count: usize,
}

impl Grid {
    /// At most `points` buckets, of which there are two at least, over `[from, until)`; `from` lies before
    /// `until`. What is not `kept` any more is not drawn from.
    pub(crate) fn new(from: Timestamp, until: Timestamp, points: usize, kept: Kept) -> Self {
        let span = until.millis_since(from);
        let shortest = if span <= MAX_RAW_MS && from >= kept.results_from {
            0
        } else if span <= MAX_HOURLY_MS && from >= kept.hours_from {
            HOUR_MS
        } else {
            DAY_MS
        };
        let fitting = |&length: &i64| length >= shortest && count(from, until, length) <= points as i64;
        let length_ms = LENGTHS_MS.into_iter().find(fitting).unwrap_or_else(|| {
            // One bucket fewer than there may be covers the range; the last is for where it begins in one.
            (span / (points as i64 - 1) / DAY_MS + 1) * DAY_MS
        });
        let start = floor(from, length_ms);
        let source = match length_ms {
            ..HOUR_MS => Source::Raw,
            HOUR_MS..DAY_MS => Source::Hourly,
            _ => Source::Daily,
        };
        Self {
            source,
            start,
            until,
            length_ms,
            count: count(from, until, length_ms) as usize,
        }
    }

    /// The bucket that an instant lies in.
    pub(crate) fn index_of(&self, at: Timestamp) -> Option<usize> {
        let index = usize::try_from(at.millis_since(self.start).div_euclid(self.length_ms)).ok()?;
        (index < self.count).then_some(index)
    }

    /// When a bucket begins.
    pub(crate) fn at(&self, index: usize) -> Timestamp {
        self.start.plus_millis(index as i64 * self.length_ms)
    }

    /// When a bucket ends; the last one with the range.
    pub(crate) fn end(&self, index: usize) -> Timestamp {
        self.at(index + 1).min(self.until)
    }
}

fn floor(at: Timestamp, length_ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(length_ms) * length_ms)
}

fn count(from: Timestamp, until: Timestamp, length_ms: i64) -> i64 {
    let span = until.millis_since(floor(from, length_ms));
    (span + length_ms - 1).div_euclid(length_ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_123);

    fn last(span: i64, points: usize) -> Grid {
        Grid::new(NOW.plus_millis(-span), NOW, points, Kept::ALL)
    }

    #[test]
    fn the_length_follows_the_range() {
        let of = |span, points| {
            let grid = last(span, points);
            (grid.source, grid.length_ms)
        };
        assert_eq!(of(HOUR_MS, 120), (Source::Raw, MINUTE_MS));
        assert_eq!(of(DAY_MS, 120), (Source::Raw, 15 * MINUTE_MS));
        assert_eq!(of(7 * DAY_MS, 120), (Source::Hourly, 2 * HOUR_MS));
        assert_eq!(of(30 * DAY_MS, 300), (Source::Hourly, 3 * HOUR_MS));
        assert_eq!(of(90 * DAY_MS, 120), (Source::Daily, DAY_MS));
        assert_eq!(of(90 * DAY_MS, 300), (Source::Hourly, 12 * HOUR_MS));
        assert_eq!(of(365 * DAY_MS, 300), (Source::Daily, 7 * DAY_MS));
    }

    #[test]
    fn what_is_not_kept_is_not_drawn_from() {
        let kept = Kept {
            results_from: NOW.plus_millis(-8 * DAY_MS),
            hours_from: NOW.plus_millis(-60 * DAY_MS),
        };
        let a_day = |ago: i64| {
            let from = NOW.plus_millis(-ago * DAY_MS);
            let grid = Grid::new(from, from.plus_millis(DAY_MS), 300, kept);
            (grid.source, grid.length_ms)
        };
        assert_eq!(a_day(8), (Source::Raw, 5 * MINUTE_MS));
        assert_eq!(a_day(9), (Source::Hourly, HOUR_MS));
        assert_eq!(a_day(61), (Source::Daily, DAY_MS));
    }

    #[test]
    fn buckets_of_an_hour_begin_at_full_hours() {
        let grid = last(7 * DAY_MS, 200);
        assert_eq!(grid.at(0).as_millis() % HOUR_MS, 0);
        assert!(grid.at(0) <= NOW.plus_millis(-7 * DAY_MS));
        assert_eq!(grid.end(grid.count - 1), NOW);
    }

    proptest! {
        #[test]
        fn there_are_at_most_so_many_and_no_gaps(
            span in 1i64..40 * 365 * DAY_MS,
            age in 0i64..3 * 365 * DAY_MS,
            points in 2usize..=300,
        ) {
            let until = NOW.plus_millis(-age);
            let from = until.plus_millis(-span);
            let grid = Grid::new(from, until, points, Kept::ALL);
            prop_assert!((1..=points).contains(&grid.count), "{grid:?}");
            prop_assert!(grid.at(0) <= from && grid.end(0) > from);
            prop_assert_eq!(grid.end(grid.count - 1), until);
            prop_assert_eq!(grid.index_of(until.plus_millis(-1)), Some(grid.count - 1));
            prop_assert_eq!(grid.index_of(grid.at(0).plus_millis(-1)), None);
        }
    }
}
