//! When a monitor counts as down, and when as back.

use serde::{Deserialize, Serialize};

/// The monitor's own rule. It travels inside each result, so that every reader of the log folds by the
/// rule that was in force when the check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Failing slots in a row that open an incident.
    pub down_after: u16,
    /// Succeeding slots in a row that close it.
    pub up_after: u16,
    /// An up result slower than this, in milliseconds, is degraded.
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
