//! Which requests count as pings, and what they say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::record::PingKind;

/// Which requests count, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PingFilter {
    /// Whether requests by another method than POST are kept and mean nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub post_only: bool,
    /// What the body says; absent where it is not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyFilter>,
}

/// Words of which one in the body decides what a ping says, whatever its path. Failure is looked for first, then success,
/// then start. Upper and lower case differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BodyFilter {
    /// The job has failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fail: Vec<String>,
    /// The job has succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<String>,
    /// The job has started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<String>,
    /// Whether a body with none of the words means that the job has failed; otherwise the ping means nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub otherwise_fail: bool,
}

impl PingFilter {
    /// What a request says whose path says `path`.
    pub fn kind(&self, path: PingKind, is_post: bool, body: &[u8]) -> PingKind {
        if self.post_only && !is_post {
            return PingKind::Ignored;
        }
        let Some(filter) = &self.body else {
            return path;
        };
        let body = String::from_utf8_lossy(body);
        let has = |words: &[String]| words.iter().any(|word| body.contains(word.as_str()));
        if has(&filter.fail) {
            PingKind::Fail
        } else if has(&filter.success) {
            PingKind::Success
        } else if has(&filter.start) {
            PingKind::Start
        } else if filter.otherwise_fail {
            PingKind::Fail
        } else {
            PingKind::Ignored
        }
    }
}
