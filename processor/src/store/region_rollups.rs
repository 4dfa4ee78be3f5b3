//! The rollups per hour of single regions, where several decide: what each of them found, by itself. Whoever changes them
//! holds the row of the monitor's state, as with those of all regions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::fields::Fields as _;
use super::rollups::{Sums, counted, instant, of_row};
use super::rows::Written;
use super::skipped::Part;
use crate::rollup::{RegionSample, Rollup, Sample, hour_of};

const READ: &str =
    "SELECT monitor_id, hour, region, up, degraded, down, skipped, up_ms, degraded_ms, down_ms, latency_sum_ms,
         latency_min_ms, latency_max_ms, latency_buckets, latency_counts
     FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS key (monitor_id, hour, region)
     JOIN rollups_hourly_by_region USING (monitor_id, hour, region)";

const WRITE: &str = "INSERT INTO rollups_hourly_by_region (monitor_id, hour, region, up, degraded, down, skipped, up_ms,
         degraded_ms, down_ms, latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
     SELECT monitor_id, hour, region, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
         latency_count, latency_sum_ms, latency_min_ms, latency_max_ms,
         latency_buckets::smallint[], latency_counts::int[]
     FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::int[], $5::int[], $6::int[], $7::bigint[], $8::bigint[],
         $9::bigint[], $10::bigint[], $11::int[], $12::bigint[], $13::int[], $14::int[], $15::text[], $16::text[])
         AS new (monitor_id, hour, region, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
                 latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
     ON CONFLICT (monitor_id, hour, region) DO UPDATE SET
         up = excluded.up, degraded = excluded.degraded, down = excluded.down, skipped = excluded.skipped,
         up_ms = excluded.up_ms, degraded_ms = excluded.degraded_ms, down_ms = excluded.down_ms,
         latency_count = excluded.latency_count, latency_sum_ms = excluded.latency_sum_ms,
         latency_min_ms = excluded.latency_min_ms, latency_max_ms = excluded.latency_max_ms,
         latency_buckets = excluded.latency_buckets, latency_counts = excluded.latency_counts";

/// The extremes of hours from which a result was taken back.
const EXTREMES: &str = "SELECT key.monitor_id, key.hour, key.region, extremes.least, extremes.most
     FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS key (monitor_id, hour, region)
     CROSS JOIN LATERAL (
         SELECT min(latency_ms) AS least, max(latency_ms) AS most FROM check_results AS row
         WHERE row.monitor_id = key.monitor_id AND row.region = key.region AND by_quorum AND state <> 2
             AND scheduled_at >= key.hour AND scheduled_at < key.hour + interval '1 hour'
     ) AS extremes";

/// A monitor, an hour, by its first millisecond, and a region.
type Name = (i64, i64, String);
pub(super) type RegionHours = BTreeMap<Name, Rollup>;

/// Counts a result in the hour of its slot, and its time in the hours that it lies in; of those that are `wanted`.
pub(super) fn take(
    hours: &mut RegionHours,
    monitor: i64,
    region: &str,
    sample: &Sample,
    wanted: impl Fn(i64) -> bool,
) {
    let own = hour_of(sample.slot);
    if wanted(own) {
        of_hour(hours, monitor, own, region).count(sample);
    }
    stand(hours, monitor, region, sample, 1, wanted);
}

/// Counts slots of a region that were not checked.
pub(super) fn skip(hours: &mut RegionHours, monitor: i64, hour: i64, region: &str, slots: i64) {
    of_hour(hours, monitor, hour, region).skipped += slots;
}

fn stand(
    hours: &mut RegionHours,
    monitor: i64,
    region: &str,
    sample: &Sample,
    sign: i64,
    wanted: impl Fn(i64) -> bool,
) {
    for (hour, ms) in sample.stands().filter(|part| wanted(part.0)) {
        of_hour(hours, monitor, hour, region).stand(sample.state, sign * ms);
    }
}

fn of_hour<'a>(hours: &'a mut RegionHours, monitor: i64, hour: i64, region: &str) -> &'a mut Rollup {
    hours.entry((monitor, hour, region.to_owned())).or_default()
}

