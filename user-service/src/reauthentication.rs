//! Asking somebody who is signed in for the password once more, before what keeps the account safe is changed: who has
//! found an open browser must not be able to take the account.

use std::time::Duration;

use domain::monitor::FieldError;
use fred::interfaces::ClientLike as _;
use shared::http::problem::Problem;
use shared::redis::{Limit, count};

use crate::app::App;
use crate::store::accounts;

/// Attempts of one user in [`WINDOW`].
const ATTEMPTS: u32 = 10;

const WINDOW: Duration = Duration::from_secs(900);

/// The hash of the user's password, once the user has shown to know it.
///
/// # Errors
/// 422 that names the field when it is another one, 429 after too many attempts, 503 while they cannot be counted.
pub(crate) async fn reauthenticate(app: &App, user_id: i64, password: String) -> Result<String, Problem> {
    count_attempt(app, user_id).await?;
    let hash = accounts::password_hash(&app.pool.get().await?, user_id).await?;
    let hash = hash.ok_or_else(Problem::unauthorized)?;
    match app.passwords.verify(password, Some(hash.clone())).await? {
        true => Ok(hash),
        false => {
            let wrong = FieldError::new("current_password", "is wrong");
            Err(Problem::invalid(vec![wrong]))
        }
    }
}

async fn count_attempt(app: &App, user_id: i64) -> Result<(), Problem> {
    let limit = Limit {
        what: "reauthenticate",
        who: user_id.to_string(),
        times: ATTEMPTS,
        window: WINDOW,
    };
    if !app.redis.is_connected() {
        return Err(Problem::unavailable("the count of attempts"));
    }
    match count(&app.redis, &app.redis_keys, &[limit]).await {
        Ok(None) => Ok(()),
        Ok(Some(wait)) => Err(Problem::too_many(
            u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX),
        )),
        Err(error) => {
            tracing::warn!(%error, "attempts to sign in again cannot be counted");
            Err(Problem::unavailable("the count of attempts"))
        }
    }
}
