//! By whom the results of a revision are judged: the first of them says so, here as in the fold. It is kept, so that whoever
//! counts anew counts the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{MonitorId, Quorum, Timestamp};
use shared::items;

use super::error::StoreError;
use super::fields::Fields as _;
use super::revisions;
use super::rows::{Appended, Written, interval, revision};

const NOTE: &str =
    "INSERT INTO monitor_quorums AS known (monitor_id, revision, quorum, began_at, interval_ms)
     SELECT monitor_id, revision, quorum::jsonb, began_at, interval_ms
     FROM unnest($1::bigint[], $2::int[], $3::text[], $4::timestamptz[], $5::int[])
         AS new (monitor_id, revision, quorum, began_at, interval_ms)
     ON CONFLICT (monitor_id, revision)
     DO UPDATE SET interval_ms = greatest(known.interval_ms, excluded.interval_ms)";

const OF_MONITORS: &str = "SELECT monitor_id, revision, quorum::text, interval_ms, began_at FROM monitor_quorums WHERE monitor_id = ANY($1)";

/// The quorums of revisions that ended longer ago than anything is counted anew.
pub(super) const FORGET: &str = "DELETE FROM monitor_quorums WHERE ctid = ANY(ARRAY(
         SELECT q.ctid FROM monitor_quorums q WHERE EXISTS (
             SELECT FROM monitor_quorums later
             WHERE later.monitor_id = q.monitor_id AND later.revision > q.revision AND later.began_at < $1
         ) LIMIT $2))";

/// The quorum of a revision.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) quorum: Quorum,
    /// The longest time that one of its results stands for, in milliseconds.
    pub(super) interval_ms: i64,
    /// The slot of the first result of the revision.
    pub(super) began_at: Timestamp,
}

/// By monitor and revision.
pub(super) type Quorums = HashMap<(MonitorId, i32), Known>;

/// Notes what the first results of revisions say, in the order of the log, and for how long they stand; where one is the first
/// after others of its revision that stood alone, these end there. Answers the quorums of the monitors of which there are such
/// results. The rows are `written` before.
pub(super) async fn note(
    tx: &Transaction<'_>,
    results: &[Appended<'_>],
    written: &mut Written,
) -> Result<Quorums, StoreError> {
    let mut first: BTreeMap<(MonitorId, i32), (&Quorum, DateTime<Utc>, i32)> = BTreeMap::new();
    for appended in results {
        let Some(quorum) = &appended.result.quorum else {
            continue;
        };
        let (name, interval) = (
            (appended.result.monitor_id, revision(appended.result)),
            interval(appended),
        );
        let known =
            first
                .entry(name)
                .or_insert((quorum.as_ref(), appended.result.scheduled_at.into(), interval));
        known.2 = known.2.max(interval);
    }
    if first.is_empty() {
        return Ok(Quorums::new());
    }
    let mut monitors: Vec<i64> = first.keys().map(|name| name.0.0).collect();
    monitors.dedup();
    let known = of(tx, &monitors).await?;
    // Almost always all of it is known.
    first.retain(|name, (.., interval)| {
        let is_known = known
            .get(name)
            .is_some_and(|known| known.interval_ms >= i64::from(*interval));
        !is_known
    });
    if first.is_empty() {
        return Ok(known);
    }
    let owners: Vec<i64> = first.keys().map(|name| name.0.0).collect();
    let numbers: Vec<i32> = first.keys().map(|name| name.1).collect();
    let quorums: Vec<String> = first
        .values()
        .map(|(quorum, ..)| serde_json::to_string(quorum).unwrap_or_default())
        .collect();
    let began: Vec<DateTime<Utc>> = first.values().map(|(_, began, _)| *began).collect();
    let intervals: Vec<i32> = first.values().map(|(.., interval)| *interval).collect();
    let note = tx.prepare_cached(NOTE).await?;
    tx.execute(&note, &[&owners, &numbers, &quorums, &began, &intervals])
        .await?;
    let new = first.iter().filter(|(name, _)| !known.contains_key(*name));
    let begun: Vec<_> = new
        .map(|(&(monitor, revision), (_, began, _))| (monitor, revision, *began))
        .collect();
    revisions::cut_by_quorum(tx, &begun, written).await?;
    of(tx, &monitors).await
}

/// Adds the quorums of `monitors` of which none is known yet.
pub(super) async fn add(
    client: &impl GenericClient,
    known: &mut Quorums,
    monitors: &BTreeSet<MonitorId>,
) -> Result<(), StoreError> {
    let there: BTreeSet<MonitorId> = known.keys().map(|(monitor, _)| *monitor).collect();
    let others: Vec<i64> = monitors.difference(&there).map(|monitor| monitor.0).collect();
    if !others.is_empty() {
        known.extend(of(client, &others).await?);
    }
    Ok(())
}

/// The quorums of some monitors. One that cannot be read is left out, and counted.
pub(super) async fn of(client: &impl GenericClient, monitors: &[i64]) -> Result<Quorums, StoreError> {
    let select = client.prepare_cached(OF_MONITORS).await?;
    let mut quorums = Quorums::new();
    for row in client.query(&select, &[&monitors]).await? {
        let id: i64 = row.field(0)?;
        match serde_json::from_str(row.field(2)?) {
            Ok(quorum) => {
                let known = Known {
                    quorum,
                    interval_ms: row.millis(3)?,
                    began_at: row.instant(4)?,
                };
                quorums.insert((MonitorId(id), row.field(1)?), known);
            }
            Err(error) => items::left_out("quorum", Some(id), &items::describe(&error)),
        }
    }
    Ok(quorums)
}
