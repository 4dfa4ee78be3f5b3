//! The format of the files: a head of its own, then frames with a checksum each.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use crc32c::crc32c;
use serde::{Deserialize, Serialize};

/// What a file begins with.
const MAGIC: [u8; 6] = *b"UPMLOG";

/// The version of the format. A file of a newer one is not touched.
const VERSION: u16 = 1;

/// The length of what a file begins with: magic, version, checksum.
pub(crate) const START: usize = 12;

/// The length of what stands before each frame: its length and its checksum.
const PREFIX: usize = 8;

/// The length of what stands before a batch in its frame: prefix, kind, topic, partition.
pub(crate) const BATCH_PREFIX: usize = PREFIX + 5;

/// Longer is no frame.
const MAX_FRAME: usize = 32 << 20;

const SNAPSHOT: u8 = 1;
const BATCH: u8 = 2;
const OFFSETS: u8 = 3;

/// The first frame of each file: what was known when it was begun, so that older files can go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) cluster: String,
    pub(crate) partitions: i32,
    pub(crate) topics: Vec<TopicSnapshot>,
    pub(crate) committed: Vec<Committed>,
}

/// A topic; batches name it by its place in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TopicSnapshot {
    pub(crate) name: String,
    /// The next offset of each partition.
    pub(crate) next: Vec<i64>,
}

/// What a group has committed: the next offset by partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Committed {
    pub(crate) group: String,
    pub(crate) topic: String,
    pub(crate) next: BTreeMap<i32, i64>,
}

/// A frame as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Snapshot(Snapshot),
    Batch {
        topic: u16,
        partition: u16,
        batch: &'a [u8],
    },
    Offsets(Committed),
    /// Of a later version that has only added to the format.
    Unknown,
}

/// What the beginning of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    Ours,
    Newer(u16),
    Unreadable,
}

/// What a file begins with.
pub(crate) fn start() -> [u8; START] {
    start_of(VERSION)
}

fn start_of(version: u16) -> [u8; START] {
    let mut start = [0; START];
    start[..6].copy_from_slice(&MAGIC);
    start[6..8].copy_from_slice(&version.to_le_bytes());
    let crc = crc32c(&start[..8]);
    start[8..].copy_from_slice(&crc.to_le_bytes());
    start
}

/// Reads what a file begins with.
pub(crate) fn beginning(file: &[u8]) -> Beginning {
    let Some(start) = file.first_chunk::<START>() else {
        return Beginning::Unreadable;
    };
    let version = u16::from_le_bytes([start[6], start[7]]);
    if *start != start_of(version) {
        Beginning::Unreadable
    } else if version > VERSION {
        Beginning::Newer(version)
    } else {
        Beginning::Ours
    }
}

/// The frame of a snapshot.
pub(crate) fn snapshot(snapshot: &Snapshot) -> io::Result<Vec<u8>> {
    json(SNAPSHOT, snapshot)
}

/// The frame of a commit.
pub(crate) fn offsets(committed: &Committed) -> io::Result<Vec<u8>> {
    json(OFFSETS, committed)
}

fn json(kind: u8, value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; PREFIX];
    frame.push(kind);
    serde_json::to_writer(&mut frame, value)?;
    if frame.len() > PREFIX + MAX_FRAME {
        // Nobody could read it, nor what is behind it.
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    seal(&mut frame);
    Ok(frame)
}

/// Puts the frame of a batch into `frame`; `place` gives the batch its place.
pub(crate) fn put_batch(
    frame: &mut Vec<u8>,
    topic: u16,
    partition: u16,
    batch: &[u8],
    place: impl FnOnce(&mut [u8]),
) {
    frame.clear();
    frame.extend([0; PREFIX]);
    frame.push(BATCH);
    frame.extend(topic.to_le_bytes());
    frame.extend(partition.to_le_bytes());
    frame.extend(batch);
    place(&mut frame[BATCH_PREFIX..]);
    seal(frame);
}

fn seal(frame: &mut [u8]) {
    let length = (frame.len() - PREFIX) as u32;
    let crc = crc32c(&frame[PREFIX..]);
    frame[..4].copy_from_slice(&length.to_le_bytes());
    frame[4..PREFIX].copy_from_slice(&crc.to_le_bytes());
}

/// The frame at `at` and where it ends; none where nothing readable is.
pub(crate) fn read(file: &[u8], at: usize) -> Option<(Frame<'_>, Range<usize>)> {
    let rest = file.get(at..)?;
    let length = u32::from_le_bytes(*rest.first_chunk()?) as usize;
    let crc = u32::from_le_bytes(rest.get(4..PREFIX)?.try_into().ok()?);
    if length == 0 || length > MAX_FRAME {
        return None;
    }
    let body = rest.get(PREFIX..PREFIX + length)?;
    if crc32c(body) != crc {
        return None;
    }
    let (kind, content) = body.split_first()?;
    let frame = match *kind {
        SNAPSHOT => Frame::Snapshot(serde_json::from_slice(content).ok()?),
        OFFSETS => Frame::Offsets(serde_json::from_slice(content).ok()?),
        BATCH => Frame::Batch {
            topic: u16::from_le_bytes(*content.first_chunk()?),
            partition: u16::from_le_bytes(content.get(2..4)?.try_into().ok()?),
            batch: content.get(4..)?,
        },
        _ => Frame::Unknown,
    };
    Some((frame, at..at + PREFIX + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells_a_newer_file_from_a_spoilt_one() {
        assert_eq!(beginning(&start()), Beginning::Ours);
        assert_eq!(beginning(&start_of(2)), Beginning::Newer(2));
        for at in 0..START {
            let mut spoilt = start();
            spoilt[at] ^= 1;
            assert_eq!(beginning(&spoilt), Beginning::Unreadable, "at {at}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_written() {
        let of = |length| Snapshot {
            cluster: "x".repeat(length),
            ..Snapshot::default()
        };
        let frame = snapshot(&of(MAX_FRAME - 100)).unwrap();
        assert!(read(&frame, 0).is_some());
        snapshot(&of(MAX_FRAME)).unwrap_err();
    }

    #[test]
    fn frames_of_a_later_version_are_stepped_over() {
        let mut file = vec![0; PREFIX];
        file.push(200);
        seal(&mut file);
        let end = file.len();
        assert_eq!(read(&file, 0), Some((Frame::Unknown, 0..end)));
    }
}
