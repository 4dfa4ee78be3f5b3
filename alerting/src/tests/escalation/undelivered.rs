//! Messages that were taken, and reported later as not delivered.

use super::*;

const NOTE: &str = "step 1 of Night: what it sent was taken, and reported as not delivered";

fn only_step(targets: &[Target]) -> EscalationPlan {
    EscalationPlan {
        steps: vec![step(0, targets)],
        repeats: 0,
        ..plan()
    }
}

#[test]
fn a_failure_that_is_reported_later_has_the_next_step_taken_at_once_and_once() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
    assert!(world.undelivered(11, AlertKind::Down, MINUTE));
    // The third step has its full wait.
    assert_eq!(world.tick(MINUTE), Some(11 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    assert_eq!(world.notes(), [NOTE]);
    // The record is read again.
    assert!(!world.undelivered(11, AlertKind::Down, 2 * MINUTE));
    assert_eq!(world.tick(2 * MINUTE), Some(11 * MINUTE));
    assert_eq!(world.send(), []);
    assert_eq!(world.notes(), [NOTE]);
    // In the next round the person is notified again, and whoever was notified hears of the end.
    world.tick(11 * MINUTE);
    world.send();
    world.tick(41 * MINUTE);
    assert_eq!(world.send(), [(11, AlertKind::Reminder)]);
    fold(&mut world.alerter, &up(400), 4_000);
    world.tick(4_000);
    let ends = [11, 12, 13].map(|channel| (channel, AlertKind::Up));
    assert_eq!(world.send(), ends);
}

#[test]
fn a_reminder_of_a_later_round_may_fail_as_well() {
    let mut world = World::new(policy(plan()));
    world.down();
    for minutes in [0, 5, 15, 45] {
        world.tick(minutes * MINUTE);
        world.send();
    }
    assert!(world.undelivered(11, AlertKind::Reminder, 46 * MINUTE));
    world.tick(46 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Reminder)]);
    assert_eq!(world.notes(), [NOTE]);
}

#[test]
fn a_report_that_comes_when_the_next_step_was_taken_changes_nothing() {
    let mut world = World::new(policy(plan()));
    world.down();
    for minutes in [0, 5] {
        world.tick(minutes * MINUTE);
        world.send();
    }
    assert!(world.undelivered(11, AlertKind::Down, 6 * MINUTE));
    assert_eq!(world.tick(6 * MINUTE), Some(15 * MINUTE));
    assert_eq!(world.send(), []);
    assert!(world.notes().is_empty());
}

#[test]
fn an_incident_that_somebody_has_acknowledged_or_that_is_over_goes_no_further() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    let mut ended = World::new(policy(plan()));
    ended.alerter = world.alerter.clone();
    world.acknowledge(MINUTE);
    assert!(!world.undelivered(11, AlertKind::Down, 2 * MINUTE));
    assert_eq!(world.tick(2 * MINUTE), Some(61 * MINUTE));
    assert_eq!(world.send(), []);
    fold(&mut ended.alerter, &up(2), MINUTE);
    assert!(!ended.undelivered(11, AlertKind::Down, 2 * MINUTE));
    ended.tick(2 * MINUTE);
    assert_eq!(ended.send(), [(11, AlertKind::Up)]);
    assert!(world.notes().is_empty() && ended.notes().is_empty());
}

#[test]
fn what_is_not_sent_yet_or_goes_to_no_policy_is_not_taken_for_undelivered() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    assert!(!world.undelivered(11, AlertKind::Down, 1), "it is on its way");
    let mut direct = World::new(AlertPolicy::default());
    direct.down();
    direct.tick(0);
    direct.send();
    assert!(!direct.undelivered(1, AlertKind::Down, 1));
}

