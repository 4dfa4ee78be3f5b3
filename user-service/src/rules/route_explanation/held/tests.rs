use alerting::Recipient;
use domain::alert_policy::Person;
use domain::alert_rules::Mute;
use domain::channel::QuietHours;
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions};
use domain::hold::Hold;
use domain::hours::{Days, Hours};
use domain::routing::{Conditions, Labels, Recipients};
use domain::{EscalationPolicyId, UserId};

use super::super::explain;
use super::*;

const MONITOR: MonitorId = MonitorId(1);
const OPS: ChannelId = ChannelId(10);
/// Ada's own.
const PAGER: ChannelId = ChannelId(20);

fn at(time: &str) -> Timestamp {
    format!("2026-11-30T{time}Z").parse().unwrap()
}

fn night() -> QuietHours {
    QuietHours {
        hours: Hours {
            time_zone: chrono_tz::UTC,
            days: Days::default(),
            from: "22:00:00".parse().unwrap(),
            until: "07:00:00".parse().unwrap(),
        },
        passes: None,
    }
}

fn recipient(channel: ChannelId, quiet_hours: Option<QuietHours>) -> Recipient {
    Recipient {
        channel,
        preferences: ChannelAlerts {
            quiet_hours,
            ..ChannelAlerts::default()
        },
        wants_acknowledgements: false,
        is_own: channel == PAGER,
    }
}

fn hold(kind: HoldKind, from: &str, until: &str) -> Hold {
    Hold {
        kind,
        monitors: vec![MONITOR],
        conditions: Conditions::default(),
        spans: vec![(at(from), at(until))],
    }
}

/// What, until when, and of which channel.
type Summary = (Suppression, Option<Timestamp>, Option<ChannelId>);

fn told(
    settings: &Settings,
    recipients: Option<Recipients>,
    began: &str,
    down: &[Option<String>],
) -> Vec<Summary> {
    holds_shown_to(Onlooker::Member(UserId(1)), settings, recipients, (began, down))
}

fn holds_shown_to(
    onlooker: Onlooker,
    settings: &Settings,
    recipients: Option<Recipients>,
    (began, down): (&str, &[Option<String>]),
) -> Vec<Summary> {
    let labels = Labels {
        recipients,
        ..Labels::default()
    };
    let known = Known {
        channels: vec![(OPS, "ops".to_owned(), true)],
        people: [(UserId(1), "Ada".to_owned())].into(),
        ..Known::default()
    };
    let incident = RoutedIncident {
        labels: &labels,
        degraded: false,
        error_code: None,
        started_at: at(began),
    };
    let explanation = explain(&incident, Vec::new(), &settings.policy, &known);
    let holding = Holding {
        monitor: MONITOR,
        incident,
        settings,
        known: &known,
        down,
        onlooker,
    };
    let held = held(&holding, &explanation);
    let told = held.into_iter().map(|it| (it.by, it.until, it.channel_id));
    told.collect()
}

#[test]
fn nothing_holds_back_what_nobody_has_set_anything_about() {
    let settings = Settings {
        recipients: vec![recipient(OPS, None)],
        ..Settings::default()
    };
    assert_eq!(told(&settings, None, "12:00:00", &[]), []);
}

#[test]
fn each_rule_is_told_with_its_end() {
    let rules = AlertRules {
        muted: vec![Mute {
            monitor_id: MONITOR,
            until: Some(at("15:00:00")),
        }],
        holds: vec![
            hold(HoldKind::Silence, "12:00:00", "13:00:00"),
            hold(HoldKind::Maintenance, "13:00:00", "14:00:00"),
        ],
        ..AlertRules::default()
    };
    let settings = Settings {
        rules,
        ..Settings::default()
    };
    let mute = (Suppression::Mute, Some(at("15:00:00")), None);
    // The window follows the silence without a pause.
    let silence = (Suppression::Silence, Some(at("14:00:00")), None);
    assert_eq!(told(&settings, None, "12:30:00", &[]), [mute, silence]);
    let window = (Suppression::Maintenance, Some(at("14:00:00")), None);
    assert_eq!(told(&settings, None, "13:00:00", &[]), [mute, window]);
    assert_eq!(told(&settings, None, "14:00:00", &[]), [mute]);
    assert_eq!(told(&settings, None, "15:00:00", &[]), []);
}

#[test]
fn a_monitor_on_which_it_depends_is_named_where_it_is_seen() {
    let settings = Settings::default();
    let labels = Labels::default();
    let incident = RoutedIncident {
        labels: &labels,
        degraded: false,
        error_code: None,
        started_at: at("12:00:00"),
    };
    let known = Known::default();
    let explanation = explain(&incident, Vec::new(), &settings.policy, &known);
    let holding = Holding {
        monitor: MONITOR,
        incident,
        settings: &settings,
        known: &known,
        down: &[Some("Router".to_owned()), None],
        onlooker: Onlooker::Key,
    };
    let reasons: Vec<_> = held(&holding, &explanation)
        .into_iter()
        .map(|it| it.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            "it depends on Router, which is down",
            "a monitor on which it depends is down"
        ]
    );
}

#[test]
fn quiet_hours_are_those_of_the_channels_that_are_reached_at_once() {
    let step = |wait_minutes, target| EscalationStep {
        wait_minutes,
        targets: vec![target],
        conditions: StepConditions::default(),
    };
    let policy = EscalationPolicy {
        id: EscalationPolicyId(1),
        name: "On call".to_owned(),
        plan: EscalationPlan {
            steps: vec![
                step(0, Target::Person { id: UserId(1) }),
                step(5, Target::Channel { id: OPS }),
            ],
            repeats: 0,
            repeat_after_minutes: 30,
            acknowledgement_minutes: 0,
        },
    };
    let mut settings = Settings {
        recipients: vec![recipient(OPS, Some(night())), recipient(PAGER, Some(night()))],
        ..Settings::default()
    };
    settings.policy.escalation_policies.push(policy);
    settings.policy.people.push(Person {
        id: UserId(1),
        channels: vec![PAGER],
    });
    let morning: Timestamp = "2026-12-01T07:00:00Z".parse().unwrap();
    let quiet = |channel| (Suppression::QuietHours, Some(morning), Some(channel));
    assert_eq!(told(&settings, None, "23:00:00", &[]), [quiet(OPS)]);
    let escalating = Recipients::Policy {
        policy_id: EscalationPolicyId(1),
    };
    let to = |onlooker| holds_shown_to(onlooker, &settings, Some(escalating.clone()), ("23:00:00", &[]));
    assert_eq!(to(Onlooker::Member(UserId(1))), [quiet(PAGER)]);
    // When Ada sleeps is told to nobody else.
    for other in [Onlooker::Member(UserId(2)), Onlooker::Key] {
        assert_eq!(to(other), []);
    }
    assert_eq!(told(&settings, None, "12:00:00", &[]), []);
}