/// Adds what was written of several regions.
pub(super) async fn add(
    tx: &Transaction<'_>,
    written: &Written,
    parts: &[Part<'_>],
) -> Result<(), StoreError> {
    let skipped: Vec<&Part<'_>> = parts.iter().filter(|part| part.by_quorum).collect();
    if written.joint.is_empty() && skipped.is_empty() {
        return Ok(());
    }
    let mut touched: BTreeSet<Name> = BTreeSet::new();
    let mut shrunk: BTreeSet<Name> = BTreeSet::new();
    for (&(monitor, _), changes) in &written.joint {
        let mut touch = |row: &RegionSample| {
            let hours = row.sample.stands().map(|(hour, _)| hour);
            let hours = hours.chain([hour_of(row.sample.slot)]);
            touched.extend(hours.map(|hour| (monitor.0, hour, row.region.clone())));
        };
        changes.added.iter().for_each(&mut touch);
        changes.removed.iter().for_each(&mut touch);
        changes.cut.iter().for_each(|(was, _)| touch(was));
        let name = |row: &RegionSample| (monitor.0, hour_of(row.sample.slot), row.region.clone());
        shrunk.extend(changes.removed.iter().map(name));
    }
    for part in &skipped {
        let (monitor, region) = (part.range.monitor_id.0, &part.range.region);
        touched.extend(counted(part).map(|(hour, _)| (monitor, hour, region.clone())));
    }
    let mut hours = read(tx, &touched).await?;
    for (&(monitor, _), changes) in &written.joint {
        for row in &changes.added {
            take(&mut hours, monitor.0, &row.region, &row.sample, |_| true);
        }
        for row in &changes.removed {
            of_hour(&mut hours, monitor.0, hour_of(row.sample.slot), &row.region).uncount(&row.sample);
            stand(&mut hours, monitor.0, &row.region, &row.sample, -1, |_| true);
        }
        for &(ref was, interval_ms) in &changes.cut {
            let is = Sample {
                interval_ms,
                ..was.sample
            };
            stand(&mut hours, monitor.0, &was.region, &was.sample, -1, |_| true);
            stand(&mut hours, monitor.0, &was.region, &is, 1, |_| true);
        }
    }
    for part in &skipped {
        for (hour, slots) in counted(part) {
            skip(
                &mut hours,
                part.range.monitor_id.0,
                hour,
                &part.range.region,
                slots,
            );
        }
    }
    look_up_extremes(tx, &mut hours, &shrunk).await?;
    write(tx, &hours).await
}

/// Names by column.
fn columns<'a>(
    names: impl Iterator<Item = &'a Name> + Clone,
) -> (Vec<i64>, Vec<DateTime<Utc>>, Vec<&'a str>) {
    (
        names.clone().map(|name| name.0).collect(),
        names.clone().map(|name| instant(name.1)).collect(),
        names.map(|name| name.2.as_str()).collect(),
    )
}

fn name(row: &tokio_postgres::Row) -> Result<Name, StoreError> {
    Ok((row.field(0)?, row.instant(1)?.as_millis(), row.field(2)?))
}

async fn read(tx: &Transaction<'_>, touched: &BTreeSet<Name>) -> Result<RegionHours, StoreError> {
    let (monitors, hours, regions) = columns(touched.iter());
    let read = tx.prepare_cached(READ).await?;
    let rows = tx.query(&read, &[&monitors, &hours, &regions]).await?;
    rows.iter().map(|row| Ok((name(row)?, of_row(row, 3)?))).collect()
}

async fn look_up_extremes(
    tx: &Transaction<'_>,
    hours: &mut RegionHours,
    shrunk: &BTreeSet<Name>,
) -> Result<(), StoreError> {
    if shrunk.is_empty() {
        return Ok(());
    }
    let (monitors, instants, regions) = columns(shrunk.iter());
    let extremes = tx.prepare_cached(EXTREMES).await?;
    for row in tx.query(&extremes, &[&monitors, &instants, &regions]).await? {
        if let Some(rollup) = hours.get_mut(&name(&row)?) {
            rollup.latency_min_ms = row.latency(3)?;
            rollup.latency_max_ms = row.latency(4)?;
        }
    }
    Ok(())
}

pub(super) async fn write(tx: &Transaction<'_>, hours: &RegionHours) -> Result<(), StoreError> {
    if hours.is_empty() {
        return Ok(());
    }
    let (monitors, instants, regions) = columns(hours.keys());
    let sums = Sums::of(&hours.values().collect::<Vec<_>>());
    let write = tx.prepare_cached(WRITE).await?;
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&monitors, &instants, &regions];
    params.extend(sums.params());
    tx.execute(&write, &params).await?;
    Ok(())
}
