//! Rows of `sla_schedules` and `sla_schedule_recipients`.

use api::{LimitKey, SlaCadence, SlaSchedule, SlaSelection};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::FieldError;
use domain::{OrgId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::scope::sees;
use crate::rules::sla::recurrence::Recurrence;
use crate::rules::sla::schedule::Schedule;
use crate::rules::sla::target::Target;

/// For how long a schedule is lent to who makes its report: longer than that may take.
const LEASE_SECONDS: f64 = 120.0;

/// How often a report is begun.
const ATTEMPTS: i16 = 5;

const COLUMNS: &str = "s.id, s.org_id, s.name, s.cadence, s.time_zone, s.selection, s.target, s.exclude_maintenance,
    s.enabled, s.next_at, s.attempts, s.error, s.version, s.created_at, s.updated_at,
    ARRAY(SELECT r.user_id FROM sla_schedule_recipients r WHERE r.schedule_id = s.id ORDER BY r.user_id) AS recipients,
    (SELECT max(r.id) FROM sla_reports r WHERE r.schedule_id = s.id) AS last_report_id";

/// A row of `sla_schedules`.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleRow {
    pub(crate) id: i64,
    pub(crate) org_id: OrgId,
    pub(crate) schedule: Schedule,
    pub(crate) next_at: Timestamp,
    pub(crate) version: i32,
    attempts: i16,
    last_report_id: Option<i64>,
    error: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl ScheduleRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let Json(selection): Json<SlaSelection> = row.try_get("selection")?;
        let zone: &str = row.try_get("time_zone")?;
        let zone = zone
            .parse()
            .map_err(|_| StoreError::Unreadable(format!("there is no time zone {zone:?}")))?;
        let cadence = match row.try_get("cadence")? {
            "quarterly" => SlaCadence::Quarterly,
            _ => SlaCadence::Monthly,
        };
        Ok(Self {
            id: row.try_get("id")?,
            org_id: OrgId(row.try_get("org_id")?),
            schedule: Schedule {
                name: row.try_get("name")?,
                recurrence: Recurrence { cadence, zone },
                selection,
                target: Target::from_stored(row.try_get("target")?),
                exclude_maintenance: row.try_get("exclude_maintenance")?,
                recipients: row.try_get("recipients")?,
                enabled: row.try_get("enabled")?,
            },
            next_at: at("next_at")?,
            version: row.try_get("version")?,
            attempts: row.try_get("attempts")?,
            last_report_id: row.try_get("last_report_id")?,
            error: row.try_get("error")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// Whether its report was begun as often as it may be.
    pub(crate) fn is_given_up(&self) -> bool {
        self.attempts > ATTEMPTS
    }

    /// As it is answered.
    pub(crate) fn view(self) -> SlaSchedule {
        SlaSchedule {
            id: self.id,
            name: self.schedule.name,
            cadence: self.schedule.recurrence.cadence,
            time_zone: self.schedule.recurrence.zone.name().to_owned(),
            selection: self.schedule.selection,
            target: self.schedule.target.percent(),
            exclude_maintenance: self.schedule.exclude_maintenance,
            recipients: self.schedule.recipients,
            enabled: self.schedule.enabled,
            next_at: self.next_at,
            last_report_id: self.last_report_id,
            error: self.error,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

fn cadence(schedule: &Schedule) -> &'static str {
    match schedule.recurrence.cadence {
        SlaCadence::Monthly => "monthly",
        SlaCadence::Quarterly => "quarterly",
    }
}

/// The schedules of an organisation after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sla_schedules s WHERE s.org_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3"
    );
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
    rows.iter().map(ScheduleRow::read).collect()
}

/// A schedule, locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<ScheduleRow, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM sla_schedules s WHERE s.org_id = $1 AND s.id = $2 FOR UPDATE OF s");
    let row = tx.query_opt(&sql, &[scope.org_id(), &id]).await?;
    ScheduleRow::read(&row.ok_or(StoreError::NotFound("SLA schedule"))?)
}

/// Adds a schedule.
///
/// # Errors
/// 409 when the organisation has as many as it may have; 422 for a recipient who is no member.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: &Schedule,
    next_at: Timestamp,
) -> Result<ScheduleRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::SlaSchedules, 1).await?;
    let sql =
        "INSERT INTO sla_schedules (org_id, name, cadence, time_zone, selection, target, exclude_maintenance,
                                          enabled, next_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    let row = tx
        .query_one(
            sql,
            &[
                scope.org_id(),
                &schedule.name,
                &cadence(schedule),
                &schedule.recurrence.zone.name(),
                &Json(&schedule.selection),
                &schedule.target.stored(),
                &schedule.exclude_maintenance,
                &schedule.enabled,
                &next_at.to_datetime(),
            ],
        )
        .await?;
    let id = row.try_get(0)?;
    set_recipients(tx, scope, id, &schedule.recipients).await?;
    lock(tx, scope, id).await
}

