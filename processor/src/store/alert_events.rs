//! The steps of alerts, each under its own name.

use chrono::{DateTime, Utc};
use domain::alert_event::AlertEvent;

use super::{Store, StoreError};

const INSERT: &str =
    "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
         delivery_id, source, revision, reason, receipt, cause)
     SELECT incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, delivery_id, source::jsonb,
         revision, reason, receipt, cause::jsonb
     FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::timestamptz[], $7::bigint[],
         $8::bigint[], $9::uuid[], $10::text[], $11::int[], $12::text[], $13::text[], $14::text[])
         AS new (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, delivery_id, source,
                 revision, reason, receipt, cause)
     ON CONFLICT DO NOTHING";

impl Store {
    /// Stores the steps of alerts; answers how many were new.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn apply_alert_events(&self, events: &[AlertEvent]) -> Result<u64, StoreError> {
        if events.is_empty() {
            return Ok(0);
        }
        let incident: Vec<uuid::Uuid> = events.iter().map(|event| event.incident_id.0).collect();
        let alert: Vec<&str> = events.iter().map(|event| event.alert.as_str()).collect();
        let channel: Vec<i64> = events
            .iter()
            .map(|event| event.channel_id.map_or(0, |id| id.0))
            .collect();
        let step: Vec<&str> = events.iter().map(|event| event.step.as_str()).collect();
        let attempt: Vec<i32> = events
            .iter()
            .map(|event| i32::try_from(event.attempt).unwrap_or(i32::MAX))
            .collect();
        let at: Vec<DateTime<Utc>> = events.iter().map(|event| event.at.into()).collect();
        let org: Vec<i64> = events.iter().map(|event| event.org_id.0).collect();
        let monitor: Vec<i64> = events.iter().map(|event| event.monitor_id.0).collect();
        let delivery: Vec<Option<uuid::Uuid>> = events
            .iter()
            .map(|event| event.delivery_id.map(|id| id.0))
            .collect();
        let source: Vec<String> = events
            .iter()
            .map(|event| serde_json::to_string(&event.source).unwrap_or_default())
            .collect();
        let revision: Vec<Option<i32>> = events
            .iter()
            .map(|event| event.revision.and_then(|revision| i32::try_from(revision).ok()))
            .collect();
        let reason: Vec<Option<String>> = events
            .iter()
            .map(|event| stored(event.reason.as_deref()))
            .collect();
        let receipt: Vec<Option<String>> = events
            .iter()
            .map(|event| stored(event.receipt.as_deref()))
            .collect();
        let cause: Vec<Option<String>> = events
            .iter()
            .map(|event| event.cause.and_then(|cause| serde_json::to_string(&cause).ok()))
            .collect();
        let client = self.pool.get().await?;
        let insert = client.prepare_cached(INSERT).await?;
        let rows = client
            .execute(
                &insert,
                &[
                    &incident, &alert, &channel, &step, &attempt, &at, &org, &monitor, &delivery, &source,
                    &revision, &reason, &receipt, &cause,
                ],
            )
            .await?;
        Ok(rows)
    }
}

/// A text without NUL, which PostgreSQL refuses.
fn stored(text: Option<&str>) -> Option<String> {
    text.map(|text| text.replace('\0', "\u{fffd}"))
}
