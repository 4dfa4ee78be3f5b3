//! When a monitor is flapping: it goes down and up again so often that being notified each time helps nobody.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::field_error::{Errors, FieldError};

/// Outages that a rule may count, at most.
pub const MAX_OUTAGES: u16 = 20;

/// Minutes within which outages are counted, and which one may have to last, at most: a day.
pub const MAX_MINUTES: u16 = 1_440;

/// When a monitor is flapping, and which of its outages are announced then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlappingRule {
    /// After so many outages it is flapping; 2 to 20.
    pub outages: u16,
    /// The minutes within which they begin; 1 to 1440.
    pub within_minutes: u16,
    /// While it is flapping, an outage is announced when it has lasted for so many minutes; 1 to 1440.
    pub lasting_minutes: u16,
}

impl FlappingRule {
    /// What is wrong with it; the fields are named from `field` on.
    pub fn validate(&self, field: &str) -> Vec<FieldError> {
        let mut errors = Errors::default();
        let mut range = |name: &str, value: u16, least: u16, most: u16| {
            errors.range(
                &format!("{field}.{name}"),
                u32::from(value),
                u32::from(least),
                u32::from(most),
            );
        };
        range("outages", self.outages, 2, MAX_OUTAGES);
        range("within_minutes", self.within_minutes, 1, MAX_MINUTES);
        range("lasting_minutes", self.lasting_minutes, 1, MAX_MINUTES);
        errors.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_bounds() {
        let rule = |outages, within_minutes, lasting_minutes| FlappingRule {
            outages,
            within_minutes,
            lasting_minutes,
        };
        for good in [rule(2, 1, 1), rule(20, 1_440, 1_440)] {
            assert_eq!(good.validate("flapping"), []);
        }
        let errors = rule(1, 0, 1_441).validate("flapping");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "flapping.outages",
                "flapping.within_minutes",
                "flapping.lasting_minutes"
            ]
        );
    }
}
