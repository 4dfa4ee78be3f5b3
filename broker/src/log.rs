//! The log on disk: what is appended to topics and committed by groups, in one sequence of files.
//!
//! One sequence, so that what is left after a loss of power is what was there at one instant: no offset is committed
//! of a record that is gone, and no state is there of a record that is not.

mod evict;
mod open;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::BytesMut;

use crate::Options;
use crate::batch::{self, Header, Invalid};
use crate::frame::{self, BATCH_PREFIX, Committed, Snapshot, TopicSnapshot};
use crate::index::{Entry, Index};
use crate::producers::{Producers, Verdict};
use crate::segment::Segment;

pub use open::OpenError;

/// More groups than ever read a topic that is not kept for them.
const MAX_GROUPS: usize = 256;

/// Longer is no name of a group.
const MAX_NAME: usize = 256;

/// Why a record was not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    #[error("{0}")]
    Invalid(#[from] Invalid),
    #[error("a batch before it is missing")]
    OutOfOrder,
    #[error("the log is full of what may not be dropped")]
    Full,
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// A partition of a topic, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) topic: usize,
    pub(crate) partition: usize,
}

#[derive(Debug, Default)]
struct Partition {
    index: Index,
    producers: Producers,
}

/// The log, of which there is one in a folder.
#[derive(Debug)]
pub(crate) struct Log {
    options: Options,
    folder: PathBuf,
    cluster: String,
    /// By topic, in the order of the options.
    topics: Vec<Vec<Partition>>,
    /// By group and topic: the next offset by partition.
    committed: BTreeMap<(String, String), BTreeMap<i32, i64>>,
    segments: BTreeMap<u32, Segment>,
    active: u32,
    /// Of all files.
    bytes: u64,
    /// Of the latest records of compacted topics.
    live_bytes: u64,
    /// Ever written here.
    written: u64,
    /// How much of it is known to be on the disk.
    synced: u64,
    /// How often files could not be synchronised.
    failures: u64,
    /// Records that were dropped before a group had read them.
    lost: u64,
    /// Full files that were not synchronised yet.
    unsynced: Vec<Arc<File>>,
    /// Files of which something may not be on the disk, although they can be synchronised now.
    suspects: BTreeSet<u32>,
    /// Whether something was carried over that is not known to be on the disk.
    must_sync: bool,
    /// Whether nothing more may be written to the last file.
    must_roll: bool,
    frame: Vec<u8>,
    /// Held as long as the log is open.
    _lock: File,
}

impl Log {
    pub(crate) fn cluster(&self) -> &str {
        &self.cluster
    }

    pub(crate) fn partitions(&self) -> usize {
        self.topics.first().map_or(0, Vec::len)
    }

    pub(crate) fn topic_names(&self) -> impl Iterator<Item = &str> {
        self.options.topics.iter().map(|topic| topic.name.as_str())
    }

    /// The partition of this name.
    pub(crate) fn place(&self, topic: &str, partition: i32) -> Option<Place> {
        let topic = self.options.topics.iter().position(|known| known.name == topic)?;
        let partition = usize::try_from(partition).ok()?;
        (partition < self.partitions()).then_some(Place { topic, partition })
    }

    pub(crate) fn is_compacted(&self, place: Place) -> bool {
        self.options.topics[place.topic].compacted
    }

    fn index(&self, place: Place) -> &Index {
        &self.topics[place.topic][place.partition].index
    }

    fn partition(&mut self, place: Place) -> &mut Partition {
        &mut self.topics[place.topic][place.partition]
    }

    /// The offset of the oldest record that is kept.
    pub(crate) fn start(&self, place: Place) -> i64 {
        self.index(place).start()
    }

    /// The offset of the next record.
    pub(crate) fn next(&self, place: Place) -> i64 {
        self.index(place).next()
    }

    /// On disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ever written here, of which a caller waits until it is synchronised.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Records that were dropped before a group had read them, once for each group.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Appends a batch; answers the offset of its first record.
    pub(crate) fn append(&mut self, place: Place, batch: &[u8], now_millis: i64) -> Result<i64, AppendError> {
        let header = Header::check(batch)?;
        match self.partition(place).producers.judge(&header) {
            Verdict::Known(offset) => return Ok(offset),
            Verdict::OutOfOrder => return Err(AppendError::OutOfOrder),
            Verdict::New => {}
        }
        let append_time = self.options.topics[place.topic].append_time.then_some(now_millis);
        if self.is_compacted(place) {
            for single in batch::singles(batch)? {
                let is_new = !single.is_tombstone && !self.index(place).knows(&single.key);
                match self.make_room(single.batch.len(), is_new) {
                    // It makes room itself, and what was dropped in vain is dropped.
                    Err(AppendError::Full) if single.is_tombstone => {}
                    made => made?,
                }
                self.write_batch(place, &single.batch, 1, append_time, Some(single.key))?;
            }
        } else {
            self.make_room(batch.len(), false)?;
            self.write_batch(place, batch, header.records, append_time, None)?;
        }
        let offset = self.next(place) - i64::from(header.records);
        let written = self.written;
        self.partition(place).producers.stored(&header, offset, written);
        Ok(offset)
    }

    /// Writes a batch at the end of its partition.
    fn write_batch(
        &mut self,
        place: Place,
        batch: &[u8],
        records: u32,
        append_time: Option<i64>,
        key: Option<Vec<u8>>,
    ) -> io::Result<()> {
        let base = self.next(place);
        let mut frame = std::mem::take(&mut self.frame);
        let (topic, partition) = (place.topic as u16, place.partition as u16);
        frame::put_batch(&mut frame, topic, partition, batch, |batch| {
            batch::place(batch, base, append_time);
        });
        let written = self.write(&frame);
        self.frame = frame;
        let (segment, at) = written?;
        let entry = Entry {
            base,
            segment,
            at: at as u32 + BATCH_PREFIX as u32,
            length: batch.len() as u32,
            records,
        };
        self.note(place, entry, key);
        Ok(())
    }

