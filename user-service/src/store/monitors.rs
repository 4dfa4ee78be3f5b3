//! Reading monitors and their status: as many queries, however many monitors there are.

use std::collections::HashMap;

use super::error::StoreError;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::monitor_status::{self as status, EFFECTIVE_STATE};
use super::scope::sees;
use super::{Scope, dependencies, region_status};
use crate::rules::text::like_pattern;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, Timestamp};
use futures_util::TryStreamExt as _;
use shared::crypto::Keyring;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The part of the address in a specification, in SQL, that everybody who sees the monitor may know: without the query. Of kinds
/// with a host that is the host, also where both are said because the monitor is sealed, and of heartbeats the slug.
pub(super) fn searched_address(spec: &str) -> String {
    format!("split_part(coalesce({spec}->>'host', {spec}->>'url', {spec}->>'slug'), '?', 1)")
}

/// Which monitors are asked for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Part of the name, or of the address without its query.
    pub(crate) part: Option<String>,
    pub(crate) state: Option<LiveState>,
    pub(crate) kind: Option<String>,
    /// The name of a tag.
    pub(crate) tag: Option<String>,
    pub(crate) external_key: Option<String>,
}

/// Rows of a page in bytes, after which it ends: each may have 64 KiB, and nobody can read a thousand of those at once.
pub(super) const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The monitors of an organisation after `after` that fit `filter`, by id, at most `limit` and not many more bytes than a
/// page may have; and whether there are more.
pub(crate) async fn page(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    filter: &Filter,
    after: MonitorId,
    limit: i64,
) -> Result<(Vec<MonitorRow>, bool), StoreError> {
    // The state is looked up one by one, and only when it is asked for.
    let sql = format!(
        "SELECT {} FROM monitors m
         WHERE m.org_id = $1 AND m.deleted_at IS NULL AND m.id > $2
           AND ($3::text IS NULL OR m.name ILIKE $3 OR {} ILIKE $3)
           AND ($4::text IS NULL OR m.spec->>'kind' = $4)
           AND ($5::text IS NULL OR $5 = (
               SELECT {} FROM (VALUES (m.id)) AS it (id) LEFT JOIN monitor_states s ON s.monitor_id = it.id
           ))
           AND ($6::text IS NULL OR EXISTS (
               SELECT FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = m.id AND t.org_id = $1 AND lower(t.name) = lower($6)
           ))
           AND ($7::text IS NULL OR m.external_key = $7)
           AND {}
         ORDER BY m.id LIMIT $8",
        COLUMNS,
        searched_address("m.spec"),
        EFFECTIVE_STATE,
        sees("m.id", 1, 9),
    );
    let pattern = filter.part.as_deref().map(like_pattern);
    let state = filter.state.map(LiveState::as_str);
    let statement = client.prepare_cached(&sql).await?;
    let most = limit + 1;
    let who = scope.who();
    let parameters: [&(dyn ToSql + Sync); 9] = [
        scope.org_id(),
        &after.0,
        &pattern,
        &filter.kind,
        &state,
        &filter.tag,
        &filter.external_key,
        &most,
        &who,
    ];
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        if page.len() as i64 == limit || bytes >= MAX_PAGE_BYTES {
            return Ok((page, true));
        }
        bytes += row.raw_size_bytes();
        page.push(MonitorRow::read(&row, keyring)?);
    }
    Ok((page, false))
}

/// The status of a monitor as PostgreSQL knows it.
pub(crate) async fn stored_status(
    client: &impl GenericClient,
    monitor: &MonitorRow,
) -> Result<LiveStatus, StoreError> {
    let stored = statuses(client, &[monitor.id.0]).await?.remove(&monitor.id);
    Ok(status::effective(stored.unwrap_or_default(), monitor))
}

