//! `/incidents`.

use actix_web::web::Data;
use api::{Acknowledgement, GetIncident, Incident, ListIncidents};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::fold::CloseReason;
use domain::live::IncidentView;
use domain::{IncidentId, MonitorId, OrgId, Timestamp};
use shared::call::{Call, Reply};
use shared::problem::Problem;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::app::App;
use crate::incident_actions::notes_of;
use crate::monitors;
use crate::page;

const SELECT: &str = "SELECT i.id, i.monitor_id, m.name AS monitor_name, i.started_at, i.resolved_at,
        i.close_reason, i.error_code, i.first_error, i.last_error, a.acknowledged_at, a.by_name
    FROM incidents i LEFT JOIN monitors m ON m.id = i.monitor_id
    LEFT JOIN incident_acknowledgements a ON a.incident_id = i.id";

/// The incident with its notes.
pub(crate) async fn with_notes(
    incident: Incident,
    client: &impl GenericClient,
    org: OrgId,
) -> Result<Incident, Problem> {
    let notes = notes_of(client, org, incident.incident.id).await?;
    Ok(Incident {
        notes: Some(notes),
        ..incident
    })
}

/// Where a page begins: after the incident that started then and has this id.
type Position = (Timestamp, Uuid);

pub(super) fn list_sql() -> String {
    format!(
        "{SELECT} WHERE i.org_id = $1
           AND ($2::bigint IS NULL OR i.monitor_id = $2)
           AND ($3::boolean IS NULL OR (i.resolved_at IS NULL) = $3)
           AND ($4::timestamptz IS NULL OR i.started_at < $4 OR (i.started_at = $4 AND i.id > $5))
         ORDER BY i.started_at DESC, i.id LIMIT $6"
    )
}

pub(super) async fn list(app: Data<App>, call: Call<ListIncidents>) -> Result<Reply<ListIncidents>, Problem> {
    let query = call.query;
    let limit = page::limit(query.limit)?;
    let after: Option<Position> = page::position(query.cursor.as_deref())?;
    let (started, id) = after.map_or((None, None), |(at, id)| (Some(at.to_datetime()), Some(id)));
    let client = app.pool.get().await?;
    let rows = client
        .query(
            &list_sql(),
            &[
                &call.caller.org_id.0,
                &query.monitor_id.map(|id| id.0),
                &query.open,
                &started,
                &id,
                &(limit as i64 + 1),
            ],
        )
        .await?;
    let now = shared::now();
    let found: Result<Vec<_>, Problem> = rows.iter().map(|row| read(row, now)).collect();
    let page = page::cut(found?, limit, |found| {
        (found.incident.started_at, found.incident.id)
    });
    Ok(Reply::new(page))
}

pub(super) async fn get(app: Data<App>, call: Call<GetIncident>) -> Result<Reply<GetIncident>, Problem> {
    let org = call.caller.org_id;
    let client = app.pool.get().await?;
    let found = incident(&client, org, call.path.id).await?;
    Ok(Reply::new(with_notes(found, &client, org).await?))
}

/// An incident of an organisation, without its notes.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn incident(
    client: &impl GenericClient,
    org: OrgId,
    id: IncidentId,
) -> Result<Incident, Problem> {
    let sql = format!("{SELECT} WHERE i.id = $1 AND i.org_id = $2");
    let row = client.query_opt(&sql, &[&id.0, &org.0]).await?;
    let row = row.ok_or_else(|| Problem::not_found("incident"))?;
    read(&row, shared::now())
}

fn read(row: &Row, now: Timestamp) -> Result<Incident, Problem> {
    let acknowledged: Option<DateTime<Utc>> = row.try_get("acknowledged_at")?;
    let acknowledged = match acknowledged {
        Some(at) => Some(Acknowledgement {
            at: at.into(),
            by: row.try_get("by_name")?,
        }),
        None => None,
    };
    Ok(Incident {
        incident: view(row, now)?,
        acknowledged,
        notes: None,
    })
}

fn view(row: &Row, now: Timestamp) -> Result<IncidentView, Problem> {
    let started_at: Timestamp = row.try_get::<_, DateTime<Utc>>("started_at")?.into();
    let resolved_at: Option<DateTime<Utc>> = row.try_get("resolved_at")?;
    let resolved_at = resolved_at.map(Timestamp::from);
    let error_code: Option<&str> = row.try_get("error_code")?;
    let close_reason: Option<&str> = row.try_get("close_reason")?;
    Ok(IncidentView {
        id: IncidentId(row.try_get("id")?),
        monitor_id: MonitorId(row.try_get("monitor_id")?),
        monitor_name: row.try_get("monitor_name")?,
        started_at,
        resolved_at,
        duration_seconds: resolved_at.unwrap_or(now).millis_since(started_at).max(0) / 1_000,
        close_reason: close_reason.map(parse_close_reason),
        error_code: error_code.map(monitors::parse_error_code),
        first_error: row.try_get("first_error")?,
        last_error: row.try_get("last_error")?,
    })
}

fn parse_close_reason(name: &str) -> CloseReason {
    [CloseReason::Edited, CloseReason::Paused, CloseReason::Deleted]
        .into_iter()
        .find(|reason| reason.as_str() == name)
        .unwrap_or(CloseReason::Recovered)
}
