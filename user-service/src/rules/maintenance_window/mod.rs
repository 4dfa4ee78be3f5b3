//! What a user sends to make or change a maintenance window, and the rules that it has to satisfy. Pure.

use api::MaintenanceWindowInput;
use chrono::{Datelike, Duration, NaiveDateTime, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;
use domain::maintenance::{MaintenanceWindow, Recurrence, Span, WEEK, YEARS, plain_rule};
use domain::monitor::FieldError;
use domain::{MonitorId, TagId, Timestamp};

use super::errors::Errors;
use super::monitor_ids::monitor_ids;
use super::text;

mod occurrences;
#[cfg(test)]
mod tests;

use occurrences::AHEAD_MS;
pub(crate) use occurrences::{cancel, listed, restore};

/// Tags that a window may name.
pub(crate) const MAX_TAGS: usize = 50;

/// A window with its name, and the tags by which it concerns other monitors, too. Where there are some and no monitors,
/// it does not concern all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedWindow {
    pub(crate) name: String,
    pub(crate) tags: Vec<TagId>,
    pub(crate) window: MaintenanceWindow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Once,
    Weekly,
    Recurring,
}

impl Repeat {
    fn of(span: &Span) -> Self {
        match span {
            Span::Once { .. } => Self::Once,
            Span::Weekly { .. } => Self::Weekly,
            Span::Recurring { .. } => Self::Recurring,
        }
    }
}

/// What a tag is called that a window names and that is gone.
const GONE: &str = "deleted tag ";

/// What a tag that is gone is called.
pub(crate) fn gone_tag_name(TagId(id): TagId) -> String {
    format!("{GONE}{id}")
}

/// Which tag that is gone is called so.
pub(crate) fn gone_tag(name: &str) -> Option<i64> {
    name.strip_prefix(GONE)?.parse().ok()
}

/// The fields for a window of which only its name and what it concerns can be read, which stay where they are left
/// out.
pub(crate) fn keeping(
    mut input: MaintenanceWindowInput,
    name: &str,
    monitors: &[MonitorId],
    tags: &[String],
) -> MaintenanceWindowInput {
    input.name.get_or_insert_with(|| name.to_owned());
    input
        .monitors
        .get_or_insert_with(|| monitors.iter().map(|id| id.0).collect());
    input.tags.get_or_insert_with(|| tags.to_vec());
    input
}

