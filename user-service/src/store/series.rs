//! The buckets' numbers from the tables.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};
use deadpool_postgres::GenericClient;
use domain::histogram::Histogram;
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::point_state::point_state;
use super::{heartbeat_spans, joint, skipped_slots};
use crate::rules::measured::Measured;
use crate::rules::series_bucket::{Bucket, Sample, of_samples, stand};
use crate::rules::series_grid::{Grid, Source};
use crate::rules::skipped_slots::SkippedSlots;

/// The numbers of a rollup, per hour or per day alike.
pub(super) const NUMBERS: &str = "up, degraded, down, skipped, up_ms, degraded_ms, down_ms, latency_min_ms, \
                       latency_max_ms, latency_buckets, latency_counts";

/// The few results before the range may reach into it; no interval is longer than a day.
pub(crate) const RESULTS: &str = "
    (SELECT scheduled_at, interval_ms, delay_ms, latency_ms, state, by_quorum FROM check_results
     WHERE monitor_id = $1 AND scheduled_at < $2 AND scheduled_at > $2 - interval '1 day'
     ORDER BY scheduled_at DESC LIMIT 4)
    UNION ALL
    (SELECT scheduled_at, interval_ms, delay_ms, latency_ms, state, by_quorum FROM check_results
     WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3)";

const DAY_MS: i64 = 86_400_000;

/// Reads the buckets of a monitor that was [found](super::monitors::find).
pub(crate) async fn buckets(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    grid: &Grid,
) -> Result<Vec<Bucket>, StoreError> {
    let id = monitor.id;
    let mut buckets = match grid.source {
        Source::Raw => raw(client, id, grid).await?,
        Source::Hourly => {
            let mut buckets = vec![Bucket::default(); grid.count];
            hours(client, id, grid.start, grid.until, |at, hour| {
                add(&mut buckets, grid, at, hour);
            })
            .await?;
            buckets
        }
        Source::Daily => daily(client, id, monitor.created_at, grid).await?,
    };
    let until = grid.until.min(shared::now());
    let wanted = HashMap::from([(id, grid.start..until)]);
    if let Some(spans) = heartbeat_spans::spans(client, &wanted).await?.get(&id) {
        for (index, bucket) in buckets.iter_mut().enumerate() {
            let range = grid.at(index)..grid.end(index).min(until);
            bucket.time.add_spans(1, spans, &range);
        }
    }
    Ok(buckets)
}

pub(super) fn add(buckets: &mut [Bucket], grid: &Grid, at: Timestamp, part: &Bucket) {
    if let Some(index) = grid.index_of(at) {
        buckets[index].merge(part);
    }
}

async fn raw(client: &impl GenericClient, id: MonitorId, grid: &Grid) -> Result<Vec<Bucket>, StoreError> {
    let (start, until) = (grid.start.to_datetime(), grid.until.to_datetime());
    let statement = client.prepare_cached(RESULTS).await?;
    let rows = client.query(&statement, &[&id.0, &start, &until]).await?;
    let mut samples = Vec::with_capacity(rows.len());
    for row in &rows {
        let is_alone = !row.try_get::<_, bool>(5)?;
        samples.push(Sample {
            is_alone,
            ..sample(row)?
        });
    }
    let mut buckets = of_samples(grid, &samples);
    if samples.iter().any(|sample| !sample.is_alone) {
        let range = grid.start..grid.until;
        for (span, state) in joint::spans(client, &[(id, &range)]).await?.iter().flatten() {
            stand(&mut buckets, grid, span, *state);
        }
    }
    for range in skipped(client, id, grid).await? {
        skip(&mut buckets, grid, &range);
    }
    Ok(buckets)
}

/// The ranges of slots that were not checked and that reach into the grid.
pub(super) async fn skipped(
    client: &impl GenericClient,
    id: MonitorId,
    grid: &Grid,
) -> Result<Vec<SkippedSlots>, StoreError> {
    let (start, until) = (grid.start.to_datetime(), grid.until.to_datetime());
    let sql = format!(
        "SELECT {} FROM skipped_slots WHERE monitor_id = $1 AND last_slot >= $2 AND first_slot < $3",
        skipped_slots::COLUMNS
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&id.0, &start, &until]).await?;
    rows.iter().map(|row| Ok(skipped_slots::read(row)?)).collect()
}

/// Counts the slots of a range that were not checked.
pub(super) fn skip(buckets: &mut [Bucket], grid: &Grid, range: &SkippedSlots) {
    for slot in range.slots_until(grid.until.plus_millis(-1)) {
        match grid.index_of(slot) {
            Some(index) => buckets[index].skipped += 1,
            // They come newest first.
            None => break,
        }
    }
}

