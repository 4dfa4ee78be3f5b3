//! The status and the last points of monitors in Redis, which are newer than PostgreSQL's and faster to read.

use std::time::Duration;

use domain::live::{LiveStatus, Point};
use domain::{MonitorId, OrgId};
use fred::interfaces::{ClientLike as _, HashesInterface as _, SortedSetsInterface as _};
use fred::types::Value;

use crate::app::App;
use crate::store::sparklines::POINTS;

/// How long a reader waits for Redis before it falls back to PostgreSQL.
const PATIENCE: Duration = Duration::from_millis(250);

/// What Redis knows of one monitor.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Nothing when the monitor was not checked yet, or is another organisation's.
    pub(crate) status: Option<LiveStatus>,
    /// Oldest first; nothing when there may be more of them.
    pub(crate) points: Option<Vec<Point>>,
}

/// What Redis knows of each of `monitors`: nothing at all while it is away.
pub(crate) async fn read(app: &App, org: OrgId, monitors: &[MonitorId]) -> Vec<Live> {
    let answered = async {
        let pipeline = app.redis.pipeline();
        for monitor in monitors {
            let _: () = pipeline
                .hmget(app.redis_keys.status(*monitor), vec!["org", "json"])
                .await?;
            let last = -(POINTS as i64);
            let _: () = pipeline
                .zrange(
                    app.redis_keys.sparkline(*monitor),
                    last,
                    -1,
                    None,
                    false,
                    None,
                    false,
                )
                .await?;
        }
        pipeline.all::<Vec<Value>>().await
    };
    let values = match app.redis.is_connected() {
        true => tokio::time::timeout(PATIENCE, answered).await,
        false => Ok(Ok(Vec::new())),
    };
    let values = values.ok().and_then(Result::ok).unwrap_or_default();
    let mut values = values.into_iter();
    monitors
        .iter()
        .map(|_| {
            let (status, points) = (values.next(), values.next());
            let status = status.and_then(|value| status_of(value, org));
            Live {
                // Points without a status may be anybody's.
                points: points.filter(|_| status.is_some()).and_then(points_of),
                status,
            }
        })
        .collect()
}

fn status_of(value: Value, org: OrgId) -> Option<LiveStatus> {
    let (owner, json): (Option<i64>, Option<String>) = value.convert().ok()?;
    if owner != Some(org.0) {
        return None;
    }
    serde_json::from_str(&json?).ok()
}

/// Fewer than there may be are as many as are left after Redis was emptied: PostgreSQL knows better.
fn points_of(value: Value) -> Option<Vec<Point>> {
    let Value::Array(points) = value else { return None };
    if points.len() < POINTS {
        return None;
    }
    let point = |value: &Value| serde_json::from_slice(value.as_bytes()?).ok();
    points.iter().map(point).collect()
}
