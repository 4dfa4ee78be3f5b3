//! Who is notified in turn while nobody acknowledges an incident.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::field_error::{Errors, FieldError};
use crate::hours::Hours;
use crate::ids::{ChannelId, EscalationPolicyId, ScheduleId, TeamId, UserId};
use crate::severity::Severity;
use crate::time::Timestamp;

/// Steps of a policy, at most.
const MAX_STEPS: usize = 10;

/// Targets of a step, at most.
const MAX_TARGETS: usize = 10;

/// The longest pause between two steps, in minutes: a day.
const MAX_WAIT_MINUTES: u32 = 1_440;

/// How often the steps are gone through again, at most.
const MAX_REPEATS: u8 = 9;

/// Who is notified in turn while nobody acknowledges an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationPolicy {
    /// Which.
    pub id: EscalationPolicyId,
    /// What people call it.
    pub name: String,
    /// What is done.
    #[serde(flatten)]
    pub plan: EscalationPlan,
}

/// What is done while nobody acknowledges an incident. An incident follows it as it was when the incident began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EscalationPlan {
    /// 1 to 10 steps, in their order.
    pub steps: Vec<EscalationStep>,
    /// How often the steps are gone through again while nobody acknowledges, 0 to 9.
    #[serde(default)]
    pub repeats: u8,
    /// Minutes from the last step to the first one of the next round, 1 to 1440.
    #[serde(default = "default_repeat_after")]
    pub repeat_after_minutes: u32,
    /// Minutes after which an acknowledgement has expired and the escalation goes on, at most 1440; 0: never.
    #[serde(default)]
    pub acknowledgement_minutes: u32,
}

/// Minutes until the next round where nobody says.
pub const REPEAT_AFTER_MINUTES: u32 = 30;

fn default_repeat_after() -> u32 {
    REPEAT_AFTER_MINUTES
}

/// One step: somebody is notified. One that notifies nobody is followed by the next one at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// Minutes after the step before it, or after the incident began; at most 1440.
    #[serde(default)]
    pub wait_minutes: u32,
    /// 1 to 10 targets.
    pub targets: Vec<Target>,
    /// When it is done at all; always where it has no conditions.
    #[serde(default, skip_serializing_if = "StepConditions::is_empty")]
    pub conditions: StepConditions,
}

/// When a step is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StepConditions {
    /// The monitor's severity is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// It is due in these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Inverts `hours`: it is due outside of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outside_hours: bool,
}

impl StepConditions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they hold of a monitor at an instant.
    pub fn hold(&self, severity: Severity, at: Timestamp) -> bool {
        (self.severities.is_empty() || self.severities.contains(&severity))
            && Hours::hold(self.hours.as_ref(), self.outside_hours, at)
    }
}

/// Who is notified by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A channel of the organisation.
    Channel {
        /// Which.
        id: ChannelId,
    },
    /// A member, by all their own channels.
    Person {
        /// Who.
        id: UserId,
    },
    /// Who is on call.
    Schedule {
        /// By which schedule.
        id: ScheduleId,
    },
    /// All members of a team.
    Team {
        /// Which.
        id: TeamId,
    },
}

impl EscalationPlan {
    /// What is wrong with it.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        if !(1..=MAX_STEPS).contains(&self.steps.len()) {
            errors.add("steps", format!("must be 1 to {MAX_STEPS} steps"));
        }
        for (index, step) in self.steps.iter().enumerate().take(MAX_STEPS) {
            let field = |name: &str| format!("steps.{index}.{name}");
            errors.range(&field("wait_minutes"), step.wait_minutes, 0, MAX_WAIT_MINUTES);
            if !(1..=MAX_TARGETS).contains(&step.targets.len()) {
                errors.add(&field("targets"), format!("must name 1 to {MAX_TARGETS} targets"));
            }
            let conditions = &step.conditions;
            if conditions.severities.len() > Severity::ALL.len() {
                errors.add(&field("conditions.severities"), "must name each at most once");
            }
            let (hours, outside) = (conditions.hours.as_ref(), conditions.outside_hours);
            let wrong = Hours::validate_conditions(hours, outside, &field("conditions"));
            errors.0.extend(wrong);
        }
        errors.range("repeats", self.repeats.into(), 0, MAX_REPEATS.into());
        errors.range(
            "repeat_after_minutes",
            self.repeat_after_minutes,
            1,
            MAX_WAIT_MINUTES,
        );
        let expires = self.acknowledgement_minutes;
        errors.range("acknowledgement_minutes", expires, 0, MAX_WAIT_MINUTES);
        errors.0
    }
}
