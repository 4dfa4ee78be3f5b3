//! Rows of `on_call_schedules`.

use api::{LimitKey, OnCallPerson, OnCallSchedule};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use domain::monitor::FieldError;
use domain::on_call::Rota;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::alert_policy_size::{self, Part};
use super::definition_versions::Kept;
use super::error::StoreError;
use super::people::People;
use super::version_authors::{self, Made};
use super::{Scope, alert_targets, limits};
use crate::rules::on_call::{self, NamedRota};

/// What is not there.
const SCHEDULE: &str = "on-call schedule";

/// What [`ScheduleRow::read`] reads.
fn select() -> String {
    let used = alert_targets::policies_that_name("schedule", "s.id", 1);
    format!(
        "SELECT s.id, s.name, s.rota, s.version, s.created_at, s.updated_at, {used} AS used
         FROM on_call_schedules s WHERE s.org_id = $1"
    )
}

/// A row of `on_call_schedules`.
#[derive(Clone, Debug)]
pub(crate) struct ScheduleRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) rota: Stored<Rota>,
    pub(crate) version: i32,
    used_by_policies: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl ScheduleRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let used: i64 = row.try_get("used")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            rota: row.try_get("rota")?,
            version: row.try_get("version")?,
            used_by_policies: u32::try_from(used).unwrap_or(u32::MAX),
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// Whether it says just this.
    pub(crate) fn says(&self, named: &NamedRota) -> bool {
        self.name == named.name && self.rota.value() == Some(&named.rota)
    }

    /// The rota with its name; of one that cannot be read a rota without layers, by which nobody is on call.
    pub(crate) fn named(&self) -> NamedRota {
        named(&self.name, &self.rota)
    }

    /// As it is answered.
    pub(crate) fn view(&self, people: &People) -> OnCallSchedule {
        let error = match &self.rota {
            Stored::Read(_) => None,
            Stored::Unreadable { why, .. } => Some(format!("its rota cannot be read: {why}")),
        };
        let NamedRota { name, rota } = self.named();
        let person = |id: i64| {
            let name = people.name(id).map(str::to_owned);
            OnCallPerson {
                id,
                is_member: name.is_some(),
                name,
                has_channel: people.has_channel(id),
            }
        };
        OnCallSchedule {
            id: self.id,
            name,
            error,
            people: on_call::people(&rota).into_iter().map(person).collect(),
            time_zone: rota.time_zone.name().to_owned(),
            layers: rota.layers,
            used_by_policies: self.used_by_policies,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl Kept for ScheduleRow {
    const KIND: &'static str = "on_call_schedule";
    const TABLE: &'static str = "on_call_schedules";

    // What names it is no part of a version.
    fn columns(_: usize, _: usize) -> String {
        "w.id, w.name, w.rota, w.version, w.created_at, w.updated_at, 0::bigint AS used".to_owned()
    }

    fn of_row(row: &Row) -> Result<Self, StoreError> {
        Self::read(row)
    }
}

fn named(name: &str, rota: &Stored<Rota>) -> NamedRota {
    let rota = rota.value().cloned().unwrap_or(Rota {
        time_zone: Tz::UTC,
        layers: Vec::new(),
    });
    NamedRota {
        name: name.to_owned(),
        rota,
    }
}

/// What shifts are computed from. Which policies name the schedule is left out: to know it takes a scan of them all.
#[derive(Clone, Debug)]
pub(crate) struct RotaRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    rota: Stored<Rota>,
}

impl RotaRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            rota: row.try_get("rota")?,
        })
    }

    /// The rota with its name; of one that cannot be read a rota without layers, by which nobody is on call.
    pub(crate) fn named(&self) -> NamedRota {
        named(&self.name, &self.rota)
    }
}

/// The rotas of all schedules of an organisation.
pub(crate) async fn rotas(client: &impl GenericClient, scope: Scope) -> Result<Vec<RotaRow>, StoreError> {
    let sql = "SELECT id, name, rota FROM on_call_schedules WHERE org_id = $1 ORDER BY id";
    let rows = client.query(sql, &[scope.org_id()]).await?;
    rows.iter().map(RotaRow::read).collect()
}

/// The rota of a schedule.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn rota(client: &impl GenericClient, scope: Scope, id: i64) -> Result<RotaRow, StoreError> {
    let sql = "SELECT id, name, rota FROM on_call_schedules WHERE org_id = $1 AND id = $2";
    let row = client.query_opt(sql, &[scope.org_id(), &id]).await?;
    RotaRow::read(&row.ok_or(StoreError::NotFound(SCHEDULE))?)
}

/// Rows as they are answered.
pub(crate) async fn views(
    client: &impl GenericClient,
    scope: Scope,
    rows: &[ScheduleRow],
) -> Result<Vec<OnCallSchedule>, StoreError> {
    let rotas = rows.iter().filter_map(|row| row.rota.value());
    let ids: Vec<i64> = rotas.flat_map(on_call::people).collect();
    let people = People::read(client, scope, &ids).await?;
    Ok(rows.iter().map(|row| row.view(&people)).collect())
}

/// The schedules of an organisation after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<ScheduleRow>, StoreError> {
    let sql = format!("{} AND s.id > $2 ORDER BY s.id LIMIT $3", select());
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
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

/// A schedule, locked until the transaction ends: also against being named.
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
    let sql = format!("{} AND s.id = $2 {locking}", select());
    let row = client.query_opt(&sql, &[scope.org_id(), &id]).await?;
    ScheduleRow::read(&row.ok_or(StoreError::NotFound(SCHEDULE))?)
}

/// Requires that a schedule is there which a field names, and has it stay until the transaction ends.
///
/// # Errors
/// 422 that names the field.
pub(crate) async fn require(
    tx: &impl GenericClient,
    scope: Scope,
    field: &str,
    id: i64,
) -> Result<(), StoreError> {
    let sql = "SELECT FROM on_call_schedules WHERE org_id = $1 AND id = $2 FOR KEY SHARE";
    let found = tx.query_opt(sql, &[scope.org_id(), &id]).await?;
    found.map(|_| ()).ok_or_else(|| {
        let wrong = format!("there is no on-call schedule {id}");
        StoreError::Invalid(vec![FieldError::new(field, wrong)])
    })
}

/// Adds a schedule, all of whose people are known to be members.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    named: &NamedRota,
    made: Made<'_>,
) -> Result<ScheduleRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::OnCallSchedules, 1).await?;
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = "INSERT INTO on_call_schedules (org_id, name, rota) VALUES ($1, $2, $3) RETURNING id";
    let row = tx
        .query_one(sql, &[scope.org_id(), &named.name, &Json(&named.rota)])
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Schedules).await?;
    find(tx, scope, row.try_get(0)?).await
}

/// Changes a locked schedule, all of whose new people are known to be members.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    named: &NamedRota,
    made: Made<'_>,
) -> Result<ScheduleRow, StoreError> {
    version_authors::sign(tx, scope, made, &[]).await?;
    let sql = "UPDATE on_call_schedules SET name = $3, rota = $4, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id, &named.name, &Json(&named.rota)])
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Schedules).await?;
    find(tx, scope, id).await
}

/// Removes a locked schedule, with its overrides and feeds.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM on_call_schedules WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}
