//! Opening a log: what is readable of the files becomes the index again, the rest is counted and cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};
use uuid::Uuid;

use super::{Log, Partition, Place};
use crate::Options;
use crate::batch::{self, Header};
use crate::clock::now_millis;
use crate::frame::{self, Beginning, Frame, Snapshot};
use crate::index::Entry;
use crate::segment::Segment;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it.
    #[error("the embedded log in {0} cannot be opened: {1}")]
    Disk(PathBuf, io::Error),
    /// By another process.
    #[error("the embedded log in {0} is in use by another process")]
    InUse(PathBuf),
    /// It was written by a release to come.
    #[error("{0} was written by a newer version (format {1}): start that one, or move the folder away")]
    Newer(PathBuf, u16),
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recovered {
    pub(crate) records: u64,
    /// That could not be read.
    pub(crate) unreadable_bytes: u64,
    /// Records that are missing in front of others.
    pub(crate) missing_records: u64,
}

impl Log {
    /// Opens the log in the options' folder, which is made if it is missing.
    pub(crate) fn open(options: Options) -> Result<(Self, Recovered), OpenError> {
        let folder = options.folder.clone();
        let disk = |error| OpenError::Disk(folder.clone(), error);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(disk)?;
        let lock = lock(&folder)?;
        let mut log = Self {
            cluster: String::new(),
            topics: Vec::new(),
            committed: BTreeMap::new(),
            segments: BTreeMap::new(),
            active: 0,
            bytes: 0,
            live_bytes: 0,
            written: 0,
            synced: 0,
            failures: 0,
            lost: 0,
            unsynced: Vec::new(),
            suspects: BTreeSet::new(),
            must_sync: false,
            must_roll: false,
            frame: Vec::new(),
            folder: folder.clone(),
            options,
            _lock: lock,
        };
        let mut recovered = Recovered::default();
        for number in numbers(&folder).map_err(disk)? {
            log.active = log.active.max(number);
            log.recover(number, &mut recovered)?;
        }
        if log.topics.is_empty() {
            log.cluster = Uuid::from_u128(rand::random()).simple().to_string();
            log.begin(log.options.partitions);
        }
        log.never_go_back();
        log.begin_writing().or_else(if_full).map_err(disk)?;
        Ok((log, recovered))
    }

    /// Begins a file, after those that nobody needs have made room for it. Nothing is written to a file of before.
    fn begin_writing(&mut self) -> io::Result<()> {
        self.must_roll = true;
        let tidied = self.tidy();
        if self.must_roll {
            self.roll()?;
        }
        tidied?;
        self.close_ends()
    }

