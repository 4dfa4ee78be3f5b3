//! What is read later than what it contradicts, or again.

use super::*;

#[test]
fn what_only_says_that_nothing_is_overdue_ends_no_outage() {
    let failed = heard([ping(PingKind::Success, 0), ping(PingKind::Fail, 100)]);
    let judged = Judged {
        last_ping: Some(at(100)),
        ..Judged::default()
    };
    let later = then(failed, [verdict(true, 200, judged, None)]);
    assert_eq!((later.effect, later.state.state), (Effect::Late, State::Down));
}

#[test]
fn a_verdict_by_what_was_known_before_it_was_resumed_is_late() {
    let change = |event, revision| change(event, 500, revision);
    let paused = then(
        heard([ping(PingKind::Success, 0)]),
        [change(LifecycleEvent::Paused, 2)],
    );
    let mut stale = overdue(1_000, Some(0));
    if let Record::Result(result) = &mut stale {
        result.revision = Some(3);
    }
    let early = then(paused.clone(), [stale.clone()]);
    assert_eq!((early.effect, &early.state), (Effect::OldRevision, &paused.state));
    let resumed = then(paused, [change(LifecycleEvent::Resumed, 3)]);
    let late = then(resumed, [stale]);
    assert_eq!((late.effect, late.state.state), (Effect::Late, State::Pending));
}

#[test]
fn gateways_whose_clocks_differ_lose_no_failure_and_end_each_run() {
    let named = |kind, seconds, name| Ping {
        run_id: run(name),
        ..ping(kind, seconds)
    };
    let down = heard([ping(PingKind::Success, 105), ping(PingKind::Fail, 101)]);
    assert_eq!(down.state.state, State::Down);
    let ended = heard([named(PingKind::Start, 10, 1), named(PingKind::Success, 9, 1)]);
    assert!(ended.state.heartbeat.as_ref().unwrap().runs.is_empty());
    // A job that calls each of its runs the same.
    let again = then(ended, [record(named(PingKind::Start, 600, 1))]);
    assert_eq!(again.state.heartbeat.as_ref().unwrap().runs.len(), 1);
}

#[test]
fn a_ping_in_time_withdraws_what_a_later_date_has_confirmed() {
    let confirmed = |seconds| {
        let mut missed = overdue(seconds, Some(0));
        if let Record::Result(result) = &mut missed {
            result.rule.down_after = 2;
        }
        missed
    };
    let down = then(
        heard([ping(PingKind::Success, 0)]),
        [confirmed(1_000), confirmed(2_000)],
    );
    assert_eq!(down.state.incident.as_ref().unwrap().started_at, at(1_000));
    let up = then(down, [record(ping(PingKind::Success, 1_999))]);
    assert_eq!(
        up.transition.unwrap().closed.unwrap().reason,
        CloseReason::Withdrawn
    );
}

#[test]
fn an_incident_in_which_the_job_has_failed_is_not_withdrawn() {
    let down = then(
        heard([ping(PingKind::Success, 0)]),
        [overdue(1_000, Some(0)), record(ping(PingKind::Fail, 1_001))],
    );
    let up = then(down, [record(ping(PingKind::Success, 999))]);
    assert_eq!(
        up.transition.unwrap().closed.unwrap().reason,
        CloseReason::Recovered
    );
}

#[test]
fn a_start_that_had_come_in_time_withdraws_that_none_had() {
    let missing = |seconds| {
        let judged = Judged {
            last_ping: Some(at(0)),
            missed: Some(at(seconds - 60)),
            ..Judged::default()
        };
        verdict(false, seconds, judged, Some(ErrorCode::HeartbeatNotStarted))
    };
    let up = heard([ping(PingKind::Success, 0)]);
    let down = then(up.clone(), [missing(1_000)]);
    assert_eq!(down.state.state, State::Down);
    let withdrawn = then(down.clone(), [record(ping(PingKind::Start, 999))]);
    let closed = withdrawn.transition.unwrap().closed.unwrap();
    assert_eq!((closed.reason, closed.duration_ms()), (CloseReason::Withdrawn, 0));
    assert_eq!(
        (withdrawn.state.state, withdrawn.state.since),
        (State::Up, Some(at(999)))
    );
    // Said once more, or in the other order, it says nothing.
    let again = fold(withdrawn.state, [missing(1_000)]);
    assert_eq!((again.effect, again.state.state), (Effect::Late, State::Up));
    let other = then(up, [record(ping(PingKind::Start, 999)), missing(1_000)]);
    assert_eq!((other.effect, other.state.state), (Effect::Late, State::Up));
    // One that came too late leaves it as it is: the job has to end well first.
    let late = then(down, [record(ping(PingKind::Start, 1_001))]);
    assert_eq!((late.transition, late.state.state), (None, State::Down));
}

