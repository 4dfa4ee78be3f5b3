//! What becomes of somebody who has come back from a provider.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use api::{Account, FinishSignIn, Register};
use deadpool_postgres::Transaction;
use domain::EmailAddress;
use domain::OrgId;
use serde_json::json;
use shared::http::problem::Problem;

use super::accounts::cookies;
use super::called_by::cause;
use super::joining::{Joining, require_invited};
use super::linking;
use super::onward::Onward;
use super::sign_in::{Proven, SignIn};
use crate::app::App;
use crate::metrics as names;
use crate::passwords::{self, NOBODYS_HASH};
use crate::providers::{Person, Provider};
use crate::rules::sign_in::{Asking, Failure, linked_by_password, second_step};
use crate::rules::text;
use crate::sealed_cookie::{self, Confirmed, Waiting};
use crate::settings::Registration;
use crate::store::identities::{self, New};
use crate::store::{account_events, accounts, invitations, sessions, users};

/// A fault of ours, or something that is away.
fn failed(error: impl Into<Problem>) -> Failure {
    let problem: Problem = error.into();
    tracing::warn!(%problem, "signing in with a provider has failed");
    Failure::Failed
}

fn lost(error: impl std::fmt::Display) -> Failure {
    tracing::warn!(%error, "signing in with a provider has failed");
    Failure::Failed
}

fn login_of<'a>(provider: &'a Provider, person: &'a Person) -> New<'a> {
    New {
        provider: &provider.id,
        issuer: &provider.issuer,
        subject: &person.subject,
        email: person.email.as_deref(),
    }
}

/// The verified address, as accounts have it.
fn normal_email(person: &Person) -> Option<String> {
    let email = EmailAddress::parse(person.verified_email()?).ok()?;
    Some(email.normal())
}

/// Signs somebody in whose login is known, has the password asked of an account with the same address, or makes an account.
/// The invitation is accepted when the session begins; where a password or a code is still to be given, with that.
pub(super) async fn sign_in(
    app: &App,
    request: &HttpRequest,
    provider: &Provider,
    person: &Person,
    return_to: &str,
    invitation: Option<&str>,
) -> Result<Onward, Failure> {
    let login = login_of(provider, person);
    let client = app.pool.get().await.map_err(lost)?;
    let known = identities::used(&client, &login).await.map_err(failed)?;
    let (identity, user, hash, accepts) = match known {
        Some((identity, user)) => {
            if let Some(email) = normal_email(person) {
                users::verify(&client, user, &email).await.map_err(failed)?;
            }
            let hash = users::password_hash(&client, user).await.map_err(failed)?;
            drop(client);
            (identity, user, hash.ok_or(Failure::Expired)?, invitation)
        }
        None => {
            drop(client);
            let email = normal_email(person).ok_or(Failure::UnverifiedEmail)?;
            if let Some(invitation) = invitation {
                let invited = require_invited(app, invitation, &email).await;
                invited.map_err(not_invited)?;
            }
            let client = app.pool.get().await.map_err(lost)?;
            let found = users::find_by_email(&client, &email).await.map_err(failed)?;
            drop(client);
            match found {
                Some(user) if passwords::is_set(&user.password_hash) => {
                    return Ok(ask_for_password(app, provider, person, email, return_to));
                }
                Some(_) => return Err(Failure::AccountExists),
                None => (),
            }
            let (identity, user) = register(app, request, person, &login, &email, invitation).await?;
            // The invitation is used up.
            (identity, user, NOBODYS_HASH.to_owned(), None)
        }
    };
    let proven = Proven {
        user,
        password_hash: &hash,
        identity: Some(identity),
        invitation: accepts,
        links: false,
    };
    match super::sign_in::sign_in::<FinishSignIn>(app, request, proven).await {
        Ok(SignIn::Begun(begun)) => Ok(Onward {
            path: match invitation {
                Some(_) => "/".to_owned(),
                None => return_to.to_owned(),
            },
            cookies: cookies(app, request, &begun.account, &begun.token).collect(),
        }),
        Ok(SignIn::Challenged(challenge)) => Ok(Onward {
            path: second_step(return_to, &challenge),
            cookies: Vec::new(),
        }),
        Err(problem) => Err(refused(app, user, problem).await),
    }
}

