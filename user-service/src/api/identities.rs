//! `/me/identities`: the logins at providers that sign in to the own account.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{ConfirmIdentity, Identity, IdentityList, LinkIdentity, ListIdentities, Principal, UnlinkIdentity};
use domain::monitor::FieldError;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::{author, cause};
use super::linking::{AuditedLogin, name_of, resource};
use super::providers::send;
use crate::app::App;
use crate::passwords;
use crate::providers::{Freshness, Provider};
use crate::reauthentication::reauthenticate;
use crate::rules::mail_content::Content;
use crate::rules::sign_in::{Asking, Purpose};
use crate::second_factor::Deed;
use crate::store::identities::{self, Linked};
use crate::store::{account_events, sessions, users};
use crate::verification;

pub(super) fn mount(routes: Routes) -> Routes {
    // The longer path of two that begin alike.
    routes.mount(list).mount(link).mount(confirm).mount(unlink)
}

fn invalid(wrong: &str) -> Problem {
    Problem::invalid(vec![FieldError::new("provider", wrong)])
}

fn shown(app: &App, linked: Linked) -> Identity {
    let provider = app.providers.of_issuer(&linked.issuer);
    Identity {
        id: linked.id,
        provider_name: provider.map(|provider| provider.name.clone()),
        // As it is called now, by which it is confirmed.
        provider: provider.map_or(linked.provider, |provider| provider.id.clone()),
        email: linked.email,
        created_at: linked.created_at.into(),
        last_used_at: linked.last_used_at.map(Into::into),
    }
}

async fn list(app: Data<App>, call: Call<ListIdentities>) -> Result<Reply<ListIdentities>, Problem> {
    let (client, user) = (app.pool.get().await?, call.caller.user_id());
    let hash = users::password_hash(&client, user).await?;
    let linked = identities::list(&client, user).await?;
    Ok(Reply::new(IdentityList {
        items: linked.into_iter().map(|linked| shown(&app, linked)).collect(),
        has_password: passwords::is_set(&hash.ok_or_else(Problem::unauthorized)?),
    }))
}

async fn link(app: Data<App>, call: Call<LinkIdentity>) -> Result<Reply<LinkIdentity>, Problem> {
    let request = call.request().clone();
    let given = call.body;
    let provider = app.providers.find(&given.provider);
    let provider = provider.ok_or_else(|| invalid("must be one of the providers"))?;
    let deed = Deed::of(call.caller.user_id(), cause::<LinkIdentity>(&request));
    let (password, code) = (given.current_password, given.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    // Whoever has registered an address that is another's shall not keep the account by a login of their own.
    verification::require(&app, &app.pool.get().await?, call.caller.user_id()).await?;
    let asking = asking(&call.caller, identity::session(&request));
    send(&app, provider, Purpose::Link(asking), Freshness::Any).await
}

async fn confirm(app: Data<App>, call: Call<ConfirmIdentity>) -> Result<Reply<ConfirmIdentity>, Problem> {
    let linked = identities::list(&app.pool.get().await?, call.caller.user_id()).await?;
    let provider = meant(&app, &call.body.provider, &linked)?;
    let asking = asking(&call.caller, identity::session(call.request()));
    send(&app, provider, Purpose::Confirm(asking), Freshness::Fresh).await
}

/// The provider that is meant by an id: by the one that it has, or had when a login was linked.
///
/// # Errors
/// 422 when there is no such provider, or no linked login of it.
fn meant<'a>(app: &'a App, id: &str, linked: &[Linked]) -> Result<&'a Provider, Problem> {
    let is_linked = |provider: &&Provider| linked.iter().any(|linked| linked.issuer == provider.issuer);
    let now = app.providers.find(id);
    let mut before = linked.iter().filter(|linked| linked.provider == id);
    now.filter(is_linked)
        .or_else(|| before.find_map(|linked| app.providers.of_issuer(&linked.issuer)))
        .ok_or_else(|| match now {
            Some(_) => invalid("must be that of a linked login"),
            None => invalid("must be one of the providers"),
        })
}

fn asking(caller: &Principal, session: Option<uuid::Uuid>) -> Asking {
    Asking {
        user_id: caller.user_id(),
        org_id: caller.org_id.0,
        session,
    }
}

async fn unlink(app: Data<App>, call: Call<UnlinkIdentity>) -> Result<Reply<UnlinkIdentity>, Problem> {
    let (author, request) = (author(&call), call.request().clone());
    let (user, id) = (call.caller.user_id(), call.path.id);
    let deed = Deed::of(user, cause::<UnlinkIdentity>(&request));
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    // Of two that are unlinked at once the second one sees what is left.
    let address = users::lock_email(&tx, user)
        .await?
        .ok_or_else(Problem::unauthorized)?;
    let hash = users::password_hash(&tx, user).await?.unwrap_or_default();
    let linked = identities::list(&tx, user).await?;
    let gone = linked.iter().find(|linked| linked.id == id);
    let gone = gone.ok_or_else(|| Problem::not_found("linked login"))?;
    let can_sign_in = |linked: &Linked| linked.id != id && app.providers.of_issuer(&linked.issuer).is_some();
    if !passwords::is_set(&hash) && !linked.iter().any(can_sign_in) {
        let last = "this is the last way to sign in: set a password or link another login first";
        return Err(Problem::new(StatusCode::CONFLICT, last));
    }
    identities::delete(&tx, user, id).await?;
    // Some may have been begun with it.
    let current = identity::session(&request);
    sessions::end_some(&tx, user, |session| Some(session) != current).await?;
    let provider = gone.provider.as_str();
    let before = AuditedLogin { provider };
    author.deleted(&tx, &resource(id), &before).await?;
    let cause = cause::<UnlinkIdentity>(&request);
    account_events::note(&tx, user, &cause, Some(json!(before))).await?;
    let content = Content::LoginUnlinked {
        provider: name_of(&app, &gone.issuer, provider),
    };
    app.mailer.post_if_room(&tx, &address, &content).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, provider, "a login was unlinked");
    Ok(Reply::empty())
}
