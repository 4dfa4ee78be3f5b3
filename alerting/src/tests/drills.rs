//! A drill has a monitor of its own. What keeps people from being notified names the one whose outage is rehearsed.

use domain::alert_rules::Mute;
use domain::escalation::{EscalationPlan, EscalationPolicy, EscalationStep, StepConditions, Target};
use domain::hold::{Hold, HoldKind};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::routing::{Conditions, Labels, Recipients, Route};
use domain::{EscalationPolicyId, RouteId};

use super::*;

const DRILL: MonitorId = MonitorId(-3);

/// A drill of the monitor [`ID`] that begins now.
struct Drill {
    ledger: Ledger,
    labels: Labels,
    policy: AlertPolicy,
    recipients: Vec<Recipient>,
    events: Vec<AlertEvent>,
}

impl Drill {
    fn new() -> Self {
        let mut drill = Self {
            ledger: Ledger::owned_by(OWNER),
            labels: Labels {
                drill_of: Some(ID),
                ..Labels::default()
            },
            policy: AlertPolicy::default(),
            recipients: BOTH.to_vec(),
            events: Vec::new(),
        };
        drill.result(0, false);
        drill
    }

    fn result(&mut self, seconds: i64, is_up: bool) {
        let slot = NOW.as_millis() / 10_000 + seconds / 10;
        let mut record = result(slot, is_up, Rule::default(), 1);
        if let Record::Result(result) = &mut record {
            result.monitor_id = DRILL;
        }
        let now = NOW.plus_millis(seconds * 1_000);
        let position = || LogPosition {
            appended_at: now,
            ..position()
        };
        let input = Input::Record {
            record: &record,
            position: &position,
        };
        let actions = decide(&mut self.ledger, DRILL, input, now);
        self.events.extend(actions.events);
    }

    /// Ticks so many seconds after the beginning; answers when it is looked at again.
    fn tick(&mut self, seconds: i64, rules: &AlertRules) -> Option<i64> {
        let now = NOW.plus_millis(seconds * 1_000);
        let settings = NotificationSettings {
            recipients: &self.recipients,
            incident_keepers: &[],
            rules,
            policy: &self.policy,
            route_index: None,
            labels: Some(&self.labels),
            upstream: Upstream::NotDown,
        };
        let input = Input::Tick {
            settings: Some(settings),
            backlog_before: NOW.plus_millis(-3_600_000),
        };
        let mut actions = decide(&mut self.ledger, DRILL, input, now);
        self.events.append(&mut actions.events);
        actions.next_due.map(|at| at.millis_since(NOW) / 1_000)
    }

    /// What is to be sent now, each to its channel, and is taken as sent.
    fn send(&mut self, seconds: i64) -> Vec<(&'static str, i64)> {
        let due = self.ledger.due();
        let due: Vec<_> = due
            .iter()
            .map(|(_, kind, it)| (it.id, kind.as_str(), it.channel.0))
            .collect();
        let mut sent_now = Vec::new();
        for (delivery, kind, channel) in due {
            let outcome = &sent();
            let input = Input::Attempt { delivery, outcome };
            let at = NOW.plus_millis(seconds * 1_000);
            let actions = decide(&mut self.ledger, DRILL, input, at);
            self.events.extend(actions.events);
            sent_now.push((kind, channel));
        }
        sent_now
    }

    fn reasons(&self) -> Vec<&str> {
        let events = self.events.iter();
        let suppressed = events.filter(|event| event.step == Step::Suppressed);
        suppressed.filter_map(|event| event.reason.as_deref()).collect()
    }
}

fn muted(monitor: MonitorId, until: Option<i64>) -> AlertRules {
    let until = until.map(|seconds| NOW.plus_millis(seconds * 1_000));
    AlertRules {
        muted: vec![Mute {
            monitor_id: monitor,
            until,
        }],
        ..AlertRules::default()
    }
}

fn silenced(monitor: MonitorId, from: i64, until: i64) -> AlertRules {
    let at = |seconds: i64| NOW.plus_millis(seconds * 1_000);
    AlertRules {
        holds: vec![Hold {
            kind: HoldKind::Silence,
            monitors: vec![monitor],
            conditions: Conditions::default(),
            spans: vec![(at(from), at(until))],
        }],
        ..AlertRules::default()
    }
}