/// Changes a locked schedule.
///
/// # Errors
/// 422 for a recipient who is no member.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    schedule: &Schedule,
    next_at: Timestamp,
) -> Result<ScheduleRow, StoreError> {
    let sql = "UPDATE sla_schedules
               SET name = $3, cadence = $4, time_zone = $5, selection = $6, target = $7, exclude_maintenance = $8,
                   enabled = $9, next_at = $10, attempts = 0, lent_until = NULL, error = NULL, version = version + 1,
                   updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(
        sql,
        &[
            scope.org_id(),
            &id,
            &schedule.name,
            &cadence(schedule),
            &schedule.recurrence.zone.name(),
            &Json(&schedule.selection),
            &schedule.target.stored(),
            &schedule.exclude_maintenance,
            &schedule.enabled,
            &next_at.to_datetime(),
        ],
    )
    .await?;
    set_recipients(tx, scope, id, &schedule.recipients).await?;
    lock(tx, scope, id).await
}

async fn set_recipients(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    users: &[i64],
) -> Result<(), StoreError> {
    let sql = "SELECT given.id FROM unnest($2::bigint[]) AS given (id)
               WHERE NOT EXISTS (SELECT FROM memberships m WHERE m.org_id = $1 AND m.user_id = given.id)";
    let unknown = tx.query(sql, &[scope.org_id(), &users]).await?;
    let wrong = |row: &Row| {
        let id: i64 = row.try_get(0)?;
        Ok::<_, tokio_postgres::Error>(FieldError::new("recipients", format!("there is no member {id}")))
    };
    let wrong: Vec<_> = unknown.iter().map(wrong).collect::<Result<_, _>>()?;
    if !wrong.is_empty() {
        return Err(StoreError::Invalid(wrong));
    }
    let sql = "DELETE FROM sla_schedule_recipients WHERE schedule_id = $1 AND NOT user_id = ANY($2)";
    tx.execute(sql, &[&id, &users]).await?;
    let sql = "INSERT INTO sla_schedule_recipients (schedule_id, org_id, user_id)
               SELECT $1, $2, unnest($3::bigint[]) ON CONFLICT DO NOTHING";
    tx.execute(sql, &[&id, scope.org_id(), &users]).await?;
    Ok(())
}

/// Removes a locked schedule.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM sla_schedules WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}

/// Lends the schedule whose report has been due for longest. Organisations that are suspended have none made.
pub(crate) async fn take_due(client: &impl GenericClient) -> Result<Option<ScheduleRow>, StoreError> {
    let sql = format!(
        "UPDATE sla_schedules s SET lent_until = now() + make_interval(secs => $1), attempts = attempts + 1
         WHERE s.id = (SELECT d.id FROM sla_schedules d
                       WHERE d.enabled AND d.next_at <= now() AND coalesce(d.lent_until < now(), true)
                         AND NOT EXISTS (SELECT FROM organisation_deletions gone
                                         WHERE gone.org_id = d.org_id AND gone.cancelled_at IS NULL)
                       ORDER BY d.next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING {COLUMNS}"
    );
    let row = client.query_opt(&sql, &[&LEASE_SECONDS]).await?;
    row.as_ref().map(ScheduleRow::read).transpose()
}

/// Notes that the period of a schedule is done, with its report or with why there is none; answers whether it was not done
/// already, nor planned otherwise meanwhile.
pub(crate) async fn advance(
    tx: &Transaction<'_>,
    taken: &ScheduleRow,
    next_at: Timestamp,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE sla_schedules SET next_at = $4, lent_until = NULL, attempts = 0, error = $5
               WHERE id = $1 AND org_id = $2 AND next_at = $3 AND version = $6 AND enabled";
    let advanced = tx
        .execute(
            sql,
            &[
                &taken.id,
                &taken.org_id.0,
                &taken.next_at.to_datetime(),
                &next_at.to_datetime(),
                &error,
                &taken.version,
            ],
        )
        .await?;
    Ok(advanced == 1)
}

/// The addresses of the recipients of a schedule who may read of all of `monitors`: those that are verified, of members with
/// the second factor that the organisation demands.
pub(crate) async fn addresses(
    tx: &Transaction<'_>,
    taken: &ScheduleRow,
    monitors: &[i64],
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT u.id, u.email FROM sla_schedule_recipients r
               JOIN users u ON u.id = r.user_id JOIN organisations o ON o.id = r.org_id
               WHERE r.schedule_id = $1 AND r.org_id = $2 AND u.email_verified_at IS NOT NULL
                 AND (NOT o.require_second_factor OR EXISTS (
                     SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL))
               ORDER BY u.id";
    let rows = tx.query(sql, &[&taken.id, &taken.org_id.0]).await?;
    let hidden = format!(
        "SELECT EXISTS (SELECT FROM unnest($3::bigint[]) AS it (id) WHERE NOT {})",
        sees("it.id", 1, 2)
    );
    let mut addresses = Vec::with_capacity(rows.len());
    for row in &rows {
        let scope = Scope::member(taken.org_id, row.try_get(0)?, None);
        let sees_less = tx
            .query_one(&hidden, &[scope.org_id(), &scope.who(), &monitors])
            .await?;
        if !sees_less.try_get::<_, bool>(0)? {
            addresses.push(row.try_get(1)?);
        }
    }
    Ok(addresses)
}
