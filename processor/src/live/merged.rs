//! The changes of several batches, merged.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::MonitorId;

use crate::batch::{LiveEvent, LiveUpdate, newest_points};

/// One update per monitor.
#[derive(Debug, Default)]
pub(crate) struct MergedUpdates(BTreeMap<MonitorId, LiveUpdate>);

impl MergedUpdates {
    /// How many monitors there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the changes of a later batch.
    pub(crate) fn add(&mut self, updates: impl IntoIterator<Item = LiveUpdate>) {
        for update in updates {
            match self.0.entry(update.monitor_id) {
                Entry::Vacant(free) => drop(free.insert(update)),
                Entry::Occupied(mut known) => merge(known.get_mut(), update),
            }
        }
    }

    /// The updates, in the order of their monitors.
    pub(crate) fn into_updates(self) -> Vec<LiveUpdate> {
        self.0.into_values().collect()
    }
}

/// Keeps the last status, and every incident.
fn merge(known: &mut LiveUpdate, later: LiveUpdate) {
    let earlier = std::mem::replace(known, later);
    let incidents = earlier.events.into_iter();
    let incidents = incidents.filter(|event| matches!(event, LiveEvent::Incident(_)));
    known.events.splice(0..0, incidents);
    let mut points = earlier.points;
    points.append(&mut known.points);
    known.points = newest_points(points);
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::live::{IncidentView, LiveState, LiveStatus, Point};
    use domain::record::PointState;
    use domain::{IncidentId, OrgId, Timestamp};

    use super::*;
    use crate::batch::{SPARKLINE, Version};

    fn point(slot: i64) -> Point {
        Point {
            at: Timestamp::from_millis(slot),
            state: PointState::Up,
            latency_ms: Some(slot as u32),
        }
    }

    /// The update of a batch with a result in each of `slots`.
    pub(crate) fn update(monitor: i64, slots: std::ops::Range<i64>) -> LiveUpdate {
        let last = slots.end - 1;
        LiveUpdate {
            monitor_id: MonitorId(monitor),
            org_id: OrgId(1),
            version: Version {
                revision: 3,
                slot: last,
            },
            status: Some(LiveStatus {
                state: LiveState::Up,
                latency_ms: Some(last as u32),
                ..LiveStatus::default()
            }),
            failing: 0,
            points: slots.map(point).collect(),
            heartbeat: None,
            events: vec![LiveEvent::Status(Some(point(last)))],
        }
    }

    fn incident(number: u128) -> LiveEvent {
        LiveEvent::Incident(Box::new(IncidentView {
            id: IncidentId(uuid::Uuid::from_u128(number)),
            monitor_id: MonitorId(1),
            monitor_name: None,
            started_at: Timestamp::from_millis(0),
            resolved_at: None,
            duration_seconds: 0,
            close_reason: None,
            error_code: None,
            first_error: None,
            last_error: None,
            regions: None,
        }))
    }

    fn merged(parts: Vec<Vec<LiveUpdate>>) -> Vec<LiveUpdate> {
        let mut merged = MergedUpdates::default();
        for part in parts {
            merged.add(part);
        }
        merged.into_updates()
    }

    #[test]
    fn a_monitor_is_shown_where_it_has_come_to_with_all_points_on_the_way() {
        let parts = vec![
            vec![update(2, 0..2), update(5, 0..1)],
            vec![update(1, 7..8), update(2, 2..4)],
        ];
        assert_eq!(merged(parts), [update(1, 7..8), update(2, 0..4), update(5, 0..1)]);
    }

    #[test]
    fn no_incident_is_left_out_and_their_order_stays() {
        let (mut first, mut second) = (update(1, 0..1), update(1, 1..2));
        first.events.insert(0, incident(1));
        second.events.insert(0, incident(2));
        let told = &merged(vec![vec![first], vec![second]])[0].events;
        assert_eq!(
            told,
            &[incident(1), incident(2), LiveEvent::Status(Some(point(1)))]
        );
    }

    #[test]
    fn a_removed_monitor_has_no_status_to_tell() {
        let mut removed = update(1, 1..2);
        (removed.status, removed.events) = (None, Vec::new());
        let all = merged(vec![vec![update(1, 0..1)], vec![removed]]);
        assert_eq!((&all[0].status, all[0].events.len()), (&None, 0));
    }

    #[test]
    fn no_more_points_are_kept_than_are_shown() {
        let all = merged(vec![vec![update(1, 0..50)], vec![update(1, 50..90)]]);
        let slots: Vec<i64> = all[0].points.iter().map(|point| point.at.as_millis()).collect();
        assert_eq!(slots, (90 - SPARKLINE as i64..90).collect::<Vec<_>>());
    }
}
