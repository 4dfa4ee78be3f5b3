//! Rules by which so many of the last results open an incident, or by which failures have to last.

mod reference;

use domain::fold::{CloseReason, MonitorState, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, SkipReason, Skipped, Timings};
use domain::{Decision, Effect, IncidentId, MonitorId, OrgId, Record, Rule, Timestamp, decide};

const SECOND: i64 = 1_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * SECOND)
}

fn of_the_last(down_after: u16, down_of: u16) -> Rule {
    Rule {
        down_after,
        down_of: Some(down_of),
        ..Rule::default()
    }
}

fn result(slot_s: i64, up: bool, revision: u32, rule: Rule) -> CheckResult {
    CheckResult {
        monitor_id: MonitorId(1),
        org_id: Some(OrgId(1)),
        url: "http://a.example/".into(),
        kind: "http".into(),
        timestamp: at(slot_s),
        scheduled_at: at(slot_s),
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(revision),
        revised_at: None,
        probe_revision: None,
        rule,
        up,
        status_code: None,
        latency_ms: Some(50),
        attempts: 1,
        error: (!up).then(|| format!("failed at {slot_s}")),
        error_code: None,
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    }
}

fn skipped(slot_s: i64) -> Record {
    Record::Skipped(Skipped {
        monitor_id: MonitorId(1),
        org_id: None,
        url: String::new(),
        timestamp: at(slot_s),
        from: at(slot_s),
        until: at(slot_s),
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(1),
        reason: SkipReason::Overload,
        judged: None,
    })
}

fn lifecycle(event: LifecycleEvent, revision: u32, probe_revision: Option<u32>, at_s: i64) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(1),
        org_id: OrgId(1),
        url: "http://a.example/".into(),
        timestamp: at(at_s),
        revision,
        probe_revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
    })
}

/// Results of slots ten seconds apart, the first one at `from`: `-` fails, `+` does not, and `_` was skipped.
fn slots(from: i64, revision: u32, rule: Rule, outcomes: &str) -> Vec<Record> {
    let record = |(index, outcome): (i64, char)| {
        let slot = from + 10 * index;
        match outcome {
            '_' => skipped(slot),
            _ => Record::Result(result(slot, outcome == '+', revision, rule)),
        }
    };
    (0..).zip(outcomes.chars()).map(record).collect()
}

#[derive(Clone, Default)]
struct Monitor {
    state: MonitorState,
    transitions: Vec<Transition>,
    /// How many failing slots have opened each incident.
    failed_slots: Vec<u16>,
}

impl Monitor {
    fn after(records: &[Record]) -> Self {
        let mut monitor = Self::default();
        monitor.fold(records);
        monitor
    }

    fn fold(&mut self, records: &[Record]) {
        for record in records {
            self.take(record);
        }
    }

    fn take(&mut self, record: &Record) -> Effect {
        let Decision {
            state,
            transition,
            effect,
            failed_slots,
            ..
        } = decide(std::mem::take(&mut self.state), record);
        self.state = state;
        let has_opened = transition.as_ref().is_some_and(|change| change.opened.is_some());
        assert_eq!(failed_slots > 0, has_opened);
        self.failed_slots
            .extend(Some(failed_slots).filter(|_| has_opened));
        self.transitions.extend(transition);
        effect
    }

    /// The slots that name the incidents that were opened, in the revision `revision`.
    fn opened(&self, revision: u32) -> Vec<i64> {
        let opened = self
            .transitions
            .iter()
            .filter_map(|change| change.opened.as_ref());
        opened
            .map(|incident| {
                let slot = incident.started_at.as_millis() / SECOND;
                assert_eq!(incident.id, IncidentId::new(MonitorId(1), revision, at(slot)));
                slot
            })
            .collect()
    }
}

#[test]
fn an_incident_begins_at_the_first_failure_that_counts_though_successes_follow_it() {
    let rule = of_the_last(3, 5);
    let mut monitor = Monitor::after(&slots(10, 1, rule, "+-+-"));
    assert_eq!(
        (monitor.state.state, monitor.state.since),
        (State::Up, Some(at(10)))
    );
    monitor.fold(&slots(50, 1, rule, "+-"));
    assert_eq!(
        (monitor.opened(1), monitor.failed_slots.clone()),
        (vec![20], vec![3])
    );
    assert_eq!(
        (monitor.state.state, monitor.state.since),
        (State::Down, Some(at(20)))
    );
    let incident = monitor.state.incident.as_ref().unwrap();
    assert_eq!(incident.error.as_deref(), Some("failed at 60"));
    assert_eq!(monitor.state.window, None);
    // It ends as any other.
    monitor.fold(&slots(70, 1, rule, "--+"));
    let closed = monitor.transitions.last().unwrap().closed.as_ref().unwrap();
    assert_eq!(
        (closed.resolved_at, closed.reason),
        (at(90), CloseReason::Recovered)
    );
}

#[test]
fn failures_that_are_not_among_the_last_results_do_not_count() {
    let rule = of_the_last(3, 5);
    let mut monitor = Monitor::after(&slots(10, 1, rule, "--+++-+-+"));
    assert!(monitor.opened(1).is_empty());
    monitor.fold(&slots(100, 1, rule, "-"));
    assert_eq!(
        (monitor.opened(1), monitor.failed_slots.clone()),
        (vec![60], vec![3])
    );
}

