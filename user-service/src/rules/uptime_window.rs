//! The spans of time that uptime is given for, and what is read to measure them. Pure.

use std::ops::Range;

use domain::Timestamp;
use domain::coverage::{SpanParts, hour_ceil, hour_floor};

pub(crate) const DAY_MS: i64 = 86_400_000;

/// A span of a monitor's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: Timestamp,
    pub(crate) until: Timestamp,
}

impl Window {
    /// The last 24 hours of a monitor.
    pub(crate) fn last_day(now: Timestamp, created_at: Timestamp) -> Self {
        Self::clipped(now.plus_millis(-DAY_MS), now, created_at)
    }

    /// The last `days` days of a monitor, from a full hour on, because results are not kept for so long.
    pub(crate) fn last_days(days: i64, now: Timestamp, created_at: Timestamp) -> Self {
        Self::clipped(hour_ceil(now.plus_millis(-days * DAY_MS)), now, created_at)
    }

    /// What lies in the span of the life of a monitor.
    pub(crate) fn clipped(start: Timestamp, until: Timestamp, created_at: Timestamp) -> Self {
        Self {
            start: start.max(created_at).min(until),
            until,
        }
    }
}

/// Whether an outage went on at some time in a window that is not left out; `left_out` is in its order, without overlap.
pub(crate) fn counts(outage: &Range<Timestamp>, window: &Window, left_out: &[Range<Timestamp>]) -> bool {
    let (start, end) = (outage.start.max(window.start), outage.end.min(window.until));
    if outage.start >= window.until || outage.end <= window.start {
        return false;
    }
    let next = left_out.partition_point(|span| span.start <= start);
    let around = next.checked_sub(1).and_then(|last| left_out.get(last));
    around.is_none_or(|around| start >= around.end || end > around.end)
}

/// From when on a monitor's history is kept how finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// There are the results themselves; before that, hours. A midnight (UTC).
    pub(crate) results_from: Timestamp,
    /// There are hours; before that, days. A midnight (UTC).
    pub(crate) hours_from: Timestamp,
}

/// Before anything was measured.
pub(crate) const EVER: Timestamp = Timestamp::from_millis(0);

impl Kept {
    /// Everything is kept.
    pub(crate) const ALL: Self = Self {
        results_from: EVER,
        hours_from: EVER,
    };

    /// The latest instant at or before `at` from which on can be measured.
    pub(crate) fn floor(&self, at: Timestamp) -> Timestamp {
        if at >= self.results_from {
            at
        } else if at >= self.hours_from {
            hour_floor(at)
        } else {
            day_floor(at)
        }
    }
}

/// What is read to measure a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Whole days (UTC).
    pub(crate) days: Vec<Range<Timestamp>>,
    pub(crate) parts: SpanParts,
    /// How long that is in all.
    pub(crate) length_ms: i64,
}

impl Plan {
    /// Of a window within the time of which the results are kept.
    pub(crate) fn recent(window: &Window, now: Timestamp) -> Self {
        Self::new(window, &[], &Kept::ALL, now)
    }

    /// Of a window without the spans `left_out`, which are in their order and do not overlap. Where only
    /// hours or days are kept, those that a span overlaps with are left out whole.
    pub(crate) fn new(window: &Window, left_out: &[Range<Timestamp>], kept: &Kept, now: Timestamp) -> Self {
        let mut plan = Self::default();
        let (days_until, hours_until) = (kept.hours_from, kept.results_from.max(kept.hours_from));
        let days = window.start..window.until.min(days_until);
        for span in without(days, left_out, day_floor, day_ceil) {
            plan.length_ms += length_ms(&span);
            plan.days.push(day_floor(span.start)..day_ceil(span.end));
        }
        let hours = window.start.max(days_until)..window.until.min(hours_until);
        for span in without(hours, left_out, hour_floor, hour_ceil) {
            plan.length_ms += length_ms(&span);
            plan.parts.add(hour_floor(span.start)..hour_ceil(span.end), now);
        }
        let results = window.start.max(hours_until)..window.until;
        for span in without(results, left_out, |at| at, |at| at) {
            plan.length_ms += length_ms(&span);
            plan.parts.add(span, now);
        }
        plan
    }
}

impl Plan {
    /// The spans that are added up, and with which sign.
    pub(crate) fn signed(&self) -> impl Iterator<Item = (i64, &Range<Timestamp>)> {
        let added = self.days.iter().chain(&self.parts.hours).chain(&self.parts.added);
        let removed = self.parts.removed.iter();
        added.map(|span| (1, span)).chain(removed.map(|span| (-1, span)))
    }

    /// From where to where that reaches.
    pub(crate) fn around(&self) -> Option<Range<Timestamp>> {
        let start = self.signed().map(|(_, span)| span.start).min()?;
        let end = self.signed().map(|(_, span)| span.end).max()?;
        Some(start..end)
    }
}

