//! Who is notified by routes and by the steps of escalation policies.

use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Cause};
use domain::alert_policy::{AlertPolicy, Person, Team};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::routing::{Conditions, Labels, Recipients, Route, RoutedBy};
use domain::{EscalationPolicyId, RouteId, Severity, TagId, TeamId, UserId};

use super::*;

/// The organisation's channels 1 and 2, and the own channels of the members 11, 12 and 13.
const CHANNELS: &[Recipient] = &[recipient(1, PLAIN), recipient(2, ALL), own(11), own(12), own(13)];

const fn own(id: i64) -> Recipient {
    Recipient {
        is_own: true,
        ..recipient(id, PLAIN)
    }
}

fn person(id: i64) -> Target {
    Target::Person { id: UserId(id) }
}

fn step(wait_minutes: u32, targets: &[Target]) -> EscalationStep {
    EscalationStep {
        wait_minutes,
        targets: targets.to_vec(),
        conditions: StepConditions::default(),
    }
}

/// At once the member 11, after five minutes 12, after ten more the team of 12 and 13; again once after half an hour.
fn plan() -> EscalationPlan {
    EscalationPlan {
        steps: vec![
            step(0, &[person(11)]),
            step(5, &[person(12)]),
            step(10, &[Target::Team { id: TeamId(1) }]),
        ],
        repeats: 1,
        repeat_after_minutes: 30,
        acknowledgement_minutes: 60,
    }
}

fn to_policy() -> Recipients {
    Recipients::Policy {
        policy_id: EscalationPolicyId(3),
    }
}

fn routed(recipients: Recipients) -> Route {
    Route {
        id: RouteId(5),
        name: "All".into(),
        conditions: Conditions::default(),
        recipients,
        goes_on: false,
    }
}

/// Everything goes to a policy with this plan.
fn policy(plan: EscalationPlan) -> AlertPolicy {
    AlertPolicy {
        routes: vec![routed(to_policy())],
        escalation_policies: vec![EscalationPolicy {
            id: EscalationPolicyId(3),
            name: "Night".into(),
            plan,
        }],
        teams: vec![Team {
            id: TeamId(1),
            members: vec![UserId(12), UserId(13)],
        }],
        people: [11, 12, 13]
            .map(|id| Person {
                id: UserId(id),
                channels: vec![ChannelId(id)],
            })
            .to_vec(),
        ..AlertPolicy::default()
    }
}

struct World {
    alerter: Alerter,
    policy: AlertPolicy,
    rules: AlertRules,
    labels: Labels,
    channels: Vec<Recipient>,
}

impl World {
    fn new(policy: AlertPolicy) -> Self {
        Self {
            alerter: Alerter::default(),
            policy,
            rules: AlertRules::default(),
            labels: Labels::default(),
            channels: CHANNELS.to_vec(),
        }
    }

    /// Ticks so many seconds later, as often as it takes until nothing more follows at that time.
    fn tick(&mut self, seconds: i64) -> Option<i64> {
        let now = NOW.plus_millis(seconds * 1_000);
        let settings = NotificationSettings {
            recipients: &self.channels,
            incident_keepers: &[],
            rules: &self.rules,
            policy: &self.policy,
            labels: Some(&self.labels),
        };
        let mut actions = tick(&mut self.alerter.ledger, Some(settings), NOW, now);
        self.alerter.events.append(&mut actions.events);
        // What is written is what a restarted alerter goes on with.
        let written = serde_json::to_vec(&self.alerter.ledger).unwrap();
        let read: Ledger = serde_json::from_slice(&written).unwrap();
        assert_eq!(read, self.alerter.ledger);
        actions.next_due.map(|at| at.millis_since(NOW) / 1_000)
    }

    fn down(&mut self) {
        fold(&mut self.alerter, &down(1), 0);
    }

    /// What is due to be sent: the channels and of what they are notified; it is received.
    fn send(&mut self) -> Vec<(i64, AlertKind)> {
        self.send_with(&sent())
    }

    fn send_with(&mut self, outcome: &DeliveryOutcome) -> Vec<(i64, AlertKind)> {
        let due = self.alerter.ledger.due();
        let mut due: Vec<_> = due
            .iter()
            .map(|(_, kind, delivery)| (delivery.channel.0, *kind))
            .collect();
        due.sort_by_key(|(channel, _)| *channel);
        self.alerter.attempt(outcome);
        due
    }

    fn acknowledge(&mut self, seconds: i64) {
        let incident = self.alerter.ledger.incidents[0].id;
        let Record::Lifecycle(record) = edited(2, 1, LifecycleEvent::Acknowledged) else {
            unreachable!("it is one")
        };
        let record = Record::Lifecycle(Lifecycle {
            incident_id: Some(incident),
            ..record
        });
        fold(&mut self.alerter, &record, seconds);
    }

    /// The reasons for which steps have notified nobody.
    fn notes(&self) -> Vec<&str> {
        let notes = self.alerter.events.iter().filter(|event| event.cause.is_some());
        notes
            .filter(|event| event.delivery_id.is_none())
            .filter_map(|event| event.reason.as_deref())
            .collect()
    }
}

const MINUTE: i64 = 60;

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
    world.policy.people = super::escalation::policy(plan()).people;
    world.tick(30 * MINUTE);
    assert_eq!(world.send(), [(11, AlertKind::Down)]);
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
        labels: Some(&world.labels),
    };
    let _ = tick(&mut world.alerter.ledger, Some(settings), now, now);
    assert_eq!(
        world.send(),
        [(1, AlertKind::Up), (2, AlertKind::Up)],
        "of the first one"
    );
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
