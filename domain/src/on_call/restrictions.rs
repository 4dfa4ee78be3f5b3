//! When a layer applies.

use std::ops::Range;

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use super::clock::{instant, local};
use super::{Layer, Restriction};
use crate::time::Timestamp;

impl Layer {
    /// Whether it applies at an instant.
    pub(super) fn applies(&self, zone: Tz, at: Timestamp) -> bool {
        let now = at..at.plus_millis(1);
        let covers = |restriction: &Restriction| restriction.occurrences(zone, &now).next().is_some();
        self.restrictions.is_empty() || self.restrictions.iter().any(covers)
    }

    /// The parts of `range` in which it applies, in their order; none of them touches another.
    pub(super) fn applies_within(&self, zone: Tz, range: Range<Timestamp>) -> Vec<Range<Timestamp>> {
        if self.restrictions.is_empty() {
            return vec![range];
        }
        let restrictions = self.restrictions.iter();
        let mut spans: Vec<_> = restrictions
            .flat_map(|restriction| restriction.occurrences(zone, &range))
            .map(|span| span.start.max(range.start)..span.end.min(range.end))
            .collect();
        spans.sort_unstable_by_key(|span| span.start);
        spans.dedup_by(|later, earlier| {
            let joined = later.start <= earlier.end;
            if joined {
                earlier.end = earlier.end.max(later.end);
            }
            joined
        });
        spans
    }
}

impl Restriction {
    /// Its occurrences that overlap `range`, in their order, each whole. What lies in a gap of the clock has no length.
    fn occurrences(
        &self,
        zone: Tz,
        range: &Range<Timestamp>,
    ) -> impl Iterator<Item = Range<Timestamp>> + use<> {
        let Range { start, end } = *range;
        let (first, lasts, period) = self.first(local(start, zone));
        let begins = (0..).map(move |number| first + period * number);
        let spans = begins.map(move |begins| instant(begins, zone)..instant(begins + lasts, zone));
        let overlapping = spans.take_while(move |span| span.start < end);
        overlapping.filter(move |span| span.start.max(start) < span.end.min(end))
    }

    /// By the clock on the wall: when an occurrence begins of which none before overlaps what comes after `after`, how long
    /// each is, and how far apart they begin.
    fn first(&self, after: NaiveDateTime) -> (NaiveDateTime, TimeDelta, TimeDelta) {
        let (days, from, lasts, period) = match *self {
            Self::Daily { from, until } => (0, from, until - from, TimeDelta::days(1)),
            Self::Weekly {
                from_day,
                from,
                until_day,
                until,
            } => {
                let lasts = TimeDelta::days(until_day.days_since(from_day).into()) + (until - from);
                let days = after.weekday().days_since(from_day);
                (days.into(), from, lasts, TimeDelta::days(7))
            }
        };
        let lasts = match lasts > TimeDelta::zero() {
            true => lasts,
            false => lasts + period,
        };
        // One that began a period ago may not be over.
        let first = after.date().and_time(from) - TimeDelta::days(days) - period;
        (first, lasts, period)
    }
}
