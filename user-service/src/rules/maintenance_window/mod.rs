//! What a user sends to make or change a maintenance window, and the rules that it has to satisfy. Pure.

use api::MaintenanceWindowInput;
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use domain::MonitorId;
use domain::Timestamp;
use domain::maintenance::{MaintenanceWindow, Span};
use domain::monitor::FieldError;

use super::errors::Errors;
use super::text;

/// Monitors that a window may name.
const MAX_MONITORS: usize = 1_000;

/// Minutes of a week: a weekly window is shorter.
const WEEK: u32 = 7 * 24 * 60;

/// A window with its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedWindow {
    pub(crate) name: String,
    pub(crate) window: MaintenanceWindow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Once,
    Weekly,
}

/// The fields for a window of which only the name and the monitors can be read, which stay where they are left
/// out.
pub(crate) fn keeping(
    mut input: MaintenanceWindowInput,
    name: &str,
    monitors: &[MonitorId],
) -> MaintenanceWindowInput {
    input.name.get_or_insert_with(|| name.to_owned());
    input
        .monitors
        .get_or_insert_with(|| monitors.iter().map(|id| id.0).collect());
    input
}

/// The window that the fields make of `old`, or of nothing. Another `repeat` drops the old span.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    input: MaintenanceWindowInput,
    old: Option<&NamedWindow>,
) -> Result<NamedWindow, Vec<FieldError>> {
    let mut errors = Errors::default();
    let name = match (&input.name, old) {
        (None, Some(old)) => Some(old.name.clone()),
        (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
    };
    let monitors = match (&input.monitors, old) {
        (None, Some(old)) => Some(old.window.monitors.clone()),
        (given, _) => errors.keep(monitors(given.as_deref().unwrap_or_default())),
    };
    let old_span = old.map(|old| &old.window.span);
    let old_repeat = old_span.map(|span| match span {
        Span::Once { .. } => Repeat::Once,
        Span::Weekly { .. } => Repeat::Weekly,
    });
    let repeat = match input.repeat.as_deref() {
        None => old_repeat.ok_or(FieldError::new("repeat", "is required")),
        Some("once") => Ok(Repeat::Once),
        Some("weekly") => Ok(Repeat::Weekly),
        Some(_) => Err(FieldError::new("repeat", "must be once or weekly")),
    };
    let old_span = old_span.filter(|_| repeat.as_ref().ok().copied() == old_repeat);
    let span = match errors.keep(repeat) {
        Some(Repeat::Once) => once(&input, old_span, &mut errors),
        Some(Repeat::Weekly) => weekly(&input, old_span, &mut errors),
        None => None,
    };
    match (name, monitors, span) {
        (Some(name), Some(monitors), Some(span)) if errors.0.is_empty() => Ok(NamedWindow {
            name,
            window: MaintenanceWindow { monitors, span },
        }),
        _ => Err(errors.0),
    }
}

fn once(input: &MaintenanceWindowInput, old: Option<&Span>, errors: &mut Errors) -> Option<Span> {
    errors.refuse("weekday", input.weekday.is_some(), "weekly window");
    errors.refuse("minutes", input.minutes.is_some(), "weekly window");
    errors.refuse("time_zone", input.time_zone.is_some(), "weekly window");
    let (old_from, old_until) = match old {
        Some(Span::Once { from, until }) => (Some(*from), Some(*until)),
        _ => (None, None),
    };
    let is_time = "must be a time, as in 2026-12-01T22:00:00Z";
    let from = errors.parsed::<Timestamp>("from", input.from.as_deref(), old_from, is_time);
    let until = errors.parsed::<Timestamp>("until", input.until.as_deref(), old_until, is_time);
    let (from, until) = (from?, until?);
    if until <= from {
        errors.add::<()>("until", "must be later than from");
    }
    Some(Span::Once { from, until })
}

fn weekly(input: &MaintenanceWindowInput, old: Option<&Span>, errors: &mut Errors) -> Option<Span> {
    errors.refuse("until", input.until.is_some(), "one-off window");
    let (old_weekday, old_from, old_minutes, old_zone) = match old {
        Some(Span::Weekly {
            weekday,
            from,
            minutes,
            time_zone,
        }) => (Some(*weekday), Some(*from), Some(*minutes), Some(*time_zone)),
        _ => (None, None, None, None),
    };
    let weekday = input.weekday.as_deref();
    let weekday = errors.parsed::<Weekday>("weekday", weekday, old_weekday, "must be Mon to Sun");
    let is_time = "must be a time of the day, as in 02:00:00";
    let from = errors.parsed::<NaiveTime>("from", input.from.as_deref(), old_from, is_time);
    let minutes = match input.minutes.or(old_minutes) {
        Some(minutes) if (1..WEEK).contains(&minutes) => Some(minutes),
        Some(_) => errors.add("minutes", &format!("must be 1 to {}", WEEK - 1)),
        None => errors.add("minutes", "is required"),
    };
    let is_zone = "must be the name of a time zone, as in Europe/Berlin";
    let time_zone = errors.parsed::<Tz>("time_zone", input.time_zone.as_deref(), old_zone, is_zone);
    Some(Span::Weekly {
        weekday: weekday?,
        from: from?,
        minutes: minutes?,
        time_zone: time_zone?,
    })
}

/// Each monitor once, by id.
fn monitors(given: &[i64]) -> Result<Vec<MonitorId>, FieldError> {
    if given.len() > MAX_MONITORS {
        let wrong = format!("must name at most {MAX_MONITORS}");
        return Err(FieldError::new("monitors", wrong));
    }
    let ids: std::collections::BTreeSet<i64> = given.iter().copied().collect();
    Ok(ids.into_iter().map(MonitorId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn input(json: Value) -> MaintenanceWindowInput {
        serde_json::from_value(json).unwrap()
    }

    fn weekly() -> Value {
        json!({"name": "Patch night", "monitors": [42, 7, 42], "repeat": "weekly", "weekday": "Sun",
               "from": "02:00:00", "minutes": 120, "time_zone": "Europe/Berlin"})
    }

    fn once() -> Value {
        json!({"name": "Move", "repeat": "once", "from": "2026-12-01T22:00:00Z",
               "until": "2026-12-02T04:00:00Z"})
    }

    #[test]
    fn both_spans_are_read() {
        let made = apply(input(weekly()), None).unwrap();
        assert_eq!(made.window.monitors, [MonitorId(7), MonitorId(42)]);
        assert!(matches!(made.window.span, Span::Weekly { minutes: 120, .. }));
        let made = apply(input(once()), None).unwrap();
        assert!(made.window.monitors.is_empty());
        assert!(matches!(made.window.span, Span::Once { .. }));
    }

    #[test]
    fn every_invalid_field_is_named() {
        for (base, change, fields) in [
            (json!({}), json!({}), vec!["name", "repeat"]),
            (once(), json!({"repeat": "daily"}), vec!["repeat"]),
            (once(), json!({"until": "2026-12-01T22:00:00Z"}), vec!["until"]),
            (
                once(),
                json!({"from": "22:00", "until": "x"}),
                vec!["from", "until"],
            ),
            (
                once(),
                json!({"minutes": 3, "time_zone": "UTC"}),
                vec!["minutes", "time_zone"],
            ),
            (weekly(), json!({"until": "2026-12-01T22:00:00Z"}), vec!["until"]),
            (
                weekly(),
                json!({"weekday": "Sol", "from": "25:00:00", "minutes": 10_080, "time_zone": "Mars/Base"}),
                vec!["weekday", "from", "minutes", "time_zone"],
            ),
            (
                weekly(),
                json!({"minutes": 0, "name": " "}),
                vec!["name", "minutes"],
            ),
            (
                weekly(),
                json!({"monitors": vec![1; MAX_MONITORS + 1]}),
                vec!["monitors"],
            ),
            (
                json!({"name": "x", "repeat": "weekly"}),
                json!({}),
                vec!["weekday", "from", "minutes", "time_zone"],
            ),
        ] {
            let mut given = base;
            given
                .as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            let errors = apply(input(given.clone()), None).unwrap_err();
            let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{given}");
        }
    }

    #[test]
    fn what_is_left_out_of_a_change_stays() {
        let old = apply(input(weekly()), None).unwrap();
        assert_eq!(apply(MaintenanceWindowInput::default(), Some(&old)).unwrap(), old);
        let longer = apply(input(json!({"minutes": 240, "monitors": []})), Some(&old)).unwrap();
        assert!(longer.window.monitors.is_empty());
        assert!(matches!(
            longer.window.span,
            Span::Weekly {
                minutes: 240,
                weekday: Weekday::Sun,
                ..
            }
        ));
        let other = input(json!({"repeat": "once", "from": "2026-12-01T22:00:00Z"}));
        assert_eq!(apply(other, Some(&old)).unwrap_err()[0].field, "until");
    }
}
