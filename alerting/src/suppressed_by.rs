//! What has kept somebody from being notified, by the reason that an event gives. The words stand where they are decided.

use domain::suppression::Suppression;

use crate::filter::{
    FORMERLY_OVER_IN_MAINTENANCE, FORMERLY_THROTTLED, MUTED, OVER_IN_MAINTENANCE, OVER_IN_QUIET_HOURS,
    OVER_WHILE_SILENCED, THROTTLED, quiet_hours_ended,
};
use crate::steps::{FORMERLY_QUIET, QUIET};
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
        _ if is_of_quiet_step(reason) || quiet_hours_ended(reason).is_some() => Some(Suppression::QuietHours),
        _ => None,
    }
}

/// Whether it says of a step that a channel has quiet hours.
fn is_of_quiet_step(reason: &str) -> bool {
    [QUIET, FORMERLY_QUIET]
        .iter()
        .any(|quiet| before(reason, quiet).is_some())
}

/// What is said of a step before that something has quiet hours, which is the last of what is said.
fn before<'a>(reason: &'a str, quiet: &str) -> Option<&'a str> {
    let before = reason.strip_suffix(quiet)?;
    let is_of_step = before.starts_with("step ") && (before.ends_with(": ") || before.ends_with(", "));
    is_of_step.then_some(before)
}

/// A reason without that somebody has quiet hours: whom earlier releases meant by that may have been a member, and when a
/// member sleeps is nobody else's affair. None where nothing else is said.
#[must_use]
pub fn without_former_quiet(reason: String) -> Option<String> {
    match before(&reason, FORMERLY_QUIET) {
        Some(before) => before.strip_suffix(", ").map(str::to_owned),
        None => Some(reason),
    }
}
