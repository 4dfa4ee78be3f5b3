//! What pings, and verdicts on heartbeats, do to a state.

mod deadlines;
mod late;
mod runs;
mod skipped;

use domain::fold::{CloseReason, HeartbeatState, State};
use domain::record::{Due, Judged, Lifecycle, LifecycleEvent, Ping, PingKind, PingRequest, Run, RunLimits};
use domain::{
    CheckResult, Decision, Effect, ErrorCode, IncidentId, MonitorId, MonitorState, OrgId, Record, Rule,
    Timestamp, decide,
};
use uuid::Uuid;

const MONITOR: MonitorId = MonitorId(7);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + 1_000 * seconds)
}

fn ping(kind: PingKind, seconds: i64) -> Ping {
    Ping {
        monitor_id: MONITOR,
        org_id: OrgId(1),
        url: "heartbeat://backup".to_owned(),
        timestamp: at(seconds),
        id: Uuid::from_u128(seconds as u128),
        kind,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    }
}

fn run(name: u128) -> Option<Uuid> {
    Some(Uuid::from_u128(name))
}

fn verdict(up: bool, seconds: i64, judged: Judged, code: Option<ErrorCode>) -> Record {
    Record::Result(CheckResult {
        monitor_id: MONITOR,
        org_id: Some(OrgId(1)),
        url: "heartbeat://backup".to_owned(),
        kind: "heartbeat".to_owned(),
        timestamp: at(seconds),
        scheduled_at: at(seconds),
        interval_ms: None,
        region: "default".to_owned(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: None,
        latency_ms: None,
        attempts: 1,
        error: None,
        error_code: code,
        timings: domain::record::Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: Some(judged),
    })
}

fn overdue(seconds: i64, last_ping: Option<i64>) -> Record {
    let judged = Judged {
        last_ping: last_ping.map(at),
        missed: Some(at(seconds - 60)),
        ..Judged::default()
    };
    verdict(false, seconds, judged, Some(ErrorCode::HeartbeatOverdue))
}

/// Folds records one after the other; answers the last decision.
fn fold(state: MonitorState, records: impl IntoIterator<Item = Record>) -> Decision {
    let mut last = Decision {
        state,
        transition: None,
        effect: Effect::NoVerdict,
        failure: None,
        failed_slots: 0,
    };
    for record in records {
        last = decide(last.state, &record);
    }
    last
}

fn heard(pings: impl IntoIterator<Item = Ping>) -> Decision {
    let created = MonitorState {
        revision: 1,
        fresh: true,
        ..MonitorState::default()
    };
    fold(
        created,
        pings.into_iter().map(|ping| Record::Ping(Box::new(ping))),
    )
}

fn then(decision: Decision, records: impl IntoIterator<Item = Record>) -> Decision {
    fold(decision.state, records)
}

fn record(ping: Ping) -> Record {
    Record::Ping(Box::new(ping))
}

fn change(event: LifecycleEvent, seconds: i64, revision: u32) -> Record {
    Record::Lifecycle(Lifecycle {
        monitor_id: MONITOR,
        org_id: OrgId(1),
        url: String::new(),
        timestamp: at(seconds),
        revision,
        probe_revision: None,
        event,
        incident_id: None,
        usual: None,
        delivery_id: None,
    })
}

#[test]
fn a_success_is_up_a_failure_is_down_at_once_and_the_next_success_heals() {
    let up = heard([ping(PingKind::Success, 0)]);
    assert_eq!((up.state.state, up.state.since), (State::Up, Some(at(0))));
    let mut failed = ping(PingKind::Fail, 100);
    failed.message = Some("exit status 3".to_owned());
    let down = then(up, [record(failed)]);
    let opened = down.transition.as_ref().unwrap().opened.clone().unwrap();
    assert_eq!(opened.id, IncidentId::new(MONITOR, 1, at(100)));
    assert_eq!(
        (opened.started_at, opened.error_code),
        (at(100), Some(ErrorCode::HeartbeatFailed))
    );
    assert_eq!(opened.error.as_deref(), Some("exit status 3"));
    let healed = then(down, [record(ping(PingKind::Success, 160))]);
    let closed = healed.transition.unwrap().closed.unwrap();
    assert_eq!(
        (closed.reason, closed.resolved_at),
        (CloseReason::Recovered, at(160))
    );
}

#[test]
fn an_incident_keeps_its_first_failure_and_each_later_one_is_told() {
    let code = |decision: &Decision| decision.failure.as_ref().and_then(|failure| failure.error_code);
    let up = heard([ping(PingKind::Success, 0)]);
    assert_eq!(up.failure, None);
    let down = then(up, [overdue(1_000, Some(0))]);
    assert_eq!(code(&down), Some(ErrorCode::HeartbeatOverdue));
    let mut failed = ping(PingKind::Fail, 1_100);
    failed.message = Some("exit status 3".to_owned());
    let failed = then(down, [record(failed)]);
    assert_eq!(code(&failed), Some(ErrorCode::HeartbeatFailed));
    assert_eq!(
        failed.failure.as_ref().unwrap().error.as_deref(),
        Some("exit status 3")
    );
    let incident = failed.state.incident.as_ref().unwrap();
    assert_eq!(incident.error_code, Some(ErrorCode::HeartbeatOverdue));
    // Neither what says nothing nor what ends it has a failure.
    let running = then(failed, [record(ping(PingKind::Start, 1_200))]);
    assert_eq!(running.failure, None);
    let healed = then(running, [record(ping(PingKind::Success, 1_300))]);
    assert_eq!((healed.failure, healed.state.incident), (None, None));
}

#[test]
fn what_is_overdue_is_named_by_its_deadline_and_a_ping_that_is_known_overtakes_it() {
    let up = heard([ping(PingKind::Success, 0)]);
    let known = then(
        heard([ping(PingKind::Success, 0), ping(PingKind::Success, 900)]),
        [overdue(1_000, Some(0))],
    );
    assert_eq!((known.effect, known.state.state), (Effect::Late, State::Up));
    let down = then(up, [overdue(1_000, Some(0))]);
    let opened = down.transition.as_ref().unwrap().opened.clone().unwrap();
    assert_eq!(
        (opened.id, opened.started_at),
        (IncidentId::new(MONITOR, 1, at(1_000)), at(1_000))
    );
    let again = then(down, [overdue(1_000, Some(0))]);
    assert_eq!(again.effect, Effect::Late);
}

#[test]
fn a_ping_that_had_arrived_in_time_withdraws_the_incident() {
    let down = then(heard([ping(PingKind::Success, 0)]), [overdue(1_000, Some(0))]);
    let up = then(down, [record(ping(PingKind::Success, 999))]);
    let closed = up.transition.unwrap().closed.unwrap();
    assert_eq!((closed.reason, closed.duration_ms()), (CloseReason::Withdrawn, 0));
    assert_eq!(up.state.state, State::Up);
    // One that came too late ends an outage.
    let down = then(heard([ping(PingKind::Success, 0)]), [overdue(1_000, Some(0))]);
    let up = then(down, [record(ping(PingKind::Success, 1_030))]);
    let closed = up.transition.unwrap().closed.unwrap();
    assert_eq!(
        (closed.reason, closed.duration_ms()),
        (CloseReason::Recovered, 30_000)
    );
}

#[test]
fn a_ping_that_is_read_again_or_overtaken_moves_nothing() {
    let pings = [
        ping(PingKind::Start, 0),
        ping(PingKind::Success, 100),
        ping(PingKind::Fail, 200),
        ping(PingKind::Success, 300),
    ];
    let state = heard(pings.clone()).state;
    for ping in pings {
        let again = decide(state.clone(), &record(ping));
        assert_eq!((again.effect, &again.state), (Effect::Late, &state));
    }
    let older = decide(state.clone(), &record(ping(PingKind::Fail, 250)));
    assert_eq!((older.effect, older.state), (Effect::Late, state));
}

#[test]
fn runs_are_told_apart_by_their_names() {
    let named = |kind, seconds, name| Ping {
        run_id: run(name),
        ..ping(kind, seconds)
    };
    let both = heard([named(PingKind::Start, 0, 1), named(PingKind::Start, 5, 2)]);
    assert_eq!(both.state.heartbeat.as_ref().unwrap().runs.len(), 2);
    assert_eq!(both.state.state, State::Pending);
    let one = then(both, [record(named(PingKind::Success, 20, 1))]);
    let heartbeat = one.state.heartbeat.clone().unwrap();
    assert_eq!(heartbeat.last_ping.unwrap().duration_ms, Some(20_000));
    assert_eq!(
        heartbeat.runs.iter().map(|run| run.id).collect::<Vec<_>>(),
        [run(2)]
    );
    // The other one is still watched, and its own time is up.
    let open = heartbeat.runs[0];
    let judged = Judged {
        last_ping: Some(at(20)),
        last_start: Some(at(5)),
        run: Some(open),
        ..Judged::default()
    };
    let late = verdict(false, 305, judged, Some(ErrorCode::HeartbeatTooLong));
    let down = then(one.clone(), [late.clone()]);
    assert_eq!(down.state.state, State::Down);
    // It is over by the time that this is read.
    let ended = then(
        one.clone(),
        [record(named(PingKind::Success, 300, 2)), late.clone()],
    );
    assert_eq!((ended.effect, ended.state.state), (Effect::Late, State::Up));
    // It has said since that it goes on.
    let extended = then(one, [record(named(PingKind::Log, 299, 2)), late]);
    assert_eq!((extended.effect, extended.state.state), (Effect::Late, State::Up));
}

#[test]
fn as_many_runs_are_watched_as_there_is_room_for() {
    let many = heard((0..50).map(|n| Ping {
        run_id: run(n as u128 + 1),
        ..ping(PingKind::Start, n)
    }));
    let runs = &many.state.heartbeat.as_ref().unwrap().runs;
    assert_eq!((runs.len(), runs[0].started_at), (domain::fold::MAX_RUNS, at(30)));
}

#[test]
fn too_short_too_often_and_unexpected_are_failures() {
    let limited = |seconds, limits| Ping {
        limits,
        ..ping(PingKind::Success, seconds)
    };
    let start = |seconds, limits| Ping {
        limits,
        ..ping(PingKind::Start, seconds)
    };
    let short = RunLimits {
        shortest_ms: Some(60_000),
        ..RunLimits::default()
    };
    let often = RunLimits {
        least_pause_ms: Some(60_000),
        ..RunLimits::default()
    };
    let unexpected = RunLimits {
        must_not_ping: true,
        ..RunLimits::default()
    };
    for (pings, code) in [
        (
            vec![ping(PingKind::Start, 0), limited(59, short)],
            Some(ErrorCode::HeartbeatTooShort),
        ),
        (vec![ping(PingKind::Start, 0), limited(60, short)], None),
        (vec![limited(60, short)], None),
        (
            vec![limited(0, often), limited(59, often)],
            Some(ErrorCode::HeartbeatTooOften),
        ),
        (vec![limited(0, often), limited(60, often)], None),
        (vec![limited(0, unexpected)], Some(ErrorCode::HeartbeatUnexpected)),
        (vec![start(0, unexpected)], Some(ErrorCode::HeartbeatUnexpected)),
        (vec![start(0, often)], None),
    ] {
        let state = heard(pings).state;
        assert_eq!(state.incident.and_then(|incident| incident.error_code), code);
    }
}

#[test]
fn edits_keep_the_last_ping_pausing_the_runs_and_resuming_nothing() {
    let change = |event, revision| change(event, 50, revision);
    let up = heard([ping(PingKind::Success, 0), ping(PingKind::Start, 10)]);
    let edited = then(up, [change(LifecycleEvent::Edited, 2)]);
    let heartbeat = edited.state.heartbeat.clone().unwrap();
    assert_eq!(
        (heartbeat.last_ping.unwrap().at, heartbeat.runs.len()),
        (at(0), 1)
    );
    let paused = then(edited, [change(LifecycleEvent::Paused, 3)]);
    assert!(paused.state.heartbeat.clone().unwrap().runs.is_empty());
    let ignored = then(paused.clone(), [record(ping(PingKind::Fail, 60))]);
    assert_eq!(
        (ignored.effect, &ignored.state),
        (Effect::OldRevision, &paused.state)
    );
    let resumed = then(paused, [change(LifecycleEvent::Resumed, 4)]);
    let forgotten = HeartbeatState {
        resumed_at: Some(at(50)),
        ..HeartbeatState::default()
    };
    assert_eq!(
        (resumed.state.heartbeat.as_deref(), resumed.state.state),
        (Some(&forgotten), State::Pending)
    );
    // One from before that is read again brings nothing back.
    let again = then(resumed, [record(ping(PingKind::Success, 0))]);
    assert_eq!((again.effect, again.state.state), (Effect::Late, State::Pending));
}

#[test]
fn a_record_of_a_ping_is_read_as_it_was_written() {
    let mut whole = ping(PingKind::Fail, 1);
    whole.run_id = run(9);
    whole.exit_status = Some(3);
    whole.latency_ms = Some(1_500);
    whole.message = Some("disk full".to_owned());
    whole.due = Some(Due {
        at: at(60),
        deadline: at(90),
    });
    whole.limits.shortest_ms = Some(5);
    whole.request = PingRequest {
        scheme: "https".to_owned(),
        method: "POST".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        user_agent: Some("curl/8".to_owned()),
        sealed_body: Some("AAAA".to_owned()),
        body_bytes: 20_000,
    };
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(1)),
        missed: Some(at(2)),
        run: Some(Run {
            id: run(1),
            started_at: at(1),
            heard_at: None,
            is_overdue: false,
        }),
        due: None,
    };
    for record in [
        record(whole),
        record(ping(PingKind::Success, 0)),
        verdict(false, 5, judged, Some(ErrorCode::HeartbeatOverdue)),
    ] {
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }
}
