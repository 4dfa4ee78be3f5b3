//! What is answered where there was no incident.

use super::*;

#[test]
fn a_monitor_that_is_up_was_not_down() {
    assert_told(
        findings(),
        WhyAnswer::NotDown,
        "It was not down: the last check, at 09:59:30 UTC, succeeded.",
    );
    let heartbeat = Findings {
        is_heartbeat: true,
        checks: Vec::new(),
        rule: None,
        ..findings()
    };
    assert_told(heartbeat, WhyAnswer::NotDown, "It was not overdue.");
}

#[test]
fn fewer_failing_checks_than_the_rule_wants_confirm_nothing() {
    let with = |rule| Findings {
        rule: Some(rule),
        checks: vec![check("09:59:30", PointState::Down)],
        ..findings()
    };
    assert_told(
        with(rule(2)),
        WhyAnswer::Unconfirmed,
        "2 of 3 failing checks: not down yet.",
    );
    let window = WhyRule {
        down_of: Some(10),
        ..rule(2)
    };
    assert_told(
        with(window),
        WhyAnswer::Unconfirmed,
        "2 of 3 failing checks among the last 10: not down yet.",
    );
    let heartbeat = Findings {
        is_heartbeat: true,
        checks: Vec::new(),
        ..with(rule(2))
    };
    assert_told(
        heartbeat,
        WhyAnswer::Unconfirmed,
        "2 of 3 dates in a row were missed: not down yet.",
    );
    let lasting = WhyRule {
        down_for_seconds: 300,
        ..rule(4)
    };
    assert_told(
        with(lasting),
        WhyAnswer::Unconfirmed,
        "4 failing checks, but not yet for 5 min: not down yet.",
    );
}

#[test]
fn where_there_was_no_check_that_is_the_answer() {
    let paused = Findings {
        not_checked: Some("Not checked: the monitor was paused".to_owned()),
        ..findings()
    };
    assert_told(
        paused,
        WhyAnswer::NotChecked,
        "Not checked: the monitor was paused.",
    );
}

#[test]
fn of_a_time_from_before_anything_is_stored_nothing_is_known() {
    let nothing = Findings {
        checks: Vec::new(),
        rule: None,
        ..findings()
    };
    assert_told(
        nothing.clone(),
        WhyAnswer::Unknown,
        "Nothing is known of that time: no checks of it are stored.",
    );
    let unborn = Findings {
        created_at: "2026-12-01T08:00:00Z".parse().unwrap(),
        ..nothing
    };
    assert_told(
        unborn,
        WhyAnswer::Unknown,
        "Nothing is known of that time: the monitor was created at 2026-12-01 08:00 UTC.",
    );
    let is_down = WhyRule {
        is_down: true,
        ..rule(3)
    };
    let unstored = Findings {
        rule: Some(is_down),
        ..findings()
    };
    assert_told(
        unstored,
        WhyAnswer::Unknown,
        "The checks had come to an outage, but no incident of it is stored.",
    );
}
