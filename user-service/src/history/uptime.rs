//! `/monitors/{id}/uptime`. What uptime is, is told in docs/UPTIME.md.

use std::collections::BTreeMap;
use std::ops::Range;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::maintenance::maintenance_within;
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use shared::identity::Identity;
use shared::problem::Problem;
use shared::request::{parse_query, path_id};

use super::measure::{Measured, kept, measure};
use super::range::range;
use super::window::{Kept, Plan, Window};
use crate::app::App;
use crate::monitors::{self, MonitorRow};
use crate::windows;

/// Names of the windows, and their days.
const WINDOWS: [(&str, i64); 5] = [("24h", 1), ("7d", 7), ("30d", 30), ("90d", 90), ("365d", 365)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UptimeQuery {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    #[serde(default)]
    exclude_maintenance: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Uptime {
    ratio: Option<f64>,
    downtime_seconds: i64,
    incidents: usize,
    coverage: f64,
}

#[derive(Serialize)]
struct RangeUptime {
    from: Timestamp,
    to: Timestamp,
    #[serde(flatten)]
    uptime: Uptime,
}

impl Uptime {
    fn new(length_ms: i64, measured: &Measured, incidents: usize) -> Self {
        let coverage = match length_ms {
            ..=0 => 0.0,
            millis => (measured.total_ms() as f64 / millis as f64).min(1.0),
        };
        Self {
            ratio: measured.ratio(),
            downtime_seconds: (measured.down_ms + 500) / 1_000,
            incidents,
            coverage,
        }
    }
}

pub(super) async fn get(
    app: Data<App>,
    identity: Identity,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: UptimeQuery = parse_query(&request)?;
    let id = path_id(&request, "id", "monitor").map(MonitorId)?;
    let now = shared::now();
    let asked = match (query.from, query.to) {
        (None, None) => None,
        (from, to) => {
            let (from, to, wrong) = range(from, to, now);
            wrong.map_or(Ok(()), |wrong| Err(Problem::invalid(vec![wrong])))?;
            Some((from, to))
        }
    };
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, identity.org_id, id).await?;
    let mut reader = Reader {
        kept: kept(&client, id).await?,
        left_out: Vec::new(),
        monitor,
        now,
    };
    let answered = asked
        .map(|(from, to)| rounded(from, to, &reader.kept))
        .transpose()?;
    let spans = match answered {
        Some((from, to)) => vec![Window::clipped(from, to, reader.monitor.created_at)],
        None => WINDOWS
            .map(|(_, days)| window(days, now, reader.monitor.created_at))
            .to_vec(),
    };
    if query.exclude_maintenance {
        let windows = windows::all(&client, identity.org_id).await?;
        reader.left_out = maintenance_within(id, &windows, around(&spans));
    }
    let mut uptimes = reader.uptimes(&client, &spans).await?.into_iter();
    Ok(match (answered, uptimes.len()) {
        (Some((from, to)), 1..) => {
            HttpResponse::Ok().json(uptimes.next().map(|uptime| RangeUptime { from, to, uptime }))
        }
        _ => {
            let names = WINDOWS.iter().map(|(name, _)| *name);
            HttpResponse::Ok().json(names.zip(uptimes).collect::<BTreeMap<_, _>>())
        }
    })
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
    now: Timestamp,
}

impl Reader {
    async fn uptimes(&self, client: &impl GenericClient, windows: &[Window]) -> Result<Vec<Uptime>, Problem> {
        let id = self.monitor.id;
        let plan = |window| (id, Plan::new(window, &self.left_out, &self.kept, self.now));
        let plans: Vec<_> = windows.iter().map(plan).collect();
        let measured = measure(client, &plans).await?;
        let outages = outages(client, id, around(windows)).await?;
        let uptimes = windows.iter().zip(&plans).zip(&measured);
        Ok(uptimes
            .map(|((window, (_, plan)), measured)| {
                let incidents = outages.iter().filter(|outage| self.counts(outage, window));
                Uptime::new(plan.length_ms, measured, incidents.count())
            })
            .collect())
    }

    /// Whether an outage went on at some time in the window that is not left out.
    fn counts(&self, outage: &Range<Timestamp>, window: &Window) -> bool {
        let (start, end) = (outage.start.max(window.start), outage.end.min(window.until));
        if outage.start >= window.until || outage.end <= window.start {
            return false;
        }
        let next = self.left_out.partition_point(|span| span.start <= start);
        let around = next.checked_sub(1).and_then(|last| self.left_out.get(last));
        around.is_none_or(|around| start >= around.end || end > around.end)
    }
}

/// The outages that reach into a span.
async fn outages(
    client: &impl GenericClient,
    id: MonitorId,
    span: Range<Timestamp>,
) -> Result<Vec<Range<Timestamp>>, Problem> {
    let statement = client.prepare_cached(OUTAGES).await?;
    let (start, end) = (span.start.to_datetime(), span.end.to_datetime());
    let rows = client.query(&statement, &[&id.0, &start, &end]).await?;
    rows.iter()
        .map(|row| {
            let started: DateTime<Utc> = row.try_get(0)?;
            let resolved: Option<DateTime<Utc>> = row.try_get(1)?;
            Ok(started.into()..resolved.map_or(Timestamp::from_millis(i64::MAX), Timestamp::from))
        })
        .collect()
}

pub(super) const OUTAGES: &str = "
    SELECT started_at, resolved_at FROM incidents
    WHERE monitor_id = $1 AND started_at < $3 AND coalesce(resolved_at > $2, true)";

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
        let uptime = Uptime::new(86_400_000, &measured, 1);
        assert_eq!(uptime.downtime_seconds, 3_600);
        assert!((uptime.coverage - 43_200_400.0 / 86_400_000.0).abs() < 1e-12);
        assert!((uptime.ratio.unwrap() - 39_600_000.0 / 43_200_400.0).abs() < 1e-12);
        let nothing = Uptime::new(86_400_000, &Measured::default(), 0);
        assert_eq!((nothing.ratio, nothing.coverage), (None, 0.0));
    }
}
