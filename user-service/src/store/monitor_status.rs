//! A monitor's status, as the processor has left it in PostgreSQL: the view `monitor_states_now` also has
//! the results that were not worth a write to `monitor_states`.

use chrono::{DateTime, Utc};
use domain::fold::HeartbeatState;
use domain::live::{LiveState, LiveStatus};
use domain::{ErrorCode, IncidentId, MonitorId, Timestamp};
use tokio_postgres::Row;
use uuid::Uuid;

use super::monitor_row::{MonitorRow, UNREADABLE};

/// What PostgreSQL knows of some monitors, one by one.
pub(crate) const STORED: &str = "
    SELECT w.id, s.state, s.since, s.last_checked_at, s.latency_ms, s.status_code, s.error, s.error_code, s.incident_id,
        (SELECT h.heartbeat::text FROM monitor_states h WHERE h.monitor_id = w.id) AS heartbeat,
        (s.fold->'votes')::text AS votes, (s.fold->>'revision')::bigint AS revision,
        (s.fold->'usual'->'anomaly')::text AS anomaly
    FROM unnest($1::bigint[]) AS w (id) JOIN monitor_states_now s ON s.monitor_id = w.id";

/// What [`effective`] makes of the state, in SQL, for tables called `m` and `s`. Whether a definition can be read was
/// noted by [`super::unreadable`].
pub(crate) const EFFECTIVE_STATE: &str = "CASE WHEN m.spec->'paused' = 'true' THEN 'paused'
         WHEN s.state IS NULL OR s.state = 'paused' OR m.unreadable_version = m.version THEN 'pending'
         ELSE s.state END";

/// The status in a row of [`STORED`], and whose it is.
pub(crate) fn read(row: &Row) -> Result<(MonitorId, LiveStatus), tokio_postgres::Error> {
    let state: &str = row.try_get("state")?;
    let at = |name: &str| -> Result<Option<Timestamp>, tokio_postgres::Error> {
        Ok(row
            .try_get::<_, Option<DateTime<Utc>>>(name)?
            .map(Timestamp::from))
    };
    let latency: Option<i32> = row.try_get("latency_ms")?;
    let status_code: Option<i16> = row.try_get("status_code")?;
    let error_code: Option<&str> = row.try_get("error_code")?;
    let incident: Option<Uuid> = row.try_get("incident_id")?;
    let heartbeat: Option<&str> = row.try_get("heartbeat")?;
    let heartbeat: Option<HeartbeatState> = heartbeat.and_then(|json| serde_json::from_str(json).ok());
    let anomaly: Option<&str> = row.try_get("anomaly")?;
    let status = LiveStatus {
        state: parse_state(state),
        since: at("since")?,
        last_checked_at: at("last_checked_at")?,
        latency_ms: latency.and_then(|ms| ms.try_into().ok()),
        status_code: status_code.and_then(|code| code.try_into().ok()),
        error: row.try_get("error")?,
        error_code: error_code.map(parse_error_code),
        incident_id: incident.map(IncidentId),
        anomaly: anomaly.and_then(|json| serde_json::from_str(json).ok()),
        ..LiveStatus::default()
    }
    .with_heartbeat(heartbeat.as_ref());
    Ok((MonitorId(row.try_get("id")?), status))
}

/// The user's own change of a moment ago is known here before it has travelled through the log. A monitor whose
/// definition cannot be read is not checked: what was found of it before is not so any more.
pub(crate) fn effective(mut stored: LiveStatus, monitor: &MonitorRow) -> LiveStatus {
    if monitor.alerts.anomalies.is_none() {
        stored.anomaly = None;
    }
    let is_readable = monitor.spec.value().is_some();
    let state = match (monitor.is_paused(), stored.state) {
        (true, LiveState::Paused) => return stored,
        (false, LiveState::Up | LiveState::Degraded | LiveState::Down) if is_readable => return stored,
        (true, _) => LiveState::Paused,
        (false, _) => LiveState::Pending,
    };
    let is_same = stored.state == state;
    LiveStatus {
        state,
        since: match is_same {
            true => stored.since,
            false => Some(monitor.updated_at),
        },
        incident_id: None,
        // What they said of another state, or of what cannot be read any more.
        regions: match is_same && is_readable {
            true => stored.regions,
            false => Vec::new(),
        },
        is_unseen: stored.is_unseen && is_same && is_readable,
        anomaly: None,
        error: match is_readable {
            true => stored.error,
            false => Some(UNREADABLE.to_owned()),
        },
        ..stored
    }
}

fn parse_state(name: &str) -> LiveState {
    [
        LiveState::Up,
        LiveState::Degraded,
        LiveState::Down,
        LiveState::Paused,
    ]
    .into_iter()
    .find(|state| state.as_str() == name)
    .unwrap_or_default()
}

pub(crate) fn parse_error_code(name: &str) -> ErrorCode {
    match name.parse() {
        Ok(code) => code,
        Err(never) => match never {},
    }
}
