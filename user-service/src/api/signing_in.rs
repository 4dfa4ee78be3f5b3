//! How signing in ends, whatever somebody has shown before: a password, or a login at a provider.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use api::{Account, Actor, Operation};
use shared::http::identity;
use shared::http::problem::Problem;

use super::called_by::client as client_of;
use super::cookie;
use crate::app::App;
use crate::metrics as names;
use crate::settings::Registration;
use crate::store::audit::{Author, By, Resource};
use crate::store::sessions::{self, RefreshToken};
use crate::store::{Scope, accounts, organisations, users};
use crate::verification;

/// Begins a session of somebody who has shown to be the owner of an account. `hash` is that of the password as it was
/// when that was shown.
///
/// # Errors
/// 401 when the password is another one by now, 403 while the address has to be verified first.
pub(super) async fn begin_session(
    app: &App,
    request: &HttpRequest,
    account: &Account,
    hash: &str,
) -> Result<RefreshToken, Problem> {
    let token = RefreshToken::first();
    let (user, org) = (account.user.id, account.org.id);
    let client = app.pool.get().await?;
    if verification::is_overdue(app, &client, account).await? {
        return Err(verification::refuse(app, &client, account).await);
    }
    let (scope, from) = (Scope::organisation(org), client_of(request));
    if !sessions::begin(&client, &token, (user, hash), scope, &from, app.session_days).await? {
        // The password was changed while it was verified.
        return Err(refused());
    }
    metrics::counter!(names::LOGINS, "outcome" => "accepted").increment(1);
    Ok(token)
}

/// What the browser keeps of a session.
pub(super) fn cookies(
    app: &App,
    request: &HttpRequest,
    account: &Account,
    token: &RefreshToken,
) -> impl Iterator<Item = Cookie<'static>> + use<> {
    let device = cookie::introduce(app, request, account);
    std::iter::once(cookie::keep(app, token)).chain(device)
}

pub(super) fn refused() -> Problem {
    metrics::counter!(names::LOGINS, "outcome" => "refused").increment(1);
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "the e-mail address or the password is wrong",
    )
}

/// Makes an organisation for somebody who is in none any more, as for somebody who registers.
pub(super) async fn in_an_organisation_of_its_own<O: Operation>(
    app: &App,
    request: &HttpRequest,
    user: i64,
) -> Result<Account, Problem> {
    if app.registration != Registration::Open {
        let invited = "you are in no organisation any more: ask one for an invitation, and follow its link";
        return Err(Problem::new(StatusCode::FORBIDDEN, invited));
    }
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let name = users::name_of(&tx, user).await?.ok_or_else(refused)?;
    let made = organisations::create(&tx, user, &accounts::own_organisation(&name)).await?;
    let author = Author {
        by: By::Actor(Actor::User(user)),
        scope: Scope::organisation(made.id),
        action: O::ID,
        address: client_of(request).address,
        request_id: identity::request_id(request),
    };
    let resource = Resource::new("organisation", made.id);
    author.created(&tx, &resource, &made).await?;
    let account = accounts::find(&tx, user, made.id).await?;
    tx.commit().await?;
    account.ok_or_else(refused)
}
