//! Where the batches of a partition are.

use std::collections::{HashMap, VecDeque};

/// A batch in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) base: i64,
    pub(crate) segment: u32,
    /// Where in the file it begins.
    pub(crate) at: u32,
    pub(crate) length: u32,
    /// None are left of a record of a compacted topic when a later one has its key.
    pub(crate) records: u32,
}

impl Entry {
    /// The offset after it.
    pub(crate) fn next(&self) -> i64 {
        self.base + i64::from(self.records.max(1))
    }
}

/// A partition's batches, by offset.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: VecDeque<Entry>,
    next: i64,
    /// Of a compacted topic: the offset of each key's latest record.
    keys: HashMap<Vec<u8>, i64>,
    dead: usize,
}

impl Index {
    /// The offset of the next record.
    pub(crate) fn next(&self) -> i64 {
        self.next
    }

    /// The offset of the oldest record that is kept.
    pub(crate) fn start(&self) -> i64 {
        self.entries.front().map_or(self.next, |entry| entry.base)
    }

    /// No offset before `next` is given again.
    pub(crate) fn advance(&mut self, next: i64) {
        self.next = self.next.max(next);
    }

    /// Adds the latest batch.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.next = entry.next();
        self.entries.push_back(entry);
    }

    /// Adds the latest record of a key of a compacted topic; answers the one that it takes the place of.
    pub(crate) fn push_latest(&mut self, key: Vec<u8>, entry: Entry) -> Option<Entry> {
        self.push(entry);
        let superseded = self.keys.insert(key, entry.base)?;
        self.bury(superseded)
    }

    /// Whether a key of a compacted topic has a record.
    pub(crate) fn knows(&self, key: &[u8]) -> bool {
        self.keys.contains_key(key)
    }

    /// Forgets a key that was removed, with its tombstone.
    pub(crate) fn forget(&mut self, key: &[u8]) -> Option<Entry> {
        let tombstone = self.keys.remove(key)?;
        self.bury(tombstone)
    }

    fn bury(&mut self, base: i64) -> Option<Entry> {
        let place = self
            .entries
            .binary_search_by_key(&base, |entry| entry.base)
            .ok()?;
        let entry = self.entries.get_mut(place)?;
        let buried = *entry;
        entry.records = 0;
        self.dead += 1;
        if self.dead > 64 && self.dead * 2 > self.entries.len() {
            self.entries.retain(|entry| entry.records > 0);
            self.dead = 0;
        }
        Some(buried)
    }

    /// What there is from `offset` on.
    pub(crate) fn from(&self, offset: i64) -> impl Iterator<Item = &Entry> {
        let first = self.entries.partition_point(|entry| entry.next() <= offset);
        self.entries.range(first..).filter(|entry| entry.records > 0)
    }

    /// The first batch for which `is_after` says so; it says so of all that follow.
    pub(crate) fn first(&self, mut is_after: impl FnMut(&Entry) -> bool) -> Option<&Entry> {
        self.entries
            .get(self.entries.partition_point(|entry| !is_after(entry)))
    }

    /// The oldest batch, if it is in the given file.
    pub(crate) fn oldest_in(&self, segment: u32) -> Option<Entry> {
        self.entries
            .front()
            .filter(|entry| entry.segment == segment)
            .copied()
    }

    /// Removes the oldest batch, if it is still that of this offset.
    pub(crate) fn pop(&mut self, base: i64) {
        if self.entries.front().is_some_and(|entry| entry.base == base)
            && self.entries.pop_front().is_some_and(|entry| entry.records == 0)
        {
            self.dead -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(base: i64) -> Entry {
        Entry {
            base,
            segment: 1,
            at: 0,
            length: 100,
            records: 1,
        }
    }

    #[test]
    fn only_the_latest_record_of_a_key_is_read() {
        let mut index = Index::default();
        for base in 0..1_000 {
            let key = (base % 3).to_string().into_bytes();
            let superseded = index.push_latest(key, entry(base));
            assert_eq!(superseded.map(|entry| entry.base), (base >= 3).then(|| base - 3));
        }
        let bases: Vec<_> = index.from(0).map(|entry| entry.base).collect();
        assert_eq!(bases, [997, 998, 999]);
        assert!(index.entries.len() < 200, "what is superseded takes no memory");
        index.forget(b"1");
        assert_eq!(index.from(0).count(), 2);
        assert_eq!(index.next(), 1_000);
    }

    #[test]
    fn an_offset_in_a_hole_is_answered_by_what_follows() {
        let mut index = Index::default();
        for base in [3, 9] {
            index.push(Entry {
                records: 2,
                ..entry(base)
            });
        }
        for (from, found) in [
            (0, Some(3)),
            (4, Some(3)),
            (5, Some(9)),
            (10, Some(9)),
            (11, None),
        ] {
            assert_eq!(
                index.from(from).next().map(|entry| entry.base),
                found,
                "from {from}"
            );
        }
        assert_eq!((index.start(), index.next()), (3, 11));
    }
}
