//! Muted monitors: nobody is notified of what begins meanwhile. What is found only when that is over, because several
//! checks have to fail, has not begun meanwhile.

use super::{FilterContext, Subject, Verdict};

/// Why nobody is notified of a subject.
pub(crate) const MUTED: &str = "the monitor is muted";

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    let is_muted = |at| context.rules.mute_at(subject.monitor_id, at).is_some();
    if is_muted(subject.started_at) && is_muted(subject.seen_at) {
        Verdict::Suppress(MUTED)
    } else {
        Verdict::Allow
    }
}

#[cfg(test)]
mod tests {
    use domain::alert_rules::{AlertRules, Mute};
    use domain::channel::ChannelAlerts;
    use domain::{MonitorId, Timestamp};

    use super::super::tests::{context, subject};
    use super::*;

    #[test]
    fn nobody_is_notified_of_a_muted_monitor() {
        let mute = |id, until| Mute {
            monitor_id: MonitorId(id),
            until,
        };
        let rules = AlertRules {
            muted: vec![mute(2, None), mute(3, Some(Timestamp::from_millis(500)))],
            ..AlertRules::default()
        };
        let verdict = |id, started_at| {
            let subject = Subject {
                monitor_id: MonitorId(id),
                ..subject(started_at, None)
            };
            evaluate(&subject, &context(&rules, ChannelAlerts::default(), None, 1_000))
        };
        let muted = Verdict::Suppress(MUTED);
        assert_eq!(verdict(1, 0), Verdict::Allow);
        assert_eq!(verdict(2, 0), muted);
        assert_eq!(verdict(3, 499), muted);
        assert_eq!(verdict(3, 500), Verdict::Allow);
        let found_later = Subject {
            monitor_id: MonitorId(3),
            seen_at: Timestamp::from_millis(500),
            ..subject(499, None)
        };
        let context = context(&rules, ChannelAlerts::default(), None, 1_000);
        assert_eq!(evaluate(&found_later, &context), Verdict::Allow);
    }
}
