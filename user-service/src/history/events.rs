//! `/incidents/{id}/events`: what was decided about each alert of an incident, and what came of it.

use actix_web::web::Data;
use api::{AlertStep, ListIncidentEvents};
use chrono::{DateTime, Utc};
use shared::call::{Call, Reply};
use shared::problem::Problem;
use tokio_postgres::Row;

use super::incidents::incident;
use crate::app::App;
use crate::page;

/// In an order that is the same each time, so that a page can begin after so many steps.
pub(super) const STEPS: &str = "
    SELECT at, step, alert, channel_id, delivery_id, attempt, reason, receipt, source, revision
    FROM alert_events WHERE incident_id = $1 AND org_id = $2
    ORDER BY at, attempt, step, alert, channel_id, delivery_id OFFSET $3 LIMIT $4";

pub(super) async fn list(
    app: Data<App>,
    call: Call<ListIncidentEvents>,
) -> Result<Reply<ListIncidentEvents>, Problem> {
    let (org, id) = (call.caller.org_id, call.path.id);
    let limit = page::limit(call.query.limit)?;
    let skipped: u32 = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    incident(&client, org, id).await?;
    let (offset, most) = (i64::from(skipped), limit as i64 + 1);
    let statement = client.prepare_cached(STEPS).await?;
    let rows = client.query(&statement, &[&id.0, &org.0, &offset, &most]).await?;
    let steps: Result<Vec<_>, Problem> = rows.iter().map(read).collect();
    let next = skipped.saturating_add(limit as u32);
    Ok(Reply::new(page::cut(steps?, limit, |_| next)))
}

fn read(row: &Row) -> Result<AlertStep, Problem> {
    let channel: i64 = row.try_get("channel_id")?;
    Ok(AlertStep {
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
