//! A backtest of what is stored of a history comes to what an alerter has decided that has read it as it happened: the same
//! incidents, and the same messages at the same instants, for the same reasons.
//!
//! These are not drawn, because they cannot be the same, or need not be:
//!
//! - A slot that was checked under two revisions: only the later result is stored.
//! - Rows whose interval was shortened because a later revision began: the verdict of a late check begins later by them.
//! - Who is reached by conditions by hours and by on-call schedules: while something waits, an alerter may look at any time
//!   whether that still concerns anybody, and a simulation looks when something is due.
//!
//! Reasons are not compared: what is over before it was announced has another one where an alerter has held it back for longer
//! than its backlog.

use domain::alert_policy::{AlertPolicy, Person, Team};
use domain::alert_rules::{AlertRules, Mute};
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::flapping::FlappingRule;
use domain::hold::{Hold, HoldKind};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::routing::{Conditions, Labels, Recipients, Route, RoutedAlert};
use domain::{EscalationPolicyId, RouteId, Severity, TeamId, UserId};
use proptest::prelude::*;
use proptest::{collection, option};

use super::super::noise::quiet_for;
use super::history::{Edit, Found, History, Minute};
use super::live::LiveAlerter;
use super::*;

/// How many minutes of a history, at most.
const MINUTES: usize = 60;

/// How many seconds are simulated: there is time for what is still to come.
const SECONDS: i64 = 2 * 3_600;

fn found() -> impl Strategy<Value = Found> {
    prop_oneof![
        5 => Just(Found::Up),
        1 => Just(Found::Slow),
        4 => Just(Found::Timeout),
        1 => Just(Found::Refused),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let down_for = prop_oneof![3 => Just(0u32), 1 => Just(90u32)];
    let slow_ms = option::weighted(0.7, Just(500u32));
    let rule = (1u16..4, 1u16..3, option::of(2u16..6), down_for, slow_ms);
    rule.prop_map(
        |(down_after, up_after, down_of, down_for_seconds, slow_ms)| Rule {
            down_after,
            up_after,
            slow_ms,
            down_of,
            down_for_seconds,
        },
    )
}

fn edit() -> impl Strategy<Value = Edit> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let edit = (rule(), flags, option::of(found()));
    edit.prop_map(|(rule, (checks_same, is_soon, is_overtaken), found)| Edit {
        rule,
        checks_same,
        is_soon,
        found,
        is_overtaken,
    })
}

fn minute() -> impl Strategy<Value = Minute> {
    let late_ms = prop_oneof![5 => 0i64..300, 1 => 7_000i64..20_000];
    prop_oneof![
        24 => (found(), late_ms, 0i64..5_000).prop_map(|(found, late, after)| Minute::Check(found, late, after)),
        2 => Just(Minute::Nothing),
        2 => (1usize..4, found()).prop_map(|(minutes, found)| Minute::Late(minutes, found)),
        2 => edit().prop_map(Minute::Edit),
        1 => Just(Minute::Pause),
        3 => Just(Minute::Resume),
        2 => Just(Minute::Acknowledge),
    ]
}

fn preferences() -> impl Strategy<Value = ChannelAlerts> {
    let throttle = prop_oneof![3 => Just(0u32), 1 => Just(130u32), 1 => Just(600u32)];
    let remind = option::of(prop_oneof![Just(300u32), Just(420u32)]);
    let quiet = option::weighted(0.3, 600i64..3_600);
    (any::<bool>(), throttle, remind, quiet).prop_map(
        |(degraded, throttle_seconds, remind_every_seconds, quiet)| ChannelAlerts {
            degraded,
            throttle_seconds,
            remind_every_seconds,
            ..quiet.map_or(PLAIN, quiet_for)
        },
    )
}

/// The organisation's channels 1 and 2, and the own channels of the members 11 and 12.
fn recipients() -> impl Strategy<Value = Vec<Recipient>> {
    let each = [preferences(), preferences(), preferences(), preferences()];
    (each, any::<bool>()).prop_map(|(each, has_first)| {
        let recipients = [1, 2, 11, 12].into_iter().zip(each);
        let recipients = recipients.map(|(id, alerts)| Recipient {
            is_own: id > 10,
            ..recipient(id, alerts)
        });
        recipients.skip(usize::from(!has_first)).collect::<Vec<_>>()
    })
}