#[test]
fn what_was_skipped_is_none_of_the_last_results() {
    let rule = of_the_last(3, 5);
    let monitor = Monitor::after(&slots(10, 1, rule, "-_____-_____+-"));
    assert_eq!(monitor.opened(1), [10]);
}

#[test]
fn there_is_a_window_only_while_a_failure_is_among_the_last_results() {
    let rule = of_the_last(3, 5);
    let mut monitor = Monitor::after(&slots(10, 1, rule, "+++"));
    assert_eq!(monitor.state.window, None);
    monitor.fold(&slots(40, 1, rule, "-++++"));
    let window = monitor.state.window.clone().unwrap();
    assert_eq!((window.outcomes, window.failed.len()), (0b10000, 1));
    monitor.fold(&slots(90, 1, rule, "+"));
    assert_eq!(monitor.state.window, None);
    // Nor is there one by any other rule.
    let other = Rule {
        down_after: 3,
        ..Rule::default()
    };
    monitor.fold(&slots(100, 1, other, "--"));
    let stored = serde_json::to_value(&monitor.state).unwrap();
    assert_eq!(stored.get("window"), None);
}

#[test]
fn after_an_incident_the_last_results_begin_anew() {
    let rule = of_the_last(2, 5);
    let mut monitor = Monitor::after(&slots(10, 1, rule, "--+-"));
    // Three of the last five have failed, one of them since.
    assert_eq!((monitor.opened(1), monitor.state.state), (vec![10], State::Up));
    monitor.fold(&slots(50, 1, rule, "+-"));
    assert_eq!(monitor.opened(1), [10, 40]);
}

#[test]
fn an_edit_through_which_the_same_is_checked_leaves_the_last_results_and_a_pause_does_not() {
    let rule = of_the_last(3, 5);
    let before = slots(10, 1, rule, "+--");
    let failing = |revision, probe_revision| {
        let mut result = result(40, false, revision, rule);
        result.probe_revision = probe_revision;
        Record::Result(result)
    };
    let mut edited = Monitor::after(&before);
    edited.fold(&[
        lifecycle(LifecycleEvent::Edited, 2, Some(1), 35),
        failing(2, Some(1)),
    ]);
    assert_eq!(edited.opened(2), [20]);
    for ends in [
        vec![failing(2, None)],
        vec![lifecycle(LifecycleEvent::Edited, 2, None, 35), failing(2, None)],
        vec![
            lifecycle(LifecycleEvent::Paused, 2, None, 35),
            lifecycle(LifecycleEvent::Resumed, 3, None, 36),
            failing(3, None),
        ],
    ] {
        let mut monitor = Monitor::after(&before);
        monitor.fold(&ends);
        assert!(monitor.opened(1).is_empty());
        assert_eq!(monitor.state.window.as_ref().unwrap().failed.len(), 1);
    }
}

#[test]
fn by_a_smaller_number_the_oldest_results_are_left_out() {
    let mut monitor = Monitor::after(&slots(10, 1, of_the_last(3, 6), "--+++"));
    monitor.fold(&slots(60, 1, of_the_last(3, 4), "+"));
    assert_eq!(monitor.state.window, None);
    monitor.fold(&slots(70, 1, of_the_last(3, 6), "-"));
    assert!(monitor.opened(1).is_empty());
    // What is left counts by the smaller one.
    let mut monitor = Monitor::after(&slots(10, 1, of_the_last(4, 6), "-+--"));
    monitor.fold(&slots(50, 1, of_the_last(3, 4), "-"));
    assert_eq!(monitor.opened(1), [30]);
}

#[test]
fn failures_in_a_row_have_to_last() {
    let rule = Rule {
        down_after: 2,
        down_for_seconds: 30,
        ..Rule::default()
    };
    let mut monitor = Monitor::after(&slots(10, 1, rule, "+---"));
    assert_eq!((monitor.opened(1), monitor.state.state), (vec![], State::Up));
    let mut over = monitor.clone();
    over.fold(&slots(50, 1, rule, "+-"));
    assert!(over.opened(1).is_empty());
    monitor.fold(&slots(50, 1, rule, "-"));
    assert_eq!(
        (monitor.opened(1), monitor.failed_slots.clone()),
        (vec![20], vec![4])
    );
}

#[test]
fn an_outage_that_has_to_last_longer_than_the_last_results_are_is_found() {
    let rule = Rule {
        down_for_seconds: 60,
        ..of_the_last(2, 3)
    };
    // All fail, and two of three.
    let monitor = Monitor::after(&slots(10, 1, rule, "-------"));
    assert_eq!(
        (monitor.opened(1), monitor.failed_slots.clone()),
        (vec![10], vec![7])
    );
    let monitor = Monitor::after(&slots(10, 1, rule, "-+-+-+-"));
    assert_eq!(
        (monitor.opened(1), monitor.failed_slots.clone()),
        (vec![10], vec![4])
    );
    // What ends meanwhile begins anew.
    let mut monitor = Monitor::after(&slots(10, 1, rule, "--++-----"));
    assert!(monitor.opened(1).is_empty());
    monitor.fold(&slots(100, 1, rule, "--"));
    assert_eq!(monitor.opened(1), [50]);
}
