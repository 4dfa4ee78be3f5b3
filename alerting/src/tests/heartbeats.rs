//! Heartbeats: what is held back, withdrawn and remembered.

use domain::ErrorCode;
use domain::fold::CloseReason;
use domain::record::{Judged, Ping, PingKind, PingRequest, RunLimits};
use uuid::Uuid;

use super::*;

fn at(seconds: i64) -> Timestamp {
    NOW.plus_millis(1_000 * seconds)
}

fn ping(kind: PingKind, seconds: i64) -> Record {
    Record::Ping(Box::new(Ping {
        monitor_id: ID,
        org_id: OWNER,
        url: "heartbeat://backup".to_owned(),
        timestamp: at(seconds),
        id: Uuid::from_u128((seconds + 1_000_000) as u128),
        kind,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    }))
}

/// That the heartbeat is overdue since `seconds`, by whoever knew of the ping at `last_ping`.
fn overdue(seconds: i64, last_ping: i64) -> Record {
    let Record::Result(result) = down(1) else {
        unreachable!()
    };
    Record::Result(CheckResult {
        kind: "heartbeat".to_owned(),
        timestamp: at(seconds),
        scheduled_at: at(seconds),
        error_code: Some(ErrorCode::HeartbeatOverdue),
        judged: Some(Judged {
            last_ping: Some(at(last_ping)),
            missed: Some(at(seconds - 60)),
            ..Judged::default()
        }),
        ..result
    })
}

fn take_at(ledger: &mut Ledger, record: &Record, now: Timestamp) -> Actions {
    let position = &position;
    decide(ledger, ID, Input::Record { record, position }, now)
}

fn tick_at(ledger: &mut Ledger, now: Timestamp) -> Actions {
    let rules = NO_RULES;
    let input = Input::Tick {
        settings: settings(BOTH, &rules),
        backlog_before: NOW.plus_millis(-60_000),
    };
    decide(ledger, ID, input, now)
}

/// A heartbeat that was pinged at −100 s, and is overdue since 0.
fn overdue_ledger() -> Ledger {
    let mut ledger = Ledger::owned_by(OWNER);
    take_at(&mut ledger, &ping(PingKind::Success, -100), at(-100));
    take_at(&mut ledger, &overdue(0, -100), at(0));
    assert_eq!(ledger.incidents.len(), 1);
    ledger
}

/// As `alert-state` holds it, and a restart finds it.
fn restarted(ledger: &Ledger) -> Ledger {
    serde_json::from_slice(&serde_json::to_vec(ledger).unwrap()).unwrap()
}

#[test]
fn an_overdue_heartbeat_is_announced_after_two_seconds() {
    let mut ledger = restarted(&overdue_ledger());
    let early = tick_at(&mut ledger, at(0).plus_millis(1_999));
    assert_eq!(
        (early.next_due, early.persist, ledger.due().len()),
        (Some(at(2)), false, 0)
    );
    assert!(ledger.may_route());
    let due = tick_at(&mut ledger, at(2));
    assert_eq!((due.persist, ledger.due().len()), (true, 2));
}

#[test]
fn whatever_was_not_heard_in_time_is_held_back() {
    for code in [
        ErrorCode::HeartbeatOverdue,
        ErrorCode::HeartbeatNotStarted,
        ErrorCode::HeartbeatTooLong,
    ] {
        let mut ledger = Ledger::owned_by(OWNER);
        take_at(&mut ledger, &ping(PingKind::Success, -100), at(-100));
        let mut missed = overdue(0, -100);
        if let Record::Result(result) = &mut missed {
            result.error_code = Some(code);
        }
        take_at(&mut ledger, &missed, at(0));
        tick_at(&mut ledger, at(1));
        assert_eq!(ledger.due().len(), 0, "{code:?}");
        tick_at(&mut ledger, at(2));
        assert_eq!(ledger.due().len(), 2, "{code:?}");
    }
}

#[test]
fn a_job_that_has_failed_is_announced_at_once() {
    let mut ledger = Ledger::owned_by(OWNER);
    take_at(&mut ledger, &ping(PingKind::Fail, 0), at(0));
    tick_at(&mut ledger, at(0));
    assert_eq!(ledger.due().len(), 2);
}

