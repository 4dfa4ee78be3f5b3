//! `/me`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{Account, ChangePassword, EditMe, GetMe, Principal};
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use crate::app::App;
use crate::passwords;
use crate::reauthentication::reauthenticate;
use crate::rules::mail_content::Content;
use crate::rules::text;
use crate::store::{accounts, mailed_tokens, sessions, users};

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
    if call.if_match()?.is_some() {
        // An account has no version: who knows one has read something else.
        return Err(Problem::stale());
    }
    if let Some(name) = &call.body.name {
        let name = text::name(name).map_err(|wrong| Problem::invalid(vec![wrong]))?;
        users::rename(&app.pool.get().await?, call.caller.user_id(), &name).await?;
    }
    Ok(Reply::new(account_of(&app, &call.caller).await?))
}

async fn change_password(
    app: Data<App>,
    call: Call<ChangePassword>,
) -> Result<Reply<ChangePassword>, Problem> {
    let request = call.request().clone();
    let (user, current) = (call.caller.user_id(), identity::session(&request));
    let before = reauthenticate(&app, &call.caller, &request, call.body.current_password).await?;
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
