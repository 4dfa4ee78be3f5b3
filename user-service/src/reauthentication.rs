//! Asking somebody who is signed in for the password once more, and for a code where the second factor is on, before what
//! keeps the account safe is changed: who has found an open browser must not be able to take the account.

use std::time::Duration;

use api::Principal;
use domain::monitor::FieldError;
use shared::http::problem::Problem;

use crate::app::App;
use crate::limited::limited;
use crate::second_factor::{self, Deed};
use crate::store::{second_factors, users};

/// Attempts of one user in [`WINDOW`].
const ATTEMPTS: u32 = 10;

const WINDOW: Duration = Duration::from_secs(900);

/// The hash of the user's password, once the user has shown to know it, and a code where the second factor is on.
///
/// # Errors
/// 422 that names the field when it is another one, 429 after too many attempts, 503 while they cannot be counted.
pub(crate) async fn reauthenticate(
    app: &App,
    caller: &Principal,
    password: String,
    code: Option<&str>,
    deed: &Deed,
) -> Result<String, Problem> {
    let hash = require_password(app, caller, password).await?;
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

/// The hash of the user's password, once the user has shown to know it.
///
/// # Errors
/// As those of [`reauthenticate`].
pub(crate) async fn require_password(
    app: &App,
    caller: &Principal,
    password: String,
) -> Result<String, Problem> {
    limited(app, "reauthenticate", caller, ATTEMPTS, WINDOW).await?;
    let user_id = caller.user_id();
    let hash = users::password_hash(&app.pool.get().await?, user_id).await?;
    let hash = hash.ok_or_else(Problem::unauthorized)?;
    match app.passwords.verify(password, Some(hash.clone()), true).await? {
        true => Ok(hash),
        false => {
            let wrong = FieldError::new("current_password", "is wrong");
            Err(Problem::invalid(vec![wrong]))
        }
    }
}
