//! Rows of `idempotency_keys`: creations of the last day that can be repeated.

use std::time::Duration;

use deadpool_postgres::{GenericClient, Transaction};

use super::error::StoreError;
use super::{Scope, advisory_lock};

/// Keys that one person or API key may use in a day: whoever uses up theirs is in nobody else's way.
const MAX_PER_ACTOR: i64 = 2_000;

/// For how long a repeated request gets the same answer, in hours.
const KEPT_HOURS: i32 = 24;

/// How long a key that somebody uses is waited for: the transaction of a request that was refused is rolled back a
/// moment after its answer, and whoever has mended the request may be faster.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// Whose key it is, and which.
#[derive(Debug)]
pub(crate) struct Key<'a> {
    pub(crate) scope: Scope,
    /// `user:7`, `key:3`.
    pub(crate) actor: &'a str,
    pub(crate) key: &'a str,
}

impl Key<'_> {
    /// The context that an answer is sealed with.
    pub(crate) fn seal_context(&self) -> String {
        format!("idempotency {} {} {}", self.scope.org(), self.actor, self.key)
    }
}

/// A creation that was carried out.
#[derive(Debug)]
pub(crate) struct Made {
    /// A keyed hash of what was asked.
    pub(crate) request: Vec<u8>,
    /// Sealed; none where it held a secret.
    pub(crate) answer: Option<Vec<u8>>,
}

/// Keeps others from using the key until the transaction ends; false when somebody does.
pub(crate) async fn lock(tx: &Transaction<'_>, key: &Key<'_>) -> Result<bool, StoreError> {
    advisory_lock::take(tx, &key.seal_context(), LOCK_PATIENCE).await
}

/// What was created with a key that is locked.
pub(crate) async fn find(tx: &Transaction<'_>, key: &Key<'_>) -> Result<Option<Made>, StoreError> {
    let sql = "SELECT request, answer FROM idempotency_keys
               WHERE org_id = $1 AND actor = $2 AND key = $3 AND created_at > now() - make_interval(hours => $4)";
    let row = tx
        .query_opt(sql, &[key.scope.org_id(), &key.actor, &key.key, &KEPT_HOURS])
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Made {
        request: row.try_get("request")?,
        answer: row.try_get("answer")?,
    }))
}

/// Whether whose key it is may use one more.
pub(crate) async fn has_room(tx: &Transaction<'_>, key: &Key<'_>) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM (
                   SELECT FROM idempotency_keys
                   WHERE org_id = $1 AND actor = $2 AND created_at > now() - make_interval(hours => $3) LIMIT $4
               ) AS recent";
    let row = tx
        .query_one(
            sql,
            &[key.scope.org_id(), &key.actor, &KEPT_HOURS, &MAX_PER_ACTOR],
        )
        .await?;
    Ok(row.try_get::<_, i64>(0)? < MAX_PER_ACTOR)
}

/// Notes what was created with a key that is locked.
pub(crate) async fn insert(tx: &Transaction<'_>, key: &Key<'_>, made: &Made) -> Result<(), StoreError> {
    // One that is over may not have been removed yet.
    let sql = "INSERT INTO idempotency_keys (org_id, actor, key, request, answer) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (org_id, actor, key)
               DO UPDATE SET request = excluded.request, answer = excluded.answer, created_at = now()";
    let org = key.scope.org_id();
    tx.execute(sql, &[org, &key.actor, &key.key, &made.request, &made.answer])
        .await?;
    Ok(())
}

/// Removes what is too old to be repeated.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM idempotency_keys WHERE (org_id, actor, key) IN (
                   SELECT org_id, actor, key FROM idempotency_keys
                   WHERE created_at < now() - make_interval(hours => $1) ORDER BY created_at LIMIT $2)";
    super::purge::in_batches(client, sql, KEPT_HOURS).await
}
