//! What happens around every request: whether it is for us, its id, its log line, its metrics, security headers.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap, HeaderName, HeaderValue,
    STRICT_TRANSPORT_SECURITY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use shared::http::identity::REQUEST_ID_HEADER;
use shared::http::panics::caught;
use shared::http::problem::{MAX_BODY_BYTES, MEDIA_TYPE, Problem};
use shared::http::request_id::kept_or_new;
use tracing::Instrument as _;

use crate::credential::Credential;
use crate::hosts::Hosts;
use crate::{Edge, cors, limits, metrics, token_paths};

/// The id of a request, kept when the caller sent a proper one.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The id that [`around`] gave to the request.
    pub(crate) fn of(request: &HttpRequest) -> String {
        request
            .extensions()
            .get::<Self>()
            .map(|id| id.0.clone())
            .unwrap_or_default()
    }
}

/// Sent with every answer. Inline styles are what the dashboard's component library positions with.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cross-origin-opener-policy", "same-origin"),
    // For browsers that do not know the policy's frame-ancestors.
    ("x-frame-options", "DENY"),
];

/// Where people reach us by TLS, for a year they do so without asking.
const ONLY_BY_TLS: &str = "max-age=31536000";

fn secure(headers: &mut HeaderMap, is_https: bool) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_BY_TLS));
    }
    // What is for other pages says so itself.
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The same as lines, for answers that are made without a request.
pub(crate) fn header_lines(is_https: bool) -> String {
    let mut headers = HeaderMap::new();
    secure(&mut headers, is_https);
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", text(value)))
        .collect()
}

/// The middleware around everything.
pub(crate) async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let sent = request
        .headers()
        .get(REQUEST_ID_HEADER)
        .and_then(|value| value.to_str().ok());
    let id = RequestId(kept_or_new(sent));
    request.extensions_mut().insert(id.clone());
    let method = known(request.method());
    let has_token = token_paths::has_token(request.path());
    let hosts = request.app_data::<Data<Edge>>().map(|edge| &edge.settings.hosts);
    let is_https = hosts.is_some_and(Hosts::is_https);
    let edge = request.app_data::<Data<Edge>>().cloned();
    let origins = edge.as_ref().map(|edge| &edge.settings.origins);
    let allowed = origins.and_then(|origins| origins.allowed(&request));
    // Who asks for our health may know us by any name.
    let is_ours = match hosts {
        Some(hosts) if !request.path().starts_with("/health/") => hosts.require_own(request.headers()),
        _ => Ok(()),
    };
    let response = match is_ours {
        Ok(()) if allowed.is_some() && cors::is_preflight(&request) => {
            request.into_response(cors::preflight())
        }
        Ok(()) => {
            let span = tracing::info_span!("request", request_id = id.0);
            match caught(next.call(request)).instrument(span).await {
                Ok(response) => response.map_into_boxed_body(),
                Err(error) => {
                    let error = unanswered(&error, &id.0, is_https);
                    let status = error.as_response_error().status_code().as_u16();
                    metrics::answered("none".to_owned(), method, status, began.elapsed());
                    return Err(error);
                }
            }
        }
        Err(problem) => request.into_response(problem.error_response()),
    };
    let mut response = named(response, &id.0).await;
    limits::tell_quota(&mut response);
    if let Some(origins) = origins {
        origins.tell(&mut response, allowed);
    }
    secure(response.headers_mut(), is_https);
    if has_token {
        token_paths::keep_private(response.headers_mut());
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(REQUEST_ID_HEADER), value);
    }
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "dashboard".to_owned());
    let status = response.status().as_u16();
    log(&response, &id.0, method, &route, status, began);
    metrics::answered(route, method, status, began.elapsed());
    Ok(response)
}

/// What became no response, because it panicked: as complete as the others. The log has it already.
fn unanswered(error: &Error, request_id: &str, is_https: bool) -> Error {
    let problem = error.as_error::<Problem>().cloned();
    let problem = problem.unwrap_or_else(|| Problem::internal(error));
    let mut response = problem.with_request_id(request_id).error_response();
    secure(response.headers_mut(), is_https);
    InternalError::from_response("answered", response).into()
}

fn log(
    response: &ServiceResponse<BoxBody>,
    request_id: &str,
    method: &str,
    route: &str,
    status: u16,
    began: Instant,
) {
    let principal = Credential::of(response.request()).map(|credential| credential.principal);
    let (user_id, org_id) = principal.map_or((0, 0), |principal| (principal.user_id(), principal.org_id.0));
    let duration_ms = began.elapsed().as_millis() as u64;
    if status >= 500 {
        tracing::warn!(
            request_id,
            method,
            route,
            status,
            duration_ms,
            user_id,
            org_id,
            "answered"
        );
    } else {
        tracing::debug!(
            request_id,
            method,
            route,
            status,
            duration_ms,
            user_id,
            org_id,
            "answered"
        );
    }
}

/// Puts the request's id into a problem, whoever made it.
async fn named(response: ServiceResponse<BoxBody>, request_id: &str) -> ServiceResponse<BoxBody> {
    let is_problem = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == MEDIA_TYPE.as_bytes());
    let is_small =
        matches!(response.response().body().size(), BodySize::Sized(n) if n <= MAX_BODY_BYTES as u64);
    if !is_problem || !is_small {
        return response;
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let problem = match to_bytes_limited(body, MAX_BODY_BYTES).await {
        Ok(Ok(body)) => serde_json::from_slice::<Problem>(&body).ok(),
        _ => None,
    };
    let problem = problem.unwrap_or_else(|| Problem::internal("a problem could not be read"));
    let mut named = problem.with_request_id(request_id).error_response();
    for (name, value) in head.headers() {
        named.headers_mut().insert(name.clone(), value.clone());
    }
    ServiceResponse::new(request, named)
}

/// Methods as metrics know them; a caller can invent others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
