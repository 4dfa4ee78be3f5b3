//! Rows of `maintenance_windows`.

use std::collections::BTreeSet;
use std::ops::Range;

use api::LimitKey;
use deadpool_postgres::{GenericClient, Transaction};
use domain::hold::Hold;
use domain::maintenance::MaintenanceWindow;
use domain::monitor::FieldError;
use domain::{MonitorId, TagId, Timestamp};
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::scope::sees;
use crate::rules::maintenance_window::{MAX_TAGS, NamedWindow, gone_tag};
use crate::rules::uptime_window::DAY_MS;

mod row;

pub(crate) use row::WindowRow;
use row::{NO_MONITOR, columns, is_seen, tagged};

/// Of which occurrences alerters are told: those that began so long ago may still be judged, and those that come so late
/// are told of by then.
const HELD_DAYS: Range<i64> = -8..35;

/// The windows of an organisation that can be read, each with the monitors that it concerns now: also those that have one
/// of its tags. One that concerns none is left out.
pub(crate) async fn resolved(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<(WindowRow, MaintenanceWindow)>, StoreError> {
    let sql = format!(
        "SELECT {}, ARRAY({}) AS tagged FROM maintenance_windows w WHERE w.org_id = $1 AND {} ORDER BY w.id",
        columns(1, 2),
        tagged(1, 2),
        is_seen(1, 2)
    );
    let rows = client.query(&sql, &[scope.org_id(), &scope.who()]).await?;
    let mut resolved = Vec::with_capacity(rows.len());
    for row in &rows {
        let tagged: Vec<i64> = row.try_get("tagged")?;
        let row = WindowRow::read(row)?;
        let Some(mut window) = row.planned_or_left_out() else {
            continue;
        };
        let monitors = row.monitors.iter().map(|id| id.0).chain(tagged);
        let monitors: BTreeSet<i64> = monitors.collect();
        window.monitors = monitors.into_iter().map(MonitorId).collect();
        if row.is_of_all || !window.monitors.is_empty() {
            resolved.push((row, window));
        }
    }
    Ok(resolved)
}

/// The windows of an organisation, as [`resolved`] has them.
pub(crate) async fn all(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<MaintenanceWindow>, StoreError> {
    let resolved = resolved(client, scope).await?;
    Ok(resolved.into_iter().map(|(_, window)| window).collect())
}

/// The windows that alerters of an earlier release know: those that are once or weekly, without tags and exceptions.
pub(crate) async fn windows_of_old_form(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<MaintenanceWindow>, StoreError> {
    let rows = list(client, scope).await?;
    let old = rows
        .iter()
        .filter(|row| row.is_of_old_form())
        // Never one of all that names nothing any more.
        .filter(|row| row.is_of_all || !row.monitors.is_empty());
    Ok(old.filter_map(WindowRow::planned_or_left_out).collect())
}

/// The occurrences of all other windows, around an instant.
pub(crate) async fn holds(
    client: &impl GenericClient,
    scope: Scope,
    at: Timestamp,
) -> Result<Vec<Hold>, StoreError> {
    let range = at.plus_millis(HELD_DAYS.start * DAY_MS)..at.plus_millis(HELD_DAYS.end * DAY_MS);
    let rows = list(client, scope).await?;
    let others = rows.iter().filter(|row| !row.is_of_old_form());
    Ok(others.flat_map(|row| row.holds(range.clone())).collect())
}

/// The windows that are seen of an organisation, by id.
pub(crate) async fn list(client: &impl GenericClient, scope: Scope) -> Result<Vec<WindowRow>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maintenance_windows w WHERE w.org_id = $1 AND {} ORDER BY w.id",
        columns(1, 2),
        is_seen(1, 2)
    );
    let rows = client.query(&sql, &[scope.org_id(), &scope.who()]).await?;
    rows.iter().map(WindowRow::read).collect()
}

/// A window of an organisation.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<WindowRow, StoreError> {
    one(client, scope, id, "").await
}

/// As [`find`], to be changed: locked until the transaction ends.
///
/// # Errors
/// 403 when it concerns more than is seen.
pub(crate) async fn lock(tx: &impl GenericClient, scope: Scope, id: i64) -> Result<WindowRow, StoreError> {
    let row = one(tx, scope, id, "FOR UPDATE OF w").await?;
    match row.is_part {
        true => Err(StoreError::Narrowed),
        false => Ok(row),
    }
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    lock: &str,
) -> Result<WindowRow, StoreError> {
    let sql = format!(
        "SELECT {} FROM maintenance_windows w WHERE w.id = $1 AND w.org_id = $2 AND {} {lock}",
        columns(2, 3),
        is_seen(2, 3)
    );
    let row = client
        .query_opt(&sql, &[&id, scope.org_id(), &scope.who()])
        .await?;
    WindowRow::read(&row.ok_or(StoreError::NotFound("maintenance window"))?)
}

