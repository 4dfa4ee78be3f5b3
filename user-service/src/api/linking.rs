//! Linking logins at providers to accounts.

use actix_web::HttpRequest;
use api::{Account, Actor, Operation};
use deadpool_postgres::Transaction;
use domain::EmailAddress;
use domain::OrgId;
use domain::monitor::FieldError;
use serde::Serialize;
use serde_json::json;
use shared::http::identity;
use shared::http::problem::Problem;

use super::called_by::cause;
use crate::app::App;
use crate::rules::mail_content::Content;
use crate::sealed_cookie::{self, Waiting};
use crate::store::account_events::Cause;
use crate::store::audit::{Author, By, Resource};
use crate::store::error::StoreError;
use crate::store::identities::{self, New};
use crate::store::{Scope, account_events, accounts, users};

/// What happens to an account that gets a login, by whatever operation.
const LINKED: &str = "LoginLinked";

/// Linked logins in the audit log.
pub(super) fn resource(id: i64) -> Resource {
    Resource::new("linked login", id)
}

/// A linked login, as the audit log has it: without the address, which would stay when the account goes.
#[derive(Debug, Serialize)]
pub(super) struct AuditedLogin<'a> {
    pub(super) provider: &'a str,
}

/// A user who does something by `O`, in an organisation.
fn author<O: Operation>(request: &HttpRequest, user_id: i64, org: OrgId) -> Author {
    Author {
        by: By::Actor(Actor::User(user_id)),
        scope: Scope::organisation(org),
        action: O::ID,
        address: identity::client_address(request),
        request_id: identity::request_id(request),
    }
}

/// Links a login to a user of an organisation with an address, who is locked, and tells the owner of the address; answers
/// the login's id.
///
/// # Errors
/// 409 when it is an account's already, or there are as many as there may be.
pub(super) async fn link<O: Operation>(
    app: &App,
    tx: &Transaction<'_>,
    request: &HttpRequest,
    (user_id, org, address): (i64, OrgId, &str),
    login: &New<'_>,
) -> Result<i64, StoreError> {
    let id = identities::insert(tx, user_id, login).await?;
    let provider = login.provider;
    let after = AuditedLogin { provider };
    let author = author::<O>(request, user_id, org);
    author.created(tx, &resource(id), &after).await?;
    let cause = Cause {
        action: LINKED,
        ..cause::<O>(request)
    };
    account_events::note(tx, user_id, &cause, Some(json!(after))).await?;
    let content = Content::LoginLinked {
        provider: name_of(app, login.issuer, provider),
    };
    app.mailer.post_if_room(tx, address, &content).await?;
    Ok(id)
}

/// What people call a provider.
pub(super) fn name_of(app: &App, issuer: &str, id: &str) -> String {
    let provider = app.providers.of_issuer(issuer);
    provider.map_or_else(|| id.to_owned(), |provider| provider.name.clone())
}

/// Links the login that waits for somebody to show to be the owner of an account, once that is shown; answers the account as
/// it is then.
///
/// # Errors
/// 422 when none waits, or it has another address.
pub(super) async fn link_waiting<O: Operation>(
    app: &App,
    tx: &Transaction<'_>,
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
    let email = users::lock_email(tx, user)
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
    // It may have been sent twice.
    if identities::owner(tx, login.issuer, login.subject).await? != Some(user) {
        link::<O>(app, tx, request, (user, account.org.id, &email), &login).await?;
        tracing::info!(user_id = user, provider = waiting.provider, "a login was linked");
    }
    // The provider knows that the address is this person's.
    users::verify(tx, user, &waiting.email).await?;
    let account = accounts::find(tx, user, account.org.id).await?;
    account.ok_or_else(Problem::unauthorized)
}
