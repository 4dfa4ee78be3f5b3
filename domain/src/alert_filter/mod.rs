//! Whether a channel is told of an outage, or of a monitor that became slow: an ordered list of pure functions.
//! The first that does not allow it decides.
//!
//! They are asked about beginnings only. The end of an outage goes to whoever was told of it, whatever they
//! would say then. A filter is one file, and one line in [`FILTERS`]. Whether somebody is told again while an
//! outage goes on is for [`remind`] to say.

mod degraded;
mod maintenance;
mod muted;
mod reminder;
mod throttle;

pub use degraded::UNWANTED;
pub use maintenance::{Span, WeekdayName, Window, maintenance_within};
pub use muted::Mute;
pub use reminder::remind;
pub use throttle::THROTTLED;

use serde::{Deserialize, Serialize};

use crate::channel::ChannelAlerts;
use crate::ids::MonitorId;
use crate::time::Timestamp;

/// An outage, or a time of slowness, that somebody may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// What is down, or slow.
    pub monitor_id: MonitorId,
    /// Whether it only answers too slowly.
    pub slow: bool,
    /// Its first slot.
    pub started_at: Timestamp,
    /// When it was over, if it is.
    pub ended_at: Option<Timestamp>,
}

/// What the filters go by.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the organisation wants to hear of.
    pub rules: &'a AlertRules,
    /// What the channel wants to hear of.
    pub alerts: ChannelAlerts,
    /// When the channel was last told of the same about the same monitor.
    pub told_at: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
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

type Filter = fn(&Outage, &Context<'_>) -> Verdict;

/// The filters, in the order in which they are asked.
const FILTERS: &[Filter] = &[degraded::judge, muted::judge, maintenance::judge, throttle::judge];

/// Asks the filters whether a channel is told.
pub fn judge(outage: &Outage, context: &Context<'_>) -> Verdict {
    let mut verdicts = FILTERS.iter().map(|filter| filter(outage, context));
    verdicts
        .find(|verdict| *verdict != Verdict::Allow)
        .unwrap_or(Verdict::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn outage(started_at: i64, ended_at: Option<i64>) -> Outage {
        Outage {
            monitor_id: MonitorId(1),
            slow: false,
            started_at: Timestamp::from_millis(started_at),
            ended_at: ended_at.map(Timestamp::from_millis),
        }
    }

    pub(super) fn context(
        rules: &AlertRules,
        alerts: ChannelAlerts,
        told_at: Option<i64>,
        now: i64,
    ) -> Context<'_> {
        Context {
            rules,
            alerts,
            told_at: told_at.map(Timestamp::from_millis),
            now: Timestamp::from_millis(now),
        }
    }

    #[test]
    fn without_rules_everything_is_told() {
        let rules = AlertRules::default();
        let verdict = judge(
            &outage(0, None),
            &context(&rules, ChannelAlerts::default(), Some(0), 1),
        );
        assert_eq!(verdict, Verdict::Allow);
    }

    proptest! {
        /// What is put off is put off to the future, and an outage that goes on is told in the end.
        #[test]
        fn an_outage_that_goes_on_is_told_in_the_end(
            started in 0i64..1_000_000, heard in 0i64..1_000, throttle in 0u32..86_400, told in proptest::option::of(0i64..1_000_000),
            window in (0i64..1_000_000, 0i64..1_000_000),
        ) {
            let span = Span::Once {
                from: Timestamp::from_millis(window.0),
                until: Timestamp::from_millis(window.0 + window.1),
            };
            let rules = AlertRules { windows: vec![Window { monitors: vec![], span }], ..AlertRules::default() };
            let alerts = ChannelAlerts { throttle_seconds: throttle, ..ChannelAlerts::default() };
            let mut now = started + heard;
            let mut asked = 0;
            while let Verdict::Later(at) = judge(&outage(started, None), &context(&rules, alerts, told, now)) {
                prop_assert!(at.as_millis() > now);
                now = at.as_millis();
                asked += 1;
                prop_assert!(asked <= 2);
            }
            prop_assert_eq!(judge(&outage(started, None), &context(&rules, alerts, told, now)), Verdict::Allow);
        }
    }
}
