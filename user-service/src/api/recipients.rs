//! Recipients of e-mail channels: what they say by the links in their mails, and asking them once more.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    ConfirmEmailRecipient, DeclineEmailRecipient, GetEmailRecipient, Invitation, ResendConfirmation,
    ResendOwnConfirmation, Resource,
};
use deadpool_postgres::GenericClient;
use domain::channel::{EmailRecipientState, Kind};
use domain::{EmailRecipientId, UserId};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::number_codes;
use crate::app::App;
use crate::confirmation_limits::{Asker, count_mail};
use crate::rules::recipient_link::{LinkError, RecipientLink};
use crate::rules::recipients::KnownRecipients;
use crate::store::Scope;
use crate::store::channels::Whose;
use crate::store::{channels, confirmations, organisations, recipients};
use crate::{mail_server, metrics as names};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(resend)
        .mount(resend_own)
        .mount(get)
        .mount(confirm)
        .mount(decline)
}

async fn resend(
    app: Data<App>,
    call: Call<ResendConfirmation>,
) -> Result<Reply<ResendConfirmation>, Problem> {
    let (scope, recipient) = (Scope::from(&call.caller), call.path.recipient);
    let client = app.pool.get().await?;
    let channel = channels::find(&client, scope, Whose::Organisation, call.path.id).await?;
    let addresses = recipients::addresses(&channel, &app.keyring);
    let address = addresses
        .iter()
        .find(|to| EmailRecipientId::new(scope.org(), to) == recipient)
        .ok_or_else(|| Problem::not_found("recipient"))?;
    let known = recipients::known(&client, scope, app.verify_recipients).await?;
    match known.state(recipient) {
        EmailRecipientState::Confirmed => return Err(conflict("the recipient is confirmed already")),
        EmailRecipientState::Declined | EmailRecipientState::Waiting => {}
    }
    if mail_server::is_missing(&app).await {
        return Err(conflict(mail_server::MISSING));
    }
    ask_again(&app, &client, scope, &known, address).await?;
    app.announcer.alerting(scope.org());
    Ok(Reply::empty())
}

async fn resend_own(
    app: Data<App>,
    call: Call<ResendOwnConfirmation>,
) -> Result<Reply<ResendOwnConfirmation>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let own = Whose::Member(UserId(call.caller.user_id()));
    let channel = channels::find(&client, scope, own, call.path.id).await?;
    if Kind::parse(&channel.kind).is_some_and(Kind::reaches_a_phone) {
        number_codes::send_again(&app, &client, scope, &channel).await?;
        return Ok(Reply::empty());
    }
    let addresses = recipients::addresses(&channel, &app.keyring);
    let known = recipients::known(&client, scope, app.verify_recipients).await?;
    let in_state = |state: EmailRecipientState| -> Vec<&String> {
        let state_of = |address: &String| known.state(EmailRecipientId::new(scope.org(), address));
        let these = addresses.iter().filter(|address| state_of(address) == state);
        these.collect()
    };
    let mut asked = in_state(EmailRecipientState::Waiting);
    // Who has declined is left alone while somebody else has still to answer.
    if asked.is_empty() {
        asked = in_state(EmailRecipientState::Declined);
    }
    if asked.is_empty() {
        return Err(conflict("the channel has no recipient that has still to confirm"));
    }
    if mail_server::is_missing(&app).await {
        return Err(conflict(mail_server::MISSING));
    }
    let (mut is_asked, mut refused) = (false, None);
    for address in asked {
        match ask_again(&app, &client, scope, &known, address).await {
            Ok(()) => is_asked = true,
            Err(problem) => refused = refused.or(Some(problem)),
        }
    }
    match refused {
        Some(problem) if !is_asked => Err(problem),
        _ => {
            app.announcer.alerting(scope.org());
            Ok(Reply::empty())
        }
    }
}

pub(super) fn conflict(why: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, why)
}

