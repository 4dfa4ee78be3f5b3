//! What Slack sends when somebody presses a button below a message of a bot: verified with the signing secret of
//! the channel, and carried out in the name of the Slack user.

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use api::{AcknowledgeIncident, Operation as _};
use domain::ChannelId;
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::request::{path_id, read_body};
use shared::redis::{Limit, count};

use super::incidents::acknowledge_as;
use crate::app::App;
use crate::rules::{slack_interaction as interaction, slack_signature as signature};
use crate::store::Scope;
use crate::store::audit::{Author, By};
use crate::store::channels;

/// Buttons that may be pressed below the messages of one channel in [`WINDOW`].
const PRESSES: u32 = 60;
const WINDOW: Duration = Duration::from_secs(60);

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
    limited(&app, id).await?;
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

/// Counts what is signed: what anybody else sends in Slack's name uses up nothing of the channel's. Without Redis it is
/// not counted, for whoever can sign could acknowledge everything anyway.
async fn limited(app: &App, channel: ChannelId) -> Result<(), Problem> {
    let limit = Limit {
        what: "slack",
        who: channel.to_string(),
        times: PRESSES,
        window: WINDOW,
    };
    match count(&app.redis, &app.redis_keys, &[limit]).await {
        Ok(Some(wait)) => Err(Problem::too_many_for(wait)),
        Ok(None) => Ok(()),
        Err(error) => {
            tracing::debug!(%error, "buttons in Slack are not counted");
            Ok(())
        }
    }
}
