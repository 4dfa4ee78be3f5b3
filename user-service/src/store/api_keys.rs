//! Rows of `api_keys`.

use api::{ApiKey, LimitKey};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::api_key::ApiKeyGrant;
use domain::{ApiKeyId, Timestamp};
use shared::api_key::ApiKey as Secret;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::only_tags::{self, Narrowed, OF_KEY};
use super::organisations::role;
use crate::rules::api_key::NewKey;
use crate::rules::plan::Plans;

fn select() -> String {
    format!(
        "SELECT k.id, k.name, k.prefix, k.role, {OF_KEY}, k.networks::text[], u.name AS created_by, k.created_at,
             k.expires_at, k.last_used_at
         FROM api_keys k LEFT JOIN users u ON u.id = k.created_by
         WHERE k.org_id = $1"
    )
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    let time = |column| row.try_get::<_, Option<DateTime<Utc>>>(column);
    Ok(ApiKey {
        id: ApiKeyId(row.try_get("id")?),
        name: row.try_get("name")?,
        prefix: row.try_get("prefix")?,
        role: role(row)?,
        only_tags: row.try_get("only_tags")?,
        networks: row.try_get("networks")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
        expires_at: time("expires_at")?.map(Into::into),
        last_used_at: time("last_used_at")?.map(Into::into),
    })
}

/// The keys of an organisation, the latest first, before the one with the id `before`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!(
        "{} AND ($2::bigint IS NULL OR k.id < $2) ORDER BY k.id DESC LIMIT $3",
        select()
    );
    let rows = client.query(&sql, &[scope.org_id(), &before, &limit]).await?;
    rows.iter().map(read).collect()
}

/// The keys of an organisation that a user has created.
pub(crate) async fn created_by(
    client: &impl GenericClient,
    scope: Scope,
    user_id: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!("{} AND k.created_by = $2 ORDER BY k.id", select());
    let rows = client.query(&sql, &[scope.org_id(), &user_id]).await?;
    rows.iter().map(read).collect()
}

/// Removes the keys of an organisation that a user has created, and answers them.
pub(crate) async fn remove_created_by(
    tx: &Transaction<'_>,
    scope: Scope,
    user_id: i64,
) -> Result<Vec<ApiKey>, StoreError> {
    let keys = created_by(tx, scope, user_id).await?;
    let sql = "DELETE FROM api_keys WHERE org_id = $1 AND created_by = $2";
    tx.execute(sql, &[scope.org_id(), &user_id]).await?;
    Ok(keys)
}

/// Removes keys that have expired so long ago that nobody looks for them.
pub(crate) async fn purge_expired(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM api_keys WHERE expires_at < now() - interval '30 days'";
    client.execute(sql, &[]).await
}

/// A key of an organisation.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: ApiKeyId,
) -> Result<ApiKey, StoreError> {
    let sql = format!("{} AND k.id = $2", select());
    let row = client.query_opt(&sql, &[scope.org_id(), &id.0]).await?;
    read(&row.ok_or(StoreError::NotFound("API key"))?)
}

/// Adds a key.
///
/// # Errors
/// 409 when the organisation has as many as it may have, 422 (`only_tags`) for a tag that there is not.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    creator: i64,
    new: &NewKey,
    secret: &Secret,
    plans: &Plans,
) -> Result<ApiKey, StoreError> {
    limits::require_room(tx, scope, plans, LimitKey::ApiKeys, 1).await?;
    let networks: Vec<String> = new.networks.iter().map(ToString::to_string).collect();
    let row = tx
        .query_one(
            "INSERT INTO api_keys (org_id, created_by, name, prefix, hash, role, networks, expires_at, narrowed)
             VALUES ($1, $2, $3, $4, $5, $6, $7::text[]::cidr[], $8, $9) RETURNING id",
            &[
                scope.org_id(),
                &creator,
                &new.name,
                &secret.shown(),
                &secret.hash().as_slice(),
                &new.role.as_str(),
                &networks,
                &new.expires_at.map(DateTime::<Utc>::from),
                &new.only_tags.is_some(),
            ],
        )
        .await?;
    let id: i64 = row.try_get(0)?;
    only_tags::set(tx, scope, Narrowed::Key(id), new.only_tags.as_deref()).await?;
    find(tx, scope, ApiKeyId(id)).await
}

/// Removes a key.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: ApiKeyId) -> Result<(), StoreError> {
    let sql = "DELETE FROM api_keys WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id.0]).await?;
    Ok(())
}

/// What the key with this hash opens, and that it was used; none when there is none that is accepted.
pub(crate) async fn grant(
    client: &impl GenericClient,
    hash: &[u8],
) -> Result<Option<ApiKeyGrant>, StoreError> {
    let row = client
        .query_opt(
            // Of an organisation that is to be deleted none is accepted.
            "WITH used AS (
                 UPDATE api_keys k SET last_used_at = now() FROM memberships m
                 WHERE k.hash = $1 AND m.org_id = k.org_id AND m.user_id = k.created_by
                   AND (k.expires_at IS NULL OR k.expires_at > now())
                   AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '50 seconds')
             )
             SELECT k.id, k.org_id, k.created_by, k.role, m.role AS creator_role, k.narrowed,
                    m.narrowed AS creator_narrowed, k.networks::text[], k.expires_at
             FROM api_keys k JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by
             WHERE k.hash = $1 AND (k.expires_at IS NULL OR k.expires_at > now())
               AND NOT EXISTS (SELECT FROM organisation_deletions d
                               WHERE d.org_id = k.org_id AND d.cancelled_at IS NULL)",
            &[&hash],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let expires_at: Option<DateTime<Utc>> = row.try_get("expires_at")?;
    Ok(Some(ApiKeyGrant {
        id: ApiKeyId(row.try_get("id")?),
        org_id: domain::OrgId(row.try_get("org_id")?),
        creator: row.try_get("created_by")?,
        role: row.try_get("role")?,
        creator_role: row.try_get("creator_role")?,
        narrowed: row.try_get("narrowed")?,
        creator_narrowed: row.try_get("creator_narrowed")?,
        networks: row.try_get("networks")?,
        expires_at: expires_at.map(Timestamp::from),
    }))
}

/// What a key is called; none when it is gone.
pub(crate) async fn name_of(
    client: &impl GenericClient,
    scope: Scope,
    id: ApiKeyId,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT name FROM api_keys WHERE org_id = $1 AND id = $2";
    let row = client.query_opt(sql, &[scope.org_id(), &id.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
