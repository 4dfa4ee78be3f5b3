//! The records on the topic `alert-events`: what was decided about an alert and what came of it, so that
//! each alert can be followed from the log's offset to the receipt.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::escalation::Target;
use crate::fold::FoundBy;
use crate::ids::{ChannelId, DeliveryId, EscalationPolicyId, IncidentId, MonitorId, OrgId};
use crate::routing::RoutedBy;
use crate::time::Timestamp;

/// The reason of the event that says that an acknowledgement has expired: `suppressed`, of no channel.
pub const ACKNOWLEDGEMENT_EXPIRED: &str = "the acknowledgement expired";

/// One step in the life of an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertEvent {
    /// The version of this form.
    pub v: u32,
    /// What happened.
    pub step: Step,
    /// When.
    pub at: Timestamp,
    /// Whose monitor it is.
    pub org_id: OrgId,
    /// Which monitor.
    pub monitor_id: MonitorId,
    /// About which incident, which time of being degraded ([`IncidentId::of_degradation`]), or which time of not being heard
    /// of ([`IncidentId::of_silence`]).
    pub incident_id: IncidentId,
    /// What it is about.
    pub alert: AlertKind,
    /// The message to one channel; absent when the decision concerns all of them.
    pub delivery_id: Option<DeliveryId>,
    /// To which channel.
    pub channel_id: Option<ChannelId>,
    /// The record that caused it.
    pub source: Source,
    /// The monitor's revision, and with it its rule, at the time. Absent in events from before it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Which attempt, from 1. Of a step of an escalation that has notified nobody: which one, counted through all rounds.
    #[serde(default)]
    pub attempt: u32,
    /// Why it was suppressed, or why an attempt failed.
    pub reason: Option<String>,
    /// What the channel answered.
    pub receipt: Option<String>,
    /// Why this channel is notified, or which step of an escalation has notified nobody. Absent in events from before it
    /// was written, and where nothing but the beginning of the incident is the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What the regions of the monitor said, where there are several: when the incident was opened, or, of alerts that come
    /// later, last. Absent in events from before it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<FoundBy>,
}

/// Why a channel is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cause {
    /// How the incident came to the channel, or to the escalation policy.
    #[serde(flatten)]
    pub routed_by: RoutedBy,
    /// The step of an escalation, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<CausingStep>,
}

/// A step of an escalation by which a channel is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CausingStep {
    /// Of which policy.
    pub policy_id: EscalationPolicyId,
    /// In which round, from 1.
    pub round: u8,
    /// Which of its steps, from 1.
    pub step: u8,
    /// Who was to be notified; absent when it is about the step as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Somebody is to be notified.
    Decided,
    /// Nobody is notified, for a reason.
    Suppressed,
    /// A send failed; another attempt follows.
    Attempted,
    /// The channel has received it.
    Sent,
    /// Given up.
    Failed,
}

impl Step {
    /// The name in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Suppressed => "suppressed",
            Self::Attempted => "attempted",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// The target is down.
    Down,
    /// The target is back, or the outage is over because a user edited, paused or deleted the monitor.
    Up,
    /// The target is still down.
    Reminder,
    /// Somebody has acknowledged the outage.
    Acknowledged,
    /// The target answers, but too slowly.
    Degraded,
    /// The target is no longer too slow, or that is over because a user edited, paused or deleted the monitor.
    Recovered,
    /// Fewer of its regions than must be were heard of for a while: nothing is known of the target.
    Unseen,
    /// Enough of them are heard of again, or that is over because a user edited, paused or deleted the monitor.
    Seen,
}

impl AlertKind {
    /// The name in JSON, in the database, and in a delivery's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
            Self::Reminder => "reminder",
            Self::Acknowledged => "acknowledged",
            Self::Degraded => "degraded",
            Self::Recovered => "recovered",
            Self::Unseen => "unseen",
            Self::Seen => "seen",
        }
    }
}

/// The place of a record on the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// The cluster's id.
    pub cluster: String,
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}
