//! How often a person does what is not done often, counted in Redis.

use std::time::Duration;

use api::Principal;
use fred::interfaces::ClientLike as _;
use shared::http::problem::Problem;
use shared::redis::{Limit, count, uncount};

use crate::app::App;

/// How long a request waits for Redis.
const CONNECTED_WITHIN: Duration = Duration::from_secs(2);

/// Counts what the caller does against so many `times` in a `window`.
///
/// # Errors
/// 429 when it is one too many, 503 while it cannot be counted.
pub(crate) async fn limited(
    app: &App,
    what: &'static str,
    caller: &Principal,
    times: u32,
    window: Duration,
) -> Result<(), Problem> {
    let limit = limit_of(what, caller, times, window);
    if !is_counting(app).await {
        return Err(Problem::unavailable("the count of attempts"));
    }
    match count(&app.redis, &app.redis_keys, &[limit]).await {
        Ok(None) => Ok(()),
        Ok(Some(wait)) => Err(Problem::too_many_for(wait)),
        Err(error) => {
            tracing::warn!(%error, what, "attempts cannot be counted");
            Err(Problem::unavailable("the count of attempts"))
        }
    }
}

/// Takes back what [`limited`] has counted last, if that can be done: the limit is for something else.
pub(crate) async fn not_counted(app: &App, what: &'static str, caller: &Principal) {
    let limit = limit_of(what, caller, 0, Duration::ZERO);
    if let Err(error) = uncount(&app.redis, &app.redis_keys, &limit).await {
        tracing::warn!(%error, what, "an attempt that was none stays counted");
    }
}

fn limit_of(what: &'static str, caller: &Principal, times: u32, window: Duration) -> Limit {
    Limit {
        what,
        who: caller.user_id().to_string(),
        times,
        window,
    }
}

/// Whether Redis can be asked, after a moment if need be: a service that has just started is connecting.
pub(crate) async fn is_counting(app: &App) -> bool {
    app.redis.is_connected()
        || matches!(
            tokio::time::timeout(CONNECTED_WITHIN, app.redis.wait_for_connect()).await,
            Ok(Ok(()))
        )
}
