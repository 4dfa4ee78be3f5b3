//! What becomes of a monitor that gets back an earlier definition. Pure.

use domain::monitor::{FieldError, MonitorInput, Spec};
use domain::{Regions, Timestamp};

use super::{heartbeat, monitor_regions};

/// Whether a definition is that of before, or differs from it in whether it is paused and in nothing else.
pub(crate) fn is_same_but_paused(
    (old_name, old): (&str, Option<&Spec>),
    (name, spec): (&str, &Spec),
) -> bool {
    let is_same = |old: &Spec| {
        let paused = old.paused;
        *old == Spec {
            paused,
            ..spec.clone()
        }
    };
    old_name == name && old.is_some_and(is_same)
}

/// The name and the specification of a monitor that gets back an earlier definition, which has to be one that could be saved
/// now.
///
/// # Errors
/// Every field that is not valid any more.
pub(crate) fn restored(
    (old_name, old): (&str, Option<&Spec>),
    (name, spec): (&str, &Spec),
    regions: &Regions,
    now: Timestamp,
) -> Result<(String, Spec), Vec<FieldError>> {
    // As with a PATCH: what an earlier release has accepted may be paused and resumed as it is.
    if is_same_but_paused((old_name, old), (name, spec)) {
        return Ok((name.to_owned(), spec.clone()));
    }
    let input = MonitorInput::from((name.to_owned(), spec.clone()));
    let definition = heartbeat::dated(input.validate(), old, now);
    monitor_regions::known(definition, regions, None, old)
}

#[cfg(test)]
mod tests;
