//! Where incidents go, and what is written of that.

use super::*;

#[test]
fn routes_and_monitors_name_channels() {
    let channels = |ids: &[i64]| Recipients::Channels {
        channels: ids.iter().map(|&id| ChannelId(id)).collect(),
    };
    let tagged = Conditions {
        tags: vec![TagId(8)],
        ..Conditions::default()
    };
    let routes = vec![Route {
        conditions: tagged,
        ..routed(channels(&[2]))
    }];
    let with_routes = AlertPolicy {
        routes,
        ..policy(plan())
    };
    let notified = |policy: AlertPolicy, labels: Labels| {
        let mut world = World::new(policy);
        world.labels = labels;
        world.down();
        world.tick(0);
        let causes: Vec<Option<Cause>> = world.alerter.events.iter().map(|event| event.cause).collect();
        let due = world.send().into_iter().map(|(channel, _)| channel);
        (due.collect::<Vec<_>>(), causes)
    };
    let by = |routed_by| {
        Some(Cause {
            routed_by,
            step: None,
        })
    };
    let tagged = Labels {
        tags: vec![TagId(8)],
        ..Labels::default()
    };
    let by_route = by(RoutedBy::Route { route_id: RouteId(5) });
    assert_eq!(
        notified(with_routes.clone(), tagged.clone()),
        (vec![2], vec![by_route])
    );
    assert_eq!(
        notified(with_routes.clone(), Labels::default()),
        (vec![1, 2], vec![None, None])
    );
    let own = |recipients| Labels {
        recipients: Some(recipients),
        ..tagged.clone()
    };
    let by_monitor = by(RoutedBy::Monitor);
    assert_eq!(
        notified(with_routes.clone(), own(channels(&[1]))),
        (vec![1], vec![by_monitor])
    );
    assert_eq!(
        notified(with_routes.clone(), own(Recipients::Nobody)),
        (vec![], vec![by_monitor])
    );
    // A channel of a member cannot be named, one that is gone is made up for.
    for lost in [11, 99] {
        let (due, causes) = notified(with_routes.clone(), own(channels(&[lost])));
        assert_eq!(
            (due, causes),
            (vec![1, 2], vec![by_monitor, None, None]),
            "{lost}"
        );
    }
    let gone = Recipients::Policy {
        policy_id: EscalationPolicyId(99),
    };
    assert_eq!(
        notified(with_routes, own(gone)),
        (vec![1, 2], vec![by_monitor, None, None])
    );
}

#[test]
fn of_a_degraded_monitor_only_the_first_step_is_notified_and_who_wants_to_be() {
    let mut plan = plan();
    plan.steps[0].targets.push(Target::Channel { id: ChannelId(2) });
    let mut world = World::new(policy(plan));
    fold(&mut world.alerter, &degraded(1), 0);
    assert_eq!(world.tick(0), None);
    assert_eq!(world.send(), [(2, AlertKind::Degraded)]);
    assert_eq!(world.tick(30 * MINUTE), None);
    assert_eq!(world.send(), []);
}

#[test]
fn an_outage_that_is_over_before_it_is_routed_is_announced_by_the_first_step() {
    for (wait, expected) in [(0, vec![(11, AlertKind::Down)]), (1, vec![])] {
        let mut plan = plan();
        plan.steps[0].wait_minutes = wait;
        let mut world = World::new(policy(plan));
        world.down();
        fold(&mut world.alerter, &up(2), 1);
        world.tick(1);
        assert_eq!(world.send(), expected);
        let end = world.send();
        assert_eq!(end.len(), expected.len(), "{end:?}");
        assert_eq!(world.tick(5 * MINUTE), None);
    }
}

#[test]
fn outages_of_a_backlog_become_one_message_only_where_they_go_to_the_same_places() {
    let mut of_timeouts = routed(Recipients::Nobody);
    of_timeouts.conditions.error_codes = vec![domain::ErrorCode::ReadTimeout];
    let mut world = World::new(AlertPolicy {
        routes: vec![of_timeouts],
        ..AlertPolicy::default()
    });
    world.down();
    fold(&mut world.alerter, &up(2), 0);
    let Record::Result(mut timeout) = down(3) else {
        unreachable!("it is a result")
    };
    timeout.error_code = Some(domain::ErrorCode::ReadTimeout);
    fold(&mut world.alerter, &Record::Result(timeout), 0);
    fold(&mut world.alerter, &up(4), 0);
    let now = NOW.plus_millis(90_000);
    let settings = NotificationSettings {
        recipients: &world.channels,
        incident_keepers: &[],
        rules: &world.rules,
        policy: &world.policy,
        route_index: None,
        labels: Some(&world.labels),
        upstream: Upstream::NotDown,
    };
    let _ = tick(&mut world.alerter.ledger, Some(settings), now, now);
    assert_eq!(
        world.send(),
        [(1, AlertKind::Up), (2, AlertKind::Up)],
        "of the first one"
    );
}

#[test]
fn what_another_version_has_written_of_an_escalation_does_not_spoil_the_incident() {
    let mut plan = plan();
    plan.steps[0].wait_minutes = 5;
    let mut world = World::new(policy(plan));
    world.down();
    world.tick(0);
    let mut written = serde_json::to_value(&world.alerter.ledger).unwrap();
    let step = &mut written["incidents"][0]["escalations"][0]["plan"]["steps"][0];
    step["targets"] = serde_json::json!([{"kind": "pager_of_the_future", "id": 1}]);
    world.alerter.ledger = serde_json::from_value(written).unwrap();
    assert_eq!(world.tick(MINUTE), Some(6 * MINUTE), "it is decided anew");
    world.tick(6 * MINUTE);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
}
