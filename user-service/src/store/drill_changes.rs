//! What begins, acknowledges and ends drills. What the log is told of it commits together with the row.

use std::collections::HashMap;

use api::LimitKey;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::FieldError;
use domain::{DrillId, MonitorId, Timestamp};
use shared::crypto::Keyring;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::Scope;
use super::drills::{self, DrillRow};
use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::scope::sees;
use super::{incidents, limits, monitors, outbox};
use crate::rules::drill::{self as rules, DrillRecords};

/// Drills that are ended together.
const BATCH: i64 = 50;

/// When a drill ends now, whose number is the parameter `$1`: by the clock of another machine it may just have begun, and the
/// end that is no later than the beginning is no end.
const NOW_OR_LATER: &str = "greatest($1, d.started_at + interval '1 millisecond')";

/// How long the beginning of a drill waits for each thing that others have locked: for the turn of its organisation, for its
/// monitor, for the schedule that begins it, and for whatever else. Meanwhile it may have that turn, for which whoever changes
/// settings waits.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '2s'";

/// Keeps the monitor whose outage a schedule is to rehearse from being deleted until the transaction ends; answers whether it
/// is there and seen. It comes before the schedule is locked: who deletes a monitor locks it first, and so does who begins a
/// drill.
pub(crate) async fn keep_monitor(
    tx: &Transaction<'_>,
    scope: Scope,
    id: MonitorId,
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT FROM monitors m WHERE m.org_id = $1 AND m.id = $3 AND m.deleted_at IS NULL AND {}
         FOR KEY SHARE OF m",
        sees("m.id", 1, 2)
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &scope.who(), &id.0]).await?;
    Ok(row.is_some())
}

/// As [`keep_monitor`].
///
/// # Errors
/// 422 (`monitor_id`) when it is not there, or not seen.
pub(crate) async fn require_monitor(
    tx: &Transaction<'_>,
    scope: Scope,
    id: MonitorId,
) -> Result<(), StoreError> {
    match keep_monitor(tx, scope, id).await? {
        true => Ok(()),
        false => Err(no_monitor(id)),
    }
}

pub(crate) fn no_monitor(id: MonitorId) -> StoreError {
    StoreError::Invalid(vec![FieldError::new(
        "monitor_id",
        format!("there is no monitor {id}"),
    )])
}

/// The monitor whose outage is to be rehearsed, locked until the transaction ends: it is not deleted meanwhile. The
/// organisation's turn comes first. Who deletes a tag has that turn and then needs the monitors that have the tag; in the other
/// order the two would wait for each other.
///
/// # Errors
/// 422 (`monitor_id`) when it is not there, or not seen; 503 when others have it for long.
pub(crate) async fn lock_monitor(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
) -> Result<MonitorRow, StoreError> {
    tx.batch_execute(LOCK_TIMEOUT).await?;
    scope.take_turn(tx).await.map_err(busy)?;
    match monitors::lock(tx, keyring, scope, id).await {
        Err(StoreError::NotFound(_)) => Err(no_monitor(id)),
        Err(StoreError::Database(error)) => Err(busy(error)),
        locked => locked,
    }
}

fn busy(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => StoreError::Busy("the monitor of the drill"),
        _ => error.into(),
    }
}

/// A drill that is to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewDrill<'a> {
    pub(crate) name: &'a str,
    pub(crate) minutes: u32,
    /// The person who begins it, if it is one.
    pub(crate) started_by: Option<i64>,
    /// The schedule that does.
    pub(crate) schedule_id: Option<i64>,
}

/// Begins a drill of a locked monitor. Where it is refused, nothing was written.
///
/// # Errors
/// 409 when one of the monitor goes on, or the organisation has as many as it may have; 429 when too many began lately.
pub(crate) async fn begin(
    tx: &Transaction<'_>,
    scope: Scope,
    monitor: &MonitorRow,
    new: NewDrill<'_>,
) -> Result<DrillRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::RunningDrills, 1).await?;
    limits::require_fixed_room(tx, scope, LimitKey::DrillsPerDay, 1).await?;
    require_hourly_room(tx, scope).await?;
    let sql = "SELECT nextval(pg_get_serial_sequence('drills', 'id')),
                   EXISTS (SELECT FROM drills WHERE monitor_id = $1 AND ended_at IS NULL)";
    let row = tx.query_one(sql, &[&monitor.id.0]).await?;
    let (id, goes_on): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
    let id = DrillId(id);
    if goes_on {
        return Err(StoreError::Conflict(
            "a drill of this monitor goes on: end it first".to_owned(),
        ));
    }
    // After the locks, for which it may have waited.
    let now = shared::now();
    let ends_at = now.plus_millis(i64::from(new.minutes) * 60_000);
    let sql = "INSERT INTO drills (id, org_id, monitor_id, name, incident_id, started_by, schedule_id, started_at, ends_at)
               OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    tx.execute(
        sql,
        &[
            &id.0,
            scope.org_id(),
            &monitor.id.0,
            &new.name,
            &rules::incident(id, now).0,
            &new.started_by,
            &new.schedule_id,
            &now.to_datetime(),
            &ends_at.to_datetime(),
        ],
    )
    .await?;
    outbox::insert_results(tx, vec![told(id, monitor).beginning(now)]).await?;
    drills::find(tx, scope, id).await
}

