//! The uptime of many monitors over the last 24 hours.

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::{hour_ceil, hour_floor};
use domain::{MonitorId, Timestamp};

use super::error::StoreError;
use super::measure::measure;
use crate::rules::uptime_window::{Plan, Window};

/// The ratio of each monitor, named with when it was made, over the last 24 hours: most were up in each of
/// the hours that the window lies in, so that there is nothing to be added up. The others are measured.
pub(crate) async fn uptime_of_a_day(
    client: &impl GenericClient,
    monitors: &[(MonitorId, Timestamp)],
    now: Timestamp,
) -> Result<Vec<Option<f64>>, StoreError> {
    let windows: Vec<Window> = monitors
        .iter()
        .map(|(_, created_at)| Window::last_day(now, *created_at))
        .collect();
    let column = |of: fn(&Window) -> Timestamp| -> Vec<DateTime<Utc>> {
        windows.iter().map(|window| of(window).to_datetime()).collect()
    };
    let ids: Vec<i64> = monitors.iter().map(|(id, _)| id.0).collect();
    let (first, after) = (column(|w| hour_floor(w.start)), column(|w| hour_ceil(w.until)));
    let (whole, end) = (column(|w| hour_ceil(w.start)), column(|w| hour_floor(w.until)));
    let statement = client.prepare_cached(FLAWLESS).await?;
    let rows = client
        .query(&statement, &[&ids, &first, &after, &whole, &end])
        .await?;
    let flawless: Result<Vec<bool>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let flawless = flawless?;
    let mut ratios = vec![Some(1.0); monitors.len()];
    let others: Vec<usize> = (0..monitors.len())
        .filter(|&n| !flawless.get(n).copied().unwrap_or(false))
        .collect();
    if !others.is_empty() {
        let plan = |&n: &usize| (monitors[n].0, Plan::recent(&windows[n], now));
        let plans: Vec<_> = others.iter().map(plan).collect();
        let measured = measure(client, &plans).await?;
        for (n, measured) in others.into_iter().zip(measured) {
            ratios[n] = measured.ratio();
        }
    }
    Ok(ratios)
}

/// Whether a monitor was never down in the hours that its window lies in, and was up in one that lies in the
/// window whole. Of heartbeats there are no hours.
pub(crate) const FLAWLESS: &str = "
    SELECT NOT EXISTS (SELECT FROM rollups_hourly
                       WHERE monitor_id = w.monitor_id AND hour >= w.first AND hour < w.after AND down_ms > 0)
           AND EXISTS (SELECT FROM rollups_hourly
                       WHERE monitor_id = w.monitor_id AND hour >= w.start AND hour < w.until
                         AND up_ms + degraded_ms > 0)
           AND NOT EXISTS (SELECT FROM heartbeat_spans WHERE monitor_id = w.monitor_id)
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
        WITH ORDINALITY AS w (monitor_id, first, after, start, until, n)
    ORDER BY n";
