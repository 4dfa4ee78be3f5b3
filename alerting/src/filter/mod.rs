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
pub use quiet::quiet_hours_ended;
pub(crate) use quiet::{OVER_IN_QUIET_HOURS, held_until as held_until_quiet};
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

/// The filters, in the order in which they are asked. That of quiet hours is the last.
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

/// How often something may have been held back, one after the other.
const MAX_HELD: usize = 100;

/// When the quiet hours ended that were the last to hold back a subject that is allowed now; none where nothing did, or
/// something else. But for the filters it would have been announced at `since`.
pub(crate) fn quiet_end(
    subject: &Subject,
    context: &FilterContext<'_>,
    since: Timestamp,
) -> Option<Timestamp> {
    let alerts = &context.preferences;
    if alerts.quiet_hours.is_none() && alerts.owner_quiet_hours.is_none() {
        return None;
    }
    let (mut at, mut ended) = (since, None);
    for _ in 0..MAX_HELD {
        let then = FilterContext { now: at, ..*context };
        match evaluate(subject, &then) {
            Verdict::Later(until) if at < until && until <= context.now => {
                let is_quiet = quiet::evaluate(subject, &then) == Verdict::Later(until);
                let by_others = FILTERS[..FILTERS.len() - 1].iter();
                let is_free = by_others
                    .map(|filter| filter(subject, &then))
                    .all(|verdict| verdict == Verdict::Allow);
                ended = (is_quiet && is_free).then_some(until);
                at = until;
            }
            _ => break,
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::channel::QuietHours;
    use domain::hours::{Days, Hours};
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

    /// Quiet hours in UTC from an hour of each day on.
    fn quiet_hours(from: u32, hours: u32) -> ChannelAlerts {
        let time = |hour: u32| format!("{:02}:00:00", hour % 24).parse().unwrap();
        let hours = Hours {
            time_zone: "UTC".parse().unwrap(),
            days: Days::default(),
            from: time(from),
            until: time(from + hours),
        };
        ChannelAlerts {
            quiet_hours: Some(QuietHours { hours, passes: None }),
            ..ChannelAlerts::default()
        }
    }

    #[test]
    fn what_was_last_held_back_by_quiet_hours_is_known_by_their_end() {
        const HOUR: i64 = 3_600_000;
        let none = AlertRules::default();
        let in_maintenance = |hours: i64| AlertRules {
            windows: vec![MaintenanceWindow {
                monitors: vec![],
                span: Span::Once {
                    from: Timestamp::from_millis(HOUR),
                    until: Timestamp::from_millis(hours * HOUR),
                },
                exceptions: vec![],
            }],
            ..AlertRules::default()
        };
        // It is quiet from 2 to 6.
        let quiet = quiet_hours(2, 4);
        for (rules, alerts, seen, now, ended) in [
            (&none, quiet, 3, 6, Some(6)),
            // The alerter was away in the morning.
            (&none, quiet, 3, 9, Some(6)),
            // It was found when they were over.
            (&none, quiet, 6, 6, None),
            (&none, quiet, 1, 1, None),
            (&none, ChannelAlerts::default(), 3, 6, None),
            // Maintenance has held it back before, after, or instead.
            (&in_maintenance(3), quiet, 1, 6, Some(6)),
            (&in_maintenance(7), quiet, 1, 7, None),
            (&in_maintenance(2), quiet, 1, 6, Some(6)),
        ] {
            let context = context(rules, alerts, None, now * HOUR);
            let subject = subject(seen.min(5) * HOUR, None);
            assert_eq!(evaluate(&subject, &context), Verdict::Allow, "{seen} {now}");
            let found = quiet_end(&subject, &context, Timestamp::from_millis(seen * HOUR));
            let ended = ended.map(|hour: i64| Timestamp::from_millis(hour * HOUR));
            assert_eq!(found, ended, "{seen} {now}");
        }
    }

    proptest! {
        /// Whenever it is looked at again, what was put off to the end of quiet hours is known as that.
        #[test]
        fn what_quiet_hours_put_off_is_put_together(
            started in 0i64..172_800_000, from in 0u32..24, hours in 1u32..23, late in 0i64..3_600_000,
            window in (0i64..172_800_000, 0i64..36_000_000),
        ) {
            let span = Span::Once {
                from: Timestamp::from_millis(window.0),
                until: Timestamp::from_millis(window.0 + window.1),
            };
            let windows = vec![MaintenanceWindow { monitors: vec![], span, exceptions: vec![] }];
            let alerts = quiet_hours(from, hours);
            let (with, without) = (AlertRules { windows, ..AlertRules::default() }, AlertRules::default());
            let subject = subject(started, None);
            let (mut now, mut expected) = (started, None);
            while let Verdict::Later(at) = evaluate(&subject, &context(&with, alerts, None, now)) {
                let is_quiet = held::evaluate(&subject, &context(&with, alerts, None, now)) == Verdict::Allow;
                expected = is_quiet.then_some(at);
                now = at.as_millis();
            }
            let since = Timestamp::from_millis(started);
            let found = quiet_end(&subject, &context(&with, alerts, None, now), since);
            prop_assert_eq!(found, expected);
            let later = context(&with, alerts, None, now + late);
            if evaluate(&subject, &later) == Verdict::Allow {
                prop_assert_eq!(quiet_end(&subject, &later, since), expected);
            }
            let alone = quiet_end(&subject, &context(&without, ChannelAlerts::default(), None, now), since);
            prop_assert_eq!(alone, None);
        }

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
