//! Which hours say what is usual of a monitor's response times, and how that is shown. Pure.

use std::ops::Range;

use api::{Baseline, BaselinePoint, BaselineState};
use domain::Timestamp;
use domain::baseline::{AnomalyRule, Bound, Bounds, HOUR_MS, History, KnownHour, Sensitivity, enough_checks};

use super::series_bucket::Bucket;

/// The part of the response times of an hour that is not longer than what stands for it.
const QUANTILE: f64 = 0.95;

/// Which hours of a monitor count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    /// Incidents and maintenance, in their order and without overlap: an hour that overlaps with them does not.
    pub(crate) left_out: &'a [Range<Timestamp>],
    /// Since when the same is checked; an hour that began before that does not count.
    pub(crate) since: Timestamp,
}

impl Counted<'_> {
    /// What the hours say that count.
    pub(crate) fn history(self, hours: &[(Timestamp, Bucket)]) -> History {
        let known = hours.iter().filter_map(|(at, hour)| {
            let made = hour.up + hour.degraded + hour.down;
            let is_enough = hour.latency.count() >= enough_checks(made.unsigned_abs());
            let counts = *at >= self.since && is_enough && !self.leaves_out(*at);
            let p95_ms = hour.quantile(QUANTILE).filter(|_| counts)?;
            Some(KnownHour { at: *at, p95_ms })
        });
        History::new(known)
    }

    fn leaves_out(self, at: Timestamp) -> bool {
        let until = at.plus_millis(HOUR_MS);
        let next = self.left_out.partition_point(|span| span.end <= at);
        self.left_out.get(next).is_some_and(|span| span.start < until)
    }
}

/// When the hour begins in which an instant lies.
pub(crate) fn floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

/// For so many hours from the present one on the log is given what is usual: should that not be done again for a day and a
/// half, it is still known.
const HOURS_AHEAD: i64 = 48;

/// When the first hour begins of which the log is given it: the one before the present hour, since its last results may come
/// later.
pub(crate) fn first_hour(now: Timestamp) -> Timestamp {
    floor(now).plus_millis(-HOUR_MS)
}

/// What the log is given of what is usual.
pub(crate) fn bounds(history: &History, rule: AnomalyRule, now: Timestamp) -> Bounds {
    let from = first_hour(now);
    let band = |hour| history.band(from.plus_millis(hour * HOUR_MS), rule.sensitivity);
    Bounds {
        from,
        notify: rule.notify,
        hours: (0..=HOURS_AHEAD)
            .map(|hour| band(hour).map(Bound::from))
            .collect(),
    }
}

/// What is usual in the hours of a range.
pub(crate) fn points(
    history: &History,
    range: &Range<Timestamp>,
    sensitivity: Sensitivity,
) -> Vec<BaselinePoint> {
    let first = floor(range.start);
    let hours = std::iter::successors(Some(first), |hour| Some(hour.plus_millis(HOUR_MS)));
    let points = hours.take_while(|hour| *hour < range.end).filter_map(|hour| {
        let band = history.band(hour, sensitivity)?;
        Some(BaselinePoint {
            hour,
            lower_ms: band.lower_ms,
            median_ms: band.median_ms,
            upper_ms: band.upper_ms,
            hours: band.hours,
            by_day: band.is_by_day,
        })
    });
    points.collect()
}

