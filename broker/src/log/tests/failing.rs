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
