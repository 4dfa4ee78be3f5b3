//! Buttons in Slack. No bearer: the request is signed with the secret of a channel's app, which user-service
//! knows and verifies.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use http_body_util::Full;
use shared::http::identity::{INTERNAL_KEY_HEADER, REQUEST_ID_HEADER};
use shared::http::problem::{MAX_BODY_BYTES, Problem};
use shared::http::request::{path_id, read_body_within};

use crate::Edge;
use crate::client::client_prefix;
use crate::edge::RequestId;
use crate::proxy::{BODY_WITHIN, answered};
use crate::unavailable::unavailable;

/// What the signature is made of, and what the body is.
const PASSED_IN: [&str; 3] = ["content-type", "x-slack-signature", "x-slack-request-timestamp"];

/// `POST /api/slack/interactions/{channel_id}`.
pub(crate) async fn interact(
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id: i64 = path_id(&request, "channel_id", "route")?;
    edge.limits.slack(&request, client_prefix(&edge, &request))?;
    let body = read_body_within(payload, MAX_BODY_BYTES, BODY_WITHIN).await?;
    let settings = &edge.settings;
    let uri = format!("{}/internal/slack/interactions/{id}", settings.user_service_url);
    let mut upstream = http::Request::post(uri)
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(REQUEST_ID_HEADER, RequestId::of(&request));
    for name in PASSED_IN {
        if let Some(value) = request.headers().get(name) {
            upstream = upstream.header(name, value.as_bytes());
        }
    }
    let upstream = upstream
        .body(Full::new(body))
        .map_err(|_| Problem::bad_request("the request cannot be read"))?;
    let answer = edge.upstream.send(upstream).await;
    answered(answer.map_err(|error| unavailable("user-service", &error))?)
}
