//! Response times that are held against what the log says is usual.

use domain::baseline::{Anomaly, Bound, Bounds};
use domain::fold::{AnomalyChange, MonitorState, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{Effect, MonitorId, OrgId, Quorum, Record, Rule, Timestamp, decide};
use proptest::prelude::*;
use serde_json::json;

const MINUTE: i64 = 60_000;

/// A full hour, 2026-11-21T18:00:00Z.
const START: i64 = 1_795_284_000_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(START + minute * MINUTE)
}

fn checked(minute: i64, up: bool, latency_ms: u32) -> CheckResult {
    CheckResult {
        monitor_id: MonitorId(1),
        org_id: Some(OrgId(1)),
        url: "http://a.example/".into(),
        kind: "http".into(),
        timestamp: at(minute),
        scheduled_at: at(minute),
        interval_ms: Some(60_000),
        region: "default".into(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: None,
        latency_ms: Some(latency_ms),
        attempts: 1,
        error: (!up).then(|| "HTTP status 500".to_owned()),
        error_code: None,
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    }
}

fn result(minute: i64, latency_ms: u32) -> Record {
    Record::Result(checked(minute, true, latency_ms))
}

fn lifecycle(event: LifecycleEvent, revision: u32, minute: i64, usual: Option<Bounds>) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(1),
        org_id: OrgId(1),
        url: String::new(),
        timestamp: at(minute),
        revision,
        event,
        incident_id: None,
        delivery_id: None,
        usual: usual.map(Box::new),
        probe_revision: None,
    })
}

/// From an hour on two of three are known: 100 ms are usual up to 200 ms.
fn bounds(hour: i64, notify: bool) -> Bounds {
    let known = Some(Bound {
        median_ms: 100,
        upper_ms: 200,
    });
    Bounds {
        from: at(hour * 60),
        notify,
        hours: vec![known, None, known],
    }
}

fn baseline(minute: i64, usual: Option<Bounds>) -> Record {
    lifecycle(LifecycleEvent::Baseline, 1, minute, usual)
}

fn fold(records: &[Record]) -> (MonitorState, Vec<Transition>) {
    let mut transitions = Vec::new();
    let state = records.iter().fold(MonitorState::default(), |state, record| {
        let decision = decide(state, record);
        transitions.extend(decision.transition);
        decision.state
    });
    (state, transitions)
}

/// A monitor of which it is known what is usual, and these response times, minute by minute.
fn records(notify: bool, latencies: &[u32]) -> Vec<Record> {
    let created = lifecycle(LifecycleEvent::Created, 1, -1, None);
    let results = (0..).zip(latencies).map(|(minute, ms)| result(minute, *ms));
    [created, baseline(-1, Some(bounds(0, notify)))]
        .into_iter()
        .chain(results)
        .collect()
}

fn changes(transitions: &[Transition]) -> Vec<AnomalyChange> {
    transitions
        .iter()
        .filter_map(|transition| transition.anomaly)
        .collect()
}

#[test]
fn six_of_ten_begin_it_and_it_changes_no_state() {
    let slow: Vec<u32> = [80].into_iter().chain([900; 6]).collect();
    let (state, transitions) = fold(&records(true, &slow));
    let anomaly = Anomaly {
        since: at(6),
        expected_ms: 100,
        observed_ms: 900,
    };
    assert_eq!((state.state, state.anomaly()), (State::Up, Some(anomaly)));
    assert!(state.incident.is_none());
    let begun = AnomalyChange::Begun {
        anomaly,
        notify: true,
    };
    assert_eq!(changes(&transitions), [begun]);
    let last = transitions.last().unwrap();
    assert_eq!((last.from, last.to, last.at), (State::Up, State::Up, at(6)));
    assert!(last.opened.is_none() && last.closed.is_none());

    let (again, _) = fold(&records(true, &[slow, vec![80; 8]].concat()));
    assert_eq!(again.anomaly(), None);
}

