//! Incidents, and who acknowledged them. The processor writes the incidents.

use api::{Acknowledgement, Incident};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
use domain::fold::CloseReason;
use domain::live::IncidentView;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{IncidentId, MonitorId, Timestamp};
use shared::crypto::Keyring;
use tokio_postgres::Row;
use uuid::Uuid;

use super::Scope;
use super::error::StoreError;
use super::incident_notes::notes_of;
use super::monitor_row::{COLUMNS, MonitorRow};
use super::monitor_status::parse_error_code;
use super::scope::sees;
use super::{outbox, tags};

/// Incidents; `expired` is the number of the parameter [`ACKNOWLEDGEMENT_EXPIRED`].
fn select(expired: usize) -> String {
    format!(
        "SELECT i.id, i.monitor_id, m.name AS monitor_name, i.started_at, i.resolved_at,
             i.close_reason, i.error_code, i.first_error, i.last_error, i.regions::text AS regions,
             a.acknowledged_at, a.by_name,
             {} AS expired_at
         FROM incidents i LEFT JOIN monitors m ON m.id = i.monitor_id
         LEFT JOIN incident_acknowledgements a ON a.incident_id = i.id",
        expired_at(expired)
    )
}

/// When the acknowledgement `a` expired, in SQL; null when it has not. The alerter says so, and goes on with the escalation.
/// `reason` is the number of the parameter [`ACKNOWLEDGEMENT_EXPIRED`].
fn expired_at(reason: usize) -> String {
    format!(
        "(SELECT max(e.at) FROM alert_events e
          WHERE e.incident_id = a.incident_id AND e.alert = 'acknowledged' AND e.channel_id = 0
            AND e.step = 'suppressed' AND e.reason = ${reason} AND e.at > a.acknowledged_at)"
    )
}

/// The incident with its notes.
pub(crate) async fn with_notes(
    incident: Incident,
    client: &impl GenericClient,
    scope: Scope,
) -> Result<Incident, StoreError> {
    let notes = notes_of(client, scope, incident.incident.id).await?;
    Ok(Incident {
        notes: Some(notes),
        ..incident
    })
}

/// Which incidents are asked for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) monitor: Option<MonitorId>,
    /// Whether they go on.
    pub(crate) open: Option<bool>,
    /// The name of a tag of the monitor.
    pub(crate) tag: Option<String>,
}

/// Where a page begins: after the incident that started then and has this id.
pub(crate) type Position = (Timestamp, Uuid);

pub(crate) fn list_sql() -> String {
    format!(
        "{} WHERE i.org_id = $1
           AND ($2::bigint IS NULL OR i.monitor_id = $2)
           AND ($3::boolean IS NULL OR (i.resolved_at IS NULL) = $3)
           AND ($4::timestamptz IS NULL OR i.started_at < $4 OR (i.started_at = $4 AND i.id > $5))
           AND ($7::text IS NULL OR EXISTS (
               SELECT FROM monitor_tags mt JOIN tags t ON t.id = mt.tag_id
               WHERE mt.monitor_id = i.monitor_id AND t.org_id = $1 AND lower(t.name) = lower($7)
           ))
           AND {}
         ORDER BY i.started_at DESC, i.id LIMIT $6",
        select(9),
        sees("i.monitor_id", 1, 8)
    )
}

