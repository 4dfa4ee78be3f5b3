//! Errors of the database, and whether the data caused them.

use domain::MonitorId;
use tokio_postgres::error::SqlState;

/// Why a batch was not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, or none in time.
    #[error("no connection to the database: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// No connection outside of the pool.
    #[error("no connection to the database: {0}")]
    Connect(#[from] shared::postgres::ConnectError),
    /// The database refused, or broke off.
    #[error("{}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    /// A stored value cannot be read.
    #[error("a stored value cannot be read: {}", shared::postgres::describe(.0))]
    Value(tokio_postgres::Error),
    /// A stored state cannot be read.
    #[error("the stored state of monitor {0} cannot be read: {1}")]
    State(MonitorId, serde_json::Error),
}

impl StoreError {
    /// Whether the records are at fault: trying the same ones again would fail again.
    pub fn concerns_data(&self) -> bool {
        match self {
            Self::Pool(_) | Self::Connect(_) => false,
            Self::State(..) | Self::Value(_) => true,
            Self::Database(error) => error.code().is_some_and(|code| {
                // Data exceptions, violated constraints, exceeded limits of the program.
                ["22", "23", "54"]
                    .iter()
                    .any(|class| code.code().starts_with(class))
            }),
        }
    }

    /// Whether a partition may be missing: it reads as a violated check.
    pub(crate) fn lacks_partition(&self) -> bool {
        matches!(self, Self::Database(error) if error.code() == Some(&SqlState::CHECK_VIOLATION))
    }
}
