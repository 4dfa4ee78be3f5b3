use domain::ScheduleId;
use domain::alert_policy::{Person, Team};
use domain::escalation::{EscalationPolicy, EscalationStep, StepConditions};
use domain::on_call::{Override, Rota, Schedule};
use domain::routing::{Condition, Conditions, Labels, Route};
use domain::{ErrorCode, RouteId, TagId};

use super::*;

/// A Monday.
const AT: &str = "2026-11-30T12:00:00Z";
const ADA: UserId = UserId(1);
const BOB: UserId = UserId(2);
const GONE: UserId = UserId(3);

fn at() -> Timestamp {
    AT.parse().unwrap()
}

fn channels(ids: &[i64]) -> Recipients {
    Recipients::Channels {
        channels: ids.iter().copied().map(ChannelId).collect(),
    }
}

fn escalating(id: i64) -> Recipients {
    Recipients::Policy {
        policy_id: EscalationPolicyId(id),
    }
}

fn route(id: i64, tags: &[i64], recipients: Recipients, goes_on: bool) -> Route {
    Route {
        id: RouteId(id),
        name: format!("route {id}"),
        conditions: Conditions {
            tags: tags.iter().copied().map(TagId).collect(),
            ..Conditions::default()
        },
        recipients,
        goes_on,
    }
}

fn step(wait_minutes: u32, targets: &[Target]) -> EscalationStep {
    EscalationStep {
        wait_minutes,
        targets: targets.to_vec(),
        conditions: StepConditions::default(),
    }
}

fn policy(id: i64, steps: Vec<EscalationStep>) -> EscalationPolicy {
    EscalationPolicy {
        id: EscalationPolicyId(id),
        name: format!("policy {id}"),
        plan: EscalationPlan {
            steps,
            repeats: 0,
            repeat_after_minutes: 30,
            acknowledgement_minutes: 0,
        },
    }
}

/// Channel 10 is enabled, 11 is not; Ada has two channels of her own, Bob none.
fn known() -> Known {
    Known {
        channels: vec![
            (ChannelId(10), "ops".to_owned(), true),
            (ChannelId(11), "old".to_owned(), false),
        ],
        people: [(ADA, "Ada".to_owned()), (BOB, "Bob".to_owned())].into(),
        teams: [(TeamId(1), "Platform".to_owned())].into(),
    }
}

fn decided() -> AlertPolicy {
    AlertPolicy {
        teams: vec![Team {
            id: TeamId(1),
            members: vec![ADA, BOB],
        }],
        people: vec![Person {
            id: ADA,
            channels: vec![ChannelId(20), ChannelId(21)],
        }],
        ..AlertPolicy::default()
    }
}

fn explained(labels: &Labels, policy: &AlertPolicy) -> RouteExplanation {
    let incident = RoutedIncident {
        labels,
        degraded: false,
        error_code: Some(ErrorCode::ReadTimeout),
        started_at: at(),
    };
    explain(&incident, Vec::new(), policy, &known())
}

fn tagged(tags: &[i64]) -> Labels {
    Labels {
        tags: tags.iter().copied().map(TagId).collect(),
        ..Labels::default()
    }
}

fn ids(channels: &[ExplainedChannel]) -> Vec<(i64, bool)> {
    channels.iter().map(|it| (it.id.0, it.enabled)).collect()
}

#[test]
fn each_route_says_what_came_of_asking_it() {
    let policy = AlertPolicy {
        routes: vec![
            route(1, &[9], channels(&[10]), false),
            route(2, &[1], channels(&[10]), true),
            route(3, &[], channels(&[11]), false),
            route(4, &[], Recipients::Nobody, false),
        ],
        ..decided()
    };
    let explanation = explained(&tagged(&[1]), &policy);
    let routes: Vec<_> = explanation
        .routes
        .iter()
        .map(|it| (it.matched, it.unmet, it.asked))
        .collect();
    assert_eq!(
        routes,
        [
            (false, Some(Condition::Tags), true),
            (true, None, true),
            (true, None, true),
            (true, None, false),
        ]
    );
    let taken: Vec<_> = explanation
        .destinations
        .iter()
        .map(|it| (it.by, it.route_name.as_deref(), ids(&it.channels)))
        .collect();
    assert_eq!(
        taken,
        [
            (ExplainedBy::Route, Some("route 2"), vec![(10, true)]),
            (ExplainedBy::Route, Some("route 3"), vec![(11, false)]),
        ]
    );
}

