//! What a user did to a monitor.

use serde::{Deserialize, Serialize};

use crate::baseline::Bounds;
use crate::ids::{DeliveryId, IncidentId, MonitorId, OrgId};
use crate::time::Timestamp;

/// A change of a monitor by a user, or what user-service has heard of a message, written by it through its outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    /// What was changed.
    pub monitor_id: MonitorId,
    /// Whose it is.
    pub org_id: OrgId,
    /// The address as it may be shown; empty of `undelivered`.
    pub url: String,
    /// When the user acted.
    pub timestamp: Timestamp,
    /// The revision that the change made.
    pub revision: u32,
    /// Since which revision the same is checked, for `edited`; see [`CheckResult`](super::CheckResult).
    pub probe_revision: Option<u32>,
    /// What the user did.
    pub event: LifecycleEvent,
    /// The incident concerned, for `acknowledged` and `undelivered`.
    pub incident_id: Option<IncidentId>,
    /// The message concerned, for `resend` and `undelivered`.
    pub delivery_id: Option<DeliveryId>,
    /// What is usual of response times, for `baseline`; none where they are not held against that any more.
    pub usual: Option<Box<Bounds>>,
}

/// What a user, or an operator, did. Each but those that concern a message, an incident or what is usual makes a new revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleEvent {
    /// The monitor was added.
    Created,
    /// What is checked, how often, or its rule was changed.
    Edited,
    /// Checking stopped.
    Paused,
    /// Checking began again.
    Resumed,
    /// The monitor was removed.
    Deleted,
    /// The database was restored from a backup, and the monitor is as it was then: it is checked, also when the
    /// log knows that it was paused or removed since.
    Restored,
    /// Somebody took an incident on.
    Acknowledged,
    /// Somebody wants a message sent once more that was given up.
    Resend,
    /// A message that its channel took was not delivered, as its service has reported since.
    Undelivered,
    /// What is usual of response times in the coming hours was found.
    Baseline,
}

impl LifecycleEvent {
    /// Whether it concerns an incident, a message or what is usual, and makes no revision of the monitor.
    pub fn is_of_message(self) -> bool {
        matches!(
            self,
            Self::Acknowledged | Self::Resend | Self::Undelivered | Self::Baseline
        )
    }

    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Acknowledged => "acknowledged",
            Self::Resend => "resend",
            Self::Undelivered => "undelivered",
            Self::Baseline => "baseline",
        }
    }
}
