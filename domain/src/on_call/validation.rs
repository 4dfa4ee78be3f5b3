//! What a rota may be.

use chrono::{Datelike, NaiveTime, Timelike};

use super::{Layer, Restriction, Rota};
use crate::field_error::{Errors, FieldError};

/// Layers of a rota, at most.
const MAX_LAYERS: usize = 20;

/// Turns of a layer until it begins again, at most.
const MAX_PEOPLE: usize = 50;

/// The longest turn, in whatever it is counted.
const MAX_EVERY: u16 = 365;

/// Restrictions of a layer, at most.
const MAX_RESTRICTIONS: usize = 20;

/// The years in which a first turn may begin.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

impl Rota {
    /// What is wrong with it.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        if !(1..=MAX_LAYERS).contains(&self.layers.len()) {
            errors.add("layers", format!("must be 1 to {MAX_LAYERS} layers"));
        }
        // Nobody reads more than that.
        for (index, layer) in self.layers.iter().enumerate().take(MAX_LAYERS) {
            layer.validate(&format!("layers.{index}"), &mut errors);
        }
        errors.0
    }
}

impl Layer {
    fn validate(&self, name: &str, errors: &mut Errors) {
        let field = |part: &str| format!("{name}.{part}");
        if !(1..=MAX_PEOPLE).contains(&self.people.len()) {
            errors.add(&field("people"), format!("must name 1 to {MAX_PEOPLE} people"));
        }
        if !YEARS.contains(&self.starts_at.year()) {
            let (first, last) = (YEARS.start(), YEARS.end());
            errors.add(
                &field("starts_at"),
                format!("must be in the years {first} to {last}"),
            );
        }
        require_whole_second(&field("starts_at"), self.starts_at.time(), errors);
        let every = self.rotation.every;
        errors.range(&field("rotation.every"), every.into(), 1, MAX_EVERY.into());
        if self.restrictions.len() > MAX_RESTRICTIONS {
            errors.add(
                &field("restrictions"),
                format!("must be at most {MAX_RESTRICTIONS} restrictions"),
            );
        }
        let restrictions = self.restrictions.iter().enumerate().take(MAX_RESTRICTIONS);
        for (index, restriction) in restrictions {
            let (Restriction::Daily { from, until } | Restriction::Weekly { from, until, .. }) = *restriction;
            for (part, time) in [("from", from), ("until", until)] {
                require_whole_second(&field(&format!("restrictions.{index}.{part}")), time, errors);
            }
        }
    }
}

fn require_whole_second(field: &str, time: NaiveTime, errors: &mut Errors) {
    if time.nanosecond() != 0 {
        errors.add(field, "must be a whole second");
    }
}
