//! The rollups per hour, read, added to and written back. That is safe without a lock of their own: whoever
//! changes a monitor's hours holds the row of its state.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Transaction;
use domain::histogram::Histogram;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::fields::Fields as _;
use super::partitions::day_of;
use super::rows::Written;
use super::skipped::{self, Part};
use crate::rollup::{Hours, Rollup, hour_of, slots_by_hour};

const READ: &str =
    "SELECT monitor_id, hour, up, degraded, down, skipped, up_ms, degraded_ms, down_ms, latency_sum_ms,
         latency_min_ms, latency_max_ms, latency_buckets, latency_counts
     FROM unnest($1::bigint[], $2::timestamptz[]) AS key (monitor_id, hour)
     JOIN rollups_hourly USING (monitor_id, hour)";

const WRITE: &str = "INSERT INTO rollups_hourly (monitor_id, hour, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
         latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
     SELECT monitor_id, hour, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
         latency_count, latency_sum_ms, latency_min_ms, latency_max_ms,
         latency_buckets::smallint[], latency_counts::int[]
     FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::int[], $11::bigint[], $12::int[], $13::int[], $14::text[], $15::text[])
         AS new (monitor_id, hour, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
                 latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
     ON CONFLICT (monitor_id, hour) DO UPDATE SET
         up = excluded.up, degraded = excluded.degraded, down = excluded.down, skipped = excluded.skipped,
         up_ms = excluded.up_ms, degraded_ms = excluded.degraded_ms, down_ms = excluded.down_ms,
         latency_count = excluded.latency_count, latency_sum_ms = excluded.latency_sum_ms,
         latency_min_ms = excluded.latency_min_ms, latency_max_ms = excluded.latency_max_ms,
         latency_buckets = excluded.latency_buckets, latency_counts = excluded.latency_counts";

/// The extremes of hours from which a result was taken back.
const EXTREMES: &str = "SELECT key.monitor_id, key.hour,
         (SELECT min(latency_ms) FROM check_results AS row WHERE row.monitor_id = key.monitor_id
             AND scheduled_at >= key.hour AND scheduled_at < key.hour + interval '1 hour' AND state <> 2),
         (SELECT max(latency_ms) FROM check_results AS row WHERE row.monitor_id = key.monitor_id
             AND scheduled_at >= key.hour AND scheduled_at < key.hour + interval '1 hour' AND state <> 2)
     FROM unnest($1::bigint[], $2::timestamptz[]) AS key (monitor_id, hour)";

/// Also a mark that is there already is locked: the job that makes days must not take it before it can see
/// what has changed.
const DUE: &str = "INSERT INTO rollup_days_due (day, monitor_id)
     SELECT * FROM unnest($1::date[], $2::bigint[])
     ON CONFLICT (day, monitor_id) DO UPDATE SET day = excluded.day";

/// A monitor and an hour, by its first millisecond.
type Hour = (i64, i64);

/// Adds what was written to the rollups, with what has changed of the `joint` time of monitors that several regions check.
pub(super) async fn add(
    tx: &Transaction<'_>,
    written: &Written,
    joint: &Hours,
    parts: &[Part<'_>],
    today: NaiveDate,
) -> Result<(), StoreError> {
    let mut touched: BTreeSet<Hour> = BTreeSet::new();
    for (monitor, sample) in written.added.iter().chain(&written.removed) {
        touched.insert((monitor.0, hour_of(sample.slot)));
        touched.extend(sample.stands().map(|(hour, _)| (monitor.0, hour)));
    }
    for (monitor, old, _) in &written.cut {
        touched.extend(old.stands().map(|(hour, _)| (monitor.0, hour)));
    }
    touched.extend(joint.keys());
    for part in parts {
        touched.extend(counted(part).map(|(hour, _)| (part.range.monitor_id.0, hour)));
    }
    if touched.is_empty() {
        return Ok(());
    }
    let mut hours = read(tx, &touched).await?;
    let mut at = |monitor: MonitorId, hour: i64, change: &dyn Fn(&mut Rollup)| {
        change(hours.entry((monitor.0, hour)).or_default());
    };
    for (monitor, sample) in &written.added {
        at(*monitor, hour_of(sample.slot), &|rollup| rollup.count(sample));
        for (hour, ms) in sample.stands() {
            at(*monitor, hour, &|rollup| rollup.stand(sample.state, ms));
        }
    }
    for (monitor, sample) in &written.removed {
        at(*monitor, hour_of(sample.slot), &|rollup| rollup.uncount(sample));
        for (hour, ms) in sample.stands() {
            at(*monitor, hour, &|rollup| rollup.stand(sample.state, -ms));
        }
    }
    for (monitor, old, new) in &written.cut {
        for (hour, ms) in old.stands() {
            at(*monitor, hour, &|rollup| rollup.stand(old.state, -ms));
        }
        for (hour, ms) in new.stands() {
            at(*monitor, hour, &|rollup| rollup.stand(new.state, ms));
        }
    }
    for (&(monitor, hour), change) in joint {
        at(MonitorId(monitor), hour, &|rollup| rollup.add_time(change));
    }
    for part in parts {
        for (hour, slots) in counted(part) {
            at(part.range.monitor_id, hour, &|rollup| rollup.skipped += slots);
        }
    }
    let shrunk = written
        .removed
        .iter()
        .map(|(monitor, sample)| (monitor.0, hour_of(sample.slot)));
    look_up_extremes(tx, &mut hours, &shrunk.collect()).await?;
    write(tx, &hours).await?;
    mark_days(tx, hours.keys(), today).await
}

pub(super) fn counted(part: &Part<'_>) -> impl Iterator<Item = Hour> + use<> {
    slots_by_hour(part.from, part.until, i64::from(skipped::interval_ms(part.range))).into_iter()
}

pub(super) fn instant(millis: i64) -> DateTime<Utc> {
    Timestamp::from_millis(millis).into()
}

fn columns<'a>(hours: impl Iterator<Item = &'a Hour>) -> (Vec<i64>, Vec<DateTime<Utc>>) {
    hours.map(|&(monitor, hour)| (monitor, instant(hour))).unzip()
}

fn key(row: &Row) -> Result<Hour, StoreError> {
    Ok((row.field(0)?, row.instant(1)?.as_millis()))
}

async fn read(tx: &Transaction<'_>, touched: &BTreeSet<Hour>) -> Result<Hours, StoreError> {
    let (monitors, instants) = columns(touched.iter());
    let read = tx.prepare_cached(READ).await?;
    let rows = tx.query(&read, &[&monitors, &instants]).await?;
    rows.iter().map(|row| Ok((key(row)?, of_row(row, 2)?))).collect()
}

/// The sums of a row, whose column `up` is the `first`.
pub(super) fn of_row(row: &Row, first: usize) -> Result<Rollup, StoreError> {
    let count = |column: usize| row.field::<i32>(first + column).map(i64::from);
    Ok(Rollup {
        up: count(0)?,
        degraded: count(1)?,
        down: count(2)?,
        skipped: row.field(first + 3)?,
        up_ms: row.field(first + 4)?,
        degraded_ms: row.field(first + 5)?,
        down_ms: row.field(first + 6)?,
        latency_sum_ms: row.field(first + 7)?,
        latency_min_ms: row.latency(first + 8)?,
        latency_max_ms: row.latency(first + 9)?,
        latency: Histogram::from_parts(
            row.field::<Vec<i16>>(first + 10)?.as_slice(),
            row.field::<Vec<i32>>(first + 11)?.as_slice(),
        ),
    })
}

async fn look_up_extremes(
    tx: &Transaction<'_>,
    hours: &mut Hours,
    shrunk: &BTreeSet<Hour>,
) -> Result<(), StoreError> {
    if shrunk.is_empty() {
        return Ok(());
    }
    let (monitors, instants) = columns(shrunk.iter());
    let extremes = tx.prepare_cached(EXTREMES).await?;
    for row in tx.query(&extremes, &[&monitors, &instants]).await? {
        if let Some(rollup) = hours.get_mut(&key(&row)?) {
            rollup.latency_min_ms = row.latency(2)?;
            rollup.latency_max_ms = row.latency(3)?;
        }
    }
    Ok(())
}

pub(super) async fn write(tx: &Transaction<'_>, hours: &Hours) -> Result<(), StoreError> {
    let (monitors, instants) = columns(hours.keys());
    let sums = Sums::of(&hours.values().collect::<Vec<_>>());
    let write = tx.prepare_cached(WRITE).await?;
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&monitors, &instants];
    params.extend(sums.params());
    tx.execute(&write, &params).await?;
    Ok(())
}

