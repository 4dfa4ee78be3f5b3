//! Live status from Redis. What user-service answers is a moment older; where Redis does not answer, it has
//! to do.

use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, OrgId};
use fred::interfaces::HashesInterface as _;
use serde_json::Value;
use shared::problem::Problem;
use shared::request::path_id;

use crate::Edge;
use crate::proxy::{answered, authenticate, forward};

/// How long a reader waits for Redis before user-service's answer has to do.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// `GET /monitors` and `GET /monitors/{id}`: user-service's answer with the live status laid over it.
pub(crate) async fn with_live_status(
    edge: Data<Edge>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let identity = authenticate(&edge, &request)?;
    let answer = forward(&edge, &request, Some(identity), Bytes::new()).await?;
    if !answer.status().is_success() {
        return answered(answer);
    }
    let mut body: Value = serde_json::from_slice(answer.body()).map_err(Problem::internal)?;
    let monitors: Vec<&mut Value> = match body.get_mut("items") {
        Some(Value::Array(items)) => items.iter_mut().collect(),
        _ => vec![&mut body],
    };
    let ids: Vec<_> = monitors
        .iter()
        .map(|monitor| MonitorId(monitor["id"].as_i64().unwrap_or(0)))
        .collect();
    let statuses = statuses(&edge, identity.org_id, &ids).await;
    for (monitor, status) in monitors.into_iter().zip(statuses) {
        if let Some(status) = status {
            let paused = monitor["paused"].as_bool().unwrap_or(false);
            monitor["status"] =
                serde_json::to_value(reconciled(status, paused)).map_err(Problem::internal)?;
        }
    }
    let body = serde_json::to_vec(&body).map_err(Problem::internal)?;
    let (head, _) = answer.into_parts();
    answered(http::Response::from_parts(head, body.into()))
}

/// `GET /monitors/{id}/status`.
pub(crate) async fn status(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let identity = authenticate(&edge, &request)?;
    let id = MonitorId(path_id(&request, "id", "monitor")?);
    if let [Some(status)] = statuses(&edge, identity.org_id, &[id]).await.as_slice() {
        return Ok(HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(status));
    }
    // Not checked yet, another organisation's, or Redis is away: user-service knows.
    let answer = forward(&edge, &request, Some(identity), Bytes::new()).await?;
    answered(answer)
}

/// The definition says whether a monitor is paused; Redis hears of it a moment later.
fn reconciled(mut status: LiveStatus, paused: bool) -> LiveStatus {
    match (paused, status.state) {
        (true, _) => status.state = LiveState::Paused,
        (false, LiveState::Paused) => status.state = LiveState::Pending,
        _ => {}
    }
    status
}

/// What Redis holds for each monitor of the organisation; nothing for those of others.
async fn statuses(edge: &Edge, org: OrgId, monitors: &[MonitorId]) -> Vec<Option<LiveStatus>> {
    let read = async {
        let pipeline = edge.redis.pipeline();
        for monitor in monitors {
            let _: () = pipeline
                .hmget(edge.keys.status(*monitor), vec!["org", "json"])
                .await?;
        }
        pipeline.all::<Vec<(Option<i64>, Option<String>)>>().await
    };
    let rows = match tokio::time::timeout(REDIS_PATIENCE, read).await {
        Ok(Ok(rows)) => rows,
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    let mut rows = rows.into_iter();
    monitors
        .iter()
        .map(|_| match rows.next() {
            Some((Some(owner), Some(json))) if owner == org.0 => serde_json::from_str(&json).ok(),
            _ => None,
        })
        .collect()
}
