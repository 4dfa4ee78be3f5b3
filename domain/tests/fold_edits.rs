//! What an edit does to an open incident: one that changes nothing of what failed leaves it alone.

use domain::fold::{Activity, CloseReason, MonitorState, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::{MonitorId, OrgId, Record, Rule, Timestamp, decide};

const SECOND: i64 = 1_000;

/// A result of a revision that checks the same since `probe_revision`.
fn result(slot_s: i64, up: bool, revision: u32, probe_revision: Option<u32>) -> Record {
    let slot = Timestamp::from_millis(slot_s * SECOND);
    Record::Result(CheckResult {
        monitor_id: MonitorId(1),
        org_id: Some(OrgId(1)),
        url: "http://a.example/".into(),
        kind: "http".into(),
        timestamp: slot,
        scheduled_at: slot,
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(revision),
        revised_at: None,
        probe_revision,
        rule: Rule::default(),
        up,
        status_code: None,
        latency_ms: Some(50),
        attempts: 1,
        error: None,
        error_code: None,
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    })
}

fn lifecycle(event: LifecycleEvent, revision: u32, probe_revision: Option<u32>) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(1),
        org_id: OrgId(1),
        url: "http://a.example/".into(),
        timestamp: Timestamp::from_millis(25 * SECOND),
        revision,
        probe_revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
    })
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

#[test]
fn an_edit_of_the_interval_leaves_the_outage_open_whichever_record_comes_first() {
    let edited = || lifecycle(LifecycleEvent::Edited, 2, Some(1));
    let failing = || result(20, false, 2, Some(1));
    let before = [result(10, true, 1, None), result(20, false, 1, None)];
    for after in [[edited(), failing()], [failing(), edited()]] {
        let (state, transitions) = fold(&[before.as_slice(), after.as_slice()].concat());
        assert_eq!((state.state, state.revision), (State::Down, 2));
        assert_eq!(transitions.len(), 2, "up, and down once");
        let opened = transitions[1].opened.as_ref().unwrap();
        assert_eq!(state.incident.as_ref().unwrap().id, opened.id);

        let recovered = result(30, true, 2, Some(1));
        let (state, transitions) = fold(&[before.as_slice(), after.as_slice(), &[recovered]].concat());
        let closed = transitions[2].closed.as_ref().unwrap();
        assert_eq!((closed.id, closed.reason), (opened.id, CloseReason::Recovered));
        assert_eq!((state.state, state.incident), (State::Up, None));
    }
}

#[test]
fn an_edit_of_what_failed_ends_the_outage() {
    let before = [result(20, false, 1, None)];
    for after in [
        lifecycle(LifecycleEvent::Edited, 2, None),
        lifecycle(LifecycleEvent::Edited, 3, Some(2)),
        result(30, false, 2, None),
        // What was checked has changed in revision 2, of which nothing was heard.
        result(30, false, 3, Some(2)),
    ] {
        let (_, transitions) = fold(&[before.as_slice(), &[after]].concat());
        let closed = transitions[1].closed.as_ref().unwrap();
        assert_eq!(closed.reason, CloseReason::Edited);
    }
}

#[test]
fn an_edit_of_the_rule_leaves_a_verdict_alone() {
    let (state, transitions) = fold(&[
        result(10, true, 1, None),
        lifecycle(LifecycleEvent::Edited, 2, Some(1)),
        result(20, true, 2, Some(1)),
    ]);
    assert_eq!((state.state, state.since), (State::Up, transitions[0].at.into()));
    assert_eq!(transitions.len(), 1);
}

#[test]
fn an_edit_of_a_paused_monitor_does_not_start_it() {
    let (state, _) = fold(&[
        result(10, true, 1, None),
        lifecycle(LifecycleEvent::Paused, 2, None),
        lifecycle(LifecycleEvent::Edited, 3, Some(2)),
    ]);
    assert_eq!((state.state, state.activity), (State::Pending, Activity::Paused));
}
