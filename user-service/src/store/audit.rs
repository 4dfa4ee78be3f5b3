//! Rows of `audit_log`: who has changed what, written in the transaction of the change.

use std::net::IpAddr;

use api::{Actor, AuditActor, AuditActorKind, AuditEvent, AuditQuery, Principal};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;

/// How long changes are kept, in days; so does a trigger.
const KEPT_DAYS: i32 = 400;

/// Rows removed in one statement, so that none takes long.
const PURGED_AT_ONCE: i64 = 10_000;

/// Who changes something.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// Somebody who is signed in, or an API key.
    Actor(Actor),
    /// Somebody of this name in Slack.
    Slack(String),
}

/// Who changes something, by which operation, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) by: By,
    pub(crate) scope: Scope,
    pub(crate) action: &'static str,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: Option<String>,
}

impl Author {
    /// Somebody who is signed in, or an API key.
    pub(crate) fn new(
        principal: &Principal,
        action: &'static str,
        address: Option<IpAddr>,
        request_id: Option<String>,
    ) -> Self {
        Self {
            by: By::Actor(principal.actor),
            scope: Scope::from(principal),
            action,
            address,
            request_id,
        }
    }

    /// The same, for a change in another organisation than the credential's.
    pub(crate) fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Notes that a resource is there now.
    pub(crate) async fn created<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        after: &T,
    ) -> Result<(), StoreError> {
        self.note(tx, resource, None, Some(shown(after)?)).await
    }

    /// Notes that a resource is another than before; nothing when it is not.
    pub(crate) async fn changed<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        before: &T,
        after: &T,
    ) -> Result<(), StoreError> {
        let (before, after) = (shown(before)?, shown(after)?);
        match before == after {
            true => Ok(()),
            false => self.note(tx, resource, Some(before), Some(after)).await,
        }
    }

    /// Notes that a resource is not there any more.
    pub(crate) async fn deleted<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        before: &T,
    ) -> Result<(), StoreError> {
        self.note(tx, resource, Some(shown(before)?), None).await
    }

    async fn note(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), StoreError> {
        let (kind, id, name) = match &self.by {
            By::Actor(Actor::User(id)) => ("user", Some(*id), None),
            By::Actor(Actor::Key { id, .. }) => ("key", Some(id.0), None),
            By::Slack(name) => ("slack", None, Some(name)),
        };
        tx.execute(
            "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, before,
                                    after, address, request_id)
             VALUES ($1, $2, $3,
                     COALESCE($11, CASE $2 WHEN 'user' THEN (SELECT name FROM users WHERE id = $3)
                                           ELSE (SELECT name FROM api_keys WHERE id = $3 AND org_id = $1) END, ''),
                     $4, $5, $6, $7, $8, $9, $10)",
            &[
                self.scope.org_id(),
                &kind,
                &id,
                &self.action,
                &resource.kind,
                &resource.id,
                &before,
                &after,
                &self.address,
                &self.request_id,
                &name,
            ],
        )
        .await?;
        Ok(())
    }
}

/// What is changed: a resource of this kind with this id.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    kind: &'static str,
    id: String,
}

impl Resource {
    pub(crate) fn new(kind: &'static str, id: impl ToString) -> Self {
        let id = id.to_string();
        Self { kind, id }
    }
}

/// A resource as the API shows it: without secrets.
fn shown(resource: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(resource).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// What an organisation's members have changed, the latest first, before the one with the id `before`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    query: &AuditQuery,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    let (from, to) = (
        query.from.map(DateTime::<Utc>::from),
        query.to.map(DateTime::<Utc>::from),
    );
    // What is not asked for is a constant that the planner leaves out.
    let rows = client
        .query(
            "SELECT id, at, actor_kind, actor_id, actor_name, action, resource, resource_id, before, after, address,
                    request_id
             FROM audit_log
             WHERE org_id = $1 AND ($2::bigint IS NULL OR id < $2)
               AND ($3::text IS NULL OR action = $3)
               AND ($4::text IS NULL OR resource = $4) AND ($5::text IS NULL OR resource_id = $5)
               AND ($6::bigint IS NULL OR (actor_kind = 'user' AND actor_id = $6))
               AND ($7::bigint IS NULL OR (actor_kind = 'key' AND actor_id = $7))
               AND ($8::timestamptz IS NULL OR at >= $8) AND ($9::timestamptz IS NULL OR at < $9)
             ORDER BY id DESC LIMIT $10",
            &[
                scope.org_id(),
                &before,
                &query.action,
                &query.resource,
                &query.resource_id,
                &query.user_id,
                &query.key_id,
                &from,
                &to,
                &limit,
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditEvent, StoreError> {
    let kind: &str = row.try_get("actor_kind")?;
    let at: DateTime<Utc> = row.try_get("at")?;
    let address: Option<IpAddr> = row.try_get("address")?;
    Ok(AuditEvent {
        id: row.try_get("id")?,
        at: Timestamp::from(at),
        actor: AuditActor {
            kind: match kind {
                "user" => AuditActorKind::User,
                "key" => AuditActorKind::Key,
                "slack" => AuditActorKind::Slack,
                _ => AuditActorKind::System,
            },
            id: row.try_get("actor_id")?,
            name: row.try_get("actor_name")?,
        },
        action: row.try_get("action")?,
        resource: row.try_get("resource")?,
        resource_id: row.try_get("resource_id")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
        address: address.map(|address| address.to_string()),
        request_id: row.try_get("request_id")?,
    })
}

/// Removes what is older than it has to be.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM audit_log WHERE id IN (
                   SELECT id FROM audit_log WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT $2)";
    client.execute(sql, &[&KEPT_DAYS, &PURGED_AT_ONCE]).await
}
