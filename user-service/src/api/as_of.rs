//! As of which instant is answered.

use domain::Timestamp;
use shared::http::problem::Problem;

use crate::rules::as_of;

/// The instant as of which is answered, if one is asked for.
///
/// # Errors
/// 422 (`at`) for one of which nothing is kept.
pub(super) fn asked(at: Option<Timestamp>) -> Result<Option<Timestamp>, Problem> {
    as_of::valid(at, shared::now()).map_err(|wrong| Problem::invalid(vec![wrong]))
}
