use alerting::backtest::Settings;
use domain::escalation::EscalationPolicy;
use domain::monitor::{MonitorInput, Spec};
use domain::routing::{Labels, Recipients};
use domain::{MonitorId, RouteId, Rule, Severity};
use serde_json::{Value, json};

use super::{MONITOR, NOW, at, candidate, fields};
use crate::rules::backtest::trial;
use crate::rules::backtest::trial::Trial;
use crate::rules::dependencies::Above;

fn spec() -> Spec {
    let fields = json!({"url": "https://a.example/", "down_after": 2, "up_after": 2, "slow_ms": 900});
    let input: MonitorInput = serde_json::from_value(fields).unwrap();
    input.validate().unwrap().1
}

fn policy(id: i64) -> EscalationPolicy {
    let fields = json!({"id": id, "name": "On call", "steps": [{"targets": [{"kind": "channel", "id": 1}]}]});
    serde_json::from_value(fields).unwrap()
}

fn present() -> Settings {
    let mut settings = Settings {
        labels: Labels {
            severity: Severity::Warning,
            recipients: Some(Recipients::Nobody),
            ..Labels::default()
        },
        ..Settings::default()
    };
    settings.policy.escalation_policies = vec![policy(4), policy(5)];
    settings
}

fn tried(given: Value) -> Result<Trial, Vec<String>> {
    let time = at("2026-11-01T00:00:00Z")..at(NOW);
    let above = given.get("depends_on").map(|_| Above {
        depends_on: vec![MonitorId(1), MonitorId(2)],
        wait_seconds: 70,
        recheck_seconds: 62,
    });
    let (candidate, spec) = (candidate(given), spec());
    trial(&candidate, (MONITOR, &spec), &present(), above.as_ref(), &time).map_err(fields)
}

#[test]
fn what_a_candidate_leaves_out_is_as_it_is_now() {
    let made = tried(json!({})).unwrap();
    assert_eq!(made.rule, None);
    assert_eq!(made.settings.labels, present().labels);
    assert_eq!(made.settings.policy, present().policy);
    assert_eq!(made.settings.rules, present().rules);
}

#[test]
fn a_rule_is_made_of_the_present_one() {
    let rule = |fields: Value| tried(json!({"rule": fields})).unwrap().rule.unwrap();
    let present = spec().rule;
    assert_eq!(rule(json!({})), present);
    assert_eq!(
        rule(json!({"down_of": 5, "slow_ms": null, "down_for_seconds": 60})),
        Rule {
            down_of: Some(5),
            slow_ms: None,
            down_for_seconds: 60,
            ..present
        }
    );
    // Of another monitor it would be valid.
    let wrong = tried(json!({"rule": {"down_of": 2}})).unwrap_err();
    assert_eq!(wrong, ["rule.down_of"]);
}

#[test]
fn labels_routes_and_policies_are_replaced() {
    let made = tried(json!({
        "severity": "info", "recipients": null, "depends_on": [1],
        "flapping": {"outages": 3, "within_minutes": 60, "lasting_minutes": 5},
        "routes": [{"recipients": {"to": "nobody"}, "continue": true},
                   {"conditions": {"severities": ["info"]}, "recipients": {"to": "channels", "channels": [3]}}],
        "policies": [{"id": 5, "repeats": 2, "steps": [{"targets": [{"kind": "channel", "id": 9}]}]}]
    }))
    .unwrap()
    .settings;
    let labels = made.labels;
    assert_eq!((labels.severity, labels.recipients), (Severity::Info, None));
    assert_eq!(labels.flapping.map(|rule| rule.outages), Some(3));
    assert_eq!(labels.depends_on, [MonitorId(1), MonitorId(2)]);
    assert_eq!((labels.wait_seconds, labels.recheck_seconds), (70, 62));
    let routes: Vec<_> = made
        .policy
        .routes
        .iter()
        .map(|it| (it.id, it.name.as_str(), it.goes_on))
        .collect();
    assert_eq!(
        routes,
        [(RouteId(-1), "route 1", true), (RouteId(-2), "route 2", false)]
    );
    let [other, replaced] = &made.policy.escalation_policies[..] else {
        panic!("there are two policies")
    };
    assert_eq!(other, &policy(4));
    assert_eq!((replaced.name.as_str(), replaced.plan.repeats), ("On call", 2));
    let gone = json!({"policies": [{"id": 6, "steps": [{"targets": [{"kind": "channel", "id": 9}]}]}]});
    assert_eq!(tried(gone).unwrap_err(), ["policies.0.id"]);
}

#[test]
fn a_monitor_with_another_rule_is_looked_at_again_by_that_rule() {
    let with_rule = |rule: Value| {
        let made = tried(json!({"depends_on": [1], "rule": rule})).unwrap();
        made.settings.labels.recheck_seconds
    };
    // Three checks of a minute instead of two.
    assert_eq!(
        with_rule(json!({"up_after": 3})) - with_rule(json!({"up_after": 2})),
        60
    );
}

#[test]
fn windows_hold_this_monitor_back_when_they_occur() {
    let windows = json!({"windows": [
        {"repeat": "once", "from": "2026-10-31T23:00:00Z", "until": "2026-11-01T01:00:00Z"},
        {"repeat": "recurring", "starts": "2026-11-30T22:00:00", "rule": "FREQ=DAILY", "minutes": 60,
         "time_zone": "Europe/Berlin"},
        {"repeat": "once", "from": "2026-12-01T13:00:00Z", "until": "2026-12-01T14:00:00Z"}
    ]});
    let rules = tried(windows).unwrap().settings.rules;
    let [hold] = &rules.holds[..] else {
        panic!("all of them are one")
    };
    assert_eq!(hold.monitors, [MONITOR]);
    assert_eq!(
        hold.spans,
        [
            (at("2026-10-31T23:00:00Z"), at("2026-11-01T01:00:00Z")),
            (at("2026-11-30T21:00:00Z"), at("2026-11-30T22:00:00Z")),
        ]
    );
}