#[test]
fn the_newest_failure_is_told_and_the_first_one_kept() {
    let mut ledger = overdue_ledger();
    let incident = |ledger: &Ledger| ledger.incidents[0].clone();
    assert_eq!(
        incident(&ledger).newest_failure().0,
        Some(ErrorCode::HeartbeatOverdue)
    );
    let mut failed = ping(PingKind::Fail, 60);
    if let Record::Ping(ping) = &mut failed {
        ping.message = Some("exit status 3".to_owned());
    }
    let noted = take_at(&mut ledger, &failed, at(60));
    assert!(noted.persist && noted.transition.is_none());
    let mut ledger = restarted(&ledger);
    assert_eq!(
        incident(&ledger).newest_failure(),
        (Some(ErrorCode::HeartbeatFailed), Some("exit status 3"))
    );
    assert_eq!(incident(&ledger).error_code, Some(ErrorCode::HeartbeatOverdue));
    // It is overdue again: what began the incident is what is wrong now.
    take_at(&mut ledger, &overdue(1_000, 60), at(1_000));
    let again = restarted(&ledger);
    assert_eq!(
        incident(&again).newest_failure().0,
        Some(ErrorCode::HeartbeatOverdue)
    );
    take_at(&mut ledger, &ping(PingKind::Success, 1_100), at(1_100));
    assert_eq!(incident(&ledger).error_code, Some(ErrorCode::HeartbeatOverdue));
}

#[test]
fn one_that_was_withdrawn_meanwhile_is_never_announced() {
    let mut ledger = restarted(&overdue_ledger());
    tick_at(&mut ledger, at(1));
    let withdrawn = take_at(&mut ledger, &ping(PingKind::Success, -1), at(1));
    assert_eq!(
        withdrawn.transition.unwrap().closed.unwrap().reason,
        CloseReason::Withdrawn
    );
    assert!(withdrawn.persist);
    assert!(
        withdrawn
            .events
            .iter()
            .all(|event| event.step == Step::Suppressed)
    );
    for seconds in [1, 2, 60] {
        tick_at(&mut ledger, at(seconds));
        assert_eq!((ledger.due().len(), ledger.incidents.len()), (0, 0));
    }
}

#[test]
fn who_was_told_hears_that_it_was_not_overdue_after_all() {
    let mut ledger = overdue_ledger();
    tick_at(&mut ledger, at(2));
    let due: Vec<_> = ledger.due().iter().map(|(.., delivery)| delivery.id).collect();
    for delivery in due {
        let outcome = DeliveryOutcome::Sent {
            receipt: "ok".to_owned(),
        };
        let input = Input::Attempt {
            delivery,
            outcome: &outcome,
        };
        assert!(decide(&mut ledger, ID, input, at(3)).persist);
    }
    take_at(&mut ledger, &ping(PingKind::Success, -1), at(4));
    tick_at(&mut ledger, at(4));
    let due = ledger.due();
    assert_eq!(due.len(), 2);
    for (incident, kind, _) in due {
        assert_eq!(kind, domain::alert_event::AlertKind::Up);
        assert_eq!(incident.resolution.unwrap().reason, CloseReason::Withdrawn);
    }
}

#[test]
fn what_is_known_of_pings_outlasts_restarts_for_as_long_as_the_heartbeat_exists() {
    let mut ledger = Ledger::owned_by(OWNER);
    for (seconds, kind) in [
        (-100, PingKind::Success),
        (-50, PingKind::Start),
        (-10, PingKind::Success),
    ] {
        let actions = take_at(&mut ledger, &ping(kind, seconds), at(seconds));
        assert!(actions.persist, "before its offset is stored");
    }
    let again = take_at(&mut ledger, &ping(PingKind::Success, -10), at(-9));
    assert!(!again.persist);
    assert!(!ledger.may_be_forgotten(at(400 * 86_400)));
    // Whoever decided did not know of the last ping.
    let mut ledger = restarted(&ledger);
    let late = take_at(&mut ledger, &overdue(0, -100), at(1));
    assert_eq!((late.effect, late.transition), (Some(domain::Effect::Late), None));
    // A record that is read back teaches nothing new, and takes nothing away.
    let before = ledger.state.clone();
    ledger.learn(&ping(PingKind::Start, -50));
    ledger.learn(&ping(PingKind::Success, -100));
    ledger.finish_learning();
    assert_eq!(ledger.state, before);
}
