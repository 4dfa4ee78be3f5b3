//! The push addresses of other products, so that nobody edits a script who moves here: Uptime Kuma, Gatus, Kener. They
//! name a heartbeat by a token, and are answered as their clients know it.

use actix_web::http::header::AUTHORIZATION;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use domain::record::PingKind;
use serde_json::json;

use super::answer::{Refusal, begin, other_method};
use super::duration;
use super::query::Query;
use super::route::{Name, Says};
use super::take::{Sent, take};
use crate::Edge;

/// The longest message that is kept, in characters.
const MESSAGE_CHARS: usize = 200;

/// What Kuma says of whatever cannot be.
const UNKNOWN: &str = "Monitor not found or not active.";

/// `/api/push/{token}?status=up|down&msg=…&ping=…` of Uptime Kuma, by every method.
pub(super) async fn kuma(
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
    token: Path<String>,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return begin(StatusCode::NO_CONTENT).finish();
    }
    let query = Query(request.query_string());
    let status = query.get("status").unwrap_or_default();
    let is_up = matches!(&*status, "" | "up");
    let sent = Name::token(&token).map(|name| Sent {
        message: query.get("msg").and_then(|text| message(&text)),
        latency_ms: Ok(query.get("ping").and_then(|text| millis(&text))),
        ..Sent::plain(name, says(is_up))
    });
    let taken = match sent {
        Some(sent) => take(&edge, &request, payload, sent).await,
        None => Err(Refusal::NotFound),
    };
    match taken {
        Ok(_) => json_of(begin(StatusCode::OK), &json!({"ok": true})),
        // What can be sent again keeps its status, since scripts look at that.
        Err(refusal @ (Refusal::NotNow | Refusal::TooMany(_) | Refusal::TooSlow)) => {
            json_of(refusal.begin(), &json!({"ok": false, "msg": refusal.text()}))
        }
        Err(_) => json_of(
            begin(StatusCode::NOT_FOUND),
            &json!({"ok": false, "msg": UNKNOWN}),
        ),
    }
}

/// `POST /api/v1/endpoints/{group_name}/external?success=…&error=…&duration=…` of Gatus, with the token as bearer. The
/// endpoint's name says nothing that the token does not.
pub(super) async fn gatus(edge: Data<Edge>, request: HttpRequest, payload: Payload) -> HttpResponse {
    if *request.method() != Method::POST {
        return other_method("POST");
    }
    let query = Query(request.query_string());
    let success = query.get("success").unwrap_or_default();
    let is_up = match &*success {
        "true" => true,
        "false" => false,
        _ => {
            return text(
                begin(StatusCode::BAD_REQUEST),
                "missing or invalid success query parameter",
            );
        }
    };
    let bearer = request.headers().get(AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(name) = bearer.and_then(|token| Name::token(token.trim())) else {
        return text(begin(StatusCode::UNAUTHORIZED), "invalid Authorization header");
    };
    let took = query.get("duration").filter(|text| !text.is_empty());
    let took = took.map(|text| duration::parse(&text)).transpose();
    let wrong = took.as_ref().err().cloned();
    let error = query.get("error").filter(|_| !is_up);
    let sent = Sent {
        message: error.and_then(|text| message(&text)),
        latency_ms: took.map_err(|_| Refusal::Url),
        ..Sent::plain(name, says(is_up))
    };
    match take(&edge, &request, payload, sent).await {
        Ok(_) => begin(StatusCode::OK).finish(),
        Err(Refusal::NotFound) => text(begin(StatusCode::UNAUTHORIZED), "invalid token"),
        Err(refusal @ Refusal::Url) => {
            let wrong = wrong.unwrap_or_default();
            text(refusal.begin(), format!("invalid duration: {wrong}"))
        }
        Err(refusal) => text(refusal.begin(), refusal.text()),
    }
}

/// `/ext/heartbeat/{tag}/{secret}` of Kener.
pub(super) async fn kener(
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
) -> HttpResponse {
    pushed(edge, request, payload, &path.1).await
}

/// `/ext/heartbeat/{tag}:{secret}` of Kener before its version 4.
pub(super) async fn old_kener(
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
    path: Path<String>,
) -> HttpResponse {
    let secret = path.rsplit_once(':').map_or("", |(_, secret)| secret);
    pushed(edge, request, payload, secret).await
}

async fn pushed(edge: Data<Edge>, request: HttpRequest, payload: Payload, secret: &str) -> HttpResponse {
    if !matches!(*request.method(), Method::HEAD | Method::GET | Method::POST) {
        return other_method("HEAD, GET, POST");
    }
    let taken = match Name::token(secret) {
        Some(name) => take(&edge, &request, payload, Sent::plain(name, says(true))).await,
        None => Err(Refusal::NotFound),
    };
    match taken {
        Ok(_) => json_of(begin(StatusCode::OK), &json!({"status": "UP"})),
        Err(refusal) => json_of(refusal.begin(), &json!({"error": refusal.text()})),
    }
}

fn says(is_up: bool) -> Says {
    Says::plain(match is_up {
        true => PingKind::Success,
        false => PingKind::Fail,
    })
}

/// What a job says in words, as people may be shown it; nothing where it says nothing.
fn message(text: &str) -> Option<String> {
    let shown = domain::text::shown(text.trim());
    let shown: String = shown.chars().take(MESSAGE_CHARS).collect();
    (!shown.is_empty()).then_some(shown)
}

/// Milliseconds; nothing where they make no sense.
fn millis(text: &str) -> Option<u32> {
    let millis: f64 = text.trim().parse().ok()?;
    (millis >= 0.0).then(|| millis.round() as u32)
}

fn json_of(mut answer: HttpResponseBuilder, body: &serde_json::Value) -> HttpResponse {
    answer
        .content_type("application/json; charset=utf-8")
        .body(body.to_string())
}

fn text(mut answer: HttpResponseBuilder, body: impl Into<String>) -> HttpResponse {
    answer.content_type("text/plain; charset=utf-8").body(body.into())
}
