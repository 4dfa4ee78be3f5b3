//! One action on many monitors.

use domain::baseline::AnomalyRule;
use domain::flapping::FlappingRule;
use domain::quorum::QuorumInput;
use domain::routing::Recipients;
use domain::severity::Severity;
use domain::{MonitorId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::access::ManageMonitors;
use crate::operation::{given_or, given_or_value, operation};
use crate::problem::ProblemDetails;

/// What is done with each of the monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Stops checking.
    Pause,
    /// Checks again.
    Resume,
    /// Notifies nobody, until `until` or until it is unmuted.
    Mute,
    /// Notifies again.
    Unmute,
    /// Deletes.
    Delete,
    /// Adds `tags`.
    AddTags,
    /// Takes `tags` away.
    RemoveTags,
    /// Gives `tags` and no others.
    SetTags,
    /// Makes `changes`, as a PATCH does.
    Edit,
}

/// Which monitors, by `monitors` and `external_keys` or by `tag`, at most 1000; and what is done with each.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BulkInput {
    /// Ids.
    pub monitors: Vec<MonitorId>,
    /// External keys.
    pub external_keys: Vec<String>,
    /// The name of a tag: all monitors that have it.
    pub tag: Option<String>,
    /// What is done.
    #[schema(required = true, nullable = false)]
    pub action: Option<BulkAction>,
    /// Names of tags, for the actions on tags.
    pub tags: Option<Vec<String>>,
    /// For `mute`: until when.
    pub until: Option<Timestamp>,
    /// For `edit`.
    #[schema(value_type = Option<BulkChanges>)]
    pub changes: Option<Map<String, Value>>,
}

/// What can be changed of many monitors: what is left out stays, null resets a field to its default.
#[derive(Clone, Debug, ToSchema)]
#[expect(dead_code, reason = "a schema: the fields are some of those of MonitorInput")]
pub struct BulkChanges {
    /// Seconds between two checks.
    interval_seconds: Option<u32>,
    /// The deadline of one attempt.
    timeout_ms: Option<u32>,
    /// Further attempts that confirm a failure.
    retries: Option<u16>,
    /// The pause before each of them.
    retry_delay_ms: Option<u32>,
    /// Failing slots that open an incident.
    down_after: Option<u16>,
    /// Of how many of the last slots; null where they have to be consecutive.
    down_of: Option<u16>,
    /// For how many seconds they have to fail, at least.
    down_for_seconds: Option<u32>,
    /// Succeeding slots that close it.
    up_after: Option<u16>,
    /// An answer slower than this is degraded.
    slow_ms: Option<u32>,
    /// The names of the regions that check them; null for the home region alone.
    regions: Option<Vec<String>>,
    /// How many of their regions must find them down; null for more than half of them.
    quorum: Option<QuorumInput>,
    /// How bad it is when it is down.
    severity: Option<Severity>,
    /// Who is notified; null where the routes decide.
    recipients: Option<Recipients>,
    /// The monitors on which they depend.
    depends_on: Option<Vec<MonitorId>>,
    /// When they are flapping; null for never.
    flapping: Option<FlappingRule>,
    /// Whether their response times are held against what is usual; null where they are not.
    anomalies: Option<AnomalyRule>,
}

/// The fields of [`BulkChanges`].
pub const BULK_FIELDS: [&str; 16] = [
    "interval_seconds",
    "timeout_ms",
    "retries",
    "retry_delay_ms",
    "down_after",
    "down_of",
    "down_for_seconds",
    "up_after",
    "slow_ms",
    "regions",
    "quorum",
    "severity",
    "recipients",
    "depends_on",
    "flapping",
    "anomalies",
];

/// What came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// How many monitors are now as was asked.
    pub succeeded: u32,
    /// How many are not.
    pub failed: u32,
    /// Each monitor that was named, once.
    pub items: Vec<BulkItem>,
}

/// What came of one monitor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkItem {
    /// Its id; null for an external key that no monitor has.
    #[schema(required = true)]
    pub id: Option<MonitorId>,
    /// By which it was named, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_key: Option<String>,
    /// The status that a call for it alone would have answered.
    pub status: u16,
    /// Only where it was not done: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ProblemDetails>,
}

operation! {
    /// Does the same with up to 1000 monitors, and answers what came of each.
    BulkMonitors "Monitors": Post "/monitors/bulk", ManageMonitors;
    body BulkInput;
    answer 200 BulkAnswer;
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::PartialSchema as _;

    #[test]
    fn the_fields_are_those_of_the_schema() {
        let schema = serde_json::to_value(BulkChanges::schema()).unwrap();
        let mut fields: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let mut listed = BULK_FIELDS;
        fields.sort();
        listed.sort_unstable();
        assert_eq!(fields, listed);
    }
}
