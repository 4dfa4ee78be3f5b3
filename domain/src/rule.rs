//! When a monitor counts as down, and when as up again.

use serde::{Deserialize, Serialize};

use crate::field_error::{Errors, FieldError};

/// Checks of a kind that a rule may want, at most.
const MAX_CHECKS: u32 = 100;

/// The slowest answer that counts as one, in milliseconds, at most.
const MAX_SLOW_MS: u32 = 120_000;

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

    /// What is wrong with it; the fields are named as a monitor's.
    #[must_use]
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.range("down_after", u32::from(self.down_after), 1, MAX_CHECKS);
        errors.range("up_after", u32::from(self.up_after), 1, MAX_CHECKS);
        if let Some(down_of) = self.down_of
            && !(self.down_after.saturating_add(1)..=Self::MAX_DOWN_OF).contains(&down_of)
        {
            let wrong = format!("must be more than down_after, and at most {}", Self::MAX_DOWN_OF);
            errors.add("down_of", wrong);
        }
        errors.range(
            "down_for_seconds",
            self.down_for_seconds,
            0,
            Self::MAX_DOWN_FOR_SECONDS,
        );
        if let Some(slow_ms) = self.slow_ms {
            errors.range("slow_ms", slow_ms, 1, MAX_SLOW_MS);
        }
        errors.0
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_that_is_not_valid_is_named() {
        for (fields, wrong) in [
            (json!({}), vec![]),
            (json!({"down_after": 0}), vec!["down_after"]),
            (json!({"down_after": 100, "up_after": 100}), vec![]),
            (
                json!({"down_after": 101, "up_after": 0}),
                vec!["down_after", "up_after"],
            ),
            (json!({"down_after": 3, "down_of": 3}), vec!["down_of"]),
            (json!({"down_after": 3, "down_of": 4}), vec![]),
            (json!({"down_of": 61}), vec!["down_of"]),
            (json!({"down_for_seconds": 86_400}), vec![]),
            (json!({"down_for_seconds": 86_401}), vec!["down_for_seconds"]),
            (json!({"slow_ms": 0}), vec!["slow_ms"]),
            (json!({"slow_ms": 120_000}), vec![]),
            (json!({"slow_ms": 120_001}), vec!["slow_ms"]),
        ] {
            let rule: Rule = serde_json::from_value(fields.clone()).unwrap();
            let named: Vec<String> = rule.validate().into_iter().map(|error| error.field).collect();
            assert_eq!(named, wrong, "{fields}");
        }
    }
}
