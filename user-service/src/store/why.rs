//! What is stored of a monitor at an instant: its last checks, why there was none, and the incident that went on.

use api::WhyCheck;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::monitor_status::{EFFECTIVE_STATE, parse_error_code};
use super::point_state::point_state;
use super::scope::sees;
use super::skipped_slots as skipped;
use crate::rules::skipped_slots::SkippedSlots;

/// An incident that was over is told of for so long after it began, in milliseconds.
pub(crate) const LATELY_MS: i64 = 3_600_000;

/// The checks up to an instant of which the results were on the log by then. What was appended when is not known of results
/// from before that was stored: those are taken to have been when they were made.
pub(crate) const CHECKS: &str = "
    SELECT r.*, e.error_code, e.error FROM (
        SELECT monitor_id, scheduled_at, region, revision, interval_ms, delay_ms, append_delay_ms, latency_ms, state,
            by_quorum
        FROM check_results
        WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at <= $3
          AND scheduled_at + coalesce(append_delay_ms, delay_ms + coalesce(latency_ms, 0)) * interval '1 millisecond'
              <= $3
        ORDER BY scheduled_at DESC, region DESC LIMIT $4
    ) r
    LEFT JOIN LATERAL (
        SELECT error_code, error FROM check_errors
        WHERE monitor_id = r.monitor_id AND scheduled_at = r.scheduled_at AND region = r.region LIMIT 1
    ) e ON true
    ORDER BY r.scheduled_at, r.region";

/// The last checks of a monitor by an instant, newest last, and how long the newest stands for, in milliseconds.
#[derive(Debug)]
pub(crate) struct Checks {
    pub(crate) list: Vec<WhyCheck>,
    pub(crate) interval_ms: i64,
}

/// The last checks by `at`, of slots since `from`, at most `limit`, of a monitor that was [found](super::monitors::find).
pub(crate) async fn checks(
    client: &impl GenericClient,
    monitor: MonitorId,
    (from, at): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Checks, StoreError> {
    let statement = client.prepare_cached(CHECKS).await?;
    let (from, at) = (from.to_datetime(), at.to_datetime());
    let rows = client
        .query(&statement, &[&monitor.0, &from, &at, &limit])
        .await?;
    let interval_ms: i32 = rows
        .last()
        .map_or(Ok(0), |newest| newest.try_get("interval_ms"))?;
    let list: Result<Vec<_>, _> = rows.iter().map(read).collect();
    Ok(Checks {
        list: list?,
        interval_ms: interval_ms.into(),
    })
}

fn read(row: &Row) -> Result<WhyCheck, StoreError> {
    let scheduled_at: Timestamp = row.try_get::<_, DateTime<Utc>>("scheduled_at")?.into();
    let delay_ms: i32 = row.try_get("delay_ms")?;
    let append_delay_ms: Option<i32> = row.try_get("append_delay_ms")?;
    let error_code: Option<&str> = row.try_get("error_code")?;
    Ok(WhyCheck {
        scheduled_at,
        checked_at: scheduled_at.plus_millis(delay_ms.into()),
        appended_at: append_delay_ms.map(|ms| scheduled_at.plus_millis(ms.into())),
        state: point_state(row.try_get("state")?),
        latency_ms: row.try_get("latency_ms")?,
        error_code: error_code.map(parse_error_code),
        error: row.try_get("error")?,
        region: row
            .try_get::<_, bool>("by_quorum")?
            .then(|| row.try_get("region"))
            .transpose()?,
        revision: row.try_get("revision")?,
    })
}

/// The slots of a monitor that was [found](super::monitors::find) which were not checked, an instant among them.
pub(crate) async fn skipped_at(
    client: &impl GenericClient,
    monitor: MonitorId,
    at: Timestamp,
) -> Result<Option<SkippedSlots>, StoreError> {
    // No slot stands for more than a day.
    let sql = format!(
        "SELECT {} FROM skipped_slots
         WHERE monitor_id = $1 AND first_slot <= $2 AND last_slot > $2::timestamptz - interval '1 day'
         ORDER BY first_slot DESC LIMIT 10",
        skipped::COLUMNS
    );
    let rows = client.query(&sql, &[&monitor.0, &at.to_datetime()]).await?;
    let ranges: Result<Vec<_>, _> = rows.iter().map(skipped::read).collect();
    let covers = |range: &SkippedSlots| at < range.last.plus_millis(range.interval_ms.max(1));
    Ok(ranges?.into_iter().find(covers))
}

/// The incident of a monitor that went on at an instant, or the last one that began [lately](LATELY_MS). Of one monitor no
/// two go on at a time.
pub(crate) async fn incident_at(
    client: &impl GenericClient,
    scope: Scope,
    monitor: MonitorId,
    at: Timestamp,
) -> Result<Option<IncidentId>, StoreError> {
    let sql = format!(
        "SELECT i.id, i.started_at, i.resolved_at FROM incidents i
         WHERE i.monitor_id = $1 AND i.org_id = $2 AND i.started_at <= $3 AND {}
         ORDER BY i.started_at DESC, i.id LIMIT 1",
        sees("i.monitor_id", 2, 4)
    );
    let row = client
        .query_opt(
            &sql,
            &[&monitor.0, scope.org_id(), &at.to_datetime(), &scope.who()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let started_at: Timestamp = row.try_get::<_, DateTime<Utc>>(1)?.into();
    let resolved_at: Option<DateTime<Utc>> = row.try_get(2)?;
    let goes_on = resolved_at.is_none_or(|resolved| at < Timestamp::from(resolved));
    let is_told = goes_on || at.millis_since(started_at) <= LATELY_MS;
    Ok(is_told.then_some(IncidentId(row.try_get(0)?)))
}

/// The names of those of some monitors that are down, by id; none of one that is not seen.
pub(crate) async fn down_above(
    client: &impl GenericClient,
    scope: Scope,
    monitors: &[MonitorId],
) -> Result<Vec<Option<String>>, StoreError> {
    if monitors.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT CASE WHEN {} THEN m.name END FROM monitors m JOIN monitor_states s ON s.monitor_id = m.id
         WHERE m.org_id = $1 AND m.id = ANY($2) AND m.deleted_at IS NULL AND {EFFECTIVE_STATE} = 'down'
         ORDER BY m.id",
        sees("m.id", 1, 3)
    );
    let rows = client.query(&sql, &[scope.org_id(), &ids, &scope.who()]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
