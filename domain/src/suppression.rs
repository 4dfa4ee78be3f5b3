//! What keeps people from being notified.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What keeps people from being notified of an incident, for a while or at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// The monitor is muted.
    Mute,
    /// A silence.
    Silence,
    /// A maintenance window.
    Maintenance,
    /// A monitor on which it depends is down.
    Dependency,
    /// It is flapping.
    Flapping,
    /// The channel was notified of the monitor recently.
    Throttle,
    /// The quiet hours of a channel.
    QuietHours,
}

impl Suppression {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Mute,
        Self::Silence,
        Self::Maintenance,
        Self::Dependency,
        Self::Flapping,
        Self::Throttle,
        Self::QuietHours,
    ];
}
