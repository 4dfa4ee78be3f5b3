//! Degraded monitors: only for channels that want to be notified of them.

use super::{FilterContext, Subject, Verdict};

/// Why a channel is not notified of a degraded monitor. It did not ask for it, so no event says so either.
pub const UNWANTED: &str = "the channel does not receive alerts about degraded monitors";

pub(super) fn evaluate(subject: &Subject, context: &FilterContext<'_>) -> Verdict {
    if subject.degraded && !context.preferences.degraded {
        Verdict::Suppress(UNWANTED)
    } else {
        Verdict::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, subject};
    use super::*;
    use domain::alert_rules::AlertRules;
    use domain::channel::ChannelAlerts;

    #[test]
    fn degraded_monitors_are_for_those_who_want_it_and_outages_for_all() {
        let rules = AlertRules::default();
        for (slow, degraded, expected) in [
            (true, false, Verdict::Suppress(UNWANTED)),
            (true, true, Verdict::Allow),
            (false, false, Verdict::Allow),
            (false, true, Verdict::Allow),
        ] {
            let alerts = ChannelAlerts {
                degraded,
                ..ChannelAlerts::default()
            };
            let subject = Subject {
                degraded: slow,
                ..subject(0, None)
            };
            assert_eq!(evaluate(&subject, &context(&rules, alerts, None, 1)), expected);
        }
    }
}
