//! `/me`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{Account, ChangePassword, EditMe, GetMe, Principal, Versioned as _};
use domain::monitor::FieldError;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::cause;
use crate::app::App;
use crate::passwords;
use crate::reauthentication::reauthenticate;
use crate::rules::mail_content::Content;
use crate::rules::text;
use crate::second_factor::Deed;
use crate::store::{account_events, accounts, mailed_tokens, sessions, users};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(edit).mount(change_password)
}

async fn account_of(app: &App, caller: &Principal) -> Result<Account, Problem> {
    let client = app.pool.get().await?;
    let account = accounts::find(&client, caller.user_id(), caller.org_id).await?;
    account.ok_or_else(Problem::unauthorized)
}

async fn get(app: Data<App>, call: Call<GetMe>) -> Result<Reply<GetMe>, Problem> {
    Ok(Reply::new(account_of(&app, &call.caller).await?))
}

async fn edit(app: Data<App>, call: Call<EditMe>) -> Result<Reply<EditMe>, Problem> {
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    users::lock(&tx, call.caller.user_id()).await?;
    let before = accounts::find(&tx, call.caller.user_id(), call.caller.org_id).await?;
    call.require_seen(&before.ok_or_else(Problem::unauthorized)?.etag())?;
    if let Some(name) = &call.body.name {
        let name = text::name(name).map_err(|wrong| Problem::invalid(vec![wrong]))?;
        let user = call.caller.user_id();
        users::rename(&tx, user, &name).await?;
        let cause = cause::<EditMe>(call.request());
        account_events::note(&tx, user, &cause, Some(json!({"name": name}))).await?;
    }
    tx.commit().await?;
    drop(client);
    Ok(Reply::new(account_of(&app, &call.caller).await?))
}

async fn change_password(
    app: Data<App>,
    call: Call<ChangePassword>,
) -> Result<Reply<ChangePassword>, Problem> {
    let (user, current) = (call.caller.user_id(), identity::session(call.request()));
    let cause = cause::<ChangePassword>(call.request());
    let deed = Deed::of::<ChangePassword>(call.request(), user);
    let request = call.request().clone();
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    let before = reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    if !passwords::is_set(&before) {
        // Whoever sets one has to have the address, by which it can be reset.
        let first =
            "the account has no password yet: have a mail sent that sets one, as for a forgotten password";
        return Err(Problem::new(StatusCode::CONFLICT, first));
    }
    let account = account_of(&app, &call.caller).await?;
    let email = account.user.email;
    let inputs = vec![email.clone(), account.user.name];
    let judged = app.passwords.judge(call.body.password.clone(), inputs).await?;
    judged.map_err(|wrong| Problem::invalid(vec![FieldError::new("password", wrong)]))?;
    let hash = app.passwords.hash(call.body.password).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    if !users::set_password_hash(&tx, user, &before, &hash).await? {
        let other = "the password was changed by another request meanwhile";
        return Err(Problem::new(StatusCode::CONFLICT, other));
    }
    account_events::note(&tx, user, &cause, None).await?;
    sessions::end_some(&tx, user, |session| Some(session) != current).await?;
    // Whoever knew the password before may have asked for any of them.
    mailed_tokens::end_of_user(&tx, user, &email).await?;
    app.mailer
        .post_if_room(&tx, &email, &Content::PasswordChanged)
        .await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, "the password was changed");
    Ok(Reply::empty())
}
