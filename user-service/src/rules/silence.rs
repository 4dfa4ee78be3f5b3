//! What a silence says, and the rules that it has to satisfy. Pure.

use api::{SilenceInput, SilenceState};
use domain::monitor::FieldError;
use domain::routing::Conditions;
use domain::{MonitorId, Timestamp};

use super::alert_route::{UNREADABLE, wrong_conditions};
use super::errors::Errors;
use super::monitor_ids::monitor_ids;
use super::text;

/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 500;

/// How long before it is made a silence may have begun: an outage goes on that somebody knows of, and clocks differ.
const MAX_PAST_MS: i64 = 3_600_000;

/// How long a silence may last, in days.
const MAX_DAYS: i64 = 90;

/// What a valid silence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidSilence {
    pub(crate) reason: String,
    /// All that meet the conditions, when there are none.
    pub(crate) monitors: Vec<MonitorId>,
    pub(crate) conditions: Conditions,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// A silence as it is stored, and not over: its conditions may be unreadable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OldSilence<'a> {
    pub(crate) reason: &'a str,
    pub(crate) monitors: &'a [MonitorId],
    pub(crate) conditions: Option<&'a Conditions>,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

impl ValidSilence {
    /// The silence that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(
        input: SilenceInput,
        old: Option<&OldSilence<'_>>,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let reason = match (input.reason, old) {
            (None, Some(old)) => Some(old.reason.to_owned()),
            (given, _) => {
                let given = given.as_deref().unwrap_or_default();
                errors.keep(text::line("reason", given, MAX_REASON_CHARS))
            }
        };
        let monitors = match (input.monitors, old) {
            (None, Some(old)) => Some(old.monitors.to_vec()),
            (given, _) => errors.keep(monitor_ids(given.as_deref().unwrap_or_default())),
        };
        let known = old.and_then(|old| old.conditions);
        let conditions = match (input.conditions, old) {
            (Some(given), _) => {
                errors.0.extend(wrong_conditions(&given, known));
                Some(given)
            }
            (None, None) => Some(Conditions::default()),
            (None, Some(_)) => known.cloned().or_else(|| errors.add("conditions", UNREADABLE)),
        };
        let starts_at = starts_at(input.starts_at, old, now, &mut errors);
        let ends_at = ends_at(input.ends_at, old, (starts_at, now), &mut errors);
        match (reason, monitors, conditions, ends_at, errors.0.is_empty()) {
            (Some(reason), Some(monitors), Some(conditions), Some(ends_at), true) => Ok(Self {
                reason,
                monitors,
                conditions,
                starts_at,
                ends_at,
            }),
            _ => Err(errors.0),
        }
    }
}

fn starts_at(
    given: Option<Timestamp>,
    old: Option<&OldSilence<'_>>,
    now: Timestamp,
    errors: &mut Errors,
) -> Timestamp {
    let was = old.map(|old| old.starts_at);
    let starts_at = given.or(was).unwrap_or(now);
    if Some(starts_at) != was && starts_at < now.plus_millis(-MAX_PAST_MS) {
        errors.add::<()>("starts_at", "must not be more than an hour ago");
    }
    starts_at
}

fn ends_at(
    given: Option<Timestamp>,
    old: Option<&OldSilence<'_>>,
    (starts_at, now): (Timestamp, Timestamp),
    errors: &mut Errors,
) -> Option<Timestamp> {
    let Some(ends_at) = given.or(old.map(|old| old.ends_at)) else {
        return errors.add("ends_at", "is required");
    };
    if ends_at <= now {
        return errors.add("ends_at", "must be in the future");
    }
    // Where the end stays, what is wrong is the start.
    let (field, later, other) = match given {
        Some(_) => ("ends_at", "later", "starts_at"),
        None => ("starts_at", "earlier", "ends_at"),
    };
    if ends_at <= starts_at {
        return errors.add(field, &format!("must be {later} than {other}"));
    }
    if ends_at.millis_since(starts_at) > MAX_DAYS * 86_400_000 {
        return errors.add(
            field,
            &format!("must be at most {MAX_DAYS} days {later} than {other}"),
        );
    }
    Some(ends_at)
}

