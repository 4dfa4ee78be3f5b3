//! Checks on request: user-service knows the monitor and how many the plan allows, the pinger checks. The caller alone gets
//! the result, which changes no state.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use api::{CheckMonitor, PreviewMonitor};
use domain::OrgId;
use domain::internal::{CheckAnswer, DefinitionsPageOf};
use domain::monitor::{Definition, FieldError, Probe, Spec};
use http_body_util::Full;
use shared::http::call::Call;
use shared::http::identity::{INTERNAL_KEY_HEADER, ORG_HEADER, REQUEST_ID_HEADER};
use shared::http::problem::Problem;
use shared::items::Items;

use crate::Edge;
use crate::edge::RequestId;
use crate::unavailable::unavailable;

/// How long the pinger may take: its own limit, and a little.
const PATIENCE: Duration = Duration::from_secs(65);

/// `POST /monitors/{id}/check-now`.
pub(crate) async fn now(edge: Data<Edge>, call: Call<CheckMonitor>) -> Result<HttpResponse, Problem> {
    let id = call.path.id;
    if call.caller.narrowed && !edge.seen.sees(&edge, &call.caller, id).await? {
        return Err(Problem::not_found("monitor"));
    }
    let (settings, key) = (&edge.settings, edge.settings.internal_keys.current());
    let url = format!("{}/internal/definitions?ids={id}", settings.user_service_url);
    let answer = edge.upstream.get(&url, key).await;
    let answer = answer.map_err(|error| unavailable("user-service", &error))?;
    let page: DefinitionsPageOf<Items<'_>> = serde_json::from_slice(&answer).map_err(Problem::internal)?;
    let found = page
        .definitions
        .read::<Definition>("definition")
        .into_iter()
        .find(|definition| definition.id == id && definition.org_id == call.caller.org_id)
        .ok_or_else(|| Problem::not_found("monitor"))?;
    check(&edge, call.request(), call.caller.org_id, &found.spec).await
}

/// `POST /monitors/preview`.
pub(crate) async fn preview(edge: Data<Edge>, call: Call<PreviewMonitor>) -> Result<HttpResponse, Problem> {
    let request = call.request().clone();
    let (_, spec) = call.body.validate().map_err(Problem::invalid)?;
    check(&edge, &request, call.caller.org_id, &spec).await
}

async fn check(edge: &Edge, request: &HttpRequest, org: OrgId, spec: &Spec) -> Result<HttpResponse, Problem> {
    if let Probe::Heartbeat(_) = &spec.probe {
        let wrong = "must be one that is checked: a heartbeat waits for the pings of its job";
        return Err(Problem::invalid(vec![FieldError::new("kind", wrong)]));
    }
    if let Some(refused) = refused_by_plan(edge, request, org).await? {
        return Ok(refused);
    }
    let settings = &edge.settings;
    let body = serde_json::to_vec(spec).map_err(Problem::internal)?;
    let order = http::Request::post(format!("{}/internal/check", settings.pinger_url))
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(REQUEST_ID_HEADER, RequestId::of(request))
        .header(ORG_HEADER, org.0)
        .header(CONTENT_TYPE.as_str(), "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(Problem::internal)?;
    let answer = edge.upstream.within(PATIENCE).send(order).await;
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

/// Has user-service count the check; the answer to the caller, if the organisation may have no more today.
async fn refused_by_plan(
    edge: &Edge,
    request: &HttpRequest,
    org: OrgId,
) -> Result<Option<HttpResponse>, Problem> {
    let settings = &edge.settings;
    let url = format!(
        "{}/internal/checks-on-request?org_id={org}",
        settings.user_service_url
    );
    let count = http::Request::post(url)
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(REQUEST_ID_HEADER, RequestId::of(request))
        .body(Full::default())
        .map_err(Problem::internal)?;
    let answer = edge.upstream.send(count).await;
    let answer = answer.map_err(|error| unavailable("user-service", &error))?;
    match answer.status().as_u16() {
        // One of the release before, which counts none.
        404 => Ok(None),
        409 | 503 => crate::proxy::answered(answer).map(Some),
        200..=299 => Ok(None),
        status => Err(Problem::internal(format!("user-service answered {status}"))),
    }
}