fn span() -> impl Strategy<Value = (Timestamp, Timestamp)> {
    (0i64..3_600, 60i64..1_800).prop_map(|(from, lasts)| (at(from), at(from + lasts)))
}

fn rules() -> impl Strategy<Value = AlertRules> {
    let muted = option::weighted(0.2, option::of(0i64..3_600));
    let hold = || option::weighted(0.25, span());
    (muted, hold(), hold(), hold(), any::<bool>()).prop_map(
        |(muted, window, silence, occurrence, of_outages)| {
            let hold = |kind: HoldKind, alerts: Vec<RoutedAlert>, spans| Hold {
                kind,
                monitors: vec![ID],
                conditions: Conditions {
                    alerts,
                    ..Conditions::default()
                },
                spans: vec![spans],
            };
            let alerts = if of_outages {
                vec![RoutedAlert::Down]
            } else {
                Vec::new()
            };
            let silence = silence.map(|span| hold(HoldKind::Silence, alerts, span));
            let occurrence = occurrence.map(|span| hold(HoldKind::Maintenance, Vec::new(), span));
            let window = window.map(|(from, until)| MaintenanceWindow {
                monitors: Vec::new(),
                span: Span::Once { from, until },
                exceptions: Vec::new(),
            });
            let muted = muted.map(|until| Mute {
                monitor_id: ID,
                until: until.map(at),
            });
            AlertRules {
                muted: muted.into_iter().collect(),
                windows: window.into_iter().collect(),
                holds: silence.into_iter().chain(occurrence).collect(),
            }
        },
    )
}

fn plan() -> impl Strategy<Value = EscalationPlan> {
    let step = |wait_minutes, target| EscalationStep {
        wait_minutes,
        targets: vec![target],
        conditions: StepConditions::default(),
    };
    let waits = [0u32..4, 0u32..8, 1u32..10];
    let expires = prop_oneof![Just(0u32), Just(5u32)];
    (waits, 0u8..3, expires, any::<bool>()).prop_map(
        move |(waits, repeats, acknowledgement_minutes, only_critical)| {
            let mut steps = vec![
                step(waits[0], Target::Person { id: UserId(11) }),
                step(waits[1], Target::Channel { id: ChannelId(2) }),
                step(waits[2], Target::Team { id: TeamId(1) }),
            ];
            if only_critical {
                steps[1].conditions.severities = vec![Severity::Critical];
            }
            EscalationPlan {
                steps,
                repeats,
                repeat_after_minutes: 4,
                acknowledgement_minutes,
            }
        },
    )
}

/// Where everything goes by one of these.
fn routes(which: u8) -> Vec<Route> {
    let route = |id, conditions, recipients, goes_on| Route {
        id: RouteId(id),
        name: "Some".into(),
        conditions,
        recipients,
        goes_on,
    };
    let all = Conditions::default;
    let policy = |id| Recipients::Policy {
        policy_id: EscalationPolicyId(id),
    };
    let channel = |id| Recipients::Channels {
        channels: vec![ChannelId(id)],
    };
    let timeouts = Conditions {
        error_codes: vec![ErrorCode::ReadTimeout],
        ..all()
    };
    let slow = Conditions {
        alerts: vec![RoutedAlert::Degraded],
        ..all()
    };
    match which {
        0 => Vec::new(),
        1 => vec![route(1, all(), channel(1), false)],
        2 => vec![route(1, all(), policy(3), false)],
        3 => vec![
            route(1, timeouts, policy(3), true),
            route(2, all(), channel(2), false),
        ],
        4 => vec![route(1, slow, Recipients::Nobody, false)],
        // That policy is gone.
        _ => vec![
            route(1, timeouts, policy(4), true),
            route(2, slow, policy(3), false),
        ],
    }
}