pub(crate) async fn statuses(
    client: &impl GenericClient,
    monitors: &[i64],
) -> Result<HashMap<MonitorId, LiveStatus>, StoreError> {
    if monitors.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = client.prepare_cached(status::STORED).await?;
    let rows = client.query(&statement, &[&monitors]).await?;
    let read = |row: &Row| Ok::<_, StoreError>(status::read(row)?);
    let mut statuses = rows.iter().map(read).collect::<Result<HashMap<_, _>, _>>()?;
    region_status::add(client, &rows, &mut statuses).await?;
    Ok(statuses)
}

/// Since when there is a monitor, and which revision of it there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) id: MonitorId,
    pub(crate) revision: i32,
    pub(crate) created_at: Timestamp,
}

/// The lives of those monitors that the organisation has.
pub(crate) async fn lives(
    client: &impl GenericClient,
    scope: Scope,
    ids: &[MonitorId],
) -> Result<Vec<Life>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = "SELECT id, revision, created_at FROM monitors
               WHERE org_id = $1 AND id = ANY($2) AND deleted_at IS NULL";
    let rows = client.query(sql, &[scope.org_id(), &ids]).await?;
    rows.iter()
        .map(|row| {
            Ok(Life {
                id: MonitorId(row.try_get(0)?),
                revision: row.try_get(1)?,
                created_at: row.try_get::<_, DateTime<Utc>>(2)?.into(),
            })
        })
        .collect()
}

/// The monitor, when it belongs to the organisation and is seen.
///
/// # Errors
/// When it does not, or was removed.
pub(crate) async fn find(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
) -> Result<MonitorRow, StoreError> {
    one(client, keyring, scope, id, "AND m.deleted_at IS NULL").await
}

/// As [`find`], also when it was removed.
pub(crate) async fn find_or_removed(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
) -> Result<MonitorRow, StoreError> {
    one(client, keyring, scope, id, "").await
}

/// As [`find`], locked until the transaction ends.
pub(crate) async fn lock(
    tx: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
) -> Result<MonitorRow, StoreError> {
    let mut row = one(tx, keyring, scope, id, "AND m.deleted_at IS NULL FOR UPDATE OF m").await?;
    dependencies::complete(tx, scope, std::slice::from_mut(&mut row)).await?;
    Ok(row)
}

/// Before monitors are locked that are changed: locks them together with what else the change concerns, in the order in
/// which all are, so that no two changes wait for each other. That is the monitor that has the external key which one is to
/// get, and those on which they are to depend, which takes a turn of the transaction. What is not seen is not locked: nobody
/// has others wait by naming their monitors.
pub(crate) async fn lock_concerned(
    tx: &Transaction<'_>,
    scope: Scope,
    ids: &[i64],
    key: Option<&str>,
    depends_on: &[MonitorId],
) -> Result<(), StoreError> {
    if !depends_on.is_empty() {
        dependencies::take_turn(tx, scope).await?;
    } else if key.is_none() {
        return Ok(());
    }
    let named = depends_on.iter().map(|id| id.0);
    let ids: Vec<i64> = ids.iter().copied().chain(named).collect();
    let sql = format!(
        "SELECT FROM monitors m
         WHERE m.org_id = $1 AND (m.id = ANY($2) OR m.external_key = $3) AND m.deleted_at IS NULL AND {}
         ORDER BY m.id FOR UPDATE OF m",
        sees("m.id", 1, 4)
    );
    tx.execute(&sql, &[scope.org_id(), &ids, &key, &scope.who()])
        .await?;
    Ok(())
}

