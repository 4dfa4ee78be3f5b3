use alerting::backtest::{StoredResult, StoredRevision};
use domain::fold::CloseReason;
use domain::record::{Lifecycle, LifecycleEvent, PointState};
use domain::{MonitorId, OrgId, Rule};

use super::*;

const MINUTE: i64 = 60_000;
/// A slot.
const BEGAN: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn minute(number: i64) -> Timestamp {
    BEGAN.plus_millis(number * MINUTE)
}

fn of(rule: Rule) -> StoredMonitor {
    StoredMonitor {
        id: MonitorId(7),
        org: OrgId(1),
        kind: "http".to_owned(),
        revisions: vec![StoredRevision {
            revision: 3,
            began_at: None,
            rule,
            probe_revision: None,
            is_known: true,
        }],
        quorums: Vec::new(),
    }
}

/// A check of each minute, appended after a second.
fn records(of: &StoredMonitor, states: &[PointState]) -> Vec<(Timestamp, Record)> {
    let results = (0..).zip(states).map(|(number, &state)| StoredResult {
        scheduled_at: minute(number),
        revision: 3,
        interval_ms: 60_000,
        delay_ms: 100,
        append_delay_ms: Some(1_000),
        latency_ms: Some(80),
        state,
        region: "default".into(),
        by_quorum: false,
        error_code: None,
        error: None,
    });
    let appended = |result: StoredResult| (result.appended_at(), result.into_record(of));
    results.map(appended).collect()
}

const UP: PointState = PointState::Up;
const DOWN: PointState = PointState::Down;

fn down_after(down_after: u16) -> Rule {
    Rule {
        down_after,
        ..Rule::default()
    }
}

#[test]
fn only_what_was_appended_by_then_counts() {
    let of = of(down_after(3));
    let records = records(&of, &[UP, DOWN, DOWN, DOWN, UP]);
    let until = minute(10);
    for (at, failing, is_down) in [
        (minute(0), 0, false),
        (minute(1).plus_millis(999), 0, false),
        (minute(1).plus_millis(1_000), 1, false),
        (minute(2).plus_millis(1_000), 2, false),
        (minute(3).plus_millis(1_000), 3, true),
    ] {
        let folded = fold(&of, &records, at, until);
        assert_eq!((folded.failing, folded.is_down), (failing, is_down), "{at}");
        let incident = IncidentId::new(of.id, 3, minute(1));
        assert_eq!(folded.found_at(incident), Some(minute(3).plus_millis(1_000)));
    }
    let over = fold(&of, &records, minute(5), until);
    assert_eq!((over.failing, over.is_down), (0, false));
}

#[test]
fn where_so_many_of_the_last_results_count_those_are_counted() {
    let rule = Rule {
        down_of: Some(5),
        ..down_after(3)
    };
    let of = of(rule);
    let records = records(&of, &[DOWN, UP, DOWN, UP, UP]);
    let folded = fold(&of, &records, minute(5), minute(5));
    assert_eq!((folded.failing, folded.is_down), (2, false));
    let told = super::rule(&of, 3, &folded, false).unwrap();
    assert_eq!((told.down_after, told.down_of, told.failing), (3, Some(5), 2));
    assert!(told.is_known);
    // Of a revision that is not known the last rule is told, and that it is not its own.
    let told = super::rule(&of, 2, &folded, true).unwrap();
    assert_eq!((told.revision, told.is_known, told.is_down), (2, false, true));
}

#[test]
fn a_region_that_finds_it_down_has_confirmed_that() {
    let said = |absent: bool| {
        let slot = minute(3).to_string();
        let votes = serde_json::json!({
            "revision": 3,
            "quorum": {"regions": ["ap", "eu"], "down": 2, "min_regions": 2},
            "first_slot": minute(0).to_string(),
            "interval_ms": 60_000,
            "regions": {
                "ap": {"state": "up", "last_slot": slot},
                "eu": {"state": "down", "since": slot, "last_slot": slot, "absent": absent},
            },
        });
        serde_json::from_value(votes).unwrap()
    };
    let of = of(down_after(3));
    for (absent, failing) in [(false, 3), (true, 0)] {
        let said: Votes = said(absent);
        let folded = Folded {
            failing: votes::failing(&said),
            votes: Some(Box::new(said)),
            ..Folded::default()
        };
        let shown = super::rule(&of, 3, &folded, false).unwrap();
        assert_eq!((shown.failing, shown.is_down), (failing, false));
    }
}

#[test]
fn a_pause_is_known_and_ends_an_outage() {
    let of = of(down_after(1));
    let mut records = records(&of, &[UP, DOWN]);
    let paused = Lifecycle {
        monitor_id: of.id,
        org_id: of.org,
        url: String::new(),
        timestamp: minute(2),
        revision: 4,
        probe_revision: None,
        event: LifecycleEvent::Paused,
        incident_id: None,
        usual: None,
        delivery_id: None,
    };
    records.push((minute(2), Record::Lifecycle(paused)));
    let folded = fold(&of, &records, minute(3), minute(3));
    assert_eq!((folded.activity, folded.is_down), (Activity::Paused, false));
    let end = folded.incidents[0].resolution.unwrap();
    assert_eq!(end.reason, CloseReason::Paused);
}

#[test]
fn a_degradation_is_the_one_that_went_on_or_began_lately() {
    let rule = Rule {
        slow_ms: Some(50),
        ..Rule::default()
    };
    let of = of(rule);
    let mut records = records(&of, &[UP, PointState::Degraded, PointState::Degraded, UP]);
    // Others were faster.
    for (_, record) in &mut records {
        if let Record::Result(result) = record
            && [minute(0), minute(3)].contains(&result.scheduled_at)
        {
            result.latency_ms = Some(40);
        }
    }
    let folded = fold(&of, &records, minute(9), minute(9));
    let lately = |at, ms| folded.degradation_at(at, ms).map(|it| it.id);
    let id = IncidentId::of_degradation(of.id, 3, minute(1));
    assert_eq!(lately(minute(0), 10 * MINUTE), None);
    assert_eq!(lately(minute(2), 0), Some(id));
    assert_eq!(lately(minute(8), 10 * MINUTE), Some(id));
    assert_eq!(lately(minute(8), MINUTE), None);
}

#[test]
fn where_one_date_was_always_enough_none_is_missed_without_an_outage() {
    assert!(!may_be_short(&of(down_after(1))));
    let mut edited = of(down_after(2));
    assert!(may_be_short(&edited));
    edited.revisions.extend(of(down_after(1)).revisions);
    assert!(may_be_short(&edited), "by an earlier rule");
}
