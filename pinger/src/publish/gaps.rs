//! Gaps: slots without a published record, until they can be published as skipped.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::record::{Judged, SkipReason};

use crate::monitor::Monitor;

/// Gaps of a monitor that are kept apart, at most.
const MAX_GAPS: usize = 16;

/// Consecutive slots of a monitor.
#[derive(Clone, Debug)]
pub(super) struct SlotRange {
    pub(super) monitor: Arc<Monitor>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl SlotRange {
    pub(super) fn slots(&self) -> u64 {
        // Deadlines are on no grid.
        if self.monitor.heartbeat().is_some() {
            return 1;
        }
        self.monitor
            .grid()
            .count_between(self.from.plus_millis(-1), self.until)
    }
}

/// Slots that are to be published as skipped.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) range: SlotRange,
    pub(super) reason: SkipReason,
    /// Whether the metrics have counted them.
    pub(super) counted: bool,
    /// Of a deadline of a heartbeat: what was known when it was expected.
    pub(super) judged: Option<Box<Judged>>,
}

impl Gap {
    /// A slot whose record may be lost.
    pub(super) fn of_record(monitor: &Arc<Monitor>, slot: Timestamp) -> Self {
        Self {
            range: SlotRange {
                monitor: Arc::clone(monitor),
                from: slot,
                until: slot,
            },
            reason: SkipReason::BufferFull,
            counted: false,
            judged: None,
        }
    }

    fn touches(&self, next: &Self) -> bool {
        let (a, b) = (&self.range, &next.range);
        // Between two deadlines there is nothing that was skipped.
        let interval = match a.monitor.heartbeat() {
            Some(_) => 0,
            None => i64::from(a.monitor.interval_ms),
        };
        a.monitor.revision == b.monitor.revision
            && (self.reason, self.counted) == (next.reason, next.counted)
            && b.from <= a.until.plus_millis(interval)
    }

    fn extend_to(&mut self, next: &Self) {
        self.range.until = self.range.until.max(next.range.until);
    }
}

/// The gaps of each monitor, apart from each other and in the order of their slots.
#[derive(Debug, Default)]
pub(super) struct Gaps(HashMap<i64, Vec<Gap>>);

impl Gaps {
    pub(super) fn add(&mut self, gap: Gap) {
        let gaps = self.0.entry(gap.range.monitor.id.0).or_default();
        let at = gaps.partition_point(|known| known.range.from <= gap.range.from);
        gaps.insert(at, gap);
        gaps.dedup_by(|next, known| {
            let touches = known.touches(next);
            if touches {
                known.extend_to(next);
            }
            touches
        });
        // Needed only when Kafka comes and goes every few slots. What lies between the last two is merged with them.
        if gaps.len() > MAX_GAPS
            && let Some(last) = gaps.pop()
            && let Some(known) = gaps.last_mut()
        {
            known.extend_to(&last);
        }
    }

    /// The first gap of a monitor.
    pub(super) fn first(&self, monitor: i64) -> Option<&Gap> {
        self.0.get(&monitor)?.first()
    }

    /// Removes the first gap of a monitor.
    pub(super) fn remove_first(&mut self, monitor: i64) {
        if let Some(gaps) = self.0.get_mut(&monitor) {
            if !gaps.is_empty() {
                gaps.remove(0);
            }
            if gaps.is_empty() {
                self.0.remove(&monitor);
            }
            if self.0.is_empty() {
                // An outage of Kafka may have filled it with every monitor.
                self.0.shrink_to_fit();
            }
        }
    }

    pub(super) fn monitors(&self) -> Vec<i64> {
        self.0.keys().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::tests::monitor;

    /// A gap of the slots `from..=until`, counted from the first of the epoch.
    fn gap(monitor: &Arc<Monitor>, from: i64, until: i64, reason: SkipReason) -> Gap {
        let first = monitor.grid().after(Timestamp::from_millis(0));
        let slot = |k: i64| first.plus_millis(k * i64::from(monitor.interval_ms));
        let range = SlotRange {
            monitor: Arc::clone(monitor),
            from: slot(from),
            until: slot(until),
        };
        Gap {
            range,
            reason,
            counted: reason != SkipReason::BufferFull,
            judged: None,
        }
    }

    /// What would be published, in order: how many slots, and why.
    fn published(mut gaps: Gaps) -> Vec<(u64, SkipReason)> {
        let mut all = Vec::new();
        while let Some(gap) = gaps.first(1) {
            all.push((gap.range.slots(), gap.reason));
            gaps.remove_first(1);
        }
        assert!(gaps.is_empty());
        all
    }

    #[test]
    fn slots_that_may_get_through_are_not_published_as_lost() {
        let (mut gaps, monitor) = (Gaps::default(), monitor(1));
        for slot in 3..=61 {
            gaps.add(gap(&monitor, slot, slot, SkipReason::BufferFull));
        }
        // The oldest record expires while the next two still wait in the queue.
        gaps.add(gap(&monitor, 0, 0, SkipReason::BufferFull));
        assert_eq!(
            published(gaps),
            [(1, SkipReason::BufferFull), (59, SkipReason::BufferFull)]
        );
    }

    #[test]
    fn adjacent_slots_are_one_gap_in_any_order() {
        let (mut gaps, monitor) = (Gaps::default(), monitor(1));
        for slot in [2, 0, 1, 1, 4, 3] {
            gaps.add(gap(&monitor, slot, slot, SkipReason::BufferFull));
        }
        assert_eq!(published(gaps), [(5, SkipReason::BufferFull)]);
    }

    #[test]
    fn deadlines_of_a_heartbeat_are_no_range_and_each_is_one() {
        let monitor = Arc::new(crate::publish::tests::heartbeat(1));
        let mut gaps = Gaps::default();
        for millis in [90_000, 60_007, 60_007, 90_001] {
            gaps.add(Gap::of_record(&monitor, Timestamp::from_millis(millis)));
        }
        assert_eq!(published(gaps), [(1, SkipReason::BufferFull); 3]);
    }

    #[test]
    fn a_reason_is_kept() {
        let (mut gaps, monitor) = (Gaps::default(), monitor(1));
        gaps.add(gap(&monitor, 0, 3, SkipReason::Egress));
        gaps.add(gap(&monitor, 4, 4, SkipReason::BufferFull));
        assert_eq!(
            published(gaps),
            [(4, SkipReason::Egress), (1, SkipReason::BufferFull)]
        );
    }

    #[test]
    fn gaps_are_bounded() {
        let (mut gaps, monitor) = (Gaps::default(), monitor(1));
        for slot in 0..100 {
            gaps.add(gap(&monitor, 2 * slot, 2 * slot, SkipReason::BufferFull));
        }
        let published = published(gaps);
        assert_eq!(published.len(), MAX_GAPS);
        assert_eq!(
            published.iter().map(|(slots, _)| slots).sum::<u64>(),
            15 + (198 - 30 + 1)
        );
    }
}
