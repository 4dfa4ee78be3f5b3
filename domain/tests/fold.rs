//! The fold: duplicates, late records and any restart point change nothing.

use domain::fold::{Activity, CloseReason, MonitorState, State, Transition};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, SkipReason, Skipped, Timings};
use domain::{Effect, MonitorId, OrgId, Record, Rule, Timestamp, decide};
use proptest::prelude::*;

const SECOND: i64 = 1_000;

fn result(slot_s: i64, up: bool, revision: u32, rule: Rule) -> Record {
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
    })
}

fn up(slot: i64) -> Record {
    result(slot, true, 1, Rule::default())
}

fn down(slot: i64) -> Record {
    result(slot, false, 1, Rule::default())
}

fn lifecycle(event: LifecycleEvent, revision: u32, at_s: i64) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MonitorId(1),
        org_id: OrgId(1),
        url: "http://a.example/".into(),
        timestamp: Timestamp::from_millis(at_s * SECOND),
        revision,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
        probe_revision: None,
    })
}

fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> (MonitorState, Vec<Transition>) {
    let mut transitions = Vec::new();
    let state = records
        .into_iter()
        .fold(MonitorState::default(), |state, record| {
            let decision = decide(state, record);
            transitions.extend(decision.transition);
            decision.state
        });
    (state, transitions)
}

#[test]
fn an_outage_opens_one_incident_and_its_recovery_closes_it() {
    let (state, transitions) = fold(&[up(10), down(20), down(30), up(40), up(50)]);
    assert_eq!(state.state, State::Up);
    assert_eq!(transitions.len(), 3);
    let opened = transitions[1].opened.as_ref().unwrap();
    let closed = transitions[2].closed.as_ref().unwrap();
    assert_eq!(opened.id, closed.id);
    assert_eq!(opened.error.as_deref(), Some("failed at 20"));
    assert_eq!(
        (closed.reason, closed.duration_ms()),
        (CloseReason::Recovered, 20 * SECOND)
    );
}

#[test]
fn streaks_decide_and_the_incident_begins_with_their_first_slot() {
    let rule = Rule {
        down_after: 3,
        up_after: 2,
        ..Rule::default()
    };
    let at = |slot, up| result(slot, up, 1, rule);
    let (state, transitions) = fold(&[
        at(10, true),
        at(20, false),
        at(30, false),
        at(40, true),
        at(50, false),
    ]);
    assert_eq!((state.state, transitions.len()), (State::Up, 1));
    let outage = [
        at(60, false),
        at(70, false),
        at(80, true),
        at(90, false),
        at(100, true),
        at(110, true),
    ];
    let all: Vec<_> = [at(10, true), at(50, false)].into_iter().chain(outage).collect();
    let (state, transitions) = fold(&all);
    let incident = transitions[1].opened.as_ref().unwrap();
    assert_eq!(incident.started_at, Timestamp::from_millis(50 * SECOND));
    let closed = transitions[2].closed.as_ref().unwrap();
    assert_eq!(closed.resolved_at, Timestamp::from_millis(100 * SECOND));
    assert_eq!(state.since, Some(Timestamp::from_millis(100 * SECOND)));
}

#[test]
fn slow_answers_degrade_without_an_incident() {
    let rule = Rule {
        slow_ms: Some(49),
        ..Rule::default()
    };
    let (state, transitions) = fold(&[up(10), result(20, true, 1, rule), up(30)]);
    assert_eq!(state.state, State::Up);
    let states: Vec<_> = transitions.iter().map(|t| t.to).collect();
    assert_eq!(states, [State::Up, State::Degraded, State::Up]);
    assert!(
        transitions
            .iter()
            .all(|t| t.opened.is_none() && t.closed.is_none())
    );
}

#[test]
fn editing_pausing_and_deleting_close_the_incident_quietly() {
    for (event, reason) in [
        (LifecycleEvent::Edited, CloseReason::Edited),
        (LifecycleEvent::Paused, CloseReason::Paused),
        (LifecycleEvent::Deleted, CloseReason::Deleted),
    ] {
        let (state, transitions) = fold(&[up(10), down(20), lifecycle(event, 2, 25), down(30)]);
        let closed = transitions.last().unwrap().closed.as_ref().unwrap();
        assert_eq!(closed.reason, reason);
        assert_eq!((state.state, state.incident), (State::Pending, None));
        assert_eq!(
            transitions.len(),
            3,
            "the result of the old revision changes nothing"
        );
    }
}

