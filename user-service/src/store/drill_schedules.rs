//! Rows of `drill_schedules`.

use api::{DrillSchedule, LimitKey};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use deadpool_postgres::{GenericClient, Transaction};
use domain::{DrillId, MonitorId, OrgId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::scope::sees;
use crate::rules::drill_schedule::ValidDrillSchedule;

const SELECT: &str =
    "SELECT s.id, s.org_id, s.monitor_id, m.name AS monitor_name, s.name, s.day, s.time, s.time_zone,
        s.minutes, s.enabled, s.next_at, s.version, s.created_at, s.updated_at,
        (SELECT d.id FROM drills d WHERE d.org_id = s.org_id AND d.schedule_id = s.id
         ORDER BY d.id DESC LIMIT 1) AS last_drill_id
    FROM drill_schedules s JOIN monitors m ON m.id = s.monitor_id";

/// A row of `drill_schedules`.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleRow {
    pub(crate) id: i64,
    pub(crate) org_id: OrgId,
    /// In UTC where its time zone is not known.
    pub(crate) schedule: ValidDrillSchedule,
    /// The time zone that another version has written and that is not known here. It has to be given anew.
    pub(crate) unknown_zone: Option<String>,
    monitor_name: String,
    /// None where it is not enabled.
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) version: i32,
    last_drill_id: Option<DrillId>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl ScheduleRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let zone: &str = row.try_get("time_zone")?;
        let known_zone = zone.parse::<Tz>().ok();
        let next_at: Option<DateTime<Utc>> = row.try_get("next_at")?;
        let last_drill_id: Option<i64> = row.try_get("last_drill_id")?;
        let (day, minutes): (i16, i16) = (row.try_get("day")?, row.try_get("minutes")?);
        Ok(Self {
            id: row.try_get("id")?,
            org_id: OrgId(row.try_get("org_id")?),
            schedule: ValidDrillSchedule {
                name: row.try_get("name")?,
                monitor: MonitorId(row.try_get("monitor_id")?),
                day: u32::from(day.unsigned_abs()),
                time: row.try_get("time")?,
                zone: known_zone.unwrap_or(Tz::UTC),
                minutes: u32::from(minutes.unsigned_abs()),
                enabled: row.try_get("enabled")?,
            },
            unknown_zone: known_zone.is_none().then(|| zone.to_owned()),
            monitor_name: row.try_get("monitor_name")?,
            next_at: next_at.map(Timestamp::from),
            version: row.try_get("version")?,
            last_drill_id: last_drill_id.map(DrillId),
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// As it is answered.
    pub(crate) fn view(self) -> DrillSchedule {
        DrillSchedule {
            id: self.id,
            name: self.schedule.name,
            monitor_id: self.schedule.monitor,
            monitor_name: self.monitor_name,
            day: self.schedule.day,
            time: self.schedule.time.format("%H:%M:%S").to_string(),
            time_zone: self
                .unknown_zone
                .unwrap_or_else(|| self.schedule.zone.name().to_owned()),
            minutes: self.schedule.minutes,
            enabled: self.schedule.enabled,
            next_at: self.next_at,
            last_drill_id: self.last_drill_id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The schedules that are seen of an organisation, after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE s.org_id = $1 AND {} AND s.id > $3 ORDER BY s.id LIMIT $4",
        sees("s.monitor_id", 1, 2)
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &scope.who(), &after, &limit])
        .await?;
    rows.iter().map(ScheduleRow::read).collect()
}

/// A schedule.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<ScheduleRow, StoreError> {
    one(client, scope, id, "").await
}

/// As [`find`], locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<ScheduleRow, StoreError> {
    one(tx, scope, id, "FOR UPDATE OF s").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    locking: &str,
) -> Result<ScheduleRow, StoreError> {
    let sql = format!(
        "{SELECT} WHERE s.org_id = $1 AND s.id = $3 AND {} {locking}",
        sees("s.monitor_id", 1, 2)
    );
    let row = client
        .query_opt(&sql, &[scope.org_id(), &scope.who(), &id])
        .await?;
    ScheduleRow::read(&row.ok_or(StoreError::NotFound("drill schedule"))?)
}