#[test]
fn what_said_in_time_that_a_run_goes_on_withdraws_that_it_took_too_long() {
    let named = |kind, seconds, name| Ping {
        run_id: run(name),
        ..ping(kind, seconds)
    };
    let running = heard([
        ping(PingKind::Success, 0),
        named(PingKind::Start, 10, 1),
        named(PingKind::Start, 20, 2),
    ]);
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(20)),
        run: Some(running.state.heartbeat.as_ref().unwrap().runs[0]),
        ..Judged::default()
    };
    let too_long = verdict(false, 310, judged, Some(ErrorCode::HeartbeatTooLong));
    let down = then(running, [too_long.clone()]);
    for (said, reason) in [
        (named(PingKind::Log, 309, 1), Some(CloseReason::Withdrawn)),
        (named(PingKind::Success, 309, 1), Some(CloseReason::Withdrawn)),
        // It is another run that has ended.
        (named(PingKind::Success, 309, 2), Some(CloseReason::Recovered)),
        (named(PingKind::Log, 309, 2), None),
        (named(PingKind::Log, 311, 1), None),
    ] {
        let after = then(down.clone(), [record(said.clone())]);
        let closed = after.transition.and_then(|transition| transition.closed);
        assert_eq!(closed.map(|closed| closed.reason), reason, "{said:?}");
    }
    // It has its time again, and the same verdict is overtaken.
    let withdrawn = then(down, [record(named(PingKind::Log, 309, 1))]);
    let runs = &withdrawn.state.heartbeat.as_ref().unwrap().runs;
    assert!(runs.iter().all(|run| !run.is_overdue));
    assert_eq!(then(withdrawn, [too_long]).effect, Effect::Late);
}

#[test]
fn deadlines_that_do_not_come_in_the_order_of_time_are_decided_all_the_same() {
    let up = heard([ping(PingKind::Success, 0), ping(PingKind::Start, 10)]);
    let known = up.state.heartbeat.clone().unwrap();
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(10)),
        ..Judged::default()
    };
    let of_date = Judged {
        missed: Some(at(900)),
        ..judged
    };
    let of_run = Judged {
        run: Some(known.runs[0]),
        ..judged
    };
    let down = then(
        up,
        [verdict(false, 1_000, of_date, Some(ErrorCode::HeartbeatOverdue))],
    );
    let earlier = verdict(false, 500, of_run, Some(ErrorCode::HeartbeatTooLong));
    let both = then(down, [earlier.clone()]);
    assert_eq!(both.effect, Effect::Applied);
    assert!(both.state.heartbeat.as_ref().unwrap().runs[0].is_overdue);
    assert_eq!(then(both, [earlier]).effect, Effect::Late);
}

#[test]
fn a_verdict_stands_from_the_revision_on_by_which_it_was_reached() {
    let mut missed = overdue(1_000, Some(0));
    if let Record::Result(result) = &mut missed {
        (result.revision, result.revised_at) = (Some(2), Some(at(5_000)));
    }
    let up = heard([ping(PingKind::Success, 0)]);
    let down = then(up, [change(LifecycleEvent::Edited, 5_000, 2), missed]);
    assert_eq!(down.state.incident.unwrap().started_at, at(5_000));
}

#[test]
fn a_ping_of_a_gateway_whose_clock_is_ahead_counts_from_when_it_was_appended() {
    let ahead = record(ping(PingKind::Success, 60));
    assert!(!ahead.is_plausible_at(at(0), 86_400_000));
    let taken = ahead.came_by(at(0));
    assert!(taken.is_plausible_at(at(0), 86_400_000));
    let state = fold(MonitorState::default(), [taken]).state;
    assert_eq!(state.heartbeat.unwrap().last_ping.unwrap().at, at(0));
    // What came before it was appended came then, and results have a time of their own.
    let on_time = record(ping(PingKind::Success, -5));
    assert_eq!(on_time.clone().came_by(at(0)), on_time);
    assert_eq!(overdue(60, None).came_by(at(0)), overdue(60, None));
}