    /// Where the last records of a partition are lost, something is put at the end of the hole: a reader who asks for
    /// all there is has read all when it has reached the end, and would wait for it for ever.
    fn close_ends(&mut self) -> io::Result<()> {
        for place in self.places() {
            let Some(last) = self.index(place).from(0).last().copied() else {
                continue;
            };
            if last.next() == self.next(place) {
                continue;
            }
            if self.is_compacted(place) {
                self.write_again(place, &last)?;
            } else {
                self.write_batch(place, &batch::marker(), 1, Some(now_millis()), None)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, partitions: i32) {
        let partitions = partitions.clamp(1, 4_096);
        let topic = || (0..partitions).map(|_| Partition::default()).collect();
        self.topics = self.options.topics.iter().map(|_| topic()).collect();
    }

    /// Reads a file into the index.
    fn recover(&mut self, number: u32, recovered: &mut Recovered) -> Result<(), OpenError> {
        let path = Segment::path(&self.folder, number);
        let disk = |error| OpenError::Disk(path.clone(), error);
        let content = fs::read(&path).map_err(disk)?;
        let mut good = match frame::beginning(&content) {
            Beginning::Newer(version) => return Err(OpenError::Newer(path, version)),
            Beginning::Unreadable => 0,
            Beginning::Ours => frame::START,
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(disk)?;
        self.segments.insert(
            number,
            Segment {
                path: path.clone(),
                file: Arc::new(file),
                length: 0,
                next: BTreeMap::new(),
            },
        );
        let mut topics = None;
        while good > 0
            && let Some((frame, range)) = frame::read(&content, good)
        {
            match (frame, &topics) {
                (Frame::Snapshot(snapshot), _) => topics = Some(self.take_snapshot(snapshot, recovered)),
                (Frame::Offsets(committed), _) => {
                    let key = (committed.group, committed.topic);
                    self.committed.entry(key).or_default().extend(committed.next);
                }
                (
                    Frame::Batch {
                        topic,
                        partition,
                        batch,
                    },
                    Some(topics),
                ) => {
                    let partition = usize::from(partition);
                    let topic = topics.get(usize::from(topic)).copied().flatten();
                    if let Some(topic) = topic.filter(|_| partition < self.partitions()) {
                        let at = range.end - batch.len();
                        self.take_batch(Place { topic, partition }, number, at, batch, recovered);
                    }
                }
                // Without its snapshot nobody knows what is in a file.
                (Frame::Batch { .. }, None) => break,
                (Frame::Unknown, _) => {}
            }
            good = range.end;
        }
        let unreadable = content.len() - good;
        recovered.unreadable_bytes += unreadable as u64;
        if unreadable > 0 {
            tracing::error!(
                path = %path.display(), bytes = unreadable,
                "the end of a file of the embedded log cannot be read and is left out"
            );
        }
        self.keep(number, good).map_err(disk)
    }

    /// Keeps the readable part of a file.
    fn keep(&mut self, number: u32, good: usize) -> io::Result<()> {
        let Some(segment) = self.segments.get_mut(&number) else {
            return Ok(());
        };
        if good == 0 {
            segment.remove();
            self.segments.remove(&number);
            return Ok(());
        }
        segment.length = good as u64;
        self.bytes += good as u64;
        segment.file.set_len(good as u64)
    }

    /// Takes over what was known when a file was begun; answers which of our topics its topics are.
    fn take_snapshot(&mut self, snapshot: Snapshot, recovered: &mut Recovered) -> Vec<Option<usize>> {
        // What is missing before the oldest file was dropped in good order.
        let is_oldest = self.topics.is_empty();
        if is_oldest {
            self.begin(snapshot.partitions);
        }
        self.cluster = snapshot.cluster;
        for committed in snapshot.committed {
            let key = (committed.group, committed.topic);
            self.committed.entry(key).or_default().extend(committed.next);
        }
        let mut found = Vec::with_capacity(snapshot.topics.len());
        for topic in snapshot.topics {
            let ours = self.topic_names().position(|name| name == topic.name);
            if let Some(ours) = ours {
                let counts = !is_oldest && !self.options.topics[ours].compacted;
                for (partition, next) in self.topics[ours].iter_mut().zip(topic.next) {
                    let missing = next - partition.index.next();
                    recovered.missing_records += if counts { missing.max(0) as u64 } else { 0 };
                    partition.index.advance(next);
                }
            }
            found.push(ours);
        }
        found
    }

    fn take_batch(&mut self, place: Place, segment: u32, at: usize, bytes: &[u8], recovered: &mut Recovered) {
        let Some(header) = Header::read(bytes) else {
            return;
        };
        let entry = Entry {
            base: header.base_offset,
            segment,
            at: at as u32,
            length: bytes.len() as u32,
            records: header.records,
        };
        let missing = header.base_offset - self.next(place);
        if missing < 0 {
            tracing::error!(
                segment,
                at,
                "a batch of the embedded log is not in order and is left out"
            );
            return;
        }
        recovered.records += u64::from(header.records);
        if self.is_compacted(place) {
            let singles = batch::singles(bytes).unwrap_or_default();
            if let Some(single) = singles.into_iter().next() {
                self.note(place, entry, Some(single.key));
            }
            return;
        }
        recovered.missing_records += missing as u64;
        self.note(place, entry, None);
    }

    /// An offset that somebody has seen is not given again, even when its record is gone.
    fn never_go_back(&mut self) {
        for topic in 0..self.topics.len() {
            let name = self.options.topics[topic].name.clone();
            let committed = self.committed.iter().filter(|((_, known), _)| *known == name);
            let next: Vec<_> = committed.flat_map(|(_, next)| next.clone()).collect();
            for (partition, next) in next {
                if let Some(partition) = self.topics[topic].get_mut(partition.max(0) as usize) {
                    partition.index.advance(next);
                }
            }
        }
    }
}

/// On a full disk the log is open all the same: what is in it can be read, and a file is begun when there is room.
fn if_full(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            tracing::error!(%error, "the embedded log cannot be written yet");
            Ok(())
        }
        _ => Err(error),
    }
}

/// The numbers of the files in a folder, in order.
fn numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(entry?.file_name().to_str().and_then(Segment::number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("lock");
    let disk = |error| OpenError::Disk(folder.to_owned(), error);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(disk)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse(folder.to_owned())),
        Err(error) => Err(disk(error.into())),
    }
}