#[test]
fn without_a_route_all_enabled_channels_are_notified() {
    let explanation = explained(&Labels::default(), &decided());
    let [default] = &explanation.destinations[..] else {
        panic!("{explanation:?}");
    };
    assert_eq!(
        (default.by, ids(&default.channels)),
        (ExplainedBy::Default, vec![(10, true)])
    );
    assert_eq!(default.recipients, None);
}

#[test]
fn own_recipients_come_before_routes() {
    let policy = AlertPolicy {
        routes: vec![route(1, &[], channels(&[10]), false)],
        ..decided()
    };
    let labels = Labels {
        recipients: Some(Recipients::Nobody),
        ..Labels::default()
    };
    let explanation = explained(&labels, &policy);
    assert!(
        explanation
            .routes
            .iter()
            .all(|route| route.matched && !route.asked)
    );
    let [own] = &explanation.destinations[..] else {
        panic!("{explanation:?}");
    };
    assert_eq!(
        (own.by, own.recipients.as_ref()),
        (ExplainedBy::Monitor, Some(&Recipients::Nobody))
    );
}

#[test]
fn what_reaches_nobody_goes_to_all_enabled_channels() {
    for lost in [channels(&[11, 99]), escalating(7)] {
        let labels = Labels {
            recipients: Some(lost),
            ..Labels::default()
        };
        let explanation = explained(&labels, &decided());
        let [_, fallback] = &explanation.destinations[..] else {
            panic!("{explanation:?}");
        };
        assert_eq!(
            (fallback.by, ids(&fallback.channels)),
            (ExplainedBy::Fallback, vec![(10, true)])
        );
    }
    let gone = explained(
        &Labels {
            recipients: Some(channels(&[99])),
            ..Labels::default()
        },
        &decided(),
    );
    assert_eq!(gone.destinations[0].channels[0].name, None);
}

#[test]
fn a_policy_whose_steps_reach_nobody_is_made_up_for() {
    let nobody = [Target::Person { id: BOB }, Target::Channel { id: ChannelId(11) }];
    let mut held = step(5, &[Target::Person { id: ADA }]);
    held.conditions.severities = vec![Severity::Info];
    let by = |steps: Vec<EscalationStep>| {
        let policy = AlertPolicy {
            escalation_policies: vec![policy(1, steps)],
            ..decided()
        };
        let labels = Labels {
            recipients: Some(escalating(1)),
            ..Labels::default()
        };
        let destinations = explained(&labels, &policy).destinations;
        destinations
            .iter()
            .map(|it| (it.by, ids(&it.channels)))
            .collect::<Vec<_>>()
    };
    let own = (ExplainedBy::Monitor, Vec::new());
    let fallback = (ExplainedBy::Fallback, vec![(10, true)]);
    assert_eq!(by(vec![step(0, &nobody), held.clone()]), [own.clone(), fallback]);
    let somebody = step(5, &[Target::Person { id: ADA }]);
    assert_eq!(by(vec![step(0, &nobody), held, somebody]), [own]);
}

