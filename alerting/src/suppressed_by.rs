//! What has kept somebody from being notified, by the reason that an event gives. The words stand where they are decided.

use domain::suppression::Suppression;

use crate::filter::{
    FORMERLY_OVER_IN_MAINTENANCE, FORMERLY_THROTTLED, MUTED, OVER_IN_MAINTENANCE, OVER_IN_QUIET_HOURS,
    OVER_WHILE_SILENCED, THROTTLED,
};
use crate::steps::QUIET;
use crate::{flapping, upstream};

/// What the reason of a suppression names, as this release and earlier ones word it; none where it is something else, as
/// that there was nobody to be notified.
#[must_use]
pub fn suppression_of(reason: &str) -> Option<Suppression> {
    match reason {
        MUTED => Some(Suppression::Mute),
        OVER_WHILE_SILENCED => Some(Suppression::Silence),
        OVER_IN_MAINTENANCE | FORMERLY_OVER_IN_MAINTENANCE => Some(Suppression::Maintenance),
        THROTTLED | FORMERLY_THROTTLED => Some(Suppression::Throttle),
        OVER_IN_QUIET_HOURS => Some(Suppression::QuietHours),
        _ if upstream::is_reason(reason) => Some(Suppression::Dependency),
        _ if flapping::is_reason(reason) => Some(Suppression::Flapping),
        _ if is_of_quiet_step(reason) => Some(Suppression::QuietHours),
        _ => None,
    }
}

/// Whether it says of a step that a channel has quiet hours: the last of what it says.
fn is_of_quiet_step(reason: &str) -> bool {
    let before = reason.strip_suffix(QUIET).unwrap_or_default();
    before.starts_with("step ") && (before.ends_with(": ") || before.ends_with(", "))
}
