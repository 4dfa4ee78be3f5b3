//! The live status of one monitor, from Redis: also while user-service, or the database, is away.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use api::GetMonitorStatus;
use domain::live::LiveStatus;
use domain::{MonitorId, OrgId};
use fred::interfaces::HashesInterface as _;
use shared::http::call::Call;
use shared::http::problem::Problem;

use crate::Edge;
use crate::proxy::{answered, forward};

/// How long a reader waits for Redis before user-service's answer has to do.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// `GET /monitors/{id}/status`.
pub(crate) async fn status(edge: Data<Edge>, call: Call<GetMonitorStatus>) -> Result<HttpResponse, Problem> {
    let is_seen = match (call.query.at, call.caller.narrowed) {
        // Redis knows only what is so now.
        (Some(_), _) => false,
        (None, false) => true,
        // Who is not known to see it gets user-service's answer.
        (None, true) => {
            let sees = edge.seen.sees(&edge, &call.caller, call.path.id);
            sees.await.unwrap_or(false)
        }
    };
    if is_seen && let Some(status) = known(&edge, call.caller.org_id, call.path.id).await {
        return Ok(HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(status));
    }
    // Of an earlier instant, not checked yet, another organisation's, or Redis is away: user-service knows.
    let answer = forward(&edge, call.request(), Some(call.caller), Bytes::new()).await?;
    answered(answer)
}

/// What Redis holds for a monitor of the organisation; nothing for those of others.
async fn known(edge: &Edge, org: OrgId, monitor: MonitorId) -> Option<LiveStatus> {
    let read = edge
        .redis
        .hmget::<(Option<i64>, Option<String>), _, _>(edge.keys.status(monitor), vec!["org", "json"]);
    match tokio::time::timeout(REDIS_PATIENCE, read).await {
        Ok(Ok((Some(owner), Some(json)))) if owner == org.0 => serde_json::from_str(&json).ok(),
        _ => None,
    }
}
