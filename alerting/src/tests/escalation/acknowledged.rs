//! Somebody has acknowledged an incident, for a time.

use super::*;

#[test]
fn an_acknowledgement_stops_it_until_it_expires() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    world.send();
    world.acknowledge(MINUTE);
    assert_eq!(world.tick(MINUTE), Some(61 * MINUTE));
    assert_eq!(world.tick(61 * MINUTE - 1), Some(61 * MINUTE));
    assert_eq!(world.send(), []);
    assert_eq!(world.tick(61 * MINUTE), Some(71 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    let expired = world.alerter.events.iter().find(|event| {
        let is_end = (event.alert, event.step) == (AlertKind::Acknowledged, Step::Suppressed);
        is_end && event.reason.as_deref() == Some(ACKNOWLEDGEMENT_EXPIRED)
    });
    assert!(expired.is_some());
    // It can be acknowledged again.
    world.acknowledge(65 * MINUTE);
    assert_eq!(world.tick(65 * MINUTE), Some(125 * MINUTE));
    assert_eq!(world.tick(71 * MINUTE), Some(125 * MINUTE));
    assert_eq!(world.send(), []);
    fold(&mut world.alerter, &up(400), 4_000);
    world.tick(4_000);
    assert_eq!(world.send(), [(11, AlertKind::Up), (12, AlertKind::Up)]);
}

#[test]
fn an_acknowledgement_that_expires_after_the_last_step_begins_the_last_round_again() {
    let mut world = World::new(policy(EscalationPlan { repeats: 0, ..plan() }));
    world.down();
    for minutes in [0, 5, 15] {
        world.tick(minutes * MINUTE);
        world.send();
    }
    assert_eq!(world.tick(16 * MINUTE), None);
    world.acknowledge(20 * MINUTE);
    assert_eq!(world.tick(20 * MINUTE), Some(80 * MINUTE));
    assert_eq!(world.tick(80 * MINUTE), Some(85 * MINUTE));
    assert_eq!(world.send(), [(11, AlertKind::Reminder)]);
}

#[test]
fn each_policy_has_its_own_time_until_an_acknowledgement_expires() {
    let mut both = policy(plan());
    both.routes[0].goes_on = true;
    both.routes.push(Route {
        id: RouteId(6),
        recipients: Recipients::Policy {
            policy_id: EscalationPolicyId(4),
        },
        ..routed(to_policy())
    });
    both.escalation_policies.push(EscalationPolicy {
        id: EscalationPolicyId(4),
        name: "Never".into(),
        plan: EscalationPlan {
            steps: vec![step(30, &[person(13)])],
            repeats: 0,
            acknowledgement_minutes: 0,
            ..plan()
        },
    });
    let mut world = World::new(both);
    world.down();
    world.tick(0);
    world.send();
    world.acknowledge(MINUTE);
    world.tick(MINUTE);
    world.tick(61 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)], "of the first policy only");
    world.tick(71 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Reminder), (13, AlertKind::Down)]);
}

#[test]
fn a_second_acknowledgement_is_another_message() {
    let mut world = World::new(policy(EscalationPlan {
        steps: vec![step(0, &[Target::Channel { id: ChannelId(1) }])],
        repeats: 3,
        ..plan()
    }));
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(1, AlertKind::Down)]);
    let mut names = std::collections::HashSet::new();
    for minutes in [1, 100] {
        world.acknowledge(minutes * MINUTE);
        world.tick(minutes * MINUTE);
        names.extend(
            world
                .alerter
                .ledger
                .due()
                .iter()
                .map(|(.., delivery)| delivery.id),
        );
        assert_eq!(world.send(), [(1, AlertKind::Acknowledged)]);
        world.tick((minutes + 61) * MINUTE);
        world.send();
    }
    assert_eq!(names.len(), 2);
}
