//! What reports that an incident suggests would be about.

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::status_page::Locale;
use domain::{ComponentId, ErrorCode, IncidentId, StatusPageId, StatusReportId, Timestamp};

use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::monitor_status::parse_error_code;
use crate::store::scope::sees;

/// A page that shows the monitor of an incident.
#[derive(Clone, Debug)]
pub(crate) struct Drafted {
    pub(crate) page: StatusPageId,
    pub(crate) title: String,
    pub(crate) locale: Locale,
    pub(crate) started_at: Timestamp,
    pub(crate) is_over: bool,
    pub(crate) error_code: Option<ErrorCode>,
    /// The components of the monitor, in their order.
    pub(crate) components: Vec<(ComponentId, String)>,
    /// A report of the page about the incident.
    pub(crate) report: Option<StatusReportId>,
}

/// The pages of an organisation that show the monitor of an incident, by their id.
///
/// # Errors
/// 404 when there is no such incident.
pub(crate) async fn drafted(
    client: &impl GenericClient,
    scope: Scope,
    incident: IncidentId,
) -> Result<Vec<Drafted>, StoreError> {
    let sql = format!(
        "SELECT i.started_at, i.resolved_at IS NOT NULL AS is_over, i.error_code, shown.*
         FROM incidents i LEFT JOIN LATERAL (
             SELECT p.id AS page_id, p.title, p.locale, array_agg(c.id ORDER BY g.position, c.position, c.id) AS components,
                 array_agg(c.name ORDER BY g.position, c.position, c.id) AS names,
                 (SELECT ri.report_id FROM report_incidents ri WHERE ri.page_id = p.id AND ri.incident_id = i.id) AS report_id
             FROM status_pages p JOIN components c ON c.page_id = p.id JOIN component_groups g ON g.id = c.group_id
             WHERE p.org_id = i.org_id AND c.monitor_id = i.monitor_id GROUP BY p.id
         ) AS shown ON true
         WHERE i.id = $3 AND i.org_id = $1 AND {} ORDER BY shown.page_id",
        sees("i.monitor_id", 1, 2)
    );
    let rows = client
        .query(&sql, &[scope.org_id(), &scope.who(), &incident.0])
        .await?;
    if rows.is_empty() {
        return Err(StoreError::NotFound("incident"));
    }
    let mut drafted = Vec::new();
    for row in &rows {
        let Some(page) = row.try_get::<_, Option<i64>>("page_id")? else {
            // No page shows it.
            continue;
        };
        let (ids, names): (Vec<i64>, Vec<String>) = (row.try_get("components")?, row.try_get("names")?);
        let code: Option<&str> = row.try_get("error_code")?;
        let report: Option<i64> = row.try_get("report_id")?;
        drafted.push(Drafted {
            page: StatusPageId(page),
            title: row.try_get("title")?,
            locale: locale(row.try_get("locale")?)?,
            started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
            is_over: row.try_get("is_over")?,
            error_code: code.map(parse_error_code),
            components: ids.into_iter().map(ComponentId).zip(names).collect(),
            report: report.map(StatusReportId),
        });
    }
    Ok(drafted)
}

pub(super) fn locale(name: &str) -> Result<Locale, StoreError> {
    let found = Locale::ALL.into_iter().find(|locale| locale.as_str() == name);
    found.ok_or_else(|| StoreError::Unreadable(format!("the language {name:?} of a status page")))
}