/// Rollups by column, as the statements take them.
pub(super) struct Sums {
    counts: [Vec<i32>; 3],
    skipped: Vec<i64>,
    times: [Vec<i64>; 3],
    latency_count: Vec<i32>,
    latency_sum: Vec<i64>,
    extremes: [Vec<Option<i32>>; 2],
    buckets: Vec<String>,
    bucket_counts: Vec<String>,
}

impl Sums {
    pub(super) fn of(rollups: &[&Rollup]) -> Self {
        let small = |of: fn(&Rollup) -> i64| -> Vec<i32> {
            let values = rollups.iter().map(|rollup| of(rollup));
            values
                .map(|value| i32::try_from(value).unwrap_or(i32::MAX))
                .collect()
        };
        let big = |of: fn(&Rollup) -> i64| -> Vec<i64> { rollups.iter().map(|rollup| of(rollup)).collect() };
        let extreme = |of: fn(&Rollup) -> Option<u32>| -> Vec<Option<i32>> {
            let values = rollups.iter().map(|rollup| of(rollup));
            values
                .map(|value| value.map(|ms| i32::try_from(ms).unwrap_or(i32::MAX)))
                .collect()
        };
        let parts = rollups.iter().map(|rollup| {
            let (buckets, counts) = rollup.latency.to_parts();
            (array(&buckets), array(&counts))
        });
        let (buckets, bucket_counts) = parts.unzip();
        Self {
            counts: [small(|r| r.up), small(|r| r.degraded), small(|r| r.down)],
            skipped: big(|r| r.skipped),
            times: [big(|r| r.up_ms), big(|r| r.degraded_ms), big(|r| r.down_ms)],
            latency_count: small(|r| i64::try_from(r.latency.count()).unwrap_or(i64::MAX)),
            latency_sum: big(|r| r.latency_sum_ms),
            extremes: [extreme(|r| r.latency_min_ms), extreme(|r| r.latency_max_ms)],
            buckets,
            bucket_counts,
        }
    }

