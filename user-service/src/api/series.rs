//! `/monitors/{id}/series`: latency and availability over a range, in buckets.

use std::ops::Range;

use actix_web::web::Data;
use api::{GetSeries, Series, SeriesQuery};
use domain::Timestamp;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use crate::app::App;
use crate::rules::series_bucket;
use crate::rules::series_grid::Grid;
use crate::rules::time_range::range;
use crate::store::Scope;
use crate::store::measure::kept;
use crate::store::{monitors, series};

const DEFAULT_POINTS: usize = 120;
const MAX_POINTS: usize = 300;

pub(crate) async fn get(app: Data<App>, call: Call<GetSeries>) -> Result<Reply<GetSeries>, Problem> {
    let id = call.path.id;
    let (range, points) = asked(&call.query, shared::now())?;
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, Scope::from(&call.caller), id).await?;
    let grid = Grid::new(range.start, range.end, points, kept(&client, monitor.id).await?);
    let buckets = series::buckets(&client, &monitor, &grid).await?;
    Ok(Reply::new(Series {
        from: grid.start,
        to: grid.until,
        bucket_seconds: grid.length_ms / 1_000,
        buckets: series_bucket::views(&grid, &buckets, monitor.created_at),
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
    match errors.is_empty() {
        true => Ok((from..until, points)),
        false => Err(Problem::invalid(errors)),
    }
}