fn policy() -> impl Strategy<Value = AlertPolicy> {
    (0u8..6, plan()).prop_map(|(which, plan)| AlertPolicy {
        routes: routes(which),
        escalation_policies: vec![EscalationPolicy {
            id: EscalationPolicyId(3),
            name: "Night".into(),
            plan,
        }],
        teams: vec![Team {
            id: TeamId(1),
            members: vec![UserId(11), UserId(12)],
        }],
        people: [11, 12]
            .map(|id| Person {
                id: UserId(id),
                channels: vec![ChannelId(id)],
            })
            .to_vec(),
        ..AlertPolicy::default()
    })
}

fn labels() -> impl Strategy<Value = Labels> {
    let flapping = option::weighted(0.3, (2u16..4, 1u16..8));
    (any::<bool>(), 0u8..3, flapping).prop_map(|(is_warning, depends, flapping)| Labels {
        kind: Some("http".into()),
        severity: if is_warning {
            Severity::Warning
        } else {
            Severity::Critical
        },
        depends_on: [OTHER_PARENT, PARENT][..usize::from(depends)].to_vec(),
        wait_seconds: 40,
        recheck_seconds: 90,
        flapping: flapping.map(|(outages, lasting_minutes)| FlappingRule {
            outages,
            within_minutes: 30,
            lasting_minutes,
        }),
        ..Labels::default()
    })
}

fn settings_of_an_organisation() -> impl Strategy<Value = Arc<Settings>> {
    let all = (recipients(), rules(), policy(), labels(), any::<bool>());
    all.prop_map(|(recipients, rules, policy, labels, keeps_incidents)| {
        let incident_keepers = if keeps_incidents {
            vec![ChannelId(2)]
        } else {
            Vec::new()
        };
        Arc::new(Settings {
            recipients,
            incident_keepers,
            rules,
            policy,
            labels,
        })
    })
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let version = (0i64..3_600, settings_of_an_organisation());
    let versions = collection::vec(version, 1..4);
    let spans = || collection::vec(span().prop_map(|(from, until)| from..until), 0..3);
    (versions, spans(), spans()).prop_map(|(versions, of_parent, of_other)| {
        let versions = versions.into_iter();
        let mut settings: Vec<_> = versions.map(|(from, version)| (at(from), version)).collect();
        settings.sort_by_key(|(from, _)| *from);
        World {
            settings,
            upstreams: vec![(PARENT, of_parent), (OTHER_PARENT, of_other)],
            without: Vec::new(),
            rule: None,
            until: at(SECONDS),
        }
    })
}

proptest! {
    #[test]
    fn a_backtest_comes_to_what_an_alerter_has_decided(
        rule in rule(),
        minutes in collection::vec(minute(), 1..MINUTES),
        world in world(),
        looks in collection::vec(0..SECONDS * 1_000, 0..20),
    ) {
        let history = History::of(rule, &minutes);
        let looks: Vec<_> = looks.into_iter().map(|millis| NOW.plus_millis(millis)).collect();
        let live = LiveAlerter::run(&world, &history.records, &looks);
        let simulated = world.run(history.rebuilt());
        let incidents = simulated.incidents.iter();
        let incidents: Vec<_> = incidents.map(|it| (it.id, it.degraded, it.started_at, it.resolution)).collect();
        prop_assert_eq!(&incidents, &live.incidents);
        prop_assert_eq!(&simulated.messages, &live.messages);
        prop_assert_eq!(&simulated.state, live.state());
    }

    /// What is left out of the settings has no effect that anybody is told of.
    #[test]
    fn without_anything_that_suppresses_no_reason_names_one(
        rule in rule(),
        minutes in collection::vec(minute(), 1..MINUTES),
        world in world(),
    ) {
        let mut world = world;
        world.without = Suppression::ALL.to_vec();
        let simulated = world.run(History::of(rule, &minutes).rebuilt());
        for reason in reasons(&simulated) {
            prop_assert_eq!(crate::suppression_of(reason), None, "{}", reason);
        }
    }
}
