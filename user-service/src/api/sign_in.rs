//! What comes of having shown to be somebody: a session, or a challenge for the second factor. Every way to sign in ends
//! here.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use api::{Account, Actor, Operation};
use shared::http::identity;
use shared::http::problem::Problem;

use super::called_by::{cause, client as client_of};
use super::joining::Joining;
use super::linking;
use crate::app::App;
use crate::metrics as names;
use crate::rules::mailed_token::MailedToken;
use crate::settings::Registration;
use crate::store::audit::{Author, By, Resource};
use crate::store::sessions::{self, RefreshToken};
use crate::store::{
    Scope, account_events, accounts, deletions, organisations, second_factors, sign_in_challenges, users,
};
use crate::verification;

/// Somebody who has shown to be a user.
pub(super) struct Proven<'a> {
    pub(super) user: i64,
    /// The hash of the user's password then: with another one nothing comes of it.
    pub(super) password_hash: &'a str,
    /// The login at a provider that has shown it, if one has: once it is unlinked nothing comes of it.
    pub(super) identity: Option<i64>,
    /// The token of an invitation that is to be accepted.
    pub(super) invitation: Option<&'a str>,
    /// Whether the login at a provider that waits for this is linked.
    pub(super) links: bool,
}

/// A session that has begun.
pub(super) struct Begun {
    pub(super) account: Account,
    pub(super) token: RefreshToken,
}

/// What came of it.
pub(super) enum SignIn {
    Begun(Begun),
    /// A code is needed as well, sent with this challenge to [`api::LoginSecondFactor`]. Nothing was done yet.
    Challenged(String),
}

/// Begins a session of somebody who has shown to be a user by one factor, unless the user has a second one.
///
/// # Errors
/// Those of [`begin`].
pub(super) async fn sign_in<O: Operation>(
    app: &App,
    request: &HttpRequest,
    proven: Proven<'_>,
) -> Result<SignIn, Problem> {
    let client = app.pool.get().await?;
    if second_factors::is_on(&client, proven.user).await? {
        let token = MailedToken::random();
        let by = sign_in_challenges::Challenged {
            user: proven.user,
            password_hash: proven.password_hash.to_owned(),
            identity: proven.identity,
        };
        sign_in_challenges::insert(&client, &token, &by).await?;
        metrics::counter!(names::LOGINS, "outcome" => "challenged").increment(1);
        return Ok(SignIn::Challenged(token.text()));
    }
    drop(client);
    begin::<O>(app, request, proven, false).await.map(SignIn::Begun)
}

/// Begins a session of somebody who has shown all factors of a user. `has_second` is whether there were two.
///
/// # Errors
/// 401 when the password, the linked login, or whether there is a second factor, has changed meanwhile; 403 when the
/// address is to be verified first, or when the user is in no organisation and may not make one; 422 when the invitation is
/// not valid, or no login waits that could be linked.
pub(super) async fn begin<O: Operation>(
    app: &App,
    request: &HttpRequest,
    proven: Proven<'_>,
    has_second: bool,
) -> Result<Begun, Problem> {
    let Proven {
        user,
        password_hash,
        identity,
        invitation,
        links,
    } = proven;
    let mut client = app.pool.get().await?;
    let account = match invitation {
        Some(invitation) => {
            let tx = client.transaction().await?;
            let joined = Joining::of::<O>(request).sign_up(&tx, invitation, user).await?;
            tx.commit().await?;
            Some(joined)
        }
        None => accounts::find_any(&client, user, None).await?,
    };
    drop(client);
    let account = match account {
        Some(account) => account,
        None => in_an_organisation_of_its_own::<O>(app, request, user).await?,
    };
    let token = RefreshToken::first();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let account = match links {
        true => linking::link_waiting::<O>(app, &tx, request, account).await?,
        false => account,
    };
    if verification::is_overdue(app, &tx, &account).await? {
        drop(tx);
        return Err(verification::refuse(app, &client, &account).await);
    }
    let (scope, from) = (Scope::organisation(account.org.id), client_of(request));
    let by = sessions::Proof {
        user_id: user,
        password_hash,
        identity,
        has_second,
    };
    if !sessions::begin(&tx, &token, by, scope, &from, app.session_days).await? {
        // The password was changed while it was verified, the login unlinked, or the second factor turned on.
        return Err(refused());
    }
    account_events::note(&tx, user, &cause::<O>(request), None).await?;
    tx.commit().await?;
    if links {
        app.mailer.wake.notify_one();
    }
    metrics::counter!(names::LOGINS, "outcome" => "accepted").increment(1);
    Ok(Begun { account, token })
}

/// 401 for who has not shown to be anybody.
pub(super) fn refused() -> Problem {
    metrics::counter!(names::LOGINS, "outcome" => "refused").increment(1);
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "the e-mail address or the password is wrong",
    )
}

/// Makes an organisation for somebody who is in none any more, as for somebody who registers.
async fn in_an_organisation_of_its_own<O: Operation>(
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
    // Of two sign-ins at once the second finds what the first has made.
    users::lock_email(&tx, user).await?.ok_or_else(refused)?;
    if let Some(made) = accounts::find_any(&tx, user, None).await? {
        return Ok(made);
    }
    if deletions::is_account_pending(&tx, user).await? {
        let deleted = "the account is being deleted";
        return Err(Problem::new(StatusCode::FORBIDDEN, deleted));
    }
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
