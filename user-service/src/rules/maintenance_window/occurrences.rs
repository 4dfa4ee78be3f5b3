//! The occurrences of a window, and what people make of single ones.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use api::{MaintenanceOccurrence, OccurrenceState};
use domain::Timestamp;
use domain::maintenance::{MaintenanceWindow, OccurrenceException, Span};
use domain::monitor::FieldError;

use crate::rules::told_days::TOLD_DAYS;
use crate::rules::uptime_window::DAY_MS;

/// How far ahead occurrences are looked for.
pub(super) const AHEAD_MS: i64 = 10 * 366 * DAY_MS;

/// Exceptions that a window may have.
const MAX_EXCEPTIONS: usize = 200;

/// The first occurrence of a span.
pub(super) fn first_of(span: &Span) -> Option<Range<Timestamp>> {
    // Of a rule the first occurrence comes within ten years of its beginning.
    let begins = match span {
        Span::Once { from, .. } => *from,
        Span::Weekly { .. } => Timestamp::default(),
        Span::Recurring { starts, .. } => Timestamp::from(starts.and_utc()).plus_millis(-2 * DAY_MS),
    };
    span.occurrences(begins..begins.plus_millis(AHEAD_MS + 4 * DAY_MS))
        .next()
}

/// The occurrences that end after `from`, also those that do not take place; at most so many.
pub(crate) fn listed(
    window: &MaintenanceWindow,
    from: Timestamp,
    most: usize,
    now: Timestamp,
) -> Vec<MaintenanceOccurrence> {
    let planned = window.span.occurrences(from..from.plus_millis(AHEAD_MS));
    let all = planned.map(|span| occurrence(window, span, now));
    all.filter(|one| from < one.ends_at).take(most).collect()
}

fn occurrence(
    window: &MaintenanceWindow,
    planned: Range<Timestamp>,
    now: Timestamp,
) -> MaintenanceOccurrence {
    let Range { start, end } = planned;
    let (ends_at, state) = match exception(window, start) {
        Some(OccurrenceException {
            ended_at: Some(ended),
            ..
        }) if ended < end => (ended, OccurrenceState::Cancelled),
        Some(OccurrenceException { ended_at: None, .. }) => (end, OccurrenceState::Cancelled),
        Some(_) | None if now < start => (end, OccurrenceState::Scheduled),
        Some(_) | None if now < end => (end, OccurrenceState::Active),
        Some(_) | None => (end, OccurrenceState::Ended),
    };
    MaintenanceOccurrence {
        starts_at: start,
        ends_at,
        state,
    }
}

fn exception(window: &MaintenanceWindow, starts_at: Timestamp) -> Option<OccurrenceException> {
    let mut exceptions = window.exceptions.iter();
    exceptions.find(|one| one.starts_at == starts_at).copied()
}

/// The occurrence that begins at an instant.
fn beginning_at(
    window: &MaintenanceWindow,
    starts_at: Timestamp,
    now: Timestamp,
) -> Result<MaintenanceOccurrence, FieldError> {
    let mut planned = window.span.occurrences(starts_at..starts_at.plus_millis(1));
    match planned.find(|span| span.start == starts_at) {
        Some(span) => Ok(occurrence(window, span, now)),
        None => Err(wrong("must be when an occurrence begins")),
    }
}

fn wrong(message: &str) -> FieldError {
    FieldError::new("starts_at", message)
}

/// The exceptions of a window once an occurrence is cancelled: one that has not begun does not take place, one that is
/// under way ends now. One that does not take place already stays as it is.
///
/// # Errors
/// 422 (`starts_at`) when there is no such occurrence, or it is over.
pub(crate) fn cancel(
    window: &MaintenanceWindow,
    starts_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<OccurrenceException>, FieldError> {
    let occurrence = beginning_at(window, starts_at, now)?;
    if exception(window, starts_at).is_some_and(|one| one.ended_at.is_none()) {
        return Ok(window.exceptions.clone());
    }
    let ended_at = match occurrence.state {
        OccurrenceState::Scheduled => None,
        OccurrenceState::Active => Some(now),
        OccurrenceState::Ended | OccurrenceState::Cancelled => {
            return Err(wrong("is over, and cannot be cancelled"));
        }
    };
    let others = window
        .exceptions
        .iter()
        .filter(|one| one.starts_at != starts_at)
        .copied();
    let mut exceptions: Vec<_> = others
        .chain([OccurrenceException { starts_at, ended_at }])
        .collect();
    exceptions.sort_by_key(|one| one.starts_at);
    make_room(window, &mut exceptions, now);
    match exceptions.len() <= MAX_EXCEPTIONS {
        true => Ok(exceptions),
        false => Err(wrong(&format!(
            "cannot be cancelled: the window has {MAX_EXCEPTIONS} cancelled occurrences"
        ))),
    }
}

/// Drops exceptions where there are too many: those of the longest ago, by which alerters do not go any more. The others
/// stay, because what was measured without maintenance goes by them as well.
fn make_room(window: &MaintenanceWindow, exceptions: &mut Vec<OccurrenceException>, now: Timestamp) {
    let mut excess = exceptions.len().saturating_sub(MAX_EXCEPTIONS);
    let long_ago = now.plus_millis(-i64::from(TOLD_DAYS) * DAY_MS);
    let Some(first) = exceptions.first().map(|one| one.starts_at) else {
        return;
    };
    if excess == 0 || long_ago <= first {
        return;
    }
    let planned = window.span.occurrences(first..long_ago);
    let ends: HashMap<Timestamp, Timestamp> = planned.map(|span| (span.start, span.end)).collect();
    exceptions.retain(|one| {
        let end = ends.get(&one.starts_at).copied().unwrap_or(one.starts_at);
        let is_kept = excess == 0 || end > long_ago;
        excess -= usize::from(!is_kept);
        is_kept
    });
}

/// Drops exceptions to come that are of no occurrence any more. Those that have begun stay: what was measured without
/// maintenance goes by them as well.
pub(super) fn drop_unplanned(window: &mut MaintenanceWindow, now: Timestamp) {
    let coming = window.exceptions.iter().map(|one| one.starts_at);
    let coming = coming.filter(|starts_at| now < *starts_at);
    let Some(last) = coming.clone().max() else {
        return;
    };
    let first = coming.min().unwrap_or(last);
    let planned = window.span.occurrences(first..last.plus_millis(1));
    let planned: HashSet<Timestamp> = planned.map(|span| span.start).collect();
    window
        .exceptions
        .retain(|one| one.starts_at <= now || planned.contains(&one.starts_at));
}

/// The exceptions of a window once an occurrence takes place again that was cancelled.
///
/// # Errors
/// 422 (`starts_at`) when there is no such occurrence, it was not cancelled, or would have begun.
pub(crate) fn restore(
    window: &MaintenanceWindow,
    starts_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<OccurrenceException>, FieldError> {
    beginning_at(window, starts_at, now)?;
    match exception(window, starts_at) {
        None => Err(wrong("is not cancelled")),
        Some(one) if one.ended_at.is_some() => Err(wrong("was ended, which cannot be undone")),
        Some(_) if starts_at <= now => Err(wrong("would have begun already, and cannot be restored")),
        Some(_) => {
            let others = window.exceptions.iter().filter(|one| one.starts_at != starts_at);
            Ok(others.copied().collect())
        }
    }
}