/// How much is known by now, of a range without its points.
pub(crate) fn known(
    history: &History,
    range: Range<Timestamp>,
    sensitivity: Sensitivity,
    now: Timestamp,
) -> Baseline {
    Baseline {
        from: floor(range.start),
        to: range.end,
        sensitivity,
        state: match history.band(now, sensitivity) {
            Some(_) => BaselineState::Ready,
            None => BaselineState::Learning,
        },
        known_since: history.known_since(now),
        known_hours: history.known_before(now),
        known_weeks: history.weeks_before(now),
        points: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Saturday evening, 2026-11-21T18:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_795_284_000_000);
    const DAY_MS: i64 = 24 * HOUR_MS;

    fn hour(latencies: &[i32]) -> Bucket {
        let mut bucket = Bucket {
            up: latencies.len() as i64,
            ..Bucket::default()
        };
        for ms in latencies {
            bucket.latency.record(ms.unsigned_abs());
        }
        bucket.min_ms = latencies.iter().min().copied();
        bucket.max_ms = latencies.iter().max().copied();
        bucket
    }

    /// The same hour of the days before, the newest first.
    fn days(hours: &[&[i32]]) -> Vec<(Timestamp, Bucket)> {
        let at = |back: i64| NOW.plus_millis(-back * DAY_MS);
        (1..).map(at).zip(hours.iter().map(|ms| hour(ms))).collect()
    }

    fn counted(left_out: &[Range<Timestamp>]) -> Counted<'_> {
        Counted {
            left_out,
            since: Timestamp::default(),
        }
    }

    #[test]
    fn hours_with_too_few_checks_do_not_count() {
        let mut hours = days(&[&[80, 80, 80], &[90, 90], &[], &[100], &[100, 100, 100]]);
        let known = |hours: &[(Timestamp, Bucket)]| counted(&[]).history(hours).known_before(NOW);
        // Where so few were made, they say what there is to say.
        assert_eq!(known(&hours), 4);
        // Of those that failed it is not known how long an answer takes.
        for (_, hour) in &mut hours {
            hour.down += 10;
        }
        assert_eq!(known(&hours), 2);
        for (_, hour) in &mut hours {
            hour.down = 1;
        }
        assert_eq!(known(&hours), 2);
    }

    #[test]
    fn hours_that_overlap_with_what_is_left_out_do_not_count() {
        let hours = days(&[&[80; 3], &[80; 3], &[80; 3]]);
        let begins = |back: i64| NOW.plus_millis(-back * DAY_MS);
        for (span, known) in [
            (begins(2).plus_millis(-5)..begins(2), 3),
            (begins(2).plus_millis(-5)..begins(2).plus_millis(1), 2),
            (
                begins(2).plus_millis(HOUR_MS - 1)..begins(2).plus_millis(DAY_MS),
                2,
            ),
            (begins(2).plus_millis(HOUR_MS)..begins(1), 3),
            (begins(3)..Timestamp::from_millis(i64::MAX), 0),
        ] {
            let left_out = [begins(9)..begins(8), span.clone()];
            let history = counted(&left_out).history(&hours);
            assert_eq!(history.known_before(NOW), known, "{span:?}");
        }
    }

    #[test]
    fn what_was_checked_before_says_nothing() {
        let hours = days(&[&[80; 3], &[80; 3], &[80; 3]]);
        let since = |since| {
            let counted = Counted {
                since,
                ..counted(&[])
            };
            counted.history(&hours).known_before(NOW)
        };
        assert_eq!(since(NOW.plus_millis(-2 * DAY_MS)), 2);
        assert_eq!(since(NOW.plus_millis(-2 * DAY_MS + 1)), 1);
    }

    #[test]
    fn the_log_is_given_the_coming_hours() {
        let history = counted(&[]).history(&days(&[&[80; 3], &[80; 3], &[80; 3]]));
        let rule = AnomalyRule {
            sensitivity: Sensitivity::Medium,
            notify: true,
        };
        let bounds = bounds(&history, rule, NOW.plus_millis(5));
        let hour_before = NOW.plus_millis(-HOUR_MS);
        assert_eq!(
            (bounds.from, bounds.notify, bounds.hours.len()),
            (hour_before, true, 49)
        );
        // The same hour of the days before is known, and no other one.
        let known: Vec<_> = (0..)
            .zip(&bounds.hours)
            .filter(|(_, bound)| bound.is_some())
            .collect();
        let usual = Bound {
            median_ms: 80,
            upper_ms: 96,
        };
        assert_eq!(known, [(1, &Some(usual)), (25, &Some(usual))]);
        assert!(bounds.hours.len() <= Bounds::MAX_HOURS);
    }

    #[test]
    fn what_is_still_to_be_learnt_has_no_points() {
        let hours = days(&[&[80; 3], &[80; 3]]);
        let of = |hours: &[(Timestamp, Bucket)]| {
            let range = NOW.plus_millis(-HOUR_MS + 5)..NOW.plus_millis(1);
            let history = counted(&[]).history(hours);
            Baseline {
                points: points(&history, &range, Sensitivity::Medium),
                ..known(&history, range, Sensitivity::Medium, NOW.plus_millis(1))
            }
        };
        let learning = of(&hours);
        assert_eq!(
            (learning.state, learning.points.len()),
            (BaselineState::Learning, 0)
        );
        assert_eq!(learning.from, NOW.plus_millis(-HOUR_MS));
        assert_eq!(learning.known_since, Some(NOW.plus_millis(-2 * DAY_MS)));
        let ready = of(&days(&[&[80; 3], &[80; 3], &[80; 3]]));
        assert_eq!(
            (ready.state, ready.known_hours, ready.known_weeks),
            (BaselineState::Ready, 3, 1)
        );
        let [point] = ready.points.as_slice() else {
            panic!("{:?}", ready.points);
        };
        assert_eq!((point.hour, point.median_ms, point.by_day), (NOW, 80.0, true));
        assert_eq!(point.upper_ms, 96.0);
    }
}
