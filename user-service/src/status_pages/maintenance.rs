//! Maintenance that stands on a status page: the occurrences of windows that concern a component's monitor.

use std::ops::Range;

use domain::maintenance::{MaintenanceWindow, Span};
use domain::{ComponentId, MonitorId, Timestamp};
use pages::document::Maintenance;

use crate::rules::uptime_window::DAY_MS;
use crate::store::maintenance_windows::WindowRow;

/// How far ahead maintenance is announced.
const DAYS_AHEAD: i64 = 30;

/// Occurrences on a page: those that are nearest to now.
const MOST: usize = 100;

/// The occurrences that concern `components`, by their beginning.
pub(super) fn occurrences(
    windows: &[(WindowRow, MaintenanceWindow)],
    components: &[(ComponentId, MonitorId)],
    history_days: u16,
    now: Timestamp,
) -> Vec<Maintenance> {
    let range = now.plus_millis(-i64::from(history_days) * DAY_MS)..now.plus_millis(DAYS_AHEAD * DAY_MS);
    let mut all = Vec::new();
    for (row, window) in windows {
        let concerned: Vec<ComponentId> = components
            .iter()
            .filter(|(_, monitor)| window.covers(*monitor))
            .map(|(component, _)| *component)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        all.extend(
            made(window, row.created_at, range.clone()).map(|occurrence| Maintenance {
                window_id: row.id,
                version: row.version,
                title: row.name.clone(),
                from: occurrence.start,
                until: occurrence.end,
                components: concerned.clone(),
                updated_at: row.updated_at,
            }),
        );
    }
    all.sort_by_key(|one| distance(one, now));
    all.truncate(MOST);
    all.sort_by_key(|one| (one.from, one.window_id));
    all
}

/// The occurrences in `range` of a window that was made at an instant: nothing was maintained in the weeks before, but one
/// that is there once may be entered later.
fn made(
    window: &MaintenanceWindow,
    at: Timestamp,
    range: Range<Timestamp>,
) -> impl Iterator<Item = Range<Timestamp>> + use<> {
    let is_once = matches!(window.span, Span::Once { .. });
    window
        .occurrences(range)
        .filter(move |one| is_once || one.end > at)
}

/// How far from now an occurrence is, in milliseconds.
fn distance(one: &Maintenance, now: Timestamp) -> i64 {
    one.from.millis_since(now).max(now.millis_since(one.until)).max(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_window_that_repeats_was_not_there_before_it_was_made() {
        let begins = |window, made_at: &str| {
            let window: MaintenanceWindow = serde_json::from_value(window).unwrap();
            let [at, first, last] =
                [made_at, "2026-10-01T00:00:00Z", "2026-11-24T00:00:00Z"].map(|text| text.parse().unwrap());
            let found = made(&window, at, first..last).map(|one| one.start.to_string());
            found.collect::<Vec<_>>()
        };
        let sundays = json!({"repeat": "weekly", "weekday": "Sun", "from": "02:00:00", "minutes": 120, "time_zone": "UTC"});
        // It was made while the first was under way.
        assert_eq!(
            begins(sundays, "2026-11-15T03:00:00Z"),
            ["2026-11-15T02:00:00.000Z", "2026-11-22T02:00:00.000Z"]
        );
        let by_rule = json!({"repeat": "recurring", "starts": "2026-11-01T02:00:00", "rule": "FREQ=WEEKLY", "minutes": 120,
                             "time_zone": "UTC", "exceptions": [{"starts_at": "2026-11-15T02:00:00Z"}]});
        assert_eq!(
            begins(by_rule, "2026-11-08T03:00:00Z"),
            ["2026-11-08T02:00:00.000Z", "2026-11-22T02:00:00.000Z"]
        );
        let once = json!({"repeat": "once", "from": "2026-11-01T02:00:00Z", "until": "2026-11-01T04:00:00Z"});
        assert_eq!(begins(once, "2026-11-20T00:00:00Z"), ["2026-11-01T02:00:00.000Z"]);
    }
}
