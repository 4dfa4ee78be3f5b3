//! Rows of `silences`.

use api::{LimitKey, Silence};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::routing::Conditions;
use domain::{MonitorId, SilenceId, TagId, Timestamp};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::alert_policy_size::{self, Part};
use super::alert_targets::Names;
use super::error::StoreError;
use super::{limits, seen_monitors};
use crate::rules::silence::{self as rules, OldSilence, ValidSilence};

mod seen;
mod told;

pub(crate) use told::holds;

use seen::{columns, is_seen};

/// How long silences are kept once they are over, in days.
const KEPT_DAYS: i32 = 30;

/// A row of `silences`.
#[derive(Clone, Debug)]
pub(crate) struct SilenceRow {
    pub(crate) id: SilenceId,
    pub(crate) reason: String,
    /// Those that are seen. None when it is of all that meet the conditions.
    pub(crate) monitors: Vec<MonitorId>,
    /// Whether it concerns more than is seen.
    is_part: bool,
    /// With all tags, also those that are not seen.
    pub(crate) conditions: Stored<Conditions>,
    /// Its tags that are seen; none where all are.
    seen_tags: Option<Vec<TagId>>,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    created_by: Option<String>,
    pub(crate) version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl SilenceRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let seen_tags: Option<Vec<i64>> = row.try_get("seen_tags")?;
        Ok(Self {
            id: SilenceId(row.try_get("id")?),
            reason: row.try_get("reason")?,
            monitors: monitors(row)?,
            is_part: row.try_get("is_part")?,
            conditions: row.try_get("conditions")?,
            seen_tags: seen_tags.map(|tags| tags.into_iter().map(TagId).collect()),
            starts_at: at(row, "starts_at")?,
            ends_at: at(row, "ends_at")?,
            created_by: row.try_get("created_by")?,
            version: row.try_get("version")?,
            created_at: at(row, "created_at")?,
            updated_at: at(row, "updated_at")?,
        })
    }

    /// What a change begins with.
    pub(crate) fn old(&self) -> OldSilence<'_> {
        OldSilence {
            reason: &self.reason,
            monitors: &self.monitors,
            conditions: self.conditions.value(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// Whether it says just this.
    pub(crate) fn says(&self, silence: &ValidSilence) -> bool {
        self.conditions.value() == Some(&silence.conditions)
            && self.reason == silence.reason
            && self.monitors == silence.monitors
            && (self.starts_at, self.ends_at) == (silence.starts_at, silence.ends_at)
    }

    /// Requires that it is not over.
    ///
    /// # Errors
    /// 409 when it is.
    pub(crate) fn require_not_over(&self, now: Timestamp) -> Result<(), StoreError> {
        match self.ends_at <= now {
            true => Err(StoreError::Conflict(
                "the silence is over: what was, stays; create another one".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Its conditions, without the tags that are not seen.
    fn seen_conditions(&self) -> Option<Conditions> {
        let mut conditions = self.conditions.value().cloned()?;
        if let Some(seen) = &self.seen_tags {
            conditions.tags.retain(|tag| seen.contains(tag));
        }
        Some(conditions)
    }

    /// As it is answered.
    pub(crate) fn view(&self, now: Timestamp) -> Silence {
        let error = match &self.conditions {
            Stored::Read(_) => None,
            Stored::Unreadable { why, .. } => Some(format!(
                "its conditions cannot be read, so it silences nothing; send them anew, or end it: {why}"
            )),
        };
        Silence {
            id: self.id,
            reason: self.reason.clone(),
            monitors: self.monitors.clone(),
            conditions: self.seen_conditions(),
            error,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            state: rules::state(self.starts_at, self.ends_at, now),
            created_by: self.created_by.clone(),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

fn at(row: &Row, column: &str) -> Result<Timestamp, tokio_postgres::Error> {
    row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from)
}

fn monitors(row: &Row) -> Result<Vec<MonitorId>, tokio_postgres::Error> {
    let ids: Vec<i64> = row.try_get("monitors")?;
    Ok(ids.into_iter().map(MonitorId).collect())
}

/// The silences that are seen of an organisation, after the one with the id `after`; those that are over, too, if they
/// are asked for.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    (with_ended, now): (bool, Timestamp),
    after: i64,
    limit: i64,
) -> Result<Vec<SilenceRow>, StoreError> {
    let sql = format!(
        "SELECT {} FROM silences s
         WHERE s.org_id = $1 AND {} AND ($3::boolean OR s.ends_at > $4) AND s.id > $5 ORDER BY s.id LIMIT $6",
        columns(1, 2),
        is_seen(1, 2)
    );
    let rows = client
        .query(
            &sql,
            &[
                scope.org_id(),
                &scope.who(),
                &with_ended,
                &now.to_datetime(),
                &after,
                &limit,
            ],
        )
        .await?;
    rows.iter().map(SilenceRow::read).collect()
}

/// A silence.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<SilenceRow, StoreError> {
    one(client, scope, id, "").await
}

/// As [`find`], to be changed: locked until the transaction ends.
///
/// # Errors
/// 403 when it concerns more than is seen.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<SilenceRow, StoreError> {
    let row = one(tx, scope, id, "FOR UPDATE OF s").await?;
    match row.is_part {
        true => Err(StoreError::Narrowed),
        false => Ok(row),
    }
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    locking: &str,
) -> Result<SilenceRow, StoreError> {
    let sql = format!(
        "SELECT {} FROM silences s WHERE s.org_id = $1 AND s.id = $3 AND {} {locking}",
        columns(1, 2),
        is_seen(1, 2)
    );
    let row = client
        .query_opt(&sql, &[scope.org_id(), &scope.who(), &id])
        .await?;
    SilenceRow::read(&row.ok_or(StoreError::NotFound("silence"))?)
}

/// Requires that what a silence names is there and seen; what the `old` one named may be gone.
///
/// # Errors
/// 422 that names each field; 403 when it is of all monitors, and the caller does not see all.
pub(crate) async fn require_named(
    client: &impl GenericClient,
    scope: Scope,
    new: &ValidSilence,
    old: Option<&SilenceRow>,
) -> Result<(), StoreError> {
    let known = old.map_or(&[][..], |old| &old.monitors);
    let monitors = seen_monitors::require(client, scope, &new.monitors, known).await;
    let conditions = old.and_then(|old| old.conditions.value());
    let known = conditions.map_or(&[][..], |conditions| &conditions.tags);
    let named = Names::default().conditions(&new.conditions, known);
    match (monitors, named.require(client, scope).await) {
        (Err(StoreError::Invalid(mut wrong)), Err(StoreError::Invalid(more))) => {
            wrong.extend(more);
            Err(StoreError::Invalid(wrong))
        }
        (monitors, tags) => monitors.and(tags),
    }
}

/// Adds a silence; `created_by` is the person who makes it.
///
/// # Errors
/// 409 when as many as there may be are not over; 422 when they are too large together.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    silence: &ValidSilence,
    created_by: Option<i64>,
) -> Result<SilenceRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::Silences, 1).await?;
    let sql = format!(
        "INSERT INTO silences AS s (org_id, reason, monitors, conditions, starts_at, ends_at, created_by)
         VALUES ($1, $3, $4, $5, $6, $7, $8) RETURNING {}",
        columns(1, 2)
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &scope.who(),
                &silence.reason,
                &ids(silence),
                &Json(&silence.conditions),
                &silence.starts_at.to_datetime(),
                &silence.ends_at.to_datetime(),
                &created_by,
            ],
        )
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Silences).await?;
    SilenceRow::read(&row)
}

