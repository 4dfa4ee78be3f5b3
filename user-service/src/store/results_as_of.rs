//! The results of monitors as they had been appended to the log by an instant.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::coverage::covered_span;
use domain::live::{LiveStatus, Point};
use domain::record::PointState;
use domain::{ErrorCode, MonitorId, Timestamp};
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_status::parse_error_code;
use super::point_state::point_state;
use super::sparklines::POINTS;
use crate::rules::status_as_of::Checked;
use crate::rules::uptime_window::DAY_MS;

/// Results that are looked at of a monitor, at most.
pub(super) const MAX_RESULTS: i64 = 200;

/// How far before the instant they lie, in milliseconds: as long as 30 checks take that are made once a day.
pub(super) const REACH_MS: i64 = 31 * DAY_MS;

const HOUR_MS: i64 = 3_600_000;

/// The newest results of each monitor that had been appended to the log.
pub(super) const RESULTS: &str = "
    SELECT w.id, r.scheduled_at, r.region, r.revision, r.interval_ms, r.delay_ms, r.latency_ms, r.status_code, r.state,
           r.by_quorum, r.appended_at
    FROM unnest($1::bigint[]) AS w (id)
    CROSS JOIN LATERAL (
        SELECT c.* FROM (
            SELECT scheduled_at, region, revision, interval_ms, delay_ms, latency_ms, status_code, state, by_quorum,
                   scheduled_at + coalesce(append_delay_ms, delay_ms + coalesce(latency_ms, 0)) * interval '1 millisecond'
                       AS appended_at
            FROM check_results WHERE monitor_id = w.id AND scheduled_at > $2 AND scheduled_at <= $3
        ) c
        WHERE c.appended_at <= $3 ORDER BY c.scheduled_at DESC LIMIT $4
    ) r";

/// Of monitors the highest revision of a result that was appended later, of a slot that had come, where it is above the one that
/// is known of the results by then. The first check after an edit or a pause is made for the latest slot that has passed, and its
/// row takes the place of the one that was there. No interval is longer than a day.
pub(super) const REPLACING: &str = "
    SELECT w.id, r.revision
    FROM unnest($1::bigint[], $2::integer[]) AS w (id, known)
    CROSS JOIN LATERAL (
        SELECT max(c.revision) AS revision FROM (
            SELECT revision,
                   scheduled_at + coalesce(append_delay_ms, delay_ms + coalesce(latency_ms, 0)) * interval '1 millisecond'
                       AS appended_at
            FROM check_results WHERE monitor_id = w.id AND scheduled_at > $3 AND scheduled_at <= $4
            ORDER BY scheduled_at DESC LIMIT $5
        ) c
        WHERE c.revision > w.known AND c.appended_at > $4
    ) r
    WHERE r.revision IS NOT NULL";

/// Of monitors those of which, from an hour on, more successes are counted than are kept. Asked of those that have few results
/// since then.
pub(super) const MISSING: &str = "
    SELECT w.id FROM unnest($1::bigint[], $2::timestamptz[]) AS w (id, since)
    WHERE (SELECT coalesce(sum(h.up + h.degraded), 0) FROM rollups_hourly h
           WHERE h.monitor_id = w.id AND h.hour >= w.since AND h.hour < $3)
        > (SELECT count(*) FROM check_results c
           WHERE c.monitor_id = w.id AND c.scheduled_at >= w.since AND c.scheduled_at < $3 AND c.state < 2)";

/// What was found of failures.
const ERRORS: &str = "
    SELECT w.id, e.error_code, e.error
    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS w (id, slot, region)
    CROSS JOIN LATERAL (
        SELECT error_code, error FROM check_errors
        WHERE monitor_id = w.id AND scheduled_at = w.slot AND region = w.region LIMIT 1
    ) e";

/// A result that is stored.
pub(super) struct Found {
    pub(super) checked: Checked,
    region: String,
    pub(super) by_quorum: bool,
    checked_at: Timestamp,
    latency_ms: Option<u32>,
    status_code: Option<u16>,
}

impl Found {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let slot: Timestamp = row.try_get::<_, DateTime<Utc>>("scheduled_at")?.into();
        let (interval_ms, delay_ms): (i32, i32) = (row.try_get("interval_ms")?, row.try_get("delay_ms")?);
        let (latency, code): (Option<i32>, Option<i16>) =
            (row.try_get("latency_ms")?, row.try_get("status_code")?);
        Ok(Self {
            checked: Checked {
                slot,
                begins: covered_span(slot, interval_ms.into(), delay_ms.into()).start,
                appended: row.try_get::<_, DateTime<Utc>>("appended_at")?.into(),
                revision: row.try_get("revision")?,
                point: point_state(row.try_get("state")?),
            },
            region: row.try_get("region")?,
            by_quorum: row.try_get("by_quorum")?,
            checked_at: slot.plus_millis(delay_ms.into()),
            latency_ms: latency.and_then(|ms| ms.try_into().ok()),
            status_code: code.and_then(|code| code.try_into().ok()),
        })
    }

    /// Says in a status that this was the latest result.
    pub(super) fn add_to(&self, status: &mut LiveStatus) {
        status.last_checked_at = Some(self.checked_at);
        status.latency_ms = self.latency_ms;
        status.status_code = self.status_code;
    }
}

