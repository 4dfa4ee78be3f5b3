//! Notes on incidents.

use api::Note;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::IncidentId;

use super::Scope;
use super::error::StoreError;

/// Notes that an incident may have.
const MAX_PER_INCIDENT: i64 = 200;

/// The notes on an incident, oldest first.
pub(crate) async fn notes_of(
    client: &impl GenericClient,
    scope: Scope,
    incident: IncidentId,
) -> Result<Vec<Note>, StoreError> {
    let rows = client
        .query(
            "SELECT written_at, by_name, text FROM incident_notes
             WHERE incident_id = $1 AND org_id = $2 ORDER BY id",
            &[&incident.0, scope.org_id()],
        )
        .await?;
    let notes = rows.iter().map(|row| {
        Ok(Note {
            at: row.try_get::<_, DateTime<Utc>>("written_at")?.into(),
            by: row.try_get("by_name")?,
            text: row.try_get("text")?,
        })
    });
    notes.collect()
}

/// Adds a note.
///
/// # Errors
/// 404 when the organisation has no such incident, 409 when it has as many notes as it may have.
pub(crate) async fn insert(
    tx: &Transaction<'_>,
    scope: Scope,
    incident: IncidentId,
    (by, user_id): (&str, Option<i64>),
    text: &str,
) -> Result<(), StoreError> {
    scope.take_turn(tx).await?;
    let known = tx
        .query_opt(
            "SELECT FROM incidents WHERE id = $1 AND org_id = $2",
            &[&incident.0, scope.org_id()],
        )
        .await?;
    known.ok_or_else(|| StoreError::NotFound("incident"))?;
    let inserted = tx
        .execute(
            "INSERT INTO incident_notes (incident_id, org_id, by_name, text, user_id) SELECT $1, $2, $3, $4, $6
             WHERE (SELECT count(*) FROM incident_notes WHERE incident_id = $1) < $5",
            &[&incident.0, scope.org_id(), &by, &text, &MAX_PER_INCIDENT, &user_id],
        )
        .await?;
    match inserted {
        0 => Err(StoreError::Conflict(format!(
            "the incident has {MAX_PER_INCIDENT} notes, which is the limit"
        ))),
        _ => Ok(()),
    }
}
