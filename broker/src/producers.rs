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
    /// The first sequence that is not behind all of `batches`.
    begin: i32,
    batches: VecDeque<Stored>,
    used: u64,
}

impl Known {
    /// The sequence of the next batch.
    fn expected(&self) -> i32 {
        self.batches.back().map_or(self.begin, Stored::next)
    }
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    sequence: i32,
    records: u32,
    offset: i64,
    /// How much was ever written to the log when it was.
    written: u64,
}

impl Stored {
    /// Sequences begin again at 0 after the largest number.
    fn next(&self) -> i32 {
        ((i64::from(self.sequence) + i64::from(self.records)) % (1 << 31)) as i32
    }
}

/// The producers of one partition.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    known: HashMap<i64, Known>,
    clock: u64,
}

impl Producers {
    /// A producer begins at 0, and whoever was never heard of before that has lost what came before: were it taken,
    /// the client would hold that for stored as well.
    pub(crate) fn judge(&self, header: &Header) -> Verdict {
        if header.producer_id < 0 {
            return Verdict::New;
        }
        let known = self.known.get(&header.producer_id);
        let known = known.filter(|known| known.epoch == header.producer_epoch);
        let mut batches = known.iter().flat_map(|known| &known.batches);
        let same =
            |stored: &&Stored| stored.sequence == header.base_sequence && stored.records == header.records;
        if let Some(stored) = batches.find(same) {
            Verdict::Known(stored.offset)
        } else if known.map_or(0, Known::expected) == header.base_sequence {
            Verdict::New
        } else {
            Verdict::OutOfOrder
        }
    }

    /// Remembers a batch, with how much was ever written to the log by now.
    pub(crate) fn stored(&mut self, header: &Header, offset: i64, written: u64) {
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
        known.batches.push_back(Stored {
            sequence: header.base_sequence,
            records: header.records,
            offset,
            written,
        });
        if known.batches.len() > REMEMBERED
            && let Some(oldest) = known.batches.pop_front()
        {
            known.begin = oldest.next();
        }
        if self.known.len() > PRODUCERS {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.used);
            if let Some(id) = oldest.map(|(&id, _)| id) {
                self.known.remove(&id);
            }
        }
    }

    /// Forgets what was written after `synced`: it may be gone, and is to come again.
    pub(crate) fn roll_back(&mut self, synced: u64) {
        for known in self.known.values_mut() {
            while known.batches.back().is_some_and(|stored| stored.written > synced) {
                known.batches.pop_back();
            }
        }
    }
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
        assert_eq!(producers.judge(&header(0, 3)), Verdict::New);
        producers.stored(&header(0, 3), 100, 1);
        assert_eq!(producers.judge(&header(0, 3)), Verdict::Known(100));
        assert_eq!(producers.judge(&header(4, 1)), Verdict::OutOfOrder);
        assert_eq!(producers.judge(&header(3, 1)), Verdict::New);
        producers.stored(&header(i32::MAX - 1, 2), 103, 2);
        assert_eq!(producers.judge(&header(0, 1)), Verdict::New);
    }

    #[test]
    fn whoever_is_not_known_begins_at_nought() {
        let mut producers = Producers::default();
        assert_eq!(producers.judge(&header(4, 3)), Verdict::OutOfOrder);
        producers.stored(&header(0, 4), 100, 1);
        let later = |sequence| Header {
            producer_epoch: 1,
            ..header(sequence, 1)
        };
        assert_eq!(producers.judge(&later(4)), Verdict::OutOfOrder);
        assert_eq!(producers.judge(&later(0)), Verdict::New);
        let anonymous = Header {
            producer_id: -1,
            ..header(-1, 1)
        };
        assert_eq!(producers.judge(&anonymous), Verdict::New);
    }

    #[test]
    fn what_may_be_gone_is_to_come_again_and_in_order() {
        let mut producers = Producers::default();
        for number in 0..8 {
            producers.stored(&header(number, 1), i64::from(number), number as u64 + 1);
        }
        producers.roll_back(6);
        assert_eq!(producers.judge(&header(5, 1)), Verdict::Known(5));
        assert_eq!(producers.judge(&header(6, 1)), Verdict::New);
        assert_eq!(producers.judge(&header(7, 1)), Verdict::OutOfOrder);
        producers.roll_back(0);
        assert_eq!(producers.judge(&header(0, 1)), Verdict::OutOfOrder);
        assert_eq!(producers.judge(&header(3, 1)), Verdict::New);
    }

    #[test]
    fn producers_that_are_gone_are_forgotten() {
        let mut producers = Producers::default();
        for id in 0..10_000 {
            let header = Header {
                producer_id: id,
                ..header(0, 1)
            };
            producers.stored(&header, id, 1);
        }
        assert_eq!(producers.known.len(), PRODUCERS);
    }
}
