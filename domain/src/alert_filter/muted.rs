//! Monitors of which nobody wants to hear.

use serde::{Deserialize, Serialize};

use super::{AlertRules, Context, Outage, Verdict};
use crate::ids::MonitorId;
use crate::time::Timestamp;

/// Nobody is to be told of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Of which.
    pub monitor_id: MonitorId,
    /// Until when; without it, until somebody ends it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

pub(super) fn judge(outage: &Outage, context: &Context<'_>) -> Verdict {
    match in_force(outage.monitor_id, context.rules, outage.started_at) {
        Some(_) => Verdict::Suppress("the monitor is muted"),
        None => Verdict::Allow,
    }
}

/// What mutes a monitor at an instant.
pub(super) fn in_force(monitor_id: MonitorId, rules: &AlertRules, at: Timestamp) -> Option<&Mute> {
    let mut muted = rules.muted.iter();
    muted.find(|mute| mute.monitor_id == monitor_id && mute.until.is_none_or(|until| at < until))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, outage};
    use super::*;
    use crate::channel::ChannelAlerts;

    #[test]
    fn a_muted_monitor_is_not_told_of() {
        let mute = |id, until| Mute {
            monitor_id: MonitorId(id),
            until,
        };
        let rules = AlertRules {
            muted: vec![mute(2, None), mute(3, Some(Timestamp::from_millis(500)))],
            ..AlertRules::default()
        };
        let verdict = |id, started_at| {
            let outage = Outage {
                monitor_id: MonitorId(id),
                ..outage(started_at, None)
            };
            judge(&outage, &context(&rules, ChannelAlerts::default(), None, 1_000))
        };
        let muted = Verdict::Suppress("the monitor is muted");
        assert_eq!(verdict(1, 0), Verdict::Allow);
        assert_eq!(verdict(2, 0), muted);
        assert_eq!(verdict(3, 499), muted);
        assert_eq!(verdict(3, 500), Verdict::Allow);
    }
}
