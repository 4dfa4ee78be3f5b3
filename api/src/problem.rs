//! Errors as RFC 9457 problem details.

pub use domain::monitor::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::usage::LimitKey;
/// The type of a problem: the password was right, and a code is needed as well.
pub const SECOND_FACTOR_REQUIRED: &str = "urn:uptime-monitor:second-factor-required";

/// The type of a problem: the organisation demands a second factor, and the account has none.
pub const SECOND_FACTOR_MISSING: &str = "urn:uptime-monitor:second-factor-missing";

/// The body of every error, `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// `about:blank`: the status says what kind of problem it is; or one of those that this document names. Where a limit
    /// of the plan is reached (409), `urn:uptime-monitor:limit-reached`, with `key`, `limit` and `used`.
    #[serde(rename = "type")]
    pub type_: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// The fields that are not valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Of what there is as much as the plan allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<LimitKey>,
    /// How many of it there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many of it there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<u32>,
    /// What the second step of signing in is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// Names the request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
