//! What keeps people from being notified: what reasons name, and what would have been sent without it.

use std::collections::BTreeSet;

use domain::alert_policy::{AlertPolicy, Person};
use domain::alert_rules::Mute;
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::flapping::FlappingRule;
use domain::hold::{Hold, HoldKind};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::routing::{Conditions, Labels, Recipients, Route};
use domain::{EscalationPolicyId, RouteId, Severity, UserId};

use super::super::noise::quiet_for;
use super::*;
use crate::{suppression_of, without_former_quiet};

/// A history of which somebody is not notified, or not of all of it.
struct Case {
    by: Suppression,
    settings: Settings,
    /// Whether another monitor was down for the first ten minutes.
    parent_was_down: bool,
    records: Vec<(Timestamp, Record)>,
}

impl Case {
    fn new(by: Suppression, pattern: &str, settings: Settings) -> Self {
        Self {
            by,
            settings,
            parent_was_down: false,
            records: checks(pattern),
        }
    }

    fn run(&self, without: &[Suppression]) -> Simulated {
        let mut world = World::of(self.settings.clone());
        world.without = without.to_vec();
        if self.parent_was_down {
            world.upstreams = vec![(PARENT, vec![at(0)..at(600)])];
        }
        world.run(self.records.clone())
    }
}

fn held(kind: HoldKind) -> Settings {
    let mut settings = both();
    settings.rules.holds.push(Hold {
        kind,
        monitors: Vec::new(),
        conditions: Conditions::default(),
        spans: vec![(at(0), at(600))],
    });
    settings
}

fn muted() -> Settings {
    let mut settings = both();
    settings.rules.muted.push(Mute {
        monitor_id: ID,
        until: None,
    });
    settings
}

fn in_maintenance() -> Settings {
    let mut settings = both();
    settings.rules.windows.push(MaintenanceWindow {
        monitors: vec![ID],
        span: Span::Once {
            from: at(0),
            until: at(600),
        },
        exceptions: Vec::new(),
    });
    settings
}

fn depending() -> Settings {
    let mut settings = both();
    settings.labels = Labels {
        depends_on: vec![PARENT],
        wait_seconds: 40,
        recheck_seconds: 90,
        ..Labels::default()
    };
    settings
}

fn flapping(lasting_minutes: u16) -> Settings {
    let mut settings = both();
    settings.labels.flapping = Some(FlappingRule {
        outages: 2,
        within_minutes: 60,
        lasting_minutes,
    });
    settings
}

fn throttled() -> Settings {
    one(ChannelAlerts {
        throttle_seconds: 3_600,
        ..PLAIN
    })
}

fn quiet() -> Settings {
    let mut settings = one(quiet_for(3_600));
    settings.labels.severity = Severity::Warning;
    settings
}

/// The only target that a policy names has quiet hours.
fn quiet_step(target: Target) -> Settings {
    let policy_id = EscalationPolicyId(3);
    let step = EscalationStep {
        wait_minutes: 0,
        targets: vec![target],
        conditions: StepConditions::default(),
    };
    let mut settings = quiet();
    settings.recipients[0].is_own = matches!(target, Target::Person { .. });
    settings.policy = AlertPolicy {
        routes: vec![Route {
            id: RouteId(5),
            name: "All".into(),
            conditions: Conditions::default(),
            recipients: Recipients::Policy { policy_id },
            goes_on: false,
        }],
        escalation_policies: vec![EscalationPolicy {
            id: policy_id,
            name: "Night".into(),
            plan: EscalationPlan {
                steps: vec![step],
                repeats: 0,
                repeat_after_minutes: 30,
                acknowledgement_minutes: 0,
            },
        }],
        people: vec![Person {
            id: UserId(2),
            channels: vec![ChannelId(2)],
        }],
        ..AlertPolicy::default()
    };
    settings
}

fn cases() -> Vec<Case> {
    use Suppression::{Dependency, Flapping, Maintenance, Mute, QuietHours, Silence, Throttle};
    let after_parent = Case {
        parent_was_down: true,
        ..Case::new(Dependency, ".xxxxxxxxxx.", depending())
    };
    let while_parent_was_down = Case {
        parent_was_down: true,
        ..Case::new(Dependency, ".x.", depending())
    };
    let every_ten_seconds = Case {
        records: checks_every("x.x.x.", 10),
        ..Case::new(Flapping, "", flapping(1))
    };
    vec![
        Case::new(Mute, ".x.", muted()),
        Case::new(Silence, ".x.", held(HoldKind::Silence)),
        Case::new(Maintenance, ".x.", held(HoldKind::Maintenance)),
        Case::new(Maintenance, ".x.", in_maintenance()),
        while_parent_was_down,
        after_parent,
        Case::new(Flapping, ".x.x.x.", flapping(10)),
        every_ten_seconds,
        Case::new(Throttle, ".x.x.", throttled()),
        Case::new(QuietHours, ".x.", quiet()),
        Case::new(QuietHours, ".x.", quiet_step(Target::Person { id: UserId(2) })),
        Case::new(
            QuietHours,
            ".x.",
            quiet_step(Target::Channel { id: ChannelId(2) }),
        ),
    ]
}

