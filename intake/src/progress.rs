//! Which offset of each partition may be stored: everything up to it is done.

use std::collections::{BTreeMap, BTreeSet};

/// A partition, and the newest offset up to which everything is done.
pub type Done = Vec<(i32, i64)>;

#[derive(Debug, Default)]
struct Partition {
    read_to: i64,
    parked: BTreeSet<i64>,
    stored_to: Option<i64>,
}

/// How far each partition has been read, and what is held back.
#[derive(Debug, Default)]
pub(crate) struct Progress(BTreeMap<i32, Partition>);

impl Progress {
    /// A record was read.
    pub(crate) fn read(&mut self, partition: i32, offset: i64) {
        let known = self.0.entry(partition).or_default();
        if offset < known.read_to {
            // Read again, after the partition was elsewhere.
            *known = Partition::default();
        }
        known.read_to = offset;
    }

    /// A record is held back.
    pub(crate) fn park(&mut self, partition: i32, offset: i64) {
        self.0.entry(partition).or_default().parked.insert(offset);
    }

    /// A record is held back no longer.
    pub(crate) fn release(&mut self, partition: i32, offset: i64) {
        if let Some(known) = self.0.get_mut(&partition) {
            known.parked.remove(&offset);
        }
    }

    /// What may be stored when everything that was read and is not held back is done. Names only the
    /// partitions that have moved since the last call.
    pub(crate) fn cut(&mut self) -> Done {
        let mut done = Vec::new();
        for (&partition, known) in &mut self.0 {
            let until = known.parked.first().map_or(known.read_to, |&parked| parked - 1);
            if until >= 0 && known.stored_to != Some(until) {
                known.stored_to = Some(until);
                done.push((partition, until));
            }
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parked_record_holds_the_offset_back() {
        let mut progress = Progress::default();
        for offset in 5..10 {
            progress.read(3, offset);
        }
        progress.park(3, 7);
        progress.read(4, 1);
        assert_eq!(progress.cut(), [(3, 6), (4, 1)]);
        assert_eq!(progress.cut(), []);
        progress.read(3, 10);
        assert_eq!(progress.cut(), []);
        progress.release(3, 7);
        assert_eq!(progress.cut(), [(3, 10)]);
    }

    #[test]
    fn a_first_record_that_is_parked_stores_nothing() {
        let mut progress = Progress::default();
        progress.read(0, 0);
        progress.park(0, 0);
        assert_eq!(progress.cut(), []);
    }

    #[test]
    fn reading_a_partition_again_begins_anew() {
        let mut progress = Progress::default();
        progress.read(0, 9);
        progress.park(0, 9);
        progress.read(0, 4);
        assert_eq!(progress.cut(), [(0, 4)]);
    }
}
