//! `/monitors/{id}/series`: latency and availability over a range, in buckets.

use std::ops::Range;

use actix_web::web::Data;
use api::{GetSeries, RegionSeries, Series, SeriesQuery};
use domain::Timestamp;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use crate::app::App;
use crate::rules::region;
use crate::rules::series_bucket::{self, Bucket};
use crate::rules::series_grid::Grid;
use crate::rules::time_range::range;
use crate::rules::uptime_window::DAY_MS;
use crate::store::Scope;
use crate::store::measure::kept;
use crate::store::{monitors, region_series, series};

const DEFAULT_POINTS: usize = 120;
const MAX_POINTS: usize = 300;

/// The longest range that is drawn region by region, in milliseconds: 16 regions have as many rows in it as one has in
/// five years.
const MAX_BY_REGION_MS: i64 = 120 * DAY_MS;

pub(crate) async fn get(app: Data<App>, call: Call<GetSeries>) -> Result<Reply<GetSeries>, Problem> {
    let (id, query) = (call.path.id, call.query);
    let (range, points) = asked(&query, shared::now())?;
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, Scope::from(&call.caller), id).await?;
    let grid = Grid::new(range.start, range.end, points, kept(&client, monitor.id).await?);
    let buckets = match &query.region {
        Some(region) => region_series::of_one(&client, &monitor, &grid, region).await?,
        None => series::buckets(&client, &monitor, &grid).await?,
    };
    let views = |buckets: &[Bucket]| series_bucket::views(&grid, buckets, monitor.created_at);
    let regions = match query.by_region {
        true => {
            let found = region_series::of_each(&client, &monitor, &grid).await?;
            let regions = found.into_iter().map(|(region, buckets)| RegionSeries {
                region,
                points: views(&buckets),
            });
            Some(regions.collect())
        }
        false => None,
    };
    Ok(Reply::new(Series {
        from: grid.start,
        to: grid.until,
        bucket_seconds: grid.length_ms / 1_000,
        buckets: views(&buckets),
        regions,
    }))
}

/// The range and how many buckets it may have. The future is not drawn.
fn asked(query: &SeriesQuery, now: Timestamp) -> Result<(Range<Timestamp>, usize), Problem> {
    let (from, until, wrong) = range(query.from, query.to, now);
    let points = query.points.unwrap_or(DEFAULT_POINTS);
    let mut errors = Vec::from_iter(wrong);
    if !(2..=MAX_POINTS).contains(&points) {
        errors.push(FieldError::new("points", format!("must be 2 to {MAX_POINTS}")));
    }
    errors.extend(region::wrong(query.region.as_deref()));
    if query.by_region && query.region.is_some() {
        let wrong = "must be left out where `region` is given";
        errors.push(FieldError::new("by_region", wrong));
    } else if query.by_region && until.millis_since(from) > MAX_BY_REGION_MS {
        let wrong = "must be left out for more than 120 days";
        errors.push(FieldError::new("by_region", wrong));
    }
    match errors.is_empty() {
        true => Ok((from..until, points)),
        false => Err(Problem::invalid(errors)),
    }
}
