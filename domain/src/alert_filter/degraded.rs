//! Monitors that answer too slowly: told to the channels that want to hear of them.

use super::{Context, Outage, Verdict};

/// Why a channel is not told of slowness. It did not ask for it, so that nothing is noted of it either.
pub const UNWANTED: &str = "the channel does not receive alerts about degraded monitors";

pub(super) fn judge(outage: &Outage, context: &Context<'_>) -> Verdict {
    if outage.slow && !context.alerts.degraded {
        Verdict::Suppress(UNWANTED)
    } else {
        Verdict::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, outage};
    use super::*;
    use crate::alert_filter::AlertRules;
    use crate::channel::ChannelAlerts;

    #[test]
    fn slowness_is_told_to_those_who_want_it_and_outages_to_all() {
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
            let outage = Outage {
                slow,
                ..outage(0, None)
            };
            assert_eq!(judge(&outage, &context(&rules, alerts, None, 1)), expected);
        }
    }
}
