//! Rows of `teams` and `team_members`.

use api::{LimitKey, Team as View, TeamMember};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::people::People;
use crate::rules::team::Team;

const COLUMNS: &str = "t.id, t.name, t.version, t.created_at, t.updated_at,
    ARRAY(SELECT m.user_id FROM team_members m WHERE m.team_id = t.id ORDER BY m.position) AS members";

/// A row of `teams`, with its members.
#[derive(Clone, Debug)]
pub(crate) struct TeamRow {
    pub(crate) id: i64,
    pub(crate) team: Team,
    pub(crate) version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TeamRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        Ok(Self {
            id: row.try_get("id")?,
            team: Team {
                name: row.try_get("name")?,
                members: row.try_get("members")?,
            },
            version: row.try_get("version")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// As it is answered.
    pub(crate) fn view(&self, people: &People) -> View {
        let member = |&id: &i64| {
            let name = people.name(id)?.to_owned();
            let has_channel = people.has_channel(id);
            Some(TeamMember {
                id,
                name,
                has_channel,
            })
        };
        View {
            id: self.id,
            name: self.team.name.clone(),
            members: self.team.members.iter().filter_map(member).collect(),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// Rows as they are answered.
pub(crate) async fn views(
    client: &impl GenericClient,
    scope: Scope,
    rows: &[TeamRow],
) -> Result<Vec<View>, StoreError> {
    let ids: Vec<i64> = rows.iter().flat_map(|row| &row.team.members).copied().collect();
    let people = People::read(client, scope, &ids).await?;
    Ok(rows.iter().map(|row| row.view(&people)).collect())
}

/// The teams of an organisation after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<TeamRow>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM teams t WHERE t.org_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3");
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
    rows.iter().map(TeamRow::read).collect()
}

/// A team.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(client: &impl GenericClient, scope: Scope, id: i64) -> Result<TeamRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM teams t WHERE t.org_id = $1 AND t.id = $2");
    let row = client.query_opt(&sql, &[scope.org_id(), &id]).await?;
    TeamRow::read(&row.ok_or(StoreError::NotFound("team"))?)
}

/// A team, locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<TeamRow, StoreError> {
    // The members as they are once others who change them have ended: a statement that waits reads those of before.
    let sql = "SELECT FROM teams WHERE org_id = $1 AND id = $2 FOR UPDATE";
    tx.query_opt(sql, &[scope.org_id(), &id]).await?;
    find(tx, scope, id).await
}

/// Adds a team, all of whose members are known to be some.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(tx: &Transaction<'_>, scope: Scope, team: &Team) -> Result<TeamRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::Teams, 1).await?;
    let sql = "INSERT INTO teams (org_id, name) VALUES ($1, $2) RETURNING id";
    let row = tx.query_one(sql, &[scope.org_id(), &team.name]).await?;
    let id = row.try_get(0)?;
    set_members(tx, scope, id, &team.members).await?;
    find(tx, scope, id).await
}

/// Changes a locked team, all of whose members are known to be some.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    team: &Team,
) -> Result<TeamRow, StoreError> {
    let sql =
        "UPDATE teams SET name = $3, version = version + 1, updated_at = now() WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id, &team.name]).await?;
    set_members(tx, scope, id, &team.members).await?;
    find(tx, scope, id).await
}

async fn set_members(tx: &Transaction<'_>, scope: Scope, id: i64, users: &[i64]) -> Result<(), StoreError> {
    let sql = "DELETE FROM team_members WHERE org_id = $1 AND team_id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    let sql = "INSERT INTO team_members (team_id, org_id, user_id, position)
               SELECT $1, $2, given.id, given.place FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, place)";
    tx.execute(sql, &[&id, scope.org_id(), &users]).await?;
    Ok(())
}

/// Removes a locked team.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM teams WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}