#[test]
fn a_step_goes_on_as_long_as_one_of_its_messages_may_have_come() {
    let mut world = World::new(policy(EscalationPlan {
        steps: vec![step(0, &[person(11), person(12)]), step(5, &[person(13)])],
        ..plan()
    }));
    world.down();
    world.tick(0);
    world.send();
    assert!(world.undelivered(11, AlertKind::Down, 1));
    assert_eq!(world.tick(1), Some(5 * MINUTE));
    assert!(world.undelivered(12, AlertKind::Down, 2));
    world.tick(2);
    assert_eq!(world.send(), [(13, AlertKind::Down)]);
    assert_eq!(world.notes(), [NOTE]);
}

#[test]
fn a_policy_of_which_nothing_was_delivered_notifies_all_channels_of_the_organisation() {
    let mut world = World::new(policy(only_step(&[person(11)])));
    world.down();
    world.tick(0);
    world.send();
    assert!(world.undelivered(11, AlertKind::Down, 1));
    world.tick(1);
    assert_eq!(world.send(), [(1, AlertKind::Down), (2, AlertKind::Down)]);
    let note = "Night reaches nobody: all enabled channels are notified";
    assert_eq!(world.notes(), [note]);
    // Once, also where those fail.
    assert!(world.undelivered(1, AlertKind::Down, 2));
    assert!(world.undelivered(2, AlertKind::Down, 2));
    world.tick(2);
    assert_eq!(world.send(), []);
    assert_eq!(world.notes(), [note]);
}

#[test]
fn a_step_that_a_mute_holds_until_its_time_is_not_said_to_be_early() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    world.rules.muted = vec![domain::alert_rules::Mute {
        monitor_id: ID,
        until: Some(NOW.plus_millis(30 * 60_000)),
    }];
    assert!(world.undelivered(11, AlertKind::Down, MINUTE));
    assert_eq!(world.tick(MINUTE), Some(30 * MINUTE));
    assert_eq!(world.send(), []);
    world.tick(30 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    assert!(world.notes().is_empty());
}

/// At once the member 11, and after five minutes the same again.
fn twice() -> EscalationPlan {
    EscalationPlan {
        steps: vec![step(0, &[person(11)]), step(5, &[person(11)])],
        repeats: 0,
        ..plan()
    }
}

#[test]
fn who_is_reached_by_a_later_step_has_nobody_else_notified() {
    let mut world = World::new(policy(twice()));
    world.down();
    world.tick(0);
    world.send();
    assert!(world.undelivered(11, AlertKind::Down, 1));
    world.tick(1);
    assert_eq!(world.send(), [(11, AlertKind::Reminder)], "nobody else");
    world.tick(MINUTE);
    assert_eq!(world.send(), []);
    assert_eq!(world.notes(), [NOTE]);
    // It is reported of the second one as well: nobody has heard of it.
    assert!(world.undelivered(11, AlertKind::Reminder, 2 * MINUTE));
    world.tick(2 * MINUTE);
    assert_eq!(world.send(), [(1, AlertKind::Down), (2, AlertKind::Down)]);
}

#[test]
fn a_late_report_of_the_first_message_has_nobody_else_notified_where_a_later_one_came() {
    let mut world = World::new(policy(twice()));
    world.down();
    for minutes in [0, 5] {
        world.tick(minutes * MINUTE);
        world.send();
    }
    assert!(world.undelivered(11, AlertKind::Down, 6 * MINUTE));
    world.tick(6 * MINUTE);
    assert_eq!(world.send(), []);
    assert!(world.notes().is_empty());
}

#[test]
fn one_step_that_is_repeated_has_reached_somebody_if_any_of_its_messages_came() {
    let mut world = World::new(policy(EscalationPlan {
        repeats: 2,
        ..only_step(&[person(11)])
    }));
    world.down();
    for minutes in [0, 30, 60] {
        world.tick(minutes * MINUTE);
        world.send();
    }
    // The second one came, and nothing is kept of it but that.
    assert!(world.undelivered(11, AlertKind::Reminder, 61 * MINUTE));
    assert!(world.undelivered(11, AlertKind::Down, 61 * MINUTE));
    world.tick(61 * MINUTE);
    assert_eq!(world.send(), []);
    assert!(world.notes().is_empty());
}