/// Changes a locked silence.
///
/// # Errors
/// 422 when the organisation's silences are too large together.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: SilenceId,
    silence: &ValidSilence,
) -> Result<SilenceRow, StoreError> {
    let sql = format!(
        "UPDATE silences s SET reason = $4, monitors = $5, conditions = $6, starts_at = $7, ends_at = $8,
             version = version + 1, updated_at = now()
         WHERE s.org_id = $1 AND s.id = $3 RETURNING {}",
        columns(1, 2)
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &scope.who(),
                &id.0,
                &silence.reason,
                &ids(silence),
                &Json(&silence.conditions),
                &silence.starts_at.to_datetime(),
                &silence.ends_at.to_datetime(),
            ],
        )
        .await?;
    alert_policy_size::require_room(tx, scope, Part::Silences).await?;
    SilenceRow::read(&row)
}

/// Ends a locked silence that is not over. One that has not begun lasts for no time at all.
pub(crate) async fn end(
    tx: &Transaction<'_>,
    scope: Scope,
    id: SilenceId,
    now: Timestamp,
) -> Result<SilenceRow, StoreError> {
    let sql = format!(
        "UPDATE silences s SET starts_at = least(s.starts_at, $4), ends_at = $4, version = version + 1, updated_at = now()
         WHERE s.org_id = $1 AND s.id = $3 RETURNING {}",
        columns(1, 2)
    );
    let row = tx
        .query_one(&sql, &[scope.org_id(), &scope.who(), &id.0, &now.to_datetime()])
        .await?;
    SilenceRow::read(&row)
}

fn ids(silence: &ValidSilence) -> Vec<i64> {
    silence.monitors.iter().map(|id| id.0).collect()
}

/// Removes those that have been over for long.
pub(crate) async fn purge(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let sql = "DELETE FROM silences WHERE id IN (
                   SELECT id FROM silences WHERE ends_at < now() - make_interval(days => $1) ORDER BY ends_at LIMIT $2)";
    super::purge::in_batches(client, sql, KEPT_DAYS).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silences_are_forgotten_once_they_have_been_over_for_long() {
        let settings = shared::postgres::PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name) VALUES ('o');
                 INSERT INTO silences (org_id, reason, conditions, starts_at, ends_at)
                 SELECT 1, reason, '{}', now() - interval '80 days', now() + ends
                 FROM (VALUES ('goes on', interval '1 day'), ('kept', interval '-29 days'),
                              ('old', interval '-31 days'), ('older', interval '-70 days')) AS s (reason, ends)",
            )
            .await
            .unwrap();
        assert_eq!(purge(&client).await.unwrap(), 2);
        let sql = "SELECT string_agg(reason, ', ' ORDER BY reason) FROM silences";
        let kept: String = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(kept, "goes on, kept");
    }
}
