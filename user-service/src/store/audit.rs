//! Rows of `audit_log`: who has changed what, written in the transaction of the change.

use std::net::IpAddr;

use api::{Actor, AuditActor, AuditActorKind, AuditEvent, AuditQuery, Principal};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;

/// How long changes are kept, in days; so does a trigger.
const KEPT_DAYS: i32 = 400;

/// The longest text that is kept as it is, in characters.
const MAX_TEXT_CHARS: usize = 500;

/// The largest form of a resource that is kept as a whole, in bytes of JSON.
const MAX_BYTES: usize = 16 * 1024;

/// Who changes something.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// Somebody who is signed in, or an API key.
    Actor(Actor),
    /// Somebody of this name in Slack.
    Slack(String),
    /// Whoever has read a notification of a channel.
    Link {
        /// What the channel is called, or the member whose own it is.
        name: String,
        /// That member.
        owner: Option<i64>,
    },
    /// The product itself, or who runs it.
    System(&'static str),
}

impl By {
    /// The person who acts, if it is one with an account.
    pub(crate) fn person(&self) -> Option<i64> {
        match self {
            Self::Actor(Actor::User(id)) => Some(*id),
            Self::Link { owner, .. } => *owner,
            Self::Actor(Actor::Key { .. }) | Self::Slack(_) | Self::System(_) => None,
        }
    }
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
        self.note_all(tx, vec![Note::created(resource, after)?]).await
    }

    /// Notes in which fields a resource is another than before; nothing when it is not.
    pub(crate) async fn changed<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        before: &T,
        after: &T,
    ) -> Result<(), StoreError> {
        let note = Note::changed(resource, before, after)?;
        self.note_all(tx, note.into_iter().collect()).await
    }

    /// Notes that a resource is not there any more.
    pub(crate) async fn deleted<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        resource: &Resource,
        before: &T,
    ) -> Result<(), StoreError> {
        self.note_all(tx, vec![Note::deleted(resource, before)?]).await
    }

    /// Notes all of it, in one statement.
    pub(crate) async fn note_all(&self, tx: &Transaction<'_>, notes: Vec<Note>) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        let (kind, id, name) = match &self.by {
            By::Actor(Actor::User(id)) => ("user", Some(*id), None),
            By::Actor(Actor::Key { id, .. }) => ("key", Some(id.0), None),
            By::Slack(name) => ("slack", None, Some(name.as_str())),
            // It is the member's, also once the account is erased.
            By::Link { name, owner } => (
                if owner.is_some() { "user" } else { "system" },
                *owner,
                Some(name.as_str()),
            ),
            By::System(name) => ("system", None, Some(*name)),
        };
        let (mut kinds, mut ids) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for note in notes {
            kinds.push(note.resource.kind);
            ids.push(note.resource.id);
            before.push(note.before);
            after.push(note.after);
        }
        let sql = "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, before,
                                    after, address, request_id)
             SELECT $1::bigint, $2::text, $3::bigint,
                    COALESCE($11::text, CASE $2 WHEN 'user' THEN (SELECT name FROM users WHERE id = $3)
                                                WHEN 'key' THEN (SELECT name FROM api_keys WHERE id = $3 AND org_id = $1) END, ''),
                    $4::text, kind, note.id, before, after, $9::inet, $10::text
             FROM unnest($5::text[], $6::text[], $7::jsonb[], $8::jsonb[]) WITH ORDINALITY
                  AS note (kind, id, before, after, place) ORDER BY place";
        let statement = tx.prepare_cached(sql).await?;
        tx.execute(
            &statement,
            &[
                self.scope.org_id(),
                &kind,
                &id,
                &self.action,
                &kinds,
                &ids,
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

/// What is to be noted of a resource.
#[derive(Debug)]
pub(crate) struct Note {
    resource: Resource,
    before: Option<Value>,
    after: Option<Value>,
}

impl Note {
    /// That it is there now.
    pub(crate) fn created(resource: &Resource, after: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            resource: resource.clone(),
            before: None,
            after: Some(shown(after)?),
        })
    }

    /// In which fields it is another than before; none when it is not.
    pub(crate) fn changed<T: Serialize>(
        resource: &Resource,
        before: &T,
        after: &T,
    ) -> Result<Option<Self>, StoreError> {
        let differs = difference(shown(before)?, shown(after)?);
        Ok(differs.map(|(before, after)| Self {
            resource: resource.clone(),
            before: Some(before),
            after: Some(after),
        }))
    }

    /// That it is not there any more.
    pub(crate) fn deleted(resource: &Resource, before: &impl Serialize) -> Result<Self, StoreError> {
        Ok(Self {
            resource: resource.clone(),
            before: Some(shown(before)?),
            after: None,
        })
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

/// A resource as it is kept: its long texts are cut, and one that is large as a whole is not kept.
fn shown(resource: &impl Serialize) -> Result<Value, StoreError> {
    let mut value =
        serde_json::to_value(resource).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    cut(&mut value);
    let is_large = serde_json::to_vec(&value).is_ok_and(|json| json.len() > MAX_BYTES);
    if let (true, Value::Object(fields)) = (is_large, &mut value) {
        // What names it, and what shows that it has changed, are short.
        fields.retain(|_, field| !matches!(field, Value::Object(_) | Value::Array(_)));
    }
    Ok(value)
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(MAX_TEXT_CHARS) {
                text.truncate(end);
                text.push('…');
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cut),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The fields in which two forms of a resource differ; none when they are equal.
fn difference(before: Value, after: Value) -> Option<(Value, Value)> {
    match (before, after) {
        (Value::Object(mut before), Value::Object(mut after)) => {
            let same =
                |name: &String, value: &Value, other: &Map<String, Value>| other.get(name) == Some(value);
            let was = before.clone();
            before.retain(|name, value| !same(name, value, &after));
            after.retain(|name, value| !same(name, value, &was));
            (!before.is_empty() || !after.is_empty()).then(|| (before.into(), after.into()))
        }
        (before, after) => (before != after).then_some((before, after)),
    }
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
    super::purge::in_batches(client, sql, KEPT_DAYS).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_kept() {
        let before = json!({"name": "Shop", "muted": false, "version": 1, "gone": 1});
        let after = json!({"name": "Shop", "muted": true, "version": 2, "new": null});
        let (before, after) = difference(before, after).unwrap();
        assert_eq!(before, json!({"muted": false, "version": 1, "gone": 1}));
        assert_eq!(after, json!({"muted": true, "version": 2, "new": null}));
        assert_eq!(difference(json!({"a": 1}), json!({"a": 1})), None);
    }

    #[test]
    fn what_is_long_is_cut_and_what_is_large_left_out() {
        let kept = shown(&json!({"body": "ä".repeat(501)})).unwrap();
        assert_eq!(kept["body"].as_str().unwrap().chars().count(), 501);
        let headers: Vec<String> = (0..100).map(|n| format!("{n}{}", "x".repeat(400))).collect();
        let kept = shown(&json!({"name": "Shop", "version": 3, "http": {"headers": headers}})).unwrap();
        assert_eq!(kept, json!({"name": "Shop", "version": 3}));
    }
}
