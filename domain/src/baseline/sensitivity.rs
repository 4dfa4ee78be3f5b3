//! How far from what is usual a response time has to be to count as slower than usual.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How soon response times count as slower than usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Only far beyond what is usual.
    Low,
    /// In between.
    #[default]
    Medium,
    /// Soon.
    High,
}

impl Sensitivity {
    /// How many deviations from the median are still usual. 3.5 is what is customary for medians (Iglewicz, Hoaglin: "How
    /// to detect and handle outliers", 1993).
    pub const fn deviations(self) -> f64 {
        match self {
            Self::Low => 6.0,
            Self::Medium => 3.5,
            Self::High => 2.5,
        }
    }
}

/// Whether a monitor's response times are held against what is usual, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnomalyRule {
    /// How soon they count as slower than usual.
    pub sensitivity: Sensitivity,
    /// Whether somebody is notified when they are; not by default.
    #[serde(default)]
    pub notify: bool,
}
