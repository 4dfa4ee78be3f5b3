//! Runs, those of jobs that must not run too, and what is no heartbeat any more.

use domain::live::LiveStatus;
use proptest::prelude::*;

use super::*;

#[test]
fn a_start_of_a_job_that_must_not_run_counts_once_and_its_end_knows_how_long_it_took() {
    let quiet = |kind, seconds| Ping {
        limits: RunLimits {
            must_not_ping: true,
            ..RunLimits::default()
        },
        due: Some(Due {
            at: at(600),
            deadline: at(660),
        }),
        ..ping(kind, seconds)
    };
    let down = heard([quiet(PingKind::Start, 0)]);
    let opened = down.transition.as_ref().unwrap().opened.clone().unwrap();
    assert_eq!(opened.error_code, Some(ErrorCode::HeartbeatUnexpected));
    let again = then(down.clone(), [record(quiet(PingKind::Start, 0))]);
    assert_eq!((again.effect, &again.state), (Effect::Late, &down.state));
    let ended = then(down, [record(quiet(PingKind::Success, 30))]);
    assert_eq!(ended.state.incident.as_ref().unwrap().id, opened.id);
    let heartbeat = ended.state.heartbeat.clone().unwrap();
    assert_eq!(heartbeat.last_ping.unwrap().duration_ms, Some(30_000));
    assert_eq!(heartbeat.due, None, "it is late for nothing");
    // A date on which nothing came is good.
    let judged = Judged {
        last_ping: Some(at(30)),
        last_start: Some(at(0)),
        missed: Some(at(600)),
        ..Judged::default()
    };
    let healed = then(ended, [verdict(true, 660, judged, None)]);
    assert_eq!(healed.state.state, State::Up);
}

#[test]
fn a_log_without_a_name_extends_the_only_run() {
    let named = Ping {
        run_id: run(1),
        ..ping(PingKind::Start, 0)
    };
    let extended = heard([named, ping(PingKind::Log, 30)]);
    assert_eq!(extended.effect, Effect::Applied);
    let runs = &extended.state.heartbeat.as_ref().unwrap().runs;
    assert_eq!(runs[0].heard_at, Some(at(30)));
}

#[test]
fn what_is_no_heartbeat_any_more_keeps_nothing_of_its_pings() {
    let due = Some(Due {
        at: at(600),
        deadline: at(660),
    });
    let up = heard([Ping {
        due,
        ..ping(PingKind::Success, 0)
    }]);
    assert_eq!(LiveStatus::new(&up.state, None).due_at, Some(at(600)));
    let Record::Result(mut checked) = verdict(true, 100, Judged::default(), None) else {
        unreachable!()
    };
    checked.judged = None;
    checked.kind = "http".to_owned();
    checked.revision = Some(2);
    let edited = then(
        up,
        [change(LifecycleEvent::Edited, 50, 2), Record::Result(checked)],
    );
    assert_eq!(edited.state.heartbeat, None);
    let status = LiveStatus::new(&edited.state, None);
    assert_eq!((status.due_at, status.last_ping_at), (None, None));
}

fn any_ping() -> impl Strategy<Value = Ping> {
    let kinds = [
        PingKind::Success,
        PingKind::Fail,
        PingKind::Start,
        PingKind::Log,
        PingKind::Ignored,
    ];
    let limits = |must_not_ping| RunLimits {
        must_not_ping,
        ..RunLimits::default()
    };
    let named = (0..60_i64, 0..3_u128, 0..8_u128);
    (proptest::sample::select(kinds.to_vec()), named, any::<bool>()).prop_map(
        move |(kind, (seconds, name, id), must_not_ping)| Ping {
            run_id: (name > 0).then(|| Uuid::from_u128(name)),
            id: Uuid::from_u128(id),
            limits: limits(must_not_ping && seconds % 7 == 0),
            ..ping(kind, seconds)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    /// Whoever keeps what is known need not compare it.
    #[test]
    fn a_ping_changes_what_is_known_if_it_counts_and_otherwise_not(
        pings in proptest::collection::vec(any_ping(), 1..30),
    ) {
        let mut state = MonitorState::default();
        for ping in pings {
            let before = state.heartbeat.clone();
            let after = decide(state, &record(ping.clone()));
            if before.is_some() {
                let has_changed = after.state.heartbeat != before;
                prop_assert_eq!(has_changed, after.effect == Effect::Applied, "{:?}", ping);
            }
            state = after.state;
        }
    }
}