/// The results of each of these monitors.
pub(super) async fn results(
    tx: &Transaction<'_>,
    monitors: &[i64],
    at: Timestamp,
) -> Result<HashMap<MonitorId, Vec<Found>>, StoreError> {
    let statement = tx.prepare_cached(RESULTS).await?;
    let (lower, then) = (at.plus_millis(-REACH_MS).to_datetime(), at.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 4] = [&monitors, &lower, &then, &MAX_RESULTS];
    let mut rows = std::pin::pin!(tx.query_raw(&statement, parameters).await?);
    let mut all: HashMap<MonitorId, Vec<Found>> = HashMap::new();
    // Read as they come: of many monitors they are many.
    while let Some(row) = rows.try_next().await? {
        let id = MonitorId(row.try_get("id")?);
        all.entry(id).or_default().push(Found::read(&row)?);
    }
    Ok(all)
}

/// Of these monitors, each with the highest revision that is known of its results, the revision of what may have taken the place
/// of a result that was there.
pub(super) async fn replacing(
    tx: &Transaction<'_>,
    monitors: &[(MonitorId, i32)],
    at: Timestamp,
) -> Result<HashMap<MonitorId, i32>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let (ids, known): (Vec<i64>, Vec<i32>) = monitors.iter().map(|(id, known)| (id.0, *known)).unzip();
    let statement = tx.prepare_cached(REPLACING).await?;
    let (lower, then) = (at.plus_millis(-DAY_MS).to_datetime(), at.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 5] = [&ids, &known, &lower, &then, &MAX_RESULTS];
    let rows = tx.query(&statement, &parameters).await?;
    let read = |row: &Row| Ok((MonitorId(row.try_get("id")?), row.try_get("revision")?));
    rows.iter().map(read).collect()
}

/// Those of these monitors of which successes between an instant of their own and `at` are counted, and not kept.
pub(super) async fn missing(
    tx: &Transaction<'_>,
    monitors: &[(MonitorId, Timestamp)],
    at: Timestamp,
) -> Result<HashSet<MonitorId>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashSet::new());
    }
    // Hours are counted as a whole.
    let hour = |at: Timestamp| Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS);
    let of = |(id, since): &(MonitorId, Timestamp)| (id.0, hour(*since).to_datetime());
    let (ids, since): (Vec<i64>, Vec<DateTime<Utc>>) = monitors.iter().map(of).unzip();
    let end = hour(at).plus_millis(HOUR_MS).to_datetime();
    let statement = tx.prepare_cached(MISSING).await?;
    let rows = tx.query(&statement, &[&ids, &since, &end]).await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// The last of the results, as a sparkline has them.
pub(super) fn points(results: &[Found]) -> Vec<Point> {
    let mut points: Vec<Point> = results
        .iter()
        .map(|result| Point {
            at: result.checked.slot,
            state: result.checked.point,
            latency_ms: result.latency_ms,
        })
        .collect();
    points.sort_by_key(|point| point.at);
    let surplus = points.len().saturating_sub(POINTS);
    points.drain(..surplus);
    points
}

/// The failures that were the latest results, by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
pub(super) struct Failures {
    id: Vec<i64>,
    slot: Vec<DateTime<Utc>>,
    region: Vec<String>,
}

impl Failures {
    pub(super) fn add(&mut self, id: MonitorId, latest: &Found) {
        if latest.checked.point == PointState::Down {
            self.id.push(id.0);
            self.slot.push(latest.checked.slot.to_datetime());
            self.region.push(latest.region.clone());
        }
    }

    /// What was found of each.
    pub(super) async fn look_up(self, tx: &Transaction<'_>) -> Result<Vec<(MonitorId, Failure)>, StoreError> {
        if self.id.is_empty() {
            return Ok(Vec::new());
        }
        let statement = tx.prepare_cached(ERRORS).await?;
        let rows = tx
            .query(&statement, &[&self.id, &self.slot, &self.region])
            .await?;
        let read = |row: &Row| {
            let code: Option<&str> = row.try_get("error_code")?;
            let failure = Failure {
                code: code.map(parse_error_code),
                error: row.try_get("error")?,
            };
            Ok((MonitorId(row.try_get("id")?), failure))
        };
        rows.iter().map(read).collect()
    }
}

/// What was found of a failure.
pub(super) struct Failure {
    pub(super) code: Option<ErrorCode>,
    pub(super) error: Option<String>,
}
