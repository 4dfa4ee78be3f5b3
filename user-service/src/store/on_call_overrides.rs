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
use super::on_call_schedules::RotaRow;
use super::people::People;
use crate::rules::on_call_timeline::{KnownOverride, Timeline};

/// Overrides of a schedule that are not over, at most.
const MAX_AHEAD: i64 = 200;

/// Overrides of a schedule that are not over or ended in the last [`RECENT_DAYS`], at most.
const MAX_RECENT: i64 = 500;

/// For how long they count that are over, in days.
const RECENT_DAYS: i32 = 30;

/// Overrides of a schedule that are read for a time, at most; the latest.
const MAX_READ: i64 = 2_000;

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
    schedules: &[RotaRow],
    range: &Range<Timestamp>,
) -> Result<Vec<Timeline>, StoreError> {
    let ids: Vec<i64> = schedules.iter().map(|row| row.id).collect();
    let sql = format!(
        "SELECT latest.* FROM unnest($2::bigint[]) AS asked (schedule) CROSS JOIN LATERAL (
             SELECT {COLUMNS} FROM on_call_overrides
             WHERE org_id = $1 AND schedule_id = asked.schedule AND ends_at > $3 AND starts_at < $4
             ORDER BY id DESC LIMIT $5
         ) AS latest ORDER BY latest.id"
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
    let of = |row: &RotaRow| {
        let known = overrides.remove(&row.id).unwrap_or_default();
        Timeline::new(row.id, row.named(), &known)
    };
    Ok(schedules.iter().map(of).collect())
}

/// Adds an override to a locked schedule, by somebody who is known to be a member.
///
/// # Errors
/// 409 when as many as there may be are not over, or with those that ended lately.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: i64,
    new: &Override,
    created_by: i64,
) -> Result<OverrideRow, StoreError> {
    require_room(tx, scope, schedule).await?;
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

async fn require_room(tx: &Transaction<'_>, scope: Scope, schedule: i64) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE ends_at > now()), count(*) FROM on_call_overrides
               WHERE org_id = $1 AND schedule_id = $2 AND ends_at > now() - make_interval(days => $3)";
    let row = tx
        .query_one(sql, &[scope.org_id(), &schedule, &RECENT_DAYS])
        .await?;
    let (ahead, recent): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if ahead >= MAX_AHEAD {
        let wrong = format!("the schedule has {ahead} of {MAX_AHEAD} overrides that are not over");
        return Err(StoreError::Conflict(wrong));
    }
    if recent >= MAX_RECENT {
        let wrong = format!(
            "the schedule has {recent} of {MAX_RECENT} overrides that are not over or ended in the last {RECENT_DAYS} days"
        );
        return Err(StoreError::Conflict(wrong));
    }
    Ok(())
}

/// What became of an override that is not to last any longer.
#[derive(Clone, Debug)]
pub(crate) enum Removal {
    /// It had not begun, and is gone.
    Deleted(OverrideRow),
    /// It had begun, and ended now.
    Ended { before: OverrideRow, after: OverrideRow },
}

/// Ends an override that has begun, for who stood in until now has; removes one that has not.
///
/// # Errors
/// 404 when it is not there; 409 when it is over.
pub(crate) async fn remove(
    tx: &Transaction<'_>,
    scope: Scope,
    schedule: i64,
    id: i64,
) -> Result<Removal, StoreError> {
    // To the millisecond, as instants are told: what has not lasted for one has not begun.
    let sql = format!(
        "SELECT {COLUMNS}, ends_at <= now() AS is_over, starts_at < date_trunc('milliseconds', now()) AS has_begun
         FROM on_call_overrides WHERE org_id = $1 AND schedule_id = $2 AND id = $3 FOR UPDATE"
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &schedule, &id]).await?;
    let row = row.ok_or(StoreError::NotFound("override"))?;
    let (is_over, has_begun): (bool, bool) = (row.try_get("is_over")?, row.try_get("has_begun")?);
    if is_over {
        let wrong = "the override is over: what was, stays";
        return Err(StoreError::Conflict(wrong.to_owned()));
    }
    let before = OverrideRow::read(&row)?;
    if !has_begun {
        let sql = "DELETE FROM on_call_overrides WHERE org_id = $1 AND schedule_id = $2 AND id = $3";
        tx.execute(sql, &[scope.org_id(), &schedule, &id]).await?;
        return Ok(Removal::Deleted(before));
    }
    let sql = format!(
        "UPDATE on_call_overrides SET ends_at = date_trunc('milliseconds', now())
         WHERE org_id = $1 AND schedule_id = $2 AND id = $3 RETURNING {COLUMNS}"
    );
    let row = tx.query_one(&sql, &[scope.org_id(), &schedule, &id]).await?;
    let after = OverrideRow::read(&row)?;
    Ok(Removal::Ended { before, after })
}

/// Removes those that have been over for long.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<(), tokio_postgres::Error> {
    let sql = "DELETE FROM on_call_overrides WHERE ends_at < now() - make_interval(days => $1)";
    client.execute(sql, &[&KEPT_DAYS]).await?;
    Ok(())
}