/// A result that stands for its time by itself.
pub(super) fn sample(row: &Row) -> Result<Sample, tokio_postgres::Error> {
    Ok(Sample {
        slot: row.try_get::<_, DateTime<Utc>>(0)?.into(),
        interval_ms: row.try_get::<_, i32>(1)?.into(),
        delay_ms: row.try_get::<_, i32>(2)?.into(),
        latency_ms: row.try_get(3)?,
        state: point_state(row.try_get(4)?),
        is_alone: true,
    })
}

pub(crate) fn hours_sql() -> String {
    format!("SELECT {NUMBERS}, hour FROM rollups_hourly WHERE monitor_id = $1 AND hour >= $2 AND hour < $3")
}

pub(crate) fn days_sql() -> String {
    format!("SELECT {NUMBERS}, day FROM rollups_daily WHERE monitor_id = $1 AND day >= $2 AND day <= $3")
}

async fn hours(
    client: &impl GenericClient,
    id: MonitorId,
    start: Timestamp,
    until: Timestamp,
    mut each: impl FnMut(Timestamp, &Bucket),
) -> Result<(), StoreError> {
    let statement = client.prepare_cached(&hours_sql()).await?;
    let range: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&id.0, &start.to_datetime(), &until.to_datetime()];
    for row in client.query(&statement, &range).await? {
        each(row.try_get::<_, DateTime<Utc>>("hour")?.into(), &numbers(&row)?);
    }
    Ok(())
}

/// The hours of several monitors, each with when it begins.
pub(crate) async fn hours_of(
    client: &impl GenericClient,
    monitors: &[MonitorId],
    start: Timestamp,
    until: Timestamp,
) -> Result<HashMap<MonitorId, Vec<(Timestamp, Bucket)>>, StoreError> {
    let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
    let sql = format!(
        "SELECT {NUMBERS}, hour, monitor_id FROM unnest($1::bigint[]) AS w (id)
         CROSS JOIN LATERAL (SELECT * FROM rollups_hourly WHERE monitor_id = w.id AND hour >= $2 AND hour < $3) r"
    );
    let statement = client.prepare_cached(&sql).await?;
    let mut hours: HashMap<MonitorId, Vec<_>> = HashMap::new();
    for row in client
        .query(&statement, &[&ids, &start.to_datetime(), &until.to_datetime()])
        .await?
    {
        let at: Timestamp = row.try_get::<_, DateTime<Utc>>("hour")?.into();
        let of = hours.entry(MonitorId(row.try_get("monitor_id")?)).or_default();
        of.push((at, numbers(&row)?));
    }
    Ok(hours)
}

/// From the days, and from the hours for days that are not made yet: today, and yesterday for a while.
async fn daily(
    client: &impl GenericClient,
    id: MonitorId,
    created_at: Timestamp,
    grid: &Grid,
) -> Result<Vec<Bucket>, StoreError> {
    let mut buckets = vec![Bucket::default(); grid.count];
    let first = grid.start.max(created_at).to_datetime().date_naive();
    let last = grid.until.plus_millis(-1).to_datetime().date_naive();
    let statement = client.prepare_cached(&days_sql()).await?;
    let mut missing: BTreeSet<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    for row in client.query(&statement, &[&id.0, &first, &last]).await? {
        let day: NaiveDate = row.try_get("day")?;
        missing.remove(&day);
        add(&mut buckets, grid, midnight(day), &numbers(&row)?);
    }
    // Results reach as far back as hours do; days before that were never measured.
    if let (Some(&from), Some(&to)) = (missing.first(), missing.last()) {
        let until = midnight(to.checked_add_days(Days::new(1)).unwrap_or(to)).min(grid.until);
        hours(client, id, midnight(from), until, |at, hour| {
            let day = Timestamp::from_millis(at.as_millis().div_euclid(DAY_MS) * DAY_MS);
            if missing.contains(&at.to_datetime().date_naive()) {
                add(&mut buckets, grid, day, hour);
            }
        })
        .await?;
    }
    Ok(buckets)
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_time(chrono::NaiveTime::MIN).and_utc().into()
}

pub(super) fn numbers(row: &Row) -> Result<Bucket, tokio_postgres::Error> {
    let count = |column| row.try_get::<_, i32>(column).map(i64::from);
    Ok(Bucket {
        up: count(0)?,
        degraded: count(1)?,
        down: count(2)?,
        skipped: row.try_get(3)?,
        time: Measured {
            up_ms: row.try_get(4)?,
            degraded_ms: row.try_get(5)?,
            down_ms: row.try_get(6)?,
        },
        min_ms: row.try_get(7)?,
        max_ms: row.try_get(8)?,
        latency: Histogram::from_parts(
            row.try_get::<_, Vec<i16>>(9)?.as_slice(),
            row.try_get::<_, Vec<i32>>(10)?.as_slice(),
        ),
    })
}