#[test]
fn a_drill_is_announced_and_ends() {
    let mut drill = Drill::new();
    drill.tick(0, &muted(MonitorId(2), None));
    assert_eq!(drill.send(0), [("down", 1), ("down", 2)]);
    drill.result(60, true);
    drill.tick(60, &muted(ID, None));
    assert_eq!(drill.send(60), [("up", 1), ("up", 2)]);
    assert!(drill.events.iter().all(|event| event.monitor_id == DRILL));
    assert_eq!(drill.reasons(), [] as [&str; 0]);
}

#[test]
fn the_drill_of_a_muted_monitor_notifies_nobody_and_says_why() {
    let mut drill = Drill::new();
    drill.tick(0, &muted(ID, None));
    assert_eq!(drill.send(0), []);
    assert_eq!(drill.reasons(), ["the monitor is muted"]);
    drill.result(60, true);
    drill.tick(60, &muted(ID, None));
    assert_eq!(drill.send(60), []);
}

#[test]
fn a_drill_of_which_too_little_is_known_notifies_nobody_at_any_time() {
    let mut drill = Drill::new();
    let actions = decide(&mut drill.ledger, DRILL, Input::Withhold("not known"), NOW);
    assert!(actions.persist);
    drill.events.extend(actions.events);
    drill.tick(0, &NO_RULES);
    assert_eq!(drill.send(0), []);
    assert_eq!(drill.reasons(), ["not known"]);
    drill.result(60, true);
    drill.tick(60, &NO_RULES);
    assert_eq!(drill.send(60), []);
}

#[test]
fn a_window_and_a_silence_of_the_monitor_hold_its_drill_back() {
    let window = AlertRules {
        windows: vec![MaintenanceWindow {
            monitors: vec![ID],
            span: Span::Once {
                from: NOW,
                until: NOW.plus_millis(600_000),
            },
            exceptions: Vec::new(),
        }],
        ..AlertRules::default()
    };
    for rules in [window, silenced(ID, 0, 600)] {
        let mut drill = Drill::new();
        assert_eq!(drill.tick(0, &rules), Some(600));
        assert_eq!(drill.send(0), []);
        drill.tick(600, &rules);
        assert_eq!(drill.send(600), [("down", 1), ("down", 2)]);
    }
    let mut drill = Drill::new();
    drill.tick(0, &silenced(MonitorId(2), 0, 600));
    assert_eq!(drill.send(0).len(), 2, "another monitor is silenced");
}

#[test]
fn nobody_is_reminded_of_the_drill_of_a_monitor_that_is_muted_meanwhile() {
    let mut drill = Drill::new();
    let nagging = ChannelAlerts {
        remind_every_seconds: Some(300),
        ..PLAIN
    };
    drill.recipients = vec![recipient(1, nagging)];
    drill.tick(0, &NO_RULES);
    assert_eq!(drill.send(0), [("down", 1)]);
    let rules = muted(ID, Some(700));
    assert_eq!(drill.tick(300, &rules), Some(700));
    assert_eq!(drill.send(300), []);
    drill.tick(700, &rules);
    assert_eq!(drill.send(700), [("reminder", 1)]);
}

#[test]
fn no_step_is_carried_out_while_the_monitor_is_muted_or_silenced() {
    let step = |wait_minutes: u32, channel: i64| EscalationStep {
        wait_minutes,
        targets: vec![Target::Channel {
            id: ChannelId(channel),
        }],
        conditions: StepConditions::default(),
    };
    let policy = AlertPolicy {
        routes: vec![Route {
            id: RouteId(5),
            name: "All".into(),
            conditions: Conditions::default(),
            recipients: Recipients::Policy {
                policy_id: EscalationPolicyId(3),
            },
            goes_on: false,
        }],
        escalation_policies: vec![EscalationPolicy {
            id: EscalationPolicyId(3),
            name: "Night".into(),
            plan: EscalationPlan {
                steps: vec![step(0, 1), step(5, 2)],
                repeats: 0,
                repeat_after_minutes: 30,
                acknowledgement_minutes: 0,
            },
        }],
        ..AlertPolicy::default()
    };
    for rules in [muted(ID, Some(900)), silenced(ID, 60, 900)] {
        let mut drill = Drill::new();
        drill.policy = policy.clone();
        drill.tick(0, &NO_RULES);
        assert_eq!(drill.send(0), [("down", 1)]);
        assert_eq!(drill.tick(300, &rules), Some(900));
        assert_eq!(drill.send(300), []);
        drill.tick(900, &rules);
        assert_eq!(drill.send(900), [("down", 2)]);
    }
}
