//! Ranges of slots that were not checked, slot by slot. Pure.

use domain::record::SkipReason;
use domain::{MonitorId, Timestamp};

/// A range of slots that were not checked.
#[derive(Clone, Debug)]
pub(crate) struct SkippedSlots {
    pub(crate) monitor_id: MonitorId,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) interval_ms: i64,
    pub(crate) reason: SkipReason,
    pub(crate) region: String,
}

impl SkippedSlots {
    /// The slots at or before `until`, newest first. Without an interval there is one.
    pub(crate) fn slots_until(&self, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let (first, interval) = (self.first, self.interval_ms.max(1));
        let last = match self.interval_ms > 0 {
            true => self.last.min(until),
            false => self.first.min(until),
        };
        let count = match last < first || self.first > until {
            true => 0,
            false => last.millis_since(first) / interval + 1,
        };
        (0..count).rev().map(move |k| first.plus_millis(k * interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64, interval_ms: i64) -> SkippedSlots {
        SkippedSlots {
            monitor_id: MonitorId(1),
            first: Timestamp::from_millis(first),
            last: Timestamp::from_millis(last),
            interval_ms,
            reason: SkipReason::Overload,
            region: "default".into(),
        }
    }

    fn slots(range: &SkippedSlots, until: i64) -> Vec<i64> {
        let slots = range.slots_until(Timestamp::from_millis(until));
        slots.map(Timestamp::as_millis).collect()
    }

    #[test]
    fn slots_come_newest_first_and_not_after_the_end() {
        assert_eq!(slots(&range(5, 35, 10), 1_000), [35, 25, 15, 5]);
        assert_eq!(slots(&range(5, 35, 10), 25), [25, 15, 5]);
        assert_eq!(slots(&range(5, 35, 10), 24), [15, 5]);
        assert_eq!(slots(&range(5, 35, 10), 4), [] as [i64; 0]);
        assert_eq!(slots(&range(5, 5, 0), 9), [5]);
        assert_eq!(slots(&range(5, 5, 0), 4), [] as [i64; 0]);
    }
}
