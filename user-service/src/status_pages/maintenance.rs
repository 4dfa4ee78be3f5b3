//! Maintenance that stands on a status page: the occurrences of windows that concern a component's monitor.

use domain::maintenance::MaintenanceWindow;
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
    windows: &[WindowRow],
    components: &[(ComponentId, MonitorId)],
    history_days: u16,
    now: Timestamp,
) -> Vec<Maintenance> {
    let range = now.plus_millis(-i64::from(history_days) * DAY_MS)..now.plus_millis(DAYS_AHEAD * DAY_MS);
    let mut all = Vec::new();
    for row in windows {
        // One that cannot be read holds nothing back, and is said to its owner where it is listed.
        let Some(span) = row.span.value() else { continue };
        let window = MaintenanceWindow {
            monitors: row.monitors.clone(),
            span: span.clone(),
        };
        let concerned: Vec<ComponentId> = components
            .iter()
            .filter(|(_, monitor)| window.covers(*monitor))
            .map(|(component, _)| *component)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        all.extend(span.occurrences(range.clone()).map(|occurrence| Maintenance {
            window_id: row.id,
            version: row.version,
            title: row.name.clone(),
            from: occurrence.start,
            until: occurrence.end,
            components: concerned.clone(),
            updated_at: row.updated_at,
        }));
    }
    all.sort_by_key(|one| distance(one, now));
    all.truncate(MOST);
    all.sort_by_key(|one| (one.from, one.window_id));
    all
}

/// How far from now an occurrence is, in milliseconds.
fn distance(one: &Maintenance, now: Timestamp) -> i64 {
    one.from.millis_since(now).max(now.millis_since(one.until)).max(0)
}
