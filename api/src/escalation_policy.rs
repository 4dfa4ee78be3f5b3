//! Escalation policies: who is notified in turn while nobody acknowledges an incident.

use domain::escalation::EscalationStep;
use domain::{EscalationPolicyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{ManageAlertPolicy, ViewAlertPolicy};
use crate::operation::{PathParams, given_or, given_or_value, operation};
use crate::page::{Page, PageQuery};
use crate::version::Versioned;

/// Who is notified in turn while nobody acknowledges an incident. An incident follows it as it was when the incident
/// began.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscalationPolicy {
    /// The id.
    pub id: EscalationPolicyId,
    /// What people call it.
    pub name: String,
    /// 1 to 10 steps, in their order; none where they cannot be read.
    pub steps: Vec<EscalationStep>,
    /// How often the steps are gone through again when all of them were in vain.
    pub repeats: u8,
    /// Minutes from the last step to the first one of the next round.
    pub repeat_after_minutes: u32,
    /// Minutes after which an acknowledgement has expired and the escalation goes on; 0: never.
    pub acknowledgement_minutes: u32,
    /// What of it cannot be read: while that is so, it notifies nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How much names it.
    pub used_by: EscalationPolicyUse,
    /// Grows with every change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// How much names an escalation policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EscalationPolicyUse {
    /// How many routes do.
    pub routes: u32,
    /// How many monitors name it as their recipients.
    pub monitors: u32,
}

/// The writable fields of an escalation policy; in a change, those that are left out stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationPolicyInput {
    /// What people call it, at most 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 1 to 10 steps, in their order; a change replaces all of them. A new policy has to say them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<EscalationStep>>,
    /// How often the steps are gone through again when all of them were in vain, 0 to 9; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u8>,
    /// Minutes from the last step to the first one of the next round, 1 to 1440; 30 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_after_minutes: Option<u32>,
    /// Minutes after which an acknowledgement has expired and the escalation goes on, at most 1440; 0, the default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledgement_minutes: Option<u32>,
}

/// Names an escalation policy.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EscalationPolicyPath {
    /// The policy's id.
    pub id: EscalationPolicyId,
}

impl PathParams for EscalationPolicyPath {
    const RESOURCE: &'static str = "escalation policy";
}

operation! {
    /// Lists escalation policies by their id.
    ListEscalationPolicies "Alerting": Get "/escalation-policies", ViewAlertPolicy;
    query PageQuery;
    answer 200 Page<EscalationPolicy>;
}

operation! {
    /// Creates an escalation policy.
    CreateEscalationPolicy "Alerting": Post "/escalation-policies", ManageAlertPolicy;
    body EscalationPolicyInput;
    answer 201 EscalationPolicy;
    etag Versioned::etag;
}

operation! {
    /// An escalation policy.
    GetEscalationPolicy "Alerting": Get "/escalation-policies/{id}", ViewAlertPolicy;
    path EscalationPolicyPath;
    answer 200 EscalationPolicy;
    etag Versioned::etag;
}

operation! {
    /// Changes an escalation policy: what is left out stays. Incidents that follow it go on as it was.
    EditEscalationPolicy "Alerting": Patch "/escalation-policies/{id}", ManageAlertPolicy;
    path EscalationPolicyPath;
    body EscalationPolicyInput;
    answer 200 EscalationPolicy;
    etag Versioned::etag;
}

operation! {
    /// Deletes an escalation policy that neither a route nor a monitor names.
    DeleteEscalationPolicy "Alerting": Delete "/escalation-policies/{id}", ManageAlertPolicy;
    path EscalationPolicyPath;
    answer 204;
}
