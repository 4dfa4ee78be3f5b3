//! What an on-call schedule and its overrides may be. Pure.

use std::collections::HashSet;
use std::ops::Range;

use api::{OnCallOverrideInput, OnCallScheduleInput};
use chrono_tz::Tz;
use domain::monitor::FieldError;
use domain::on_call::{Override, Rota};
use domain::{Timestamp, UserId};

use super::errors::Errors;
use super::text;
use super::uptime_window::DAY_MS;

/// The longest time for which shifts are told, and the longest override, in days.
pub(crate) const MAX_DAYS: i64 = 92;

/// Shifts that are told at once, at most.
pub(crate) const MAX_SHIFTS: usize = 2_000;

/// The shortest override: a shorter one is of use to nobody.
const SHORTEST_OVERRIDE_MS: i64 = 60_000;

/// What is wrong with the name of a time zone.
const NO_ZONE: &str = "must be a time zone, such as Europe/Berlin";

/// A rota with the name of its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedRota {
    pub(crate) name: String,
    pub(crate) rota: Rota,
}

impl NamedRota {
    /// The schedule that the fields make of what was, or of nothing. Whether the people are members is not looked at.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(
        input: OnCallScheduleInput,
        old_name: Option<&str>,
        old_rota: Option<&Rota>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name, old_name) {
            (None, Some(old)) => Some(old.to_owned()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let old_zone = old_rota.map(|old| old.time_zone);
        let zone = errors.parsed("time_zone", input.time_zone.as_deref(), old_zone, NO_ZONE);
        let layers = input.layers.or_else(|| old_rota.map(|old| old.layers.clone()));
        let layers = layers.or_else(|| errors.add("layers", "is required"));
        let rota = layers.map(|layers| Rota {
            time_zone: zone.unwrap_or(Tz::UTC),
            layers,
        });
        errors.0.extend(rota.iter().flat_map(Rota::validate));
        match (name, rota) {
            (Some(name), Some(rota)) if errors.0.is_empty() => Ok(Self { name, rota }),
            _ => Err(errors.0),
        }
    }
}

/// Everybody whom a rota names, once each, in the order in which they first appear.
pub(crate) fn people(rota: &Rota) -> Vec<i64> {
    let mut seen = HashSet::new();
    let named = rota.layers.iter().flat_map(|layer| &layer.people);
    named.filter(|id| seen.insert(**id)).map(|id| id.0).collect()
}

/// The people of a rota who have to be members, each with the path of its field: who was in the `old` one may have left.
pub(crate) fn named(rota: &Rota, old: Option<&Rota>) -> Vec<(String, i64)> {
    let old: HashSet<UserId> = old
        .iter()
        .flat_map(|rota| &rota.layers)
        .flat_map(|layer| &layer.people)
        .copied()
        .collect();
    let mut named = Vec::new();
    for (number, layer) in rota.layers.iter().enumerate() {
        let new = layer
            .people
            .iter()
            .enumerate()
            .filter(|(_, id)| !old.contains(*id));
        named.extend(new.map(|(index, id)| (format!("layers.{number}.people.{index}"), id.0)));
    }
    named
}

/// A rota that is not saved.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn unsaved(time_zone: &str, layers: Vec<domain::on_call::Layer>) -> Result<Rota, Vec<FieldError>> {
    let mut errors = Errors::default();
    let zone = errors.parsed("time_zone", Some(time_zone), None, NO_ZONE);
    let rota = Rota {
        time_zone: zone.unwrap_or(Tz::UTC),
        layers,
    };
    errors.0.extend(rota.validate());
    match errors.0.is_empty() {
        true => Ok(rota),
        false => Err(errors.0),
    }
}

/// The time for which shifts are asked.
///
/// # Errors
/// What is wrong with `until`.
pub(crate) fn asked(from: Timestamp, until: Timestamp) -> Result<Range<Timestamp>, FieldError> {
    if until <= from {
        return Err(FieldError::new("until", "must be later than from"));
    }
    if until.millis_since(from) > MAX_DAYS * DAY_MS {
        let wrong = format!("must be at most {MAX_DAYS} days later than from");
        return Err(FieldError::new("until", wrong));
    }
    Ok(from..until)
}

