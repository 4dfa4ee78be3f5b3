//! Whether a channel is notified of an outage, or of a degraded monitor: an ordered list of pure functions. The first
//! that does not allow it decides.
//!
//! They are asked about beginnings only: whoever was notified of the beginning is notified of the end, whatever the
//! filters would say then. A filter is one file, and one line in [`FILTERS`]. Reminders are for [`remind`].

mod degraded;
mod held;
mod muted;
mod quiet;
mod reminder;
mod throttle;

pub use degraded::UNWANTED;
pub(crate) use held::{FORMERLY_OVER_IN_MAINTENANCE, OVER_IN_MAINTENANCE, OVER_WHILE_SILENCED, held_until};
pub(crate) use muted::MUTED;
pub(crate) use quiet::OVER_IN_QUIET_HOURS;
pub use reminder::remind;
pub(crate) use throttle::FORMERLY_THROTTLED;
pub use throttle::THROTTLED;

use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::routing::{Labels, RoutedIncident};
use domain::{ErrorCode, MonitorId, Timestamp};

/// What somebody may be notified of: an outage, or a time in which a monitor is degraded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which monitor.
    pub monitor_id: MonitorId,
    /// Whether it only answers too slowly.
    pub degraded: bool,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// Its first slot.
    pub started_at: Timestamp,
    /// When the record was appended by which it began.
    pub seen_at: Timestamp,
    /// When it was over, if it is.
    pub ended_at: Option<Timestamp>,
}

/// What the filters go by.
#[derive(Clone, Copy, Debug)]
pub struct FilterContext<'a> {
    /// Muted monitors, silences and maintenance windows.
    pub rules: &'a AlertRules,
    /// What is known of the monitor.
    pub labels: &'a Labels,
    /// Of what the channel wants to be notified.
    pub preferences: ChannelAlerts,
    /// When the channel was last notified of the same about the same monitor.
    pub last_notified_at: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
}

/// What a filter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The channel is notified.
    Allow,
    /// It is not, for this reason.
    Suppress(&'static str),
    /// It is asked again then.
    Later(Timestamp),
    /// It is notified of the end only, and not before then.
    EndOnly(Timestamp),
}

impl Subject {
    /// What conditions are asked about.
    fn routed<'a>(&self, labels: &'a Labels) -> RoutedIncident<'a> {
        RoutedIncident {
            labels,
            degraded: self.degraded,
            error_code: self.error_code,
            started_at: self.started_at,
        }
    }
}

type Filter = fn(&Subject, &FilterContext<'_>) -> Verdict;

/// The filters, in the order in which they are asked.
const FILTERS: &[Filter] = &[
    degraded::evaluate,
    muted::evaluate,
    held::evaluate,
    throttle::evaluate,
    quiet::evaluate,
];

/// Asks the filters whether a channel is notified.
pub fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let mut verdicts = FILTERS.iter().map(|filter| filter(subject, context));
    verdicts
        .find(|verdict| *verdict != Verdict::Allow)
        .unwrap_or(Verdict::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::maintenance::{MaintenanceWindow, Span};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    pub(super) fn subject(started_at: i64, ended_at: Option<i64>) -> Subject {
        Subject {
            monitor_id: MonitorId(1),
            degraded: false,
            error_code: None,
            started_at: Timestamp::from_millis(started_at),
            seen_at: Timestamp::from_millis(started_at),
            ended_at: ended_at.map(Timestamp::from_millis),
        }
    }

    pub(super) static LABELS: LazyLock<Labels> = LazyLock::new(Labels::default);

    pub(super) fn context(
        rules: &AlertRules,
        preferences: ChannelAlerts,
        last_notified_at: Option<i64>,
        now: i64,
    ) -> FilterContext<'_> {
        FilterContext {
            rules,
            labels: &LABELS,
            preferences,
            last_notified_at: last_notified_at.map(Timestamp::from_millis),
            now: Timestamp::from_millis(now),
        }
    }

    #[test]
    fn without_rules_everything_is_announced() {
        let rules = AlertRules::default();
        let verdict = evaluate(
            &subject(0, None),
            &context(&rules, ChannelAlerts::default(), Some(0), 1),
        );
        assert_eq!(verdict, Verdict::Allow);
    }

    proptest! {
        /// What is put off is put off to the future, and an outage that goes on is announced in the end.
        #[test]
        fn an_outage_that_goes_on_is_announced_in_the_end(
            started in 0i64..1_000_000, seen_after in 0i64..1_000, throttle in 0u32..86_400, last in proptest::option::of(0i64..1_000_000),
            window in (0i64..1_000_000, 0i64..1_000_000),
        ) {
            let span = Span::Once {
                from: Timestamp::from_millis(window.0),
                until: Timestamp::from_millis(window.0 + window.1),
            };
            let rules = AlertRules { windows: vec![MaintenanceWindow { monitors: vec![], span, exceptions: vec![] }], ..AlertRules::default() };
            let alerts = ChannelAlerts { throttle_seconds: throttle, ..ChannelAlerts::default() };
            let mut now = started + seen_after;
            let mut asked = 0;
            while let Verdict::Later(at) = evaluate(&subject(started, None), &context(&rules, alerts, last, now)) {
                prop_assert!(at.as_millis() > now);
                now = at.as_millis();
                asked += 1;
                prop_assert!(asked <= 2);
            }
            prop_assert_eq!(evaluate(&subject(started, None), &context(&rules, alerts, last, now)), Verdict::Allow);
        }
    }
}