/// The window that the fields make of `old`, or of nothing. Another `repeat` drops the old span. `found` are the tags of
/// the names that are given, each in the place of its name.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    input: MaintenanceWindowInput,
    old: Option<&NamedWindow>,
    found: &[Option<TagId>],
) -> Result<NamedWindow, Vec<FieldError>> {
    let mut errors = Errors::default();
    let name = match (&input.name, old) {
        (None, Some(old)) => Some(old.name.clone()),
        (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
    };
    let monitors = match (&input.monitors, old) {
        (None, Some(old)) => Some(old.window.monitors.clone()),
        (given, _) => errors.keep(monitor_ids(given.as_deref().unwrap_or_default())),
    };
    let tags = match (&input.tags, old) {
        (None, Some(old)) => Some(old.tags.clone()),
        (given, _) => errors.keep(tags(given.as_deref().unwrap_or_default(), found)),
    };
    let old_span = old.map(|old| &old.window.span);
    let old_repeat = old_span.map(Repeat::of);
    let repeat = match input.repeat.as_deref() {
        None => old_repeat.ok_or(FieldError::new("repeat", "is required")),
        Some("once") => Ok(Repeat::Once),
        Some("weekly") => Ok(Repeat::Weekly),
        Some("recurring") => Ok(Repeat::Recurring),
        Some(_) => Err(FieldError::new("repeat", "must be once, weekly or recurring")),
    };
    let old_span = old_span.filter(|_| repeat.as_ref().ok().copied() == old_repeat);
    let span = match errors.keep(repeat) {
        Some(Repeat::Once) => once(&input, old_span, &mut errors),
        Some(Repeat::Weekly) => weekly(&input, old_span, &mut errors),
        Some(Repeat::Recurring) => recurring(&input, old_span, &mut errors),
        None => None,
    };
    match (name, monitors, tags, span) {
        (Some(name), Some(monitors), Some(tags), Some(span)) if errors.0.is_empty() => Ok(NamedWindow {
            name,
            tags,
            window: MaintenanceWindow {
                monitors,
                span,
                exceptions: old.map_or_else(Vec::new, |old| old.window.exceptions.clone()),
            },
        }),
        _ => Err(errors.0),
    }
}

/// What becomes of `named` at the time at which it is made of `old`, or of nothing: where it is at other times than before,
/// exceptions to come that are of no occurrence any more are dropped.
///
/// # Errors
/// 422 (`starts`) when the occurrences of a rule are counted from too long ago.
pub(crate) fn at_its_time(
    mut named: NamedWindow,
    old: Option<&NamedWindow>,
    now: Timestamp,
) -> Result<NamedWindow, Vec<FieldError>> {
    if old.is_some_and(|old| old.window.span == named.window.span) {
        return Ok(named);
    }
    if let Span::Recurring { starts, rule, .. } = &named.window.span
        && Timestamp::from(starts.and_utc()) < now.plus_millis(-AHEAD_MS)
        && Recurrence::counts(rule)
    {
        let wrong = "must not be more than ten years ago where the rule has a COUNT";
        return Err(vec![FieldError::new("starts", wrong)]);
    }
    occurrences::drop_unplanned(&mut named.window, now);
    Ok(named)
}

/// The fields that make a span.
///
/// # Errors
/// 422 (`repeat`), which none does that there is.
pub(crate) fn fields(span: &Span) -> Result<MaintenanceWindowInput, FieldError> {
    let fields = serde_json::to_value(span).and_then(serde_json::from_value);
    fields.map_err(|error| FieldError::new("repeat", error.to_string()))
}

/// A span that is tried, as it would be of a window.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn tried(span: &Span, now: Timestamp) -> Result<Span, Vec<FieldError>> {
    let fields = fields(span).map_err(|error| vec![error])?;
    let input = MaintenanceWindowInput {
        name: Some("tried".to_owned()),
        ..fields
    };
    let named = at_its_time(apply(input, None, &[])?, None, now)?;
    Ok(named.window.span)
}

/// Requires that who takes all tags from a window by tags says which monitors it concerns instead: it would concern all.
///
/// # Errors
/// 422 (`tags`).
pub(crate) fn require_not_widened(
    input: &MaintenanceWindowInput,
    monitors: &[MonitorId],
    tags: &[TagId],
) -> Result<(), FieldError> {
    let takes_all = input.tags.as_ref().is_some_and(Vec::is_empty) && !tags.is_empty();
    match takes_all && monitors.is_empty() && input.monitors.is_none() {
        true => Err(FieldError::new(
            "tags",
            "must not be empty unless monitors is given, too: the window would concern all monitors",
        )),
        false => Ok(()),
    }
}

fn once(input: &MaintenanceWindowInput, old: Option<&Span>, errors: &mut Errors) -> Option<Span> {
    errors.refuse("starts", input.starts.is_some(), "recurring window");
    errors.refuse("rule", input.rule.is_some(), "recurring window");
    errors.refuse("weekday", input.weekday.is_some(), "weekly window");
    errors.refuse("minutes", input.minutes.is_some(), "window that repeats");
    errors.refuse("time_zone", input.time_zone.is_some(), "window that repeats");
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
    errors.refuse("starts", input.starts.is_some(), "recurring window");
    errors.refuse("rule", input.rule.is_some(), "recurring window");
    errors.refuse("until", input.until.is_some(), "one-off window");
    let (old_weekday, old_from, old_clock) = match old {
        Some(Span::Weekly {
            weekday,
            from,
            minutes,
            time_zone,
        }) => (Some(*weekday), Some(*from), Some((*minutes, *time_zone))),
        _ => (None, None, None),
    };
    let weekday = input.weekday.as_deref();
    let weekday = errors.parsed::<Weekday>("weekday", weekday, old_weekday, "must be Mon to Sun");
    let is_time = "must be a time of the day, as in 02:00:00";
    let from = errors.parsed::<NaiveTime>("from", input.from.as_deref(), old_from, is_time);
    let (minutes, time_zone) = clock(input, old_clock, errors);
    Some(Span::Weekly {
        weekday: weekday?,
        from: from?,
        minutes: minutes?,
        time_zone: time_zone?,
    })
}

