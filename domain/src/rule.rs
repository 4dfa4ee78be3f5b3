//! When a monitor counts as down, and when as up again.

use serde::{Deserialize, Serialize};

/// A monitor's rule. Each result carries it, so that every reader of the log folds by the rule that was in force when the
/// check ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Failing slots that open an incident: consecutive ones, or so many of the last [`Rule::down_of`].
    pub down_after: u16,
    /// Consecutive successful slots that resolve it.
    pub up_after: u16,
    /// A successful result slower than this, in milliseconds, is degraded.
    pub slow_ms: Option<u32>,
    /// Of how many of the last slots `down_after` have to fail; without it they have to be consecutive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_of: Option<u16>,
    /// Seconds from the first of these slots to the one that opens the incident, at least.
    #[serde(skip_serializing_if = "is_zero")]
    pub down_for_seconds: u32,
}

impl Rule {
    /// The largest [`Rule::down_of`]; a larger one is this.
    pub const MAX_DOWN_OF: u16 = 60;

    /// The largest [`Rule::down_for_seconds`]; a larger one is this.
    pub const MAX_DOWN_FOR_SECONDS: u32 = 86_400;

    /// Of how many of the last slots `down_after` have to fail; none where they have to be consecutive, as where these are
    /// not more than have to fail.
    pub fn window(&self) -> Option<u16> {
        let of = self.down_of?.min(Self::MAX_DOWN_OF);
        (of > self.down_after.max(1)).then_some(of)
    }

    /// Milliseconds from the first of the failing slots to the one that opens an incident, at least.
    pub fn down_for_ms(&self) -> i64 {
        i64::from(self.down_for_seconds.min(Self::MAX_DOWN_FOR_SECONDS)) * 1_000
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            down_after: 1,
            up_after: 1,
            slow_ms: None,
            down_of: None,
            down_for_seconds: 0,
        }
    }
}