/// Has a recipient asked once more that has not confirmed. A mail that is on its way is the one that is asked for.
async fn ask_again(
    app: &App,
    client: &impl GenericClient,
    scope: Scope,
    known: &KnownRecipients,
    address: &str,
) -> Result<(), Problem> {
    let recipient = EmailRecipientId::new(scope.org(), address);
    if confirmations::is_wanted(client, scope, recipient).await? {
        return Ok(());
    }
    let now = shared::now();
    if let Some(until) = known.left_alone_until(recipient, now) {
        let wait = u64::try_from(until.millis_since(now)).unwrap_or_default();
        return Err(Problem::too_many_for(Duration::from_millis(wait)));
    }
    let org = organisations::find(client, scope).await?;
    let org = org.ok_or_else(|| Problem::not_found("organisation"))?;
    let asker = Asker::new(scope.org(), org.created_at, now);
    match count_mail(app, asker, address).await {
        Ok(None) => {
            confirmations::want(client, scope, recipient).await?;
            Ok(())
        }
        Ok(Some(enough)) => {
            metrics::counter!(names::CONFIRMATION_MAILS, "outcome" => "limited").increment(1);
            Err(Problem::too_many_for(enough.wait))
        }
        Err(error) => {
            tracing::warn!(%error, "confirmation mails cannot be counted");
            Err(Problem::unavailable("the count of confirmation mails"))
        }
    }
}

async fn get(app: Data<App>, call: Call<GetEmailRecipient>) -> Result<Reply<GetEmailRecipient>, Problem> {
    let link = link(&app, &call.path.token)?;
    let client = app.pool.get().await?;
    Ok(Reply::new(recipients::invitation(&client, &link).await?))
}

async fn confirm(
    app: Data<App>,
    call: Call<ConfirmEmailRecipient>,
) -> Result<Reply<ConfirmEmailRecipient>, Problem> {
    let answered = answer(&app, &call.path.token, EmailRecipientState::Confirmed).await?;
    Ok(Reply::new(answered))
}

async fn decline(
    app: Data<App>,
    call: Call<DeclineEmailRecipient>,
) -> Result<Reply<DeclineEmailRecipient>, Problem> {
    let answered = answer(&app, &call.path.token, EmailRecipientState::Declined).await?;
    Ok(Reply::new(answered))
}

fn link(app: &App, token: &str) -> Result<RecipientLink, Problem> {
    RecipientLink::read(token, &app.token_key, shared::now()).map_err(refused)
}

fn refused(error: LinkError) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, error.to_string())
}

/// Takes an answer, and tells alerters and dashboards when it is another one than before.
async fn answer(app: &App, token: &str, state: EmailRecipientState) -> Result<Invitation, Problem> {
    let link = link(app, token)?;
    if state == EmailRecipientState::Confirmed && !link.can_confirm() {
        return Err(refused(LinkError::OnlyDeclines));
    }
    let client = app.pool.get().await?;
    let before = recipients::invitation(&client, &link).await?;
    if before.state == state {
        if state == EmailRecipientState::Declined {
            // Another question may be on its way.
            recipients::answer(&client, &link, state).await?;
        }
        return Ok(before);
    }
    recipients::answer(&client, &link, state).await?;
    let (scope, recipient) = (Scope::organisation(link.org), link.recipient());
    metrics::counter!(names::RECIPIENT_ANSWERS, "answer" => state.as_str()).increment(1);
    tracing::info!(org_id = link.org.0, %recipient, state = state.as_str(), "answered");
    app.announcer.alerting(link.org);
    let channels = channels::all(&client, scope).await?;
    publish(app, scope, &channels, recipient);
    Ok(Invitation { state, ..before })
}

/// Has dashboards load the channels again that send to a recipient, also members' own: the dashboard of their owner shows
/// them.
pub(super) fn publish(
    app: &App,
    scope: Scope,
    channels: &[channels::ChannelRow],
    recipient: EmailRecipientId,
) {
    for channel in channels {
        let addresses = recipients::addresses(channel, &app.keyring);
        let mut ids = addresses.iter().map(|to| EmailRecipientId::new(scope.org(), to));
        if ids.any(|id| id == recipient) {
            app.announcer.change(scope.org(), Resource::Channel, channel.id.0);
        }
    }
}
