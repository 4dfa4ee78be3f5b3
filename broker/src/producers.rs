//! What a partition remembers of idempotent producers: a batch that is sent again is not stored again.

use std::collections::{HashMap, VecDeque};

use crate::batch::Header;

/// As many batches may be on their way at once.
const REMEMBERED: usize = 5;

/// More producers than ever write at once.
const PRODUCERS: usize = 256;

/// What is to be done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is stored.
    New,
    /// It was stored at this offset.
    Known(i64),
    /// One before it is missing.
    OutOfOrder,
}

#[derive(Debug, Default)]
struct Known {
    epoch: i16,
    /// First sequence, count and offset.
    batches: VecDeque<(i32, u32, i64)>,
    used: u64,
}

/// The producers of one partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    known: HashMap<i64, Known>,
    clock: u64,
}

impl Producers {
    pub(crate) fn judge(&self, header: &Header) -> Verdict {
        let Some(known) = self.known.get(&header.producer_id) else {
            return Verdict::New;
        };
        if known.epoch != header.producer_epoch {
            return Verdict::New;
        }
        let same = |&&(sequence, count, _): &&(i32, u32, i64)| {
            sequence == header.base_sequence && count == header.records
        };
        if let Some((.., offset)) = known.batches.iter().find(same) {
            return Verdict::Known(*offset);
        }
        let expected = known
            .batches
            .back()
            .map(|(sequence, count, _)| after(*sequence, *count));
        match expected {
            Some(expected) if expected != header.base_sequence => Verdict::OutOfOrder,
            _ => Verdict::New,
        }
    }

    pub(crate) fn stored(&mut self, header: &Header, offset: i64) {
        if header.producer_id < 0 {
            return;
        }
        self.clock += 1;
        let known = self.known.entry(header.producer_id).or_default();
        if known.epoch != header.producer_epoch {
            *known = Known {
                epoch: header.producer_epoch,
                ..Known::default()
            };
        }
        known.used = self.clock;
        known
            .batches
            .push_back((header.base_sequence, header.records, offset));
        if known.batches.len() > REMEMBERED {
            known.batches.pop_front();
        }
        if self.known.len() > PRODUCERS {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.used);
            if let Some(id) = oldest.map(|(&id, _)| id) {
                self.known.remove(&id);
            }
        }
    }

    /// Forgets all: what was stored may be gone.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }
}

/// Sequences begin again at 0 after the largest number.
fn after(sequence: i32, count: u32) -> i32 {
    ((i64::from(sequence) + i64::from(count)) % (1 << 31)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: i32, records: u32) -> Header {
        Header {
            base_offset: 0,
            records,
            max_timestamp: 0,
            producer_id: 7,
            producer_epoch: 0,
            base_sequence: sequence,
        }
    }

    #[test]
    fn a_batch_is_stored_once_and_in_order() {
        let mut producers = Producers::default();
        assert_eq!(producers.judge(&header(4, 3)), Verdict::New);
        producers.stored(&header(4, 3), 100);
        assert_eq!(producers.judge(&header(4, 3)), Verdict::Known(100));
        assert_eq!(producers.judge(&header(8, 1)), Verdict::OutOfOrder);
        assert_eq!(producers.judge(&header(7, 1)), Verdict::New);
        producers.stored(&header(i32::MAX - 1, 2), 103);
        assert_eq!(producers.judge(&header(0, 1)), Verdict::New);
    }

    #[test]
    fn producers_that_are_gone_are_forgotten() {
        let mut producers = Producers::default();
        for id in 0..10_000 {
            let header = Header {
                producer_id: id,
                ..header(0, 1)
            };
            producers.stored(&header, id);
        }
        assert_eq!(producers.known.len(), PRODUCERS);
    }
}
