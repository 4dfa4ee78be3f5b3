//! What was decided about each alert of an incident, and what came of it.

use api::AlertStep;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::IncidentId;
use tokio_postgres::Row;

use super::Scope;
use super::error::StoreError;
use super::scope::sees;

/// In an order that is the same each time, so that a page can begin after so many steps.
pub(crate) fn steps_sql() -> String {
    format!(
        "SELECT at, step, alert, channel_id, delivery_id, attempt, reason, receipt, source, revision
         FROM alert_events e WHERE e.incident_id = $1 AND e.org_id = $2 AND {}
         ORDER BY at, attempt, step, alert, channel_id, delivery_id OFFSET $3 LIMIT $4",
        sees("e.monitor_id", 2, 5)
    )
}

/// The steps of an incident from the `skipped`-th on, oldest first, at most `limit`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    id: IncidentId,
    skipped: u32,
    limit: i64,
) -> Result<Vec<AlertStep>, StoreError> {
    let statement = client.prepare_cached(&steps_sql()).await?;
    let rows = client
        .query(
            &statement,
            &[&id.0, scope.org_id(), &i64::from(skipped), &limit, &scope.who()],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AlertStep, StoreError> {
    let channel: i64 = row.try_get("channel_id")?;
    Ok(AlertStep {
        at: row.try_get::<_, DateTime<Utc>>("at")?.into(),
        step: row.try_get("step")?,
        alert: row.try_get("alert")?,
        // 0 when the step concerns all channels.
        channel_id: (channel != 0).then_some(channel),
        channel_name: None,
        cause: None,
        delivery_id: row.try_get("delivery_id")?,
        attempt: row.try_get("attempt")?,
        reason: row.try_get("reason")?,
        receipt: row.try_get("receipt")?,
        source: row.try_get("source")?,
        revision: row.try_get("revision")?,
    })
}
