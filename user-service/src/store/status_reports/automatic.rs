//! Incidents that the product reports by itself, and what it has reported.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::fold::CloseReason;
use domain::status_page::Locale;
use domain::{ComponentId, IncidentId, MonitorId, OrgId, StatusPageId, StatusReportId, Timestamp};
use uuid::Uuid;

use super::drafts::locale;
use super::updates::{self, Writer};
use super::{ReportRow, has_room, insert_row, lock};
use crate::rules::automatic_report::{End, Followed, Outage};
use crate::rules::status_report::ValidReport;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::monitor_status::parse_error_code;
use crate::store::status_pages::VISIBLE;

/// How old a report of the product's may be that further outages are added to, in minutes: a storm makes one report.
const JOINED_WITHIN_MINUTES: i32 = 10;

/// Updates that a report may have for that.
const JOINED_UP_TO: i64 = 400;

/// Pages that are found in one go.
pub(crate) const MAX_PAGES: usize = 1_000;

/// The incidents `i` of components `c` of a page `p` that last for as long as the page says, and of which nothing was
/// reported there.
const LASTING: &str = "i.monitor_id = c.monitor_id AND i.org_id = p.org_id AND i.resolved_at IS NULL
    AND i.started_at <= now() - make_interval(mins => p.report_automatically_after_minutes)
    AND NOT EXISTS (SELECT FROM report_incidents ri WHERE ri.page_id = p.id AND ri.incident_id = i.id)";

/// The reports `r` that the product goes on with.
const IS_OURS: &str = "r.automatic AND r.resolved_at IS NULL AND NOT r.taken_over";

/// Pages after `after` on which something may have to be reported, by id, at most [`MAX_PAGES`].
pub(crate) async fn due(
    client: &impl GenericClient,
    after: StatusPageId,
) -> Result<Vec<(Scope, StatusPageId)>, StoreError> {
    let sql = format!(
        "SELECT p.org_id, p.id FROM status_pages p
         WHERE p.id > $1 AND p.report_automatically_after_minutes IS NOT NULL AND {VISIBLE}
           AND EXISTS (SELECT FROM components c JOIN incidents i ON {LASTING} WHERE c.page_id = p.id)
         UNION
         SELECT r.org_id, r.page_id FROM status_reports r JOIN report_incidents ri ON ri.report_id = r.id
             LEFT JOIN incidents i ON i.id = ri.incident_id
         WHERE r.page_id > $1 AND {IS_OURS} AND NOT ri.ended AND (i.id IS NULL OR i.resolved_at IS NOT NULL)
         ORDER BY 2 LIMIT $2"
    );
    let rows = client.query(&sql, &[&after.0, &(MAX_PAGES as i64)]).await?;
    rows.iter()
        .map(|row| {
            let scope = Scope::organisation(OrgId(row.try_get(0)?));
            Ok((scope, StatusPageId(row.try_get(1)?)))
        })
        .collect()
}

/// Has others wait who would report something on the page, until the transaction ends; answers its language, if it is there.
pub(crate) async fn take_turn(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
) -> Result<Option<Locale>, StoreError> {
    let sql = "SELECT locale FROM status_pages WHERE org_id = $1 AND id = $2 FOR NO KEY UPDATE";
    let row = tx.query_opt(sql, &[scope.org_id(), &page.0]).await?;
    row.map(|row| locale(row.try_get(0)?)).transpose()
}

/// The incidents that last for as long as the page says, and of which nothing was reported there.
pub(crate) async fn lasting(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
) -> Result<Vec<Outage>, StoreError> {
    let sql = format!(
        "SELECT i.id, i.monitor_id, i.started_at, i.error_code,
             array_agg(c.id ORDER BY g.position, c.position, c.id) AS components,
             array_agg(c.name ORDER BY g.position, c.position, c.id) AS names
         FROM status_pages p JOIN components c ON c.page_id = p.id JOIN component_groups g ON g.id = c.group_id
         JOIN incidents i ON {LASTING}
         WHERE p.org_id = $1 AND p.id = $2 AND {VISIBLE} GROUP BY i.id ORDER BY i.started_at, i.id"
    );
    let rows = tx.query(&sql, &[scope.org_id(), &page.0]).await?;
    rows.iter()
        .map(|row| {
            let (ids, names): (Vec<i64>, Vec<String>) = (row.try_get("components")?, row.try_get("names")?);
            let code: Option<&str> = row.try_get("error_code")?;
            Ok(Outage {
                incident: IncidentId(row.try_get("id")?),
                monitor: MonitorId(row.try_get("monitor_id")?),
                started_at: row.try_get::<_, DateTime<Utc>>("started_at")?.into(),
                error_code: code.map(parse_error_code),
                components: ids.into_iter().map(ComponentId).zip(names).collect(),
            })
        })
        .collect()
}

/// Notes that something is reported of outages; answers those of which nobody else has reported something meanwhile.
pub(crate) async fn claim(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    outages: Vec<Outage>,
) -> Result<Vec<Outage>, StoreError> {
    let sql = "INSERT INTO report_incidents (page_id, incident_id, org_id, is_first, components)
               VALUES ($1, $2, $3, false, $4) ON CONFLICT DO NOTHING";
    let statement = tx.prepare_cached(sql).await?;
    let mut claimed = Vec::with_capacity(outages.len());
    for outage in outages {
        let components: Vec<i64> = outage.components.iter().map(|(id, _)| id.0).collect();
        let inserted = tx
            .execute(
                &statement,
                &[&page.0, &outage.incident.0, scope.org_id(), &components],
            )
            .await?;
        if inserted > 0 {
            claimed.push(outage);
        }
    }
    Ok(claimed)
}

