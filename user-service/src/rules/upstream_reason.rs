//! Reasons for which nobody was notified that name another monitor, on which the one depends whose incident it is. Pure.

use domain::MonitorId;

/// What an alerter says of such a monitor.
const NAMED: &str = "monitor ";
const DEPENDED_ON: &str = ", on which it depends,";

/// The same without its id.
const UNNAMED: &str = "a monitor on which it depends";

/// What stands before the monitor that a reason names, the monitor, and what stands after it.
fn parts(reason: &str) -> Option<(&str, MonitorId, &str)> {
    let (before, after) = reason.split_once(DEPENDED_ON)?;
    let (before, id) = before.rsplit_once(NAMED)?;
    Some((before, MonitorId(id.parse().ok()?), after))
}

/// The monitor that a reason names.
pub(crate) fn monitor_of(reason: &str) -> Option<MonitorId> {
    parts(reason).map(|(_, monitor, _)| monitor)
}

/// The reason, without the id of a monitor that is not seen.
pub(crate) fn shown(reason: String, sees: impl Fn(MonitorId) -> bool) -> String {
    match parts(&reason) {
        Some((before, monitor, after)) if !sees(monitor) => format!("{before}{UNNAMED}{after}"),
        _ => reason,
    }
}

/// Whether a reason names such a monitor, without its id.
pub(crate) fn is_unnamed(reason: &str) -> bool {
    reason.contains(UNNAMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_that_is_not_seen_is_not_named() {
        for (reason, without) in [
            (
                "monitor 50, on which it depends, is down",
                "a monitor on which it depends is down",
            ),
            (
                "resolved while monitor 50, on which it depends, was down",
                "resolved while a monitor on which it depends was down",
            ),
            (
                "resolved soon after monitor 50, on which it depends, was up again",
                "resolved soon after a monitor on which it depends was up again",
            ),
        ] {
            assert_eq!(monitor_of(reason), Some(MonitorId(50)));
            let seen_by = |seen: i64| shown(reason.to_owned(), |monitor| monitor == MonitorId(seen));
            assert_eq!(seen_by(7), without);
            assert!(is_unnamed(without) && !is_unnamed(reason));
            assert_eq!(seen_by(50), reason);
        }
    }

    #[test]
    fn other_reasons_are_left_alone() {
        for reason in [
            "",
            "the monitor is muted",
            "monitor x, on which it depends, is down",
            "monitor 50",
        ] {
            assert_eq!(monitor_of(reason), None);
            assert_eq!(shown(reason.to_owned(), |_| false), reason);
        }
    }
}
