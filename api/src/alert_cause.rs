//! Why a channel was notified of an incident.

use domain::alert_event::Cause;
use domain::escalation::Target;
use domain::routing::RoutedBy;
use domain::{EscalationPolicyId, RouteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a channel was notified, or which step of an escalation has notified nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertCause {
    /// How the incident came to the channel, or to the escalation policy.
    pub by: CausedBy,
    /// The route, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_id: Option<RouteId>,
    /// What people call it; left out when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_name: Option<String>,
    /// The step of an escalation, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<EscalationCause>,
}

/// How an incident came to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CausedBy {
    /// The monitor names its recipients.
    Monitor,
    /// A route has taken it.
    Route,
    /// No route has taken it.
    Default,
}

/// A step of an escalation by which a channel was notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EscalationCause {
    /// The policy.
    pub policy_id: EscalationPolicyId,
    /// What people call it; left out when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_name: Option<String>,
    /// The round, from 1.
    pub round: u8,
    /// Which of its steps, from 1.
    pub step: u8,
    /// Who was to be notified; left out when it is about the step as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<CauseTarget>,
}

/// Who was to be notified by a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CauseTarget {
    /// What it is.
    pub kind: TargetKind,
    /// Which.
    pub id: i64,
    /// What people call it; left out when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What a step of an escalation notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A channel of the organisation.
    Channel,
    /// A member.
    Person,
    /// Who is on call by a schedule.
    Schedule,
    /// All members of a team.
    Team,
}

impl TargetKind {
    /// The kind and the id of a target.
    pub fn of(target: Target) -> (Self, i64) {
        match target {
            Target::Channel { id } => (Self::Channel, id.0),
            Target::Person { id } => (Self::Person, id.0),
            Target::Schedule { id } => (Self::Schedule, id.0),
            Target::Team { id } => (Self::Team, id.0),
        }
    }
}

impl From<Cause> for AlertCause {
    /// The cause, without the names.
    fn from(cause: Cause) -> Self {
        let (by, route_id) = match cause.routed_by {
            RoutedBy::Monitor => (CausedBy::Monitor, None),
            RoutedBy::Route { route_id } => (CausedBy::Route, Some(route_id)),
            RoutedBy::Default => (CausedBy::Default, None),
        };
        let target = |target| {
            let (kind, id) = TargetKind::of(target);
            CauseTarget { kind, id, name: None }
        };
        Self {
            by,
            route_id,
            route_name: None,
            step: cause.step.map(|step| EscalationCause {
                policy_id: step.policy_id,
                policy_name: None,
                round: step.round,
                step: step.step,
                target: step.target.map(target),
            }),
        }
    }
}
