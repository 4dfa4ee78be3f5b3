//! Whose an e-mail address is: verifying it, changing it, and ending a change that is under way.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{CancelEmailChange, ChangeEmail, ResendVerification, VerifyEmail};
use domain::EmailAddress;
use domain::monitor::FieldError;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::cause;
use super::no_version;
use crate::app::App;
use crate::mail::NO_SERVER;
use crate::mail_limits::{count_change, count_mail};
use crate::reauthentication::reauthenticate;
use crate::rules::mail_content::{Content, Kind};
use crate::rules::mailed_token::MailedToken;
use crate::second_factor::Deed;
use crate::store::mailed_tokens::{self, Purpose};
use crate::store::{account_events, accounts, users};
use crate::verification;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(verify).mount(resend).mount(change).mount(cancel)
}

/// What is said of a token that proves nothing (any more).
pub(super) fn useless_token() -> Problem {
    let wrong = "is not valid (any more): have the mail sent again";
    Problem::invalid(vec![FieldError::new("token", wrong)])
}

async fn verify(app: Data<App>, call: Call<VerifyEmail>) -> Result<Reply<VerifyEmail>, Problem> {
    let request = call.request().clone();
    let token = MailedToken::parse(&call.body.token).ok_or_else(useless_token)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    // The account first, then its tokens: so does everything that changes both, and nobody waits in a circle.
    let user = mailed_tokens::account_of(&tx, &token).await?;
    let user = user.ok_or_else(useless_token)?;
    let before = users::lock_email(&tx, user).await?.ok_or_else(useless_token)?;
    let before = EmailAddress::normal_of(&before);
    let proof = mailed_tokens::take_address(&tx, &token).await?;
    let proof = proof.ok_or_else(useless_token)?;
    let details = json!({"email": proof.email});
    account_events::note(&tx, user, &cause::<VerifyEmail>(&request), Some(details)).await?;
    if proof.is_change {
        users::set_email(&tx, user, &proof.email).await?;
        // What was mailed to the address before says nothing of the account any more.
        for purpose in [Purpose::VerifyEmail, Purpose::ResetPassword] {
            mailed_tokens::end_all(&tx, purpose, user, &before).await?;
        }
        let content = Content::EmailChanged { to: proof.email };
        app.mailer.post_if_room(&tx, &before, &content).await?;
    } else {
        if !users::verify(&tx, user, &proof.email).await? {
            return Err(useless_token());
        }
        mailed_tokens::end_all(&tx, Purpose::VerifyEmail, user, &before).await?;
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(
        user_id = user,
        changed = proof.is_change,
        "an address was verified"
    );
    Ok(Reply::empty())
}

async fn resend(
    app: Data<App>,
    call: Call<ResendVerification>,
) -> Result<Reply<ResendVerification>, Problem> {
    let conflict = |why: &str| Err(Problem::new(StatusCode::CONFLICT, why));
    let user = call.caller.user_id();
    let mut client = app.pool.get().await?;
    let account = accounts::find(&client, user, call.caller.org_id).await?;
    let account = account.ok_or_else(Problem::unauthorized)?.user;
    if account.email_verified {
        return conflict("the address is verified already");
    }
    if !app.mailer.is_set() {
        return conflict(NO_SERVER);
    }
    let email = EmailAddress::normal_of(&account.email);
    if let Some(wait) = count_mail(&app, Kind::Verification, &email).await? {
        return Err(Problem::too_many_for(wait));
    }
    let tx = client.transaction().await?;
    verification::post(&app, &tx, user, &email).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(Reply::empty())
}

async fn change(app: Data<App>, call: Call<ChangeEmail>) -> Result<Reply<ChangeEmail>, Problem> {
    let user = call.caller.user_id();
    let cause = cause::<ChangeEmail>(call.request());
    let invalid = |wrong: &str| Problem::invalid(vec![FieldError::new("email", wrong)]);
    let email = EmailAddress::parse(&call.body.email).map_err(invalid)?.normal();
    let deed = Deed::of(user, cause.clone());
    let request = call.request().clone();
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    let mut client = app.pool.get().await?;
    let account = accounts::find(&client, user, call.caller.org_id).await?;
    let before = EmailAddress::normal_of(&account.ok_or_else(Problem::unauthorized)?.user.email);
    if email == before {
        return Err(invalid("is the address of the account already"));
    }
    // Whether the address has an account already only its owner is told, by the link.
    if app.mailer.is_set()
        && let Some(wait) = count_change(&app, user, &email).await?
    {
        return Err(Problem::too_many_for(wait));
    }
    let tx = client.transaction().await?;
    let before = users::lock_email(&tx, user).await?;
    let before = EmailAddress::normal_of(&before.ok_or_else(Problem::unauthorized)?);
    mailed_tokens::end_all(&tx, Purpose::ChangeEmail, user, &before).await?;
    account_events::note(&tx, user, &cause, Some(json!({"email": email}))).await?;
    if app.mailer.is_set() {
        let token = MailedToken::random();
        let seconds = Kind::EmailChange.valid_seconds();
        mailed_tokens::insert(&tx, &token, Purpose::ChangeEmail, Some(user), &email, seconds).await?;
        let content = Content::EmailChange { token: token.text() };
        app.mailer.post(&tx, &email, &content, None).await?;
    } else {
        users::set_unverified_email(&tx, user, &email).await?;
        tracing::info!(user_id = user, "the address was changed, and cannot be verified");
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(Reply::empty())
}

async fn cancel(app: Data<App>, call: Call<CancelEmailChange>) -> Result<Reply<CancelEmailChange>, Problem> {
    no_version(&call)?;
    let user = call.caller.user_id();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    // The account first, as when the link is followed.
    users::lock(&tx, user).await?;
    if let Some(email) = mailed_tokens::cancel_change(&tx, user).await? {
        let cause = cause::<CancelEmailChange>(call.request());
        account_events::note(&tx, user, &cause, Some(json!({"email": email}))).await?;
    }
    tx.commit().await?;
    Ok(Reply::empty())
}
