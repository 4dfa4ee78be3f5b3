//! Muted monitors: nobody is notified of what begins meanwhile.

use super::{FilterContext, Subject, Verdict};

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    match context.rules.mute_at(subject.monitor_id, subject.started_at) {
        Some(_) => Verdict::Suppress("the monitor is muted"),
        None => Verdict::Allow,
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
        let muted = Verdict::Suppress("the monitor is muted");
        assert_eq!(verdict(1, 0), Verdict::Allow);
        assert_eq!(verdict(2, 0), muted);
        assert_eq!(verdict(3, 499), muted);
        assert_eq!(verdict(3, 500), Verdict::Allow);
    }
}
