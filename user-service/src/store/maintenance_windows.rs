//! Rows of `maintenance_windows`.

use api::LimitKey;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::Scope;
use super::error::StoreError;
use super::limits;
use crate::rules::maintenance_window::NamedWindow;

const COLUMNS: &str = "id, name, monitors, span, version, created_at, updated_at";

/// A row of `maintenance_windows`.
#[derive(Clone, Debug)]
pub(crate) struct WindowRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) monitors: Vec<MonitorId>,
    pub(crate) span: Stored<Span>,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl WindowRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let monitors: Vec<i64> = row.try_get("monitors")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            monitors: monitors.into_iter().map(MonitorId).collect(),
            span: row.try_get("span")?,
            version: row.try_get("version")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// The window with its name; none when its span cannot be read.
    pub(crate) fn named(&self) -> Option<NamedWindow> {
        let span = self.span.value()?.clone();
        Some(NamedWindow {
            name: self.name.clone(),
            window: MaintenanceWindow {
                monitors: self.monitors.clone(),
                span,
            },
        })
    }

    /// The window; none, which is counted, when its span cannot be read.
    fn into_window(self) -> Option<MaintenanceWindow> {
        Some(MaintenanceWindow {
            monitors: self.monitors,
            span: self.span.or_left_out("maintenance window", self.id)?,
        })
    }
}

/// The windows of an organisation, as the filters go by them.
pub(crate) async fn all(
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Vec<MaintenanceWindow>, StoreError> {
    let rows = list(client, scope).await?;
    Ok(rows.into_iter().filter_map(WindowRow::into_window).collect())
}

/// The windows of an organisation, by id.
pub(crate) async fn list(client: &impl GenericClient, scope: Scope) -> Result<Vec<WindowRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM maintenance_windows WHERE org_id = $1 ORDER BY id");
    let rows = client.query(&sql, &[scope.org_id()]).await?;
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

/// As [`find`], locked until the transaction ends.
pub(crate) async fn lock(tx: &impl GenericClient, scope: Scope, id: i64) -> Result<WindowRow, StoreError> {
    one(tx, scope, id, "FOR UPDATE").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    lock: &str,
) -> Result<WindowRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM maintenance_windows WHERE id = $1 AND org_id = $2 {lock}");
    let row = client.query_opt(&sql, &[&id, scope.org_id()]).await?;
    WindowRow::read(&row.ok_or(StoreError::NotFound("maintenance window"))?)
}

/// Refuses monitors that the organisation does not have. The `old` ones, of the window as it was, stay, also when
/// they were removed meanwhile.
///
/// # Errors
/// 422 that names each by its place.
pub(crate) async fn check_monitors(
    client: &impl GenericClient,
    scope: Scope,
    new: &MaintenanceWindow,
    old: &[MonitorId],
) -> Result<(), StoreError> {
    let added: Vec<i64> = new
        .monitors
        .iter()
        .filter(|id| !old.contains(id))
        .map(|id| id.0)
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let rows = client
        .query(
            "SELECT id FROM monitors WHERE org_id = $1 AND id = ANY($2) AND deleted_at IS NULL",
            &[scope.org_id(), &added],
        )
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
        "INSERT INTO maintenance_windows (org_id, name, monitors, span) VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}"
    );
    let (monitors, span) = (ids(&named.window), Json(&named.window.span));
    let row = tx
        .query_one(&sql, &[scope.org_id(), &named.name, &monitors, &span])
        .await?;
    WindowRow::read(&row)
}

/// Changes a locked window.
pub(crate) async fn update(
    tx: &impl GenericClient,
    id: i64,
    named: &NamedWindow,
) -> Result<WindowRow, StoreError> {
    let sql = format!(
        "UPDATE maintenance_windows
         SET name = $2, monitors = $3, span = $4, version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING {COLUMNS}"
    );
    let (monitors, span) = (ids(&named.window), Json(&named.window.span));
    let row = tx.query_one(&sql, &[&id, &named.name, &monitors, &span]).await?;
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

fn ids(window: &MaintenanceWindow) -> Vec<i64> {
    window.monitors.iter().map(|id| id.0).collect()
}
