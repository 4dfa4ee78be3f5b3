//! Asking somebody who is signed in for the password once more, before what keeps the account safe is changed: who has
//! found an open browser must not be able to take the account.

use std::time::Duration;

use api::Principal;
use domain::monitor::FieldError;
use shared::http::problem::Problem;

use crate::app::App;
use crate::limited::limited;
use crate::store::users;

/// Attempts of one user in [`WINDOW`].
const ATTEMPTS: u32 = 10;

const WINDOW: Duration = Duration::from_secs(900);

/// The hash of the user's password, once the user has shown to know it.
///
/// # Errors
/// 422 that names the field when it is another one, 429 after too many attempts, 503 while they cannot be counted.
pub(crate) async fn reauthenticate(
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
