//! Dropping the oldest file: behind all readers, or because the log has reached its bound.

use std::io;
use std::sync::Arc;

use super::{AppendError, Log, Place};
use crate::batch::{self, Header, Single};
use crate::index::Entry;

/// Files that are kept at most when nobody needs them: each start begins one.
const IDLE_FILES: usize = 256;

impl Log {
    /// Makes room for so many bytes, of a `new_key` of a compacted topic or of anything else. At the bound the oldest
    /// file goes, whatever is in it; only the latest records of compacted topics are kept.
    pub(super) fn make_room(&mut self, length: usize, new_key: bool) -> Result<(), AppendError> {
        let needed = length as u64 + 256;
        let max = self.options.max_bytes;
        // These have half of it: what goes on about those that are known, and results, are to have room.
        if new_key && self.live_bytes > max / 2 {
            return Err(AppendError::Full);
        }
        let fits = |log: &Self| log.bytes + needed <= max;
        if fits(self) {
            return Ok(());
        }
        // For less than a file all of them would be written again and again.
        if self.live_bytes + self.options.segment_bytes > max {
            return Err(AppendError::Full);
        }
        self.evict_while(|log, _| !fits(log))?;
        if fits(self) {
            Ok(())
        } else {
            Err(AppendError::Full)
        }
    }

    /// Drops files that all readers have behind them, but for some that may be looked back at.
    pub(super) fn tidy(&mut self) -> io::Result<()> {
        self.evict_while(|log, number| {
            let idle = log.bytes.saturating_sub(log.live_bytes);
            (idle > log.options.keep_bytes || log.segments.len() > IDLE_FILES) && log.is_done(number)
        })
    }

    fn evict_while(&mut self, goes: impl Fn(&Self, u32) -> bool) -> io::Result<()> {
        // What is carried over goes behind this one, so that there is an end.
        let last = self.active;
        while let Some(number) = self.segments.keys().next().copied()
            && number < last
            && goes(self, number)
        {
            self.evict(number)?;
        }
        Ok(())
    }

    fn is_done(&self, number: u32) -> bool {
        self.segments.get(&number).is_some_and(|segment| {
            segment.next.iter().all(|(&(topic, partition), &next)| {
                let topic = &self.options.topics[topic];
                topic.readers.iter().all(|group| {
                    self.committed(group, &topic.name, partition as i32)
                        .is_some_and(|committed| committed >= next)
                })
            })
        })
    }

    fn evict(&mut self, number: u32) -> io::Result<()> {
        for place in self.places() {
            while let Some(entry) = self.index(place).oldest_in(number) {
                if self.is_compacted(place) && entry.records > 0 {
                    self.carry(place, &entry)?;
                } else {
                    self.count_lost(place, &entry);
                }
                self.partition(place).index.pop(entry.base);
            }
        }
        if self.must_sync {
            // Before the only other copy goes.
            self.carry_suspects()?;
            let pending = self.pending();
            let result = pending.sync();
            self.settle(&pending, result)?;
            self.suspects.clear();
            self.must_sync = false;
        }
        if let Some(segment) = self.segments.remove(&number) {
            segment.remove();
            self.bytes -= segment.length;
            self.suspects.remove(&number);
            self.unsynced.retain(|file| !Arc::ptr_eq(file, &segment.file));
        }
        Ok(())
    }

    /// Writes again what was written before files could not be synchronised: that they can be afterwards does not
    /// mean that it is there.
    fn carry_suspects(&mut self) -> io::Result<()> {
        if self.suspects.is_empty() {
            return Ok(());
        }
        for place in self.places() {
            if !self.is_compacted(place) {
                continue;
            }
            let entries = self.index(place).from(0);
            let suspect: Vec<_> = entries
                .filter(|entry| self.suspects.contains(&entry.segment))
                .copied()
                .collect();
            for entry in suspect {
                // What has become unreadable is told of when its file goes.
                self.write_again(place, &entry)?;
            }
        }
        Ok(())
    }

    /// Writes a record of a compacted topic again, at the end, if it can be read.
    pub(super) fn write_again(&mut self, place: Place, entry: &Entry) -> io::Result<()> {
        let mut bytes = vec![0; entry.length as usize];
        self.read_entry(entry, &mut bytes)?;
        match only_single(&bytes) {
            Some(single) => self.write_batch(place, &single.batch, 1, None, Some(single.key)),
            None => Ok(()),
        }
    }

    /// Carries over a record of a compacted topic of which no other copy will be left. A tombstone has nothing left to remove.
    fn carry(&mut self, place: Place, entry: &Entry) -> io::Result<()> {
        let mut bytes = vec![0; entry.length as usize];
        self.read_entry(entry, &mut bytes)?;
        let Some(single) = only_single(&bytes) else {
            // It was readable at the start.
            tracing::error!(
                offset = entry.base,
                "a state in the embedded log has become unreadable and is gone"
            );
            crate::metrics::unreadable(u64::from(entry.length));
            self.live_bytes -= u64::from(entry.length);
            return Ok(());
        };
        if single.is_tombstone {
            let forgotten = self.partition(place).index.forget(&single.key);
            self.live_bytes -= forgotten.map_or(0, |entry| u64::from(entry.length));
            return Ok(());
        }
        self.write_batch(place, &single.batch, 1, None, Some(single.key))?;
        self.must_sync = true;
        Ok(())
    }

    /// Counts what groups have not read of a batch that goes.
    fn count_lost(&mut self, place: Place, entry: &Entry) {
        if entry.records == 0 {
            return;
        }
        let topic = &self.options.topics[place.topic];
        for group in &topic.readers {
            let committed = self
                .committed(group, &topic.name, place.partition as i32)
                .unwrap_or(0);
            let lost = entry.next() - committed.clamp(entry.base, entry.next());
            if lost > 0 {
                self.lost += lost as u64;
                crate::metrics::lost(&topic.name, group, lost as u64);
            }
        }
    }

    pub(super) fn places(&self) -> Vec<Place> {
        let partitions = self.partitions();
        (0..self.topics.len())
            .flat_map(|topic| (0..partitions).map(move |partition| Place { topic, partition }))
            .collect()
    }
}

/// The record of a batch of a compacted topic.
fn only_single(bytes: &[u8]) -> Option<Single> {
    let checked = Header::check(bytes).and_then(|_| batch::singles(bytes));
    checked.ok()?.into_iter().next()
}
