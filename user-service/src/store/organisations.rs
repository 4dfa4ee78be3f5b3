//! Rows of `organisations`.

use api::{Organisation, Role};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{OrgId, Timestamp};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::only_tags::OF_MEMBER;

/// Organisations that one person may be a member of.
pub(crate) const MAX_PER_USER: i64 = 100;

/// A role as it is stored.
pub(crate) fn role(row: &Row) -> Result<Role, StoreError> {
    let role: &str = row.try_get("role")?;
    role.parse()
        .map_err(|_| StoreError::Unreadable(format!("unknown role {role}")))
}

/// An organisation itself.
#[derive(Debug)]
pub(crate) struct OrganisationRow {
    pub(crate) name: String,
    pub(crate) require_second_factor: bool,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
}

/// An organisation; none when it is gone.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Option<OrganisationRow>, StoreError> {
    one(client, scope, "").await
}

/// As [`find`], locked until the transaction ends.
///
/// # Errors
/// 404 when it is gone.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope) -> Result<OrganisationRow, StoreError> {
    let row = one(tx, scope, "FOR NO KEY UPDATE").await?;
    row.ok_or(StoreError::NotFound("organisation"))
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    lock: &str,
) -> Result<Option<OrganisationRow>, StoreError> {
    let sql = format!(
        "SELECT name, require_second_factor, version, created_at FROM organisations WHERE id = $1 {lock}"
    );
    let Some(row) = client.query_opt(&sql, &[scope.org_id()]).await? else {
        return Ok(None);
    };
    Ok(Some(OrganisationRow {
        name: row.try_get("name")?,
        require_second_factor: row.try_get("require_second_factor")?,
        version: row.try_get("version")?,
        created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
    }))
}

/// The organisations of a user by name, after the one at `after`.
pub(crate) async fn of_user(
    client: &impl GenericClient,
    user_id: i64,
    after: Option<(String, i64)>,
    limit: i64,
) -> Result<Vec<Organisation>, StoreError> {
    let (name, id) = after.unzip();
    let sql = format!(
        "SELECT o.id, o.name, o.version, o.require_second_factor, m.role, {OF_MEMBER}
         FROM memberships m JOIN organisations o ON o.id = m.org_id
         WHERE m.user_id = $1 AND ($2::text IS NULL OR (o.name, o.id) > ($2, $3))
         ORDER BY o.name, o.id LIMIT $4"
    );
    let rows = client.query(&sql, &[&user_id, &name, &id, &limit]).await?;
    let read = |row: &Row| {
        Ok(Organisation {
            id: OrgId(row.try_get("id")?),
            name: row.try_get("name")?,
            role: role(row)?,
            only_tags: row.try_get("only_tags")?,
            require_second_factor: row.try_get("require_second_factor")?,
            version: row.try_get("version")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Creates an organisation that a user owns.
///
/// # Errors
/// 409 when the user is in as many as one may be.
pub(crate) async fn create(
    tx: &Transaction<'_>,
    user_id: i64,
    name: &str,
) -> Result<Organisation, StoreError> {
    // Those who create for one user wait for each other.
    tx.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", &[&user_id])
        .await?;
    let count = "SELECT count(*) FROM memberships WHERE user_id = $1";
    let count: i64 = tx.query_one(count, &[&user_id]).await?.try_get(0)?;
    if count >= MAX_PER_USER {
        let most = format!("one person can be in {MAX_PER_USER} organisations at most");
        return Err(StoreError::Conflict(most));
    }
    let sql = "WITH o AS (INSERT INTO organisations (name) VALUES ($1) RETURNING id),
                    m AS (INSERT INTO memberships (org_id, user_id, role) SELECT id, $2, 'owner' FROM o)
               SELECT id FROM o";
    let row = tx.query_one(sql, &[&name, &user_id]).await?;
    Ok(Organisation {
        id: OrgId(row.try_get(0)?),
        name: name.to_owned(),
        role: Role::Owner,
        only_tags: None,
        require_second_factor: false,
        version: 1,
    })
}

/// Changes an organisation; answers its new version.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    name: &str,
    require_second_factor: bool,
) -> Result<i32, StoreError> {
    let sql = "UPDATE organisations SET name = $2, require_second_factor = $3, version = version + 1
               WHERE id = $1 RETURNING version";
    let row = tx
        .query_one(sql, &[scope.org_id(), &name, &require_second_factor])
        .await?;
    Ok(row.try_get(0)?)
}

/// All organisations of a user.
pub(crate) async fn ids_of_user(client: &impl GenericClient, user_id: i64) -> Result<Vec<OrgId>, StoreError> {
    let sql = "SELECT org_id FROM memberships WHERE user_id = $1 ORDER BY org_id";
    let rows = client.query(sql, &[&user_id]).await?;
    rows.iter().map(|row| Ok(OrgId(row.try_get(0)?))).collect()
}
