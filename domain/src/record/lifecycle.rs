//! What a user did to a monitor.

use serde::{Deserialize, Serialize};

use crate::ids::{DeliveryId, IncidentId, MonitorId, OrgId};
use crate::time::Timestamp;

/// A change of a monitor by a user, written by user-service through its outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    /// What was changed.
    pub monitor_id: MonitorId,
    /// Whose it is.
    pub org_id: OrgId,
    /// The address as it may be shown.
    pub url: String,
    /// When the user acted.
    pub timestamp: Timestamp,
    /// The revision that the change made.
    pub revision: u32,
    /// Since which revision the same is checked, for `edited`; see [`CheckResult`](super::CheckResult).
    pub probe_revision: Option<u32>,
    /// What the user did.
    pub event: LifecycleEvent,
    /// The incident concerned, for `acknowledged`.
    pub incident_id: Option<IncidentId>,
    /// The message concerned, for `resend`.
    pub delivery_id: Option<DeliveryId>,
}

/// What a user, or an operator, did. Each but `acknowledged` and `resend` makes a new revision.
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
}

impl LifecycleEvent {
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
        }
    }
}
