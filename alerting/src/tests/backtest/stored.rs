//! Stored results and the records that they were.

use domain::record::PointState;

use super::*;
use crate::backtest::{StoredLog, StoredMonitor, StoredRecord, StoredResult, StoredRevision};

fn rule(down_after: u16) -> Rule {
    Rule {
        down_after,
        ..Rule::default()
    }
}

fn monitor() -> StoredMonitor {
    let revision = |revision, began_at, down_after, probe_revision| StoredRevision {
        revision,
        began_at,
        rule: rule(down_after),
        probe_revision,
        is_known: true,
    };
    StoredMonitor {
        id: ID,
        org: OWNER,
        kind: "tcp".into(),
        revisions: vec![
            revision(2, None, 2, Some(2)),
            revision(4, Some(at(100)), 4, Some(2)),
        ],
        quorums: Vec::new(),
    }
}

fn stored(revision: u32, slot: i64) -> StoredResult {
    StoredResult {
        scheduled_at: at(slot),
        revision,
        interval_ms: 60_000,
        delay_ms: 250,
        append_delay_ms: Some(900),
        latency_ms: Some(70),
        state: PointState::Down,
        region: "default".into(),
        by_quorum: false,
        error_code: Some(ErrorCode::ReadTimeout),
        error: Some("it took too long".into()),
    }
}

fn record(stored: StoredResult) -> CheckResult {
    let Record::Result(result) = stored.into_record(&monitor()) else {
        panic!("it is a result")
    };
    result
}

#[test]
fn a_record_is_what_it_was_on_the_log() {
    let result = record(stored(4, 60));
    assert_eq!((result.monitor_id, result.org_id), (ID, Some(OWNER)));
    assert_eq!((result.kind.as_str(), result.url.as_str()), ("tcp", ""));
    assert_eq!(result.scheduled_at, at(60));
    assert_eq!(result.timestamp, at(60).plus_millis(250));
    assert_eq!(result.interval_ms, Some(60_000));
    assert_eq!((result.up, result.latency_ms), (false, Some(70)));
    assert_eq!(result.error_code, Some(ErrorCode::ReadTimeout));
    assert_eq!(result.error.as_deref(), Some("it took too long"));
    assert_eq!(result.region, "default");
    assert_eq!((result.revision, result.rule), (Some(4), rule(4)));
    assert_eq!(result.revised_at, Some(at(100)), "it was of a slot before");
    assert_eq!(result.probe_revision, Some(2));
    let later = record(stored(4, 120));
    assert_eq!((later.revised_at, later.probe_revision), (None, Some(2)));
    let first = record(stored(2, 60));
    assert_eq!((first.revised_at, first.probe_revision), (None, None));
    for (state, up) in [(PointState::Up, true), (PointState::Degraded, true)] {
        assert_eq!(
            record(StoredResult {
                state,
                ..stored(2, 60)
            })
            .up,
            up
        );
    }
}

#[test]
fn what_is_not_known_of_its_revision_is_that_of_the_one_before() {
    let result = record(stored(3, 60));
    assert_eq!((result.revision, result.rule), (Some(3), rule(2)));
    assert_eq!((result.revised_at, result.probe_revision), (None, None));
    let result = record(stored(7, 60));
    assert_eq!((result.rule, result.revised_at), (rule(4), None));
    assert_eq!(record(stored(1, 60)).rule, Rule::default());
}

#[test]
fn what_the_producer_did_not_tell_is_not_made_up() {
    let result = record(StoredResult {
        interval_ms: 0,
        ..stored(0, 60)
    });
    assert_eq!((result.revision, result.interval_ms), (None, None));
    assert_eq!((result.rule, result.revised_at), (Rule::default(), None));
}

#[test]
fn when_a_result_was_appended_is_stored_or_follows_from_its_check() {
    let known = stored(2, 60);
    assert_eq!(known.appended_at(), at(60).plus_millis(900));
    let unknown = StoredResult {
        append_delay_ms: None,
        ..known
    };
    assert_eq!(unknown.appended_at(), at(60).plus_millis(320));
}

#[test]
fn a_log_is_in_the_order_in_which_it_was_appended_and_small() {
    assert!(size_of::<(Timestamp, StoredRecord)>() <= 96);
    let change = edited(61, 3, LifecycleEvent::Edited);
    let result = |slot| {
        let result = stored(2, slot);
        (result.appended_at(), StoredRecord::Result(result))
    };
    let other = (
        at(60).plus_millis(900),
        StoredRecord::Other(Box::new(change.clone())),
    );
    let log = StoredLog::new(monitor(), vec![result(120), other, result(60), result(0)]);
    let first = at(60).plus_millis(900);
    let appended: Vec<_> = log.records().map(|(at, _)| at).collect();
    assert_eq!(
        appended,
        [at(0).plus_millis(900), first, first, at(120).plus_millis(900)]
    );
    let later: Vec<_> = log.records_from(first).map(|(_, record)| record).collect();
    assert_eq!(
        later,
        [
            change,
            stored(2, 60).into_record(&monitor()),
            stored(2, 120).into_record(&monitor())
        ]
    );
    let slots = |from| {
        log.results_from(from)
            .map(|it| it.scheduled_at)
            .collect::<Vec<_>>()
    };
    assert_eq!(slots(first.plus_millis(1)), [at(120)]);
    assert_eq!((log.results().count(), slots(at(999))), (3, Vec::new()));
    assert_eq!(log.monitor(), &monitor());
}
