//! Whether anybody is told of an outage: an ordered list of pure functions. The first that does not allow it
//! decides.
//!
//! They are asked about beginnings only. The end of an outage goes to whoever was told of it, whatever they
//! would say then. A filter is one file, and one line in [`FILTERS`].

mod maintenance;
mod muted;

pub use maintenance::{Span, Window};
pub use muted::Mute;

use serde::{Deserialize, Serialize};

use crate::ids::MonitorId;
use crate::time::Timestamp;

/// An outage that somebody may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// What is down.
    pub monitor_id: MonitorId,
    /// Its first failing slot.
    pub started_at: Timestamp,
    /// When it was over, if it is.
    pub ended_at: Option<Timestamp>,
}

/// What an organisation wants to hear of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRules {
    /// Monitors of which nobody is told.
    pub muted: Vec<Mute>,
    /// When monitors may be down.
    pub windows: Vec<Window>,
}

/// What a filter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has nothing against it.
    Allow,
    /// Nobody is told, for this reason.
    Suppress(&'static str),
    /// It is asked again then.
    Later(Timestamp),
}

type Filter = fn(&Outage, &AlertRules, Timestamp) -> Verdict;

/// The filters, in the order in which they are asked.
const FILTERS: &[Filter] = &[muted::judge, maintenance::judge];

/// Asks the filters.
pub fn judge(outage: &Outage, rules: &AlertRules, now: Timestamp) -> Verdict {
    let verdicts = FILTERS.iter().map(|filter| filter(outage, rules, now));
    verdicts
        .into_iter()
        .find(|verdict| *verdict != Verdict::Allow)
        .unwrap_or(Verdict::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_rules_everything_is_told() {
        let outage = Outage {
            monitor_id: MonitorId(1),
            started_at: Timestamp::from_millis(0),
            ended_at: None,
        };
        let verdict = judge(&outage, &AlertRules::default(), Timestamp::from_millis(1));
        assert_eq!(verdict, Verdict::Allow);
    }
}
