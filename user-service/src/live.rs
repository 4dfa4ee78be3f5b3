//! Redis: the status and the last points of monitors, which are newer than PostgreSQL's and faster to read; and the
//! changes that are published to other services.

use std::time::Duration;

use api::{ChangedEvent, Incident, Resource};
use domain::live::{LiveStatus, Point};
use domain::{MonitorId, OrgId};
use fred::interfaces::{
    ClientLike as _, HashesInterface as _, PubsubInterface as _, SortedSetsInterface as _,
    StreamsInterface as _,
};
use fred::types::Value;
use serde::Serialize;
use shared::redis::STREAM_LENGTH;

use crate::app::App;
use crate::metrics as names;
use crate::store::sparklines::POINTS;

/// How long a reader waits for Redis before it falls back to PostgreSQL.
const PATIENCE: Duration = Duration::from_millis(250);

/// The deadline of publishing.
const PUBLISH_DEADLINE: Duration = Duration::from_millis(500);

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

/// Publishes a changed incident to the dashboards of an organisation.
pub(crate) async fn publish_incident(app: &App, org: OrgId, incident: &Incident) {
    publish(app, org, "incident", incident).await;
}

/// Has the dashboards of an organisation load again what a user created, changed or deleted.
pub(crate) async fn publish_change(app: &App, org: OrgId, resource: Resource, id: i64) {
    publish(app, org, "changed", &ChangedEvent { resource, id }).await;
}

/// Adds an event to the live stream of an organisation. Without it dashboards show the change when they next load it.
async fn publish(app: &App, org: OrgId, event: &'static str, data: &impl Serialize) {
    let data = match serde_json::to_string(data) {
        Ok(data) => data,
        Err(error) => return tracing::error!(%error, event, "a live event could not be written"),
    };
    let fields = vec![("event", event.to_owned()), ("data", data)];
    let add = app.redis.xadd::<(), _, _, _, _>(
        app.redis_keys.stream(org),
        false,
        ("MAXLEN", "~", STREAM_LENGTH),
        "*",
        fields,
    );
    // Nobody waits for a Redis that is known to be away.
    let published =
        app.redis.is_connected() && matches!(tokio::time::timeout(PUBLISH_DEADLINE, add).await, Ok(Ok(())));
    if !published {
        metrics::counter!(names::MIRROR_FAILURES).increment(1);
        tracing::warn!(org_id = org.0, event, "a change was not published to dashboards");
    }
}

/// Has alerters load what they know of an organisation again. They do so by and by without it.
pub(crate) async fn announce_alerting(app: &App, org: OrgId) {
    let topic = app.redis_keys.channels_changed();
    let publish = app.redis.publish::<(), _, _>(topic, org.to_string());
    if !matches!(tokio::time::timeout(PUBLISH_DEADLINE, publish).await, Ok(Ok(()))) {
        metrics::counter!(names::MIRROR_FAILURES).increment(1);
        tracing::warn!(org_id = org.0, "a change was not announced to alerters");
    }
}
