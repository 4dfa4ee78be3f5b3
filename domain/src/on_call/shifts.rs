//! Shifts: what of the turns is left after restrictions, and between layers and overrides.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono_tz::Tz;

use super::turns::Turns;
use super::{Layer, OnCall, Override, Rota, Schedule, Shift};
use crate::ids::UserId;
use crate::time::Timestamp;

/// The longest range whose shifts are told: 366 days.
const MAX_RANGE_MS: i64 = 366 * 24 * 3_600_000;

impl Schedule {
    /// Who is on call at an instant. How long a layer has been there does not matter to how long this takes.
    pub fn on_call(&self, at: Timestamp) -> Option<OnCall> {
        let at = with_a_form(at);
        let mut overrides = self.overrides.iter().rev();
        match overrides.find(|other| (other.from..other.until).contains(&at)) {
            Some(other) => Some(OnCall {
                user_id: other.user_id,
                layer: None,
            }),
            None => self.rota.on_call(at),
        }
    }

    /// The shifts that overlap `range`, cut to it, in their order; where nobody is on call there is none. Neighbours are of
    /// different people, layers, turns or overrides.
    ///
    /// Of a range of more than 366 days it is those of the first 366. In these a layer has at most 8,785 turns, and 20
    /// restrictions have at most 7,360 spans. There are at most twice as many shifts as all layers have turns and spans,
    /// and two more for each override. Each layer goes once through the shifts of those before it, and overrides are
    /// sorted once.
    pub fn shifts(&self, range: Range<Timestamp>) -> Vec<Shift> {
        let start = with_a_form(range.start);
        let end = with_a_form(range.end).min(start.plus_millis(MAX_RANGE_MS));
        let overrides = deciding(&self.overrides, &(start..end));
        overlay(self.rota.shifts(start..end), overrides)
    }
}

/// When which override decides within `range`, in order and without overlap: of those that last, the last in the list.
fn deciding(overrides: &[Override], range: &Range<Timestamp>) -> Vec<Shift> {
    let mut boundaries = Vec::new();
    for (index, other) in overrides.iter().enumerate() {
        let span = other.from.max(range.start)..other.until.min(range.end);
        if !span.is_empty() {
            boundaries.push((span.start, index, Some(other.user_id)));
            boundaries.push((span.end, index, None));
        }
    }
    boundaries.sort_unstable_by_key(|(at, ..)| *at);
    let mut boundaries = boundaries.into_iter().peekable();
    let mut lasting = BTreeMap::new();
    let mut current: Option<(usize, Shift)> = None;
    let mut shifts = Vec::new();
    while let Some((at, index, begins)) = boundaries.next() {
        match begins {
            Some(user_id) => lasting.insert(index, user_id),
            None => lasting.remove(&index),
        };
        // What decides is known once all that begins and ends at the instant has.
        if boundaries.peek().is_some_and(|(next, ..)| *next == at) {
            continue;
        }
        let decides = lasting
            .last_key_value()
            .map(|(index, user_id)| (*index, *user_id));
        if current.as_ref().map(|(index, _)| *index) == decides.map(|(index, _)| index) {
            continue;
        }
        if let Some((_, mut over)) = current.take() {
            over.span.end = at;
            shifts.push(over);
        }
        current = decides.map(|(index, user_id)| {
            let on_call = OnCall { user_id, layer: None };
            let span = at..at;
            (index, Shift { span, on_call })
        });
    }
    shifts
}

impl Rota {
    fn on_call(&self, at: Timestamp) -> Option<OnCall> {
        let layers = self.layers.iter().enumerate().rev();
        let mut on_call = layers.filter_map(|(layer, of)| {
            let user_id = of.on_call(self.time_zone, at)?;
            Some(OnCall {
                user_id,
                layer: Some(layer),
            })
        });
        on_call.next()
    }

    fn shifts(&self, range: Range<Timestamp>) -> Vec<Shift> {
        let layers = self.layers.iter().enumerate();
        layers
            .map(|(layer, of)| of.shifts(self.time_zone, range.clone(), layer))
            .fold(Vec::new(), overlay)
    }
}

impl Layer {
    fn on_call(&self, zone: Tz, at: Timestamp) -> Option<UserId> {
        let whose = Turns::new(self, zone).at(at)?;
        self.applies(zone, at).then_some(whose)
    }

    fn shifts(&self, zone: Tz, range: Range<Timestamp>, layer: usize) -> Vec<Shift> {
        let turns = Turns::new(self, zone);
        let spans = self.applies_within(zone, range);
        let turns = spans.into_iter().flat_map(|span| turns.within(span));
        let shift = |turn: super::turns::Turn| Shift {
            span: turn.span,
            on_call: OnCall {
                user_id: turn.user_id,
                layer: Some(layer),
            },
        };
        turns.map(shift).collect()
    }
}

/// `over` where it has somebody, and `under` elsewhere. Each is in order and without overlap.
fn overlay(under: Vec<Shift>, over: Vec<Shift>) -> Vec<Shift> {
    let mut merged: Vec<Shift> = Vec::with_capacity(under.len() + over.len());
    let mut covered_until = Timestamp::from_millis(i64::MIN);
    let mut over = over.into_iter().peekable();
    for Shift { mut span, on_call } in under {
        span.start = span.start.max(covered_until);
        while let Some(upper) = over.next_if(|upper| upper.span.start < span.end) {
            let before = span.start..upper.span.start;
            if !before.is_empty() {
                merged.push(Shift {
                    span: before,
                    on_call,
                });
            }
            covered_until = upper.span.end;
            span.start = span.start.max(covered_until);
            merged.push(upper);
        }
        if !span.is_empty() {
            merged.push(Shift { span, on_call });
        }
    }
    merged.extend(over);
    merged
}

/// The nearest instant that can be written.
fn with_a_form(at: Timestamp) -> Timestamp {
    at.to_datetime().into()
}