/// Why no session begins of somebody who has shown to be a user.
async fn refused(app: &App, user: i64, problem: Problem) -> Failure {
    match problem.status() {
        // What has shown it does not hold any more.
        StatusCode::UNAUTHORIZED => Failure::Expired,
        StatusCode::FORBIDDEN => match app.pool.get().await {
            Ok(client) => match accounts::find_any(&client, user, None).await {
                Ok(Some(_)) => Failure::Overdue,
                Ok(None) => Failure::NoOrganisation,
                Err(error) => failed(error),
            },
            Err(error) => lost(error),
        },
        StatusCode::CONFLICT => Failure::TooManyOrganisations,
        _ => not_invited(problem),
    }
}

/// Why an invitation is not accepted.
fn not_invited(problem: Problem) -> Failure {
    let names = |field: &str| problem.errors().iter().any(|wrong| wrong.field == field);
    match problem.status() {
        StatusCode::UNPROCESSABLE_ENTITY if names("invitation") => Failure::Invitation,
        StatusCode::UNPROCESSABLE_ENTITY if names("email") => Failure::AnotherAddress,
        _ => failed(problem),
    }
}

/// Whoever has the address at a provider may be another person than who has made the account: its password tells.
fn ask_for_password(
    app: &App,
    provider: &Provider,
    person: &Person,
    email: String,
    return_to: &str,
) -> Onward {
    let waiting = Waiting {
        provider: provider.id.clone(),
        issuer: provider.issuer.clone(),
        subject: person.subject.clone(),
        email,
    };
    Onward {
        path: linked_by_password(&provider.id, return_to),
        cookies: vec![sealed_cookie::keep(app, waiting)],
    }
}

/// Into which organisation somebody gets with a new account.
enum Entry<'a> {
    /// One of its own.
    Own,
    /// The one that has invited the address last.
    Latest(OrgId, Vec<u8>),
    /// The one whose invitation came along.
    Invited(&'a str),
}

/// Makes an account without a password; answers the ids of the login and the user. It is in the organisation whose invitation
/// came along; else in one of its own, or, where only who is invited makes an account, in the one that has invited its address
/// last.
async fn register(
    app: &App,
    request: &HttpRequest,
    person: &Person,
    login: &New<'_>,
    email: &str,
    invitation: Option<&str>,
) -> Result<(i64, i64), Failure> {
    let mut client = app.pool.get().await.map_err(lost)?;
    let tx = client.transaction().await.map_err(lost)?;
    let entry = match (app.registration, invitation) {
        (Registration::Closed, _) => return Err(Failure::Closed),
        (_, Some(invitation)) => Entry::Invited(invitation),
        (Registration::Open, None) => Entry::Own,
        (Registration::Invite, None) => {
            let invited = invitations::latest_to(&tx, email).await.map_err(failed)?;
            let (org, token_hash) = invited.ok_or(Failure::NotInvited)?;
            Entry::Latest(org, token_hash)
        }
    };
    let account = make(&tx, request, &name_of(person, email), email, entry)
        .await
        .map_err(not_invited)?;
    let user = account.user.id;
    users::verify(&tx, user, email).await.map_err(failed)?;
    // As for an account that is made with a password.
    let details = json!({"provider": login.provider});
    let noted = account_events::note(&tx, user, &cause::<Register>(request), Some(details)).await;
    noted.map_err(failed)?;
    let owner = (user, account.org.id, email);
    let linked = linking::link::<FinishSignIn>(app, &tx, request, owner, login).await;
    let identity = linked.map_err(failed)?;
    tx.commit().await.map_err(lost)?;
    app.mailer.wake.notify_one();
    metrics::counter!(names::REGISTRATIONS).increment(1);
    tracing::info!(
        user_id = user,
        org_id = account.org.id.0,
        provider = login.provider,
        "registered"
    );
    Ok((identity, user))
}

