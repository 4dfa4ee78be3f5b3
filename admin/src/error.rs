//! Why a command did not come to its end.

use std::time::Duration;

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The database was reached, and refused.
    #[error(transparent)]
    Migrate(#[from] migrations::MigrateError),
    /// It did not succeed in the time that `ADMIN_WAIT_MS` allows.
    #[error("gave up after {} s: {why}", .after.as_secs())]
    GaveUp {
        /// The time that was allowed.
        after: Duration,
        /// Why the last attempt failed.
        why: String,
    },
    /// A signal came first.
    #[error("stopped by a signal")]
    Stopped,
}
