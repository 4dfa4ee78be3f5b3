//! `/auth/*`: beginning, renewing and ending sessions.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{Account, Login, Logout, Operation, Refresh, Register, Session, SwitchOrganisation};
use deadpool_postgres::{Client, Transaction};
use domain::monitor::FieldError;
use domain::{EmailAddress, OrgId};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::token::ACCESS_TOKEN_SECONDS;

use super::called_by::{cause, client as client_of};
use super::cookie;
use super::joining::{self, Joining};
use super::own_audit_log::sign_in_failed;
use super::sign_in::{self, Proven, SignIn};
use crate::app::App;
use crate::mail_limits::count_mail;
use crate::metrics as names;
use crate::rules::mail_content::{Content, Kind};
use crate::rules::text;
use crate::settings::Registration;
use crate::store::account_events;
use crate::store::accounts::{self, principal_of};
use crate::store::sessions::{self, RefreshToken, Used};
use crate::store::{Scope, users};
use crate::verification;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(register)
        .mount(login)
        .mount(refresh)
        .mount(logout)
        .mount(switch)
}

async fn register(app: Data<App>, call: Call<Register>) -> Result<Reply<Register>, Problem> {
    let request = call.request().clone();
    let given = call.body;
    match (app.registration, &given.invitation) {
        (Registration::Open, _) | (Registration::Invite, Some(_)) => {}
        (Registration::Invite, None) => {
            let invited = "registration is open to invited people only: follow the link of your invitation";
            return Err(Problem::new(StatusCode::FORBIDDEN, invited));
        }
        (Registration::Closed, _) => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "registration is closed"));
        }
    }
    let email = EmailAddress::parse(&given.email)
        .map(|address| address.normal())
        .map_err(|wrong| FieldError::new("email", wrong));
    let name = text::name(&given.name);
    // What is far too long is not kept while others have their turn.
    let inputs = email.iter().chain(&name).cloned().collect();
    let password = app.passwords.judge(given.password.clone(), inputs).await?;
    let password = password.map_err(|wrong| FieldError::new("password", wrong));
    let (email, name) = match (email, name, password) {
        (Ok(email), Ok(name), Ok(())) => (email, name),
        (email, name, password) => {
            let wrong = [email.err(), password.err(), name.err()];
            return Err(Problem::invalid(wrong.into_iter().flatten().collect()));
        }
    };
    if let Some(invitation) = &given.invitation {
        // Before anything tells whether the address has an account, and before the work that hashing is.
        joining::require_invited(&app, invitation, &email).await?;
    }
    let hash = app.passwords.hash(given.password).await?;
    let token = RefreshToken::first();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let made = match &given.invitation {
        None => accounts::create(&tx, &email, &name, &hash)
            .await
            .map_err(Problem::from),
        Some(invitation) => create_invited(&tx, &request, invitation, &email, &name, &hash).await,
    };
    let account = match made {
        Ok(account) => account,
        Err(problem) => {
            drop(tx);
            if problem.status() == StatusCode::CONFLICT {
                tell_owner(&app, &client, &email).await;
            }
            return Err(problem);
        }
    };
    let (user, org) = (account.user.id, account.org.id);
    verification::begin(&app, &tx, &account).await?;
    let (scope, from) = (Scope::organisation(org), client_of(&request));
    let by = sessions::Proof {
        user_id: user,
        password_hash: &hash,
        identity: None,
        has_second: false,
    };
    sessions::begin(&tx, &token, by, scope, &from, app.session_days).await?;
    account_events::note(&tx, user, &cause::<Register>(&request), None).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    metrics::counter!(names::REGISTRATIONS).increment(1);
    tracing::info!(user_id = user, org_id = org.0, "registered");
    answer(&app, &request, account, &token)
}

/// Makes an account in the organisation that invites its address.
async fn create_invited(
    tx: &Transaction<'_>,
    request: &HttpRequest,
    invitation: &str,
    email: &str,
    name: &str,
    hash: &str,
) -> Result<Account, Problem> {
    let user = users::create(tx, email, name, hash).await?;
    Joining::of::<Register>(request)
        .sign_up(tx, invitation, user)
        .await
}

/// Tells the owner of an address that somebody wanted to make an account with it, if it can be told.
async fn tell_owner(app: &App, client: &Client, email: &str) {
    if !app.mailer.is_set() || !matches!(count_mail(app, Kind::AddressTaken, email).await, Ok(None)) {
        return;
    }
    match app.mailer.post(client, email, &Content::AddressTaken, None).await {
        Ok(()) => app.mailer.wake.notify_one(),
        Err(problem) => tracing::warn!(%problem, "who has an address is not told of a registration with it"),
    }
}

