//! `/incidents/{id}/events`: what was decided about each alert of an incident, and what came of it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use domain::{IncidentId, Timestamp};
use serde::{Deserialize, Serialize};
use shared::identity::Identity;
use shared::problem::Problem;
use shared::request::{parse_query, path_id};
use tokio_postgres::Row;
use uuid::Uuid;

use super::incidents::incident;
use crate::app::App;
use crate::page::{self, Page};

/// In an order that is the same each time, so that a page can begin after so many steps.
pub(super) const STEPS: &str = "
    SELECT at, step, alert, channel_id, delivery_id, attempt, reason, receipt, source, revision
    FROM alert_events WHERE incident_id = $1 AND org_id = $2
    ORDER BY at, attempt, step, alert, channel_id, delivery_id OFFSET $3 LIMIT $4";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Step {
    at: Timestamp,
    step: String,
    alert: String,
    channel_id: Option<i64>,
    delivery_id: Option<Uuid>,
    attempt: i32,
    reason: Option<String>,
    receipt: Option<String>,
    source: serde_json::Value,
    revision: Option<i32>,
}

pub(super) async fn list(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: EventsQuery = parse_query(&request)?;
    let limit = page::limit(query.limit)?;
    let skipped: u32 = page::position(query.cursor.as_deref())?.unwrap_or(0);
    let id = path_id(&request, "id", "incident").map(IncidentId)?;
    let client = app.pool.get().await?;
    incident(&client, identity.org_id, id).await?;
    let (offset, most) = (i64::from(skipped), limit as i64 + 1);
    let statement = client.prepare_cached(STEPS).await?;
    let rows = client
        .query(&statement, &[&id.0, &identity.org_id.0, &offset, &most])
        .await?;
    let steps: Result<Vec<_>, Problem> = rows.iter().map(read).collect();
    let next = skipped.saturating_add(limit as u32);
    Ok(HttpResponse::Ok().json(Page::cut(steps?, limit, |_| next)))
}

fn read(row: &Row) -> Result<Step, Problem> {
    let channel: i64 = row.try_get("channel_id")?;
    Ok(Step {
        at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
        step: row.try_get("step")?,
        alert: row.try_get("alert")?,
        // 0 when the step concerns all channels.
        channel_id: (channel != 0).then_some(channel),
        delivery_id: row.try_get("delivery_id")?,
        attempt: row.try_get("attempt")?,
        reason: row.try_get("reason")?,
        receipt: row.try_get("receipt")?,
        source: row.try_get("source")?,
        revision: row.try_get("revision")?,
    })
}
