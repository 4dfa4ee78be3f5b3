//! The turns of a layer.

use std::ops::Range;

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::clock::{instant, local};
use super::{Layer, RotationUnit};
use crate::ids::UserId;
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_SECONDS: i64 = 86_400;

/// The turns of a layer, which are counted from 0.
pub(super) struct Turns<'a> {
    layer: &'a Layer,
    zone: Tz,
    /// When the first one begins.
    first: Timestamp,
}

/// Whose turn it is, and when.
pub(super) struct Turn {
    pub(super) user_id: UserId,
    pub(super) span: Range<Timestamp>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(layer: &'a Layer, zone: Tz) -> Self {
        Self {
            layer,
            zone,
            first: instant(layer.starts_at, zone),
        }
    }

    /// Whose turn it is at an instant.
    pub(super) fn at(&self, at: Timestamp) -> Option<UserId> {
        self.number(at).and_then(|number| self.whose(number))
    }

    /// The turns that overlap `range`, cut to it.
    pub(super) fn within(&self, range: Range<Timestamp>) -> impl Iterator<Item = Turn> {
        let start = range.start.max(self.first);
        let number = (start < range.end).then(|| self.number(start)).flatten();
        let turns = number.into_iter().flat_map(|number| number..);
        let spans = turns.map(move |number| (number, self.begins(number).max(start)));
        let overlapping = spans.take_while(move |(_, begins)| *begins < range.end);
        overlapping.filter_map(move |(number, begins)| {
            let ends = self.begins(number + 1).min(range.end);
            let user_id = self.whose(number).filter(|_| begins < ends)?;
            Some(Turn {
                user_id,
                span: begins..ends,
            })
        })
    }

    /// The number of the turn at an instant. A turn that begins when the next one does has no length, and is never it.
    fn number(&self, at: Timestamp) -> Option<i64> {
        if at < self.first {
            return None;
        }
        let every = self.every();
        let mut number = match self.layer.rotation.unit {
            RotationUnit::Hours => at.millis_since(self.first) / (every * HOUR_MS),
            RotationUnit::Days | RotationUnit::Weeks => {
                let passed = local(at, self.zone) - self.layer.starts_at;
                (passed.num_seconds() / (every * DAY_SECONDS)).max(0)
            }
        };
        // Where the clock is put forward or back, it does not show how many turns have begun. Each of these takes a step
        // or two: a change is at most a day, and so is the shortest turn at least.
        while number > 0 && self.begins(number) > at {
            number -= 1;
        }
        while self.begins(number + 1) <= at {
            number += 1;
        }
        Some(number)
    }

    fn begins(&self, number: i64) -> Timestamp {
        let passed = number.saturating_mul(self.every());
        if self.layer.rotation.unit == RotationUnit::Hours {
            return self.first.plus_millis(passed.saturating_mul(HOUR_MS));
        }
        let local =
            TimeDelta::try_days(passed).and_then(|days| self.layer.starts_at.checked_add_signed(days));
        // A time that no calendar has never comes.
        local.map_or(Timestamp::from_millis(i64::MAX), |local| {
            instant(local, self.zone)
        })
    }

    /// How long a turn is, in hours or days.
    fn every(&self) -> i64 {
        let rotation = self.layer.rotation;
        let units = i64::from(rotation.every.max(1));
        match rotation.unit {
            RotationUnit::Hours | RotationUnit::Days => units,
            RotationUnit::Weeks => units * 7,
        }
    }

    fn whose(&self, number: i64) -> Option<UserId> {
        let people = &self.layer.people;
        let index = usize::try_from(number).ok()?.checked_rem(people.len())?;
        people.get(index).copied()
    }
}
