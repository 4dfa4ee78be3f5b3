//! Notes on incidents.

use api::Note;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::{IncidentId, OrgId};
use shared::problem::Problem;

use super::conflict;

/// The longest note, in characters.
const MAX_CHARS: usize = 2_000;

/// Notes that an incident may have.
const MAX_PER_INCIDENT: i64 = 200;

/// The notes on an incident, oldest first.
pub(crate) async fn notes_of(
    client: &impl GenericClient,
    org: OrgId,
    incident: IncidentId,
) -> Result<Vec<Note>, Problem> {
    let rows = client
        .query(
            "SELECT written_at, by_name, text FROM incident_notes
             WHERE incident_id = $1 AND org_id = $2 ORDER BY id",
            &[&incident.0, &org.0],
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
pub(super) async fn insert(
    client: &impl GenericClient,
    org: OrgId,
    incident: IncidentId,
    by: &str,
    text: &str,
) -> Result<(), Problem> {
    let known = client
        .query_opt(
            "SELECT FROM incidents WHERE id = $1 AND org_id = $2",
            &[&incident.0, &org.0],
        )
        .await?;
    known.ok_or_else(|| Problem::not_found("incident"))?;
    let inserted = client
        .execute(
            "INSERT INTO incident_notes (incident_id, org_id, by_name, text) SELECT $1, $2, $3, $4
             WHERE (SELECT count(*) FROM incident_notes WHERE incident_id = $1) < $5",
            &[&incident.0, &org.0, &by, &text, &MAX_PER_INCIDENT],
        )
        .await?;
    match inserted {
        0 => Err(conflict(format!(
            "the incident has {MAX_PER_INCIDENT} notes, which is the limit"
        ))),
        _ => Ok(()),
    }
}

/// A note as it is stored: without white space around it.
pub(super) fn valid(given: &str) -> Result<&str, FieldError> {
    let text = given.trim();
    let wrong = |message: String| Err(FieldError::new("text", message));
    if text.is_empty() {
        return wrong("is required".to_owned());
    }
    if text.chars().count() > MAX_CHARS {
        return wrong(format!("must have at most {MAX_CHARS} characters"));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return wrong("must not contain a control character".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_trimmed_and_checked() {
        assert_eq!(valid(" rebooted\nit "), Ok("rebooted\nit"));
        assert!(valid(&"é".repeat(MAX_CHARS)).is_ok());
        for text in ["", " \n ", "a\u{0}b", &"x".repeat(MAX_CHARS + 1)] {
            assert_eq!(valid(text).unwrap_err().field, "text");
        }
    }
}