async fn login(app: Data<App>, call: Call<Login>) -> Result<Reply<Login>, Problem> {
    let request = call.request().clone();
    let given = call.body;
    let client = app.pool.get().await?;
    let address = EmailAddress::parse(&given.email);
    let is_known_device = address
        .as_ref()
        .is_ok_and(|address| cookie::is_known_device(&app, &request, address));
    let found = match address {
        Ok(address) => users::find_by_email(&client, &address.normal()).await?,
        Err(_) => None,
    };
    let (user, hash) = found.map(|user| (user.id, user.password_hash)).unzip();
    // A connection is not kept while the password is hashed.
    drop(client);
    let verified = app
        .passwords
        .verify(given.password, hash.clone(), is_known_device)
        .await?;
    if let (false, Some(user)) = (verified, user) {
        sign_in_failed(&app, user, cause::<Login>(&request));
    }
    let (true, Some(user), Some(hash)) = (verified, user, hash) else {
        return Err(sign_in::refused());
    };
    let proven = Proven {
        user,
        password_hash: &hash,
        identity: None,
        invitation: given.invitation.as_deref(),
        links: given.link_identity,
    };
    match sign_in::sign_in::<Login>(&app, &request, proven).await? {
        SignIn::Begun(begun) => answer(&app, &request, begun.account, &begun.token),
        SignIn::Challenged(challenge) => Err(Problem::second_factor_required(challenge)),
    }
}

async fn refresh(app: Data<App>, call: Call<Refresh>) -> Result<Reply<Refresh>, Problem> {
    renew(&app, call.request(), None).await
}

async fn switch(
    app: Data<App>,
    call: Call<SwitchOrganisation>,
) -> Result<Reply<SwitchOrganisation>, Problem> {
    renew(&app, call.request(), Some(call.body.org_id)).await
}

/// Exchanges the refresh cookie of a request, and has the session go on in the organisation `to`. Whose session is in one
/// of which the user is no member any more goes on in another.
async fn renew<O: Operation<Answer = Session>>(
    app: &App,
    request: &HttpRequest,
    to: Option<OrgId>,
) -> Result<Reply<O>, Problem> {
    let count = |outcome: &'static str| {
        metrics::counter!(names::REFRESHES, "outcome" => outcome).increment(1);
    };
    let Some(token) = cookie::read(request) else {
        return Err(logged_out());
    };
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let used = sessions::rotate(&tx, &token, &app.token_key, &client_of(request), app.session_days).await?;
    let (user_id, org_id, successor) = match used {
        Used::Rotated {
            user_id,
            org_id,
            successor,
        } => (user_id, org_id, successor),
        Used::Reused => {
            tx.commit().await?;
            count("reused");
            tracing::warn!("a refresh token was used again; its session has ended");
            return Err(logged_out());
        }
        Used::Unknown => {
            count("unknown");
            return Err(logged_out());
        }
    };
    let account = match to {
        // Without a commit the token is as good as before.
        Some(to) => accounts::find(&tx, user_id, to).await?.ok_or_else(|| {
            let wrong = "must be an organisation of which you are a member";
            Problem::invalid(vec![FieldError::new("org_id", wrong)])
        })?,
        None => match accounts::find_any(&tx, user_id, Some(org_id)).await? {
            Some(account) => account,
            // It would be listed as if it could go on.
            None => {
                sessions::end(&tx, &token).await?;
                tx.commit().await?;
                count("unknown");
                return Err(logged_out());
            }
        },
    };
    if verification::is_overdue(app, &tx, &account).await? {
        drop(tx);
        return Err(verification::refuse(app, &client, &account).await);
    }
    if account.org.id != org_id {
        sessions::move_to(&tx, &token, Scope::organisation(account.org.id)).await?;
    }
    tx.commit().await?;
    count("rotated");
    answer(app, request, account, &successor)
}

async fn logout(app: Data<App>, call: Call<Logout>) -> Result<Reply<Logout>, Problem> {
    for token in cookie::read_all(call.request()) {
        sessions::end(&app.pool.get().await?, &token).await?;
    }
    let former = cookie::forget_former(&app, call.request());
    let reply = Reply::empty().with_cookie(cookie::forget(&app));
    Ok(former.fold(reply, Reply::with_cookie))
}

fn logged_out() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "the session has ended; log in again")
}

/// Answers a session with its cookies.
pub(super) fn answer<O: Operation<Answer = Session>>(
    app: &App,
    request: &HttpRequest,
    account: Account,
    token: &RefreshToken,
) -> Result<Reply<O>, Problem> {
    let access_token = app
        .token_key
        .mint_with(
            &principal_of(&account),
            Some(token.session_name()),
            accounts::lacks_second_factor(&account),
            shared::now(),
        )
        .map_err(Problem::internal)?;
    let cookies = cookies(app, request, &account, token);
    let session = Session {
        access_token,
        expires_in: ACCESS_TOKEN_SECONDS,
        account,
    };
    Ok(cookies.fold(Reply::new(session), Reply::with_cookie))
}

/// What the browser keeps of a session.
pub(super) fn cookies(
    app: &App,
    request: &HttpRequest,
    account: &Account,
    token: &RefreshToken,
) -> impl Iterator<Item = Cookie<'static>> + use<> {
    let device = cookie::introduce(app, request, account);
    std::iter::once(cookie::keep(app, token))
        .chain(device)
        .chain(cookie::forget_former(app, request))
}
