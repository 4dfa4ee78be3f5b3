//! Linking logins at providers to accounts.

use std::net::IpAddr;

use actix_web::HttpRequest;
use api::{Account, Actor, Login, Operation};
use deadpool_postgres::Transaction;
use domain::EmailAddress;
use domain::OrgId;
use domain::monitor::FieldError;
use serde::Serialize;
use shared::http::identity;
use shared::http::problem::Problem;

use crate::app::App;
use crate::rules::mail_content::Content;
use crate::sealed_cookie::{self, Waiting};
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::identities::{self, New};
use crate::store::{Scope, accounts, users};

/// Linked logins in the audit log.
pub(super) fn resource(id: i64) -> Resource {
    Resource::new("linked login", id)
}

/// A linked login, as the audit log has it.
#[derive(Debug, Serialize)]
pub(super) struct AuditedLogin<'a> {
    pub(super) provider: &'a str,
    pub(super) email: Option<&'a str>,
}

/// A user who does something by `O`, in an organisation.
pub(super) fn author<O: Operation>(request: &HttpRequest, user_id: i64, org: OrgId) -> Author {
    let address: Option<IpAddr> = identity::client_address(request);
    Author {
        by: By::Actor(Actor::User(user_id)),
        scope: Scope::organisation(org),
        action: O::ID,
        address,
        request_id: identity::request_id(request),
    }
}

/// Links a login to a user, who is locked, and tells the owner of the address.
///
/// # Errors
/// 409 when it is an account's already, or there are as many as there may be.
pub(super) async fn link(
    app: &App,
    tx: &Transaction<'_>,
    author: &Author,
    (user_id, address): (i64, &str),
    login: &New<'_>,
) -> Result<(), StoreError> {
    let id = identities::insert(tx, user_id, login).await?;
    let (provider, email) = (login.provider, login.email);
    let after = AuditedLogin { provider, email };
    author.created(tx, &resource(id), &after).await?;
    let content = Content::LoginLinked {
        provider: name_of(app, login.issuer, provider),
    };
    app.mailer.post_if_room(tx, address, &content).await
}

/// What people call a provider.
pub(super) fn name_of(app: &App, issuer: &str, id: &str) -> String {
    let provider = app.providers.of_issuer(issuer);
    provider.map_or_else(|| id.to_owned(), |provider| provider.name.clone())
}

/// Links the login that waits for the password of an account, which was right; answers the account as it is then.
///
/// # Errors
/// 422 when none waits, or it has another address.
pub(super) async fn link_waiting(
    app: &App,
    request: &HttpRequest,
    account: Account,
) -> Result<Account, Problem> {
    let invalid = |field: &'static str, wrong: &str| Problem::invalid(vec![FieldError::new(field, wrong)]);
    let waiting = sealed_cookie::read::<Waiting>(app, request).ok_or_else(|| {
        invalid(
            "link_identity",
            "no login waits to be linked (any more): sign in with the provider again",
        )
    })?;
    let user = account.user.id;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let email = users::lock_email(&tx, user)
        .await?
        .ok_or_else(Problem::unauthorized)?;
    if EmailAddress::normal_of(&email) != waiting.email {
        return Err(invalid(
            "email",
            "must be the address of the login that is to be linked",
        ));
    }
    let login = New {
        provider: &waiting.provider,
        issuer: &waiting.issuer,
        subject: &waiting.subject,
        email: Some(&waiting.email),
    };
    match identities::owner(&tx, login.issuer, login.subject).await? {
        // It was sent twice.
        Some(owner) if owner == user => return Ok(account),
        _ => {
            link(
                app,
                &tx,
                &author::<Login>(request, user, account.org.id),
                (user, &email),
                &login,
            )
            .await?
        }
    }
    // The provider knows that the address is this person's.
    users::verify(&tx, user, &waiting.email).await?;
    let account = accounts::find(&tx, user, account.org.id).await?;
    let account = account.ok_or_else(Problem::unauthorized)?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, provider = waiting.provider, "a login was linked");
    Ok(account)
}
