//! Rows of `sla_reports`: reports as they were made.

use std::collections::HashMap;

use api::{LimitKey, SlaReport, SlaReportContent, SlaReportHead, SlaReportSummary};
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::limits;
use super::scope::{sees, sees_everything};

/// The form in which reports are stored.
const FORMAT: i16 = 1;

/// A report that was made, and is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) content: SlaReportContent,
    /// The monitors whose figures are in it.
    pub(crate) monitors: Vec<i64>,
}

impl Made {
    /// What it says in short.
    pub(crate) fn head(&self) -> SlaReportHead {
        let content = &self.content;
        let result = &content.total.result;
        let decisive = match content.exclude_maintenance {
            true => &result.without_maintenance,
            false => &result.all_time,
        };
        SlaReportHead {
            name: content.name.clone(),
            period: content.period.clone(),
            preliminary: content.preliminary,
            target: content.target,
            percent: decisive.percent.clone(),
            met: result.met,
            monitors: content.monitors.len(),
            monitors_missed: content.total.monitors_missed,
        }
    }
}

/// The condition that a report `r` is seen: that all its monitors are.
fn is_seen(org: usize, who: usize) -> String {
    format!(
        "({} OR NOT EXISTS (SELECT FROM unnest(r.monitors) AS it (id) WHERE NOT {}))",
        sees_everything(org, who),
        sees("it.id", org, who)
    )
}

/// Keeps a report that somebody has made.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert(tx: &Transaction<'_>, scope: Scope, made: &Made) -> Result<SlaReport, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::SlaReports, 1).await?;
    let row = add(tx, scope, made, None).await?;
    let row = row.ok_or_else(|| StoreError::Unreadable("a report was not kept".to_owned()))?;
    report(&row, made.content.clone())
}

/// Keeps the report of a schedule; none when there is one of that period already.
///
/// # Errors
/// 409 when the organisation has as many as it may have.
pub(crate) async fn insert_scheduled(
    tx: &Transaction<'_>,
    scope: Scope,
    made: &Made,
    schedule: i64,
) -> Result<Option<SlaReport>, StoreError> {
    limits::require_fixed_room(tx, scope, LimitKey::SlaReports, 1).await?;
    let row = add(tx, scope, made, Some(schedule)).await?;
    row.map(|row| report(&row, made.content.clone())).transpose()
}

async fn add(
    tx: &Transaction<'_>,
    scope: Scope,
    made: &Made,
    schedule: Option<i64>,
) -> Result<Option<Row>, StoreError> {
    let sql = "INSERT INTO sla_reports (org_id, schedule_id, period_from, monitors, format, head, content)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
               RETURNING id, schedule_id, created_at";
    let from = made.content.period.from.to_datetime();
    let (head, content) = (Json(made.head()), Json(&made.content));
    let row = tx
        .query_opt(
            sql,
            &[
                scope.org_id(),
                &schedule,
                &from,
                &made.monitors,
                &FORMAT,
                &head,
                &content,
            ],
        )
        .await?;
    Ok(row)
}

fn report(row: &Row, content: SlaReportContent) -> Result<SlaReport, StoreError> {
    Ok(SlaReport {
        id: row.try_get("id")?,
        schedule_id: row.try_get("schedule_id")?,
        created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
        content,
    })
}

fn require_known(row: &Row) -> Result<(), StoreError> {
    match row.try_get::<_, i16>("format")? {
        FORMAT => Ok(()),
        other => Err(StoreError::Unreadable(format!(
            "an SLA report is of the unknown format {other}"
        ))),
    }
}

/// The reports that are seen of an organisation, the latest first, before the one with the id `before`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<SlaReportSummary>, StoreError> {
    let sql = format!(
        "SELECT r.id, r.schedule_id, r.created_at, r.format, r.head FROM sla_reports r
         WHERE r.org_id = $1 AND ($3::bigint IS NULL OR r.id < $3) AND {} ORDER BY r.id DESC LIMIT $4",
        is_seen(1, 2)
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &scope.who(), &before, &limit])
        .await?;
    let read = |row: &Row| {
        require_known(row)?;
        let Json(head): Json<SlaReportHead> = row.try_get("head")?;
        Ok(SlaReportSummary {
            id: row.try_get("id")?,
            schedule_id: row.try_get("schedule_id")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            head,
        })
    };
    rows.iter().map(read).collect()
}

/// A report, as it was kept.
///
/// # Errors
/// 404 when it is not there, or has a monitor that is not seen.
pub(crate) async fn find(
    client: &impl GenericClient,
    scope: Scope,
    id: i64,
) -> Result<SlaReport, StoreError> {
    let sql = format!(
        "SELECT r.id, r.schedule_id, r.created_at, r.format, r.content FROM sla_reports r
         WHERE r.org_id = $1 AND r.id = $3 AND {}",
        is_seen(1, 2)
    );
    let row = client
        .query_opt(&sql, &[scope.org_id(), &scope.who(), &id])
        .await?;
    let row = row.ok_or(StoreError::NotFound("SLA report"))?;
    require_known(&row)?;
    let Json(content): Json<SlaReportContent> = row.try_get("content")?;
    report(&row, content)
}

/// Removes a report; answers what it said in short.
///
/// # Errors
/// 404 when it is not there, or has a monitor that is not seen.
pub(crate) async fn delete(tx: &Transaction<'_>, scope: Scope, id: i64) -> Result<SlaReportHead, StoreError> {
    let sql = format!(
        "DELETE FROM sla_reports r WHERE r.org_id = $1 AND r.id = $3 AND {} RETURNING r.head",
        is_seen(1, 2)
    );
    let row = tx.query_opt(&sql, &[scope.org_id(), &scope.who(), &id]).await?;
    let Json(head) = row.ok_or(StoreError::NotFound("SLA report"))?.try_get("head")?;
    Ok(head)
}

/// Adds who has acknowledged the incidents: not kept with a report, so that nobody is named in it who is gone.
pub(crate) async fn add_names(
    client: &impl GenericClient,
    scope: Scope,
    content: &mut SlaReportContent,
) -> Result<(), StoreError> {
    let incidents = || content.monitors.iter().flat_map(|monitor| &monitor.incidents);
    let ids: Vec<Uuid> = incidents()
        .filter(|incident| incident.acknowledged_at.is_some())
        .map(|incident| incident.id.0)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "SELECT incident_id, by_name FROM incident_acknowledgements WHERE org_id = $1 AND incident_id = ANY($2)";
    let rows = client.query(sql, &[scope.org_id(), &ids]).await?;
    let names: Result<HashMap<Uuid, String>, tokio_postgres::Error> = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect();
    let mut names = names?;
    for monitor in &mut content.monitors {
        for incident in &mut monitor.incidents {
            incident.acknowledged_by = names.remove(&incident.id.0);
        }
    }
    Ok(())
}