/// Whether a silence is under way.
pub(crate) fn state(starts_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> SilenceState {
    if ends_at <= now {
        SilenceState::Ended
    } else if starts_at <= now {
        SilenceState::Active
    } else {
        SilenceState::Scheduled
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-12-01T12:00:00.000Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn input(json: Value) -> SilenceInput {
        serde_json::from_value(json).unwrap()
    }

    fn apply(json: Value, old: Option<&OldSilence<'_>>) -> Result<ValidSilence, Vec<String>> {
        let applied = ValidSilence::apply(input(json), old, at(NOW));
        applied.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    fn wrong(json: Value, old: Option<&OldSilence<'_>>) -> Vec<String> {
        apply(json, old).unwrap_err()
    }

    /// A new one with these fields.
    fn with(fields: Value) -> Value {
        let mut new = json!({"reason": "Deploy", "ends_at": "2026-12-01T13:00:00Z"});
        let fields = fields.as_object().unwrap().clone();
        new.as_object_mut().unwrap().extend(fields);
        new
    }

    #[test]
    fn a_new_silence_needs_a_reason_and_an_end_and_begins_now() {
        assert_eq!(wrong(json!({}), None), ["reason", "ends_at"]);
        let made = apply(with(json!({"reason": " Deploy "})), None).unwrap();
        assert_eq!(made.reason, "Deploy");
        assert_eq!(
            (made.starts_at, made.ends_at),
            (at(NOW), at("2026-12-01T13:00:00Z"))
        );
        assert!(made.monitors.is_empty());
        assert_eq!(made.conditions, Conditions::default());
    }

    #[test]
    fn every_invalid_field_is_named() {
        for (fields, named) in [
            (json!({"reason": " "}), vec!["reason"]),
            (json!({"reason": "x".repeat(501)}), vec!["reason"]),
            (json!({"reason": "a\u{202e}b"}), vec!["reason"]),
            (json!({"monitors": vec![1; 1_001]}), vec!["monitors"]),
            (
                json!({"conditions": {"kinds": ["http", "pigeon"], "outside_hours": true}}),
                vec!["conditions.outside_hours", "conditions.kinds.1"],
            ),
            (
                json!({"starts_at": "2026-12-01T10:59:59.999Z"}),
                vec!["starts_at"],
            ),
            (json!({"ends_at": NOW}), vec!["ends_at"]),
            (json!({"starts_at": "2026-12-01T13:00:00Z"}), vec!["ends_at"]),
            (json!({"ends_at": "2027-03-01T12:00:00.001Z"}), vec!["ends_at"]),
            (
                json!({"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-02T00:00:00Z", "reason": "\u{0}"}),
                vec!["reason", "starts_at", "ends_at"],
            ),
        ] {
            assert_eq!(wrong(with(fields.clone()), None), named, "{fields}");
        }
        for fields in [
            json!({"reason": "é".repeat(500)}),
            json!({"starts_at": "2026-12-01T11:00:00Z"}),
            json!({"ends_at": "2027-03-01T12:00:00Z"}),
            json!({"starts_at": "2099-01-01T00:00:00Z", "ends_at": "2099-01-02T00:00:00Z"}),
        ] {
            assert!(apply(with(fields.clone()), None).is_ok(), "{fields}");
        }
    }

    #[test]
    fn what_a_change_leaves_out_stays_unless_it_cannot_be_read() {
        let conditions = Conditions {
            kinds: vec!["pigeon".to_owned()],
            ..Conditions::default()
        };
        let mut old = OldSilence {
            reason: "Move",
            monitors: &[MonitorId(7)],
            conditions: Some(&conditions),
            starts_at: at("2026-11-20T00:00:00Z"),
            ends_at: at("2026-12-02T00:00:00Z"),
        };
        let same = apply(json!({}), Some(&old)).unwrap();
        assert_eq!(
            (same.reason.as_str(), &same.monitors[..], &same.conditions),
            (old.reason, old.monitors, &conditions)
        );
        assert_eq!((same.starts_at, same.ends_at), (old.starts_at, old.ends_at));
        // Sent as it is, a start that is long past stays, and so does a kind of another version.
        let again = json!({"starts_at": old.starts_at, "conditions": {"kinds": ["pigeon"]}, "monitors": []});
        assert!(apply(again, Some(&old)).unwrap().monitors.is_empty());
        assert_eq!(
            wrong(json!({"starts_at": "2026-11-19T00:00:00Z"}), Some(&old)),
            ["starts_at"]
        );
        // 90 days are counted from its start, not from now.
        let long = json!({"ends_at": "2027-02-18T00:00:00.001Z"});
        assert_eq!(wrong(long, Some(&old)), ["ends_at"]);
        assert!(apply(json!({"ends_at": "2027-02-18T00:00:00Z"}), Some(&old)).is_ok());
        assert_eq!(
            wrong(json!({"ends_at": "2026-12-01T11:00:00Z"}), Some(&old)),
            ["ends_at"]
        );
        // What does not go together is named by what is sent.
        let late = json!({"starts_at": "2026-12-02T00:00:00Z"});
        assert_eq!(wrong(late.clone(), Some(&old)), ["starts_at"]);
        let mut both = late;
        both["ends_at"] = json!("2026-12-01T13:00:00Z");
        assert_eq!(wrong(both, Some(&old)), ["ends_at"]);
        let coming = OldSilence {
            starts_at: at("2027-01-01T00:00:00Z"),
            ends_at: at("2027-03-31T00:00:00Z"),
            ..old
        };
        assert_eq!(wrong(json!({"starts_at": NOW}), Some(&coming)), ["starts_at"]);
        old.conditions = None;
        assert_eq!(wrong(json!({"reason": "x"}), Some(&old)), ["conditions"]);
        assert!(apply(json!({"conditions": {}}), Some(&old)).is_ok());
    }

    #[test]
    fn a_silence_is_under_way_from_its_first_instant_until_its_end() {
        let of = |now: &str| state(at("2026-12-01T12:00:00Z"), at("2026-12-01T13:00:00Z"), at(now));
        assert_eq!(of("2026-12-01T11:59:59.999Z"), SilenceState::Scheduled);
        assert_eq!(of("2026-12-01T12:00:00Z"), SilenceState::Active);
        assert_eq!(of("2026-12-01T12:59:59.999Z"), SilenceState::Active);
        assert_eq!(of("2026-12-01T13:00:00Z"), SilenceState::Ended);
    }
}