/// The incidents that are seen of an organisation after a position, newest first, at most `limit`.
pub(crate) async fn list(
    client: &impl GenericClient,
    scope: Scope,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Incident>, StoreError> {
    let (started, id) = after.map_or((None, None), |(at, id)| (Some(at.to_datetime()), Some(id)));
    let monitor = filter.monitor.map(|id| id.0);
    let rows = client
        .query(
            &list_sql(),
            &[
                scope.org_id(),
                &monitor,
                &filter.open,
                &started,
                &id,
                &limit,
                &filter.tag,
                &scope.who(),
                &ACKNOWLEDGEMENT_EXPIRED,
            ],
        )
        .await?;
    let now = shared::now();
    let incidents: Result<Vec<_>, _> = rows.iter().map(|row| read(row, now)).collect();
    tagged(client, incidents?).await
}

/// The incidents with the tags that their monitors have now.
async fn tagged(client: &impl GenericClient, incidents: Vec<Incident>) -> Result<Vec<Incident>, StoreError> {
    let mut monitors: Vec<i64> = incidents.iter().map(|one| one.incident.monitor_id.0).collect();
    monitors.sort_unstable();
    monitors.dedup();
    let tags = tags::of_monitors(client, &monitors).await?;
    let with_tags = incidents.into_iter().map(|one| Incident {
        tags: Some(tags.get(&one.incident.monitor_id).cloned().unwrap_or_default()),
        ..one
    });
    Ok(with_tags.collect())
}

/// An incident of an organisation, without its notes.
///
/// # Errors
/// 404 when it is not there.
pub(crate) async fn incident(
    client: &impl GenericClient,
    scope: Scope,
    id: IncidentId,
) -> Result<Incident, StoreError> {
    let sql = format!(
        "{} WHERE i.id = $1 AND i.org_id = $2 AND {}",
        select(4),
        sees("i.monitor_id", 2, 3)
    );
    let row = client
        .query_opt(
            &sql,
            &[&id.0, scope.org_id(), &scope.who(), &ACKNOWLEDGEMENT_EXPIRED],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::NotFound("incident"))?;
    let found = tagged(client, vec![read(&row, shared::now())?]).await?;
    found.into_iter().next().ok_or(StoreError::NotFound("incident"))
}

/// The incident in a row, which has lasted until `now` if it is not over.
pub(super) fn read(row: &Row, now: Timestamp) -> Result<Incident, StoreError> {
    let acknowledged: Option<DateTime<Utc>> = row.try_get("acknowledged_at")?;
    let expired: Option<DateTime<Utc>> = row.try_get("expired_at")?;
    let acknowledged = match acknowledged.filter(|_| expired.is_none()) {
        Some(at) => Some(Acknowledgement {
            at: at.into(),
            by: row.try_get("by_name")?,
        }),
        None => None,
    };
    Ok(Incident {
        incident: view(row, now)?,
        acknowledged,
        acknowledgement_expired_at: expired.map(Timestamp::from),
        tags: None,
        notes: None,
        as_of: None,
    })
}

fn view(row: &Row, now: Timestamp) -> Result<IncidentView, StoreError> {
    let started_at: Timestamp = row.try_get::<_, DateTime<Utc>>("started_at")?.into();
    let resolved_at: Option<DateTime<Utc>> = row.try_get("resolved_at")?;
    let resolved_at = resolved_at.map(Timestamp::from);
    let error_code: Option<&str> = row.try_get("error_code")?;
    let close_reason: Option<&str> = row.try_get("close_reason")?;
    let regions: Option<&str> = row.try_get("regions")?;
    Ok(IncidentView {
        id: IncidentId(row.try_get("id")?),
        monitor_id: MonitorId(row.try_get("monitor_id")?),
        monitor_name: row.try_get("monitor_name")?,
        started_at,
        resolved_at,
        duration_seconds: resolved_at.unwrap_or(now).millis_since(started_at).max(0) / 1_000,
        close_reason: close_reason.map(parse_close_reason),
        error_code: error_code.map(parse_error_code),
        first_error: row.try_get("first_error")?,
        last_error: row.try_get("last_error")?,
        // What a later release has written, and cannot be read, is left out.
        regions: regions.and_then(|json| serde_json::from_str(json).ok()),
    })
}

pub(crate) fn parse_close_reason(name: &str) -> CloseReason {
    [
        CloseReason::Withdrawn,
        CloseReason::Edited,
        CloseReason::Paused,
        CloseReason::Deleted,
        CloseReason::NotCompared,
    ]
    .into_iter()
    .find(|reason| reason.as_str() == name)
    .unwrap_or(CloseReason::Recovered)
}

/// Notes that somebody has acknowledged an incident, with a record that tells of it. Answers whether it was the first:
/// whoever comes second changes nothing, unless the first acknowledgement has expired.
///
/// # Errors
/// When the organisation has no such incident, or it was over before anybody acknowledged it.
pub(crate) async fn acknowledge(
    tx: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    incident: IncidentId,
    (by, user_id): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, i.resolved_at IS NULL AS is_open
         FROM incidents i JOIN monitors m ON m.id = i.monitor_id WHERE i.id = $1 AND i.org_id = $2 AND {}",
        sees("i.monitor_id", 2, 3)
    );
    let row = tx
        .query_opt(&sql, &[&incident.0, scope.org_id(), &scope.who()])
        .await?;
    let row = row.ok_or_else(|| StoreError::NotFound("incident"))?;
    if !note_acknowledgement(tx, scope, incident, (by, user_id)).await? {
        return Ok(false);
    }
    if !row.try_get::<_, bool>("is_open")? {
        return Err(StoreError::Conflict("the incident is over".to_owned()));
    }
    let record = Lifecycle {
        incident_id: Some(incident),
        ..MonitorRow::read(&row, keyring)?.lifecycle(LifecycleEvent::Acknowledged, shared::now())
    };
    outbox::insert(tx, record).await?;
    Ok(true)
}

/// Notes who has acknowledged an incident, or the one of a drill; answers whether that was the first, or the first since an
/// acknowledgement has expired.
pub(crate) async fn note_acknowledgement(
    tx: &impl GenericClient,
    scope: Scope,
    incident: IncidentId,
    (by, user_id): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    // Not before it expired: clocks differ.
    let expired_at = expired_at(5);
    let sql = format!(
        "INSERT INTO incident_acknowledgements AS a (incident_id, org_id, by_name, user_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (incident_id) DO UPDATE
             SET by_name = excluded.by_name, user_id = excluded.user_id, acknowledged_at = greatest(now(), {expired_at})
             WHERE {expired_at} IS NOT NULL"
    );
    let inserted = tx
        .execute(
            &sql,
            &[
                &incident.0,
                scope.org_id(),
                &by,
                &user_id,
                &ACKNOWLEDGEMENT_EXPIRED,
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// Forgets what was done about incidents that are not known any more.
pub(crate) async fn purge_orphans(client: &impl GenericClient) -> Result<u64, tokio_postgres::Error> {
    let mut purged = 0;
    for (table, at) in [
        ("incident_acknowledgements", "acknowledged_at"),
        ("incident_notes", "written_at"),
    ] {
        // Not the young ones: incidents may just be made again from the log.
        let sql = format!(
            "DELETE FROM {table} t WHERE {at} < now() - interval '30 days'
                 AND NOT EXISTS (SELECT FROM incidents i WHERE i.id = t.incident_id)
                 AND NOT EXISTS (SELECT FROM drills d WHERE d.incident_id = t.incident_id)"
        );
        purged += client.execute(&sql, &[]).await?;
    }
    Ok(purged)
}