fn length_ms(span: &Range<Timestamp>) -> i64 {
    span.end.millis_since(span.start)
}

/// What is left of `span` without the others, each of which is widened as `floor` and `ceil` say.
fn without(
    span: Range<Timestamp>,
    others: &[Range<Timestamp>],
    floor: impl Fn(Timestamp) -> Timestamp,
    ceil: impl Fn(Timestamp) -> Timestamp,
) -> Vec<Range<Timestamp>> {
    let mut left = Vec::new();
    let mut at = span.start;
    for other in others {
        let (start, end) = (floor(other.start), ceil(other.end));
        if start >= span.end {
            break;
        }
        if at < start {
            left.push(at..start);
        }
        at = at.max(end);
    }
    if at < span.end {
        left.push(at..span.end);
    }
    left
}

pub(crate) fn day_floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(DAY_MS) * DAY_MS)
}

fn day_ceil(at: Timestamp) -> Timestamp {
    day_floor(at.plus_millis(DAY_MS - 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn at(hours: i64, minutes: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR_MS + minutes * 60_000)
    }

    fn window(start: Timestamp, until: Timestamp) -> Window {
        Window { start, until }
    }

    #[test]
    fn a_window_does_not_begin_before_the_monitor() {
        let (created, now) = (at(99, 50), at(99, 55));
        for window in [Window::last_day(now, created), Window::last_days(7, now, created)] {
            assert_eq!(
                window,
                Window {
                    start: created,
                    until: now
                }
            );
        }
        let early = Window::last_day(created, now);
        assert_eq!(early.start, early.until, "clocks may differ");
        let week = Window::last_days(7, at(500, 7), at(0, 0));
        assert_eq!(week.start, at(333, 0), "it begins at a full hour");
    }

    #[test]
    fn maintenance_is_left_out_as_finely_as_history_is_kept() {
        // Days until 48:00, hours until 96:00.
        let kept = Kept {
            results_from: at(96, 0),
            hours_from: at(48, 0),
        };
        let nightly: Vec<_> = (0..6)
            .map(|day| at(24 * day + 2, 30)..at(24 * day + 3, 15))
            .collect();
        let plan = Plan::new(&window(at(0, 0), at(123, 10)), &nightly, &kept, at(123, 10));
        assert!(plan.days.is_empty(), "each day has some");
        assert_eq!(
            plan.parts.hours,
            [
                at(48, 0)..at(50, 0),
                at(52, 0)..at(74, 0),
                at(76, 0)..at(98, 0),
                at(99, 0)..at(122, 0)
            ]
        );
        assert_eq!(plan.parts.added, [at(98, 0)..at(98, 30), at(122, 0)..at(122, 30)]);
        assert_eq!(plan.parts.removed, [at(99, 0)..at(99, 15)]);
        assert_eq!(
            plan.length_ms,
            (2 + 22 + 20 + 2 + 23) * HOUR_MS + (30 + 15) * 60_000
        );

        let plan = Plan::new(&window(at(5, 20), at(60, 0)), &nightly[2..], &kept, at(60, 0));
        assert_eq!(plan.days, [at(0, 0)..at(48, 0)]);
        assert_eq!(plan.length_ms, (60 - 2) * HOUR_MS - (5 * 60 + 20) * 60_000);
    }

    #[test]
    fn an_instant_is_rounded_to_what_is_kept() {
        let kept = Kept {
            results_from: at(96, 0),
            hours_from: at(48, 0),
        };
        assert_eq!(kept.floor(at(96, 1)), at(96, 1));
        assert_eq!(kept.floor(at(95, 59)), at(95, 0));
        assert_eq!(kept.floor(at(47, 59)), at(24, 0));
        assert_eq!(Kept::ALL.floor(at(1, 1)), at(1, 1));
    }

    proptest! {
        #[test]
        fn with_and_without_add_up_to_all(
            start in 0i64..100 * HOUR_MS,
            length in 0i64..100 * HOUR_MS,
            cuts in proptest::collection::btree_set(0i64..200 * HOUR_MS, 0..20),
        ) {
            let cuts: Vec<_> = cuts.into_iter().map(Timestamp::from_millis).collect();
            let out: Vec<_> = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let window = window(Timestamp::from_millis(start), Timestamp::from_millis(start + length));
            let plan = Plan::new(&window, &out, &Kept::ALL, window.until);
            let excluded: i64 = out.iter().map(|span| domain::coverage::overlap_ms(span, &(window.start..window.until))).sum();
            prop_assert_eq!(plan.length_ms + excluded, length);
            let total = |spans: &[Range<Timestamp>]| spans.iter().map(length_ms).sum::<i64>();
            let parts = &plan.parts;
            prop_assert_eq!(total(&parts.hours) + total(&parts.added) - total(&parts.removed), plan.length_ms);
        }
    }
}
