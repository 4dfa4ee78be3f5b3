//! The status of a monitor as it was at an earlier instant, of what was stored by then: its incidents, and the results that are
//! still kept.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, GenericClient, Transaction};
use domain::coverage::covered_span;
use domain::live::{LiveState, LiveStatus};
use domain::monitor::FieldError;
use domain::record::PointState;
use domain::{IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::incidents_as_of::{was_over, was_there};
use super::monitor_status::parse_error_code;
use super::point_state::point_state;
use super::scope::sees;
use super::{Scope, measure, past, snapshot};
use crate::rules::as_of;
use crate::rules::status_as_of::{Checked, Recovery, Standing, follow};
use crate::rules::uptime_window::DAY_MS;

/// Results that are looked at, at most.
const MAX_RESULTS: i64 = 200;

/// How far before the instant they lie, in milliseconds: as long as 30 checks take that are made once a day.
const REACH_MS: i64 = 31 * DAY_MS;

/// The monitor as the past has it. Whether it ever waited for pings is known of what is kept of it.
fn monitor_sql() -> String {
    format!(
        "SELECT held.revision, coalesce(held.paused, false) AS paused,
             CASE WHEN held.probe_revision_of = held.revision AND held.probe_revision IS NOT NULL
                  THEN held.probe_revision ELSE held.revision END AS probe_revision,
             greatest(m.created_at, (
                 SELECT max(p.until_at) FROM past_rows p
                 WHERE p.org_id = m.org_id AND p.relation = 'monitors' AND p.row_key = m.id::text AND p.until_at <= $4
             )) AS began,
             coalesce(m.spec->>'kind' = 'heartbeat', false)
                 OR EXISTS (SELECT FROM heartbeat_spans s WHERE s.monitor_id = m.id)
                 OR EXISTS (SELECT FROM monitor_versions v WHERE v.monitor_id = m.id AND v.spec->>'kind' = 'heartbeat')
                 AS is_heartbeat
         FROM monitors m
         LEFT JOIN LATERAL (
             SELECT p.id, p.was FROM past_rows p
             WHERE p.org_id = m.org_id AND p.relation = 'monitors' AND p.row_key = m.id::text AND p.until_at > $4
             ORDER BY p.until_at, p.id LIMIT 1
         ) AS kept ON true
         CROSS JOIN LATERAL (
             SELECT CASE WHEN kept.id IS NULL THEN m.revision ELSE (kept.was->>'revision')::integer END AS revision,
                    CASE WHEN kept.id IS NULL THEN m.probe_revision
                         ELSE (kept.was->>'probe_revision')::integer END AS probe_revision,
                    CASE WHEN kept.id IS NULL THEN m.probe_revision_of
                         ELSE (kept.was->>'probe_revision_of')::integer END AS probe_revision_of,
                    CASE WHEN kept.id IS NULL THEN m.spec->'paused' ELSE kept.was->'paused' END = 'true' AS paused,
                    CASE WHEN kept.id IS NULL THEN m.deleted_at IS NULL
                         ELSE kept.was IS NOT NULL AND kept.was->>'deleted_at' IS NULL END AS is_there
         ) AS held
         WHERE m.id = $1 AND m.org_id = $2 AND m.created_at <= $4 AND held.is_there AND {}",
        sees("m.id", 2, 3)
    )
}

/// The newest results that had been appended to the log.
const RESULTS: &str = "
    SELECT r.scheduled_at, r.region, r.revision, r.interval_ms, r.delay_ms, r.latency_ms, r.status_code, r.state, r.by_quorum,
           r.appended_at
    FROM (
        SELECT scheduled_at, region, revision, interval_ms, delay_ms, latency_ms, status_code, state, by_quorum,
               scheduled_at + coalesce(append_delay_ms, delay_ms + coalesce(latency_ms, 0)) * interval '1 millisecond'
                   AS appended_at
        FROM check_results WHERE monitor_id = $1 AND scheduled_at > $2 AND scheduled_at <= $3
    ) r
    WHERE r.appended_at <= $3 ORDER BY r.scheduled_at DESC LIMIT $4";

/// The status of a monitor as of an instant.
///
/// # Errors
/// 404 when it was not there; 422 (`at`) where the status is not known: before the past or the results are kept, and of
/// heartbeats and of what several regions checked.
pub(crate) async fn status(
    client: &mut Client,
    scope: Scope,
    id: MonitorId,
    at: Timestamp,
) -> Result<LiveStatus, StoreError> {
    let known_since = past::known_since(&*client, scope).await?;
    let tx = snapshot(client).await?;
    let then = at.to_datetime();
    let row = tx
        .query_opt(&monitor_sql(), &[&id.0, scope.org_id(), &scope.who(), &then])
        .await?;
    let monitor = row.ok_or(StoreError::NotFound("monitor"))?;
    if monitor.try_get::<_, bool>("is_heartbeat")? {
        return Err(unknown("is not known of heartbeats"));
    }
    let results_from = measure::kept(&tx, id).await?.results_from;
    let since = known_since.max(results_from);
    if at < since {
        let wrong = as_of::before(since, "the results of the monitor and what it was are known");
        return Err(StoreError::Invalid(vec![wrong]));
    }
    let lower = at.plus_millis(-REACH_MS);
    let rows = tx
        .query(RESULTS, &[&id.0, &lower.to_datetime(), &then, &MAX_RESULTS])
        .await?;
    let mut results = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<_, bool>("by_quorum")? {
            return Err(unknown("is not known of monitors that several regions checked"));
        }
        results.push(read(row)?);
    }
    let standing = follow(
        &results,
        monitor.try_get("probe_revision")?,
        recovery(&tx, id, at).await?,
    );
    let open = open(&tx, id, at).await?;
    let paused: bool = monitor.try_get("paused")?;
    let began: Timestamp = monitor.try_get::<_, DateTime<Utc>>("began")?.into();
    // There would be one.
    let is_new = began >= lower.max(results_from) && (rows.len() as i64) < MAX_RESULTS;
    let mut status = match (paused, open, standing) {
        (true, ..) => of(LiveState::Paused, None),
        (false, Some((incident, started_at)), _) => LiveStatus {
            incident_id: Some(incident),
            ..of(LiveState::Down, Some(started_at))
        },
        (
            false,
            None,
            Standing {
                point: Some(point),
                since,
                ..
            },
        ) => of(live(point), since),
        (false, None, _) if is_new => of(LiveState::Pending, None),
        (false, None, _) => {
            return Err(unknown(
                "is not known then: no result of what was checked is kept",
            ));
        }
    };
    if let Some((row, checked)) = standing.latest.and_then(|n| rows.get(n).zip(results.get(n))) {
        add_latest(&tx, id, row, checked, &mut status).await?;
    }
    tx.commit().await?;
    status.as_of = Some(at);
    Ok(status)
}