#[test]
fn who_is_narrowed_is_told_neither_people_nor_routes_that_were_not_asked() {
    let targets = [
        Target::Person { id: ADA },
        Target::Team { id: TeamId(1) },
        Target::Channel { id: ChannelId(10) },
    ];
    let policy = AlertPolicy {
        routes: vec![
            route(1, &[9], channels(&[10]), false),
            route(2, &[], escalating(1), false),
            route(3, &[], channels(&[10]), false),
        ],
        escalation_policies: vec![policy(1, vec![step(0, &targets)])],
        ..decided()
    };
    let told = narrowed(explained(&Labels::default(), &policy));
    let routes: Vec<_> = told.routes.iter().map(|route| route.id.0).collect();
    assert_eq!(routes, [1, 2]);
    let escalation = told.destinations[0].policy.as_ref().unwrap();
    let targets = escalation.steps[0].targets.iter();
    let targets: Vec<_> = targets
        .map(|it| (it.name.as_deref(), it.channels, it.people.len(), it.unreachable))
        .collect();
    assert_eq!(
        targets,
        [
            (None, 2, 0, None),
            (Some("Platform"), 2, 0, None),
            (Some("ops"), 1, 0, None),
        ]
    );
}

#[test]
fn a_step_says_when_it_is_due_and_whom_it_reaches() {
    let schedule = Schedule {
        id: ScheduleId(1),
        name: "Primary".to_owned(),
        rota: Rota {
            time_zone: chrono_tz::UTC,
            layers: Vec::new(),
        },
        overrides: vec![Override {
            user_id: BOB,
            from: at(),
            until: at().plus_millis(10 * MINUTE_MS),
        }],
    };
    let on_call = Target::Schedule { id: ScheduleId(1) };
    let steps = vec![
        // Nobody is reached: the next one is due at once.
        step(
            5,
            &[
                on_call,
                Target::Person { id: GONE },
                Target::Channel { id: ChannelId(11) },
            ],
        ),
        step(15, &[Target::Team { id: TeamId(1) }]),
        step(
            15,
            &[
                on_call,
                Target::Channel { id: ChannelId(10) },
                Target::Team { id: TeamId(9) },
            ],
        ),
    ];
    let decided = AlertPolicy {
        escalation_policies: vec![policy(1, steps)],
        schedules: vec![schedule],
        ..decided()
    };
    let labels = Labels {
        recipients: Some(escalating(1)),
        ..Labels::default()
    };
    let explanation = explained(&labels, &decided);
    let escalation = explanation.destinations[0].policy.as_ref().unwrap();
    assert!(escalation.followed);
    let due: Vec<_> = escalation.steps.iter().map(|step| step.after_minutes).collect();
    assert_eq!(due, [5, 5, 20]);
    let told: Vec<Vec<_>> = escalation
        .steps
        .iter()
        .map(|step| {
            let targets = step.targets.iter();
            targets
                .map(|it| (it.name.as_deref(), it.channels, it.unreachable))
                .collect()
        })
        .collect();
    assert_eq!(
        told,
        [
            vec![
                (Some("Primary"), 0, Some(Unreachable::NoChannel)),
                (None, 0, Some(Unreachable::Gone)),
                (Some("old"), 0, Some(Unreachable::NoChannel)),
            ],
            vec![(Some("Platform"), 2, None)],
            vec![
                (Some("Primary"), 0, Some(Unreachable::NobodyOnCall)),
                (Some("ops"), 1, None),
                (None, 0, Some(Unreachable::Gone)),
            ],
        ]
    );
    let names = |step: usize, target: usize| {
        let people = &escalation.steps[step].targets[target].people;
        people
            .iter()
            .map(|person| person.name.as_deref())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(0, 0), [Some("Bob")]);
    assert_eq!(names(0, 1), [None]);
    assert_eq!(names(1, 0), [Some("Ada"), Some("Bob")]);
}

#[test]
fn an_incident_follows_three_policies_and_each_once() {
    let reached = vec![step(0, &[Target::Person { id: ADA }])];
    let routes = [1, 1, 2, 3, 4].into_iter().zip(1..);
    let decided = AlertPolicy {
        routes: routes
            .map(|(policy, id)| route(id, &[], escalating(policy), true))
            .collect(),
        escalation_policies: (1..=4).map(|id| policy(id, reached.clone())).collect(),
        ..decided()
    };
    let explanation = explained(&Labels::default(), &decided);
    let followed: Vec<_> = explanation
        .destinations
        .iter()
        .map(|it| it.policy.as_ref().unwrap().followed)
        .collect();
    assert_eq!(followed, [true, false, true, true, false]);
}
