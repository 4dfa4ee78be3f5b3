//! Links in notifications by which whoever can read them acknowledges an incident, where the channel allows that.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, IncidentId, MonitorId, OrgId};
use crate::time::Timestamp;

/// How long a link acknowledges, in milliseconds: seven days.
const VALID_MS: i64 = 7 * 24 * 3_600_000;

/// What a link stands for. It is part of an address only sealed: whoever reads one can make no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgeLink {
    /// Whose incident it is.
    #[serde(rename = "o")]
    pub org_id: OrgId,
    /// Of which monitor; of a drill, the drill's own.
    #[serde(rename = "m")]
    pub monitor_id: MonitorId,
    /// The incident.
    #[serde(rename = "i")]
    pub incident_id: IncidentId,
    /// The channel whose notification has it.
    #[serde(rename = "c")]
    pub channel_id: ChannelId,
    /// When the incident began: from then on the link is valid for seven days.
    #[serde(rename = "s")]
    pub started_at: Timestamp,
}

impl AcknowledgeLink {
    /// The context in which links are sealed.
    pub const SEAL_CONTEXT: &str = "acknowledge-link";

    /// Whether it acknowledges at an instant.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        now.millis_since(self.started_at) < VALID_MS
    }
}
