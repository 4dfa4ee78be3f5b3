//! Of many dates that were missed the first ones and the last are said.

use std::time::Instant;

use domain::heartbeat::Expectation;
use domain::judgement::all_overdue;
use domain::monitor::HeartbeatProbe;

use super::*;

/// Of a build without optimisation, on a machine that has other things to do: one by one it would take a minute.
const SOON: Duration = Duration::from_secs(5);

fn probe(schedule: &Value, more: &Value) -> HeartbeatProbe {
    let mut options = json!({"schedule": schedule, "grace_seconds": 60});
    let more = more.as_object().unwrap().clone();
    options.as_object_mut().unwrap().extend(more);
    heartbeat(1, options).heartbeat().unwrap().clone()
}

fn last_pinged(seconds: i64) -> HeartbeatState {
    Bench::new().pinged(seconds).state
}

/// The deadlines of dates that have passed, each looked for after the one before.
fn one_by_one(expectation: &Expectation, heard: &HeartbeatState, until: Timestamp) -> Vec<Timestamp> {
    let mut heard = heard.clone();
    let mut deadlines = Vec::new();
    while let Some(due) = expectation.due_next(&heard).filter(|due| due.deadline <= until) {
        deadlines.push(due.deadline);
        heard.missed = Some(due.at);
    }
    deadlines
}

#[test]
fn the_last_date_is_the_one_that_a_walk_over_all_of_them_ends_at() {
    let schedules = [
        json!({"expression": "* * * * *", "timezone": "UTC"}),
        json!({"expression": "*/7 3-5 * * *", "timezone": "Europe/Berlin"}),
        json!({"expression": "0 * * * 1-5", "timezone": "UTC"}),
        json!({"expression": "Mon,Thu 04:30\n*:0/25:30", "timezone": "America/New_York"}),
        json!({"expression": "30 2 1 * *", "timezone": "UTC"}),
        json!({"period_seconds": 60}),
        json!({"period_seconds": 4_111}),
    ];
    let ranges = [60, 119, 120, 121, 3_599, 7_200, 86_400, 100_000, 432_017];
    for (schedule, until) in schedules
        .iter()
        .flat_map(|one| ranges.map(|seconds| (one, seconds)))
    {
        let probe = probe(schedule, &json!({}));
        let heard = last_pinged(0);
        let all = one_by_one(&probe.expectation, &heard, at(until));
        for down_after in [1, 3] {
            let said = all_overdue(&probe, &heard, at(until), down_after);
            let slots: Vec<_> = said.iter().map(|said| said.slot).collect();
            let first = all.iter().take(usize::from(down_after)).copied();
            let last = all.iter().skip(usize::from(down_after)).last().copied();
            let expected: Vec<_> = first.chain(last).collect();
            assert_eq!(slots, expected, "{schedule} {until} {down_after}");
            if let Some(judged) = said.last().map(|said| said.judged) {
                assert_eq!(
                    judged.missed.map(|date| date.plus_millis(60_000)),
                    all.last().copied()
                );
                assert!(judged.due.is_none_or(|due| due.deadline > at(until)));
            }
        }
    }
}

#[test]
fn runs_that_have_not_ended_are_said_with_the_dates() {
    let schedule = json!({"expression": "* * * * *", "timezone": "UTC"});
    let probe = probe(&schedule, &json!({"longest_run_seconds": 300}));
    let mut heard = last_pinged(0);
    heard.last_start = Some(at(5));
    heard.runs.push(Run {
        id: None,
        started_at: at(5),
        heard_at: None,
        is_overdue: false,
    });
    let said = all_overdue(&probe, &heard, at(86_400), 10);
    let ended = said.iter().filter(|said| said.judged.run.is_some()).count();
    assert_eq!((said.len(), ended), (11, 1));
    assert_eq!(said.last().map(|said| said.slot), Some(at(86_400)));
}

#[test]
fn every_run_that_has_not_ended_is_said_before_what_comes_after_it() {
    let probe = probe(
        &json!({"period_seconds": 600}),
        &json!({"longest_run_seconds": 300}),
    );
    let mut heard = last_pinged(0);
    heard.runs.extend([5, 10, 15].map(|started| Run {
        id: Some(Uuid::from_u128(started as u128)),
        started_at: at(started),
        heard_at: None,
        is_overdue: false,
    }));
    let said = all_overdue(&probe, &heard, at(3_600), 1);
    let ends: Vec<_> = said.iter().map(|said| said.judged.run.is_some()).collect();
    assert_eq!(ends, [true, true, true, false]);
    assert!(said.is_sorted_by_key(|said| said.slot));
}

#[test]
fn who_edits_a_schedule_has_few_dates_looked_up() {
    // One line that comes each minute, and as many as there may be that are looked for in vain.
    let lines = format!("*:*\n{}", "2-30\n".repeat(19));
    let probe = probe(
        &json!({"expression": lines.trim_end(), "timezone": "UTC"}),
        &json!({}),
    );
    let heard = last_pinged(-6 * 86_400);
    let began = Instant::now();
    let said = all_overdue(&probe, &heard, at(0), 1);
    let took = began.elapsed();
    assert_eq!(said.last().map(|said| said.slot), Some(at(0)));
    assert!(took < SOON, "{took:?}");
}