/// Adds a schedule of a monitor that is there.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: &ValidDrillSchedule,
    next_at: Option<Timestamp>,
) -> Result<ScheduleRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::DrillSchedules, 1).await?;
    let sql = "INSERT INTO drill_schedules (org_id, monitor_id, name, day, time, time_zone, minutes, enabled, next_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    let (day, minutes) = numbers(schedule);
    let row = tx
        .query_one(
            sql,
            &[
                scope.org_id(),
                &schedule.monitor.0,
                &schedule.name,
                &day,
                &schedule.time,
                &schedule.zone.name(),
                &minutes,
                &schedule.enabled,
                &next_at.map(Timestamp::to_datetime),
            ],
        )
        .await?;
    find(tx, scope, row.try_get(0)?).await
}

/// Changes a locked schedule, to one of a monitor that is there.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    schedule: &ValidDrillSchedule,
    next_at: Option<Timestamp>,
) -> Result<ScheduleRow, StoreError> {
    let sql = "UPDATE drill_schedules
               SET monitor_id = $3, name = $4, day = $5, time = $6, time_zone = $7, minutes = $8, enabled = $9,
                   next_at = $10, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    let (day, minutes) = numbers(schedule);
    tx.execute(
        sql,
        &[
            scope.org_id(),
            &id,
            &schedule.monitor.0,
            &schedule.name,
            &day,
            &schedule.time,
            &schedule.zone.name(),
            &minutes,
            &schedule.enabled,
            &next_at.map(Timestamp::to_datetime),
        ],
    )
    .await?;
    find(tx, scope, id).await
}

/// The day and the minutes, as they are stored.
fn numbers(schedule: &ValidDrillSchedule) -> (i16, i16) {
    (schedule.day as i16, schedule.minutes as i16)
}

/// Removes a locked schedule.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM drill_schedules WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}

/// Removes those of locked monitors that are deleted.
pub(crate) async fn delete_of_monitors(
    tx: &impl GenericClient,
    monitors: &[i64],
) -> Result<(), tokio_postgres::Error> {
    let statement = tx
        .prepare_cached("DELETE FROM drill_schedules WHERE monitor_id = ANY($1)")
        .await?;
    tx.execute(&statement, &[&monitors]).await?;
    Ok(())
}

/// A schedule whose drill is due.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) id: i64,
    pub(crate) org_id: OrgId,
    /// An error where it cannot be read.
    pub(crate) schedule: Result<ScheduleRow, StoreError>,
}

/// The schedule whose drill has been due for longest, whoever's it is, but for those that are passed by: `schedules`, and
/// all of `orgs`. Organisations that are suspended have no drills.
pub(crate) async fn due(
    client: &impl GenericClient,
    now: Timestamp,
    (schedules, orgs): (&[i64], &[i64]),
) -> Result<Option<Due>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE s.next_at <= $1 AND s.id <> ALL($2) AND s.org_id <> ALL($3) AND NOT EXISTS (
             SELECT FROM organisation_deletions gone WHERE gone.org_id = s.org_id AND gone.cancelled_at IS NULL)
         ORDER BY s.next_at, s.id LIMIT 1"
    );
    let row = client
        .query_opt(&sql, &[&now.to_datetime(), &schedules, &orgs])
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Due {
        id: row.try_get("id")?,
        org_id: OrgId(row.try_get("org_id")?),
        schedule: ScheduleRow::read(&row).and_then(|schedule| match &schedule.unknown_zone {
            Some(zone) => Err(StoreError::Unreadable(format!("there is no time zone {zone:?}"))),
            None => Ok(schedule),
        }),
    }))
}

/// Locks a schedule that was found due, after its monitor, as who deletes the monitor does. Answers whether it still is:
/// another pod may have been first, or somebody has changed it.
pub(crate) async fn lock_due(
    tx: &Transaction<'_>,
    due: &ScheduleRow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT FROM drill_schedules WHERE id = $1 AND version = $2 AND next_at <= $3 FOR UPDATE";
    let row = tx
        .query_opt(sql, &[&due.id, &due.version, &now.to_datetime()])
        .await?;
    Ok(row.is_some())
}

/// Plans the next drill of a locked schedule. That makes no new version: nobody has changed it.
pub(crate) async fn plan(
    tx: &Transaction<'_>,
    taken: &ScheduleRow,
    next_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "UPDATE drill_schedules SET next_at = $2 WHERE id = $1";
    tx.execute(sql, &[&taken.id, &next_at.map(Timestamp::to_datetime)])
        .await?;
    Ok(())
}
