//! Rows of `maintenance_windows`.

use std::collections::BTreeSet;

use api::LimitKey;
use deadpool_postgres::{GenericClient, Transaction};
use domain::hold::Hold;
use domain::maintenance::MaintenanceWindow;
use domain::{MonitorId, TagId};
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use super::version_authors::{self, Made};
use super::{limits, seen_monitors};
use crate::rules::maintenance_window::{MAX_TAGS, NamedWindow, gone_tag, gone_tag_name};
use crate::rules::told_days::{TOLD_DAYS, ToldTime};
use crate::rules::uptime_window::DAY_MS;

mod row;

pub(crate) use row::WindowRow;
pub(super) use row::is_seen;
use row::{NO_MONITOR, columns, tagged};

/// For how many days ahead alerters are told of occurrences: one that has not reached user-service goes by them.
const TOLD_AHEAD_DAYS: i64 = 35;

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

/// What alerters are told around a time: the windows that those of an earlier release know, which are once or weekly,
/// without tags and exceptions, and the occurrences of all others.
pub(crate) async fn told(
    client: &impl GenericClient,
    scope: Scope,
    time: ToldTime,
) -> Result<(Vec<MaintenanceWindow>, Vec<Hold>), StoreError> {
    let rows = list(client, scope).await?;
    let (old, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(WindowRow::is_of_old_form);
    // Never one of all that names nothing any more.
    let old = old.iter().filter(|row| row.is_of_all || !row.monitors.is_empty());
    let windows = old.filter_map(WindowRow::planned_or_left_out).collect();
    let from = time.since.plus_millis(-i64::from(TOLD_DAYS) * DAY_MS);
    let range = from..time.until.plus_millis(TOLD_AHEAD_DAYS * DAY_MS);
    let holds = others.iter().flat_map(|row| row.holds(range.clone()));
    Ok((windows, holds.collect()))
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

/// The names of these tags, and each that is there; one that is gone, too, where it is among the `old` ones. By its name it
/// could be taken for one that is called so.
pub(crate) async fn tags_of(
    client: &impl GenericClient,
    scope: Scope,
    ids: &[TagId],
    old: &[TagId],
) -> Result<Vec<(String, Option<TagId>)>, StoreError> {
    let given: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = "SELECT t.name FROM unnest($2::bigint[]) WITH ORDINALITY AS given (id, n)
               LEFT JOIN tags t ON t.org_id = $1 AND t.id = given.id ORDER BY given.n";
    let rows = client.query(sql, &[scope.org_id(), &given]).await?;
    let found = rows.iter().zip(ids).map(|(row, id)| {
        let name: Option<String> = row.try_get(0)?;
        let kept = (name.is_some() || old.contains(id)).then_some(*id);
        Ok((name.unwrap_or_else(|| gone_tag_name(*id)), kept))
    });
    found.collect()
}

/// As [`seen_monitors::require`]; and refuses a window by tags to who does not see all.
///
/// # Errors
/// 422 (`monitors`) for each that is not there or not seen; 403 for a window of all monitors, or by tags.
pub(crate) async fn check_monitors(
    client: &impl GenericClient,
    scope: Scope,
    named: &NamedWindow,
    old: &[MonitorId],
) -> Result<(), StoreError> {
    if !named.tags.is_empty() && !scope.sees_everything(client).await? {
        return Err(StoreError::Narrowed);
    }
    seen_monitors::require(client, scope, &named.window.monitors, old).await
}

/// Adds a window.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    named: &NamedWindow,
    made: Made<'_>,
) -> Result<WindowRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::MaintenanceWindows, 1).await?;
    version_authors::sign(tx, scope, made, &[]).await?;
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
    made: Made<'_>,
) -> Result<WindowRow, StoreError> {
    version_authors::sign(tx, scope, made, &[]).await?;
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
