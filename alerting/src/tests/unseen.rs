//! Monitors of which too few regions are heard of: one notice when that lasts, and one when it is over.

mod held;
mod places;
mod times;

use std::sync::Arc;

use domain::alert_event::AlertKind;
use domain::{Needed, Quorum};
use proptest::prelude::*;

use super::*;

const INTERVAL_MS: i64 = 60_000;

/// On the grid of looks.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    START.plus_millis(seconds * 1_000)
}

/// A result of one of three regions, of which two have to be heard of.
fn check(region: usize, seconds: i64, revision: u32) -> Record {
    let Record::Result(result) = result(0, true, Rule::default(), revision) else {
        unreachable!("it is one")
    };
    let regions = ["ap", "eu", "us"].map(str::to_owned).to_vec();
    Record::Result(CheckResult {
        timestamp: at(seconds),
        scheduled_at: at(seconds),
        interval_ms: Some(INTERVAL_MS as u32),
        region: regions[region].clone(),
        quorum: Some(Arc::new(Quorum {
            regions,
            down: Needed::Regions(2),
            min_regions: 2,
        })),
        ..result
    })
}

fn take_at(alerter: &mut Alerter, record: &Record, seconds: i64) {
    let position = &position;
    let actions = decide(
        &mut alerter.ledger,
        ID,
        Input::Record { record, position },
        at(seconds),
    );
    alerter.events.extend(actions.events);
    if actions.persist {
        alerter.written = Some(serde_json::to_vec(&alerter.ledger).unwrap());
    }
}

/// Looks, and has what follows decided and received.
fn look(alerter: &mut Alerter, read_until: i64, seconds: i64, recipients: &[Recipient]) {
    let read = (read_until, -86_400);
    look_by(alerter, read, seconds, settings(recipients, &NO_RULES).unwrap());
}

/// The same by settings of the test's. The log was read until the first time, and as it grows since the second.
fn look_by(alerter: &mut Alerter, read: (i64, i64), seconds: i64, settings: NotificationSettings<'_>) {
    let now = at(seconds);
    let position = || LogPosition {
        appended_at: now,
        ..position()
    };
    let input = Input::Clock {
        read_until: at(read.0),
        steady_since: at(read.1),
        position: &position,
    };
    let actions = decide(&mut alerter.ledger, ID, input, now);
    alerter.events.extend(actions.events);
    let routed = tick(&mut alerter.ledger, Some(settings), now, now);
    alerter.events.extend(routed.events);
    if actions.persist || routed.persist {
        alerter.written = Some(serde_json::to_vec(&alerter.ledger).unwrap());
    }
}

/// What was decided for a channel.
fn said(alerter: &Alerter, channel: i64) -> Vec<AlertKind> {
    let decided = alerter.events.iter().filter(|event| event.step == Step::Decided);
    let to = decided.filter(|event| event.channel_id == Some(ChannelId(channel)));
    to.map(|event| event.alert).collect()
}

/// All regions until `until`, each in turn.
fn heard(alerter: &mut Alerter, from: i64, until: i64) {
    for seconds in (from..until).step_by(20) {
        let region = (seconds / 20).rem_euclid(3) as usize;
        take_at(alerter, &check(region, seconds, 1), seconds + 1);
    }
}

#[test]
fn silence_that_lasts_is_announced_once_and_ended_once_also_after_restarts() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    // Two regions fall silent; one goes on.
    for seconds in (60..900).step_by(60) {
        take_at(&mut alerter, &check(0, seconds, 1), seconds + 1);
    }
    // The newest slot of the second best region is that of us, after 40 s.
    look(&mut alerter, 279, 279, BOTH);
    assert!(alerter.events.is_empty(), "{:?}", alerter.events);
    assert_eq!(alerter.ledger.next_look(at(279)), Some(at(300)));
    look(&mut alerter, 300, 300, BOTH);
    let unseen = [AlertKind::Unseen];
    assert_eq!(
        (said(&alerter, 1), said(&alerter, 2)),
        (unseen.to_vec(), unseen.to_vec())
    );
    let event = alerter
        .events
        .iter()
        .find(|event| event.step == Step::Decided)
        .unwrap();
    let regions = event.regions.clone().unwrap();
    assert_eq!(
        (regions.up.join(" "), regions.absent.join(" ")),
        ("ap".into(), "eu us".into())
    );
    alerter.attempt(&sent());
    // Another alerter takes over, and it goes on.
    let mut second = alerter.restarted(&[]);
    for seconds in [600, 900] {
        assert_eq!(second.ledger.next_look(at(seconds - 1)), Some(at(seconds)));
        look(&mut second, seconds, seconds, BOTH);
    }
    assert!(second.events.is_empty(), "{:?}", second.events);
    take_at(&mut second, &check(1, 1_100, 1), 1_101);
    take_at(&mut second, &check(0, 1_140, 1), 1_141);
    look(&mut second, 1_200, 1_200, BOTH);
    assert_eq!(
        (said(&second, 1), said(&second, 2)),
        (vec![AlertKind::Seen], vec![AlertKind::Seen])
    );
    second.attempt(&sent());
    let mut third = second.restarted(&[]);
    heard(&mut third, 1_200, 1_500);
    look(&mut third, 1_500, 1_500, BOTH);
    assert!(third.events.is_empty() && third.ledger.incidents.is_empty());
}