    /// In the order of the columns from `up` on.
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 13] {
        let ([up, degraded, down], [up_ms, degraded_ms, down_ms]) = (&self.counts, &self.times);
        let [min, max] = &self.extremes;
        [
            up,
            degraded,
            down,
            &self.skipped,
            up_ms,
            degraded_ms,
            down_ms,
            &self.latency_count,
            &self.latency_sum,
            min,
            max,
            &self.buckets,
            &self.bucket_counts,
        ]
    }
}

/// An array as PostgreSQL writes it; arrays of different lengths cannot be passed as one.
fn array(values: &[impl std::fmt::Display]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 + values.len() * 4);
    text.push('{');
    for (at, value) in values.iter().enumerate() {
        let _ = write!(text, "{}{value}", if at == 0 { "" } else { "," });
    }
    text.push('}');
    text
}

/// Days that are over were rolled up already, and are to be made again.
async fn mark_days<'a>(
    tx: &Transaction<'_>,
    hours: impl Iterator<Item = &'a Hour>,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let days: BTreeSet<(NaiveDate, i64)> = hours
        .map(|&(monitor, hour)| (day_of(Timestamp::from_millis(hour)), monitor))
        .filter(|&(day, _)| day < today)
        .collect();
    if days.is_empty() {
        return Ok(());
    }
    let (days, monitors): (Vec<NaiveDate>, Vec<i64>) = days.into_iter().unzip();
    let due = tx.prepare_cached(DUE).await?;
    tx.execute(&due, &[&days, &monitors]).await?;
    Ok(())
}
