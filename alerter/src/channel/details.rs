//! The incident that a message is about.

use std::borrow::Cow;

use domain::baseline::Anomaly;
use domain::flapping::FlappingRule;
use domain::fold::FoundBy;
use domain::text::shown;
use domain::{ErrorCode, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};

/// The monitor and the incident that a message is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IncidentDetails {
    pub(crate) monitor_id: MonitorId,
    pub(crate) incident_id: IncidentId,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) started_at: Timestamp,
    pub(crate) error_code: Option<ErrorCode>,
    pub(crate) error: Option<String>,
    /// Where to look.
    pub(crate) link: String,
    /// How much slower than usual the target answers, where that is what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) anomaly: Option<Anomaly>,
    /// The rule by which the monitor is flapping from now on, in the first message about an outage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) flapping: Option<FlappingRule>,
    /// Which regions have found it, where the monitor has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) regions: Option<FoundBy>,
}

/// One incident of a storm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupedIncident {
    #[serde(rename = "about")]
    pub(crate) details: IncidentDetails,
    /// Since when the target is back.
    pub(crate) resolved_at: Option<Timestamp>,
    /// Whether it only answers too slowly, or did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) degraded: bool,
}

impl IncidentDetails {
    /// Whether it is a drill.
    pub(super) fn is_drill(&self) -> bool {
        self.monitor_id.drill().is_some()
    }

    /// Takes out what is not seen, or makes the rest look like something else.
    pub(super) fn shown(&mut self) {
        for text in [&mut self.name, &mut self.url].into_iter().chain(&mut self.error) {
            if let Cow::Owned(without) = shown(text) {
                *text = without;
            }
        }
    }
}
