//! The time that results cover: what uptime is added up from. The whole definition is in docs/UPTIME.md.

use std::ops::Range;

use crate::time::Timestamp;

/// The longest time that one result covers, in milliseconds: no interval is longer.
pub const MAX_COVERED_MS: i64 = 86_400_000;

/// An hour in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// The time that a result covers: from its slot until the interval is over, which is the next slot. A
/// check that started more than a tenth of that time late covers it from its start: the first check after an
/// edit or a gap runs under the name of a slot that has passed, and knows nothing of what was before.
///
/// Without an interval it covers no time.
pub fn covered_span(slot: Timestamp, interval_ms: i64, delay_ms: i64) -> Range<Timestamp> {
    let interval = interval_ms.clamp(0, MAX_COVERED_MS);
    let late = if delay_ms > interval / 10 { delay_ms } else { 0 };
    slot.plus_millis(late.min(interval))..slot.plus_millis(interval)
}

/// How much of one span lies in another, in milliseconds.
pub fn overlap_ms(one: &Range<Timestamp>, other: &Range<Timestamp>) -> i64 {
    let (start, end) = (one.start.max(other.start), one.end.min(other.end));
    end.millis_since(start).max(0)
}

/// The full hour at or before an instant.
pub fn hour_floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

/// The full hour at or after an instant.
pub fn hour_ceil(at: Timestamp) -> Timestamp {
    hour_floor(at.plus_millis(HOUR_MS - 1))
}

/// What adds up to a span: whole hours, which have their sums already, and what single results cover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanParts {
    /// Whole hours, to be added.
    pub hours: Vec<Range<Timestamp>>,
    /// Spans within an hour of which the results are to be added.
    pub added: Vec<Range<Timestamp>>,
    /// Spans of which they are to be subtracted, because the hour was added whole.
    pub removed: Vec<Range<Timestamp>>,
}

impl SpanParts {
    /// Adds a span. Of an hour that lies in it in part, the smaller part is looked at; there are no results
    /// after `now`, although those before it may reach beyond.
    pub fn add(&mut self, span: Range<Timestamp>, now: Timestamp) {
        let mut at = span.start;
        while at < span.end {
            let (hour, next) = (hour_floor(at), hour_floor(at).plus_millis(HOUR_MS));
            let until = match at == hour {
                // Whole hours at once.
                true if next <= span.end => hour_floor(span.end),
                _ => next.min(span.end),
            };
            let part = at..until;
            at = until;
            if part.start == hour && hour_floor(until) == until {
                self.add_hours(part);
                continue;
            }
            let rest = [hour..part.start, part.end..next];
            let past = hour..now.max(hour);
            let missing: i64 = rest.iter().map(|rest| overlap_ms(rest, &past)).sum();
            if missing < overlap_ms(&part, &past) {
                self.add_hours(hour..next);
                let rest = rest.into_iter().filter(|rest| rest.start < rest.end);
                self.removed.extend(rest);
            } else {
                self.added.push(part);
            }
        }
    }

    fn add_hours(&mut self, hours: Range<Timestamp>) {
        match self.hours.last_mut() {
            Some(last) if last.end == hours.start => last.end = hours.end,
            _ => self.hours.push(hours),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offsets(interval: i64, delay: i64) -> (i64, i64) {
        let span = covered_span(Timestamp::from_millis(1_000_000), interval, delay);
        (
            span.start.as_millis() - 1_000_000,
            span.end.as_millis() - 1_000_000,
        )
    }

    #[test]
    fn a_result_covers_time_from_its_slot_or_from_its_late_start_until_the_next_slot() {
        assert_eq!(offsets(60_000, 12), (0, 60_000));
        assert_eq!(offsets(60_000, -40), (0, 60_000));
        assert_eq!(offsets(60_000, 6_000), (0, 60_000));
        assert_eq!(offsets(60_000, 6_001), (6_001, 60_000));
        assert_eq!(offsets(60_000, 70_000), (60_000, 60_000));
        assert_eq!(offsets(0, 12), (0, 0));
        assert_eq!(offsets(-5, 0), (0, 0));
        assert_eq!(offsets(2 * MAX_COVERED_MS, 0), (0, MAX_COVERED_MS));
    }

    fn at(hours: i64, minutes: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR_MS + minutes * 60_000)
    }

    #[test]
    fn a_span_is_whole_hours_and_the_smaller_parts_of_those_at_its_ends() {
        let mut parts = SpanParts::default();
        parts.add(at(76, 50)..at(100, 7), at(100, 7));
        assert_eq!(parts.hours, [at(77, 0)..at(101, 0)]);
        assert_eq!(parts.added, [at(76, 50)..at(77, 0)]);
        assert_eq!(parts.removed, [at(100, 7)..at(101, 0)], "nothing is there yet");

        let mut parts = SpanParts::default();
        parts.add(at(76, 10)..at(77, 7), at(100, 7));
        assert_eq!(parts.hours, [at(76, 0)..at(77, 0)]);
        assert_eq!(parts.added, [at(77, 0)..at(77, 7)]);
        assert_eq!(parts.removed, [at(76, 0)..at(76, 10)]);

        let mut parts = SpanParts::default();
        parts.add(at(5, 0)..at(9, 0), at(9, 0));
        parts.add(at(3, 3)..at(3, 3), at(9, 0));
        assert_eq!(parts.hours, [at(5, 0)..at(9, 0)]);
        assert!(parts.added.is_empty() && parts.removed.is_empty());
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_span(
            start in 0i64..5 * HOUR_MS,
            length in 0i64..5 * HOUR_MS,
            later in 0i64..HOUR_MS,
            results in proptest::collection::vec((-HOUR_MS..10 * HOUR_MS, 0i64..3 * HOUR_MS), 0..20),
        ) {
            let at = Timestamp::from_millis;
            let span = at(start)..at(start + length);
            let mut parts = SpanParts::default();
            parts.add(span.clone(), at(start + length + later));
            let covered = results.iter().map(|&(slot, interval)| covered_span(at(slot), interval, 0));
            for covered in covered {
                let sum = |spans: &[Range<Timestamp>]| -> i64 {
                    spans.iter().map(|span| overlap_ms(span, &covered)).sum()
                };
                let total = sum(&parts.hours) + sum(&parts.added) - sum(&parts.removed);
                prop_assert_eq!(total, overlap_ms(&span, &covered));
            }
            let looked_at: i64 = parts.added.iter().map(|span| span.end.millis_since(span.start)).sum();
            prop_assert!(looked_at <= HOUR_MS, "at each end, half an hour at most");
        }
    }
}
