//! Operations that begin, renew and end sessions. They work with cookies, so that only pages of ours may call them.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use api::{Listed, Login, Operation as _, Rate, Register, RequestPasswordReset};
use domain::EmailAddress;
use shared::device::{AccountKey, DEVICE_COOKIE, Device};
use shared::http::call::max_body_bytes;
use shared::http::cookie::find;
use shared::http::problem::Problem;
use shared::http::request::read_body_within;

use crate::Edge;
use crate::client::client_prefix;
use crate::hosts::require_json;
use crate::limits::Candidate;
use crate::metrics;
use crate::proxy::{Answer, BODY_WITHIN, answered, forward};

/// A call of an operation that needs no credential.
pub(crate) async fn pass(
    listed: Listed,
    edge: Data<Edge>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    edge.settings.hosts.require_same_origin(&request)?;
    require_json(request.headers(), listed.rate == Rate::SignIn)?;
    let body = read_body_within(payload, max_body_bytes(&listed), BODY_WITHIN).await?;
    let answer = match listed.id {
        Login::ID => login(&edge, &request, body).await?,
        Register::ID => register(&edge, &request, body).await?,
        _ => {
            let from = client_prefix(&edge, &request);
            edge.limits.session(&request, from)?;
            if listed.id == RequestPasswordReset::ID {
                edge.limits.reset(&request, from)?;
            }
            let answer = forward(&edge, &request, None, body).await;
            // A session may have ended, by its user or because a token was used twice.
            edge.revocations.expect();
            answer?
        }
    };
    let kind = listed.path.rsplit('/').next().unwrap_or_default();
    metrics::auth_attempt(kind, answer.status().is_success());
    answered(answer)
}

async fn login(edge: &Edge, request: &HttpRequest, body: Bytes) -> Result<Answer, Problem> {
    let attempt = edge
        .limits
        .sign_in
        .login(request, &candidate(edge, request, &body))?;
    let answer = forward(edge, request, None, body).await;
    match answer.as_ref().map(|answer| answer.status().as_u16()) {
        Ok(200) => attempt.succeeded(),
        Ok(401) => {}
        _ => attempt.was_none(),
    }
    answer
}

/// Who tries to log in. What names no account is user-service's to refuse.
fn candidate(edge: &Edge, request: &HttpRequest, body: &[u8]) -> Candidate {
    let key = &edge.settings.token_key;
    let sent: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let address = sent["email"]
        .as_str()
        .and_then(|text| EmailAddress::parse(text).ok());
    let account = address.map(|address| AccountKey::of(key, &address));
    let device = account.zip(find(request, DEVICE_COOKIE));
    Candidate {
        from: client_prefix(edge, request),
        account,
        device: device
            .and_then(|(account, cookie)| Device::verify(cookie.value(), key, account, shared::now())),
    }
}

async fn register(edge: &Edge, request: &HttpRequest, body: Bytes) -> Result<Answer, Problem> {
    let from = client_prefix(edge, request);
    edge.limits.sign_in.register(request, from)?;
    let answer = forward(edge, request, None, body).await?;
    if answer.status().as_u16() == StatusCode::CONFLICT.as_u16() {
        edge.limits.sign_in.told_taken(from);
    }
    Ok(answer)
}
