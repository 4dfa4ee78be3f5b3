//! `/monitors/{id}/baseline`: what is usual of a monitor's response times.

use std::ops::Range;

use actix_web::web::Data;
use api::{Baseline, BaselineQuery, GetBaseline};
use domain::Timestamp;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use crate::app::App;
use crate::rules::baseline;
use crate::rules::time_range::range;
use crate::rules::uptime_window::DAY_MS;
use crate::store::{Scope, baselines, monitors};

/// The longest range, in days.
const MAX_DAYS: i64 = 31;

pub(crate) async fn get(app: Data<App>, call: Call<GetBaseline>) -> Result<Reply<GetBaseline>, Problem> {
    let (id, query, now) = (call.path.id, call.query, shared::now());
    let range = asked(&query, now)?;
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, Scope::from(&call.caller), id).await?;
    // How much is known is said of now. What lies between that and a range of long ago is not read.
    let is_recent = now.millis_since(range.start) <= MAX_DAYS * DAY_MS;
    let first = if is_recent { range.start } else { now };
    let known = baselines::history(&client, &monitor, first..now).await?;
    let earlier = match is_recent {
        true => None,
        false => Some(baselines::history(&client, &monitor, range.clone()).await?),
    };
    let own = monitor.alerts.anomalies.map(|rule| rule.sensitivity);
    let sensitivity = query.sensitivity.or(own).unwrap_or_default();
    let points = baseline::points(earlier.as_ref().unwrap_or(&known), &range, sensitivity);
    Ok(Reply::new(Baseline {
        points,
        ..baseline::known(&known, range, sensitivity, now)
    }))
}

fn asked(query: &BaselineQuery, now: Timestamp) -> Result<Range<Timestamp>, Problem> {
    let (from, until, wrong) = range(query.from, query.to, now);
    let mut errors = Vec::from_iter(wrong);
    if errors.is_empty() && until.millis_since(from) > MAX_DAYS * DAY_MS {
        let wrong = format!("must be at most {MAX_DAYS} days before `to`");
        errors.push(FieldError::new("from", wrong));
    }
    match errors.is_empty() {
        true => Ok(from..until),
        false => Err(Problem::invalid(errors)),
    }
}
