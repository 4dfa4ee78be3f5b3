//! Incidents as they were shown at an earlier instant: by when each row was written, and not by when the outage began. Who may
//! see them is as it is now.

use api::{Incident, Note};
use deadpool_postgres::{Client, Transaction};
use domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
use domain::{IncidentId, Timestamp};
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::incident_notes::notes_of;
use super::incidents::{Filter, Position, read};
use super::only_tags::sees_tag_or_everything;
use super::scope::sees;
use super::{Scope, past, snapshot, tags};

/// Incidents that had begun to be shown at the instant `$at`; `org` and `expired` are the numbers of the parameters of the
/// organisation and of [`ACKNOWLEDGEMENT_EXPIRED`]. What a row says that has changed since is left out: of an outage that went
/// on, the last failure. An acknowledgement that was replaced by a later one is known by the audit log.
fn select(org: usize, expired: usize, at: usize) -> String {
    let over = was_over(at);
    format!(
        "SELECT i.id, i.monitor_id, {} AS monitor_name, i.started_at,
             CASE WHEN {over} THEN i.resolved_at END AS resolved_at,
             CASE WHEN {over} THEN i.close_reason END AS close_reason,
             i.error_code, i.first_error, CASE WHEN {over} THEN i.last_error END AS last_error,
             i.regions::text AS regions, a.acknowledged_at, a.by_name,
             (SELECT max(e.at) FROM alert_events e
              WHERE e.incident_id = i.id AND e.alert = 'acknowledged' AND e.channel_id = 0
                AND e.step = 'suppressed' AND e.reason = ${expired} AND e.at > a.acknowledged_at
                AND e.at <= ${at}) AS expired_at
         FROM incidents i LEFT JOIN monitors m ON m.id = i.monitor_id
         LEFT JOIN LATERAL (
             SELECT k.acknowledged_at, k.by_name FROM (
                 SELECT k.acknowledged_at, k.by_name FROM incident_acknowledgements k
                 WHERE k.incident_id = i.id AND k.acknowledged_at <= ${at}
                 UNION ALL
                 SELECT l.at, l.after->>'acknowledged_by' FROM audit_log l
                 WHERE l.org_id = ${org} AND l.resource = 'incident' AND l.resource_id = i.id::text
                   AND l.after ? 'acknowledged_by' AND l.at <= ${at}
             ) AS k ORDER BY k.acknowledged_at DESC LIMIT 1
         ) AS a ON true",
        name_at(at)
    )
}

/// What the monitor `m` was called, in SQL: what is kept between two versions is the name of the earlier one, for pauses may be
/// gone. Null where that is not known.
fn name_at(at: usize) -> String {
    format!(
        "CASE WHEN EXISTS (SELECT FROM monitor_versions v WHERE v.monitor_id = m.id) THEN (
                  SELECT CASE WHEN v.until_at IS NULL THEN m.name ELSE v.name END FROM monitor_versions v
                  WHERE v.monitor_id = m.id AND v.from_at <= ${at} ORDER BY v.version DESC LIMIT 1)
              WHEN least(m.updated_at, (SELECT b.at FROM monitor_versions_begun b)) <= ${at} THEN m.name END"
    )
}

/// Whether the incident `i` was over by then, in SQL. Of those from before that was kept, the end itself has to do.
pub(super) fn was_over(at: usize) -> String {
    format!("(i.resolved_at IS NOT NULL AND coalesce(i.closed_at, i.resolved_at) <= ${at})")
}

/// Whether the incident `i` was there by then, in SQL.
pub(super) fn was_there(at: usize) -> String {
    format!("i.started_at <= ${at} AND i.created_at <= ${at}")
}

pub(crate) fn list_sql() -> String {
    format!(
        "{} WHERE i.org_id = $1 AND {}
           AND ($2::bigint IS NULL OR i.monitor_id = $2)
           AND ($3::boolean IS NULL OR {} <> $3)
           AND ($4::timestamptz IS NULL OR i.started_at < $4 OR (i.started_at = $4 AND i.id > $5))
           AND ($7::text IS NULL OR EXISTS (
               SELECT FROM past.monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = i.monitor_id AND t.org_id = $1 AND lower(t.name) = lower($7) AND {}
           ))
           AND {}
         ORDER BY i.started_at DESC, i.id LIMIT $6",
        select(1, 9, 10),
        was_there(10),
        was_over(10),
        sees_tag_or_everything("t.id", 1, 8),
        sees("i.monitor_id", 1, 8)
    )
}

