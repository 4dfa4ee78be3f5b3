//! Ranges of slots that were not checked, slot by slot. Pure, but for the reading of a row.

use chrono::{DateTime, Utc};
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

/// The columns that [`Range::read`] reads.
pub(super) const COLUMNS: &str = "monitor_id, first_slot, last_slot, interval_ms, reason, region";

/// A range of slots that were not checked.
#[derive(Clone, Debug)]
pub(super) struct Range {
    pub(super) monitor_id: MonitorId,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) interval_ms: i64,
    pub(super) reason: String,
    pub(super) region: String,
}

impl Range {
    pub(super) fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            monitor_id: MonitorId(row.try_get("monitor_id")?),
            first: row.try_get::<_, DateTime<Utc>>("first_slot")?.into(),
            last: row.try_get::<_, DateTime<Utc>>("last_slot")?.into(),
            interval_ms: row.try_get::<_, i32>("interval_ms")?.into(),
            reason: row.try_get("reason")?,
            region: row.try_get("region")?,
        })
    }

    /// The slots at or before `until`, newest first. Without an interval there is one.
    pub(super) fn slots_until(&self, until: Timestamp) -> impl Iterator<Item = Timestamp> {
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

    fn range(first: i64, last: i64, interval_ms: i64) -> Range {
        Range {
            monitor_id: MonitorId(1),
            first: Timestamp::from_millis(first),
            last: Timestamp::from_millis(last),
            interval_ms,
            reason: "overload".into(),
            region: "default".into(),
        }
    }

    fn slots(range: &Range, until: i64) -> Vec<i64> {
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
