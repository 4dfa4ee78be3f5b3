//! Where to start from when `alert-state` is empty: what PostgreSQL knows of states, incidents and alerts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use alerting::{Seed, SeedEvent, SeedIncident};
use deadpool_postgres::Pool;
use domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
use domain::fold::{MonitorState, OpenIncident, State, Streak};
use domain::monitor::Spec;
use domain::{DrillId, ErrorCode, IncidentId, MonitorId, OrgId, Timestamp};
use shared::postgres::{ConnectError, PostgresSettings};
use uuid::Uuid;

/// How long PostgreSQL is waited for. After that the alerter begins without: alerts matter more than that
/// that nobody is notified twice of an outage that began before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Incidents that ended longer ago than this are of no interest, in hours.
const CLOSED_WITHIN_HOURS: i32 = 24;

/// Reads seeds.
#[derive(Clone)]
pub(crate) struct Seeds(Pool);

impl std::fmt::Debug for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seeds").finish_non_exhaustive()
    }
}

/// Why there are no seeds.
#[derive(Debug, thiserror::Error)]
enum SeedError {
    #[error("no connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error("{}", shared::postgres::describe(.0))]
    Query(#[from] tokio_postgres::Error),
}

impl Seeds {
    pub(crate) fn new(settings: &PostgresSettings) -> Result<Self, ConnectError> {
        Ok(Self(shared::postgres::pool(settings)?))
    }

    /// Everything that PostgreSQL knows; empty when it is away for long.
    pub(crate) async fn load(&self) -> HashMap<MonitorId, Seed> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let error = match self.query().await {
                Ok(seeds) => return seeds,
                Err(error) => error,
            };
            if Instant::now() > deadline {
                tracing::error!(%error, "beginning without what PostgreSQL knows");
                return HashMap::new();
            }
            tracing::warn!(%error, "waiting for what PostgreSQL knows");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn query(&self) -> Result<HashMap<MonitorId, Seed>, SeedError> {
        let client = self.0.get().await?;
        let mut seeds: HashMap<MonitorId, Seed> = HashMap::new();
        for row in client
            .query("SELECT monitor_id, org_id, fold FROM monitor_states_now", &[])
            .await?
        {
            let fold: serde_json::Value = row.try_get("fold")?;
            let Ok(state) = serde_json::from_value(fold) else {
                continue;
            };
            let seed = Seed::new(OrgId(row.try_get("org_id")?), state);
            seeds.insert(MonitorId(row.try_get("monitor_id")?), seed);
        }
        let mut owners: HashMap<IncidentId, MonitorId> = HashMap::new();
        let incidents = client
            .query(
                "SELECT id, monitor_id, started_at, resolved_at, close_reason, error_code, first_error,
                        (SELECT spec FROM monitors WHERE monitors.id = monitor_id) AS spec
                 FROM incidents
                 WHERE resolved_at IS NULL OR resolved_at > now() - make_interval(hours => $1)
                 ORDER BY started_at",
                &[&CLOSED_WITHIN_HOURS],
            )
            .await?;
        for row in incidents {
            let monitor = MonitorId(row.try_get("monitor_id")?);
            let Some(seed) = seeds.get_mut(&monitor) else {
                continue;
            };
            let incident = incident(&row)?;
            owners.insert(incident.id, monitor);
            seed.incidents.push(incident);
        }
        for row in client
            .query(
                "SELECT drills.id, drills.org_id, incident_id, started_at, spec, EXISTS (
                     SELECT FROM incident_acknowledgements a
                     WHERE a.incident_id = drills.incident_id AND a.org_id = drills.org_id AND NOT EXISTS (
                         SELECT FROM alert_events e
                         WHERE e.incident_id = a.incident_id AND e.alert = 'acknowledged' AND e.channel_id = 0
                           AND e.step = 'suppressed' AND e.reason = $1 AND e.at > a.acknowledged_at)
                 ) AS acknowledged
                 FROM drills JOIN monitors ON monitors.id = drills.monitor_id
                 WHERE ended_at IS NULL",
                &[&ACKNOWLEDGEMENT_EXPIRED],
            )
            .await?
        {
            let (id, seed, incident) = drill(&row)?;
            owners.insert(incident, id);
            seeds.insert(id, seed);
        }
        let ids: Vec<Uuid> = owners.keys().map(|id| id.0).collect();
        let events = client
            .query(
                "SELECT incident_id, alert, channel_id, delivery_id, step, attempt, at, source, receipt
                 FROM alert_events WHERE incident_id = ANY($1) ORDER BY at, attempt",
                &[&ids],
            )
            .await?;
        for row in events {
            let id = IncidentId(row.try_get("incident_id")?);
            let Some(seed) = owners.get(&id).and_then(|monitor| seeds.get_mut(monitor)) else {
                continue;
            };
            let incident = seed.incidents.iter_mut().find(|incident| incident.id == id);
            if let (Some(incident), Some(event)) = (incident, event(&row)?) {
                incident.events.push(event);
            }
        }
        Ok(seeds)
    }
}

