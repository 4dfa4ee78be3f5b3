//! The live state as PostgreSQL knows it: what Redis is repaired from.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Client;
use domain::live::Point;
use domain::record::PointState;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::apply::live_update;
use super::fields::{Fields as _, each};
use super::{Store, StoreError, joint, quorums, rows, states};
use crate::batch::{LiveUpdate, SPARKLINE, newest_points};
use crate::rollup::{RegionRows, joint_points, last_slots};

/// Of monitors that several regions check: so many more as may reach into the oldest that is shown.
const OF_REGIONS: &str = "SELECT monitor_id, row.scheduled_at, row.interval_ms, row.state, row.latency_ms, row.delay_ms,
         row.region, row.revision
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         SELECT scheduled_at, interval_ms, state, latency_ms, delay_ms, region, revision, by_quorum FROM check_results
         WHERE check_results.monitor_id = key.monitor_id ORDER BY scheduled_at DESC LIMIT 92
     ) AS row WHERE row.by_quorum";

/// Where several regions decide ($2), what has no say stands for no time.
const POINTS: &str = "SELECT monitor_id, row.scheduled_at, row.state, row.latency_ms
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         SELECT scheduled_at, state, latency_ms, by_quorum, interval_ms FROM check_results
         WHERE check_results.monitor_id = key.monitor_id ORDER BY scheduled_at DESC LIMIT 60
     ) AS row WHERE NOT row.by_quorum AND (row.interval_ms > 0 OR NOT monitor_id = ANY($2))";

/// Of heartbeats: their pings, and what was overdue.
pub(super) const PINGS: &str = "SELECT monitor_id, row.at, row.state, row.latency_ms
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         (SELECT began AS at, 2::smallint AS state, NULL::int AS latency_ms FROM heartbeat_spans
          WHERE heartbeat_spans.monitor_id = key.monitor_id AND state = 'down' ORDER BY began DESC LIMIT 60)
         UNION ALL
         (SELECT arrived_at, CASE kind WHEN 'fail' THEN 2 ELSE 0 END::smallint,
              least(duration_ms, 2147483647)::int FROM pings
          WHERE pings.monitor_id = key.monitor_id AND kind IN ('success', 'fail') ORDER BY n DESC LIMIT 60)
     ) AS row";

const SKIPPED: &str = "SELECT monitor_id, row.first_slot, row.last_slot, row.interval_ms
     FROM unnest($1::bigint[]) AS key (monitor_id)
     CROSS JOIN LATERAL (
         SELECT first_slot, last_slot, interval_ms FROM skipped_slots
         WHERE skipped_slots.monitor_id = key.monitor_id ORDER BY first_slot DESC LIMIT 60
     ) AS row";

/// What the latest results of monitors that several regions check look like.
async fn points_of_regions(
    client: &Client,
    ids: &[i64],
) -> Result<BTreeMap<MonitorId, Vec<Point>>, StoreError> {
    let mut points: BTreeMap<MonitorId, Vec<Point>> = BTreeMap::new();
    let quorums = quorums::of(client, ids).await?;
    if quorums.is_empty() {
        return Ok(points);
    }
    let several: BTreeSet<i64> = quorums.keys().map(|(monitor, _)| monitor.0).collect();
    let several: Vec<i64> = several.into_iter().collect();
    let select = client.prepare_cached(OF_REGIONS).await?;
    let rows = client.query(&select, &[&several]).await?;
    let mut found: BTreeMap<(MonitorId, i32), RegionRows> = BTreeMap::new();
    let read = |row: &Row| {
        let owner = (MonitorId(row.field(0)?), row.field::<i32>(7)?);
        Ok((owner, (row.instant(1)?, row.field(6)?), joint::sample(row)?))
    };
    for (owner, name, sample) in each(&rows, "result", read) {
        found.entry(owner).or_default().insert(name, sample);
    }
    let ever = Timestamp::from_millis(i64::MIN / 2)..Timestamp::from_millis(i64::MAX / 2);
    for (owner, rows) in found {
        if let Some(known) = quorums.get(&owner) {
            let shown = joint_points(&known.quorum, &rows, std::slice::from_ref(&ever));
            points.entry(owner.0).or_default().extend(shown);
        }
    }
    Ok(points
        .into_iter()
        .map(|(monitor, all)| (monitor, newest_points(all)))
        .collect())
}

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
        let skipped = client.query(&skipped, &[&ids]).await?;
        let read = |row: &Row| {
            let slots = last_slots(row.instant(1)?, row.instant(2)?, row.millis(3)?, SPARKLINE as i64);
            Ok((MonitorId(row.field(0)?), slots))
        };
        for (monitor, slots) in each(&skipped, "skipped range", read) {
            let of_monitor = points.entry(monitor).or_default();
            for at in slots {
                let point = Point {
                    at,
                    state: PointState::Skipped,
                    latency_ms: None,
                };
                of_monitor.insert(at, point);
            }
        }
        let several = states.iter().filter(|(_, tracked)| tracked.fold.votes.is_some());
        let several: Vec<i64> = several.map(|(monitor, _)| monitor.0).collect();
        let results = client.prepare_cached(POINTS).await?;
        let mut results = client.query(&results, &[&ids, &several]).await?;
        let pings = client.prepare_cached(PINGS).await?;
        results.extend(client.query(&pings, &[&ids]).await?);
        let read = |row: &Row| {
            let point = Point {
                at: row.instant(1)?,
                state: rows::state_of(row.field(2)?),
                latency_ms: row.latency(3)?,
            };
            Ok((MonitorId(row.field(0)?), point))
        };
        for (monitor, point) in each(&results, "result", read) {
            points.entry(monitor).or_default().insert(point.at, point);
        }
        for (monitor, of_regions) in points_of_regions(&client, &ids).await? {
            let by_slot = of_regions.into_iter().map(|point| (point.at, point));
            points.entry(monitor).or_default().extend(by_slot);
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
        rows.iter().map(|row| Ok(MonitorId(row.field(0)?))).collect()
    }

    /// The heartbeats of whose pings something is known.
    pub(crate) async fn heartbeats(&self) -> Result<Vec<MonitorId>, StoreError> {
        let select = "SELECT monitor_id FROM monitor_states WHERE heartbeat IS NOT NULL";
        let rows = self.pool.get().await?.query(select, &[]).await?;
        rows.iter().map(|row| Ok(MonitorId(row.field(0)?))).collect()
    }
}