fn recurring(input: &MaintenanceWindowInput, old: Option<&Span>, errors: &mut Errors) -> Option<Span> {
    errors.refuse("weekday", input.weekday.is_some(), "weekly window");
    errors.refuse("from", input.from.is_some(), "one-off or weekly window");
    errors.refuse("until", input.until.is_some(), "one-off window");
    let (old_starts, old_rule, old_clock) = match old {
        Some(Span::Recurring {
            starts,
            rule,
            minutes,
            time_zone,
        }) => (Some(*starts), Some(rule.as_str()), Some((*minutes, *time_zone))),
        _ => (None, None, None),
    };
    let is_time = "must be a day and a time, as in 2026-12-01T22:00:00";
    let starts = errors.parsed::<NaiveDateTime>("starts", input.starts.as_deref(), old_starts, is_time);
    let starts = starts.and_then(|starts| {
        if !YEARS.contains(&starts.year()) {
            let (first, last) = (YEARS.start(), YEARS.end());
            return errors.add("starts", &format!("must lie in the years {first} to {last}"));
        }
        match starts.nanosecond() {
            0 => Some(starts),
            _ => errors.add("starts", "must be of whole seconds"),
        }
    });
    let rule = match input.rule.as_deref().or(old_rule) {
        None => errors.add("rule", "is required"),
        Some(rule) => Some(rule),
    };
    // It cannot be judged without its beginning.
    let recurrence = rule.zip(starts).and_then(|(rule, starts)| {
        let parsed = Recurrence::parse(rule, starts);
        parsed.map_or_else(|why| errors.add("rule", &why), Some)
    });
    let (minutes, time_zone) = clock(input, old_clock, errors);
    let (recurrence, minutes, time_zone) = (recurrence?, minutes?, time_zone?);
    let pause = recurrence.shortest_pause(time_zone);
    if pause.is_some_and(|pause| pause < Duration::minutes(i64::from(minutes))) {
        return errors.add("minutes", "must end before the next occurrence begins");
    }
    let span = Span::Recurring {
        starts: starts?,
        rule: plain_rule(rule?),
        minutes,
        time_zone,
    };
    // An UNTIL that is an instant may lie before the first one by this clock.
    match occurrences::first_of(&span) {
        Some(_) => Some(span),
        None => errors.add("rule", "must have an occurrence by the clock of time_zone"),
    }
}

/// How long each occurrence lasts, and where the clock hangs.
fn clock(
    input: &MaintenanceWindowInput,
    old: Option<(u32, Tz)>,
    errors: &mut Errors,
) -> (Option<u32>, Option<Tz>) {
    let minutes = match input.minutes.or(old.map(|(minutes, _)| minutes)) {
        Some(minutes) if (1..WEEK).contains(&minutes) => Some(minutes),
        Some(_) => errors.add("minutes", &format!("must be 1 to {}", WEEK - 1)),
        None => errors.add("minutes", "is required"),
    };
    let is_zone = "must be the name of a time zone, as in Europe/Berlin";
    let old_zone = old.map(|(_, zone)| zone);
    let time_zone = errors.parsed::<Tz>("time_zone", input.time_zone.as_deref(), old_zone, is_zone);
    (minutes, time_zone)
}

/// Each tag once, by id.
fn tags(given: &[String], found: &[Option<TagId>]) -> Result<Vec<TagId>, FieldError> {
    if given.len() > MAX_TAGS {
        return Err(FieldError::new("tags", format!("must name at most {MAX_TAGS}")));
    }
    let mut ids = std::collections::BTreeSet::new();
    for (index, name) in given.iter().enumerate() {
        match found.get(index).copied().flatten() {
            Some(TagId(id)) => ids.insert(id),
            None => return Err(FieldError::new("tags", format!("there is no tag {name:?}"))),
        };
    }
    Ok(ids.into_iter().map(TagId).collect())
}
