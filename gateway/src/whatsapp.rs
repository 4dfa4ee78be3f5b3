//! What Meta calls: the address of a WhatsApp channel. No bearer: whoever knows the key of the address may verify it with
//! the channel's token, and notifications are signed with the secret of its app; user-service knows all three.

use actix_web::web::{self, Bytes, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use http::Method;
use http_body_util::Full;
use shared::http::identity::{INTERNAL_KEY_HEADER, REQUEST_ID_HEADER};
use shared::http::problem::Problem;
use shared::http::request::{path_id, read_body_within};
use shared::http::routes::no_such_method;

use crate::Edge;
use crate::client::client_prefix;
use crate::edge::RequestId;
use crate::proxy::{BODY_WITHIN, answered};
use crate::unavailable::unavailable;

/// The largest notification that is passed on, in bytes: Meta sends as much.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Digits of a key.
const KEY_DIGITS: usize = 32;

/// What says who has sent it, and what it is.
const PASSED_IN: [&str; 2] = ["content-type", "x-hub-signature-256"];

/// Adds its address.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/hooks/whatsapp/{channel_id}/{key}")
            .route(web::get().to(verify))
            .route(web::post().to(notify))
            .default_service(web::to(no_such_method)),
    );
}

/// `GET /hooks/whatsapp/{channel_id}/{key}`.
async fn verify(edge: Data<Edge>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (channel, path) = internal_path(&request)?;
    edge.limits
        .whatsapp(&request, client_prefix(&edge, &request), channel)?;
    let path = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    pass(&edge, &request, Method::GET, &path, Bytes::new()).await
}

/// `POST /hooks/whatsapp/{channel_id}/{key}`.
async fn notify(edge: Data<Edge>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let (channel, path) = internal_path(&request)?;
    edge.limits
        .whatsapp(&request, client_prefix(&edge, &request), channel)?;
    let body = read_body_within(payload, MAX_BYTES, BODY_WITHIN).await?;
    pass(&edge, &request, Method::POST, &path, body).await
}

/// The channel that is named, and where user-service has its address.
fn internal_path(request: &HttpRequest) -> Result<(i64, String), Problem> {
    let id: i64 = path_id(request, "channel_id", "route")?;
    let key = request.match_info().get("key").unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if key.len() != KEY_DIGITS || !key.bytes().all(is_digit) {
        return Err(Problem::not_found("route"));
    }
    Ok((id, format!("/internal/whatsapp/callbacks/{id}/{key}")))
}

async fn pass(
    edge: &Edge,
    request: &HttpRequest,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let settings = &edge.settings;
    let mut upstream = http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", settings.user_service_url))
        .header(INTERNAL_KEY_HEADER, settings.internal_keys.current())
        .header(REQUEST_ID_HEADER, RequestId::of(request));
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
