//! `/monitors/{id}/uptime`.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use shared::identity::Identity;
use shared::problem::Problem;
use shared::request::{parse_query, path_id};

use super::measure::{Measured, Window, measure};
use crate::app::App;
use crate::monitors;

/// Names of the windows, and their days.
const WINDOWS: [(&str, i64); 5] = [("24h", 1), ("7d", 7), ("30d", 30), ("90d", 90), ("365d", 365)];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

#[derive(Debug, PartialEq, Serialize)]
struct Uptime {
    ratio: Option<f64>,
    downtime_seconds: i64,
    incidents: i64,
    coverage: f64,
}

impl Uptime {
    fn new(window: &Window, measured: &Measured, incidents: i64) -> Self {
        let coverage = match window.millis() {
            0 => 0.0,
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
    let NoQuery {} = parse_query(&request)?;
    let id = path_id(&request, "id", "monitor").map(MonitorId)?;
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, identity.org_id, id).await?;
    let now = shared::now();
    let windows = WINDOWS.map(|(_, days)| window(days, now, monitor.created_at));
    let measured = measure(&client, &windows.map(|window| (id, window))).await?;
    let incidents = count_incidents(&client, id, &windows).await?;
    let uptime: BTreeMap<_, _> = WINDOWS
        .iter()
        .zip(&windows)
        .zip(measured.iter().zip(incidents))
        .map(|(((name, _), window), (measured, incidents))| (*name, Uptime::new(window, measured, incidents)))
        .collect();
    Ok(HttpResponse::Ok().json(uptime))
}

fn window(days: i64, now: Timestamp, created_at: Timestamp) -> Window {
    match days {
        1 => Window::last_day(now, created_at),
        days => Window::last_days(days, now, created_at),
    }
}

/// How many incidents were open at some time in each window.
async fn count_incidents(
    client: &impl GenericClient,
    id: MonitorId,
    windows: &[Window],
) -> Result<Vec<i64>, Problem> {
    let starts: Vec<DateTime<Utc>> = windows.iter().map(|window| window.start.to_datetime()).collect();
    let rows = client
        .query(
            "SELECT count(i.id) FROM unnest($2::timestamptz[]) WITH ORDINALITY AS w (start, n)
             LEFT JOIN incidents i ON i.monitor_id = $1 AND coalesce(i.resolved_at > w.start, true)
             GROUP BY w.n ORDER BY w.n",
            &[&id.0, &starts],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_neither_up_nor_down() {
        let now = Timestamp::from_millis(200 * 3_600_000);
        let window = Window::last_day(now, Timestamp::from_millis(0));
        let measured = Measured {
            up_ms: 39_600_000,
            degraded_ms: 0,
            down_ms: 3_600_400,
        };
        let uptime = Uptime::new(&window, &measured, 1);
        assert_eq!(uptime.downtime_seconds, 3_600);
        assert!((uptime.coverage - 43_200_400.0 / 86_400_000.0).abs() < 1e-12);
        assert!((uptime.ratio.unwrap() - 39_600_000.0 / 43_200_400.0).abs() < 1e-12);
        let nothing = Uptime::new(&window, &Measured::default(), 0);
        assert_eq!((nothing.ratio, nothing.coverage), (None, 0.0));
    }
}
