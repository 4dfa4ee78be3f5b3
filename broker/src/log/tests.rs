#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failing;
mod spoilt;

use std::collections::BTreeMap;
use std::path::Path;

use bytes::BytesMut;
use tempfile::TempDir;

use super::open::Recovered;
use super::{AppendError, Log, OpenError, Place};
use crate::batch::{self, Header, sample};
use crate::segment::Segment;
use crate::{Options, Topic};

const RESULTS: Place = Place {
    topic: 0,
    partition: 1,
};
const STATES: Place = Place {
    topic: 1,
    partition: 0,
};

/// Two topics of two partitions, in small files.
fn options(folder: &Path) -> Options {
    let topic = |name: &str, compacted: bool, readers: &[&str]| Topic {
        name: name.to_owned(),
        compacted,
        append_time: !compacted,
        readers: readers.iter().map(|&group| group.to_owned()).collect(),
    };
    let topics = vec![
        topic("results", false, &["processor", "alerter"]),
        topic("states", true, &[]),
    ];
    Options {
        keep_bytes: 8 << 10,
        segment_bytes: 2 << 10,
        max_bytes: 64 << 10,
        ..Options::new(folder.to_owned(), topics, 2, 0)
    }
}

fn open(folder: &Path) -> (Log, Recovered) {
    Log::open(options(folder)).unwrap()
}

fn result(number: usize) -> Vec<u8> {
    sample(&[("7", Some(format!("result {number}").as_str()))])
}

fn state(key: &str, value: Option<&str>) -> Vec<u8> {
    sample(&[(key, value)])
}

/// The batches from an offset on, each with its offset.
fn batches(log: &Log, place: Place, from: i64) -> Vec<(i64, Vec<u8>)> {
    let mut bytes = BytesMut::new();
    log.read(place, from, usize::MAX, &mut bytes).unwrap();
    let mut found = Vec::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let length = 12 + u32::from_be_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (batch, after) = rest.split_at(length);
        found.push((Header::read(batch).unwrap().base_offset, batch.to_vec()));
        rest = after;
    }
    found
}

fn offsets(log: &Log, from: i64) -> Vec<i64> {
    batches(log, RESULTS, from)
        .into_iter()
        .map(|(offset, _)| offset)
        .collect()
}

/// The keys of the compacted topic, with what a reader from its start finds of each at last.
fn states(log: &Log) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for (_, batch) in batches(log, STATES, 0) {
        for single in batch::singles(&batch).unwrap() {
            let key = String::from_utf8(single.key).unwrap();
            if single.is_tombstone {
                found.remove(&key);
            } else {
                found.insert(key, single.batch[batch::HEADER..].to_vec());
            }
        }
    }
    found
}

fn commit(log: &mut Log, group: &str, next: i64) {
    log.commit(group, "results", BTreeMap::from([(1, next)])).unwrap();
}

fn on_disk(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files
        .filter(|entry| Segment::number(entry.file_name().to_str().unwrap()).is_some())
        .map(|entry| entry.metadata().unwrap().len())
        .sum()
}

#[test]
fn everything_is_there_after_a_start() {
    let folder = TempDir::new().unwrap();
    let (mut log, recovered) = open(folder.path());
    assert_eq!(recovered, Recovered::default());
    let cluster = log.cluster().to_owned();
    for number in 0..100 {
        assert_eq!(
            log.append(RESULTS, &result(number), 5_000).unwrap(),
            number as i64
        );
    }
    log.append(STATES, &state("m/7", Some("down")), 0).unwrap();
    commit(&mut log, "alerter", 60);
    let (records, known) = (batches(&log, RESULTS, 0), states(&log));
    drop(log);

    let (mut log, recovered) = open(folder.path());
    assert_eq!(
        recovered,
        Recovered {
            records: 101,
            ..Recovered::default()
        }
    );
    assert_eq!(log.cluster(), cluster);
    assert_eq!(batches(&log, RESULTS, 0), records);
    assert_eq!(states(&log), known);
    assert_eq!(log.committed("alerter", "results", 1), Some(60));
    assert_eq!(log.committed("alerter", "results", 0), None);
    assert_eq!(
        log.append(RESULTS, &result(100), 0).unwrap(),
        100,
        "offsets go on where they were"
    );
}

#[test]
fn what_all_readers_have_behind_them_is_dropped_and_states_stay() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.append(STATES, &state("gone", Some("down")), 0).unwrap();
    log.append(STATES, &state("quiet", Some("down")), 0).unwrap();
    log.append(STATES, &state("gone", None), 0).unwrap();
    for number in 0..5_000i64 {
        log.append(RESULTS, &result(number as usize), 0).unwrap();
        log.append(STATES, &state("busy", Some(format!("{number}").as_str())), 0)
            .unwrap();
        commit(&mut log, "alerter", number);
        commit(&mut log, "processor", number - number % 50);
        assert!(log.start(RESULTS) <= number - number % 50);
    }
    assert!(log.bytes() < 24 << 10, "{} bytes are kept", log.bytes());
    assert_eq!(log.bytes(), on_disk(folder.path()));
    let before = states(&log);
    assert_eq!(before.keys().collect::<Vec<_>>(), ["busy", "quiet"]);
    drop(log);
    let (log, recovered) = open(folder.path());
    assert_eq!((recovered.unreadable_bytes, recovered.missing_records), (0, 0));
    assert_eq!(states(&log), before);
    assert_eq!(log.next(RESULTS), 5_000);
}

