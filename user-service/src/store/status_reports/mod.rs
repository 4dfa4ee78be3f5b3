//! Rows of `status_reports` and of what belongs to them.

pub(crate) mod automatic;
mod document;
pub(crate) mod drafts;
mod updates;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::monitor::FieldError;
use domain::status_page::ReportStatus;
use domain::{ComponentId, IncidentId, StatusPageId, StatusReportId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

pub(crate) use self::document::{Reported, for_document, reported};
pub(super) use self::updates::impact;
pub(crate) use self::updates::{
    AFFECTED, UpdateRow, Writer, add_update, edit_update, names_of, said, updates_of,
};
use super::Scope;
use super::error::StoreError;
use super::scope::sees;
use crate::rules::report_impacts::resolved_at;
use crate::rules::status_report::{MAX_REPORTS, ValidReport, Written};

/// A row of `status_reports`.
#[derive(Clone, Debug)]
pub(crate) struct ReportRow {
    pub(crate) id: StatusReportId,
    pub(crate) page: StatusPageId,
    pub(crate) written: Written,
    pub(crate) status: ReportStatus,
    pub(crate) incident: Option<IncidentId>,
    pub(crate) resolved_at: Option<Timestamp>,
    /// How much its updates say, in bytes.
    pub(crate) bytes: i64,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The columns that [`ReportRow::read`] reads of a report `r`.
const COLUMNS: &str = "r.id, r.page_id, r.title, r.status, r.started_at, r.resolved_at, r.postmortem, r.version,
    r.created_at, r.updated_at,
    (SELECT ri.incident_id FROM report_incidents ri WHERE ri.report_id = r.id AND ri.is_first LIMIT 1) AS incident_id,
    (SELECT coalesce(sum(octet_length(u.message)), 0) FROM report_updates u WHERE u.report_id = r.id)::bigint AS bytes";

impl ReportRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let resolved_at: Option<DateTime<Utc>> = row.try_get("resolved_at")?;
        let incident: Option<Uuid> = row.try_get("incident_id")?;
        Ok(Self {
            id: StatusReportId(row.try_get("id")?),
            page: StatusPageId(row.try_get("page_id")?),
            written: Written {
                title: row.try_get("title")?,
                started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
                postmortem: row.try_get("postmortem")?,
            },
            status: status(row.try_get("status")?)?,
            incident: incident.map(IncidentId),
            resolved_at: resolved_at.map(Timestamp::from),
            bytes: row.try_get("bytes")?,
            version: row.try_get("version")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }
}

pub(super) fn status(name: &str) -> Result<ReportStatus, StoreError> {
    let found = ReportStatus::ALL
        .into_iter()
        .find(|status| status.as_str() == name);
    found.ok_or_else(|| StoreError::Unreadable(format!("the status {name:?} of a report")))
}

/// Where a page of the list begins: after the report whose problem began then and that has this id.
pub(crate) type Position = (Timestamp, i64);

/// The reports of a page after a position, by when their problems began, the latest first, at most `limit`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<ReportRow>, StoreError> {
    let (started, id) = after.map_or((None, None), |(at, id)| (Some(at.to_datetime()), Some(id)));
    let sql = format!(
        "SELECT {COLUMNS} FROM status_reports r
         WHERE r.org_id = $1 AND r.page_id = $2
           AND ($3::timestamptz IS NULL OR (r.started_at, r.id) < ($3, $4::bigint))
         ORDER BY r.started_at DESC, r.id DESC LIMIT $5"
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &page.0, &started, &id, &limit])
        .await?;
    rows.iter().map(ReportRow::read).collect()
}

/// A report of an organisation.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<ReportRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM status_reports r WHERE r.id = $1 AND r.org_id = $2");
    let row = client.query_opt(&sql, &[&id, scope.org_id()]).await?;
    ReportRow::read(&row.ok_or(StoreError::NotFound("report"))?)
}

