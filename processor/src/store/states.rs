//! The accumulators of the fold, one row per monitor. Whoever holds a monitor's row is alone with it: that
//! is what keeps two processors which read the same records apart. A result that changes nothing but the
//! newest slot is not written here: the view `monitor_states_now` finds it in the history.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Transaction};
use domain::live::LiveState;
use domain::{ErrorCode, MonitorId, MonitorState, OrgId, Timestamp};
use shared::items;
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::fields::Fields as _;
use super::memory::Memory;
use crate::fold::{Latest, States, Tracked};

const LOCK: &str = "SELECT monitor_id, folded_by FROM monitor_states WHERE monitor_id = ANY($1)
     ORDER BY monitor_id FOR UPDATE";

const GET: &str =
    "SELECT now.monitor_id, now.org_id, now.fold::text, now.last_checked_at, now.latency_ms, now.status_code,
         now.error_code, now.error, s.heartbeat_changes
     FROM monitor_states_now now JOIN monitor_states s USING (monitor_id) WHERE now.monitor_id = ANY($1)";

/// The newest results of single regions, by their names.
const OF_REGIONS: &str =
    "SELECT key.monitor_id, key.region, row.scheduled_at + row.delay_ms * interval '1 millisecond',
         row.latency_ms, row.status_code, failed.error_code, failed.error
     FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS key (monitor_id, region, scheduled_at)
     JOIN check_results AS row USING (monitor_id, scheduled_at, region)
     LEFT JOIN check_errors AS failed USING (monitor_id, scheduled_at, region)";

const INSERT: &str = "INSERT INTO monitor_states (monitor_id, org_id, fold, state)
     SELECT monitor_id, org_id, $3::text::jsonb, 'pending' FROM unnest($1::bigint[], $2::bigint[]) AS new (monitor_id, org_id)
     ON CONFLICT DO NOTHING";

const UPDATE: &str = "UPDATE monitor_states AS old SET
         fold = new.fold::jsonb, state = new.state, since = new.since, last_slot = new.last_slot,
         last_checked_at = new.last_checked_at, latency_ms = new.latency_ms, status_code = new.status_code,
         error_code = new.error_code, error = new.error, incident_id = new.incident_id, folded_by = $12,
         heartbeat = new.fold::jsonb->'heartbeat', heartbeat_changes = new.heartbeat_changes, updated_at = now()
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
         $7::int[], $8::smallint[], $9::text[], $10::text[], $11::uuid[],
         $13::bigint[])
         AS new (monitor_id, fold, state, since, last_slot, last_checked_at, latency_ms, status_code,
                 error_code, error, incident_id, heartbeat_changes)
     WHERE old.monitor_id = new.monitor_id";

/// Locks the states of `monitors`, in the order of their ids so that nobody waits in a circle, and answers
/// them: from `memory` where nobody else has folded since, or else as they are stored. A monitor that has
/// none begins with an empty one.
pub(super) async fn lock(
    tx: &Transaction<'_>,
    monitors: &BTreeMap<MonitorId, OrgId>,
    memory: &mut Memory,
) -> Result<States, StoreError> {
    let ids: Vec<i64> = monitors.keys().map(|id| id.0).collect();
    let lock = tx.prepare_cached(LOCK).await?;
    let mut rows = tx.query(&lock, &[&ids]).await?;
    if rows.len() < monitors.len() {
        let (ids, orgs): (Vec<i64>, Vec<i64>) = monitors.iter().map(|(id, org)| (id.0, org.0)).unzip();
        let empty = encode(&MonitorState::default());
        let insert = tx.prepare_cached(INSERT).await?;
        tx.execute(&insert, &[&ids, &orgs, &empty]).await?;
        rows = tx.query(&lock, &[&ids]).await?;
    }
    let (mut states, mut unknown) = (States::new(), Vec::new());
    for row in rows {
        let id = MonitorId(row.field(0)?);
        let mine = row.field::<Option<Uuid>>(1)? == Some(memory.folder);
        match memory.take(id).filter(|_| mine) {
            Some(tracked) => drop(states.insert(id, tracked)),
            None => unknown.push(id.0),
        }
    }
    if !unknown.is_empty() {
        // A statement of its own: it has to see what was committed while the lock was waited for.
        let select = tx.prepare_cached(GET).await?;
        let mut found = States::new();
        for row in tx.query(&select, &[&unknown]).await? {
            let (id, mut tracked) = read(&row)?;
            tracked.changed = true;
            found.insert(id, tracked);
        }
        add_regions(tx, &mut found).await?;
        states.append(&mut found);
    }
    Ok(states)
}

/// Reads states, as they are. One that cannot be read is left out, and counted: nothing is folded into it here.
pub(super) async fn get(client: &Client, monitors: &[i64]) -> Result<States, StoreError> {
    let select = client.prepare_cached(GET).await?;
    let rows = client.query(&select, &[&monitors]).await?;
    let states = rows.iter().filter_map(|row| match read(row) {
        Err(StoreError::State(id, error)) => {
            items::left_out("state", Some(id.0), &items::describe(&error));
            None
        }
        Err(error) => {
            items::left_out("state", row.try_get(0).ok(), &error.to_string());
            None
        }
        Ok(read) => Some(read),
    });
    let mut states: States = states.collect();
    add_regions(client, &mut states).await?;
    Ok(states)
}