#[test]
fn failures_and_late_results_are_not_compared() {
    let mut log = records(false, &[80, 900, 900, 900, 900, 900]);
    log.push(Record::Result(checked(6, false, 5_000)));
    // A success among the first ones, read once more.
    log.push(result(3, 900));
    assert_eq!(fold(&log).0.anomaly(), None);
    log.push(result(7, 900));
    let (state, transitions) = fold(&log);
    assert!(state.anomaly().is_some());
    let notify = |change: &AnomalyChange| matches!(change, AnomalyChange::Begun { notify: true, .. });
    assert!(!changes(&transitions).iter().any(notify));
}

#[test]
fn an_hour_of_which_nothing_is_known_says_nothing() {
    let mut log = records(true, &[900; 6]);
    let before = fold(&log).0;
    // What is usual is known of one hour, not of the next one, and of the one after that.
    log.extend([result(60, 80), result(61, 80), result(119, 900)]);
    let (state, transitions) = fold(&log);
    assert_eq!(
        (state.anomaly(), changes(&transitions).len()),
        (before.anomaly(), 1)
    );
    assert_eq!(state.usual, before.usual);
    log.extend((120..128).map(|minute| result(minute, 80)));
    assert_eq!(changes(&fold(&log).1)[1..], [AnomalyChange::Ended]);
}

#[test]
fn a_result_of_the_hour_before_says_nothing() {
    let mut log = records(true, &[900; 6]);
    log.push(baseline(10, Some(bounds(1, true))));
    let before = fold(&log).0;
    log.push(result(59, 80));
    let (state, transitions) = fold(&log);
    assert_eq!((state.usual, changes(&transitions).len()), (before.usual, 1));
}

#[test]
fn it_expires_where_nothing_more_is_known() {
    let mut log = records(true, &[900; 6]);
    log.push(result(180, 900));
    let (state, transitions) = fold(&log);
    assert_eq!(state.anomaly(), None);
    assert_eq!(changes(&transitions)[1..], [AnomalyChange::Expired]);
    assert_eq!(state.usual.unwrap().slower, 0);
    // So does what was about to begin.
    let mut log = records(true, &[900; 5]);
    log.extend([
        result(180, 900),
        baseline(181, Some(bounds(3, true))),
        result(182, 900),
    ]);
    let (state, transitions) = fold(&log);
    assert_eq!((state.usual.unwrap().slower, changes(&transitions).len()), (1, 0));
}

#[test]
fn who_edits_pauses_or_asks_no_more_ends_it() {
    for (record, rest) in [
        (lifecycle(LifecycleEvent::Paused, 2, 10, None), State::Pending),
        (lifecycle(LifecycleEvent::Edited, 2, 10, None), State::Pending),
        (baseline(10, None), State::Up),
    ] {
        let mut log = records(true, &[900; 6]);
        log.push(record);
        let (state, transitions) = fold(&log);
        let left = state
            .usual
            .as_ref()
            .map(|usual| (usual.bounds.hours.len(), usual.slower));
        assert_eq!((left.unwrap_or_default(), state.state), ((0, 0), rest));
        assert_eq!(changes(&transitions)[1..], [AnomalyChange::Dropped]);
    }
}

#[test]
fn what_was_found_earlier_is_late_and_the_last_results_stay() {
    let mut log = records(true, &[900; 5]);
    log.push(baseline(60, Some(bounds(1, true))));
    let state = fold(&log).0;
    let usual = state.usual.clone().unwrap();
    assert_eq!((usual.bounds.from, usual.slower), (at(60), 0b1_1111));
    for minute in [59, 60] {
        let late = decide(state.clone(), &baseline(minute, Some(bounds(0, true))));
        assert_eq!((late.effect, &late.state), (Effect::Late, &state));
    }
    let old = lifecycle(LifecycleEvent::Baseline, 0, 61, Some(bounds(2, true)));
    let old = decide(state.clone(), &old);
    assert_eq!((old.effect, old.state), (Effect::OldRevision, state));
}

