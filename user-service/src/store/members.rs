//! Rows of `memberships`.

use api::{ApiKey, Member, Role};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{OrgId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::only_tags::{self, Narrowed, OF_MEMBER};
use super::organisations::role;
use super::{Scope, api_keys};

fn select() -> String {
    format!(
        "SELECT u.id, u.name, u.email, m.role, m.created_at, {OF_MEMBER}
         FROM memberships m JOIN users u ON u.id = m.user_id
         WHERE m.org_id = $1"
    )
}

fn read(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        user_id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        role: role(row)?,
        only_tags: row.try_get("only_tags")?,
        joined_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
    })
}

/// The members of an organisation in the order in which they joined, after the one at `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: Option<(Timestamp, i64)>,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    let (joined_at, id) = after.unzip();
    let joined_at = joined_at.map(Timestamp::to_datetime);
    let sql = format!(
        "{} AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', m.created_at), u.id) > ($2, $3))
         ORDER BY date_trunc('milliseconds', m.created_at), u.id LIMIT $4",
        select()
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &joined_at, &id, &limit])
        .await?;
    rows.iter().map(read).collect()
}

/// A member, once it is the [turn](Scope::take_turn) of the transaction: what is decided about members is decided one
/// after the other.
///
/// # Errors
/// 404 when there is no such member.
pub(crate) async fn find(tx: &Transaction<'_>, scope: Scope, user_id: i64) -> Result<Member, StoreError> {
    let sql = format!("{} AND u.id = $2", select());
    let row = tx.query_opt(&sql, &[scope.org_id(), &user_id]).await?;
    read(&row.ok_or(StoreError::NotFound("member"))?)
}

/// How many owners an organisation has.
pub(crate) async fn owners(tx: &Transaction<'_>, scope: Scope) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM memberships WHERE org_id = $1 AND role = 'owner'";
    Ok(tx.query_one(sql, &[scope.org_id()]).await?.try_get(0)?)
}

/// Gives a member another role, and narrows the member to these tags, or to none.
///
/// # Errors
/// 422 (`only_tags`) for a tag that there is not.
pub(crate) async fn set_access(
    tx: &Transaction<'_>,
    scope: Scope,
    user_id: i64,
    role: Role,
    names: Option<&[String]>,
) -> Result<(), StoreError> {
    let sql = "UPDATE memberships SET role = $3, narrowed = $4 WHERE org_id = $1 AND user_id = $2";
    let narrowed = names.is_some();
    tx.execute(sql, &[scope.org_id(), &user_id, &role.as_str(), &narrowed])
        .await?;
    only_tags::set(tx, scope, Narrowed::Member(user_id), names).await
}

/// Removes a member, and the API keys that the member has created, which it answers.
pub(crate) async fn remove(
    tx: &Transaction<'_>,
    scope: Scope,
    user_id: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let (org, user) = (scope.org_id(), &user_id);
    let keys = api_keys::remove_created_by(tx, scope, user_id).await?;
    tx.execute(
        "DELETE FROM memberships WHERE org_id = $1 AND user_id = $2",
        &[org, user],
    )
    .await?;
    Ok(keys)
}

/// The role of a member, read in the transaction that relies on it; none of who is no member.
pub(crate) async fn role_of(
    tx: &Transaction<'_>,
    scope: Scope,
    user_id: i64,
) -> Result<Option<Role>, StoreError> {
    let sql = "SELECT role FROM memberships WHERE org_id = $1 AND user_id = $2 FOR SHARE";
    let row = tx.query_opt(sql, &[scope.org_id(), &user_id]).await?;
    row.as_ref().map(role).transpose()
}

/// The organisations of a user, with the role in each.
pub(crate) async fn of_user(tx: &Transaction<'_>, user_id: i64) -> Result<Vec<(OrgId, Role)>, StoreError> {
    let sql = "SELECT org_id, role FROM memberships WHERE user_id = $1 ORDER BY org_id";
    let rows = tx.query(sql, &[&user_id]).await?;
    rows.iter()
        .map(|row| Ok((OrgId(row.try_get("org_id")?), role(row)?)))
        .collect()
}
