//! What Slack sends when somebody presses a button below a message of a bot: verified with the signing secret of
//! the channel, and carried out in the name of the Slack user.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use api::{AcknowledgeIncident, Operation as _};
use domain::ChannelId;
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::request::{path_id, read_body};

use super::incidents::acknowledge_as;
use super::signed_calls;
use crate::app::App;
use crate::rules::{slack_interaction as interaction, slack_signature as signature};
use crate::store::Scope;
use crate::store::audit::{Author, By};
use crate::store::channels;

/// Buttons that may be pressed below the messages of one channel in a minute.
const PRESSES: u32 = 60;

const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";

/// `POST /internal/slack/interactions/{id}`. A channel that is not there is told apart from a wrong signature by
/// nobody.
pub(crate) async fn interact(
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&request, "id", "channel")
        .map(ChannelId)
        .map_err(|_| Problem::unauthorized())?;
    let body = read_body(payload).await?;
    let bot = channels::slack_bot(&app.pool.get().await?, &app.keyring, id).await?;
    let (org, secret) = bot.ok_or_else(Problem::unauthorized)?;
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let signed = signature::Signed {
        timestamp: header(TIMESTAMP).unwrap_or_default(),
        signature: header(SIGNATURE).unwrap_or_default(),
        body: &body,
    };
    if !signed.verify(&secret, shared::now()) {
        return Err(Problem::unauthorized());
    }
    signed_calls::limited(&app, "slack", id, PRESSES).await?;
    let pressed = interaction::acknowledged(&body)
        .map_err(|error| Problem::bad_request(format!("the interaction cannot be read: {error}")))?;
    if let Some(pressed) = pressed {
        let author = Author {
            by: By::Slack(pressed.by.clone()),
            scope: Scope::organisation(org),
            action: AcknowledgeIncident::ID,
            address: None,
            request_id: identity::request_id(&request),
        };
        match acknowledge_as(&app, &author, pressed.incident, &pressed.by).await {
            // Slack's user can do nothing about an outage that ended meanwhile.
            Err(problem) if problem.status() == actix_web::http::StatusCode::CONFLICT => {}
            other => other?,
        }
    }
    Ok(HttpResponse::Ok().finish())
}