#[test]
fn what_is_usual_may_be_the_first_that_is_heard_of_a_monitor() {
    let known = records(true, &[900; 6]);
    // As of an alerter that has restarted, and of a processor, which has heard of the monitor before.
    let (state, transitions) = fold(&known[1..]);
    let (expected, expected_transitions) = fold(&known);
    assert_eq!((&state.usual, state.revision), (&expected.usual, 1));
    assert_eq!(changes(&transitions), changes(&expected_transitions));
    assert_eq!(changes(&transitions).len(), 1);
    // One of a later revision forgets it, as ever.
    let later = CheckResult {
        revision: Some(2),
        ..checked(7, true, 80)
    };
    assert_eq!(decide(state, &Record::Result(later)).state.usual, None);
}

#[test]
fn what_is_read_once_more_does_not_end_what_has_begun_since() {
    let mut log = records(true, &[80]);
    log.extend([baseline(1, None), baseline(2, Some(bounds(0, true)))]);
    log.extend((3..9).map(|minute| result(minute, 900)));
    let (state, transitions) = fold(&log);
    assert_eq!(changes(&transitions).len(), 1);
    let again = log[1..].iter().fold(state.clone(), |state, record| {
        let decision = decide(state, record);
        assert_eq!((decision.effect, decision.transition), (Effect::Late, None));
        decision.state
    });
    assert_eq!(again, state);
}

#[test]
fn results_of_several_regions_are_compared_together() {
    let quorum = std::sync::Arc::new(Quorum {
        regions: vec!["eu".to_owned(), "us".to_owned()],
        down: domain::Needed::Regions(2),
        min_regions: 2,
    });
    let of = |minute: i64, region: &str| {
        Record::Result(CheckResult {
            region: region.to_owned(),
            quorum: Some(std::sync::Arc::clone(&quorum)),
            ..checked(minute, true, 900)
        })
    };
    let mut log = records(true, &[]);
    for minute in 0..3 {
        log.extend([of(minute, "eu"), of(minute, "us")]);
    }
    let (_, transitions) = fold(&log);
    let begun = transitions
        .iter()
        .find(|transition| transition.anomaly.is_some())
        .unwrap();
    assert_eq!((begun.at, begun.region.as_deref()), (at(2), Some("us")));
}

#[test]
fn the_form_of_the_state_is_frozen() {
    let state = fold(&records(true, &[900; 7])).0;
    let form = json!({
        "bounds": {"from": "2026-11-21T18:00:00.000Z", "notify": true, "hours": [[100, 200], null, [100, 200]]},
        "found_at": "2026-11-21T17:59:00.000Z", "slower": 127,
        "anomaly": {"since": "2026-11-21T18:05:00.000Z", "expected_ms": 100, "observed_ms": 900},
    });
    let written = serde_json::to_value(&state).unwrap();
    assert_eq!(written["usual"], form);
    assert_eq!(serde_json::from_value::<MonitorState>(written).unwrap(), state);
}

proptest! {
    #[test]
    fn restarts_and_repeated_records_change_nothing(
        latencies in proptest::collection::vec(prop_oneof![Just(80u32), Just(900)], 0..40),
        restart in 0usize..40,
        back in 0usize..10,
    ) {
        let log = records(true, &latencies);
        let (whole, transitions) = fold(&log);
        let restart = restart.min(log.len());
        let (stored, before) = fold(&log[..restart]);
        let json = serde_json::to_string(&stored).unwrap();
        let mut state: MonitorState = serde_json::from_str(&json).unwrap();
        let mut after = Vec::new();
        // What was folded before is read once more.
        for record in &log[restart.saturating_sub(back).max(1)..] {
            let decision = decide(state, record);
            after.extend(decision.transition);
            state = decision.state;
        }
        if restart >= 2 {
            prop_assert_eq!(&state, &whole);
            prop_assert_eq!([before, after].concat(), transitions);
        }
        // A result that is as usual, after others that were, changes nothing at all.
        let next = checked(50, true, 80);
        if whole.is_as_usual(&next) {
            let usual = whole.usual.clone();
            prop_assert_eq!(decide(whole, &Record::Result(next)).state.usual, usual);
        }
    }
}
