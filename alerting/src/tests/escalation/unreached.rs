//! Steps that reach nobody, or not now.

use super::*;

#[test]
fn a_step_that_notifies_nobody_is_followed_by_the_next_one_at_once() {
    let mut policy = policy(plan());
    policy.people.retain(|person| person.id != UserId(11));
    let mut world = World::new(policy);
    world.down();
    assert_eq!(world.tick(0), Some(10 * MINUTE));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    assert_eq!(
        world.notes(),
        ["step 1 of Night: member 11 has no enabled channel"]
    );
}

#[test]
fn a_channel_that_refuses_is_followed_by_the_next_step_at_once() {
    let mut world = World::new(policy(plan()));
    world.down();
    world.tick(0);
    let refused = DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    };
    assert_eq!(world.send_with(&refused), [(11, AlertKind::Down)]);
    assert_eq!(world.tick(3), Some(10 * MINUTE + 3));
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    // In the next round it is tried again.
    world.tick(10 * MINUTE + 3);
    world.send();
    world.tick(40 * MINUTE + 3);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
}

#[test]
fn a_policy_that_reaches_nobody_notifies_all_channels_of_the_organisation() {
    let mut policy = policy(plan());
    policy.people.clear();
    let mut world = World::new(policy);
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(1, AlertKind::Down), (2, AlertKind::Down)]);
    let last = *world.notes().last().unwrap();
    assert_eq!(last, "Night reaches nobody: all enabled channels are notified");
    assert_eq!(world.notes().len(), 4, "each step, and the policy");
    let attempts: std::collections::HashSet<_> = world
        .alerter
        .events
        .iter()
        .filter(|event| event.delivery_id.is_none())
        .map(|event| event.attempt)
        .collect();
    assert_eq!(attempts.len(), 4, "each has a name of its own");
    // The next round waits all the same, and somebody may be reached by then.
    assert_eq!(world.tick(29 * MINUTE), Some(30 * MINUTE));
    world.policy.people = super::policy(plan()).people;
    world.tick(30 * MINUTE);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
}

#[test]
fn a_throttled_channel_holds_back_no_step() {
    let mut world = World::new(policy(plan()));
    world.channels[2].preferences.throttle_seconds = 3_600;
    world.down();
    world.tick(0);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
    fold(&mut world.alerter, &up(2), 20);
    world.tick(20);
    assert_eq!(world.send(), [(11, AlertKind::Up)]);
    // The next outage, a minute later: the member 11 waits, and 12 does not.
    fold(&mut world.alerter, &down(10), 60);
    assert_eq!(world.tick(60), Some(6 * MINUTE));
    assert_eq!(world.send(), []);
    world.tick(6 * MINUTE);
    assert_eq!(world.send(), [(12, AlertKind::Down)]);
    // Somebody has it: what waits is not sent any more.
    world.acknowledge(7 * MINUTE);
    world.tick(7 * MINUTE);
    assert_eq!(world.tick(60 * MINUTE + 1), Some(67 * MINUTE));
    assert_eq!(world.send(), []);
}

#[test]
fn a_policy_whose_channels_all_refuse_notifies_all_channels_of_the_organisation() {
    let mut world = World::new(policy(EscalationPlan {
        steps: vec![step(0, &[person(11)])],
        repeats: 0,
        ..plan()
    }));
    world.down();
    world.tick(0);
    let refused = DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    };
    assert_eq!(world.send_with(&refused), [(11, AlertKind::Down)]);
    world.tick(1);
    assert_eq!(
        world.send_with(&refused),
        [(1, AlertKind::Down), (2, AlertKind::Down)]
    );
    // Once: they refuse as well.
    world.tick(2);
    assert_eq!(world.send(), []);
    assert_eq!(
        world.notes(),
        ["Night reaches nobody: all enabled channels are notified"]
    );
}

#[test]
fn all_channels_of_the_organisation_are_notified_once_nothing_holds_them_back() {
    let mut world = World::new(policy(EscalationPlan {
        steps: vec![step(0, &[person(11)])],
        repeats: 0,
        ..plan()
    }));
    world.down();
    world.tick(0);
    world.rules.muted = vec![domain::alert_rules::Mute {
        monitor_id: ID,
        until: Some(NOW.plus_millis(30 * 60_000)),
    }];
    let refused = DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    };
    assert_eq!(world.send_with(&refused), [(11, AlertKind::Down)]);
    assert_eq!(world.tick(MINUTE), Some(30 * MINUTE));
    assert_eq!(world.send(), []);
    // The mute is known for some days after its end.
    world.tick(30 * MINUTE);
    assert_eq!(world.send(), [(1, AlertKind::Down), (2, AlertKind::Down)]);
}

#[test]
fn a_direct_channel_that_is_disabled_while_it_waits_holds_nobody_back() {
    let mut both = policy(EscalationPlan {
        steps: vec![step(0, &[person(11)])],
        repeats: 0,
        ..plan()
    });
    both.routes.insert(
        0,
        Route {
            id: RouteId(1),
            recipients: Recipients::Channels {
                channels: vec![ChannelId(1)],
            },
            goes_on: true,
            ..routed(to_policy())
        },
    );
    let mut world = World::new(both);
    world.channels[0].preferences.throttle_seconds = 3_600;
    world.down();
    world.tick(0);
    world.send();
    fold(&mut world.alerter, &up(2), 20);
    world.tick(20);
    world.send();
    // In the next outage the first channel waits, and the member refuses.
    fold(&mut world.alerter, &down(10), 60);
    world.tick(60);
    let refused = DeliveryOutcome::Failed {
        reason: "HTTP 404".into(),
    };
    assert_eq!(world.send_with(&refused), [(11, AlertKind::Down)]);
    world.tick(61);
    assert_eq!(world.send(), []);
    world.channels.remove(0);
    let due = world.tick(90);
    assert_eq!(due, Some(90), "it is looked at again at once");
    world.tick(90);
    assert_eq!(world.send(), [(2, AlertKind::Down)]);
}