#[test]
fn silence_of_all_regions_needs_no_record_and_what_is_not_read_is_no_silence() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    // The log is behind.
    look(&mut alerter, 200, 600, BOTH);
    assert!(alerter.events.is_empty());
    look(&mut alerter, 600, 600, BOTH);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen]);
    let incident = &alerter.ledger.incidents[0];
    assert!(!incident.is_outage() && alerter.ledger.announced().is_none());
    assert!(alerter.ledger.state.incident.is_none());
}

#[test]
fn a_notice_goes_to_no_members_own_channel_and_to_nothing_that_keeps_incidents() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    let own = Recipient {
        is_own: true,
        ..recipient(3, ALL)
    };
    let all = [recipient(1, PLAIN), own, recipient(KEEPER.0, ALL)];
    look(&mut alerter, 600, 600, &all);
    let [first, second, third] = [1, 3, KEEPER.0].map(|channel| said(&alerter, channel).len());
    assert_eq!((first, second, third), (1, 0, 0));
}

#[test]
fn a_pause_ends_it_and_says_so() {
    let mut alerter = Alerter::default();
    heard(&mut alerter, 0, 60);
    look(&mut alerter, 600, 600, BOTH);
    alerter.attempt(&sent());
    let Record::Lifecycle(paused) = edited(0, 2, LifecycleEvent::Paused) else {
        unreachable!("it is one")
    };
    let timestamp = at(700);
    take_at(
        &mut alerter,
        &Record::Lifecycle(Lifecycle { timestamp, ..paused }),
        700,
    );
    look(&mut alerter, 900, 900, BOTH);
    assert_eq!(said(&alerter, 1), [AlertKind::Unseen, AlertKind::Seen]);
    assert_eq!(alerter.ledger.next_look(at(901)), None);
}

#[test]
fn one_region_is_not_looked_at() {
    let mut alerter = Alerter::default();
    alerter.take(&up(1));
    assert_eq!(alerter.ledger.next_look(at(0)), None);
}

proptest! {
    /// However regions come and go, and wherever it is restarted: never while enough were heard of within three intervals,
    /// and beginnings and ends in turn.
    #[test]
    fn notices_come_in_turn_and_never_while_enough_are_heard_of(
        alive in proptest::collection::vec(proptest::array::uniform3(any::<bool>()), 1..12),
        restarts in proptest::collection::vec(any::<bool>(), 12),
    ) {
        let mut alerter = Alerter::default();
        let mut slots = [None::<i64>; 3];
        let mut said_so_far: Vec<AlertKind> = Vec::new();
        for (phase, alive) in alive.iter().enumerate() {
            let begin = phase as i64 * 300;
            for seconds in (begin..begin + 300).step_by(20) {
                let region = (seconds / 20).rem_euclid(3) as usize;
                if alive[region] {
                    take_at(&mut alerter, &check(region, seconds, 1), seconds + 1);
                    slots[region] = Some(seconds);
                }
            }
            let now = begin + 300;
            if alerter.ledger.next_look(at(now - 1)).is_some_and(|due| due <= at(now)) {
                look(&mut alerter, now, now, &BOTH[..1]);
            }
            let new = said(&alerter, 1);
            alerter.events.clear();
            let fresh = slots.iter().flatten().filter(|slot| now - **slot < 180).count();
            if new.contains(&AlertKind::Unseen) {
                prop_assert!(fresh < 2, "{:?} at {}", slots, now);
            }
            if new.contains(&AlertKind::Seen) {
                prop_assert!(fresh >= 2, "{:?} at {}", slots, now);
            }
            said_so_far.extend(new);
            alerter.attempt(&sent());
            alerter.events.clear();
            if restarts[phase] {
                alerter = alerter.restarted(&[]);
            }
        }
        for (index, kind) in said_so_far.iter().enumerate() {
            let expected = [AlertKind::Unseen, AlertKind::Seen][index % 2];
            prop_assert_eq!(*kind, expected);
        }
    }
}
