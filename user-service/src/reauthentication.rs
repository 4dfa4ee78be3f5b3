//! Asking somebody who is signed in to show once more who it is, before what keeps the account safe is changed: by the
//! password, or a linked login where there is none, and by a code where the second factor is on. Who has found an open
//! browser must not be able to take the account.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use api::Principal;
use domain::monitor::FieldError;
use shared::http::identity;
use shared::http::problem::Problem;

use crate::app::App;
use crate::limited::{limited, not_counted};
use crate::passwords;
use crate::sealed_cookie::{self, Confirmed};
use crate::second_factor::{self, Deed};
use crate::store::{second_factors, users};

/// Wrong passwords, or confirmations that are missing, of one user in [`WINDOW`].
const FAILURES: u32 = 10;

/// Attempts of one user in [`WINDOW`], right ones too: hashing is work.
const ATTEMPTS: u32 = 60;

/// What failures are counted as.
const GUESS: &str = "reauthenticate";

const WINDOW: Duration = Duration::from_secs(900);

/// The hash of the user's password, once the user has shown the [first factor](require_first_factor), and a code where the
/// second factor is on.
///
/// # Errors
/// Those of [`require_first_factor`]; 422 that names `code` when it is missing or wrong.
pub(crate) async fn reauthenticate(
    app: &App,
    caller: &Principal,
    request: &HttpRequest,
    password: String,
    code: Option<&str>,
    deed: &Deed,
) -> Result<String, Problem> {
    let hash = require_first_factor(app, caller, request, password).await?;
    let user = caller.user_id();
    let mut client = app.pool.get().await?;
    if second_factors::is_on(&client, user).await? {
        let missing = || {
            let wrong = "is required: the second factor is on";
            Problem::invalid(vec![FieldError::new("code", wrong)])
        };
        let code = code.ok_or_else(missing)?;
        let tx = second_factor::show(app, &mut client, user, code, deed).await?;
        tx.commit().await?;
        app.mailer.wake.notify_one();
    }
    Ok(hash)
}

/// The hash of the user's password, once the user has shown to know it. Who has none has signed in with a linked login
/// again, some minutes ago at most.
///
/// # Errors
/// 422 that names the field when it is another one, 403 where a linked login is needed, 429 after too many attempts, 503
/// while they cannot be counted.
pub(crate) async fn require_first_factor(
    app: &App,
    caller: &Principal,
    request: &HttpRequest,
    password: String,
) -> Result<String, Problem> {
    limited(app, "reauthenticate-any", caller, ATTEMPTS, WINDOW).await?;
    // Counted before it is looked at, for many can come at once.
    limited(app, GUESS, caller, FAILURES, WINDOW).await?;
    let hash = checked(app, caller, request, password).await?;
    not_counted(app, GUESS, caller).await;
    Ok(hash)
}

async fn checked(
    app: &App,
    caller: &Principal,
    request: &HttpRequest,
    password: String,
) -> Result<String, Problem> {
    let user_id = caller.user_id();
    let hash = users::password_hash(&app.pool.get().await?, user_id).await?;
    let hash = hash.ok_or_else(Problem::unauthorized)?;
    if !passwords::is_set(&hash) {
        let session = identity::session(request);
        let confirmed = sealed_cookie::read::<Confirmed>(app, request);
        let is_confirmed = confirmed.is_some_and(|one| one.user_id == user_id && one.session == session);
        let again = "the account has no password: sign in with a linked login again first";
        return match is_confirmed {
            true => Ok(hash),
            false => Err(Problem::new(StatusCode::FORBIDDEN, again)),
        };
    }
    match app.passwords.verify(password, Some(hash.clone()), true).await? {
        true => Ok(hash),
        false => {
            let wrong = FieldError::new("current_password", "is wrong");
            Err(Problem::invalid(vec![wrong]))
        }
    }
}
