//! What the document of a page says of reports.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use deadpool_postgres::GenericClient;
use domain::status_page::Impact;
use domain::{ComponentId, StatusPageId, StatusReportId, Timestamp};
use pages::document::{Affected, Report, Update};

use super::updates::{UpdateRow, impact, newest_of};
use super::{COLUMNS, ReportRow, status};
use crate::rules::report_impacts::{Said, fold};
use crate::store::Scope;
use crate::store::error::StoreError;

/// Reports in a document.
const MAX_REPORTS: i64 = 100;

/// How much the updates in a document say, in bytes: beyond that there is only the newest one of each report.
const MAX_MESSAGE_BYTES: i64 = 1024 * 1024;

/// Impacts that are read for the days of a page, so that no page takes long.
const MAX_IMPACTS: usize = 200_000;

/// The reports of a page that are open, or were at some time since `since`: by when their problems began, the latest first.
/// Where they are too many, those that are open go first.
pub(crate) async fn for_document(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    since: Timestamp,
) -> Result<Vec<Report>, StoreError> {
    let sql = format!(
        "WITH shown AS (
             (SELECT * FROM status_reports WHERE org_id = $1 AND page_id = $2 AND resolved_at IS NULL
              ORDER BY started_at DESC, id DESC LIMIT $4)
             UNION ALL
             (SELECT * FROM status_reports WHERE org_id = $1 AND page_id = $2 AND resolved_at >= $3
              ORDER BY started_at DESC, id DESC LIMIT $4))
         SELECT {COLUMNS} FROM shown r
         ORDER BY (r.resolved_at IS NULL) DESC, r.started_at DESC, r.id DESC LIMIT $4"
    );
    let rows = client
        .query(
            &sql,
            &[scope.org_id(), &page.0, &since.to_datetime(), &MAX_REPORTS],
        )
        .await?;
    let mut reports: Vec<ReportRow> = rows.iter().map(ReportRow::read).collect::<Result<_, _>>()?;
    let ids: Vec<StatusReportId> = reports.iter().map(|report| report.id).collect();
    let mut updates = newest_of(client, scope, &ids, MAX_MESSAGE_BYTES).await?;
    let mut affected = affected(client, scope, &ids).await?;
    reports.sort_by_key(|report| std::cmp::Reverse((report.written.started_at, report.id)));
    let shown = reports.into_iter().map(|report| {
        let updates = updates.remove(&report.id).unwrap_or_default();
        let affected = affected.remove(&report.id).unwrap_or_default();
        shown(report, updates, affected)
    });
    Ok(shown.collect())
}

fn shown(report: ReportRow, updates: Vec<UpdateRow>, components: Vec<Affected>) -> Report {
    let update = |update: UpdateRow| {
        let components = update.components.into_iter().map(|one| Affected {
            id: one.id,
            name: one.name,
            impact: one.impact,
        });
        Update {
            id: update.id,
            status: update.status,
            message: update.message,
            components: components.collect(),
            at: update.at,
            updated_at: update.updated_at,
        }
    };
    Report {
        id: report.id,
        title: report.written.title,
        status: report.status,
        components,
        started_at: report.written.started_at,
        resolved_at: report.resolved_at,
        postmortem: report.written.postmortem,
        updates: updates.into_iter().rev().map(update).collect(),
        updated_at: report.updated_at,
    }
}

