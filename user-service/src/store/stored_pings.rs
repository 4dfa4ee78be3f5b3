//! The pings of a heartbeat, as far as the database holds them, as the records that they were. What pingers have said is not
//! stored: a simulation says it again.

use std::collections::HashMap;
use std::ops::Range;

use alerting::backtest::{StoredLog, StoredMonitor, StoredRecord};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::record::{Lifecycle, LifecycleEvent, Ping, PingKind, PingRequest, RunLimits};
use domain::{Record, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::error::StoreError;
use super::scope::sees;
use super::stored_records::{Appended, by_users, paused};

/// Pings that say how a job ended from which on it is gone through, before the time: what is known of its runs then.
const LED_BY: usize = 20;

const KINDS: [PingKind; 5] = [
    PingKind::Success,
    PingKind::Fail,
    PingKind::Start,
    PingKind::Log,
    PingKind::Ignored,
];

/// All that are kept, in the order of the log.
pub(super) fn pings_sql() -> String {
    format!(
        "SELECT p.id, p.arrived_at, p.kind, p.run_id, p.duration_ms FROM pings p
         WHERE p.monitor_id = $1 AND p.org_id = $2 AND p.arrived_at < $3
             AND EXISTS (SELECT FROM monitors m WHERE m.id = $1 AND m.org_id = $2 AND {})
         ORDER BY p.n LIMIT $4",
        sees("m.id", 2, 5)
    )
}

/// Everything of a heartbeat by the end of a time, from those of its pings on that lead to it: pings, edits, pauses and
/// acknowledgements. A ping was appended when it arrived, or when the one before it was. At most `limit` pings; none where
/// there are more.
pub(super) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    of: &StoredMonitor,
    time: Range<Timestamp>,
    limit: usize,
) -> Result<Option<StoredLog>, StoreError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let statement = client.prepare_cached(&pings_sql()).await?;
    let (end, who) = (time.end.to_datetime(), scope.who());
    let parameters: [&(dyn ToSql + Sync); 5] = [&of.id.0, scope.org_id(), &end, &most, &who];
    let rows = client.query(&statement, &parameters).await?;
    if rows.len() > limit {
        return Ok(None);
    }
    let pings: Result<Vec<Ping>, StoreError> = rows.iter().map(|row| ping(row, of)).collect();
    let pings = pings?;
    // Of a heartbeat of which every ping is kept, all is known: without a ping nothing is overdue.
    let begins = has_gone(client, scope, of)
        .await?
        .then(|| pings.first().map_or(time.end, |first| first.timestamp));
    let leading = &pings[leading(&pings, time.start)..];
    let from = leading.first().map_or(time.start, |first| first.timestamp);
    let time = from.min(time.start)..time.end;
    let Some(by_users) = by_users(client, scope, of, &time).await? else {
        return Ok(None);
    };
    let mut appended_at = time.start;
    let heard = leading.iter().map(|ping| {
        appended_at = appended_at.max(ping.timestamp);
        (appended_at, Record::Ping(Box::new(ping.clone())))
    });
    let in_force = in_force(of, &paused(client, scope, of).await?, time.start);
    let records = in_force.into_iter().chain(by_users).chain(heard);
    let stored = records.map(|(at, record)| (at, StoredRecord::Other(Box::new(record))));
    let log = StoredLog::new(of.clone(), stored.collect());
    Ok(Some(match begins {
        Some(begins) => log.beginning_at(begins),
        None => log,
    }))
}

/// Whether pings are not kept any more.
const HAS_GONE: &str = "SELECT EXISTS (SELECT FROM monitor_states
    WHERE monitor_id = $1 AND org_id = $2 AND pings_gone_until IS NOT NULL)";

async fn has_gone(client: &impl GenericClient, scope: Scope, of: &StoredMonitor) -> Result<bool, StoreError> {
    let statement = client.prepare_cached(HAS_GONE).await?;
    let row = client.query_one(&statement, &[&of.id.0, scope.org_id()]).await?;
    Ok(row.try_get(0)?)
}

/// From which ping on a time is led to.
fn leading(pings: &[Ping], start: Timestamp) -> usize {
    let before = pings
        .iter()
        .position(|ping| ping.timestamp >= start)
        .unwrap_or(pings.len());
    let ends = pings[..before].iter().enumerate().rev();
    let mut ends = ends.filter(|(_, ping)| matches!(ping.kind, PingKind::Success | PingKind::Fail));
    ends.nth(LED_BY - 1).map_or(0, |(place, _)| place)
}

/// That the revision is in force which was at an instant: incidents are named by it.
fn in_force(of: &StoredMonitor, paused: &HashMap<u32, bool>, at: Timestamp) -> Option<Appended> {
    let has_begun =
        |began_at: Option<Timestamp>, number: u32| began_at.map_or(number == 1, |began| began <= at);
    let mut begun = of.revisions.iter().rev();
    let revision = begun
        .find(|known| has_begun(known.began_at, known.revision))?
        .revision;
    let event = match paused.get(&revision) {
        Some(true) => LifecycleEvent::Paused,
        _ => LifecycleEvent::Created,
    };
    let record = Lifecycle {
        monitor_id: of.id,
        org_id: of.org,
        url: String::new(),
        timestamp: at,
        revision,
        probe_revision: None,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
    };
    Some((at, Record::Lifecycle(record)))
}

/// What a run is held against is for the simulation to say.
fn ping(row: &Row, of: &StoredMonitor) -> Result<Ping, StoreError> {
    let kind: &str = row.try_get(2)?;
    let duration_ms: Option<i64> = row.try_get(4)?;
    let kind = KINDS.into_iter().find(|known| known.as_str() == kind);
    Ok(Ping {
        monitor_id: of.id,
        org_id: of.org,
        url: String::new(),
        timestamp: row.try_get::<_, DateTime<Utc>>(1)?.into(),
        id: row.try_get(0)?,
        // What another version has stored says nothing.
        kind: kind.unwrap_or(PingKind::Ignored),
        run_id: row.try_get(3)?,
        exit_status: None,
        latency_ms: duration_ms.and_then(|duration| u32::try_from(duration).ok()),
        message: None,
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    })
}

#[cfg(test)]
mod tests;
