//! Maintenance windows: spans of time, once or again and again, in which alerts of monitors are held back.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::MonitorId;
use crate::time::Timestamp;

mod parts;
mod recurrence;
mod span;
#[cfg(test)]
mod tests;

pub use parts::plain_rule;
pub use recurrence::{Recurrence, YEARS};
pub use span::{Span, WEEK, WeekdayName, instant};

/// When alerts of monitors are held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MaintenanceWindow {
    /// Which monitors; all of the organisation's when there are none.
    #[serde(default)]
    pub monitors: Vec<MonitorId>,
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// Occurrences that do not take place, or were ended before they were over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<OccurrenceException>,
}

/// An occurrence of a window that is not as its span says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OccurrenceException {
    /// When it would begin.
    pub starts_at: Timestamp,
    /// When somebody has ended it; it does not take place where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// When the maintenance of a monitor ends that is under way at an instant; the latest end of several windows.
pub fn maintenance_end(
    monitor_id: MonitorId,
    windows: &[MaintenanceWindow],
    at: Timestamp,
) -> Option<Timestamp> {
    windows
        .iter()
        .filter(|window| window.covers(monitor_id))
        .filter_map(|window| window.end_at(at))
        .max()
}

/// The parts of `range` in which one of the windows of a monitor is open, in their order and without overlap.
pub fn maintenance_within(
    monitor_id: MonitorId,
    windows: &[MaintenanceWindow],
    range: Range<Timestamp>,
) -> Vec<Range<Timestamp>> {
    let windows = windows.iter().filter(|window| window.covers(monitor_id));
    let spans = windows.flat_map(|window| window.occurrences(range.clone()));
    merged(spans.map(|span| within(&span, &range)).collect())
}

/// The occurrences of windows in a range, expanded once for many monitors.
#[derive(Clone, Debug, Default)]
pub struct Expanded<'a>(Vec<(&'a MaintenanceWindow, Vec<Range<Timestamp>>)>);

impl<'a> Expanded<'a> {
    /// The occurrences of `windows` that overlap `range`.
    pub fn new(windows: &'a [MaintenanceWindow], range: Range<Timestamp>) -> Self {
        let expanded = |window: &'a MaintenanceWindow| (window, window.occurrences(range.clone()).collect());
        Self(windows.iter().map(expanded).collect())
    }

    /// As [`maintenance_within`], for a part of the range.
    pub fn maintenance_within(&self, monitor_id: MonitorId, part: Range<Timestamp>) -> Vec<Range<Timestamp>> {
        let windows = self.0.iter().filter(|(window, _)| window.covers(monitor_id));
        let spans = windows.flat_map(|(_, spans)| spans);
        let spans = spans.filter(|span| span::overlap(span, &part));
        merged(spans.map(|span| within(span, &part)).collect())
    }
}

fn within(span: &Range<Timestamp>, range: &Range<Timestamp>) -> Range<Timestamp> {
    span.start.max(range.start)..span.end.min(range.end)
}

/// Spans in their order, those that overlap or follow each other without a gap as one.
pub fn merged(mut spans: Vec<Range<Timestamp>>) -> Vec<Range<Timestamp>> {
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|later, earlier| {
        let joined = later.start <= earlier.end;
        if joined {
            earlier.end = earlier.end.max(later.end);
        }
        joined
    });
    spans
}

impl MaintenanceWindow {
    /// Whether it concerns a monitor of the organisation.
    pub fn covers(&self, monitor_id: MonitorId) -> bool {
        self.monitors.is_empty() || self.monitors.contains(&monitor_id)
    }

    /// The occurrences that take place and overlap `range`, in their order, each whole.
    pub fn occurrences(&self, range: Range<Timestamp>) -> impl Iterator<Item = Range<Timestamp>> + use<> {
        let exceptions = self.exceptions.clone();
        let takes_place = move |span: Range<Timestamp>| {
            let exception = exceptions.iter().find(|one| one.starts_at == span.start);
            match exception {
                None => Some(span),
                Some(exception) => {
                    let ended = exception.ended_at?;
                    Some(span.start..span.end.min(ended))
                }
            }
        };
        let planned = self.span.occurrences(range.clone());
        planned
            .filter_map(takes_place)
            .filter(move |span| span::overlap(span, &range))
    }

    /// When the occurrence ends that is under way at an instant.
    pub fn end_at(&self, at: Timestamp) -> Option<Timestamp> {
        self.occurrences(at..at.plus_millis(1)).map(|span| span.end).max()
    }
}
