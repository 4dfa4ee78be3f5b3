//! A disk that refuses writes or does not keep them.

use super::*;
use crate::segment::faults;

fn of(producer: i64, sequence: i32, batch: Vec<u8>) -> Vec<u8> {
    batch::sample_of(producer, sequence, batch)
}

/// What the broker does when somebody waits.
fn synchronise(log: &mut Log) -> std::io::Result<()> {
    let pending = log.pending();
    let result = pending.sync();
    log.settle(&pending, result)
}

fn unsynced<T>(act: impl FnOnce() -> T) -> T {
    faults::UNSYNCED.set(true);
    let done = act();
    faults::UNSYNCED.set(false);
    done
}

#[test]
fn what_could_not_be_synchronised_is_stored_again_and_in_order() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let down = |sequence| of(7, sequence, state("m/7", Some(&sequence.to_string())));
    log.append(STATES, &down(0), 0).unwrap();
    synchronise(&mut log).unwrap();
    log.append(STATES, &down(1), 0).unwrap();
    log.append(RESULTS, &of(7, 0, result(0)), 0).unwrap();
    unsynced(|| synchronise(&mut log)).unwrap_err();
    // The first on its way has failed, and the second would vouch for it.
    let second = log.append(STATES, &down(2), 0);
    assert!(matches!(second, Err(AppendError::OutOfOrder)));
    assert_eq!(log.append(STATES, &down(0), 0).unwrap(), 0);
    assert_eq!(log.append(STATES, &down(1), 0).unwrap(), 2);
    assert_eq!(log.append(STATES, &down(2), 0).unwrap(), 3);
    // This one was acknowledged when it came: its producer goes on.
    log.append(RESULTS, &of(7, 1, result(1)), 0).unwrap();
}

/// Fills the log until files go, while the disk keeps nothing.
fn fill_in_vain(log: &mut Log) {
    let error = unsynced(|| (0..5_000).find_map(|number| log.append(RESULTS, &result(number), 0).err()));
    assert!(matches!(error, Some(AppendError::Disk(_))));
}

#[test]
fn a_file_stays_until_what_was_carried_over_is_on_the_disk() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.append(STATES, &state("m/7", Some("down")), 0).unwrap();
    let first = Segment::path(folder.path(), 1);
    fill_in_vain(&mut log);
    unsynced(|| log.append(RESULTS, &result(0), 0)).unwrap_err();
    assert!(first.exists(), "it holds the only copy that is on the disk");
    let written_in_vain = log.segments[&log.active].path.clone();
    log.append(RESULTS, &result(0), 0).unwrap();
    assert!(!first.exists());
    // The copies of which nobody knows are not what is relied on.
    let copy = batches(&log, STATES, 0);
    let entry = *log.index(STATES).from(0).next().unwrap();
    assert_eq!((copy.len(), states(&log).len()), (1, 1));
    assert!(!log.suspects.contains(&entry.segment));
    assert!(Segment::path(folder.path(), entry.segment) >= written_in_vain);
    assert_eq!(log.bytes(), on_disk(folder.path()));
}

#[test]
fn what_was_in_a_full_file_is_synchronised_by_the_next_that_wait() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    let before = log.active;
    while log.active < before + 3 {
        log.append(RESULTS, &result(0), 0).unwrap();
    }
    let unsynced_files = log.unsynced.len();
    unsynced(|| synchronise(&mut log)).unwrap_err();
    assert!(log.unsynced.len() > unsynced_files);
    synchronise(&mut log).unwrap();
    assert!(log.unsynced.is_empty());
    assert_eq!(log.synced(), log.written());
}

#[test]
fn nothing_more_is_written_to_a_file_that_could_not_be_synchronised() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    log.append(RESULTS, &result(0), 0).unwrap();
    let spoilt = log.active;
    faults::FULL.set(true);
    unsynced(|| synchronise(&mut log)).unwrap_err();
    let length = log.segments[&spoilt].length;
    let refused = log.append(RESULTS, &result(1), 0);
    assert!(matches!(refused, Err(AppendError::Disk(_))));
    faults::FULL.set(false);
    log.append(RESULTS, &result(1), 0).unwrap();
    assert_eq!((log.segments[&spoilt].length, log.active), (length, spoilt + 1));
}

#[test]
fn a_log_on_a_full_disk_is_open_and_written_when_there_is_room() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for number in 0..50 {
        log.append(RESULTS, &result(number), 0).unwrap();
    }
    let before = batches(&log, RESULTS, 0);
    drop(log);
    faults::FULL.set(true);
    let (mut log, _) = open(folder.path());
    let of_before = log.active;
    assert_eq!(batches(&log, RESULTS, 0), before);
    let refused = log.append(RESULTS, &result(50), 0);
    assert!(matches!(refused, Err(AppendError::Disk(_))));
    faults::FULL.set(false);
    assert_eq!(log.append(RESULTS, &result(50), 0).unwrap(), 50);
    assert_eq!(log.active, of_before + 1);
}

#[test]
fn what_nobody_needs_makes_room_before_a_file_is_begun() {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for number in 0..300 {
        log.append(RESULTS, &result(number), 0).unwrap();
    }
    // As from a process that died before it dropped what all have read.
    for group in ["processor", "alerter"] {
        let done = BTreeMap::from([(1, 300)]);
        log.committed
            .insert((group.to_owned(), "results".to_owned()), done);
    }
    log.roll().unwrap();
    let before = log.bytes();
    drop(log);
    faults::FULL.set(true);
    let (log, _) = open(folder.path());
    faults::FULL.set(false);
    assert!(log.bytes() < before, "{} bytes of {before}", log.bytes());
}