fn outages_announced(simulated: &Simulated) -> usize {
    let messages = messages(simulated).into_iter();
    messages.filter(|(.., alert)| *alert == "down").count()
}

fn named(simulated: &Simulated) -> BTreeSet<Suppression> {
    reasons(simulated)
        .into_iter()
        .filter_map(suppression_of)
        .collect()
}

#[test]
fn without_what_keeps_people_from_being_notified_they_are() {
    let mut seen = BTreeSet::new();
    for (number, case) in cases().into_iter().enumerate() {
        let by = case.by;
        let (with, without) = (case.run(&[]), case.run(&[by]));
        assert_eq!(named(&with), BTreeSet::from([by]), "{number}: {with:?}");
        assert_eq!(named(&without), BTreeSet::new(), "{number}: {without:?}");
        assert!(
            outages_announced(&with) < outages_announced(&without),
            "{number}: {by:?}"
        );
        // Others stay.
        let others: Vec<_> = Suppression::ALL.into_iter().filter(|it| *it != by).collect();
        assert_eq!(case.run(&others).messages, with.messages, "{number}: {by:?}");
        // Which incidents there are does not depend on who hears of them.
        let names = |of: &Simulated| -> Vec<_> { of.incidents.iter().map(|it| it.id).collect() };
        assert_eq!(names(&with), names(&without));
        seen.insert(by);
    }
    assert_eq!(seen, BTreeSet::from(Suppression::ALL));
}

#[test]
fn every_wording_of_a_reason_is_known() {
    let all: Vec<Simulated> = cases().iter().map(|case| case.run(&[])).collect();
    let seen: BTreeSet<&str> = all.iter().flat_map(reasons).collect();
    for reason in [
        "the monitor is muted",
        "resolved while it was silenced",
        "resolved during a maintenance window",
        "monitor 50, on which it depends, is down",
        "resolved while monitor 50, on which it depends, was down",
        "resolved soon after monitor 50, on which it depends, was up again",
        "flapping: over within 10 minutes",
        "flapping: over within a minute",
        "throttled: the channel was notified about the monitor recently",
        "over in the quiet hours of the channel",
        "step 1 of Night: a channel has quiet hours",
    ] {
        assert!(seen.contains(reason), "{reason}: {seen:?}");
    }
}

#[test]
fn reasons_that_earlier_releases_have_recorded_are_known() {
    for (reason, by) in [
        (
            "it was over within a maintenance window",
            Suppression::Maintenance,
        ),
        (
            "the channel was told of the monitor a short time ago",
            Suppression::Throttle,
        ),
        ("flapping: over within 1 minutes", Suppression::Flapping),
        (
            "over when monitor 50 was, on which it depends",
            Suppression::Dependency,
        ),
        ("a monitor on which it depends is down", Suppression::Dependency),
        (
            "step 2 of Night: member 7 has no enabled channel, a channel has quiet hours",
            Suppression::QuietHours,
        ),
        (
            "step 1 of Night: somebody has quiet hours",
            Suppression::QuietHours,
        ),
        (
            "held back by quiet hours until 2026-11-28T06:00:00Z, then sent with what else had waited for their end",
            Suppression::QuietHours,
        ),
        (
            "step 2 of Night: member 7 has no enabled channel, somebody has quiet hours",
            Suppression::QuietHours,
        ),
    ] {
        assert_eq!(suppression_of(reason), Some(by), "{reason}");
    }
}

#[test]
fn that_somebody_had_quiet_hours_is_left_out_of_what_is_shown() {
    for (reason, left) in [
        ("step 1 of Night: somebody has quiet hours", None),
        (
            "step 2 of Night: member 7 has no enabled channel, somebody has quiet hours",
            Some("step 2 of Night: member 7 has no enabled channel"),
        ),
    ] {
        assert_eq!(
            without_former_quiet(reason.to_owned()).as_deref(),
            left,
            "{reason}"
        );
    }
    for reason in [
        "",
        "step 1 of Night: a channel has quiet hours",
        "step 1 of somebody has quiet hours: its conditions do not hold",
        "somebody has quiet hours reaches nobody: all enabled channels are notified",
    ] {
        assert_eq!(without_former_quiet(reason.to_owned()).as_deref(), Some(reason));
    }
}

#[test]
fn other_reasons_name_nothing() {
    for reason in [
        "",
        "resolved",
        "acknowledged",
        "no enabled channels",
        "the channel is disabled",
        "nobody is to be notified of it",
        "no channel was notified of the incident",
        "the monitor was paused",
        "the monitor is now down",
        "resolved before it could be sent",
        "too many unsent incidents of the monitor",
        "step 2 of Night: its conditions do not hold",
        // What people call a policy says nothing.
        "flapping: over within 5 minutes reaches nobody: all enabled channels are notified",
        "step 1 of monitor 5, on which it depends, is down: its conditions do not hold",
        "step 1 of a channel has quiet hours: its conditions do not hold",
        "a channel has quiet hours reaches nobody: all enabled channels are notified",
        "monitor x, on which it depends, is down",
    ] {
        assert_eq!(suppression_of(reason), None, "{reason}");
    }
}
