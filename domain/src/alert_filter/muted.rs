//! Monitors of which nobody wants to hear.

use super::{AlertRules, Outage, Verdict};
use crate::time::Timestamp;

pub(super) fn judge(outage: &Outage, rules: &AlertRules, _: Timestamp) -> Verdict {
    if rules.muted.contains(&outage.monitor_id) {
        Verdict::Suppress("the monitor is muted")
    } else {
        Verdict::Allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MonitorId;

    #[test]
    fn a_muted_monitor_is_not_told_of() {
        let rules = AlertRules {
            muted: vec![MonitorId(2)],
            ..AlertRules::default()
        };
        let verdict = |id| {
            let outage = Outage {
                monitor_id: MonitorId(id),
                started_at: Timestamp::default(),
                ended_at: None,
            };
            judge(&outage, &rules, Timestamp::default())
        };
        assert_eq!(verdict(1), Verdict::Allow);
        assert_eq!(verdict(2), Verdict::Suppress("the monitor is muted"));
    }
}