    /// Notes a batch that was written.
    fn note(&mut self, place: Place, entry: Entry, key: Option<Vec<u8>>) {
        let index = &mut self.topics[place.topic][place.partition].index;
        match key {
            Some(key) => {
                let superseded = index.push_latest(key, entry);
                self.live_bytes += u64::from(entry.length);
                self.live_bytes -= superseded.map_or(0, |entry| u64::from(entry.length));
            }
            None => index.push(entry),
        }
        if let Some(segment) = self.segments.get_mut(&entry.segment) {
            segment.next.insert((place.topic, place.partition), entry.next());
        }
    }

    /// Writes a frame; answers in which file and where.
    fn write(&mut self, frame: &[u8]) -> io::Result<(u32, u64)> {
        let is_full = |segment: &Segment| segment.length + frame.len() as u64 > self.options.segment_bytes;
        if self.must_roll || self.segments.get(&self.active).is_none_or(is_full) {
            self.roll()?;
        }
        let segment = self
            .segments
            .get_mut(&self.active)
            .ok_or(io::ErrorKind::NotFound)?;
        let at = segment.append(frame)?;
        self.bytes += frame.len() as u64;
        self.written += frame.len() as u64;
        Ok((self.active, at))
    }

    /// Begins a file.
    fn roll(&mut self) -> io::Result<()> {
        let snapshot = frame::snapshot(&self.snapshot())?;
        let number = self.active + 1;
        let segment = Segment::create(&self.folder, number, &snapshot)?;
        self.bytes += segment.length;
        self.written += segment.length;
        self.unsynced
            .extend(self.segments.get(&self.active).map(|full| Arc::clone(&full.file)));
        self.segments.insert(number, segment);
        self.active = number;
        self.must_roll = false;
        Ok(())
    }

    fn snapshot(&self) -> Snapshot {
        let topics = self.options.topics.iter().zip(&self.topics);
        Snapshot {
            cluster: self.cluster.clone(),
            partitions: self.partitions() as i32,
            topics: topics
                .map(|(topic, partitions)| TopicSnapshot {
                    name: topic.name.clone(),
                    next: partitions
                        .iter()
                        .map(|partition| partition.index.next())
                        .collect(),
                })
                .collect(),
            committed: self
                .committed
                .iter()
                .map(|((group, topic), next)| Committed {
                    group: group.clone(),
                    topic: topic.clone(),
                    next: next.clone(),
                })
                .collect(),
        }
    }

    /// Reads whole batches from `offset` on into `into`: one, and more up to `max_bytes`.
    pub(crate) fn read(
        &self,
        place: Place,
        offset: i64,
        max_bytes: usize,
        into: &mut BytesMut,
    ) -> io::Result<()> {
        for entry in self.index(place).from(offset) {
            let length = entry.length as usize;
            if !into.is_empty() && into.len() + length > max_bytes {
                break;
            }
            let at = into.len();
            into.resize(at + length, 0);
            self.read_entry(entry, &mut into[at..])?;
        }
        Ok(())
    }

    fn read_entry(&self, entry: &Entry, into: &mut [u8]) -> io::Result<()> {
        let segment = self.segments.get(&entry.segment).ok_or(io::ErrorKind::NotFound)?;
        segment.file.read_exact_at(into, u64::from(entry.at))
    }

    /// The first batch that holds something of `millis` or later: its offset and time.
    pub(crate) fn since(&self, place: Place, millis: i64) -> Option<(i64, i64)> {
        let time = |entry: &Entry| {
            let mut header = [0; batch::HEADER];
            self.read_entry(entry, &mut header).ok()?;
            Some(Header::read(&header)?.max_timestamp)
        };
        let entry = self
            .index(place)
            .first(|entry| time(entry).is_some_and(|time| time >= millis))?;
        Some((entry.base, time(entry)?))
    }

    /// Whether a group may say of a topic what it has done: those that it is kept for, and of a topic that is kept for
    /// nobody so many as do not fill the snapshots.
    pub(crate) fn may_commit(&self, group: &str, place: Place) -> bool {
        let topic = &self.options.topics[place.topic];
        if !topic.readers.is_empty() {
            return topic.readers.iter().any(|reader| reader == group);
        }
        let key = (group.to_owned(), topic.name.clone());
        let others = self.committed.keys().filter(|(_, known)| *known == topic.name);
        self.committed.contains_key(&key) || (group.len() <= MAX_NAME && others.count() < MAX_GROUPS)
    }

    /// Notes what a group has done. It is known from here on even when it could not be written.
    pub(crate) fn commit(&mut self, group: &str, topic: &str, next: BTreeMap<i32, i64>) -> io::Result<()> {
        let known = self
            .committed
            .entry((group.to_owned(), topic.to_owned()))
            .or_default();
        known.extend(&next);
        let frame = frame::offsets(&Committed {
            group: group.to_owned(),
            topic: topic.to_owned(),
            next,
        })?;
        let written = self.write(&frame).map(drop);
        let tidied = self.tidy();
        written.and(tidied)
    }

    /// The next offset of a group.
    pub(crate) fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let known = self.committed.get(&(group.to_owned(), topic.to_owned()))?;
        known.get(&partition).copied()
    }
}