/// Adds the latest result of each region, where several decide.
async fn add_regions(
    client: &impl deadpool_postgres::GenericClient,
    states: &mut States,
) -> Result<(), StoreError> {
    let (mut monitors, mut regions, mut slots) = (Vec::new(), Vec::new(), Vec::<DateTime<Utc>>::new());
    for (monitor, tracked) in &*states {
        let votes = tracked.fold.votes.iter().flat_map(|votes| &votes.regions);
        for (region, slot) in votes.filter_map(|(region, vote)| Some((region, vote.last_slot?))) {
            monitors.push(monitor.0);
            regions.push(region.clone());
            slots.push(slot.into());
        }
    }
    if monitors.is_empty() {
        return Ok(());
    }
    let select = client.prepare_cached(OF_REGIONS).await?;
    for row in client.query(&select, &[&monitors, &regions, &slots]).await? {
        let monitor = MonitorId(row.field(0)?);
        if let (Some(tracked), Some(latest)) = (states.get_mut(&monitor), latest(&row, 2)?) {
            tracked.regions.insert(row.field(1)?, latest);
        }
    }
    Ok(())
}

/// Locks states, so that nothing is added to these monitors meanwhile.
pub(super) async fn hold(tx: &Transaction<'_>, monitors: &[i64]) -> Result<(), StoreError> {
    let lock = "SELECT 1 FROM monitor_states WHERE monitor_id = ANY($1) ORDER BY monitor_id FOR UPDATE";
    tx.execute(lock, &[&monitors]).await?;
    Ok(())
}

/// Writes the states that have changed, as those of `folder`.
pub(super) async fn update(
    tx: &Transaction<'_>,
    states: &States,
    folder: Option<Uuid>,
) -> Result<(), StoreError> {
    let changed: Vec<_> = states.iter().filter(|(_, tracked)| tracked.changed).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Tracked) -> Option<DateTime<Utc>>| -> Vec<Option<DateTime<Utc>>> {
        changed.iter().map(|(_, tracked)| of(tracked)).collect()
    };
    let latest: Vec<Option<&Latest>> = changed
        .iter()
        .map(|(_, tracked)| tracked.latest.as_ref())
        .collect();
    let ids: Vec<i64> = changed.iter().map(|(id, _)| id.0).collect();
    let folds: Vec<String> = changed.iter().map(|(_, tracked)| encode(&tracked.fold)).collect();
    let names: Vec<&str> = changed
        .iter()
        .map(|(_, tracked)| LiveState::from(&tracked.fold).as_str())
        .collect();
    let since = column(|tracked| tracked.fold.since.map(Into::into));
    let last_slot = column(|tracked| tracked.fold.last_slot.map(Into::into));
    let checked_at = column(|tracked| tracked.latest.as_ref().map(|latest| latest.checked_at.into()));
    let latency: Vec<Option<i32>> = latest
        .iter()
        .map(|latest| {
            latest
                .and_then(|l| l.latency_ms)
                .map(|ms| i32::try_from(ms).unwrap_or(i32::MAX))
        })
        .collect();
    let status_code: Vec<Option<i16>> = latest
        .iter()
        .map(|latest| {
            latest
                .and_then(|l| l.status_code)
                .and_then(|code| i16::try_from(code).ok())
        })
        .collect();
    let failures = changed.iter().map(|(_, tracked)| tracked.failure());
    let (error_code, error): (Vec<Option<&str>>, Vec<Option<&str>>) = failures
        .map(|(code, error)| (code.map(ErrorCode::as_str), error))
        .unzip();
    let incident: Vec<Option<Uuid>> = changed
        .iter()
        .map(|(_, tracked)| tracked.fold.incident.as_ref().map(|i| i.id.0))
        .collect();
    let heartbeat_changes: Vec<i64> = changed
        .iter()
        .map(|(_, tracked)| tracked.heartbeat_changes)
        .collect();
    let update = tx.prepare_cached(UPDATE).await?;
    tx.execute(
        &update,
        &[
            &ids,
            &folds,
            &names,
            &since,
            &last_slot,
            &checked_at,
            &latency,
            &status_code,
            &error_code,
            &error,
            &incident,
            &folder,
            &heartbeat_changes,
        ],
    )
    .await?;
    Ok(())
}

fn read(row: &Row) -> Result<(MonitorId, Tracked), StoreError> {
    let id = MonitorId(row.field(0)?);
    let fold = serde_json::from_str(row.field(2)?).map_err(|error| StoreError::State(id, error))?;
    let (org_id, latest) = (OrgId(row.field(1)?), latest(row, 3)?);
    Ok((id, Tracked::new(org_id, fold, latest, row.field(8)?)))
}

/// The latest result, whose columns begin at `first`.
fn latest(row: &Row, first: usize) -> Result<Option<Latest>, StoreError> {
    let Some(checked_at) = row.field::<Option<DateTime<Utc>>>(first)? else {
        return Ok(None);
    };
    let status_code: Option<i16> = row.field(first + 2)?;
    let error_code: Option<&str> = row.field(first + 3)?;
    Ok(Some(Latest {
        checked_at: Timestamp::from(checked_at),
        latency_ms: row.latency(first + 1)?,
        status_code: status_code.and_then(|code| u16::try_from(code).ok()),
        error_code: error_code.and_then(|code| code.parse().ok()),
        error: row.field(first + 4)?,
        ..Latest::default()
    }))
}

fn encode(fold: &MonitorState) -> String {
    serde_json::to_string(fold).unwrap_or_default()
}
