//! The live state as PostgreSQL knows it: what Redis is repaired from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::live::Point;
use domain::record::PointState;
use domain::{MonitorId, Timestamp};

use super::apply::live_update;
use super::{Store, StoreError, rows, states};
use crate::batch::{LiveUpdate, SPARKLINE};
use crate::rollup::last_slots;

const POINTS: &str = "SELECT monitor_id, row.scheduled_at, row.state, row.latency_ms
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         SELECT scheduled_at, state, latency_ms FROM check_results
         WHERE check_results.monitor_id = key.monitor_id ORDER BY scheduled_at DESC LIMIT 60
     ) AS row";

const SKIPPED: &str = "SELECT monitor_id, row.first_slot, row.last_slot, row.interval_ms
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         SELECT first_slot, last_slot, interval_ms FROM skipped_slots
         WHERE skipped_slots.monitor_id = key.monitor_id ORDER BY first_slot DESC LIMIT 60
     ) AS row";

impl Store {
    /// What Redis is to hold of `monitors`, as their latest state tells it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn live(&self, monitors: &[MonitorId]) -> Result<Vec<LiveUpdate>, StoreError> {
        let ids: Vec<i64> = monitors.iter().map(|monitor| monitor.0).collect();
        let client = self.pool.get().await?;
        let states = states::get(&client, &ids).await?;
        let mut points: BTreeMap<MonitorId, BTreeMap<Timestamp, Point>> = BTreeMap::new();
        let skipped = client.prepare_cached(SKIPPED).await?;
        for row in client.query(&skipped, &[&ids]).await? {
            let instant = |column| Timestamp::from(row.get::<_, DateTime<Utc>>(column));
            let interval = i64::from(row.get::<_, i32>(3));
            let of_monitor = points.entry(MonitorId(row.get(0))).or_default();
            for at in last_slots(instant(1), instant(2), interval, SPARKLINE as i64) {
                let point = Point {
                    at,
                    state: PointState::Skipped,
                    latency_ms: None,
                };
                of_monitor.insert(at, point);
            }
        }
        let results = client.prepare_cached(POINTS).await?;
        for row in client.query(&results, &[&ids]).await? {
            let point = Point {
                at: row.get::<_, DateTime<Utc>>(1).into(),
                state: rows::state_of(row.get(2)),
                latency_ms: row.get::<_, Option<i32>>(3).and_then(|ms| u32::try_from(ms).ok()),
            };
            points
                .entry(MonitorId(row.get(0)))
                .or_default()
                .insert(point.at, point);
        }
        Ok(states
            .into_iter()
            .map(|(monitor, tracked)| {
                let points = points
                    .remove(&monitor)
                    .unwrap_or_default()
                    .into_values()
                    .collect();
                live_update(monitor, &tracked, points)
            })
            .collect())
    }

    /// Up to `limit` monitors that have a state, in the order of their ids.
    pub(crate) async fn monitors_after(
        &self,
        after: MonitorId,
        limit: usize,
    ) -> Result<Vec<MonitorId>, StoreError> {
        let client = self.pool.get().await?;
        let select = client
            .prepare_cached(
                "SELECT monitor_id FROM monitor_states WHERE monitor_id > $1 ORDER BY monitor_id LIMIT $2",
            )
            .await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = client.query(&select, &[&after.0, &limit]).await?;
        Ok(rows.iter().map(|row| MonitorId(row.get(0))).collect())
    }
}
