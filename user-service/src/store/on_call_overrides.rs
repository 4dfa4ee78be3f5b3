//! Rows of `on_call_overrides`: who stands in on call.

use std::collections::HashMap;
use std::ops::Range;

use api::OnCallOverride;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::on_call::Override;
use domain::{Timestamp, UserId};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::on_call_schedules::ScheduleRow;
use super::people::People;
use crate::rules::on_call_timeline::{KnownOverride, Timeline};

/// Overrides of a schedule that are not over, at most.
const MAX_AHEAD: i64 = 200;

/// Overrides that are read for a time, at most; the latest.
const MAX_READ: i64 = 20_000;

/// How long they are kept once they are over, in days.
const KEPT_DAYS: i32 = 400;

const COLUMNS: &str = "id, schedule_id, user_id, starts_at, ends_at, created_by, created_at";

/// A row of `on_call_overrides`.
#[derive(Clone, Debug)]
pub(crate) struct OverrideRow {
    pub(crate) known: KnownOverride,
    schedule_id: i64,
    created_by: i64,
    created_at: Timestamp,
}

impl OverrideRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        Ok(Self {
            known: KnownOverride {
                id: row.try_get("id")?,
                of: Override {
                    user_id: UserId(row.try_get("user_id")?),
                    from: at("starts_at")?,
                    until: at("ends_at")?,
                },
            },
            schedule_id: row.try_get("schedule_id")?,
            created_by: row.try_get("created_by")?,
            created_at: at("created_at")?,
        })
    }

    /// As it is answered.
    pub(crate) fn view(&self, people: &People) -> OnCallOverride {
        let Override { user_id, from, until } = self.known.of;
        OnCallOverride {
            id: self.known.id,
            user_id: user_id.0,
            name: people.name(user_id.0).map(str::to_owned),
            from,
            until,
            created_by: self.created_by,
            created_at: self.created_at,
        }
    }
}

/// Rows as they are answered.
pub(crate) async fn views(
    client: &impl GenericClient,
    scope: Scope,
    rows: &[OverrideRow],
) -> Result<Vec<OnCallOverride>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.known.of.user_id.0).collect();
    let people = People::read(client, scope, &ids).await?;
    Ok(rows.iter().map(|row| row.view(&people)).collect())
}

/// The overrides of a schedule that are not over, after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    schedule: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<OverrideRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM on_call_overrides
         WHERE org_id = $1 AND schedule_id = $2 AND ends_at > now() AND id > $3 ORDER BY id LIMIT $4"
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &schedule, &after, &limit])
        .await?;
    rows.iter().map(OverrideRow::read).collect()
}

/// Schedules with the overrides that they have in a time.
pub(crate) async fn timelines(
    client: &impl GenericClient,
    scope: Scope,
    schedules: &[ScheduleRow],
    range: &Range<Timestamp>,
) -> Result<Vec<Timeline>, StoreError> {
    let ids: Vec<i64> = schedules.iter().map(|row| row.id).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM (
             SELECT {COLUMNS} FROM on_call_overrides
             WHERE org_id = $1 AND schedule_id = ANY($2) AND ends_at > $3 AND starts_at < $4 ORDER BY id DESC LIMIT $5
         ) AS latest ORDER BY id"
    );
    let (from, until) = (range.start.to_datetime(), range.end.to_datetime());
    let rows = client
        .query(&sql, &[scope.org_id(), &ids, &from, &until, &MAX_READ])
        .await?;
    let mut overrides: HashMap<i64, Vec<KnownOverride>> = HashMap::new();
    for row in &rows {
        let row = OverrideRow::read(row)?;
        overrides.entry(row.schedule_id).or_default().push(row.known);
    }
    let of = |row: &ScheduleRow| {
        let known = overrides.remove(&row.id).unwrap_or_default();
        Timeline::new(row.id, row.named(), &known)
    };
    Ok(schedules.iter().map(of).collect())
}

/// Adds an override to a locked schedule, by somebody who is known to be a member.
///
/// # Errors
/// 409 when as many as there may be are not over.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: i64,
    new: &Override,
    created_by: i64,
) -> Result<OverrideRow, StoreError> {
    let sql =
        "SELECT count(*) FROM on_call_overrides WHERE org_id = $1 AND schedule_id = $2 AND ends_at > now()";
    let ahead: i64 = tx
        .query_one(sql, &[scope.org_id(), &schedule])
        .await?
        .try_get(0)?;
    if ahead >= MAX_AHEAD {
        let wrong = format!("the schedule has {ahead} of {MAX_AHEAD} overrides that are not over");
        return Err(StoreError::Conflict(wrong));
    }
    let sql = format!(
        "INSERT INTO on_call_overrides (org_id, schedule_id, user_id, starts_at, ends_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING {COLUMNS}"
    );
    let (from, until) = (new.from.to_datetime(), new.until.to_datetime());
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &schedule,
                &new.user_id.0,
                &from,
                &until,
                &created_by,
            ],
        )
        .await?;
    OverrideRow::read(&row)
}

/// Removes an override.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn delete(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: i64,
    id: i64,
) -> Result<OverrideRow, StoreError> {
    let sql = format!(
        "DELETE FROM on_call_overrides WHERE org_id = $1 AND schedule_id = $2 AND id = $3 RETURNING {COLUMNS}"
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &schedule, &id]).await?;
    OverrideRow::read(&row.ok_or(StoreError::NotFound("override"))?)
}

/// Removes those that have been over for long.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    let sql = "DELETE FROM on_call_overrides WHERE ends_at < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await?;
    Ok(())
}