#[test]
fn a_ping_of_a_gateway_whose_clock_is_behind_counts_from_shortly_before_it_was_appended() {
    let of = |seconds| record(ping(PingKind::Success, seconds));
    let came = |seconds| of(seconds).came_by(at(1_000)).event_time();
    assert_eq!((came(995), came(994), came(100)), (at(995), at(995), at(995)));
    // What was copied from another log.
    assert_eq!(came(99), at(99));
    // It was answered 200 after what a gateway whose clock is right has taken.
    let failed = fold(MonitorState::default(), [record(ping(PingKind::Fail, 1_000))]);
    let healed = then(failed, [of(970).came_by(at(1_010))]);
    assert_eq!((healed.effect, healed.state.state), (Effect::Applied, State::Up));
    assert_eq!(healed.state.heartbeat.unwrap().last_ping.unwrap().at, at(1_005));
}

#[test]
fn a_start_of_a_gateway_a_little_behind_begins_a_run_once() {
    let start = Ping {
        timestamp: at(100).plus_millis(-5),
        ..ping(PingKind::Start, 1)
    };
    let begun = heard([ping(PingKind::Success, 100), start.clone()]);
    assert_eq!(begun.state.heartbeat.as_ref().unwrap().runs.len(), 1);
    let again = then(begun, [record(start)]);
    assert_eq!(again.effect, Effect::Late);
}

#[test]
fn what_a_ping_came_to_is_not_taken_for_a_date_that_was_missed_before() {
    let mut missed = overdue(1_000, Some(0));
    if let Record::Result(result) = &mut missed {
        result.rule.down_after = 2;
    }
    let half = then(heard([ping(PingKind::Success, 0)]), [missed]);
    let mut unexpected = ping(PingKind::Success, 1_500);
    unexpected.limits.must_not_ping = true;
    let opened = then(half, [record(unexpected)]).state.incident.unwrap();
    assert_eq!(
        (opened.error_code, opened.started_at),
        (Some(ErrorCode::HeartbeatUnexpected), at(1_500))
    );
}

#[test]
fn a_ping_that_is_sent_again_is_not_too_often() {
    let limits = RunLimits {
        least_pause_ms: Some(60_000),
        ..RunLimits::default()
    };
    let success = |seconds| Ping {
        limits,
        ..ping(PingKind::Success, seconds)
    };
    assert_eq!(heard([success(0), success(5)]).state.state, State::Up);
    assert_eq!(heard([success(0), success(15)]).state.state, State::Down);
}

#[test]
fn a_failure_is_not_taken_for_a_date_that_was_missed_before() {
    let mut missed = overdue(1_000, Some(0));
    if let Record::Result(result) = &mut missed {
        result.rule.down_after = 2;
    }
    let half = then(heard([ping(PingKind::Success, 0)]), [missed]);
    assert_eq!(half.state.incident, None);
    let failed = then(half, [record(ping(PingKind::Fail, 1_500))]);
    let opened = failed.state.incident.unwrap();
    assert_eq!(
        (opened.error_code, opened.started_at),
        (Some(ErrorCode::HeartbeatFailed), at(1_500))
    );
}

#[test]
fn a_first_ping_that_is_read_before_its_heartbeat_was_added_stands() {
    let first = fold(MonitorState::default(), [record(ping(PingKind::Fail, 5))]);
    let added = then(first, [change(LifecycleEvent::Created, 4, 1)]);
    assert_eq!(
        (added.effect, added.state.revision, added.state.state),
        (Effect::Applied, 1, State::Down)
    );
    assert!(added.state.incident.is_some());
    let healed = then(added, [record(ping(PingKind::Success, 60))]);
    assert_eq!(
        healed.transition.unwrap().closed.unwrap().reason,
        CloseReason::Recovered
    );
}

#[test]
fn whoever_knows_nothing_of_a_heartbeat_learns_it_by_what_is_said() {
    let known = fold(
        MonitorState::default(),
        [overdue(1_000, Some(0)), overdue(2_000, Some(0))],
    );
    assert_eq!(known.effect, Effect::Applied);
    assert_eq!(known.state.heartbeat.unwrap().missed, Some(at(1_940)));
}
