//! What Meta calls at the address of a WhatsApp channel: once when somebody enters it there, and then with what became of
//! messages, which is verified with the secret of the app.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::ChannelId;
use metrics::counter;
use serde::Deserialize;
use shared::http::problem::Problem;
use shared::http::request::{BODY_WITHIN, parse_query, path_id, read_body_within};
use subtle::ConstantTimeEq as _;

use super::signed_calls;
use crate::app::App;
use crate::metrics as names;
use crate::rules::{hub_signature, whatsapp_reports};
use crate::store::whatsapp_channels::Receiver;
use crate::store::{Scope, message_reports, undelivered, whatsapp_channels};

/// Notifications of one app in a minute. Meta sends what is refused again, for days.
const NOTIFICATIONS: u32 = 600;

/// The largest notification that is read, in bytes: Meta sends as much.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// The longest challenge.
const MAX_CHALLENGE_BYTES: usize = 256;

const SIGNATURE: &str = "x-hub-signature-256";

/// What Meta asks with when an address is entered.
#[derive(Deserialize)]
struct Verification {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

/// `GET /internal/whatsapp/callbacks/{id}/{key}`. What is wrong is told by nothing.
pub(crate) async fn verify(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (_, receiver) = receiver(&app, &request).await?;
    let asked: Verification = parse_query(&request)?;
    let knows = asked
        .verify_token
        .as_bytes()
        .ct_eq(receiver.callback.verify_token.as_bytes());
    if asked.mode != "subscribe" || !bool::from(knows) {
        return Err(Problem::unauthorized());
    }
    let challenge = asked.challenge;
    let is_word = challenge
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if challenge.is_empty() || challenge.len() > MAX_CHALLENGE_BYTES || !is_word {
        return Err(Problem::bad_request("hub.challenge is not one of Meta's"));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(challenge))
}

/// `POST /internal/whatsapp/callbacks/{id}/{key}`. Played again, a notification changes nothing: states only go on.
pub(crate) async fn notified(
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (id, receiver) = receiver(&app, &request).await?;
    let signature = request
        .headers()
        .get(SIGNATURE)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(refused)?;
    let body = read_body_within(payload, MAX_BYTES, BODY_WITHIN).await?;
    if !hub_signature::verify(&receiver.app_secret, signature, &body) {
        return Err(refused());
    }
    signed_calls::limited(&app, "whatsapp", id, NOTIFICATIONS).await?;
    let now = shared::now();
    let reports =
        whatsapp_reports::reports(&body, now).map_err(|problem| Problem::bad_request(problem.to_string()))?;
    let scope = Scope::organisation(receiver.org_id);
    let mut client = app.pool.get().await?;
    let channels = whatsapp_channels::of_app(&client, &app.keyring, scope, &receiver.app_secret).await?;
    let tx = client.transaction().await?;
    let noted = message_reports::note(&tx, scope, &channels, &reports.messages, now).await?;
    let passed_on = undelivered::pass_on(&tx, &noted.undelivered, now).await?;
    tx.commit().await?;
    if passed_on > 0 {
        app.outbox.notify_one();
    }
    for (outcome, count) in [
        ("noted", noted.known),
        ("early", noted.early),
        ("unknown", noted.unknown),
        ("left_out", reports.left_out),
        ("passed_on", passed_on),
    ] {
        counter!(names::MESSAGE_REPORTS, "outcome" => outcome).increment(count as u64);
    }
    Ok(HttpResponse::Ok().finish())
}

/// The channel of the path, if it takes reports and the key is its own.
async fn receiver(app: &App, request: &HttpRequest) -> Result<(ChannelId, Receiver), Problem> {
    let id = path_id(request, "id", "channel")
        .map(ChannelId)
        .map_err(|_| refused())?;
    let key = request.match_info().get("key").unwrap_or_default();
    let found = whatsapp_channels::receiver(&app.pool.get().await?, &app.keyring, id).await?;
    let found = found.filter(|receiver| bool::from(receiver.callback.key.as_bytes().ct_eq(key.as_bytes())));
    Ok((id, found.ok_or_else(refused)?))
}

fn refused() -> Problem {
    counter!(names::MESSAGE_REPORTS, "outcome" => "refused").increment(1);
    Problem::unauthorized()
}
