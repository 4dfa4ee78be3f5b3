//! Ranges of slots that were not checked.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use domain::{MonitorId, Skipped, Timestamp};

use super::error::StoreError;

const INSERT: &str = "INSERT INTO skipped_slots
         (monitor_id, first_slot, last_slot, interval_ms, slots, reason, region)
     SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::bigint[], $6::text[],
         $7::text[])
     ON CONFLICT DO NOTHING RETURNING monitor_id, first_slot, region";

/// Writes the ranges; answers those that are new.
pub(super) async fn write<'a>(
    tx: &Transaction<'_>,
    ranges: &[&'a Skipped],
) -> Result<Vec<&'a Skipped>, StoreError> {
    let mut seen = HashSet::with_capacity(ranges.len());
    let unique: Vec<&'a Skipped> = ranges
        .iter()
        .copied()
        .filter(|range| seen.insert(key(range)))
        .collect();
    if unique.is_empty() {
        return Ok(unique);
    }
    let time = |of: fn(&Skipped) -> Timestamp| -> Vec<DateTime<Utc>> {
        unique.iter().map(|range| of(range).into()).collect()
    };
    let monitors: Vec<i64> = unique.iter().map(|range| range.monitor_id.0).collect();
    let (first, last) = (time(|range| range.from), time(|range| range.until));
    let intervals: Vec<i32> = unique.iter().map(|range| interval_ms(range)).collect();
    let slots: Vec<i64> = unique
        .iter()
        .map(|range| i64::try_from(range.slots()).unwrap_or(i64::MAX))
        .collect();
    let reasons: Vec<&str> = unique.iter().map(|range| range.reason.as_str()).collect();
    let regions: Vec<&str> = unique.iter().map(|range| range.region.as_str()).collect();
    let insert = tx.prepare_cached(INSERT).await?;
    let rows = tx
        .query(
            &insert,
            &[&monitors, &first, &last, &intervals, &slots, &reasons, &regions],
        )
        .await?;
    let new: HashSet<(MonitorId, Timestamp, &str)> = rows
        .iter()
        .map(|row| {
            (
                MonitorId(row.get(0)),
                row.get::<_, DateTime<Utc>>(1).into(),
                row.get(2),
            )
        })
        .collect();
    Ok(unique
        .into_iter()
        .filter(|range| new.contains(&key(range)))
        .collect())
}

/// The interval as it is stored; 0 when it is not known.
pub(super) fn interval_ms(range: &Skipped) -> i32 {
    range
        .interval_ms
        .map_or(0, |interval| i32::try_from(interval).unwrap_or(i32::MAX))
}

fn key(range: &Skipped) -> (MonitorId, Timestamp, &str) {
    (range.monitor_id, range.from, &range.region)
}
