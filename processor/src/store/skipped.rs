//! Ranges of slots that were not checked. Two that are stored for a monitor and a region have no slot in
//! common, so that none is counted twice.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::{MonitorId, Skipped, Timestamp};

use super::error::StoreError;
use super::fields::Fields as _;
use super::quorums::Quorums;
use crate::rollup::uncovered;

/// The ranges that begin within new ones, and the one before each.
const KNOWN: &str = "SELECT new.monitor_id, new.region, old.first_slot, old.last_slot, old.interval_ms
     FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::text[])
         AS new (monitor_id, first_slot, last_slot, region)
     CROSS JOIN LATERAL (
         (SELECT first_slot, last_slot, interval_ms FROM skipped_slots AS row
          WHERE row.monitor_id = new.monitor_id AND row.region = new.region AND row.first_slot < new.first_slot
          ORDER BY row.first_slot DESC LIMIT 1)
         UNION ALL
         (SELECT first_slot, last_slot, interval_ms FROM skipped_slots AS row
          WHERE row.monitor_id = new.monitor_id AND row.region = new.region
              AND row.first_slot >= new.first_slot AND row.first_slot <= new.last_slot)
     ) AS old";

const INSERT: &str = "INSERT INTO skipped_slots
         (monitor_id, first_slot, last_slot, interval_ms, slots, reason, region, by_quorum)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::bigint[], $6::text[],
         $7::text[], $8::boolean[])";

/// A part of a range, or all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) range: &'a Skipped,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Whether its region is one of several that decide.
    pub(super) by_quorum: bool,
}

impl Part<'_> {
    fn slots(&self) -> i64 {
        match i64::from(interval_ms(self.range)) {
            0 => 1,
            interval => self.until.millis_since(self.from).max(0) / interval + 1,
        }
    }
}

/// Writes what no range tells of that is there already, and answers it. Whoever calls holds the states of the
/// monitors. `quorums` are those of the monitors that several regions check.
pub(super) async fn write<'a>(
    tx: &Transaction<'_>,
    ranges: &[&'a Skipped],
    quorums: &Quorums,
) -> Result<Vec<Part<'a>>, StoreError> {
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let new = unknown(ranges, known(tx, ranges).await?, quorums);
    if new.is_empty() {
        return Ok(new);
    }
    let monitors: Vec<i64> = new.iter().map(|part| part.range.monitor_id.0).collect();
    let first: Vec<DateTime<Utc>> = new.iter().map(|part| part.from.into()).collect();
    let last: Vec<DateTime<Utc>> = new.iter().map(|part| part.until.into()).collect();
    let intervals: Vec<i32> = new.iter().map(|part| interval_ms(part.range)).collect();
    let slots: Vec<i64> = new.iter().map(Part::slots).collect();
    let reasons: Vec<&str> = new.iter().map(|part| part.range.reason.as_str()).collect();
    let regions: Vec<&str> = new.iter().map(|part| part.range.region.as_str()).collect();
    let by_quorum: Vec<bool> = new.iter().map(|part| part.by_quorum).collect();
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &monitors, &first, &last, &intervals, &slots, &reasons, &regions, &by_quorum,
        ],
    )
    .await?;
    Ok(new)
}

/// Ranges by monitor and region, each by its first and last slot.
type Known = HashMap<(MonitorId, String), BTreeMap<i64, i64>>;

/// What is stored of the time of `ranges`.
async fn known(tx: &Transaction<'_>, ranges: &[&Skipped]) -> Result<Known, StoreError> {
    let monitors: Vec<i64> = ranges.iter().map(|range| range.monitor_id.0).collect();
    let first: Vec<DateTime<Utc>> = ranges.iter().map(|range| range.from.into()).collect();
    let last: Vec<DateTime<Utc>> = ranges.iter().map(|range| range.until.into()).collect();
    let regions: Vec<&str> = ranges.iter().map(|range| range.region.as_str()).collect();
    let select = tx.prepare_cached(KNOWN).await?;
    let mut known = Known::new();
    for row in tx.query(&select, &[&monitors, &first, &last, &regions]).await? {
        let (first, last) = (row.instant(2)?.as_millis(), row.instant(3)?.as_millis());
        // Without an interval it is one slot.
        let last = if row.millis(4)? > 0 { last } else { first };
        let of_monitor = known
            .entry((MonitorId(row.field(0)?), row.field(1)?))
            .or_default();
        of_monitor.insert(first, last);
    }
    Ok(known)
}

/// The parts of `ranges` that neither what is known nor an earlier one of them tells of.
fn unknown<'a>(ranges: &[&'a Skipped], mut known: Known, quorums: &Quorums) -> Vec<Part<'a>> {
    let mut new = Vec::with_capacity(ranges.len());
    for &range in ranges {
        let (from, until) = (range.from.as_millis(), range.until.as_millis());
        let of_monitor = known.entry((range.monitor_id, range.region.clone())).or_default();
        let parts = uncovered(from, until, i64::from(interval_ms(range)), of_monitor);
        for &(first, last) in &parts {
            new.push(Part {
                range,
                from: Timestamp::from_millis(first),
                until: Timestamp::from_millis(last),
                by_quorum: is_by_quorum(range, quorums),
            });
        }
        of_monitor.extend(parts);
    }
    new
}

/// Whether the region is one of several that decide in the revision.
fn is_by_quorum(range: &Skipped, quorums: &Quorums) -> bool {
    let revision = range.revision.and_then(|revision| i32::try_from(revision).ok());
    let known = revision.and_then(|revision| quorums.get(&(range.monitor_id, revision)));
    known.is_some_and(|known| known.quorum.names(&range.region))
}

/// The interval as it is stored; 0 when it is not known.
pub(super) fn interval_ms(range: &Skipped) -> i32 {
    range
        .interval_ms
        .map_or(0, |interval| i32::try_from(interval).unwrap_or(i32::MAX))
}