#[test]
fn an_edit_of_a_paused_monitor_leaves_it_paused() {
    let paused = lifecycle(LifecycleEvent::Paused, 2, 20);
    let edited = lifecycle(LifecycleEvent::Edited, 3, 30);
    let (state, _) = fold(&[up(10), paused.clone(), edited.clone()]);
    assert_eq!((state.activity, state.revision), (Activity::Paused, 3));
    let resumed = lifecycle(LifecycleEvent::Resumed, 4, 40);
    let (state, _) = fold(&[up(10), paused, edited, resumed]);
    assert_eq!(state.activity, Activity::Active);
}

#[test]
fn the_first_check_after_an_edit_counts_under_a_slot_that_failed_before() {
    let edited = lifecycle(LifecycleEvent::Edited, 2, 22);
    let recheck = result(20, false, 2, Rule::default());
    let (state, transitions) = fold(&[up(10), down(20), edited, recheck.clone(), recheck]);
    let ids: Vec<_> = transitions
        .iter()
        .filter_map(|t| t.opened.as_ref())
        .map(|i| i.id)
        .collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(state.incident.unwrap().id, ids[1]);
}

/// A failing check of a daily monitor, `after_slot_s` behind its slot at 0.
fn first_of_the_day(after_slot_s: i64, revised_s: Option<i64>) -> Record {
    let mut record = down(0);
    if let Record::Result(result) = &mut record {
        result.interval_ms = Some(86_400_000);
        result.timestamp = Timestamp::from_millis(after_slot_s * SECOND);
        result.revised_at = revised_s.map(|at| Timestamp::from_millis(at * SECOND));
    }
    record
}

#[test]
fn nothing_begins_before_the_monitor_its_revision_or_its_resumption() {
    const HOUR: i64 = 3_600;
    for (after_slot, revised, begins) in [
        // Ten hours after the slot: too late to speak for it, whoever sent the record.
        (10 * HOUR, Some(10 * HOUR - 2), 10 * HOUR),
        (10 * HOUR, None, 10 * HOUR),
        // Within a tenth of the interval it would speak for its slot, but there was no monitor yet.
        (2 * HOUR, Some(2 * HOUR - 2), 2 * HOUR - 2),
        (2 * HOUR, None, 0),
        // The clock of whoever made the revision is ahead: not after the next slot all the same.
        (2 * HOUR, Some(90 * HOUR), 24 * HOUR),
    ] {
        let (state, transitions) = fold(&[first_of_the_day(after_slot, revised)]);
        let begins = Timestamp::from_millis(begins * SECOND);
        let opened = transitions[0].opened.as_ref().unwrap();
        assert_eq!((opened.started_at, state.since), (begins, Some(begins)));
        let named_by_its_slot = domain::IncidentId::new(MonitorId(1), 1, Timestamp::from_millis(0));
        assert_eq!(opened.id, named_by_its_slot);
    }

    let created = lifecycle(LifecycleEvent::Created, 1, 100);
    let paused = lifecycle(LifecycleEvent::Paused, 2, 200);
    let resumed = lifecycle(LifecycleEvent::Resumed, 3, 300);
    let (state, _) = fold(&[created.clone(), paused.clone()]);
    assert_eq!(state.since, Some(Timestamp::from_millis(200 * SECOND)));
    let (state, _) = fold(&[created, paused, resumed]);
    assert_eq!(state.since, Some(Timestamp::from_millis(300 * SECOND)));
}

#[test]
fn an_incident_that_is_confirmed_later_keeps_its_name_and_its_beginning_over_a_restart() {
    let rule = Rule {
        down_after: 2,
        ..Rule::default()
    };
    let mut first = result(20, false, 1, rule);
    if let Record::Result(first) = &mut first {
        first.timestamp = Timestamp::from_millis(27 * SECOND);
    }
    let stored = serde_json::to_string(&decide(MonitorState::default(), &first).state).unwrap();
    let restored: MonitorState = serde_json::from_str(&stored).unwrap();
    let decision = decide(restored, &result(30, false, 1, rule));
    let opened = decision.transition.unwrap().opened.unwrap();
    assert_eq!(opened.started_at, Timestamp::from_millis(27 * SECOND));
    let slot = Timestamp::from_millis(20 * SECOND);
    assert_eq!(opened.id, domain::IncidentId::new(MonitorId(1), 1, slot));
}