/// As [`lock`], of many, by id; those that are not there are left out.
pub(crate) async fn lock_all(
    tx: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    ids: &[i64],
) -> Result<Vec<MonitorRow>, StoreError> {
    // In one order, so that no two wait for each other.
    let sql = format!(
        "SELECT {COLUMNS} FROM monitors m
         WHERE m.org_id = $1 AND m.id = ANY($2) AND m.deleted_at IS NULL AND {} ORDER BY m.id FOR UPDATE OF m",
        sees("m.id", 1, 3)
    );
    let rows = tx.query(&sql, &[scope.org_id(), &ids, &scope.who()]).await?;
    let read = |row: &Row| MonitorRow::read(row, keyring);
    let mut rows: Vec<_> = rows.iter().map(read).collect::<Result<_, _>>()?;
    dependencies::complete(tx, scope, &mut rows).await?;
    Ok(rows)
}

/// The ids of the monitors with these external keys, by key.
pub(crate) async fn ids_of_keys(
    client: &impl GenericClient,
    scope: Scope,
    keys: &[String],
) -> Result<HashMap<String, MonitorId>, StoreError> {
    let sql = format!(
        "SELECT m.external_key, m.id FROM monitors m
         WHERE m.org_id = $1 AND m.external_key = ANY($2) AND m.deleted_at IS NULL AND {}",
        sees("m.id", 1, 3)
    );
    let rows = client.query(&sql, &[scope.org_id(), &keys, &scope.who()]).await?;
    let read = |row: &Row| Ok((row.try_get(0)?, MonitorId(row.try_get(1)?)));
    rows.iter().map(read).collect()
}

/// The ids of the monitors with a tag, in their order, at most `limit`.
pub(crate) async fn ids_of_tag(
    client: &impl GenericClient,
    scope: Scope,
    tag: &str,
    limit: i64,
) -> Result<Vec<MonitorId>, StoreError> {
    let sql = format!(
        "SELECT m.id FROM tags t JOIN monitor_tags mt ON mt.tag_id = t.id JOIN monitors m ON m.id = mt.monitor_id
         WHERE t.org_id = $1 AND lower(t.name) = lower($2) AND m.deleted_at IS NULL AND {}
         ORDER BY m.id LIMIT $3",
        sees("m.id", 1, 4)
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &tag, &limit, &scope.who()])
        .await?;
    rows.iter().map(|row| Ok(MonitorId(row.try_get(0)?))).collect()
}

/// The id of the monitor with an external key.
///
/// # Errors
/// When the organisation has none.
pub(crate) async fn id_of_key(
    client: &impl GenericClient,
    scope: Scope,
    key: &str,
) -> Result<MonitorId, StoreError> {
    let sql = format!(
        "SELECT m.id FROM monitors m WHERE m.org_id = $1 AND m.external_key = $2 AND m.deleted_at IS NULL AND {}",
        sees("m.id", 1, 3)
    );
    let row = client
        .query_opt(&sql, &[scope.org_id(), &key, &scope.who()])
        .await?;
    let row = row.ok_or(StoreError::NotFound("monitor"))?;
    Ok(MonitorId(row.try_get(0)?))
}

/// The monitor with an external key, locked until the transaction ends; none when the organisation has none.
pub(crate) async fn lock_key(
    tx: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    key: &str,
) -> Result<Option<MonitorRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM monitors m
         WHERE m.org_id = $1 AND m.external_key = $2 AND m.deleted_at IS NULL AND {} FOR UPDATE OF m",
        sees("m.id", 1, 3)
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &key, &scope.who()]).await?;
    let mut row = row.map(|row| MonitorRow::read(&row, keyring)).transpose()?;
    if let Some(row) = &mut row {
        dependencies::complete(tx, scope, std::slice::from_mut(row)).await?;
    }
    Ok(row)
}

async fn one(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    id: MonitorId,
    condition: &str,
) -> Result<MonitorRow, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM monitors m WHERE m.id = $1 AND m.org_id = $2 AND {} {condition}",
        sees("m.id", 2, 3)
    );
    let row = client
        .query_opt(&sql, &[&id.0, scope.org_id(), &scope.who()])
        .await?;
    let row = row.ok_or(StoreError::NotFound("monitor"))?;
    Ok(MonitorRow::read(&row, keyring)?)
}