fn incident(row: &tokio_postgres::Row) -> Result<SeedIncident, tokio_postgres::Error> {
    type Instant = chrono::DateTime<chrono::Utc>;
    let started_at: Instant = row.try_get("started_at")?;
    let resolved_at: Option<Instant> = row.try_get("resolved_at")?;
    let close_reason: Option<String> = row.try_get("close_reason")?;
    let error_code: Option<String> = row.try_get("error_code")?;
    let spec: Option<serde_json::Value> = row.try_get("spec")?;
    let reason = close_reason.and_then(|reason| serde_json::from_value(reason.into()).ok());
    Ok(SeedIncident {
        id: IncidentId(row.try_get("id")?),
        url: spec.map(shown_address).unwrap_or_default(),
        started_at: Timestamp::from(started_at),
        closed: resolved_at.map(Timestamp::from).zip(reason),
        // Reading a code cannot fail: an unknown one is `Other`.
        error_code: error_code.and_then(|code| code.parse::<ErrorCode>().ok()),
        error: row.try_get("first_error")?,
        events: Vec::new(),
    })
}

/// A drill that goes on. The processor keeps nothing of it but the events of its alerts: of its state is known what its only
/// record said. Whether somebody has acknowledged it user-service knows.
fn drill(row: &tokio_postgres::Row) -> Result<(MonitorId, Seed, IncidentId), tokio_postgres::Error> {
    let started_at: chrono::DateTime<chrono::Utc> = row.try_get("started_at")?;
    let started_at = Timestamp::from(started_at);
    let incident = IncidentId(row.try_get("incident_id")?);
    let state = MonitorState {
        revision: 1,
        state: State::Down,
        since: Some(started_at),
        last_slot: Some(started_at),
        streak: Some(Streak {
            up: false,
            count: 1,
            since: started_at,
            first_slot: None,
            error_code: None,
            error: None,
        }),
        incident: Some(OpenIncident {
            id: incident,
            started_at,
            error_code: None,
            error: None,
            confirmed_at: None,
            acknowledged: row.try_get("acknowledged")?,
            seen: None,
        }),
        ..MonitorState::default()
    };
    let mut seed = Seed::new(OrgId(row.try_get("org_id")?), state);
    seed.incidents.push(SeedIncident {
        id: incident,
        url: shown_address(row.try_get("spec")?),
        started_at,
        closed: None,
        error_code: None,
        error: None,
        events: Vec::new(),
    });
    Ok((MonitorId::of_drill(DrillId(row.try_get("id")?)), seed, incident))
}

/// The address of a monitor as it may be shown: each kind has one of its own making. Of a definition that this version
/// does not know, as much as can be told.
fn shown_address(spec: serde_json::Value) -> String {
    let url = spec["url"].as_str().map(domain::redact::url);
    match serde_json::from_value::<Spec>(spec) {
        Ok(spec) => spec.probe.display_url(),
        Err(_) => url.unwrap_or_default(),
    }
}

/// A step of an alert; none when this version does not know it.
fn event(row: &tokio_postgres::Row) -> Result<Option<SeedEvent>, tokio_postgres::Error> {
    let (alert, step): (String, String) = (row.try_get("alert")?, row.try_get("step")?);
    let source: serde_json::Value = row.try_get("source")?;
    let receipt: Option<String> = row.try_get("receipt")?;
    let delivery: Option<Uuid> = row.try_get("delivery_id")?;
    let attempt: i32 = row.try_get("attempt")?;
    let at: chrono::DateTime<chrono::Utc> = row.try_get("at")?;
    let parsed = || {
        Some(SeedEvent {
            alert: serde_json::from_value(alert.into()).ok()?,
            step: serde_json::from_value(step.into()).ok()?,
            source: serde_json::from_value(source).ok()?,
            channel: domain::ChannelId(0),
            delivery: delivery.map(domain::DeliveryId),
            attempt: u32::try_from(attempt).ok()?,
            receipt,
            at: Timestamp::from(at),
        })
    };
    let channel: i64 = row.try_get("channel_id")?;
    Ok(parsed().map(|event| SeedEvent {
        channel: domain::ChannelId(channel),
        ..event
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_of_any_kind_has_an_address() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/fixtures/spec");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let spec = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert!(!shown_address(spec).is_empty(), "{}", path.display());
        }
        let later = serde_json::json!({"kind": "later", "url": "https://a.example/?token=t"});
        assert_eq!(shown_address(later), "https://a.example/?token=***");
    }
}
