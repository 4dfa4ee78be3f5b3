//! When a heartbeat is overdue.

use domain::heartbeat::Expectation;
use schedules::{Cron, Period};

use super::*;

fn hourly() -> Expectation {
    Expectation {
        schedule: Period::new(3_600).unwrap().into(),
        grace_seconds: 300,
        early_seconds: 0,
        start_grace_seconds: None,
        longest_run_seconds: None,
    }
}

fn next(expectation: &Expectation, decision: &Decision) -> Option<(Timestamp, ErrorCode)> {
    let heard = decision.state.heartbeat.clone().unwrap_or_default();
    let deadline = expectation.deadline(&heard)?;
    Some((deadline.at, deadline.overdue.error_code()))
}

#[test]
fn the_next_deadline_is_that_of_the_ping_or_of_a_run() {
    let deadline = |expectation: &Expectation, decision: &Decision| {
        let heard = decision.state.heartbeat.clone().unwrap_or_default();
        expectation
            .deadline(&heard)
            .map(|deadline| (deadline.at, deadline.overdue.error_code()))
    };
    let new = heard([]);
    assert_eq!(deadline(&hourly(), &new), None);
    let started = heard([ping(PingKind::Start, 0)]);
    assert_eq!(
        deadline(&hourly(), &started),
        Some((at(300), ErrorCode::HeartbeatTooLong))
    );
    let up = heard([ping(PingKind::Success, 0)]);
    assert_eq!(
        deadline(&hourly(), &up),
        Some((at(3_900), ErrorCode::HeartbeatOverdue))
    );
    let missed = Judged {
        last_ping: Some(at(0)),
        missed: Some(at(3_600)),
        ..Judged::default()
    };
    let down = then(
        up.clone(),
        [verdict(false, 3_900, missed, Some(ErrorCode::HeartbeatOverdue))],
    );
    assert_eq!(
        deadline(&hourly(), &down),
        Some((at(7_500), ErrorCode::HeartbeatOverdue))
    );

    // With a time of its own for the start, a run may take longer than the grace time.
    let long = Expectation {
        start_grace_seconds: Some(60),
        longest_run_seconds: Some(21_600),
        ..hourly()
    };
    assert_eq!(
        deadline(&long, &up),
        Some((at(3_660), ErrorCode::HeartbeatNotStarted))
    );
    let running = then(up, [record(ping(PingKind::Start, 3_610))]);
    assert_eq!(
        deadline(&long, &running),
        Some((at(3_610 + 21_600), ErrorCode::HeartbeatTooLong))
    );
    let endless = Expectation {
        longest_run_seconds: Some(0),
        ..long
    };
    // Its machine may have died: the next date counts.
    assert_eq!(
        deadline(&endless, &running),
        Some((at(7_260), ErrorCode::HeartbeatNotStarted))
    );
}

#[test]
fn a_run_that_is_overdue_does_not_hide_the_dates_after_its_own() {
    let watched = Expectation {
        longest_run_seconds: Some(600),
        ..hourly()
    };
    let running = heard([ping(PingKind::Success, 0), ping(PingKind::Start, 3_600)]);
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(3_600)),
        run: Some(running.state.heartbeat.as_ref().unwrap().runs[0]),
        ..Judged::default()
    };
    assert_eq!(
        next(&watched, &running),
        Some((at(4_200), ErrorCode::HeartbeatTooLong))
    );
    let hanging = then(
        running,
        [verdict(false, 4_200, judged, Some(ErrorCode::HeartbeatTooLong))],
    );
    assert_eq!(
        next(&watched, &hanging),
        Some((at(7_500), ErrorCode::HeartbeatOverdue))
    );
}

#[test]
fn a_clock_that_is_a_little_ahead_counts_for_the_date_that_was_meant() {
    let midnight = Expectation {
        schedule: Cron::parse("0 0 * * *", "UTC").unwrap().into(),
        ..hourly()
    };
    let day = |day: i64| Timestamp::from_millis(20_000 * 86_400_000 + day * 86_400_000);
    for (early_ms, due) in [(0, 2), (9_000, 2), (11_000, 1)] {
        let due_after = midnight.due_after(day(1).plus_millis(-early_ms)).unwrap();
        assert_eq!(due_after.at, day(due), "{early_ms} ms before midnight");
    }
}

#[test]
fn what_was_overdue_before_an_edit_is_judged_anew() {
    let running = heard([ping(PingKind::Success, 0), ping(PingKind::Start, 10)]);
    let run = running.state.heartbeat.as_ref().unwrap().runs[0];
    let judged = Judged {
        last_ping: Some(at(0)),
        last_start: Some(at(10)),
        ..Judged::default()
    };
    let of_run = Judged {
        run: Some(run),
        ..judged
    };
    let of_date = Judged {
        missed: Some(at(3_600)),
        ..judged
    };
    let down = then(
        running,
        [
            verdict(false, 310, of_run, Some(ErrorCode::HeartbeatTooLong)),
            verdict(false, 3_900, of_date, Some(ErrorCode::HeartbeatOverdue)),
        ],
    );
    let known = down.state.heartbeat.clone().unwrap();
    assert!(known.missed.is_some() && known.runs[0].is_overdue);
    let edited = then(down, [change(LifecycleEvent::Edited, 4_000, 2)]);
    assert_eq!(edited.state.state, State::Pending);
    let rare = Expectation {
        longest_run_seconds: Some(7_200),
        ..hourly()
    };
    assert_eq!(
        next(&rare, &edited),
        Some((at(3_900), ErrorCode::HeartbeatOverdue)),
        "the date is overdue by the new settings too, the run is not"
    );
}
