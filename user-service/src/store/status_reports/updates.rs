//! Updates of reports, and what they say of components.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, ReportUpdateId, StatusPageId, StatusReportId, Timestamp};

use super::{ReportRow, find, status};
use crate::rules::report_impacts::{Said, resolved_at};
use crate::rules::status_report::{MAX_UPDATES, ValidUpdate};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::{notices, report_deliveries};

/// Who writes an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Somebody with an account, of this name.
    Person { name: String, user_id: i64 },
    /// An API key.
    Key,
    /// The product itself.
    Product,
}

impl Writer {
    pub(super) fn is_product(&self) -> bool {
        *self == Self::Product
    }
}

/// A row of `report_updates`, with its impacts.
#[derive(Clone, Debug)]
pub(crate) struct UpdateRow {
    pub(crate) id: ReportUpdateId,
    pub(crate) status: ReportStatus,
    pub(crate) message: String,
    pub(crate) notified: bool,
    pub(crate) by: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) components: Vec<Named>,
}

/// How badly a component is affected, with the name that it had then.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: ComponentId,
    pub(crate) name: String,
    pub(crate) impact: Impact,
}

/// The same, as far as impacts are concerned.
pub(crate) fn said(updates: &[UpdateRow]) -> Vec<Said> {
    let said = updates.iter().map(|update| Said {
        at: update.at,
        status: update.status,
        components: update.components.iter().map(|one| (one.id, one.impact)).collect(),
    });
    said.collect()
}

/// A subquery of whom updates are announced to: the `components` that the report of the update `$2` of the organisation
/// `$1` has named by now, NULL when there are none.
pub(crate) const AFFECTED: &str = "affected AS (
             SELECT array_agg(DISTINCT i.component_id) AS components
             FROM report_updates u JOIN report_updates o ON o.report_id = u.report_id
                 JOIN report_impacts i ON i.update_id = o.id
             WHERE u.id = $2 AND u.org_id = $1
         )";

/// The columns that [`read`] reads of updates `u`.
const COLUMNS: &str = "u.report_id, u.id, u.status, u.message, u.notified, u.by_name, u.at, u.updated_at,
    ARRAY(SELECT i.component_id FROM report_impacts i WHERE i.update_id = u.id ORDER BY i.component_id) AS components,
    ARRAY(SELECT i.name FROM report_impacts i WHERE i.update_id = u.id ORDER BY i.component_id) AS names,
    ARRAY(SELECT i.impact FROM report_impacts i WHERE i.update_id = u.id ORDER BY i.component_id) AS impacts";

/// The updates of some reports of an organisation, oldest first.
pub(crate) async fn updates_of(
    client: &impl GenericClient,
    scope: Scope,
    reports: &[StatusReportId],
) -> Result<HashMap<StatusReportId, Vec<UpdateRow>>, StoreError> {
    let ids: Vec<i64> = reports.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM report_updates u WHERE u.org_id = $1 AND u.report_id = ANY($2) ORDER BY u.report_id, u.id"
    );
    read(&client.query(&sql, &[scope.org_id(), &ids]).await?)
}

/// The newest updates of some reports, oldest first: as much as says at most `bytes`, of the first reports first, but of
/// each at least the newest one.
pub(super) async fn newest_of(
    client: &impl GenericClient,
    scope: Scope,
    reports: &[StatusReportId],
    bytes: i64,
) -> Result<HashMap<StatusReportId, Vec<UpdateRow>>, StoreError> {
    let ids: Vec<i64> = reports.iter().map(|id| id.0).collect();
    let sql = format!(
        "WITH sized AS (
             SELECT u.id, row_number() OVER (PARTITION BY u.report_id ORDER BY u.id DESC) AS nth,
                 sum(octet_length(u.message)) OVER (ORDER BY shown.n, u.id DESC) AS bytes
             FROM unnest($2::bigint[]) WITH ORDINALITY AS shown (id, n)
             JOIN report_updates u ON u.report_id = shown.id AND u.org_id = $1)
         SELECT {COLUMNS} FROM sized JOIN report_updates u USING (id)
         WHERE sized.nth = 1 OR sized.bytes <= $3 ORDER BY u.report_id, u.id"
    );
    read(&client.query(&sql, &[scope.org_id(), &ids, &bytes]).await?)
}

fn read(rows: &[tokio_postgres::Row]) -> Result<HashMap<StatusReportId, Vec<UpdateRow>>, StoreError> {
    let mut updates: HashMap<StatusReportId, Vec<UpdateRow>> = HashMap::new();
    for row in rows {
        let (ids, names): (Vec<i64>, Vec<String>) = (row.try_get("components")?, row.try_get("names")?);
        let impacts: Vec<&str> = row.try_get("impacts")?;
        let mut components = Vec::with_capacity(ids.len());
        for ((id, name), given) in ids.into_iter().zip(names).zip(impacts) {
            components.push(Named {
                id: ComponentId(id),
                name,
                impact: impact(given)?,
            });
        }
        let update = UpdateRow {
            id: ReportUpdateId(row.try_get("id")?),
            status: status(row.try_get("status")?)?,
            message: row.try_get("message")?,
            notified: row.try_get("notified")?,
            by: row.try_get("by_name")?,
            at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
            components,
        };
        let report = StatusReportId(row.try_get("report_id")?);
        updates.entry(report).or_default().push(update);
    }
    Ok(updates)
}

pub(in crate::store) fn impact(name: &str) -> Result<Impact, StoreError> {
    let found = Impact::ALL.into_iter().find(|impact| impact.as_str() == name);
    found.ok_or_else(|| StoreError::Unreadable(format!("the impact {name:?} of a report")))
}