/// The worst that some reports have said of each component, with its latest name.
async fn affected(
    client: &impl GenericClient,
    scope: Scope,
    reports: &[StatusReportId],
) -> Result<HashMap<StatusReportId, Vec<Affected>>, StoreError> {
    let ids: Vec<i64> = reports.iter().map(|id| id.0).collect();
    let sql = "SELECT u.report_id, i.component_id, array_agg(DISTINCT i.impact) AS impacts,
                   (array_agg(i.name ORDER BY u.id DESC))[1] AS name
               FROM report_updates u JOIN report_impacts i ON i.update_id = u.id
               WHERE u.org_id = $1 AND u.report_id = ANY($2)
               GROUP BY u.report_id, i.component_id ORDER BY u.report_id, i.component_id";
    let mut affected: HashMap<StatusReportId, Vec<Affected>> = HashMap::new();
    for row in client.query(sql, &[scope.org_id(), &ids]).await? {
        let mut worst = Impact::Operational;
        for given in row.try_get::<_, Vec<&str>>("impacts")? {
            worst = worst.max(impact(given)?);
        }
        let report = StatusReportId(row.try_get("report_id")?);
        affected.entry(report).or_default().push(Affected {
            id: ComponentId(row.try_get("component_id")?),
            name: row.try_get("name")?,
            impact: worst,
        });
    }
    Ok(affected)
}

/// How badly the components of a page are affected by what reports say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// By now; those that are not affected may be missing.
    pub(crate) now: HashMap<ComponentId, Impact>,
    /// The worst of each day (UTC) on which one was affected.
    pub(crate) days: BTreeMap<(ComponentId, NaiveDate), Impact>,
}

/// What all reports of a page come to, also those that its document has no room for.
pub(crate) async fn reported(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    days: &RangeInclusive<NaiveDate>,
    now: Timestamp,
) -> Result<Reported, StoreError> {
    let since = days.start().and_time(NaiveTime::MIN).and_utc();
    // A row for each impact, and one for each update without any: it may be the end.
    let sql =
        "SELECT r.id AS report_id, r.started_at, u.id AS update_id, u.at, u.status, i.component_id, i.impact
               FROM status_reports r JOIN report_updates u ON u.report_id = r.id
               LEFT JOIN report_impacts i ON i.update_id = u.id
               WHERE r.org_id = $1 AND r.page_id = $2 AND (r.resolved_at IS NULL OR r.resolved_at >= $3)
               ORDER BY (r.resolved_at IS NULL) DESC, r.started_at DESC, r.id DESC, u.id, i.component_id
               LIMIT $4";
    let rows = client
        .query(sql, &[scope.org_id(), &page.0, &since, &(MAX_IMPACTS as i64)])
        .await?;
    let mut reports: Vec<ReportSaid> = Vec::new();
    for row in &rows {
        let id: i64 = row.try_get("report_id")?;
        if reports.last().is_none_or(|last| last.id != id) {
            reports.push(ReportSaid {
                id,
                started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
                updates: Vec::new(),
            });
        }
        let Some(report) = reports.last_mut() else {
            continue;
        };
        let update: i64 = row.try_get("update_id")?;
        if report.updates.last().is_none_or(|(last, _)| *last != update) {
            let said = Said {
                at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
                status: status(row.try_get("status")?)?,
                components: Vec::new(),
            };
            report.updates.push((update, said));
        }
        let component: Option<i64> = row.try_get("component_id")?;
        if let (Some(component), Some((_, said))) = (component, report.updates.last_mut()) {
            let given = impact(row.try_get("impact")?)?;
            said.components.push((ComponentId(component), given));
        }
    }
    if rows.len() == MAX_IMPACTS {
        // Its end may be missing.
        reports.pop();
        tracing::warn!(
            page = page.0,
            "the oldest reports of a status page are left out of its days"
        );
    }
    let mut reported = Reported::default();
    for report in reports {
        let said: Vec<Said> = report.updates.into_iter().map(|(_, said)| said).collect();
        let impacts = fold(report.started_at, &said);
        for (&component, &impact) in &impacts.now {
            let worst = reported.now.entry(component).or_default();
            *worst = impact.max(*worst);
        }
        impacts.add_days(days, now, &mut reported.days);
    }
    Ok(reported)
}

/// What the updates of a report have said, each with its id.
struct ReportSaid {
    id: i64,
    started_at: Timestamp,
    updates: Vec<(i64, Said)>,
}
