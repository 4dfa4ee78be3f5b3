//! What an hour of a monitor adds up to. Pure.

mod joint;

pub(crate) use joint::{RegionChanges, RegionRows, RegionSample, add_joint, joint_points};

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::coverage::covered_span;
use domain::histogram::Histogram;
use domain::live::Point;
use domain::record::PointState;

/// An hour in milliseconds.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// What a rollup needs of a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) slot: Timestamp,
    /// 0 when it is not known: then it counts, but stands for no time.
    pub(crate) interval_ms: i64,
    /// From the slot to the start of the check.
    pub(crate) delay_ms: i64,
    pub(crate) state: PointState,
    pub(crate) latency_ms: Option<u32>,
}

impl Sample {
    /// What it looks like on a sparkline.
    pub(crate) fn point(&self) -> Point {
        Point {
            at: self.slot,
            state: self.state,
            latency_ms: self.latency_ms,
        }
    }

    /// The time that it stands for, by the hours that it lies in.
    pub(crate) fn stands(&self) -> impl Iterator<Item = (i64, i64)> + use<> {
        let span = covered_span(self.slot, self.interval_ms, self.delay_ms);
        spread(span.start, span.end)
    }

    /// The latency, where it counts: how long a target takes to fail says nothing of its answers.
    fn answered_in(&self) -> Option<u32> {
        self.latency_ms.filter(|_| self.state != PointState::Down)
    }
}

/// The sums over one hour of one monitor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rollup {
    pub(crate) up: i64,
    pub(crate) degraded: i64,
    pub(crate) down: i64,
    pub(crate) skipped: i64,
    pub(crate) up_ms: i64,
    pub(crate) degraded_ms: i64,
    pub(crate) down_ms: i64,
    pub(crate) latency_sum_ms: i64,
    pub(crate) latency_min_ms: Option<u32>,
    pub(crate) latency_max_ms: Option<u32>,
    pub(crate) latency: Histogram,
}

/// The sums by monitor and hour, that by its first millisecond.
pub(crate) type Hours = BTreeMap<(i64, i64), Rollup>;

impl Rollup {
    /// Adds the time of another.
    pub(crate) fn add_time(&mut self, other: &Self) {
        self.up_ms += other.up_ms;
        self.degraded_ms += other.degraded_ms;
        self.down_ms += other.down_ms;
    }

    /// Counts a result in the hour of its slot.
    pub(crate) fn count(&mut self, sample: &Sample) {
        *self.counter(sample.state) += 1;
        if let Some(latency) = sample.answered_in() {
            self.latency_sum_ms += i64::from(latency);
            self.latency_min_ms = Some(self.latency_min_ms.map_or(latency, |min| min.min(latency)));
            self.latency_max_ms = Some(self.latency_max_ms.map_or(latency, |max| max.max(latency)));
            self.latency.record(latency);
        }
    }

    /// Takes a result back. The extremes cannot be taken back; they are to be looked up again.
    pub(crate) fn uncount(&mut self, sample: &Sample) {
        *self.counter(sample.state) -= 1;
        if let Some(latency) = sample.answered_in() {
            self.latency_sum_ms -= i64::from(latency);
            self.latency.forget(latency);
        }
    }

    /// Adds time in a state.
    pub(crate) fn stand(&mut self, state: PointState, ms: i64) {
        match state {
            PointState::Up => self.up_ms += ms,
            PointState::Degraded => self.degraded_ms += ms,
            PointState::Down => self.down_ms += ms,
            PointState::Skipped => {}
        }
    }

    fn counter(&mut self, state: PointState) -> &mut i64 {
        match state {
            PointState::Up => &mut self.up,
            PointState::Degraded => &mut self.degraded,
            PointState::Down => &mut self.down,
            PointState::Skipped => &mut self.skipped,
        }
    }
}

/// The hour of an instant, by its first millisecond.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS) * HOUR_MS
}

/// The hours that the time from `start` to `end` lies in, and how much of it lies in each.
fn spread(start: Timestamp, end: Timestamp) -> impl Iterator<Item = (i64, i64)> {
    let (mut at, end) = (start.as_millis(), end.as_millis());
    std::iter::from_fn(move || {
        (at < end).then(|| {
            let hour = at.div_euclid(HOUR_MS) * HOUR_MS;
            let until = end.min(hour + HOUR_MS);
            let part = until - at;
            at = until;
            (hour, part)
        })
    })
}

/// The hours of the slots `from, from + interval, …` up to `until`, and how many lie in each. Without an
/// interval the range is one slot.
pub(crate) fn slots_by_hour(from: Timestamp, until: Timestamp, interval_ms: i64) -> Vec<(i64, i64)> {
    if interval_ms <= 0 {
        return vec![(hour_of(from), 1)];
    }
    let last = (until.as_millis() - from.as_millis()).max(0) / interval_ms;
    let mut hours = Vec::new();
    let mut k = 0;
    while k <= last {
        let hour = hour_of(from.plus_millis(k * interval_ms));
        // The first slot that lies in a later hour.
        let next = (hour + HOUR_MS - from.as_millis() + interval_ms - 1) / interval_ms;
        let next = next.min(last + 1);
        hours.push((hour, next - k));
        k = next;
    }
    hours
}

/// The parts of the slots `from, from + interval, …` up to `until` that lie in none of `known`, each by its
/// first and its last slot, in milliseconds. What is known, from its first to its last, does not overlap.
pub(crate) fn uncovered(
    from: i64,
    until: i64,
    interval_ms: i64,
    known: &BTreeMap<i64, i64>,
) -> Vec<(i64, i64)> {
    let step = interval_ms.max(1);
    let slots = if interval_ms <= 0 {
        0
    } else {
        (until - from).max(0) / step
    };
    let end = from + slots * step;
    let (mut parts, mut next) = (Vec::new(), from);
    let before = known.range(..from).next_back();
    for (&first, &last) in before.into_iter().chain(known.range(from..=end)) {
        if next < first {
            parts.push((next, next + (first - 1 - next) / step * step));
        }
        if next <= last {
            next += ((last - next) / step + 1) * step;
        }
    }
    if next <= end {
        parts.push((next, end));
    }
    parts
}

/// The last `count` slots of a range.
pub(crate) fn last_slots(
    from: Timestamp,
    until: Timestamp,
    interval_ms: i64,
    count: i64,
) -> impl Iterator<Item = Timestamp> {
    let last = if interval_ms <= 0 {
        0
    } else {
        (until.as_millis() - from.as_millis()).max(0) / interval_ms
    };
    ((last + 1 - count).max(0)..=last).map(move |k| from.plus_millis(k * interval_ms.max(0)))
}

#[cfg(test)]
mod tests;
