//! `/me/audit-log`, and the sign-ins that fail too often.

use std::time::Duration;

use actix_web::web::Data;
use api::{AccountEvent, ListAccountEvents};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::redis::{Limit, count};

use super::page;
use crate::app::App;
use crate::store::account_events::{self, Cause};

/// Sign-ins of an account that fail in [`WINDOW`] before that is noted, once.
const FAILED: u32 = 5;

const WINDOW: Duration = Duration::from_secs(900);

/// What is noted then.
const FAILED_TOO_OFTEN: &str = "SignInsFailed";

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list)
}

async fn list(app: Data<App>, call: Call<ListAccountEvents>) -> Result<Reply<ListAccountEvents>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let before = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let found = account_events::list(&client, call.caller.user_id(), before, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |event: &AccountEvent| {
        event.id
    })))
}

/// Counts a sign-in to an account that failed, and notes it when there were too many. The answer does not wait for it: it
/// would tell who has an account.
pub(super) fn sign_in_failed(app: &Data<App>, user_id: i64, from: Cause) {
    let app = Data::clone(app);
    tokio::spawn(async move {
        if let Err(error) = count_failure(&app, user_id, from).await {
            tracing::warn!(user_id, error, "a sign-in that failed was not counted");
        }
    });
}

async fn count_failure(app: &App, user_id: i64, from: Cause) -> Result<(), String> {
    let limit = |what, times| Limit {
        what,
        who: user_id.to_string(),
        times,
        window: WINDOW,
    };
    let counted = |limit| async move {
        let counted = count(&app.redis, &app.redis_keys, &[limit]).await;
        counted.map_err(|error| error.to_string())
    };
    // The first ones only count; of those that follow one is noted.
    if counted(limit("sign-in-failed", FAILED - 1)).await?.is_none()
        || counted(limit("sign-in-failed-noted", 1)).await?.is_some()
    {
        return Ok(());
    }
    let cause = Cause {
        action: FAILED_TOO_OFTEN,
        ..from
    };
    let client = app.pool.get().await.map_err(|error| error.to_string())?;
    let noted = account_events::note(&client, user_id, &cause, None).await;
    noted.map_err(|error| error.to_string())
}
