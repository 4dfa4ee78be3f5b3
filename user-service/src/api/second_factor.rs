//! `/me/second-factor` and the second step of signing in.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{
    ConfirmSecondFactor, DisableSecondFactor, EnrolSecondFactor, GetSecondFactor, LoginSecondFactor,
    RecoveryCodes, RegenerateRecoveryCodes, SecondFactorSecret,
};
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use url::Url;

use super::accounts::answer;
use super::sign_in::{self, Proven};
use crate::app::App;
use crate::metrics as names;
use crate::reauthentication::require_first_factor;
use crate::rules::mail_content::Content;
use crate::rules::mailed_token::MailedToken;
use crate::rules::second_factor::RECOVERY_CODES;
use crate::rules::totp::{TotpSecret, qr_svg};
use crate::second_factor::{self, AuditedFactor, Deed};
use crate::store::{accounts, second_factors, sessions, sign_in_challenges, users};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(login)
        .mount(get)
        .mount(enrol)
        .mount(confirm)
        .mount(regenerate)
        .mount(disable)
}

fn expired() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "signing in took too long, or the password or the linked login has changed: begin again",
    )
}

async fn login(app: Data<App>, call: Call<LoginSecondFactor>) -> Result<Reply<LoginSecondFactor>, Problem> {
    let request = call.request().clone();
    let given = call.body;
    let challenge = MailedToken::parse(&given.challenge).ok_or_else(expired)?;
    let mut client = app.pool.get().await?;
    let found = sign_in_challenges::find(&client, &challenge).await?;
    let challenged = found.ok_or_else(expired)?;
    let user = challenged.user;
    let deed = Deed::of::<LoginSecondFactor>(&request, user);
    let tx = match second_factor::show(&app, &mut client, user, &given.code, &deed).await {
        Ok(tx) => tx,
        // It was turned off meanwhile.
        Err(problem) if problem.status() == StatusCode::CONFLICT => return Err(expired()),
        Err(problem) => {
            metrics::counter!(names::LOGINS, "outcome" => "code_refused").increment(1);
            return Err(problem);
        }
    };
    if !sign_in_challenges::take(&tx, &challenge).await? {
        return Err(expired());
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    drop(client);
    let proven = Proven {
        user,
        password_hash: &challenged.password_hash,
        identity: challenged.identity,
        invitation: given.invitation.as_deref(),
        links: given.link_identity,
    };
    let begun = sign_in::begin::<LoginSecondFactor>(&app, &request, proven, true).await?;
    answer(&app, &request, begun.account, &begun.token)
}

async fn get(app: Data<App>, call: Call<GetSecondFactor>) -> Result<Reply<GetSecondFactor>, Problem> {
    let client = app.pool.get().await?;
    Ok(Reply::new(
        second_factors::find(&client, call.caller.user_id()).await?,
    ))
}

async fn enrol(app: Data<App>, call: Call<EnrolSecondFactor>) -> Result<Reply<EnrolSecondFactor>, Problem> {
    let user = call.caller.user_id();
    let request = call.request().clone();
    require_first_factor(&app, &call.caller, &request, call.body.current_password).await?;
    let client = app.pool.get().await?;
    let account = accounts::find(&client, user, call.caller.org_id).await?;
    let email = account.ok_or_else(Problem::unauthorized)?.user.email;
    let secret = TotpSecret::random();
    if !second_factors::enrol(&client, &app.keyring, user, &secret).await? {
        return Err(second_factor::on_already());
    }
    let uri = secret
        .uri(&issuer(&app.mailer.public_url), &email)
        .map_err(Problem::internal)?;
    Ok(Reply::new(SecondFactorSecret {
        secret: secret.base32(),
        qr_svg: qr_svg(&uri).map_err(Problem::internal)?,
        uri,
    }))
}

/// What the app calls this installation, so that two of them can be told apart.
fn issuer(public_url: &str) -> String {
    let url = Url::parse(public_url).ok();
    match url.as_ref().and_then(Url::host_str) {
        Some(host) => format!("Uptime Monitor {host}"),
        None => "Uptime Monitor".to_owned(),
    }
}

async fn confirm(
    app: Data<App>,
    call: Call<ConfirmSecondFactor>,
) -> Result<Reply<ConfirmSecondFactor>, Problem> {
    let (user, current) = (call.caller.user_id(), identity::session(call.request()));
    let deed = Deed::of::<ConfirmSecondFactor>(call.request(), user);
    let mut client = app.pool.get().await?;
    let (tx, email) = second_factor::confirm(&app, &mut client, user, &call.body.code).await?;
    second_factors::confirm(&tx, user).await?;
    let codes = second_factor::new_recovery_codes(&tx, user).await?;
    // They were begun with the password alone.
    sessions::end_some(&tx, user, |session| Some(session) != current).await?;
    let after = AuditedFactor::on(RECOVERY_CODES as i64);
    deed.note(&tx, user, &AuditedFactor::OFF, &after).await?;
    app.mailer
        .post_if_room(&tx, &email, &Content::SecondFactorOn)
        .await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, "the second factor was turned on");
    Ok(Reply::new(RecoveryCodes { codes }))
}

async fn regenerate(
    app: Data<App>,
    call: Call<RegenerateRecoveryCodes>,
) -> Result<Reply<RegenerateRecoveryCodes>, Problem> {
    let user = call.caller.user_id();
    let deed = Deed::of::<RegenerateRecoveryCodes>(call.request(), user);
    let request = call.request().clone();
    require_first_factor(&app, &call.caller, &request, call.body.current_password).await?;
    let mut client = app.pool.get().await?;
    let tx = second_factor::show(&app, &mut client, user, &call.body.code, &deed).await?;
    let before = second_factors::find(&tx, user).await?.recovery_codes;
    let codes = second_factor::new_recovery_codes(&tx, user).await?;
    let [before, after] = [before, RECOVERY_CODES as i64].map(AuditedFactor::on);
    deed.note(&tx, user, &before, &after).await?;
    if let Some(email) = users::lock_email(&tx, user).await? {
        app.mailer
            .post_if_room(&tx, &email, &Content::RecoveryCodesReplaced)
            .await?;
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(Reply::new(RecoveryCodes { codes }))
}

async fn disable(
    app: Data<App>,
    call: Call<DisableSecondFactor>,
) -> Result<Reply<DisableSecondFactor>, Problem> {
    let user = call.caller.user_id();
    let deed = Deed::of::<DisableSecondFactor>(call.request(), user);
    let request = call.request().clone();
    require_first_factor(&app, &call.caller, &request, call.body.current_password).await?;
    let mut client = app.pool.get().await?;
    let tx = second_factor::show(&app, &mut client, user, &call.body.code, &deed).await?;
    let email = users::lock_email(&tx, user).await?;
    let email = email.ok_or_else(Problem::unauthorized)?;
    second_factor::remove(&tx, &app.mailer, user, &email, &deed, false).await?;
    tx.commit().await?;
    app.mailer.wake.notify_one();
    tracing::info!(user_id = user, "the second factor was turned off");
    Ok(Reply::empty())
}
