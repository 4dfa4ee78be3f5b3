//! Rows of `report_templates`.

use api::{LimitKey, ReportTemplate};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::Timestamp;
use domain::status_page::Impact;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::status_reports;
use crate::rules::report_template::Template;

const COLUMNS: &str = "id, name, title, message, status, impact, notify, version, created_at, updated_at";

/// A row of `report_templates`.
#[derive(Clone, Debug)]
pub(crate) struct TemplateRow {
    pub(crate) id: i64,
    pub(crate) template: Template,
    pub(crate) version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TemplateRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let at = |column| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
        let impact: Option<&str> = row.try_get("impact")?;
        Ok(Self {
            id: row.try_get("id")?,
            template: Template {
                name: row.try_get("name")?,
                title: row.try_get("title")?,
                message: row.try_get("message")?,
                status: status_reports::status(row.try_get("status")?)?,
                impact: impact.map(status_reports::impact).transpose()?,
                notify: row.try_get("notify")?,
            },
            version: row.try_get("version")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
        })
    }

    /// As it is answered.
    pub(crate) fn view(self) -> ReportTemplate {
        let template = self.template;
        ReportTemplate {
            id: self.id,
            name: template.name,
            title: template.title,
            message: template.message,
            status: template.status,
            impact: template.impact,
            notify: template.notify,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// The templates of an organisation after the one with the id `after`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    after: i64,
    limit: i64,
) -> Result<Vec<TemplateRow>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM report_templates WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let rows = client.query(&sql, &[scope.org_id(), &after, &limit]).await?;
    rows.iter().map(TemplateRow::read).collect()
}

/// A template.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<TemplateRow, StoreError> {
    one(client, scope, id, "").await
}

/// A template, locked until the transaction ends.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<TemplateRow, StoreError> {
    one(tx, scope, id, "FOR UPDATE").await
}

async fn one(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
    locking: &str,
) -> Result<TemplateRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM report_templates WHERE org_id = $1 AND id = $2 {locking}");
    let row = client.query_opt(&sql, &[scope.org_id(), &id]).await?;
    TemplateRow::read(&row.ok_or(StoreError::NotFound("template"))?)
}

/// Adds a template.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    template: &Template,
) -> Result<TemplateRow, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::ReportTemplates, 1).await?;
    let sql = format!(
        "INSERT INTO report_templates (org_id, name, title, message, status, impact, notify)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &template.name,
                &template.title,
                &template.message,
                &template.status.as_str(),
                &template.impact.map(Impact::as_str),
                &template.notify,
            ],
        )
        .await?;
    TemplateRow::read(&row)
}

/// Changes a locked template.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: i64,
    template: &Template,
) -> Result<TemplateRow, StoreError> {
    let sql = format!(
        "UPDATE report_templates
         SET name = $3, title = $4, message = $5, status = $6, impact = $7, notify = $8, version = version + 1,
             updated_at = now()
         WHERE org_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    let row = tx
        .query_one(
            &sql,
            &[
                scope.org_id(),
                &id,
                &template.name,
                &template.title,
                &template.message,
                &template.status.as_str(),
                &template.impact.map(Impact::as_str),
                &template.notify,
            ],
        )
        .await?;
    TemplateRow::read(&row)
}

/// Removes a locked template.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM report_templates WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id]).await?;
    Ok(())
}
