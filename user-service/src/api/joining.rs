//! `/invitations`: what somebody invited sees and does.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{AcceptInvitation, Account, Actor, GetInvitation, Operation};
use deadpool_postgres::Transaction;
use domain::monitor::FieldError;
use domain::{EmailAddress, OrgId};
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::members::{AuditedMember, resource as member_resource};
use crate::app::App;
use crate::rules::mailed_token::MailedToken;
use crate::store::audit::{Author, By};
use crate::store::{Scope, accounts, invitations, members, users};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(accept)
}

fn unknown() -> Problem {
    Problem::not_found("invitation")
}

fn invalid(field: &'static str, wrong: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, wrong)])
}

async fn get(app: Data<App>, call: Call<GetInvitation>) -> Result<Reply<GetInvitation>, Problem> {
    let useless = || invalid("token", USELESS);
    let token = MailedToken::parse(&call.body.token).ok_or_else(useless)?;
    let found = invitations::by_token(&app.pool.get().await?, &token).await?;
    Ok(Reply::new(found.ok_or_else(useless)?.1))
}

async fn accept(app: Data<App>, call: Call<AcceptInvitation>) -> Result<Reply<AcceptInvitation>, Problem> {
    let user = call.caller.user_id();
    let joining = Joining::of::<AcceptInvitation>(call.request());
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let joined = joining.join(&tx, &call.body.token, user).await;
    let account = joined.map_err(|problem| match problem.status() {
        StatusCode::NOT_FOUND => invalid("token", USELESS),
        _ => problem,
    })?;
    tx.commit().await?;
    Ok(Reply::new(account.org))
}

/// The (normalised) address that a token invites.
///
/// # Errors
/// 422 when it is good for nothing (any more).
pub(super) async fn invited_address(app: &App, token: &str) -> Result<String, Problem> {
    let found = match MailedToken::parse(token) {
        Some(token) => invitations::by_token(&app.pool.get().await?, &token).await?,
        None => None,
    };
    let (_, invited) = found.ok_or_else(|| invalid("invitation", USELESS))?;
    Ok(invited.email)
}

/// Requires that a token invites this (normalised) address.
///
/// # Errors
/// 422 when it is good for nothing (any more), or invites another address.
pub(super) async fn require_invited(app: &App, token: &str, email: &str) -> Result<(), Problem> {
    match invited_address(app, token).await? == email {
        true => Ok(()),
        false => Err(invalid("email", ANOTHER_ADDRESS)),
    }
}

/// What is said of a token that is good for nothing (any more).
const USELESS: &str = "is not valid (any more): it was accepted, withdrawn or sent once more, or it is too old; ask for another one";

/// What is said of an address that is not the one that is invited.
const ANOTHER_ADDRESS: &str = "must be the address that is invited";

/// How somebody joins: by which operation and from where.
pub(super) struct Joining {
    action: &'static str,
    address: Option<IpAddr>,
    request_id: Option<String>,
}

impl Joining {
    pub(super) fn of<O: Operation>(request: &HttpRequest) -> Self {
        Self {
            action: O::ID,
            address: identity::client_address(request),
            request_id: identity::request_id(request),
        }
    }

    /// As [`join`](Self::join), where the token is a field of what was sent.
    ///
    /// # Errors
    /// 422 when the token is good for nothing (any more), or invites another address.
    pub(super) async fn sign_up(
        self,
        tx: &Transaction<'_>,
        token: &str,
        user_id: i64,
    ) -> Result<Account, Problem> {
        let joined = self.join(tx, token, user_id).await;
        joined.map_err(|problem| match problem.status() {
            StatusCode::NOT_FOUND => invalid("invitation", USELESS),
            StatusCode::FORBIDDEN => invalid("email", ANOTHER_ADDRESS),
            _ => problem,
        })
    }

    /// Makes a user a member of the organisation to which a token invites the user's address; answers the account there.
    ///
    /// # Errors
    /// 404 when the token is good for nothing (any more), 403 when it invites another address.
    pub(super) async fn join(
        self,
        tx: &Transaction<'_>,
        token: &str,
        user_id: i64,
    ) -> Result<Account, Problem> {
        let token = MailedToken::parse(token).ok_or_else(unknown)?;
        let (org, invited) = invitations::by_token(tx, &token).await?.ok_or_else(unknown)?;
        // Locked, so that the address stays, and organisations are counted one after the other.
        let email = users::lock_email(tx, user_id).await?;
        let email = email.ok_or_else(Problem::unauthorized)?;
        if EmailAddress::normal_of(&email) != invited.email {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the invitation is for another e-mail address: sign in with the account of that address, or create it",
            ));
        }
        self.join_org(tx, org, &token.hash(), (user_id, &invited.email))
            .await
    }

    /// As [`join`](Self::join), of a user with the (normalised) address that is invited.
    pub(super) async fn join_org(
        self,
        tx: &Transaction<'_>,
        org: OrgId,
        token_hash: &[u8],
        (user_id, email): (i64, &str),
    ) -> Result<Account, Problem> {
        let scope = Scope::organisation(org);
        scope.take_turn(tx).await?;
        let accepted = invitations::accept(tx, scope, token_hash, user_id).await?;
        if accepted.is_mailed {
            users::verify(tx, user_id, email).await?;
        }
        if accepted.is_new {
            let member = members::find(tx, scope, user_id).await?;
            let author = self.author(user_id, scope);
            let joined = AuditedMember::of(&member);
            author.created(tx, &member_resource(user_id), &joined).await?;
        }
        self::account(tx, user_id, org).await
    }

    fn author(self, user_id: i64, scope: Scope) -> Author {
        Author {
            by: By::Actor(Actor::User(user_id)),
            scope,
            action: self.action,
            address: self.address,
            request_id: self.request_id,
        }
    }
}

async fn account(tx: &Transaction<'_>, user_id: i64, org: OrgId) -> Result<Account, Problem> {
    let account = accounts::find(tx, user_id, org).await?;
    account.ok_or_else(|| Problem::not_found("organisation"))
}