#[test]
fn below_the_bound_nothing_is_dropped_that_one_reader_has_not_read() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let mut number = 0;
    while log.bytes() < 60 << 10 {
        log.append(RESULTS, &result(number), 0).unwrap();
        number += 1;
        commit(&mut log, "alerter", number as i64);
    }
    assert_eq!(offsets(&log, 0), (0..number as i64).collect::<Vec<_>>());
}

#[test]
fn at_the_bound_the_oldest_results_go_and_no_state_does() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for key in 0..20 {
        let (key, value) = (format!("m/{key}"), "down ".repeat(10));
        log.append(STATES, &state(&key, Some(&value)), 0).unwrap();
    }
    let before = states(&log);
    for number in 0..5_000 {
        assert_eq!(log.append(RESULTS, &result(number), 0).unwrap(), number as i64);
        assert!(log.bytes() <= 64 << 10, "{} bytes", log.bytes());
    }
    let kept = offsets(&log, log.start(RESULTS));
    assert!(kept.len() > 200 && *kept.last().unwrap() == 4_999);
    assert_eq!(states(&log), before);
    drop(log);
    let (log, _) = open(folder.path());
    assert_eq!(states(&log), before);
}

#[test]
fn every_state_of_many_is_carried_over() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for key in 0..150 {
        log.append(STATES, &state(&format!("m/{key}"), Some("down")), 0)
            .unwrap();
    }
    let before = states(&log);
    for number in 0..5_000 {
        log.append(RESULTS, &result(number), 0).unwrap();
    }
    assert_eq!(before.len(), 150);
    assert_eq!(states(&log), before);
}

#[test]
fn a_state_that_rots_on_the_disk_costs_itself() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for key in ["a", "b", "c"] {
        log.append(STATES, &state(key, Some("down")), 0).unwrap();
    }
    let path = Segment::path(folder.path(), 1);
    let mut content = std::fs::read(&path).unwrap();
    let at = content.windows(4).rposition(|window| window == b"down").unwrap();
    content[at] ^= 1;
    std::fs::write(&path, content).unwrap();
    for number in 0..2_000 {
        log.append(RESULTS, &result(number), 0).unwrap();
    }
    assert_eq!(states(&log).len(), 2);
    assert!(log.bytes() <= 64 << 10);
}

#[test]
fn states_that_do_not_fit_are_refused_and_none_is_dropped() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let value = "down ".repeat(100);
    let mut known = 0;
    let refused = loop {
        match log.append(STATES, &state(&format!("m/{known}"), Some(&value)), 0) {
            Ok(_) => known += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, AppendError::Full), "{refused}");
    assert!(known > 40, "{known} states fit");
    assert_eq!(states(&log).len(), known);
    assert!(log.bytes() <= 64 << 10);
    // Results have the other half, and what happens to those that are known.
    for key in 0..known {
        log.append(STATES, &state(&format!("m/{key}"), Some(&value)), 0)
            .unwrap();
    }
    for number in 0..500 {
        log.append(RESULTS, &result(number), 0).unwrap();
        assert!(log.bytes() <= 64 << 10);
    }
    assert!(offsets(&log, log.start(RESULTS)).len() > 10);
    assert_eq!(states(&log).len(), known);
    // One that goes makes room.
    for key in 0..20 {
        log.append(STATES, &state(&format!("m/{key}"), None), 0)
            .expect("a removal is taken");
    }
}

#[test]
fn one_process_uses_a_log() {
    let folder = TempDir::new().unwrap();
    let (log, _) = open(folder.path());
    let second = Log::open(options(folder.path()));
    assert!(matches!(second, Err(OpenError::InUse(_))));
    drop(log);
    open(folder.path());
}

#[test]
fn a_folder_that_cannot_be_one_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Log::open(options(&file.join("log"))).unwrap_err().to_string();
    assert!(error.contains("file/log"), "{error}");
}

#[test]
fn partitions_stay_what_they_were() {
    let folder = TempDir::new().unwrap();
    open(folder.path());
    let more = Options {
        partitions: 9,
        ..options(folder.path())
    };
    assert_eq!(Log::open(more).unwrap().0.partitions(), 2);
}

#[test]
fn starts_alone_do_not_fill_the_folder() {
    let folder = TempDir::new().unwrap();
    for _ in 0..300 {
        open(folder.path());
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().count() <= 260);
}

/// What the first version wrote. Files of later formats get a folder of their own; this one does not change.
#[test]
fn a_log_of_the_first_version_is_read() {
    let folder = TempDir::new().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1/0000000001.log");
    std::fs::copy(fixture, folder.path().join("0000000001.log")).unwrap();
    let (log, recovered) = open(folder.path());
    let records = 6;
    assert_eq!(
        recovered,
        Recovered {
            records,
            ..Recovered::default()
        }
    );
    assert_eq!(log.cluster(), "0123456789abcdef0123456789abcdef");
    let expected: Vec<_> = (0..3)
        .map(|number| {
            let mut batch = result(number);
            batch::place(&mut batch, number as i64, Some(1_700_000_000_000));
            (number as i64, batch)
        })
        .collect();
    assert_eq!(batches(&log, RESULTS, 0), expected);
    assert_eq!(states(&log).keys().collect::<Vec<_>>(), ["m/7"]);
    assert_eq!(log.committed("alerter", "results", 1), Some(2));
    assert_eq!(log.next(RESULTS), 3);
}
