//! The pings of heartbeats, each once by its name, numbered in the order of the log.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::record::{Ping, PingKind};
use shared::postgres::Connection;
use uuid::Uuid;

use super::error::StoreError;
use super::fields::Fields as _;
use crate::batch::Entry;
use crate::fold::States;

/// Pings that are kept of a heartbeat, at most.
const KEPT: i64 = 1_000;

/// Texts of a request are cut at this length, in bytes.
const MAX_TEXT_BYTES: usize = 1_000;

/// Gives the new ones their numbers. Those that may have been deleted since are not new.
const INSERT: &str = "WITH new AS (
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[],
             $7::smallint[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
             $14::bytea[], $15::bigint[]) WITH ORDINALITY
             AS new (org_id, monitor_id, id, arrived_at, kind, run_id, exit_status, duration_ms, message, scheme,
                     method, address, user_agent, sealed_body, body_bytes, place)
     ), added AS (
         INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, run_id, exit_status, duration_ms, message,
             scheme, method, address, user_agent, sealed_body, body_bytes)
         SELECT new.org_id, new.monitor_id, new.id,
             s.pings + row_number() OVER (PARTITION BY new.monitor_id ORDER BY new.place),
             new.arrived_at, new.kind, new.run_id, new.exit_status, new.duration_ms, new.message,
             new.scheme, new.method, new.address, new.user_agent, new.sealed_body, new.body_bytes
         FROM new JOIN monitor_states s USING (monitor_id)
         WHERE (s.pings_gone_until IS NULL OR new.arrived_at > s.pings_gone_until)
             AND NOT EXISTS (SELECT FROM pings old WHERE old.monitor_id = new.monitor_id AND old.id = new.id)
         RETURNING monitor_id
     )
     UPDATE monitor_states AS s SET pings = s.pings + added.count
     FROM (SELECT monitor_id, count(*) FROM added GROUP BY monitor_id) AS added
     WHERE s.monitor_id = added.monitor_id";

/// Deletes what is not kept of one heartbeat, and notes until when.
const DELETE: &str = "WITH gone AS (
         DELETE FROM pings WHERE monitor_id = $1 AND (n <= $2 OR arrived_at < $3) RETURNING arrived_at
     )
     UPDATE monitor_states SET pings_gone_until = greatest(pings_gone_until, (SELECT max(arrived_at) FROM gone))
     WHERE monitor_id = $1 AND EXISTS (SELECT FROM gone)";

/// Heartbeats of which there are pings that are not kept.
const EXCESS: &str = "SELECT monitor_id, pings FROM monitor_states s
     WHERE monitor_id > $1 AND pings > 0 AND (
         EXISTS (SELECT FROM pings p WHERE p.monitor_id = s.monitor_id AND p.n <= s.pings - $2)
         OR (SELECT arrived_at FROM pings p WHERE p.monitor_id = s.monitor_id ORDER BY n LIMIT 1) < $3)
     ORDER BY monitor_id LIMIT 500";

/// What the fold has made of pings.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// How long runs took in milliseconds, by the pings that have ended them.
    durations: HashMap<Uuid, u32>,
    /// The pings of heartbeats that were paused.
    ignored: HashSet<Uuid>,
}

impl Outcomes {
    pub(super) fn of(states: &States) -> Self {
        let durations = states.values().flat_map(|tracked| &tracked.durations);
        let ignored = states.values().flat_map(|tracked| &tracked.ignored);
        Self {
            durations: durations.copied().collect(),
            ignored: ignored.copied().collect(),
        }
    }
}

/// Stores the pings among `entries`. Whoever calls holds the states of the monitors.
pub(super) async fn write(
    tx: &Transaction<'_>,
    entries: &[Entry],
    outcomes: &Outcomes,
) -> Result<(), StoreError> {
    let mut named = HashSet::new();
    let mut columns = Columns::default();
    for entry in entries {
        if let domain::Record::Ping(ping) = &entry.record
            && named.insert((ping.monitor_id, ping.id))
        {
            columns.push(entry.org_id.0, ping, outcomes);
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &columns.org_id,
            &columns.monitor_id,
            &columns.id,
            &columns.arrived_at,
            &columns.kind,
            &columns.run_id,
            &columns.exit_status,
            &columns.duration_ms,
            &columns.message,
            &columns.scheme,
            &columns.method,
            &columns.address,
            &columns.user_agent,
            &columns.sealed_body,
            &columns.body_bytes,
        ],
    )
    .await?;
    Ok(())
}

/// Deletes the pings from before an instant, and all but the newest of each heartbeat.
pub(super) async fn delete(client: &Connection, before: DateTime<Utc>) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let rows = client.query(EXCESS, &[&after, &KEPT, &before]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.field(0)?;
        for row in &rows {
            let (monitor, pings): (i64, i64) = (row.field(0)?, row.field(1)?);
            client
                .execute(DELETE, &[&monitor, &(pings - KEPT), &before])
                .await?;
        }
    }
}

/// Pings by column.
#[derive(Default)]
struct Columns {
    org_id: Vec<i64>,
    monitor_id: Vec<i64>,
    id: Vec<Uuid>,
    arrived_at: Vec<DateTime<Utc>>,
    kind: Vec<&'static str>,
    run_id: Vec<Option<Uuid>>,
    exit_status: Vec<Option<i16>>,
    duration_ms: Vec<Option<i64>>,
    message: Vec<Option<String>>,
    scheme: Vec<String>,
    method: Vec<String>,
    address: Vec<Option<String>>,
    user_agent: Vec<Option<String>>,
    sealed_body: Vec<Option<Vec<u8>>>,
    body_bytes: Vec<i64>,
}

impl Columns {
    fn push(&mut self, org_id: i64, ping: &Ping, outcomes: &Outcomes) {
        let request = &ping.request;
        let duration = outcomes.durations.get(&ping.id).copied().or(ping.latency_ms);
        let kind = match outcomes.ignored.contains(&ping.id) {
            true => PingKind::Ignored,
            false => ping.kind,
        };
        self.org_id.push(org_id);
        self.monitor_id.push(ping.monitor_id.0);
        self.id.push(ping.id);
        self.arrived_at.push(ping.timestamp.into());
        self.kind.push(kind.as_str());
        self.run_id.push(ping.run_id);
        self.exit_status.push(ping.exit_status.map(i16::from));
        self.duration_ms.push(duration.map(i64::from));
        self.message.push(ping.message.as_deref().map(text));
        self.scheme.push(text(&request.scheme));
        self.method.push(text(&request.method));
        self.address.push(request.address.as_deref().map(text));
        self.user_agent.push(request.user_agent.as_deref().map(text));
        // What is no base64 was never sealed: the ping counts all the same.
        let body = request.sealed_body.as_deref();
        self.sealed_body
            .push(body.and_then(|body| STANDARD.decode(body).ok()));
        self.body_bytes
            .push(i64::try_from(request.body_bytes).unwrap_or(i64::MAX));
    }
}

/// A text as the database takes it.
fn text(of: &str) -> String {
    of[..of.floor_char_boundary(MAX_TEXT_BYTES)].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests;
