//! `/monitors/{id}/uptime`. What uptime is, is told in docs/UPTIME.md.

use std::ops::Range;

use actix_web::web::Data;
use api::{GetUptime, RangeUptime, Uptime, UptimeAnswer, UptimeWindows};
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::maintenance::maintenance_within;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;

use crate::app::App;
use crate::rules::measured::Measured;
use crate::rules::region;
use crate::rules::time_range::range;
use crate::rules::uptime_window::{Kept, Plan, Window, counts};
use crate::store::Scope;
use crate::store::measure::{kept, measure};
use crate::store::monitor_row::MonitorRow;
use crate::store::outages::outages;
use crate::store::{maintenance_windows, monitors, region_hours};

/// The days of the usual windows.
const WINDOW_DAYS: [i64; 5] = [1, 7, 30, 90, 365];

fn uptime_of(length_ms: i64, measured: &Measured, incidents: usize) -> Uptime {
    Uptime {
        ratio: measured.ratio(),
        downtime_seconds: (measured.down_ms + 500) / 1_000,
        incidents,
        coverage: measured.coverage(length_ms),
    }
}

pub(crate) async fn get(app: Data<App>, call: Call<GetUptime>) -> Result<Reply<GetUptime>, Problem> {
    let (scope, id, query) = (Scope::from(&call.caller), call.path.id, call.query);
    let now = shared::now();
    let mut errors = Vec::from_iter(region::wrong(query.region.as_deref()));
    let asked = match (query.from, query.to) {
        (None, None) => None,
        (from, to) => {
            let (from, to, wrong) = range(from, to, now);
            errors.extend(wrong);
            Some((from, to))
        }
    };
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, scope, id).await?;
    let mut reader = Reader {
        kept: kept(&client, monitor.id).await?,
        left_out: Vec::new(),
        region: query.region,
        monitor,
        now,
    };
    let answered = asked
        .map(|(from, to)| rounded(from, to, &reader.kept))
        .transpose()?;
    let spans = match answered {
        Some((from, to)) => vec![Window::clipped(from, to, reader.monitor.created_at)],
        None => WINDOW_DAYS
            .map(|days| window(days, now, reader.monitor.created_at))
            .to_vec(),
    };
    if query.exclude_maintenance {
        let windows = maintenance_windows::all(&client, scope).await?;
        reader.left_out = maintenance_within(id, &windows, around(&spans));
    }
    let mut uptimes = reader.uptimes(&client, &spans).await?.into_iter();
    let mut next = || {
        let uptime = uptimes.next();
        uptime.ok_or_else(|| Problem::internal("a window was not measured"))
    };
    Ok(Reply::new(match answered {
        Some((from, to)) => UptimeAnswer::Range(RangeUptime {
            from,
            to,
            uptime: next()?,
        }),
        // In the order of `WINDOW_DAYS`.
        None => UptimeAnswer::Windows(UptimeWindows {
            day: next()?,
            week: next()?,
            month: next()?,
            quarter: next()?,
            year: next()?,
        }),
    }))
}

/// The range as it can be measured.
fn rounded(from: Timestamp, to: Timestamp, kept: &Kept) -> Result<(Timestamp, Timestamp), Problem> {
    let (start, until) = (kept.floor(from), kept.floor(to));
    if start < until {
        return Ok((start, until));
    }
    let unit = match to < kept.hours_from {
        true => "day (UTC)",
        false => "hour",
    };
    let wrong = format!("must lie in a later {unit} than `from`, because so far back no more is known");
    Err(Problem::invalid(vec![FieldError::new("to", wrong)]))
}

fn window(days: i64, now: Timestamp, created_at: Timestamp) -> Window {
    match days {
        1 => Window::last_day(now, created_at),
        days => Window::last_days(days, now, created_at),
    }
}

/// The span that all the windows lie in.
fn around(windows: &[Window]) -> Range<Timestamp> {
    let start = windows.iter().map(|window| window.start).min();
    let until = windows.iter().map(|window| window.until).max();
    start.unwrap_or_default()..until.unwrap_or_default()
}

/// What the uptime of a monitor is read with.
struct Reader {
    monitor: MonitorRow,
    kept: Kept,
    /// In their order, without overlap.
    left_out: Vec<Range<Timestamp>>,
    /// Whose results alone are looked at.
    region: Option<String>,
    now: Timestamp,
}

impl Reader {
    async fn uptimes(&self, client: &impl GenericClient, windows: &[Window]) -> Result<Vec<Uptime>, Problem> {
        let id = self.monitor.id;
        let plan = |window| (id, Plan::new(window, &self.left_out, &self.kept, self.now));
        let plans: Vec<_> = windows.iter().map(plan).collect();
        let region = self.region.as_deref();
        let measured = match region {
            Some(region) => region_hours::measure(client, id, region, &plans).await?,
            None => Some(measure(client, &plans).await?),
        };
        let (measured, outages) = match measured {
            Some(measured) => {
                let outages = outages(client, &self.monitor, region, around(windows)).await?;
                (measured, outages)
            }
            // They are those of another region.
            None => (vec![Measured::default(); plans.len()], Vec::new()),
        };
        let uptimes = windows.iter().zip(&plans).zip(&measured);
        Ok(uptimes
            .map(|((window, (_, plan)), measured)| {
                let incidents = outages
                    .iter()
                    .filter(|outage| counts(outage, window, &self.left_out));
                uptime_of(plan.length_ms, measured, incidents.count())
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_neither_up_nor_down() {
        let measured = Measured {
            up_ms: 39_600_000,
            degraded_ms: 0,
            down_ms: 3_600_400,
        };
        let uptime = uptime_of(86_400_000, &measured, 1);
        assert_eq!(uptime.downtime_seconds, 3_600);
        assert!((uptime.coverage - 43_200_400.0 / 86_400_000.0).abs() < 1e-12);
        assert!((uptime.ratio.unwrap() - 39_600_000.0 / 43_200_400.0).abs() < 1e-12);
        let nothing = uptime_of(86_400_000, &Measured::default(), 0);
        assert_eq!((nothing.ratio, nothing.coverage), (None, 0.0));
    }
}
