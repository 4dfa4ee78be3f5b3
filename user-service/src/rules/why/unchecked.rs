//! Why a monitor was not checked at an instant.

use api::WhyCheck;
use domain::Timestamp;
use domain::heartbeat::SpanState;

use super::units::clock;
use crate::rules::skipped_slots::SkippedSlots;

/// Intervals after which a result says nothing of the present.
const INTERVALS: i64 = 3;

const PAUSED: &str = "Not checked: the monitor was paused";

/// What is known of a monitor that may not have been checked at an instant.
#[derive(Debug)]
pub(crate) struct Unchecked<'a> {
    pub(crate) at: Timestamp,
    pub(crate) is_paused: bool,
    /// The slots that were not checked, the instant among them.
    pub(crate) skipped: Option<&'a SkippedSlots>,
    /// The last check by then.
    pub(crate) last: Option<&'a WhyCheck>,
    /// Milliseconds between two checks.
    pub(crate) interval_ms: i64,
}

impl Unchecked<'_> {
    /// Why there was no check; none where there was one, and where nothing is known.
    pub(crate) fn reason(&self) -> Option<String> {
        if self.is_paused {
            return Some(PAUSED.to_owned());
        }
        let last = self.last.map(|check| check.scheduled_at);
        if let Some(skipped) = self.skipped {
            // What was checked after all is not skipped.
            let slot = skipped.slots_until(self.at).next();
            if slot.is_some_and(|slot| last.is_none_or(|last| last < slot)) {
                return Some(skipped.reason.sentence().to_owned());
            }
        }
        let last = last?;
        let is_long_ago = self.at.millis_since(last) > INTERVALS * self.interval_ms;
        is_long_ago.then(|| {
            let at = clock(last, self.at);
            format!("Not checked: no check was made after that of {at}")
        })
    }
}

/// Why nothing is said of a heartbeat by its span at an instant.
pub(crate) fn reason_of_heartbeat(state: SpanState) -> Option<String> {
    match state {
        SpanState::Paused => Some(PAUSED.to_owned()),
        SpanState::Unknown => Some("Not checked: it was not known whether it was overdue".to_owned()),
        SpanState::Up | SpanState::Down => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::MonitorId;
    use domain::record::{PointState, SkipReason};

    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-30T{time}Z").parse().unwrap()
    }

    fn check(time: &str) -> WhyCheck {
        WhyCheck {
            scheduled_at: at(time),
            checked_at: at(time),
            appended_at: None,
            state: PointState::Up,
            latency_ms: None,
            error_code: None,
            error: None,
            region: None,
            revision: 1,
        }
    }

    #[test]
    fn the_reason_is_the_first_that_is_known() {
        let skipped = SkippedSlots {
            monitor_id: MonitorId(1),
            first: at("09:50:00"),
            last: at("10:10:00"),
            interval_ms: 60_000,
            reason: SkipReason::Overload,
            region: "default".to_owned(),
        };
        let overload = "Not checked: the pinger was overloaded";
        let gap = "Not checked: no check was made after that of 09:50 UTC";
        for (is_paused, skipped, last, reason) in [
            (false, None, Some("09:59:00"), None),
            (false, None, Some("09:57:00"), None),
            (false, None, Some("09:50:00"), Some(gap)),
            (false, None, None, None),
            (false, Some(&skipped), Some("09:49:00"), Some(overload)),
            (false, Some(&skipped), None, Some(overload)),
            (false, Some(&skipped), Some("10:00:00"), None),
            (true, Some(&skipped), Some("10:00:00"), Some(PAUSED)),
        ] {
            let last = last.map(check);
            let unchecked = Unchecked {
                at: at("10:00:00"),
                is_paused,
                skipped,
                last: last.as_ref(),
                interval_ms: 60_000,
            };
            assert_eq!(unchecked.reason().as_deref(), reason, "{last:?}");
        }
    }
}