/// Requires that few enough drills of the organisation, whose turn it is, began within the last hour.
async fn require_hourly_room(tx: &Transaction<'_>, scope: Scope) -> Result<(), StoreError> {
    let sql = "SELECT started_at FROM drills WHERE org_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1";
    let before = i64::from(rules::MAX_PER_HOUR) - 1;
    let Some(row) = tx.query_opt(sql, &[scope.org_id(), &before]).await? else {
        return Ok(());
    };
    let began: DateTime<Utc> = row.try_get(0)?;
    match rules::wait_seconds(began.into(), shared::now()) {
        None => Ok(()),
        Some(retry_after_seconds) => Err(StoreError::TooOften {
            detail: rules::too_many(retry_after_seconds),
            retry_after_seconds,
        }),
    }
}

fn told(drill: DrillId, monitor: &MonitorRow) -> DrillRecords {
    DrillRecords {
        drill,
        org: monitor.org_id,
        url: monitor.display_url(),
        // That of a monitor whose definition cannot be read is not known; messages say nothing of it then.
        kind: monitor.kind().unwrap_or_default().to_owned(),
    }
}

/// Ends those of these drills that were not ended yet, whoever's they are, and answers how many.
pub(crate) async fn end(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    ids: &[i64],
    now: Timestamp,
) -> Result<usize, StoreError> {
    let sql = format!(
        "UPDATE drills d SET ended_at = {NOW_OR_LATER} FROM monitors m
         WHERE m.id = d.monitor_id AND d.id = ANY($2) AND d.ended_at IS NULL
         RETURNING d.id AS drill_id, d.ended_at, {COLUMNS}"
    );
    let rows = tx.query(&sql, &[&now.to_datetime(), &ids]).await?;
    let end = |row: &Row| {
        let monitor = MonitorRow::read(row, keyring)?;
        let at: DateTime<Utc> = row.try_get("ended_at")?;
        Ok(told(DrillId(row.try_get("drill_id")?), &monitor).end(at.into()))
    };
    let ends: Vec<_> = rows
        .iter()
        .map(end)
        .collect::<Result<_, tokio_postgres::Error>>()?;
    let count = ends.len();
    outbox::insert_results(tx, ends).await?;
    Ok(count)
}

/// Ends drills whose time is over, at most [`BATCH`]; answers how many. Those that another pod is about to end are left to it.
pub(crate) async fn end_due(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let sql = "SELECT id FROM drills WHERE ended_at IS NULL AND ends_at <= $1 ORDER BY ends_at LIMIT $2
               FOR UPDATE SKIP LOCKED";
    let rows = tx.query(sql, &[&now.to_datetime(), &BATCH]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    match ids.is_empty() {
        true => Ok(0),
        false => end(tx, keyring, &ids, now).await,
    }
}

/// Ends the drills of locked monitors that are deleted.
pub(crate) async fn end_of_monitors(
    tx: &impl GenericClient,
    deleted: &[&MonitorRow],
    now: Timestamp,
) -> Result<(), tokio_postgres::Error> {
    let ids: Vec<i64> = deleted.iter().map(|monitor| monitor.id.0).collect();
    let sql = format!(
        "UPDATE drills d SET ended_at = {NOW_OR_LATER} WHERE d.monitor_id = ANY($2) AND d.ended_at IS NULL
         RETURNING d.id, d.monitor_id, d.ended_at"
    );
    let statement = tx.prepare_cached(&sql).await?;
    let rows = tx.query(&statement, &[&now.to_datetime(), &ids]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let monitors: HashMap<i64, &MonitorRow> =
        deleted.iter().map(|&monitor| (monitor.id.0, monitor)).collect();
    let mut ends = Vec::with_capacity(rows.len());
    for row in &rows {
        let (id, monitor_id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let at: DateTime<Utc> = row.try_get(2)?;
        let monitor = monitors.get(&monitor_id);
        ends.extend(monitor.map(|monitor| told(DrillId(id), monitor).end(at.into())));
    }
    outbox::insert_results(tx, ends).await
}

/// Notes that somebody has acknowledged a locked drill, with a record that tells of it. Answers whether it was the first:
/// whoever comes second changes nothing, unless the first acknowledgement has expired.
///
/// # Errors
/// 409 when it was over before anybody acknowledged it.
pub(crate) async fn acknowledge(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    scope: Scope,
    drill: &DrillRow,
    (by, user_id): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    if !incidents::note_acknowledgement(tx, scope, drill.incident_id, (by, user_id)).await? {
        return Ok(false);
    }
    let now = shared::now();
    if !drill.end.is_ahead(now) {
        return Err(StoreError::Conflict("the drill is over".to_owned()));
    }
    let monitor = monitors::find_or_removed(tx, keyring, scope, drill.monitor_id).await?;
    let record = told(drill.id, &monitor).acknowledgement(drill.incident_id, now);
    outbox::insert(tx, record).await?;
    Ok(true)
}