async fn make(
    tx: &Transaction<'_>,
    request: &HttpRequest,
    name: &str,
    email: &str,
    entry: Entry<'_>,
) -> Result<Account, Problem> {
    let joining = Joining::of::<FinishSignIn>(request);
    let nobody_yet = async || users::create(tx, email, name, NOBODYS_HASH).await;
    match entry {
        Entry::Own => Ok(accounts::create(tx, email, name, NOBODYS_HASH).await?),
        Entry::Latest(org, token_hash) => {
            let invited = (nobody_yet().await?, email);
            joining.join_org(tx, org, &token_hash, invited).await
        }
        Entry::Invited(invitation) => joining.sign_up(tx, invitation, nobody_yet().await?).await,
    }
}

/// What a person is called: as at the provider, or as the address begins.
fn name_of(person: &Person, email: &str) -> String {
    let given = person.name.as_deref().and_then(|name| text::name(name).ok());
    given.unwrap_or_else(|| email.split('@').next().unwrap_or(email).to_owned())
}

/// Links the login of somebody who has asked for it in a session that goes on.
pub(super) async fn link(
    app: &App,
    request: &HttpRequest,
    provider: &Provider,
    person: &Person,
    asking: Asking,
) -> Result<Onward, Failure> {
    let user = asking.user_id;
    let login = login_of(provider, person);
    let mut client = app.pool.get().await.map_err(lost)?;
    let tx = client.transaction().await.map_err(lost)?;
    let address = users::lock_email(&tx, user).await.map_err(failed)?;
    let address = address.ok_or(Failure::Expired)?;
    require_session(&tx, asking).await?;
    match identities::owner(&tx, login.issuer, login.subject)
        .await
        .map_err(failed)?
    {
        Some(owner) if owner == user => {}
        Some(_) => return Err(Failure::LinkedElsewhere),
        None => {
            let owner = (user, OrgId(asking.org_id), &*address);
            let linked = linking::link::<FinishSignIn>(app, &tx, request, owner, &login).await;
            linked.map_err(|error| match Problem::from(error) {
                problem if problem.status() == StatusCode::CONFLICT => Failure::TooMany,
                problem => failed(problem),
            })?;
            tx.commit().await.map_err(lost)?;
            app.mailer.wake.notify_one();
            tracing::info!(user_id = user, provider = provider.id, "a login was linked");
        }
    }
    Ok(Onward {
        path: format!("/account?linked={}", provider.id),
        cookies: Vec::new(),
    })
}

/// Notes that somebody without a password has signed in again.
pub(super) async fn confirm(
    app: &App,
    provider: &Provider,
    person: &Person,
    asking: Asking,
) -> Result<Onward, Failure> {
    let client = app.pool.get().await.map_err(lost)?;
    let owner = identities::owner(&client, &provider.issuer, &person.subject).await;
    if owner.map_err(failed)? != Some(asking.user_id) {
        return Err(Failure::AnotherLogin);
    }
    require_session(&client, asking).await?;
    let Asking { user_id, session, .. } = asking;
    Ok(Onward {
        path: format!("/account?confirmed={}", provider.id),
        cookies: vec![sealed_cookie::keep(app, Confirmed { user_id, session })],
    })
}

/// Whoever has signed out meanwhile does not ask any more.
async fn require_session(
    client: &impl deadpool_postgres::GenericClient,
    asking: Asking,
) -> Result<(), Failure> {
    let Some(session) = asking.session else {
        return Ok(());
    };
    match sessions::goes_on(client, asking.user_id, session)
        .await
        .map_err(failed)?
    {
        true => Ok(()),
        false => Err(Failure::Expired),
    }
}
