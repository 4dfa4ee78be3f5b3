//! Hours into days. Made from the hours each time, so that it may be done again.

use chrono::{Days, NaiveDate};
use deadpool_postgres::{ClientWrapper, Transaction};

use super::error::StoreError;
use super::fields::{Fields as _, each};

/// Monitors in one transaction.
const MONITORS: usize = 2_000;

/// Rolls the hours of a day up, for some monitors.
pub(super) const ROLL_UP: &str = "WITH hours AS (
         SELECT * FROM rollups_hourly
         WHERE monitor_id = ANY($2) AND hour >= $1::date::timestamp AT TIME ZONE 'UTC'
             AND hour < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'
     ), buckets AS (
         SELECT monitor_id, part.bucket, sum(part.count)::int AS count
         FROM hours, unnest(latency_buckets, latency_counts) AS part (bucket, count)
         GROUP BY monitor_id, part.bucket
     ), histograms AS (
         SELECT monitor_id, array_agg(bucket ORDER BY bucket) AS buckets, array_agg(count ORDER BY bucket) AS counts
         FROM buckets GROUP BY monitor_id
     ), sums AS (
         SELECT monitor_id, sum(up)::int AS up, sum(degraded)::int AS degraded, sum(down)::int AS down,
             sum(skipped)::bigint AS skipped, sum(up_ms)::bigint AS up_ms, sum(degraded_ms)::bigint AS degraded_ms,
             sum(down_ms)::bigint AS down_ms, sum(latency_count)::int AS latency_count,
             sum(latency_sum_ms)::bigint AS latency_sum_ms, min(latency_min_ms) AS latency_min_ms,
             max(latency_max_ms) AS latency_max_ms
         FROM hours GROUP BY monitor_id
     )
     INSERT INTO rollups_daily (monitor_id, day, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
         latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
     SELECT monitor_id, $1, up, degraded, down, skipped, up_ms, degraded_ms, down_ms,
         latency_count, latency_sum_ms, latency_min_ms, latency_max_ms, coalesce(buckets, '{}'), coalesce(counts, '{}')
     FROM sums LEFT JOIN histograms USING (monitor_id)
     ON CONFLICT (monitor_id, day) DO UPDATE SET
         up = excluded.up, degraded = excluded.degraded, down = excluded.down, skipped = excluded.skipped,
         up_ms = excluded.up_ms, degraded_ms = excluded.degraded_ms, down_ms = excluded.down_ms,
         latency_count = excluded.latency_count, latency_sum_ms = excluded.latency_sum_ms,
         latency_min_ms = excluded.latency_min_ms, latency_max_ms = excluded.latency_max_ms,
         latency_buckets = excluded.latency_buckets, latency_counts = excluded.latency_counts";

/// Where the first run begins, and each later one after it.
const DONE_UNTIL: &str = "SELECT coalesce(
         (SELECT (done_until AT TIME ZONE 'UTC')::date FROM processor_jobs WHERE name = 'days'),
         (SELECT (min(hour) AT TIME ZONE 'UTC')::date FROM rollups_hourly))";

const REMEMBER: &str = "INSERT INTO processor_jobs (name, done_until)
     VALUES ('days', $1::date::timestamp AT TIME ZONE 'UTC')
     ON CONFLICT (name) DO UPDATE SET done_until = excluded.done_until, finished_at = now()";

/// In the order in which batches take them, so that nobody waits in a circle.
const TAKE_DUE: &str = "WITH due AS (
         SELECT day, monitor_id FROM rollup_days_due WHERE day < $1 ORDER BY day, monitor_id LIMIT $2 FOR UPDATE
     )
     DELETE FROM rollup_days_due USING due
     WHERE rollup_days_due.day = due.day AND rollup_days_due.monitor_id = due.monitor_id
     RETURNING due.day, due.monitor_id";

/// Rolls up every day before `today` that was not yet, and then those that have changed.
pub(super) async fn roll_up(client: &mut ClientWrapper, today: NaiveDate) -> Result<(), StoreError> {
    let done: Option<NaiveDate> = client.query_one(DONE_UNTIL, &[]).await?.field(0)?;
    let mut day = done.unwrap_or(today);
    while day < today {
        let rows = client
            .query(
                "SELECT DISTINCT monitor_id FROM rollups_hourly
                 WHERE hour >= $1::date::timestamp AT TIME ZONE 'UTC'
                     AND hour < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'",
                &[&day],
            )
            .await?;
        let monitors: Vec<i64> = each(&rows, "rollup", |row| row.field(0)).collect();
        for part in monitors.chunks(MONITORS) {
            client.execute(ROLL_UP, &[&day, &part]).await?;
        }
        day = day + Days::new(1);
        client.execute(REMEMBER, &[&day]).await?;
    }
    loop {
        let tx = client.transaction().await?;
        let taken = take_due(&tx, today).await?;
        tx.commit().await?;
        if taken == 0 {
            return Ok(());
        }
    }
}

async fn take_due(tx: &Transaction<'_>, today: NaiveDate) -> Result<usize, StoreError> {
    let rows = tx.query(TAKE_DUE, &[&today, &(MONITORS as i64)]).await?;
    let due = rows.iter().map(|row| Ok((row.field(0)?, row.field(1)?)));
    let mut due: Vec<(NaiveDate, i64)> = due.collect::<Result<_, StoreError>>()?;
    due.sort_unstable();
    for same_day in due.chunk_by(|a, b| a.0 == b.0) {
        let monitors: Vec<i64> = same_day.iter().map(|&(_, monitor)| monitor).collect();
        tx.execute(ROLL_UP, &[&same_day[0].0, &monitors]).await?;
    }
    Ok(due.len())
}