/// The tags of these names, each in the place of its name; a tag that is gone, too, where it is among the `old` ones.
///
/// # Errors
/// 403 for who does not see everything: such a window may concern what they do not see.
pub(crate) async fn tags_named(
    client: &impl GenericClient,
    scope: Scope,
    names: &[String],
    old: &[TagId],
) -> Result<Vec<Option<TagId>>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if !scope.sees_everything(client).await? {
        return Err(StoreError::Narrowed);
    }
    // Of what no row can hold there is no tag.
    let name = |name: &String| match name.chars().any(char::is_control) {
        true => String::new(),
        false => name.trim().to_owned(),
    };
    let names: Vec<String> = names.iter().take(MAX_TAGS).map(name).collect();
    let sql = "SELECT t.id FROM unnest($2::text[]) WITH ORDINALITY AS given (name, n)
               LEFT JOIN tags t ON t.org_id = $1 AND lower(t.name) = lower(given.name) ORDER BY given.n";
    let rows = client.query(sql, &[scope.org_id(), &names]).await?;
    let found = rows.iter().zip(names).map(|(row, name)| {
        let known = row.try_get::<_, Option<i64>>(0)?.map(TagId);
        let gone = || gone_tag(&name).map(TagId).filter(|id| old.contains(id));
        Ok(known.or_else(gone))
    });
    found.collect()
}

/// Refuses monitors that the organisation does not have or are not seen, and a window of more than those that it names for
/// who does not see all. The `old` ones, of the window as it was, stay, also when they were removed meanwhile.
///
/// # Errors
/// 422 that names each by its place; 403 for a window of all monitors, or by tags.
pub(crate) async fn check_monitors(
    client: &impl GenericClient,
    scope: Scope,
    named: &NamedWindow,
    old: &[MonitorId],
) -> Result<(), StoreError> {
    if (named.is_of_all() || !named.tags.is_empty()) && !scope.sees_everything(client).await? {
        return Err(StoreError::Narrowed);
    }
    let new = &named.window;
    let added: Vec<i64> = new
        .monitors
        .iter()
        .filter(|id| !old.contains(id))
        .map(|id| id.0)
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT m.id FROM monitors m WHERE m.org_id = $1 AND m.id = ANY($2) AND m.deleted_at IS NULL AND {}",
        sees("m.id", 1, 3)
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &added, &scope.who()])
        .await?;
    let known: Result<std::collections::HashSet<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let known = known?;
    let unknown = added.iter().filter(|id| !known.contains(id));
    let errors: Vec<_> = unknown
        .map(|id| FieldError::new("monitors", format!("there is no monitor {id}")))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Invalid(errors)),
    }
}

/// Adds a window.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    named: &NamedWindow,
) -> Result<WindowRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::MaintenanceWindows, 1).await?;
    let sql = format!(
        "INSERT INTO maintenance_windows AS w (org_id, name, monitors, span, tags, exceptions)
         VALUES ($1, $2, $3, $4, $6, $7) RETURNING {}",
        columns(1, 5)
    );
    let (monitors, tags) = ids(named);
    let (span, exceptions) = (Json(&named.window.span), Json(&named.window.exceptions));
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &named.name,
                &monitors,
                &span,
                &scope.who(),
                &tags,
                &exceptions,
            ],
        )
        .await?;
    WindowRow::read(&row)
}

/// Changes a locked window.
pub(crate) async fn update(
    tx: &impl GenericClient,
    scope: Scope,
    id: i64,
    named: &NamedWindow,
) -> Result<WindowRow, StoreError> {
    let sql = format!(
        "UPDATE maintenance_windows w
         SET name = $2, monitors = $3, span = $4, tags = $7, exceptions = $8, version = version + 1,
             updated_at = now()
         WHERE w.id = $1 AND w.org_id = $5 RETURNING {}",
        columns(5, 6)
    );
    let (monitors, tags) = ids(named);
    let (span, exceptions) = (Json(&named.window.span), Json(&named.window.exceptions));
    let row = tx
        .query_one(
            &sql,
            &[
                &id,
                &named.name,
                &monitors,
                &span,
                scope.org_id(),
                &scope.who(),
                &tags,
                &exceptions,
            ],
        )
        .await?;
    WindowRow::read(&row)
}

/// Removes a window.
///
/// # Errors
/// When it is not there.
pub(crate) async fn delete(client: &impl GenericClient, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM maintenance_windows WHERE id = $1 AND org_id = $2";
    match client.execute(sql, &[&id, scope.org_id()]).await? {
        0 => Err(StoreError::NotFound("maintenance window")),
        _ => Ok(()),
    }
}

/// The monitors and tags of a window, as they are stored.
fn ids(named: &NamedWindow) -> (Vec<i64>, Vec<i64>) {
    let tags: Vec<i64> = named.tags.iter().map(|tag| tag.0).collect();
    let mut monitors: Vec<i64> = named.window.monitors.iter().map(|id| id.0).collect();
    if !tags.is_empty() {
        monitors.insert(0, NO_MONITOR);
    }
    (monitors, tags)
}
