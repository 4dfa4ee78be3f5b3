//! When something is due.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When something is due, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Schedule {
    /// So long after the last time.
    Period {
        /// In seconds.
        period_seconds: u32,
    },
}

impl Schedule {
    /// The next instant after `instant`, both in milliseconds since the Unix epoch.
    pub fn next_after(&self, instant: i64) -> Option<i64> {
        match self {
            Self::Period { period_seconds } => Some(instant + 1_000 * i64::from(*period_seconds)),
        }
    }
}
