//! How somebody shows once more who it is.

use serde::Deserialize;
use utoipa::ToSchema;

/// Shows that it is the owner of the account who asks.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Proof {
    /// The password. An account without one signs in with a linked login again instead.
    pub current_password: String,
    /// A code, where the second factor is on.
    pub code: Option<String>,
}
