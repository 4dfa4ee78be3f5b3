//! When silence is one.

use super::*;

/// A result of a monitor with another interval.
fn check_every(interval_ms: u32, region: usize, seconds: i64) -> Record {
    let Record::Result(result) = check(region, seconds, 1) else {
        unreachable!("it is one")
    };
    Record::Result(CheckResult {
        interval_ms: Some(interval_ms),
        ..result
    })
}

fn look_since(alerter: &mut Alerter, steady_since: i64, seconds: i64) {
    let read = (seconds, steady_since);
    look_by(alerter, read, seconds, settings(BOTH, &NO_RULES).unwrap());
}

#[test]
fn silence_of_a_short_interval_lasts_two_minutes() {
    let mut alerter = Alerter::default();
    for (region, seconds) in [(0, 200), (1, 220), (2, 240)] {
        take_at(&mut alerter, &check_every(10_000, region, seconds), seconds + 1);
    }
    look(&mut alerter, 300, 300, BOTH);
    assert!(alerter.events.is_empty(), "{:?}", alerter.events);
    // Enough were heard of until 220.
    assert_eq!(alerter.ledger.next_look(at(300)), Some(at(600)));
    look(&mut alerter, 600, 600, BOTH);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen]);
}

#[test]
fn after_the_log_was_away_the_first_look_puts_monitors_off() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    look_since(&mut alerter, 200, 300);
    assert!(alerter.events.is_empty(), "{:?}", alerter.events);
    let mut heard_again = alerter.clone();
    heard(&mut heard_again, 540, 600);
    look_since(&mut heard_again, 200, 600);
    assert!(heard_again.events.is_empty() && heard_again.ledger.incidents.is_empty());
    look_since(&mut alerter, 200, 600);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen]);
    alerter.attempt(&sent());
    // What is open already is ended by it.
    heard(&mut alerter, 1_140, 1_200);
    look_since(&mut alerter, 1_190, 1_200);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen, AlertKind::Seen]);
}

#[test]
fn of_long_intervals_silence_is_believed_after_a_steady_hour() {
    let mut alerter = Alerter::default();
    for (region, seconds) in [(0, 0), (1, 20), (2, 40)] {
        take_at(
            &mut alerter,
            &check_every(7_200_000, region, seconds),
            seconds + 1,
        );
    }
    // Eight hours after 20 s, on the grid.
    let due = 29_100;
    assert_eq!(alerter.ledger.next_look(at(60)), Some(at(due)));
    look_since(&mut alerter, due - 3_599, due);
    assert!(alerter.events.is_empty(), "{:?}", alerter.events);
    look_since(&mut alerter, due - 3_599, due + 300);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen]);
}

#[test]
fn silence_that_begins_with_an_edit_lasts_from_the_edit_whatever_is_written_meanwhile() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    let Record::Lifecycle(edit) = edited(0, 2, LifecycleEvent::Edited) else {
        unreachable!("it is one")
    };
    // The same is checked as before.
    let edit = Record::Lifecycle(Lifecycle {
        timestamp: at(100),
        probe_revision: Some(1),
        ..edit
    });
    take_at(&mut alerter, &edit, 101);
    // As each reminder of an outage that goes on does.
    alerter.ledger.persisted_at = Some(at(400));
    alerter.written = Some(serde_json::to_vec(&alerter.ledger).unwrap());
    for known in [&alerter, &alerter.restarted(&[])] {
        assert_eq!(known.ledger.next_look(at(400)), Some(at(600)));
    }
    let mut silent = alerter.clone();
    look(&mut silent, 600, 600, BOTH);
    assert_eq!(said(&silent, 1), [AlertKind::Unseen]);
    // Of one that is heard of in the revision it lasts from its first slot.
    take_at(&mut alerter, &check(0, 420, 2), 421);
    assert_eq!(alerter.ledger.next_look(at(430)), Some(at(900)));
}
