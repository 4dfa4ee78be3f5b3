//! `/auth/request-password-reset` and `/auth/reset-password`.

use actix_web::web::Data;
use api::{RequestPasswordReset, ResetPassword};
use domain::EmailAddress;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::addresses::useless_token;
use super::called_by::cause;
use super::squatting;
use crate::app::App;
use crate::mail::NO_SERVER;
use crate::mail_limits::count_mail;
use crate::rules::mail_content::{Content, Kind};
use crate::rules::mailed_token::MailedToken;
use crate::store::mailed_tokens::{self, Purpose};
use crate::store::{account_events, sessions, users};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(request).mount(reset)
}

/// Does the same, whether there is an account of the address or not: the mail room looks that up when the answer is given.
async fn request(
    app: Data<App>,
    call: Call<RequestPasswordReset>,
) -> Result<Reply<RequestPasswordReset>, Problem> {
    let email = EmailAddress::parse(&call.body.email)
        .map_err(|wrong| Problem::invalid(vec![FieldError::new("email", wrong)]))?
        .normal();
    if !app.mailer.is_set() {
        let told = &app.mailer.missed;
        told.call_once(|| tracing::warn!("somebody has asked for a new password, and {NO_SERVER}"));
        return Ok(Reply::empty());
    }
    if count_mail(&app, Kind::PasswordReset, &email).await?.is_some() {
        return Ok(Reply::empty());
    }
    let token = MailedToken::random();
    let seconds = Kind::PasswordReset.valid_seconds();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    mailed_tokens::insert(&tx, &token, Purpose::ResetPassword, None, &email, seconds).await?;
    let content = Content::PasswordReset { token: token.text() };
    app.mailer.post(&tx, &email, &content, None).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(Reply::empty())
}

async fn reset(app: Data<App>, call: Call<ResetPassword>) -> Result<Reply<ResetPassword>, Problem> {
    let request = call.request().clone();
    let cause = cause::<ResetPassword>(&request);
    let given = call.body;
    let token = MailedToken::parse(&given.token).ok_or_else(useless_token)?;
    let client = app.pool.get().await?;
    // Before the work that judging and hashing is.
    let whose = mailed_tokens::resets(&client, &token).await?;
    let (user, email, name) = whose.ok_or_else(useless_token)?;
    drop(client);
    let judged = app
        .passwords
        .judge(given.password.clone(), vec![email, name])
        .await?;
    judged.map_err(|wrong| Problem::invalid(vec![FieldError::new("password", wrong)]))?;
    let hash = app.passwords.hash(given.password).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let email = users::lock_email(&tx, user).await?.ok_or_else(useless_token)?;
    let email = EmailAddress::normal_of(&email);
    // Of two at once one gets it; and the address may be another one by now.
    let still = mailed_tokens::resets(&tx, &token).await?;
    if still.is_none_or(|(other, ..)| other != user) || !mailed_tokens::take_reset(&tx, &token).await? {
        return Err(useless_token());
    }
    users::reset_password(&tx, user, &hash).await?;
    let removed = match users::is_verified(&tx, user).await? {
        true => None,
        false => squatting::remove::<ResetPassword>(&tx, &request, user).await?,
    };
    account_events::note(&tx, user, &cause, removed).await?;
    // Who has read the mail has the address.
    users::verify(&tx, user, &email).await?;
    mailed_tokens::end_of_user(&tx, user, &email).await?;
    sessions::end_some(&tx, user, |_| true).await?;
    app.mailer
        .post_if_room(&tx, &email, &Content::PasswordChanged)
        .await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, "the password was reset");
    Ok(Reply::empty())
}
