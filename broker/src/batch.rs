//! Kafka's record batches (magic 2), as far as a broker looks into them: the header is read and placed, the records
//! are only looked at where a topic is compacted.

use std::ops::Range;

use crc32c::crc32c;

/// The length of a batch's header.
pub(crate) const HEADER: usize = 61;

const LENGTH: Range<usize> = 8..12;
const LEADER_EPOCH: Range<usize> = 12..16;
const MAGIC: usize = 16;
const CRC: Range<usize> = 17..21;
const ATTRIBUTES: Range<usize> = 21..23;
const LAST_OFFSET_DELTA: Range<usize> = 23..27;
const BASE_TIMESTAMP: Range<usize> = 27..35;
const MAX_TIMESTAMP: Range<usize> = 35..43;
const PRODUCER_ID: Range<usize> = 43..51;
const PRODUCER_EPOCH: Range<usize> = 51..53;
const BASE_SEQUENCE: Range<usize> = 53..57;
const COUNT: Range<usize> = 57..61;

/// The part that the checksum covers.
const CHECKED: usize = 21;

const COMPRESSION: i16 = 0b111;
const LOG_APPEND_TIME: i16 = 0b1000;
const TRANSACTIONAL_OR_CONTROL: i16 = 0b11_0000;

/// Why a batch is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    #[error("it is cut short or has bytes left over")]
    Length,
    #[error("its format is not that of Kafka 0.11 and later")]
    Magic,
    #[error("its checksum is wrong")]
    Checksum,
    #[error("it belongs to a transaction")]
    Transaction,
    #[error("it is compressed, and its topic is compacted")]
    Compressed,
    #[error("a record in it cannot be read, or has no key")]
    Record,
}

/// What a broker wants to know of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) base_offset: i64,
    pub(crate) records: u32,
    pub(crate) max_timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
}

impl Header {
    /// Reads the header of a batch that was checked before.
    pub(crate) fn read(batch: &[u8]) -> Option<Self> {
        Some(Self {
            base_offset: i64::from_be_bytes(batch.first_chunk().copied()?),
            records: u32::from_be_bytes(field(batch, COUNT)?),
            max_timestamp: i64::from_be_bytes(field(batch, MAX_TIMESTAMP)?),
            producer_id: i64::from_be_bytes(field(batch, PRODUCER_ID)?),
            producer_epoch: i16::from_be_bytes(field(batch, PRODUCER_EPOCH)?),
            base_sequence: i32::from_be_bytes(field(batch, BASE_SEQUENCE)?),
        })
    }

    /// Reads and checks a whole batch.
    pub(crate) fn check(batch: &[u8]) -> Result<Self, Invalid> {
        let header = Self::read(batch).ok_or(Invalid::Length)?;
        if batch[MAGIC] != 2 {
            return Err(Invalid::Magic);
        }
        if number(batch, LENGTH) as usize != batch.len() - LENGTH.end {
            return Err(Invalid::Length);
        }
        if number(batch, CRC) != crc32c(&batch[CHECKED..]) {
            return Err(Invalid::Checksum);
        }
        if header.records == 0 || number(batch, LAST_OFFSET_DELTA) != header.records - 1 {
            return Err(Invalid::Record);
        }
        if attributes(batch) & TRANSACTIONAL_OR_CONTROL != 0 {
            return Err(Invalid::Transaction);
        }
        Ok(header)
    }
}

/// Gives a batch its place, and its time where the topic's time is that of the broker.
pub(crate) fn place(batch: &mut [u8], base_offset: i64, append_time: Option<i64>) {
    batch[..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[LEADER_EPOCH].fill(0);
    if let Some(millis) = append_time {
        let attributes = attributes(batch) | LOG_APPEND_TIME;
        batch[ATTRIBUTES].copy_from_slice(&attributes.to_be_bytes());
        batch[MAX_TIMESTAMP].copy_from_slice(&millis.to_be_bytes());
        seal(batch);
    }
}

/// A record of a compacted topic, as a batch of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Single {
    pub(crate) key: Vec<u8>,
    pub(crate) is_tombstone: bool,
    pub(crate) batch: Vec<u8>,
}