#[test]
fn a_result_may_tell_of_an_edit_before_the_edit_is_told() {
    let (_, transitions) = fold(&[
        down(20),
        result(30, false, 2, Rule::default()),
        lifecycle(LifecycleEvent::Edited, 2, 25),
        result(40, true, 2, Rule::default()),
    ]);
    assert_eq!(transitions.len(), 3);
    assert!(transitions[1].closed.is_some() && transitions[1].opened.is_some());
}

#[test]
fn skipped_slots_leave_streaks_alone() {
    let rule = Rule {
        down_after: 2,
        ..Rule::default()
    };
    let skip = Record::Skipped(Skipped {
        monitor_id: MonitorId(1),
        org_id: None,
        url: String::new(),
        timestamp: Timestamp::from_millis(30 * SECOND),
        from: Timestamp::from_millis(30 * SECOND),
        until: Timestamp::from_millis(30 * SECOND),
        interval_ms: Some(10_000),
        region: "default".into(),
        revision: Some(1),
        reason: SkipReason::Overload,
        judged: None,
    });
    let (_, with) = fold(&[
        result(20, false, 1, rule),
        skip.clone(),
        result(40, false, 1, rule),
    ]);
    let (_, without) = fold(&[result(20, false, 1, rule), result(40, false, 1, rule)]);
    assert_eq!(with, without);
    assert_eq!(decide(MonitorState::default(), &skip).effect, Effect::NoVerdict);
}

#[test]
fn a_record_of_only_the_public_contract_counts_for_the_current_revision() {
    let mut public = down(30);
    if let Record::Result(result) = &mut public {
        result.revision = None;
    }
    let (state, _) = fold(&[result(20, true, 5, Rule::default()), public.clone()]);
    assert_eq!((state.state, state.revision), (State::Down, 5));
    let (state, _) = fold(&[lifecycle(LifecycleEvent::Paused, 6, 25), public]);
    assert_eq!(state.state, State::Pending, "a paused monitor has no verdict");
}

/// A rule of any form.
pub(crate) fn rules() -> impl Strategy<Value = Rule> {
    let down_of = prop_oneof![2 => Just(None), 3 => (0..7u16).prop_map(Some)];
    let down_for = prop_oneof![3 => Just(0), 1 => 1..60u32];
    let slow_ms = prop::option::of(30..70u32);
    (1..4u16, 1..3u16, slow_ms, down_of, down_for).prop_map(
        |(down_after, up_after, slow_ms, down_of, down_for_seconds)| Rule {
            down_after,
            up_after,
            slow_ms,
            down_of,
            down_for_seconds,
        },
    )
}

/// A history as a partition holds it: slots of one revision grow, revisions grow.
fn history() -> impl Strategy<Value = Vec<Record>> {
    let step = (0..12u8, any::<bool>(), prop::option::weighted(0.2, rules()));
    (rules(), prop::collection::vec(step, 1..60)).prop_map(|(mut rule, steps)| {
        let mut revision = 1;
        let mut active = true;
        let mut records = Vec::new();
        for (index, (what, up, other_rule)) in steps.into_iter().enumerate() {
            let slot = 10 * (index as i64 + 1);
            rule = other_rule.unwrap_or(rule);
            match what {
                0 | 1 => {
                    revision += 1;
                    let event = if active {
                        LifecycleEvent::Paused
                    } else {
                        LifecycleEvent::Resumed
                    };
                    active = !active;
                    records.push(lifecycle(event, revision, slot));
                }
                2 => {
                    revision += 1;
                    active = true;
                    let event = [LifecycleEvent::Edited, LifecycleEvent::Restored][usize::from(up)];
                    records.push(lifecycle(event, revision, slot));
                }
                3 => {
                    // The edit is first seen in a result.
                    revision += 1;
                    active = true;
                    records.push(result(slot - 10, up, revision, rule));
                }
                _ if active => records.push(result(slot, up, revision, rule)),
                _ => {}
            }
        }
        records
    })
}

