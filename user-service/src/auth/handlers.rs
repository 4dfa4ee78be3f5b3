//! `/auth/*` and `/me`.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::monitor::FieldError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::identity::Identity;
use shared::problem::{MAX_AUTH_BODY_BYTES, Problem, parse_json};
use shared::request::{BODY_WITHIN, read_body_within};
use shared::token::ACCESS_TOKEN_SECONDS;

use super::accounts::{self, Account};
use super::sessions::{self, RefreshToken, Used};
use super::{cookie, email};
use crate::app::App;
use crate::{metrics as names, text};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/auth/register", web::post().to(register))
        .route("/auth/login", web::post().to(login))
        .route("/auth/refresh", web::post().to(refresh))
        .route("/auth/logout", web::post().to(logout))
        .route("/me", web::get().to(me));
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Registration {
    email: String,
    password: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Serialize)]
struct Session<'a> {
    access_token: String,
    expires_in: i64,
    #[serde(flatten)]
    account: &'a Account,
}

async fn read<T: DeserializeOwned>(payload: Payload) -> Result<T, Problem> {
    parse_json(&read_body_within(payload, MAX_AUTH_BODY_BYTES, BODY_WITHIN).await?)
}

async fn register(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    if !app.registration_open {
        return Err(Problem::new(StatusCode::FORBIDDEN, "registration is closed"));
    }
    let given: Registration = read(payload).await?;
    let email = email::normalise(&given.email).map_err(|wrong| FieldError::new("email", wrong));
    let name = text::name(&given.name);
    // What is far too long is not kept while others have their turn.
    let inputs = email.iter().chain(&name).cloned().collect();
    let password = app.passwords.judge(given.password.clone(), inputs).await?;
    let password = password.map_err(|wrong| FieldError::new("password", wrong));
    let (email, name) = match (email, name, password) {
        (Ok(email), Ok(name), Ok(())) => (email, name),
        (email, name, password) => {
            let wrong = [email.err(), password.err(), name.err()];
            return Err(Problem::invalid(wrong.into_iter().flatten().collect()));
        }
    };
    let hash = app.passwords.hash(given.password).await?;
    let token = RefreshToken::first();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let account = accounts::create(&tx, &email, &name, &hash).await?;
    let identity = account.identity();
    sessions::begin(&tx, &token, identity.user_id, identity.org_id, app.session_days).await?;
    tx.commit().await?;
    metrics::counter!(names::REGISTRATIONS).increment(1);
    tracing::info!(
        user_id = identity.user_id,
        org_id = identity.org_id.0,
        "registered"
    );
    answer(&app, StatusCode::CREATED, &account, &token)
}

async fn login(app: Data<App>, payload: Payload) -> Result<HttpResponse, Problem> {
    let given: Credentials = read(payload).await?;
    let client = app.pool.get().await?;
    let found = match email::normalise(&given.email) {
        Ok(email) => accounts::find_by_email(&client, &email).await?,
        Err(_) => None,
    };
    // A connection is not kept while the password is hashed.
    drop(client);
    let (account, hash) = found.unzip();
    let verified = app.passwords.verify(given.password, hash).await?;
    let Some(account) = account.filter(|_| verified) else {
        metrics::counter!(names::LOGINS, "outcome" => "refused").increment(1);
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "the e-mail address or the password is wrong",
        ));
    };
    let token = RefreshToken::first();
    let identity = account.identity();
    let client = app.pool.get().await?;
    sessions::begin(
        &client,
        &token,
        identity.user_id,
        identity.org_id,
        app.session_days,
    )
    .await?;
    metrics::counter!(names::LOGINS, "outcome" => "accepted").increment(1);
    answer(&app, StatusCode::OK, &account, &token)
}

async fn refresh(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let count = |outcome: &'static str| {
        metrics::counter!(names::REFRESHES, "outcome" => outcome).increment(1);
    };
    let Some(token) = cookie::read(&request) else {
        return Err(logged_out());
    };
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let used = sessions::rotate(&tx, &token, &app.token_key, app.session_days).await?;
    let account = match &used {
        Used::Rotated { user_id, org_id, .. } => accounts::find(&tx, *user_id, *org_id).await?,
        Used::Reused | Used::Unknown => None,
    };
    tx.commit().await?;
    match (used, account) {
        (Used::Rotated { successor, .. }, Some(account)) => {
            count("rotated");
            answer(&app, StatusCode::OK, &account, &successor)
        }
        (Used::Reused, _) => {
            count("reused");
            tracing::warn!("a refresh token was used again; its session has ended");
            Err(logged_out())
        }
        _ => {
            count("unknown");
            Err(logged_out())
        }
    }
}

async fn logout(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if let Some(token) = cookie::read(&request) {
        sessions::end(&app.pool.get().await?, &token).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie::forget(&app)).finish())
}

async fn me(app: Data<App>, identity: Identity) -> Result<HttpResponse, Problem> {
    let client = app.pool.get().await?;
    let account = accounts::find(&client, identity.user_id, identity.org_id).await?;
    let account = account.ok_or_else(Problem::unauthorized)?;
    Ok(HttpResponse::Ok().json(account))
}

fn logged_out() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "the session has ended; log in again")
}

fn answer(
    app: &App,
    status: StatusCode,
    account: &Account,
    token: &RefreshToken,
) -> Result<HttpResponse, Problem> {
    let access_token = app
        .token_key
        .mint(&account.identity(), shared::now())
        .map_err(Problem::internal)?;
    let session = Session {
        access_token,
        expires_in: ACCESS_TOKEN_SECONDS,
        account,
    };
    Ok(HttpResponse::build(status)
        .cookie(cookie::keep(app, token))
        .json(session))
}
