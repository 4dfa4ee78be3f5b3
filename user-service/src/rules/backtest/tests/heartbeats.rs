use alerting::backtest::Settings;
use domain::monitor::{HeartbeatProbe, MonitorInput, Spec};
use serde_json::{Value, json};

use super::{MONITOR, NOW, at, candidate, fields, read};
use crate::rules::backtest::trial;

fn spec(fields: Value) -> Spec {
    let input: MonitorInput = serde_json::from_value(fields).unwrap();
    input.validate().unwrap().1
}

fn backup() -> Spec {
    spec(
        json!({"kind": "heartbeat", "url": "heartbeat://backup", "upside_down": true, "heartbeat": {
        "schedule": {"expression": "0 3 * * *", "timezone": "Europe/Berlin"}, "grace_seconds": 600,
        "start_grace_seconds": 120, "least_pause_seconds": 60, "post_only": true}}),
    )
}

fn tried(given: Value, spec: &Spec) -> Result<Option<HeartbeatProbe>, Vec<String>> {
    let time = at("2026-11-01T00:00:00Z")..at(NOW);
    let made = trial(
        &candidate(given),
        (MONITOR, spec),
        &Settings::default(),
        None,
        &time,
    );
    made.map(|made| made.heartbeat).map_err(fields)
}

/// What the fields make of the backup.
fn made(heartbeat: Value) -> HeartbeatProbe {
    tried(json!({"heartbeat": heartbeat}), &backup())
        .unwrap()
        .unwrap()
}

#[test]
fn what_is_left_out_is_as_it_is_now() {
    let present = made(json!({}));
    assert_eq!(tried(json!({}), &backup()), Ok(Some(present.clone())));
    assert_eq!(
        (present.slug.as_str(), present.limits.must_not_ping),
        ("backup", true)
    );
    let patient = made(json!({"grace_seconds": 900, "start_grace_seconds": null}));
    assert_eq!(patient.expectation.schedule, present.expectation.schedule);
    assert_eq!(
        (
            patient.expectation.grace_seconds,
            patient.expectation.start_grace_seconds
        ),
        (900, None)
    );
    assert_eq!(
        (patient.limits, &patient.filter),
        (present.limits, &present.filter)
    );
    let hourly = made(json!({"schedule": {"period_seconds": 3_600}, "least_pause_seconds": null}));
    assert_eq!(hourly.expectation.schedule.next_after(0), Some(3_600_000));
    assert_eq!(hourly.expectation.start_grace_seconds, Some(120));
    assert_eq!(hourly.limits.least_pause_ms, None);
}

#[test]
fn another_kind_expects_nothing_and_has_other_rules() {
    let site = spec(json!({"url": "https://a.example/"}));
    assert_eq!(tried(json!({}), &site), Ok(None));
    assert_eq!(
        tried(json!({"heartbeat": {}}), &site),
        Err(vec!["heartbeat".to_owned()])
    );
    let rule =
        json!({"rule": {"down_after": 3, "up_after": 2, "slow_ms": 5, "down_of": 5, "down_for_seconds": 60}});
    assert_eq!(tried(rule.clone(), &site), Ok(None));
    assert_eq!(
        tried(rule, &backup()),
        Err(["up_after", "slow_ms", "down_of", "down_for_seconds"]
            .map(|field| format!("rule.{field}"))
            .to_vec())
    );
    // As a form sends it that has these fields for every kind.
    let same = json!({"rule": {"down_after": 3, "up_after": 1, "slow_ms": null, "down_of": null, "down_for_seconds": 0}});
    assert!(tried(same, &backup()).is_ok());
}

#[test]
fn what_no_heartbeat_can_expect_is_refused_of_all_of_them() {
    let wrong = |heartbeat: Value| read(json!({"candidates": [{"heartbeat": heartbeat}]})).unwrap_err();
    for (heartbeat, field) in [
        (json!({"grace_seconds": 59}), "grace_seconds"),
        (json!({"early_seconds": 3_601}), "early_seconds"),
        (json!({"shortest_run_seconds": 0}), "shortest_run_seconds"),
        (
            json!({"schedule": {"period_seconds": 59}}),
            "schedule.period_seconds",
        ),
        (
            json!({"schedule": {"expression": "0 0 30 2 *"}}),
            "schedule.expression",
        ),
        (
            json!({"schedule": {"expression": "0 * * * *", "timezone": "Mars"}}),
            "schedule.timezone",
        ),
    ] {
        assert_eq!(
            wrong(heartbeat.clone()),
            [format!("candidates.0.heartbeat.{field}")],
            "{heartbeat}"
        );
    }
}