/// Takes a checked batch apart.
pub(crate) fn singles(batch: &[u8]) -> Result<Vec<Single>, Invalid> {
    if attributes(batch) & COMPRESSION != 0 {
        return Err(Invalid::Compressed);
    }
    let header = Header::read(batch).ok_or(Invalid::Length)?;
    let base_timestamp = i64::from_be_bytes(field(batch, BASE_TIMESTAMP).ok_or(Invalid::Length)?);
    let mut rest = &batch[HEADER..];
    let mut found = Vec::with_capacity((header.records as usize).min(rest.len()));
    for index in 0..header.records {
        let record = slice(&mut rest).ok_or(Invalid::Record)?.ok_or(Invalid::Record)?;
        let (timestamp_delta, body) = skip_deltas(record).ok_or(Invalid::Record)?;
        let mut fields = body;
        let key = slice(&mut fields)
            .ok_or(Invalid::Record)?
            .ok_or(Invalid::Record)?;
        let value = slice(&mut fields).ok_or(Invalid::Record)?;
        let timestamp = base_timestamp.wrapping_add(timestamp_delta);
        found.push(Single {
            key: key.to_vec(),
            is_tombstone: value.is_none(),
            batch: single(batch, &header, index, timestamp, body),
        });
    }
    if rest.is_empty() {
        Ok(found)
    } else {
        Err(Invalid::Record)
    }
}

fn single(of: &[u8], header: &Header, index: u32, timestamp: i64, body: &[u8]) -> Vec<u8> {
    let mut batch = of[..HEADER].to_vec();
    // Attributes, and deltas of nothing: the batch has its timestamp and its offset.
    put_varint(&mut batch, body.len() as i64 + 3);
    batch.extend([0, 0, 0]);
    batch.extend(body);
    let length = (batch.len() - LENGTH.end) as u32;
    batch[LENGTH].copy_from_slice(&length.to_be_bytes());
    batch[LAST_OFFSET_DELTA].fill(0);
    batch[BASE_TIMESTAMP].copy_from_slice(&timestamp.to_be_bytes());
    batch[MAX_TIMESTAMP].copy_from_slice(&timestamp.to_be_bytes());
    let sequence = header.base_sequence.wrapping_add(index as i32);
    batch[BASE_SEQUENCE].copy_from_slice(&sequence.to_be_bytes());
    batch[COUNT].copy_from_slice(&1u32.to_be_bytes());
    seal(&mut batch);
    batch
}

fn seal(batch: &mut [u8]) {
    let crc = crc32c(&batch[CHECKED..]);
    batch[CRC].copy_from_slice(&crc.to_be_bytes());
}

/// Over a record's attributes and deltas; answers the delta of its time, and what follows.
fn skip_deltas(record: &[u8]) -> Option<(i64, &[u8])> {
    let mut rest = record.get(1..)?;
    let timestamp_delta = varint(&mut rest)?;
    varint(&mut rest)?;
    Some((timestamp_delta, rest))
}

/// Bytes with their length before them; the length of null is −1.
fn slice<'a>(from: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let length = varint(from)?;
    if length == -1 {
        return Some(None);
    }
    let (taken, rest) = from.split_at_checked(usize::try_from(length).ok()?)?;
    *from = rest;
    Some(Some(taken))
}

fn varint(from: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

fn put_varint(into: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)) as u64;
    while left >= 0x80 {
        into.push(left as u8 | 0x80);
        left >>= 7;
    }
    into.push(left as u8);
}

fn attributes(batch: &[u8]) -> i16 {
    field(batch, ATTRIBUTES).map_or(0, i16::from_be_bytes)
}

fn number(batch: &[u8], range: Range<usize>) -> u32 {
    field(batch, range).map_or(0, u32::from_be_bytes)
}

fn field<const N: usize>(batch: &[u8], range: Range<usize>) -> Option<[u8; N]> {
    batch.get(range)?.try_into().ok()
}