proptest! {
    #[test]
    fn duplicates_and_late_records_change_nothing(
        records in history(),
        copies in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40),
    ) {
        prop_assume!(!records.is_empty());
        let expected = fold(&records);
        // Each copy comes at some time after its original: a redelivery, or a second producer that is late.
        let mut log: Vec<(usize, &Record)> = records.iter().enumerate().collect();
        for (which, behind) in copies {
            let (original, record) = log[which.index(log.len())];
            let first = log.iter().position(|(index, _)| *index == original).unwrap();
            log.insert(first + 1 + behind.index(log.len() - first), (original, record));
        }
        prop_assert_eq!(fold(log.into_iter().map(|(_, record)| record)), expected);
    }

    #[test]
    fn any_restart_point_changes_nothing(records in history(), at in any::<prop::sample::Index>(), back in 0..20usize) {
        prop_assume!(!records.is_empty());
        let (expected, transitions) = fold(&records);
        let cut = at.index(records.len() + 1);
        let (stored, mut seen) = fold(&records[..cut]);
        // The state comes back from its stored form, and reading begins again at an earlier offset.
        let mut state: MonitorState = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        for record in &records[cut.saturating_sub(back)..] {
            let decision = decide(state, record);
            state = decision.state;
            seen.extend(decision.transition);
        }
        prop_assert_eq!(state, expected);
        prop_assert_eq!(seen, transitions);
    }

    #[test]
    fn incidents_open_once_and_close_once(records in history()) {
        let (state, transitions) = fold(&records);
        let opened: Vec<_> = transitions.iter().filter_map(|t| t.opened.as_ref().map(|i| i.id)).collect();
        let closed: Vec<_> = transitions.iter().filter_map(|t| t.closed.as_ref().map(|i| i.id)).collect();
        let distinct: std::collections::BTreeSet<_> = opened.iter().collect();
        prop_assert_eq!(distinct.len(), opened.len());
        prop_assert!(opened.len() - closed.len() <= 1);
        prop_assert_eq!(&opened[..closed.len()], &closed[..]);
        prop_assert_eq!(state.incident.map(|i| i.id), opened.get(closed.len()).copied());
    }
}

#[test]
fn a_restore_checks_again_what_was_paused_or_removed_since_the_backup() {
    for event in [LifecycleEvent::Paused, LifecycleEvent::Deleted] {
        let stopped = [up(10), lifecycle(event, 2, 15)];
        // Without a higher revision the results of the restored definition count for nothing.
        let (state, _) = fold(stopped.iter().chain(&[down(20)]));
        assert_eq!(state.incident, None);

        let restored = [
            lifecycle(LifecycleEvent::Restored, 3, 30),
            result(40, false, 3, Rule::default()),
        ];
        let (state, transitions) = fold(stopped.iter().chain(&restored));
        assert_eq!((state.activity, state.state), (Activity::Active, State::Down));
        assert!(transitions.last().unwrap().opened.is_some());
    }
}

#[test]
fn an_outage_goes_on_through_a_restore_and_ends_with_a_recovery() {
    let records = [
        up(10),
        lifecycle(LifecycleEvent::Edited, 2, 15),
        result(20, false, 2, Rule::default()),
        lifecycle(LifecycleEvent::Restored, 3, 25),
        lifecycle(LifecycleEvent::Restored, 3, 25),
        result(30, false, 2, Rule::default()),
        result(30, false, 3, Rule::default()),
        result(40, true, 3, Rule::default()),
    ];
    let (state, transitions) = fold(&records);
    assert_eq!((state.revision, state.state), (3, State::Up));
    let opened: Vec<_> = transitions.iter().filter_map(|t| t.opened.as_ref()).collect();
    let closed: Vec<_> = transitions.iter().filter_map(|t| t.closed.as_ref()).collect();
    assert_eq!((opened.len(), closed.len()), (1, 1));
    assert_eq!(
        (closed[0].id, closed[0].reason),
        (opened[0].id, CloseReason::Recovered)
    );
}