/// The incidents that are seen of an organisation after a position, newest first, at most `limit`, as of an instant.
///
/// # Errors
/// 422 (`at`) where a tag is asked for of which it is not known what had it.
pub(crate) async fn list(
    client: &mut Client,
    scope: Scope,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
    at: Timestamp,
) -> Result<Vec<Incident>, StoreError> {
    let known_since = past::known_since(&*client, scope).await?;
    if filter.tag.is_some() {
        past::require_tags(at, known_since)?;
    }
    let tx = snapshot(client).await?;
    past::look_back(&tx, scope, at).await?;
    let (started, id) = after.map_or((None, None), |(at, id)| (Some(at.to_datetime()), Some(id)));
    let (monitor, who, instant) = (filter.monitor.map(|id| id.0), scope.who(), at.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 10] = [
        scope.org_id(),
        &monitor,
        &filter.open,
        &started,
        &id,
        &limit,
        &filter.tag,
        &who,
        &ACKNOWLEDGEMENT_EXPIRED,
        &instant,
    ];
    let rows = tx.query(&list_sql(), &parameters).await?;
    let incidents: Vec<Incident> = rows.iter().map(|row| read(row, at)).collect::<Result<_, _>>()?;
    let found = tagged(&tx, scope, incidents, at >= known_since).await?;
    tx.commit().await?;
    Ok(found)
}

pub(crate) fn open_sql() -> String {
    format!(
        "SELECT count(*) FROM incidents i WHERE i.org_id = $1 AND {} AND NOT {} AND {}",
        was_there(2),
        was_over(2),
        sees("i.monitor_id", 1, 3)
    )
}

/// How many incidents [`list`] has that were open, also of monitors that are not there any more.
pub(super) async fn open(tx: &Transaction<'_>, scope: Scope, at: Timestamp) -> Result<i64, StoreError> {
    let statement = tx.prepare_cached(&open_sql()).await?;
    let row = tx
        .query_one(&statement, &[scope.org_id(), &at.to_datetime(), &scope.who()])
        .await?;
    Ok(row.try_get(0)?)
}

/// An incident of an organisation as of an instant, with the notes that it had.
///
/// # Errors
/// 404 when it was not there yet.
pub(crate) async fn incident(
    client: &mut Client,
    scope: Scope,
    id: IncidentId,
    at: Timestamp,
) -> Result<Incident, StoreError> {
    let known_since = past::known_since(&*client, scope).await?;
    let tx = snapshot(client).await?;
    past::look_back(&tx, scope, at).await?;
    let sql = format!(
        "{} WHERE i.id = $1 AND i.org_id = $2 AND {} AND {}",
        select(2, 4, 5),
        was_there(5),
        sees("i.monitor_id", 2, 3)
    );
    let (who, instant) = (scope.who(), at.to_datetime());
    let parameters: [&(dyn ToSql + Sync); 5] =
        [&id.0, scope.org_id(), &who, &ACKNOWLEDGEMENT_EXPIRED, &instant];
    let row = tx.query_opt(&sql, &parameters).await?;
    let row = row.ok_or(StoreError::NotFound("incident"))?;
    let found = tagged(&tx, scope, vec![read(&row, at)?], at >= known_since).await?;
    let notes = notes_of(&tx, scope, id).await?;
    tx.commit().await?;
    let incident = found.into_iter().next().ok_or(StoreError::NotFound("incident"))?;
    // Both are as exact as they are shown.
    let written: Vec<Note> = notes.into_iter().filter(|note| note.at <= at).collect();
    Ok(Incident {
        notes: Some(written),
        as_of: Some(at),
        ..incident
    })
}

/// The incidents with the tags that their monitors had and are seen now, by the present names, if that is known.
async fn tagged(
    tx: &Transaction<'_>,
    scope: Scope,
    incidents: Vec<Incident>,
    is_known: bool,
) -> Result<Vec<Incident>, StoreError> {
    if !is_known {
        return Ok(incidents);
    }
    let mut monitors: Vec<i64> = incidents.iter().map(|one| one.incident.monitor_id.0).collect();
    monitors.sort_unstable();
    monitors.dedup();
    let tags = tags::of_monitors_then(tx, scope, &monitors).await?;
    let with_tags = incidents.into_iter().map(|one| Incident {
        tags: Some(tags.get(&one.incident.monitor_id).cloned().unwrap_or_default()),
        ..one
    });
    Ok(with_tags.collect())
}