fn unknown(wrong: &str) -> StoreError {
    StoreError::Invalid(vec![FieldError::new(
        "at",
        format!("must be left out: the status {wrong}"),
    )])
}

fn of(state: LiveState, since: Option<Timestamp>) -> LiveStatus {
    LiveStatus {
        state,
        since,
        ..LiveStatus::default()
    }
}

fn live(point: PointState) -> LiveState {
    match point {
        PointState::Degraded => LiveState::Degraded,
        _ => LiveState::Up,
    }
}

fn read(row: &Row) -> Result<Checked, StoreError> {
    let slot: Timestamp = row.try_get::<_, DateTime<Utc>>("scheduled_at")?.into();
    let (interval_ms, delay_ms): (i32, i32) = (row.try_get("interval_ms")?, row.try_get("delay_ms")?);
    Ok(Checked {
        slot,
        begins: covered_span(slot, interval_ms.into(), delay_ms.into()).start,
        appended: row.try_get::<_, DateTime<Utc>>("appended_at")?.into(),
        revision: row.try_get("revision")?,
        point: point_state(row.try_get("state")?),
    })
}

/// What the latest result that counted had found.
async fn add_latest(
    client: &impl GenericClient,
    id: MonitorId,
    row: &Row,
    checked: &Checked,
    status: &mut LiveStatus,
) -> Result<(), StoreError> {
    let (latency, code): (Option<i32>, Option<i16>) =
        (row.try_get("latency_ms")?, row.try_get("status_code")?);
    status.last_checked_at = Some(
        checked
            .slot
            .plus_millis(row.try_get::<_, i32>("delay_ms")?.into()),
    );
    status.latency_ms = latency.and_then(|ms| ms.try_into().ok());
    status.status_code = code.and_then(|code| code.try_into().ok());
    if checked.point != PointState::Down {
        return Ok(());
    }
    let sql = "SELECT error_code, error FROM check_errors
               WHERE monitor_id = $1 AND scheduled_at = $2 AND region = $3 LIMIT 1";
    let region: &str = row.try_get("region")?;
    let found = client
        .query_opt(sql, &[&id.0, &checked.slot.to_datetime(), &region])
        .await?;
    if let Some(found) = found {
        let code: Option<&str> = found.try_get("error_code")?;
        status.error_code = code.map(parse_error_code);
        status.error = found.try_get("error")?;
    }
    Ok(())
}

/// The incident that was open, and since when it lasted.
async fn open(
    tx: &Transaction<'_>,
    id: MonitorId,
    at: Timestamp,
) -> Result<Option<(IncidentId, Timestamp)>, StoreError> {
    let sql = format!(
        "SELECT i.id, i.started_at FROM incidents i WHERE i.monitor_id = $1 AND {} AND NOT {}
         ORDER BY i.started_at DESC LIMIT 1",
        was_there(2),
        was_over(2)
    );
    let row = tx.query_opt(&sql, &[&id.0, &at.to_datetime()]).await?;
    let Some(row) = row else { return Ok(None) };
    let started_at: Timestamp = row.try_get::<_, DateTime<Utc>>(1)?.into();
    Ok(Some((IncidentId(row.try_get(0)?), started_at)))
}

/// The end of the last incident that the target had recovered from.
async fn recovery(
    tx: &Transaction<'_>,
    id: MonitorId,
    at: Timestamp,
) -> Result<Option<Recovery>, StoreError> {
    let sql = format!(
        "SELECT i.resolved_at, i.closed_at FROM incidents i
         WHERE i.monitor_id = $1 AND {} AND {} AND i.close_reason = 'recovered'
         ORDER BY i.started_at DESC LIMIT 1",
        was_there(2),
        was_over(2)
    );
    let row = tx.query_opt(&sql, &[&id.0, &at.to_datetime()]).await?;
    let Some(row) = row else { return Ok(None) };
    let confirmed: Option<DateTime<Utc>> = row.try_get(1)?;
    Ok(Some(Recovery {
        at: row.try_get::<_, DateTime<Utc>>(0)?.into(),
        confirmed: confirmed.map(Timestamp::from),
    }))
}
