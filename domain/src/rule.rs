//! When a monitor counts as down, and when as up again.

use serde::{Deserialize, Serialize};

/// A monitor's rule. Each result carries it, so that every reader of the log folds by the rule that was in force when the
/// check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Consecutive failing slots that open an incident.
    pub down_after: u16,
    /// Consecutive successful slots that resolve it.
    pub up_after: u16,
    /// A successful result slower than this, in milliseconds, is degraded.
    pub slow_ms: Option<u32>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            down_after: 1,
            up_after: 1,
            slow_ms: None,
        }
    }
}
