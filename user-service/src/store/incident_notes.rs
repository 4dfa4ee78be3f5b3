//! Notes on incidents.

use api::Note;
use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::IncidentId;

use super::Scope;
use super::error::StoreError;
use super::scope::sees;

/// Notes that an incident may have.
const MAX_PER_INCIDENT: i64 = 200;

/// The notes on an incident, oldest first.
pub(crate) async fn notes_of(
    client: &impl GenericClient,
    scope: Scope,
    incident: IncidentId,
) -> Result<Vec<Note>, StoreError> {
    let sql = format!(
        "SELECT n.written_at, n.by_name, n.text FROM incident_notes n JOIN incidents i ON i.id = n.incident_id
         WHERE n.incident_id = $1 AND n.org_id = $2 AND {} ORDER BY n.id",
        sees("i.monitor_id", 2, 3)
    );
    let rows = client
        .query(&sql, &[&incident.0, scope.org_id(), &scope.who()])
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
    let known = format!(
        "SELECT FROM incidents i WHERE i.id = $1 AND i.org_id = $2 AND {}",
        sees("i.monitor_id", 2, 3)
    );
    let known = tx
        .query_opt(&known, &[&incident.0, scope.org_id(), &scope.who()])
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
