//! Slots whose records found no room on the way to Kafka, until they can be told as skipped.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::record::SkipReason;

use crate::monitor::Monitor;

/// Pieces of a monitor that are remembered one by one.
const PIECES: usize = 16;

/// Slots of a monitor.
#[derive(Clone, Debug)]
pub(super) struct Range {
    pub(super) monitor: Arc<Monitor>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Range {
    pub(super) fn slots(&self) -> u64 {
        self.monitor
            .grid()
            .count_between(self.from.plus_millis(-1), self.until)
    }
}

/// Slots that are to be told as skipped.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) range: Range,
    pub(super) reason: SkipReason,
    /// Whether the metrics know of them.
    pub(super) counted: bool,
}

impl Piece {
    fn joins(&self, next: &Self) -> bool {
        let (a, b) = (&self.range, &next.range);
        let interval = i64::from(a.monitor.interval_ms);
        a.monitor.revision == b.monitor.revision
            && (self.reason, self.counted) == (next.reason, next.counted)
            && b.from <= a.until.plus_millis(interval)
    }

    fn join(&mut self, next: &Self) {
        self.range.until = self.range.until.max(next.range.until);
    }
}

/// What was shed, by monitor: pieces that do not touch, in the order of their slots.
#[derive(Debug, Default)]
pub(super) struct Shed(HashMap<i64, Vec<Piece>>);

impl Shed {
    pub(super) fn add(&mut self, piece: Piece) {
        let pieces = self.0.entry(piece.range.monitor.id.0).or_default();
        let at = pieces.partition_point(|known| known.range.from <= piece.range.from);
        pieces.insert(at, piece);
        pieces.dedup_by(|next, known| {
            let joins = known.joins(next);
            if joins {
                known.join(next);
            }
            joins
        });
        // Only with a log that comes and goes every few slots; what lies between the last two is told with them.
        if pieces.len() > PIECES
            && let Some(last) = pieces.pop()
            && let Some(known) = pieces.last_mut()
        {
            known.join(&last);
        }
    }

    /// What is to be told first of a monitor.
    pub(super) fn first(&self, monitor: i64) -> Option<&Piece> {
        self.0.get(&monitor)?.first()
    }

    /// The first piece of a monitor was told.
    pub(super) fn told(&mut self, monitor: i64) {
        if let Some(pieces) = self.0.get_mut(&monitor) {
            if !pieces.is_empty() {
                pieces.remove(0);
            }
            if pieces.is_empty() {
                self.0.remove(&monitor);
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

    /// Pieces of the slots `from..=until`, counted from the epoch's first.
    fn piece(monitor: &Arc<Monitor>, from: i64, until: i64, reason: SkipReason) -> Piece {
        let first = monitor.grid().after(Timestamp::from_millis(0));
        let slot = |k: i64| first.plus_millis(k * i64::from(monitor.interval_ms));
        let range = Range {
            monitor: Arc::clone(monitor),
            from: slot(from),
            until: slot(until),
        };
        Piece {
            range,
            reason,
            counted: reason != SkipReason::BufferFull,
        }
    }

    /// What would be told, in order: how many slots, and why.
    fn told(mut shed: Shed) -> Vec<(u64, SkipReason)> {
        let mut all = Vec::new();
        while let Some(piece) = shed.first(1) {
            all.push((piece.range.slots(), piece.reason));
            shed.told(1);
        }
        assert!(shed.is_empty());
        all
    }

    #[test]
    fn slots_that_may_get_through_are_not_told_as_lost() {
        let (mut shed, monitor) = (Shed::default(), monitor(1));
        for slot in 3..=61 {
            shed.add(piece(&monitor, slot, slot, SkipReason::BufferFull));
        }
        // The oldest record expires while the next two still wait in the queue.
        shed.add(piece(&monitor, 0, 0, SkipReason::BufferFull));
        assert_eq!(
            told(shed),
            [(1, SkipReason::BufferFull), (59, SkipReason::BufferFull)]
        );
    }

    #[test]
    fn what_follows_on_each_other_is_one_piece_in_any_order() {
        let (mut shed, monitor) = (Shed::default(), monitor(1));
        for slot in [2, 0, 1, 1, 4, 3] {
            shed.add(piece(&monitor, slot, slot, SkipReason::BufferFull));
        }
        assert_eq!(told(shed), [(5, SkipReason::BufferFull)]);
    }

    #[test]
    fn a_reason_is_kept() {
        let (mut shed, monitor) = (Shed::default(), monitor(1));
        shed.add(piece(&monitor, 0, 3, SkipReason::Egress));
        shed.add(piece(&monitor, 4, 4, SkipReason::BufferFull));
        assert_eq!(told(shed), [(4, SkipReason::Egress), (1, SkipReason::BufferFull)]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut shed, monitor) = (Shed::default(), monitor(1));
        for slot in 0..100 {
            shed.add(piece(&monitor, 2 * slot, 2 * slot, SkipReason::BufferFull));
        }
        let told = told(shed);
        assert_eq!(told.len(), PIECES);
        assert_eq!(
            told.iter().map(|(slots, _)| slots).sum::<u64>(),
            15 + (198 - 30 + 1)
        );
    }
}
