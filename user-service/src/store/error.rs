//! Why the store did not do what was asked of it.

use domain::monitor::FieldError;
use shared::http::problem::Problem;

use crate::rules::limits::LimitReached;

/// Why the store did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// It is not there, or another organisation's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What is there already, or how much of it, forbids it.
    #[error("{0}")]
    Conflict(String),
    /// There is as much of something as there may be.
    #[error("{0}")]
    LimitReached(LimitReached),
    /// It was done too often lately.
    #[error("{detail}")]
    TooOften {
        detail: String,
        retry_after_seconds: u32,
    },
    /// Another row has this value.
    #[error("{field} {message}")]
    Taken {
        field: &'static str,
        message: &'static str,
    },
    /// It concerns more than the caller sees.
    #[error("the caller sees a part of the organisation")]
    Narrowed,
    /// Others have it for longer than can be waited for.
    #[error("{0} was not to be had in time")]
    Busy(&'static str),
    /// What is to be stored refers to what is not there.
    #[error("{} fields are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    /// A value that is stored, or is to be, has no meaning here.
    #[error("{0}")]
    Unreadable(String),
    /// The database refused, or was lost.
    #[error("{}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::not_found(what),
            StoreError::Conflict(detail) => Self::new(actix_web::http::StatusCode::CONFLICT, detail),
            StoreError::LimitReached(reached) => {
                Self::limit_reached(reached.key, reached.limit, reached.used, reached.to_string())
            }
            StoreError::TooOften {
                detail,
                retry_after_seconds,
            } => Self::new(actix_web::http::StatusCode::TOO_MANY_REQUESTS, detail)
                .with_retry_after(retry_after_seconds),
            StoreError::Taken { field, message } => Self::conflict(field, message),
            StoreError::Narrowed => Self::narrowed(),
            StoreError::Busy(what) => Self::unavailable(what),
            StoreError::Invalid(errors) => Self::invalid(errors),
            StoreError::Unreadable(why) => Self::internal(why),
            StoreError::Database(error) => error.into(),
        }
    }
}
