//! How finely spans of heartbeats are kept, as finely as results: one by one for as long as single results, then by the hour,
//! then by the day, for ever. A bucket that has too many keeps how long each state lasted in it, and which one goes on;
//! in which order they came is forgotten. A job that fails and succeeds every other second has many in the last hours only.

use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::coverage::hour_floor;
use domain::heartbeat::{SpanState, StateSpan, merged};
use domain::{MonitorId, Timestamp};
use shared::postgres::Connection;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::fields::Fields as _;
use super::jobs::{Retention, remember, start_of};
use super::{spans, states};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long after its end an hour is merged that has too many, in milliseconds: what comes to the log late can still say
/// something else of it.
const SETTLED_MS: i64 = 2 * HOUR_MS;

/// Buckets that are looked for at a time.
const AT_ONCE: i64 = 10_000;

/// How finely spans are kept.
#[derive(Clone, Copy, Debug)]
struct Grain {
    bucket_ms: i64,
    /// Spans that a heartbeat may have in a bucket.
    most: i64,
}

/// For as long as single results are kept.
const FINE: Grain = Grain {
    bucket_ms: HOUR_MS,
    most: 60,
};

/// For as long as hours are kept. The name is that of the job, by which it is known what is kept so (user-service).
const HOURLY: (&str, Grain) = (
    "spans_hours",
    Grain {
        bucket_ms: HOUR_MS,
        most: SpanState::ALL.len() as i64,
    },
);

/// For ever.
const DAILY: (&str, Grain) = (
    "spans_days",
    Grain {
        bucket_ms: DAY_MS,
        most: SpanState::ALL.len() as i64,
    },
);

/// Buckets, counted from the epoch, in which a heartbeat has more spans than it may.
pub(super) const FULL: &str =
    "SELECT monitor_id, (extract(epoch FROM began) * 1000)::bigint / $3::bigint AS bucket
     FROM heartbeat_spans WHERE began >= $1 AND began < $2
     GROUP BY 1, 2 HAVING count(*) > $4::bigint ORDER BY 1, 2 LIMIT $5::bigint";

/// The row that stands when a bucket begins, and those within it.
pub(super) const WITHIN: &str = "
     (SELECT began, state FROM heartbeat_spans WHERE monitor_id = $1 AND began < $2 ORDER BY began DESC LIMIT 1)
     UNION ALL
     (SELECT began, state FROM heartbeat_spans WHERE monitor_id = $1 AND began >= $2 AND began < $3)
     ORDER BY began";

/// Merges what is too much of the hours of the last day that are over.
pub(super) async fn merge_recent(client: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let until = settled(now);
    let from = until.plus_millis(-DAY_MS);
    merge(client, from.into()..until.into(), FINE).await
}

/// Merges what is kept less finely from today on, and whatever the log has brought late.
pub(super) async fn merge_old(
    client: &mut Connection,
    today: NaiveDate,
    retention: Retention,
) -> Result<(), StoreError> {
    let log = Days::new(u64::from(retention.log_days) + 1);
    merge(client, start_of(today - log)..settled(shared::now()).into(), FINE).await?;
    for ((job, grain), days) in [(HOURLY, retention.raw_days), (DAILY, retention.hourly_days)] {
        let done = "SELECT (done_until AT TIME ZONE 'UTC')::date FROM processor_jobs WHERE name = $1";
        let done = client.query_opt(done, &[&job]).await?;
        let done: Option<NaiveDate> = done.map(|row| row.field(0)).transpose()?;
        let until = today - Days::new(u64::from(days));
        // What was merged stays so when more is to be kept.
        if done.is_some_and(|done| done >= until) {
            continue;
        }
        let from = done.map_or(DateTime::UNIX_EPOCH, |done| start_of(done - log));
        merge(client, from..start_of(until), grain).await?;
        remember(client, job, until).await?;
    }
    Ok(())
}

/// The end of the last hour of which hardly anything new is said.
fn settled(now: Timestamp) -> Timestamp {
    hour_floor(now.plus_millis(-SETTLED_MS))
}

/// Merges what is too much in the buckets of a range, which holds whole ones.
async fn merge(client: &mut Connection, range: Range<DateTime<Utc>>, grain: Grain) -> Result<(), StoreError> {
    let Grain { bucket_ms, most } = grain;
    loop {
        let limits: [&(dyn ToSql + Sync); 5] = [&range.start, &range.end, &bucket_ms, &most, &AT_ONCE];
        let full = client.query(FULL, &limits).await?;
        for row in &full {
            let (monitor, bucket): (i64, i64) = (row.field(0)?, row.field(1)?);
            let start = Timestamp::from_millis(bucket * bucket_ms);
            merge_bucket(client, MonitorId(monitor), start..start.plus_millis(bucket_ms)).await?;
        }
        // Those that were merged are not full any more.
        if full.len() < AT_ONCE as usize {
            return Ok(());
        }
    }
}

async fn merge_bucket(
    client: &mut Connection,
    monitor: MonitorId,
    bucket: Range<Timestamp>,
) -> Result<(), StoreError> {
    let tx = client.transaction().await?;
    // Whoever folds its records may be about to write some.
    states::hold(&tx, &[monitor.0]).await?;
    let (start, end) = (bucket.start.to_datetime(), bucket.end.to_datetime());
    let rows = tx.query(WITHIN, &[&monitor.0, &start, &end]).await?;
    let known: Vec<StateSpan> = rows
        .iter()
        .map(|row| spans::read(row, 0))
        .collect::<Result<_, _>>()?;
    let (before, within) = known.split_at(known.partition_point(|span| span.began < bucket.start));
    let few = merged(before.last().map(|span| span.state), within, &bucket);
    let mut changes = spans::Changes::default();
    changes.replace(monitor, within, &few);
    changes.write(&tx).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests;
