//! The buckets' numbers as single regions found them, of a monitor that several regions check. Rows are read one by one:
//! there are as many as all the regions have.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{MonitorId, Quorum, Timestamp};
use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::region_hours::{self, KeptBy};
use super::series::{self, NUMBERS, numbers, sample};
use crate::rules::series_bucket::{Bucket, Sample, of_samples};
use crate::rules::series_grid::{Grid, Source};

/// Results of the day before a range that may reach into it: of each of the regions that one monitor may have a few.
const BEFORE: usize = 4 * Quorum::MAX_REGIONS;

/// What is drawn, by the name of the region.
type Regions<T> = BTreeMap<String, T>;

/// The results of each region in a range, or of one, the fifth parameter; the fourth says whether those are left out that a
/// region found alone.
pub(crate) fn results_sql(is_of_one: bool) -> String {
    let of_one = if is_of_one { "AND region = $5" } else { "" };
    format!(
        "(SELECT scheduled_at, interval_ms, delay_ms, latency_ms, state, region FROM check_results
          WHERE monitor_id = $1 AND scheduled_at < $2 AND scheduled_at > $2 - interval '1 day'
            AND (by_quorum OR NOT $4) {of_one}
          ORDER BY scheduled_at DESC LIMIT {BEFORE})
         UNION ALL
         (SELECT scheduled_at, interval_ms, delay_ms, latency_ms, state, region FROM check_results
          WHERE monitor_id = $1 AND scheduled_at >= $2 AND scheduled_at < $3
            AND (by_quorum OR NOT $4) {of_one})"
    )
}

/// The hours of each region in a range, or of one, the fourth parameter.
pub(crate) fn hours_sql(is_of_one: bool) -> String {
    let of_one = if is_of_one { "AND region = $4" } else { "" };
    let table = region_hours::TABLE;
    format!(
        "SELECT {NUMBERS}, hour, region FROM {table} WHERE monitor_id = $1 AND hour >= $2 AND hour < $3 {of_one}"
    )
}

/// The buckets of a monitor that was [found](super::monitors::find) as one region found them.
pub(crate) async fn of_one(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    grid: &Grid,
    region: &str,
) -> Result<Vec<Bucket>, StoreError> {
    let mut found = match grid.source {
        Source::Raw => raw(client, monitor.id, grid, Some(region)).await?,
        Source::Hourly | Source::Daily => match region_hours::kept_by(client, monitor.id).await? {
            KeptBy::Region => hours(client, monitor.id, grid, Some(region)).await?,
            KeptBy::Only(only) if only == region => return series::buckets(client, monitor, grid).await,
            KeptBy::Only(_) | KeptBy::Nobody => Regions::new(),
        },
    };
    let nothing = || vec![Bucket::default(); grid.count];
    Ok(found.remove(region).unwrap_or_else(nothing))
}

/// The buckets of a monitor that was [found](super::monitors::find) as each region found them, by name; of those with the most
/// results, where there are more regions in the range than a monitor may have at a time.
pub(crate) async fn of_each(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    grid: &Grid,
) -> Result<Vec<(String, Vec<Bucket>)>, StoreError> {
    let found = match grid.source {
        Source::Raw => raw(client, monitor.id, grid, None).await?,
        Source::Hourly | Source::Daily => match region_hours::kept_by(client, monitor.id).await? {
            KeptBy::Region => hours(client, monitor.id, grid, None).await?,
            KeptBy::Only(only) => Regions::from([(only, series::buckets(client, monitor, grid).await?)]),
            KeptBy::Nobody => Regions::new(),
        },
    };
    Ok(most(found, Quorum::MAX_REGIONS))
}

/// The regions with the most checks, by name; a producer of its own may name as many as it likes.
fn most(found: Regions<Vec<Bucket>>, most: usize) -> Vec<(String, Vec<Bucket>)> {
    let checks = |buckets: &[Bucket]| -> i64 {
        let of_one = |bucket: &Bucket| bucket.up + bucket.degraded + bucket.down;
        buckets.iter().map(of_one).sum()
    };
    let mut found: Vec<_> = found.into_iter().collect();
    if found.len() > most {
        found.sort_by_key(|(_, buckets)| Reverse(checks(buckets)));
        found.truncate(most);
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    found
}

async fn raw(
    client: &impl GenericClient,
    id: MonitorId,
    grid: &Grid,
    region: Option<&str>,
) -> Result<Regions<Vec<Bucket>>, StoreError> {
    let (start, until) = (grid.start.to_datetime(), grid.until.to_datetime());
    // Drawn from hours, the time in which a region checked alone is a gap.
    let is_by_region = region_hours::kept_by(client, id).await? == KeptBy::Region;
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&id.0, &start, &until, &is_by_region];
    if let Some(region) = &region {
        parameters.push(region);
    }
    let statement = client.prepare_cached(&results_sql(region.is_some())).await?;
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    let mut samples: Regions<Vec<Sample>> = Regions::new();
    while let Some(row) = rows.try_next().await? {
        samples.entry(row.try_get(5)?).or_default().push(sample(&row)?);
    }
    let drawn = |(name, samples): (String, Vec<Sample>)| (name, of_samples(grid, &samples));
    let mut found: Regions<Vec<Bucket>> = samples.into_iter().map(drawn).collect();
    for range in series::skipped(client, id, grid).await? {
        if region.is_none_or(|region| region == range.region) {
            let buckets = found
                .entry(range.region.clone())
                .or_insert_with(|| vec![Bucket::default(); grid.count]);
            series::skip(buckets, grid, &range);
        }
    }
    Ok(found)
}

async fn hours(
    client: &impl GenericClient,
    id: MonitorId,
    grid: &Grid,
    region: Option<&str>,
) -> Result<Regions<Vec<Bucket>>, StoreError> {
    let (start, until) = (grid.start.to_datetime(), grid.until.to_datetime());
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&id.0, &start, &until];
    if let Some(region) = &region {
        parameters.push(region);
    }
    let statement = client.prepare_cached(&hours_sql(region.is_some())).await?;
    let mut rows = std::pin::pin!(client.query_raw(&statement, parameters).await?);
    let mut found: Regions<Vec<Bucket>> = Regions::new();
    while let Some(row) = rows.try_next().await? {
        let at: Timestamp = row.try_get::<_, DateTime<Utc>>("hour")?.into();
        let buckets = found
            .entry(row.try_get("region")?)
            .or_insert_with(|| vec![Bucket::default(); grid.count]);
        series::add(buckets, grid, at, &numbers(&row)?);
    }
    Ok(found)
}
