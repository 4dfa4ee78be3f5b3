//! Whether the alerters have a mail server, as they say in Redis.

use std::time::Duration;

use domain::monitor::FieldError;
use fred::interfaces::{ClientLike as _, KeysInterface as _};

use crate::app::App;

/// How long Redis is waited for. Without an answer a mail server is assumed: a message tells the truth.
const PATIENCE: Duration = Duration::from_millis(250);

/// What is said of an e-mail channel where no mail server is set.
pub(crate) const MISSING: &str = "no mail server is set (SMTP_URL of the alerter), so nobody is notified";

/// Whether it is known that there is none.
pub(crate) async fn is_missing(app: &App) -> bool {
    if !app.redis.is_connected() {
        return false;
    }
    let said = app.redis.get::<Option<String>, _>(app.redis_keys.mail_server());
    matches!(tokio::time::timeout(PATIENCE, said).await, Ok(Ok(Some(said))) if said == "0")
}

/// What is wrong with a new e-mail channel then.
pub(crate) fn error() -> FieldError {
    FieldError::new(
        "kind",
        "must not be email: no mail server is set (SMTP_URL of the alerter)",
    )
}