/// Who stands in, and when: what has begun already begins now, since nobody can have been on call without knowing.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn stand_in(input: OnCallOverrideInput, now: Timestamp) -> Result<Override, Vec<FieldError>> {
    let mut errors = Errors::default();
    let user_id = input.user_id.or_else(|| errors.add("user_id", "is required"));
    let from = input.from.or_else(|| errors.add("from", "is required"));
    let from = from.map(|from| from.max(now));
    let until = input.until.or_else(|| errors.add("until", "is required"));
    let until = match (from, until) {
        (_, Some(until)) if until <= now => errors.add("until", "must be later than now"),
        (Some(from), Some(until)) => errors.keep(lasting(from, until)),
        (None, until) => until,
        (_, None) => None,
    };
    match (user_id, from, until) {
        (Some(user_id), Some(from), Some(until)) => Ok(Override {
            user_id: UserId(user_id),
            from,
            until,
        }),
        _ => Err(errors.0),
    }
}

/// The end of an override.
fn lasting(from: Timestamp, until: Timestamp) -> Result<Timestamp, FieldError> {
    let range = asked(from, until)?;
    if until.millis_since(from) < SHORTEST_OVERRIDE_MS {
        let wrong = "must be at least a minute later than from, and than now";
        return Err(FieldError::new("until", wrong));
    }
    Ok(range.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn weekly(people: &[i64]) -> OnCallScheduleInput {
        serde_json::from_value(json!({
            "name": "Payments", "time_zone": "Europe/Berlin",
            "layers": [{"people": people, "starts_at": "2026-11-02T09:00:00",
                        "rotation": {"every": 1, "unit": "weeks"}}],
        }))
        .unwrap()
    }

    fn named_rota(people: &[i64]) -> NamedRota {
        NamedRota::apply(weekly(people), None, None).unwrap()
    }

    fn fields<T: std::fmt::Debug>(result: Result<T, Vec<FieldError>>) -> Vec<String> {
        let errors = result.unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_schedule_needs_a_name_a_time_zone_and_layers() {
        let wrong = NamedRota::apply(OnCallScheduleInput::default(), None, None);
        assert_eq!(fields(wrong), ["name", "time_zone", "layers"]);
        let mut mars = weekly(&[]);
        mars.time_zone = Some("Mars/Base".to_owned());
        assert_eq!(
            fields(NamedRota::apply(mars, None, None)),
            ["time_zone", "layers.0.people"]
        );
        let old = named_rota(&[1, 2]);
        let unchanged = NamedRota::apply(OnCallScheduleInput::default(), Some(&old.name), Some(&old.rota));
        assert_eq!(unchanged, Ok(old));
    }

    #[test]
    fn whoever_was_named_before_need_not_be_a_member() {
        let (old, new) = (named_rota(&[1, 2]), named_rota(&[2, 3, 1, 3]));
        let path = |index: usize| format!("layers.0.people.{index}");
        assert_eq!(named(&new.rota, Some(&old.rota)), [(path(1), 3), (path(3), 3)]);
        assert_eq!(named(&old.rota, None), [(path(0), 1), (path(1), 2)]);
        assert_eq!(people(&new.rota), [2, 3, 1]);
    }

    #[test]
    fn an_override_is_of_the_future_and_lasts_a_minute_to_a_quarter() {
        let now = at("2026-11-28T12:00:00Z");
        let input = |from: &str, until: &str| OnCallOverrideInput {
            user_id: Some(1),
            from: Some(at(from)),
            until: Some(at(until)),
        };
        let begun = stand_in(input("2026-11-28T11:00:00Z", "2026-11-28T13:00:00Z"), now).unwrap();
        assert_eq!((begun.from, begun.until), (now, at("2026-11-28T13:00:00Z")));
        for (from, until) in [
            ("2026-11-28T10:00:00Z", "2026-11-28T12:00:00Z"),
            ("2026-11-29T10:00:00Z", "2026-11-29T10:00:00Z"),
            ("2026-11-29T10:00:00Z", "2026-11-29T09:00:00Z"),
            ("2026-11-29T10:00:00Z", "2026-11-29T10:00:59.999Z"),
            // It begins now.
            ("2026-11-28T11:00:00Z", "2026-11-28T12:00:59.999Z"),
            ("2026-12-01T00:00:00Z", "2027-03-03T00:00:00.001Z"),
        ] {
            assert_eq!(
                fields(stand_in(input(from, until), now)),
                ["until"],
                "{from} {until}"
            );
        }
        assert!(stand_in(input("2026-12-01T00:00:00Z", "2027-03-03T00:00:00Z"), now).is_ok());
        assert!(stand_in(input("2026-11-29T10:00:00Z", "2026-11-29T10:01:00Z"), now).is_ok());
        assert_eq!(
            fields(stand_in(OnCallOverrideInput::default(), now)),
            ["user_id", "from", "until"]
        );
    }
}
