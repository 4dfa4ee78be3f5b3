//! Answers as they were at an earlier instant.

use domain::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

/// As of which instant is answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AtQuery {
    /// The answer as it was at this instant of the last 400 days, as far as that is known; now by default.
    pub at: Option<Timestamp>,
}