/// A batch that clients step over: the mark of a transaction's end. There are no transactions for it to end.
pub(crate) fn marker() -> Vec<u8> {
    /// Version 0, the end of what is committed.
    const KEY: [u8; 4] = [0, 0, 0, 1];
    /// Version 0, the epoch 0 of a coordinator.
    const VALUE: [u8; 6] = [0; 6];
    // Attributes and the deltas of time and offset, then key, value and no headers.
    let mut record = vec![0; 3];
    put_varint(&mut record, KEY.len() as i64);
    record.extend(KEY);
    put_varint(&mut record, VALUE.len() as i64);
    record.extend(VALUE);
    record.push(0);
    let mut batch = vec![0; HEADER];
    put_varint(&mut batch, record.len() as i64);
    batch.extend(record);
    let length = (batch.len() - LENGTH.end) as u32;
    batch[LENGTH].copy_from_slice(&length.to_be_bytes());
    batch[MAGIC] = 2;
    batch[ATTRIBUTES].copy_from_slice(&TRANSACTIONAL_OR_CONTROL.to_be_bytes());
    batch[PRODUCER_ID].fill(0xff);
    batch[PRODUCER_EPOCH].fill(0xff);
    batch[BASE_SEQUENCE].fill(0xff);
    batch[COUNT].copy_from_slice(&1u32.to_be_bytes());
    seal(&mut batch);
    batch
}

/// A batch as a producer sends it, of keys and values.
#[cfg(test)]
pub(crate) fn sample(records: &[(&str, Option<&str>)]) -> Vec<u8> {
    let mut batch = vec![0; HEADER];
    for (index, (key, value)) in records.iter().enumerate() {
        let mut record = vec![0];
        put_varint(&mut record, 0);
        put_varint(&mut record, index as i64);
        put_varint(&mut record, key.len() as i64);
        record.extend(key.as_bytes());
        put_varint(&mut record, value.map_or(-1, |value| value.len() as i64));
        record.extend(value.unwrap_or_default().as_bytes());
        put_varint(&mut record, 0);
        put_varint(&mut batch, record.len() as i64);
        batch.extend(record);
    }
    let length = (batch.len() - LENGTH.end) as u32;
    batch[LENGTH].copy_from_slice(&length.to_be_bytes());
    batch[MAGIC] = 2;
    batch[LAST_OFFSET_DELTA].copy_from_slice(&(records.len() as u32 - 1).to_be_bytes());
    batch[PRODUCER_ID].fill(0xff);
    batch[PRODUCER_EPOCH].fill(0xff);
    batch[BASE_SEQUENCE].fill(0xff);
    batch[COUNT].copy_from_slice(&(records.len() as u32).to_be_bytes());
    seal(&mut batch);
    batch
}

/// A batch of an idempotent producer.
#[cfg(test)]
pub(crate) fn sample_of(producer: i64, sequence: i32, mut batch: Vec<u8>) -> Vec<u8> {
    batch[PRODUCER_ID].copy_from_slice(&producer.to_be_bytes());
    batch[PRODUCER_EPOCH].fill(0);
    batch[BASE_SEQUENCE].copy_from_slice(&sequence.to_be_bytes());
    seal(&mut batch);
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_placed_without_being_unpacked() {
        let mut batch = sample(&[("1", Some("a")), ("2", Some("b"))]);
        place(&mut batch, 41, Some(1_700_000_000_000));
        let header = Header::check(&batch).unwrap();
        assert_eq!((header.base_offset, header.records), (41, 2));
        assert_eq!(header.max_timestamp, 1_700_000_000_000);
    }

    #[test]
    fn a_batch_of_a_compacted_topic_is_taken_apart() {
        let batch = sample(&[
            ("1", Some("a")),
            ("2", None),
            ("1", Some("long ".repeat(99).as_str())),
        ]);
        let found = singles(&batch).unwrap();
        let keys: Vec<_> = found
            .iter()
            .map(|single| (single.key.as_slice(), single.is_tombstone))
            .collect();
        assert_eq!(keys, [(&b"1"[..], false), (&b"2"[..], true), (&b"1"[..], false)]);
        for single in &found {
            assert_eq!(Header::check(&single.batch).unwrap().records, 1);
            assert_eq!(singles(&single.batch).unwrap(), std::slice::from_ref(single));
        }
    }

    #[test]
    fn what_is_spoilt_is_not_taken() {
        let batch = sample(&[("1", Some("a"))]);
        for at in LENGTH.start..batch.len() {
            let mut spoilt = batch.clone();
            spoilt[at] ^= 0x20;
            // The leader's epoch is not the producer's to say.
            assert_eq!(
                Header::check(&spoilt).is_err(),
                !LEADER_EPOCH.contains(&at),
                "at {at}"
            );
            assert!(Header::check(&batch[..at]).is_err());
        }
    }
}
