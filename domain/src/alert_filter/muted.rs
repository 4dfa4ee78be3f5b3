//! Monitors of which nobody wants to hear.

use serde::{Deserialize, Serialize};

use super::{AlertRules, Outage, Verdict};
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

pub(super) fn judge(outage: &Outage, rules: &AlertRules, _: Timestamp) -> Verdict {
    let began_muted = |mute: &Mute| {
        mute.monitor_id == outage.monitor_id && mute.until.is_none_or(|until| outage.started_at < until)
    };
    if rules.muted.iter().any(began_muted) {
        Verdict::Suppress("the monitor is muted")
    } else {
        Verdict::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                started_at: Timestamp::from_millis(started_at),
                ended_at: None,
            };
            judge(&outage, &rules, Timestamp::from_millis(1_000))
        };
        let muted = Verdict::Suppress("the monitor is muted");
        assert_eq!(verdict(1, 0), Verdict::Allow);
        assert_eq!(verdict(2, 0), muted);
        assert_eq!(verdict(3, 499), muted);
        assert_eq!(verdict(3, 500), Verdict::Allow);
    }
}
