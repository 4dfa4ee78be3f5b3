//! Whether an account's address is known to be its owner's. It is demanded of accounts that were made while a mail server was
//! set: after [`GRACE_DAYS`] to sign in at all, and before to send mails to others.

use actix_web::http::StatusCode;
use api::Account;
use deadpool_postgres::{Client, GenericClient, Transaction};
use shared::http::problem::Problem;

use crate::app::App;
use crate::mail_limits::count_mail;
use crate::rules::mail_content::{Content, Kind};
use crate::rules::mailed_token::MailedToken;
use crate::store::error::StoreError;
use crate::store::mailed_tokens::{self, Purpose};
use crate::store::users;

/// Days in which a new account does almost everything with an address that is not verified.
pub(crate) const GRACE_DAYS: i32 = 7;

/// Writes the mail that verifies `email`, which was counted.
pub(crate) async fn post(
    app: &App,
    tx: &impl GenericClient,
    user_id: i64,
    email: &str,
) -> Result<(), Problem> {
    let token = MailedToken::random();
    let seconds = Kind::Verification.valid_seconds();
    mailed_tokens::insert(tx, &token, Purpose::VerifyEmail, Some(user_id), email, seconds).await?;
    let content = Content::Verification { token: token.text() };
    app.mailer.post(tx, email, &content, None).await
}

/// The address that a user has still to verify; none where nobody demands it.
pub(crate) async fn unverified(
    app: &App,
    client: &impl GenericClient,
    user_id: i64,
) -> Result<Option<String>, StoreError> {
    match app.mailer.delivers() {
        true => users::unverified(client, user_id).await,
        false => Ok(None),
    }
}

/// Requires that a user has verified the address, before mails go to others on the user's behalf.
///
/// # Errors
/// 403 when not.
pub(crate) async fn require(app: &App, client: &impl GenericClient, user_id: i64) -> Result<(), Problem> {
    match unverified(app, client, user_id).await? {
        None => Ok(()),
        Some(_) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this needs a verified e-mail address: follow the link that was mailed to you, or have it sent again",
        )),
    }
}

/// Has a new account verify its address, unless it has shown that already. The mail waits when there were enough.
pub(crate) async fn begin(app: &App, tx: &Transaction<'_>, account: &Account) -> Result<(), Problem> {
    let user = &account.user;
    if user.email_verified || !app.mailer.is_set() {
        return Ok(());
    }
    if app.mailer.delivers() {
        users::demand_verification(tx, user.id, GRACE_DAYS).await?;
    }
    match count_mail(app, Kind::Verification, &user.email).await {
        Ok(None) => post(app, tx, user.id, &user.email).await,
        // It can be sent later.
        _ => Ok(()),
    }
}

/// Whether somebody who signs in had to verify the address before now.
pub(crate) async fn is_overdue(
    app: &App,
    client: &impl GenericClient,
    account: &Account,
) -> Result<bool, StoreError> {
    match account.user.email_verified || !app.mailer.delivers() {
        true => Ok(false),
        false => users::is_overdue(client, account.user.id).await,
    }
}

/// Refuses somebody who had to verify the address before now, and sends the mail once more.
pub(crate) async fn refuse(app: &App, client: &Client, account: &Account) -> Problem {
    let user = &account.user;
    if let Ok(None) = count_mail(app, Kind::Verification, &user.email).await {
        match post(app, client, user.id, &user.email).await {
            Ok(()) => app.mailer.wake.notify_one(),
            Err(problem) => {
                tracing::warn!(user_id = user.id, %problem, "the mail to verify an address was not written")
            }
        }
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "verify your e-mail address first: follow the link that was mailed to you",
    )
}
