//! Checks on request: user-service knows the monitor, the pinger checks. What it finds is told to the asker
//! alone and changes no state.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::internal::{CheckAnswer, DefinitionsPageOf};
use domain::monitor::{Definition, MonitorInput, Spec};
use http_body_util::Full;
use shared::http_client::ServiceClient;
use shared::identity::{INTERNAL_KEY_HEADER, Role};
use shared::items::Items;
use shared::problem::{Problem, parse_json};
use shared::request::path_id;

use crate::Edge;
use crate::proxy::{authenticate, body, unavailable};

/// How long the pinger may take: its own limit, and a little.
const PATIENCE: Duration = Duration::from_secs(65);

/// `POST /monitors/{id}/check-now`.
pub(crate) async fn now(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let identity = authenticate(&edge, &request)?;
    identity.require(Role::Editor)?;
    let id: i64 = path_id(&request, "id", "monitor")?;
    edge.limits.checks(identity.org_id.0)?;
    let (settings, key) = (&edge.settings, edge.settings.internal_keys.current());
    let url = format!("{}/internal/definitions?ids={id}", settings.user_service_url);
    let answer = edge.upstream.get(&url, key).await;
    let answer = answer.map_err(|error| unavailable("user-service", &error))?;
    let page: DefinitionsPageOf<Items<'_>> = serde_json::from_slice(&answer).map_err(Problem::internal)?;
    let found = page
        .definitions
        .read::<Definition>("definition")
        .into_iter()
        .find(|definition| definition.id.0 == id && definition.org_id == identity.org_id)
        .ok_or_else(|| Problem::not_found("monitor"))?;
    check(&edge, &found.spec).await
}

/// `POST /monitors/preview`.
pub(crate) async fn preview(
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let identity = authenticate(&edge, &request)?;
    identity.require(Role::Editor)?;
    let input: MonitorInput = parse_json(&body(payload).await?)?;
    let (_, spec) = input.validate().map_err(Problem::invalid)?;
    edge.limits.checks(identity.org_id.0)?;
    check(&edge, &spec).await
}

async fn check(edge: &Edge, spec: &Spec) -> Result<HttpResponse, Problem> {
    let settings = &edge.settings;
    let body = serde_json::to_vec(spec).map_err(Problem::internal)?;
    let order = http::Request::post(format!("{}/internal/check", settings.pinger_url))
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(CONTENT_TYPE.as_str(), "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(Problem::internal)?;
    let answer = ServiceClient::new(PATIENCE).send(order).await;
    let answer = answer.map_err(|error| unavailable("pinger", &error))?;
    match answer.status().as_u16() {
        200 => {
            let answer: CheckAnswer = serde_json::from_slice(answer.body()).map_err(Problem::internal)?;
            Ok(HttpResponse::Ok()
                .insert_header(("cache-control", "no-store"))
                .json(answer))
        }
        // The pinger names the field, or says that it is busy.
        422 | 429 | 503 => crate::proxy::answered(answer),
        status => Err(Problem::internal(format!("the pinger answered {status}"))),
    }
}
