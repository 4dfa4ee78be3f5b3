//! One step after the other.

use super::*;

#[test]
fn one_step_follows_the_other_while_nobody_acknowledges() {
    let mut world = World::new(policy(plan()));
    world.down();
    assert_eq!(world.tick(0), Some(5 * MINUTE));
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
    assert_eq!(world.tick(5 * MINUTE - 1), Some(5 * MINUTE), "no step is early");
    assert_eq!(world.send(), []);
    assert_eq!(world.tick(5 * MINUTE), Some(15 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    // Whoever was notified is reminded.
    assert_eq!(world.tick(15 * MINUTE), Some(45 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Reminder), (13, AlertKind::Down)]);
    assert_eq!(world.tick(45 * MINUTE), Some(50 * MINUTE));
    assert_eq!(world.send(), [(11, AlertKind::Reminder)]);
    assert_eq!(world.tick(50 * MINUTE), Some(60 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Reminder)]);
    assert_eq!(world.tick(60 * MINUTE), None);
    assert_eq!(
        world.send(),
        [(12, AlertKind::Reminder), (13, AlertKind::Reminder)]
    );
    assert_eq!(world.tick(600 * MINUTE), None, "that was the last round");
    // Each message has a name of its own, and says why it was sent.
    let decided = world
        .alerter
        .events
        .iter()
        .filter(|event| event.step == Step::Decided);
    let names: std::collections::HashSet<_> = decided.clone().map(|event| event.delivery_id).collect();
    assert_eq!((decided.clone().count(), names.len()), (8, 8));
    let causes = decided.map(|event| event.cause.and_then(|cause| cause.step).unwrap());
    let causes: Vec<_> = causes.map(|step| (step.round, step.step)).collect();
    let round = |round| [(round, 1), (round, 2), (round, 3), (round, 3)];
    assert_eq!(causes, [round(1), round(2)].concat());
}

#[test]
fn everybody_who_was_notified_is_notified_of_the_end() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    world.tick(5 * MINUTE);
    world.send();
    fold(&mut world.alerter, &up(40), 400);
    assert_eq!(world.tick(400), None);
    assert_eq!(world.send(), [(11, AlertKind::Up), (12, AlertKind::Up)]);
    assert_eq!(world.tick(15 * MINUTE), None);
    assert_eq!(world.send(), []);
}

#[test]
fn an_edit_concerns_later_incidents_and_a_rota_is_live() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    world.policy.escalation_policies[0].plan.steps = vec![step(0, &[person(13)])];
    world.policy.teams[0].members = vec![UserId(13)];
    world.tick(5 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    world.tick(15 * MINUTE);
    assert_eq!(world.send(), [(13, AlertKind::Down)], "the team is as it is now");
}

#[test]
fn conditions_of_a_step_are_asked_when_it_is_due() {
    let mut plan = plan();
    plan.steps[0].conditions.severities = vec![Severity::Critical];
    let mut world = World::new(policy(plan));
    world.labels.severity = Severity::Warning;
    world.down();
    assert_eq!(world.tick(0), Some(10 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    assert_eq!(world.notes(), ["step 1 of Night: its conditions do not hold"]);
}

#[test]
fn no_step_is_taken_while_the_monitor_is_muted() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    world.rules.muted = vec![domain::alert_rules::Mute {
        monitor_id: ID,
        until: Some(NOW.plus_millis(20 * 60_000)),
    }];
    assert_eq!(world.tick(5 * MINUTE), Some(20 * MINUTE));
    assert_eq!(world.send(), []);
    world.tick(20 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
}

#[test]
fn nobody_is_notified_of_a_muted_monitor_by_a_policy() {
    let mut world = World::new(policy(plan()));
    world.rules.muted = vec![domain::alert_rules::Mute {
        monitor_id: ID,
        until: None,
    }];
    world.down();
    assert_eq!(world.tick(0), None);
    world.rules.muted.clear();
    assert_eq!(world.tick(30 * MINUTE), None);
    assert_eq!(world.send(), []);
}

#[test]
fn what_was_down_for_long_goes_on_step_by_step() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    // The alerter was away for an hour: nobody is skipped, and nobody loses their time.
    assert_eq!(world.tick(60 * MINUTE), Some(70 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
}
