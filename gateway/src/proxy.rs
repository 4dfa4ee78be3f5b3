//! Passing requests on to user-service, in the name of whom the credential speaks for.

use std::time::Duration;

use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use api::{Listed, Presence, Principal};
use http_body_util::Full;
use shared::http::call::max_body_bytes;
use shared::http::idempotency::{KEY_HEADER as IDEMPOTENCY_KEY_HEADER, REPLAYED_HEADER};
use shared::http::identity::{
    CLIENT_IP_HEADER, INTERNAL_KEY_HEADER, KEY_HEADER, NARROWED_HEADER, ORG_HEADER, REQUEST_ID_HEADER,
    ROLE_HEADER, SESSION_HEADER, USER_HEADER,
};
use shared::http::problem::Problem;
use shared::http::request::read_body_within;

use crate::Edge;
use crate::authenticate::{Concern, authenticate};
use crate::client::{client_address, client_prefix};
use crate::credential::Credential;
use crate::edge::RequestId;
use crate::unavailable::unavailable;

/// How long the body of a request from outside may take.
pub(crate) const BODY_WITHIN: Duration = Duration::from_secs(10);

/// What a caller's headers may tell user-service; everything else is the gateway's to say.
const PASSED_IN: [&str; 5] = [
    "content-type",
    "if-match",
    IDEMPOTENCY_KEY_HEADER,
    "cookie",
    "user-agent",
];

/// What user-service's headers may tell a caller.
const PASSED_OUT: [&str; 8] = [
    "content-type",
    "content-disposition",
    "set-cookie",
    "etag",
    "location",
    REPLAYED_HEADER,
    "retry-after",
    "www-authenticate",
];

/// An answer of user-service.
pub(crate) type Answer = http::Response<Bytes>;

/// A call of an operation of user-service by somebody who is logged in.
pub(crate) async fn pass(
    listed: Listed,
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let concern = match listed.own_account {
        true => Concern::OwnAccount,
        false => Concern::Organisation,
    };
    let principal = authenticate(&edge, &request, concern).known().await?;
    if listed.people_only && principal.key().is_some() {
        return Err(Problem::people_only());
    }
    let body = read_body_within(payload, max_body_bytes(&listed), BODY_WITHIN).await?;
    answered(forward(&edge, &request, Some(principal), body).await?)
}

/// A call of an operation by somebody who has followed a link, and perhaps has no account.
pub(crate) async fn link(
    listed: Listed,
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    edge.limits.link(&request, client_prefix(&edge, &request))?;
    let body = match listed.body {
        // What a mail program sends along says nothing that the link does not.
        Presence::None => Bytes::new(),
        _ => read_body_within(payload, max_body_bytes(&listed), BODY_WITHIN).await?,
    };
    answered(forward(&edge, &request, None, body).await?)
}

/// Sends the request to user-service under the same path and query.
pub(crate) async fn forward(
    edge: &Edge,
    request: &HttpRequest,
    principal: Option<Principal>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let uri = match request.uri().query() {
        Some(query) => format!("{}{}?{query}", edge.settings.user_service_url, request.path()),
        None => format!("{}{}", edge.settings.user_service_url, request.path()),
    };
    let mut upstream = http::Request::builder()
        .method(request.method().as_str())
        .uri(uri);
    for name in PASSED_IN {
        if let Some(value) = request.headers().get(name) {
            upstream = upstream.header(name, value.as_bytes());
        }
    }
    upstream = upstream
        .header(INTERNAL_KEY_HEADER, edge.settings.internal_keys.current())
        .header(REQUEST_ID_HEADER, RequestId::of(request))
        .header(CLIENT_IP_HEADER, client_address(edge, request).to_string());
    if let Some(principal) = principal {
        upstream = upstream
            .header(USER_HEADER, principal.user_id())
            .header(ORG_HEADER, principal.org_id.0)
            .header(ROLE_HEADER, principal.role.as_str());
        if principal.narrowed {
            upstream = upstream.header(NARROWED_HEADER, "1");
        }
        if let Some(key) = principal.key() {
            upstream = upstream.header(KEY_HEADER, key.0);
        }
        let credential = Credential::of(request);
        if let Some(session) = credential.and_then(|credential| credential.session) {
            upstream = upstream.header(SESSION_HEADER, session.to_string());
        }
    }
    let upstream = upstream
        .body(Full::new(body))
        .map_err(|_| Problem::bad_request("the request cannot be read"))?;
    edge.upstream
        .send(upstream)
        .await
        .map_err(|error| unavailable("user-service", &error))
}

/// What user-service answered, as the caller gets it.
pub(crate) fn answered(answer: Answer) -> Result<HttpResponse, Problem> {
    let (head, body) = answer.into_parts();
    let status = actix_web::http::StatusCode::from_u16(head.status.as_u16());
    let mut response = HttpResponse::build(status.map_err(Problem::internal)?);
    for name in PASSED_OUT {
        for value in head.headers.get_all(name) {
            response.append_header((name, value.as_bytes()));
        }
    }
    // What concerns one account is nobody else's to keep.
    response.insert_header(("cache-control", "no-store"));
    Ok(response.body(body))
}
