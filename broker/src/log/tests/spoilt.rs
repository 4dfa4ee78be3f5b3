//! Files that are torn or spoilt at any byte: what is readable is kept, the rest is counted, and the log goes on.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// A log of several files, and what was in it.
struct Written {
    folder: TempDir,
    results: Vec<(i64, Vec<u8>)>,
    files: Vec<PathBuf>,
}

/// Where the last records are in a file in the middle.
const QUIET: [Place; 2] = [
    Place {
        topic: 0,
        partition: 0,
    },
    Place {
        topic: 1,
        partition: 1,
    },
];

fn written() -> Written {
    let folder = TempDir::new().unwrap();
    let (mut log, _) = open(folder.path());
    for number in 0..60 {
        log.append(RESULTS, &result(number), 0).unwrap();
        if [0, 25].contains(&number) {
            for place in QUIET {
                log.append(place, &state(&number.to_string(), Some("quiet")), 0)
                    .unwrap();
            }
        }
        if number % 5 == 0 {
            let value = number.to_string();
            log.append(STATES, &state("m/7", Some(&value)), 0).unwrap();
        }
    }
    commit(&mut log, "alerter", 60);
    let results = batches(&log, RESULTS, 0);
    drop(log);
    let mut files: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort();
    assert!(files.len() >= 4);
    Written {
        folder,
        results,
        files,
    }
}

/// Opens what is left, and holds it to what was there.
fn goes_on(written: &Written, file: usize, content: &[u8], intact: usize) -> Result<(), TestCaseError> {
    fs::write(&written.files[file], content).unwrap();
    let (mut log, recovered) = open(written.folder.path());
    for place in log.places() {
        let left = batches(&log, place, log.start(place));
        // A batch of a compacted topic holds one record, and each of these results does.
        let end = left.last().map_or(log.next(place), |(offset, _)| offset + 1);
        prop_assert_eq!(end, log.next(place), "a reader reaches the end of {:?}", place);
    }
    let left = |place: Place| {
        let mut left = batches(&log, place, log.start(place));
        left.retain(|(_, batch)| batch[batch::HEADER..] != batch::marker()[batch::HEADER..]);
        left
    };
    let lost_of_quiet = 2 - left(QUIET[0]).len();
    let left = left(RESULTS);
    prop_assert!(
        left.iter().all(|batch| written.results.contains(batch)),
        "nothing is read that was not written"
    );
    // Every file but the spoilt one is whole.
    let kept: Vec<_> = left.iter().map(|(offset, _)| *offset).collect();
    let lost = written.results.len() - kept.len();
    prop_assert!(lost <= intact, "{} records lost, {} in the file", lost, intact);
    if log.start(RESULTS) == 0 && log.start(QUIET[0]) == 0 && file + 1 < written.files.len() {
        prop_assert_eq!(recovered.missing_records, (lost + lost_of_quiet) as u64);
    }
    let next = log.append(RESULTS, &result(60), 0).unwrap();
    prop_assert!(next >= log.committed("alerter", "results", 1).unwrap_or(0));
    prop_assert!(
        kept.last().is_none_or(|last| *last < next),
        "no offset is given twice"
    );
    drop(log);
    let (log, again) = open(written.folder.path());
    prop_assert_eq!(again.unreadable_bytes, 0, "it is told once");
    prop_assert_eq!(log.next(RESULTS), next + 1);
    Ok(())
}

/// How many results a file holds.
fn results_in(content: &[u8]) -> usize {
    content.windows(7).filter(|window| *window == b"result ").count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_file_that_is_cut_short_keeps_what_is_before(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        let written = written();
        let file = file.index(written.files.len());
        let content = fs::read(&written.files[file]).unwrap();
        let at = at.index(content.len() + 1);
        goes_on(&written, file, &content[..at], results_in(&content))?;
    }

    #[test]
    fn a_flipped_bit_costs_no_more_than_its_file(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let written = written();
        let file = file.index(written.files.len());
        let mut content = fs::read(&written.files[file]).unwrap();
        let at = at.index(content.len());
        content[at] ^= 1 << bit;
        goes_on(&written, file, &content, results_in(&content) + 1)?;
    }

    #[test]
    fn rubbish_at_the_end_is_left_out(rubbish in prop::collection::vec(any::<u8>(), 1..200)) {
        let written = written();
        let file = written.files.len() - 1;
        let mut content = fs::read(&written.files[file]).unwrap();
        content.extend(rubbish);
        goes_on(&written, file, &content, 0)?;
    }
}