/// What the components of a page are called, as far as they are among these.
pub(crate) async fn names_of(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    components: &[(ComponentId, Impact)],
) -> Result<HashMap<ComponentId, String>, StoreError> {
    let ids: Vec<i64> = components.iter().map(|(id, _)| id.0).collect();
    let sql = "SELECT c.id, c.name FROM components c JOIN status_pages p ON p.id = c.page_id
               WHERE p.org_id = $1 AND p.id = $2 AND c.id = ANY($3)";
    let rows = client.query(sql, &[scope.org_id(), &page.0, &ids]).await?;
    rows.iter()
        .map(|row| Ok((ComponentId(row.try_get(0)?), row.try_get(1)?)))
        .collect()
}

/// Adds an update to a locked report.
///
/// # Errors
/// 409 when the report has as many as it may have.
pub(crate) async fn add_update(
    tx: &Transaction<'_>,
    scope: Scope,
    report: &ReportRow,
    update: &ValidUpdate,
    names: &HashMap<ComponentId, String>,
    (writer, now): (&Writer, Timestamp),
) -> Result<ReportUpdateId, StoreError> {
    let sql = "SELECT count(*), max(at) FROM report_updates WHERE org_id = $1 AND report_id = $2";
    let row = tx.query_one(sql, &[scope.org_id(), &report.id.0]).await?;
    let (count, last): (i64, Option<DateTime<Utc>>) = (row.try_get(0)?, row.try_get(1)?);
    // The product adds few, and must be able to say that it is over.
    if count >= MAX_UPDATES && !writer.is_product() {
        return Err(StoreError::Conflict(format!(
            "the report has {MAX_UPDATES} updates, which is the limit"
        )));
    }
    // Who has waited for another one comes after that.
    let at = last.map(Timestamp::from).map_or(now, |last| last.max(now));
    let id = insert(tx, scope, report.id, update, names, (writer, at)).await?;
    let resolved_at = resolved_at(update.status, report.resolved_at, at).map(Timestamp::to_datetime);
    let sql = "UPDATE status_reports
               SET status = $3, resolved_at = $4, taken_over = taken_over OR $5, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(
        sql,
        &[
            scope.org_id(),
            &report.id.0,
            &update.status.as_str(),
            &resolved_at,
            &!writer.is_product(),
        ],
    )
    .await?;
    Ok(id)
}

/// The update alone. A component without a name is left out.
pub(super) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    report: StatusReportId,
    update: &ValidUpdate,
    names: &HashMap<ComponentId, String>,
    (writer, at): (&Writer, Timestamp),
) -> Result<ReportUpdateId, StoreError> {
    let (by_name, user_id) = match writer {
        Writer::Person { name, user_id } => (Some(name), Some(*user_id)),
        Writer::Key | Writer::Product => (None, None),
    };
    let sql = "INSERT INTO report_updates (org_id, report_id, status, message, notified, by_name, user_id, at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id";
    let row = tx
        .query_one(
            sql,
            &[
                scope.org_id(),
                &report.0,
                &update.status.as_str(),
                &update.message,
                &update.notify,
                &by_name,
                &user_id,
                &at.to_datetime(),
            ],
        )
        .await?;
    let id: i64 = row.try_get(0)?;
    let named: Vec<(i64, &str, &str)> = update
        .components
        .iter()
        .filter_map(|(id, impact)| Some((id.0, names.get(id)?.as_str(), impact.as_str())))
        .collect();
    if !named.is_empty() {
        let ids: Vec<i64> = named.iter().map(|(id, _, _)| *id).collect();
        let names: Vec<&str> = named.iter().map(|(_, name, _)| *name).collect();
        let impacts: Vec<&str> = named.iter().map(|(_, _, impact)| *impact).collect();
        let sql = "INSERT INTO report_impacts (update_id, org_id, component_id, name, impact)
                   SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[])";
        tx.execute(sql, &[&id, scope.org_id(), &ids, &names, &impacts])
            .await?;
    }
    let id = ReportUpdateId(id);
    if update.notify {
        notices::enqueue(tx, scope, id).await?;
        report_deliveries::enqueue(tx, scope, id).await?;
    }
    Ok(id)
}

/// Changes what an update of a locked report says. Answers what it has said before; nothing is changed when that is the same.
///
/// # Errors
/// 404 when the report has no such update.
pub(crate) async fn edit_update(
    tx: &Transaction<'_>,
    scope: Scope,
    report: &ReportRow,
    id: i64,
    message: &str,
) -> Result<(ReportRow, String), StoreError> {
    let sql = "SELECT message FROM report_updates WHERE org_id = $1 AND report_id = $2 AND id = $3";
    let row = tx.query_opt(sql, &[scope.org_id(), &report.id.0, &id]).await?;
    let before: String = row.ok_or(StoreError::NotFound("update"))?.try_get(0)?;
    if before == message {
        return Ok((report.clone(), before));
    }
    let sql = "UPDATE report_updates SET message = $4, updated_at = now() WHERE org_id = $1 AND report_id = $2 AND id = $3";
    tx.execute(sql, &[scope.org_id(), &report.id.0, &id, &message])
        .await?;
    let sql = "UPDATE status_reports SET taken_over = true, version = version + 1, updated_at = now()
               WHERE org_id = $1 AND id = $2";
    tx.execute(sql, &[scope.org_id(), &report.id.0]).await?;
    Ok((find(tx, scope, report.id.0).await?, before))
}
