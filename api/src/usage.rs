//! What an organisation has of what its plan allows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::SeeUsage;
use crate::operation::{given_or, given_or_value, operation};
use crate::organisation::OrganisationPath;

/// What there can be a limited number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitKey {
    /// Monitors, also paused ones.
    Monitors,
    /// Members, and invitations that were not answered.
    Members,
    /// Invitations that were not answered.
    Invitations,
    /// API keys that have not expired.
    ApiKeys,
    /// Channels.
    Channels,
    /// Maintenance windows.
    MaintenanceWindows,
    /// Tags.
    Tags,
    /// SLA reports that are kept.
    SlaReports,
    /// Schedules of SLA reports.
    SlaSchedules,
    /// Templates of reports on status pages.
    ReportTemplates,
    /// Routes of alerts.
    AlertRoutes,
    /// Silences that are not over.
    Silences,
    /// Escalation policies.
    EscalationPolicies,
    /// On-call schedules.
    OnCallSchedules,
    /// Teams.
    Teams,
    /// Drills that go on.
    RunningDrills,
    /// Drills that were begun (UTC day).
    DrillsPerDay,
    /// Schedules of drills.
    DrillSchedules,
    /// Status pages.
    StatusPages,
    /// Checks on request (UTC day): previews, and those beside the schedule.
    ChecksOnRequestPerDay,
}

impl LimitKey {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Monitors,
        Self::Members,
        Self::Invitations,
        Self::ApiKeys,
        Self::Channels,
        Self::MaintenanceWindows,
        Self::Tags,
        Self::SlaReports,
        Self::SlaSchedules,
        Self::ReportTemplates,
        Self::AlertRoutes,
        Self::Silences,
        Self::EscalationPolicies,
        Self::OnCallSchedules,
        Self::Teams,
        Self::RunningDrills,
        Self::DrillsPerDay,
        Self::DrillSchedules,
        Self::StatusPages,
        Self::ChecksOnRequestPerDay,
    ];

    /// The name in JSON and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitors => "monitors",
            Self::Members => "members",
            Self::Invitations => "invitations",
            Self::ApiKeys => "api_keys",
            Self::Channels => "channels",
            Self::MaintenanceWindows => "maintenance_windows",
            Self::Tags => "tags",
            Self::SlaReports => "sla_reports",
            Self::SlaSchedules => "sla_schedules",
            Self::ReportTemplates => "report_templates",
            Self::AlertRoutes => "alert_routes",
            Self::Silences => "silences",
            Self::EscalationPolicies => "escalation_policies",
            Self::OnCallSchedules => "on_call_schedules",
            Self::Teams => "teams",
            Self::RunningDrills => "running_drills",
            Self::DrillsPerDay => "drills_per_day",
            Self::DrillSchedules => "drill_schedules",
            Self::StatusPages => "status_pages",
            Self::ChecksOnRequestPerDay => "checks_on_request_per_day",
        }
    }
}

/// How many there are of something, and how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsageItem {
    /// Of what.
    pub key: LimitKey,
    /// How many there are. More than `limit` after a change to a smaller plan: they stay.
    pub used: u32,
    /// How many there may be; null without a limit.
    #[schema(required = true)]
    pub limit: Option<u32>,
}

/// What an organisation has of what its plan allows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Usage {
    /// The plan's name.
    pub plan: String,
    /// What there is a number of.
    pub items: Vec<UsageItem>,
    /// The shortest interval that a monitor can be given. One that has a shorter one keeps it.
    pub min_interval_seconds: u32,
    /// For how many days single results are shown, at most; null for as long as the installation keeps them.
    #[schema(required = true)]
    pub raw_retention_days: Option<u32>,
}

operation! {
    /// What the organisation of the credential has of what its plan allows.
    GetUsage "Organisations": Get "/orgs/{id}/usage", SeeUsage;
    path OrganisationPath;
    answer 200 Usage;
}
