//! Why a job that is done again and again has failed.

use crate::store::error::StoreError;

/// Why a job has failed this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl From<tokio_postgres::Error> for JobError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}
