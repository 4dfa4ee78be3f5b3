//! What is said when a service behind the gateway does not answer.

use shared::http::client::CallError;
use shared::http::problem::Problem;

/// The problem of a service behind the gateway that does not answer.
pub(crate) fn unavailable(upstream: &'static str, error: &CallError) -> Problem {
    tracing::warn!(upstream, %error, "no answer");
    Problem::unavailable("the service")
}