/// As [`find`], to be changed: those who change it come one after the other.
pub(crate) async fn lock(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<ReportRow, StoreError> {
    // What it holds is read by a statement of its own: it sees what those have committed who were waited for.
    let sql = "SELECT FROM status_reports WHERE id = $1 AND org_id = $2 FOR UPDATE";
    tx.execute(sql, &[&id, scope.org_id()]).await?;
    find(tx, scope, id).await
}

/// Adds a report with its first update.
///
/// # Errors
/// 404 when the organisation has no such page; 409 when that has as many as it may have, or one of the incident; 422 when
/// there is no such incident.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    report: &ValidReport,
    names: &HashMap<ComponentId, String>,
    (writer, now): (&Writer, Timestamp),
) -> Result<StatusReportId, StoreError> {
    scope.take_turn(tx).await?;
    if !has_room(tx, scope, page).await? {
        return Err(StoreError::Conflict(format!(
            "the status page has {MAX_REPORTS} reports, which is the limit"
        )));
    }
    let id = insert_row(tx, scope, page, report, (writer, now)).await?;
    if let Some(incident) = report.incident {
        claim(tx, scope, (page, id), incident).await?;
    }
    updates::insert(tx, scope, id, &report.update, names, (writer, now)).await?;
    Ok(id)
}

/// Whether a page may have one more report.
async fn has_room(tx: &Transaction<'_>, scope: Scope, page: StatusPageId) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM status_reports WHERE org_id = $1 AND page_id = $2";
    let count: i64 = tx.query_one(sql, &[scope.org_id(), &page.0]).await?.try_get(0)?;
    Ok(count < MAX_REPORTS)
}

/// The row alone.
async fn insert_row(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    report: &ValidReport,
    (writer, now): (&Writer, Timestamp),
) -> Result<StatusReportId, StoreError> {
    let status = report.update.status;
    let resolved_at = resolved_at(status, None, now).map(Timestamp::to_datetime);
    let sql = "INSERT INTO status_reports (org_id, page_id, title, status, started_at, resolved_at, automatic)
               SELECT org_id, id, $3, $4, $5, $6, $7 FROM status_pages WHERE org_id = $1 AND id = $2 RETURNING id";
    let made = tx
        .query_opt(
            sql,
            &[
                scope.org_id(),
                &page.0,
                &report.title,
                &status.as_str(),
                &report.started_at.to_datetime(),
                &resolved_at,
                &writer.is_product(),
            ],
        )
        .await?;
    let row = made.ok_or(StoreError::NotFound("status page"))?;
    Ok(StatusReportId(row.try_get(0)?))
}

/// Notes that a report is about an incident.
async fn claim(
    tx: &Transaction<'_>,
    scope: Scope,
    (page, report): (StatusPageId, StatusReportId),
    incident: IncidentId,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT FROM incidents i WHERE i.org_id = $1 AND i.id = $3 AND {}",
        sees("i.monitor_id", 1, 2)
    );
    let known = tx
        .query_opt(&sql, &[scope.org_id(), &scope.who(), &incident.0])
        .await?;
    if known.is_none() {
        let wrong = FieldError::new("incident_id", "there is no such incident");
        return Err(StoreError::Invalid(vec![wrong]));
    }
    // Of one whose report was deleted there may be another one.
    let sql = "INSERT INTO report_incidents AS ri (page_id, incident_id, org_id, report_id, is_first)
               VALUES ($1, $2, $3, $4, true)
               ON CONFLICT (page_id, incident_id) DO UPDATE
                   SET report_id = excluded.report_id, is_first = true, components = '{}', ended = false
                   WHERE ri.report_id IS NULL";
    let claimed = tx
        .execute(sql, &[&page.0, &incident.0, scope.org_id(), &report.0])
        .await?;
    match claimed {
        0 => Err(StoreError::Taken {
            field: "incident_id",
            message: "has a report on this status page",
        }),
        _ => Ok(()),
    }
}

/// Changes what people have written of a locked report, beside its updates.
pub(crate) async fn update(
    tx: &Transaction<'_>,
    scope: Scope,
    id: StatusReportId,
    written: &Written,
) -> Result<ReportRow, StoreError> {
    let sql = "UPDATE status_reports
               SET title = $3, started_at = $4, postmortem = $5, taken_over = true, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(
        sql,
        &[
            scope.org_id(),
            &id.0,
            &written.title,
            &written.started_at.to_datetime(),
            &written.postmortem,
        ],
    )
    .await?;
    find(tx, scope, id.0).await
}

/// Removes a report with its updates.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: StatusReportId) -> Result<(), StoreError> {
    let sql = "DELETE FROM status_reports WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &id.0]).await?;
    Ok(())
}