/// The report of the product's that further outages are added to, locked, where there is one.
pub(crate) async fn joined(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
) -> Result<Option<ReportRow>, StoreError> {
    let sql = "SELECT r.id FROM status_reports r
               WHERE r.org_id = $1 AND r.page_id = $2 AND r.automatic AND r.resolved_at IS NULL
                 AND r.created_at > now() - make_interval(mins => $3)
                 AND (SELECT count(*) FROM report_updates u WHERE u.report_id = r.id) < $4
               ORDER BY r.id DESC LIMIT 1 FOR UPDATE OF r";
    let row = tx
        .query_opt(
            sql,
            &[scope.org_id(), &page.0, &JOINED_WITHIN_MINUTES, &JOINED_UP_TO],
        )
        .await?;
    match row {
        None => Ok(None),
        Some(row) => lock(tx, scope, row.try_get(0)?).await.map(Some),
    }
}

/// Adds a report about claimed outages, unless the page has as many as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    report: &ValidReport,
    outages: &[Outage],
    now: Timestamp,
) -> Result<Option<StatusReportId>, StoreError> {
    if !has_room(tx, scope, page).await? {
        return Ok(None);
    }
    let writer = (&Writer::Product, now);
    let id = insert_row(tx, scope, page, report, writer).await?;
    let sql =
        "UPDATE report_incidents SET is_first = true WHERE org_id = $1 AND page_id = $2 AND incident_id = $3";
    let first = report.incident.map(|incident| incident.0);
    tx.execute(sql, &[scope.org_id(), &page.0, &first]).await?;
    add_incidents(tx, scope, page, id, outages).await?;
    updates::insert(tx, scope, id, &report.update, &names(outages), writer).await?;
    Ok(Some(id))
}

/// Notes that claimed outages are what a report is about.
pub(crate) async fn add_incidents(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    report: StatusReportId,
    outages: &[Outage],
) -> Result<(), StoreError> {
    let incidents: Vec<Uuid> = outages.iter().map(|outage| outage.incident.0).collect();
    let sql = "UPDATE report_incidents SET report_id = $3 WHERE org_id = $1 AND page_id = $2 AND incident_id = ANY($4)";
    tx.execute(sql, &[scope.org_id(), &page.0, &report.0, &incidents])
        .await?;
    Ok(())
}

/// What the components of outages are called.
pub(crate) fn names(outages: &[Outage]) -> HashMap<ComponentId, String> {
    let components = outages.iter().flat_map(|outage| &outage.components);
    components.cloned().collect()
}

/// The reports of a page that the product goes on with and that are about incidents which have ended, locked, each with all
/// incidents of which it does not say so yet.
pub(crate) async fn ended(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
) -> Result<Vec<(ReportRow, Vec<Followed>)>, StoreError> {
    let sql = format!(
        "SELECT r.id FROM status_reports r WHERE r.org_id = $1 AND r.page_id = $2 AND {IS_OURS} ORDER BY r.id FOR UPDATE"
    );
    let rows = tx.query(&sql, &[scope.org_id(), &page.0]).await?;
    let reports: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    // Of an incident that is not there any more nothing is known either.
    let sql = "SELECT ri.report_id, ri.incident_id, ri.components, i.id IS NULL OR i.resolved_at IS NOT NULL AS is_over,
                   i.close_reason
               FROM report_incidents ri LEFT JOIN incidents i ON i.id = ri.incident_id
               WHERE ri.org_id = $1 AND ri.report_id = ANY($2) AND NOT ri.ended
               ORDER BY ri.report_id, ri.incident_id";
    let mut followed: BTreeMap<i64, Vec<Followed>> = BTreeMap::new();
    for row in tx.query(sql, &[scope.org_id(), &reports]).await? {
        let components: Vec<i64> = row.try_get("components")?;
        let reason: Option<&str> = row.try_get("close_reason")?;
        let end = match reason {
            _ if !row.try_get::<_, bool>("is_over")? => None,
            Some(reason) if reason == CloseReason::Recovered.as_str() => Some(End::Recovered),
            _ => Some(End::Unknown),
        };
        followed
            .entry(row.try_get("report_id")?)
            .or_default()
            .push(Followed {
                incident: IncidentId(row.try_get("incident_id")?),
                components: components.into_iter().map(ComponentId).collect(),
                end,
            });
    }
    let mut ended = Vec::new();
    for (report, followed) in followed {
        if followed.iter().any(|one| one.end.is_some()) {
            ended.push((lock(tx, scope, report).await?, followed));
        }
    }
    Ok(ended)
}

/// Notes that a report says of these incidents that they have ended.
pub(crate) async fn set_ended(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    followed: &[Followed],
) -> Result<(), StoreError> {
    let ended = followed.iter().filter(|one| one.end.is_some());
    let incidents: HashSet<Uuid> = ended.map(|one| one.incident.0).collect();
    let incidents: Vec<Uuid> = incidents.into_iter().collect();
    let sql = "UPDATE report_incidents SET ended = true WHERE org_id = $1 AND page_id = $2 AND incident_id = ANY($3)";
    tx.execute(sql, &[scope.org_id(), &page.0, &incidents]).await?;
    Ok(())
}
