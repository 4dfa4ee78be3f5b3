//! Every shape of a monitor that is stored or sent, frozen to the byte.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::badge::BadgeTarget;
use domain::heartbeat::PingTarget;
use domain::monitor::{Definition, MonitorInput, Spec};
use domain::{ErrorCode, MonitorId, OrgId, Timestamp};

fn folder() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/monitors")
}

/// The fixtures of accepted monitors by name.
fn accepted() -> Vec<(String, Vec<String>)> {
    let mut fixtures: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .filter(|path| !path.ends_with("refused.jsonl"))
        .map(|path| {
            let lines = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, lines.lines().map(str::to_owned).collect())
        })
        .collect();
    fixtures.sort();
    fixtures
}

fn definition(spec: Spec) -> Definition {
    Definition {
        id: MonitorId(42),
        org_id: OrgId(7),
        revision: 3,
        changed_at: Some(Timestamp::from_millis(1_795_255_200_123)),
        probe_revision: None,
        spec,
    }
}

/// What becomes of an input: how it is stored (the column `spec`), how the API shows it, the definition as pingers get
/// it and as it is mirrored in Redis, and what lists and results say of it.
fn shapes(input: &str) -> Vec<String> {
    let input: MonitorInput = serde_json::from_str(input).unwrap();
    let (name, spec) = input.validate().unwrap();
    let about = (spec.probe.kind(), spec.probe.display_url(), spec.deadline_ms());
    vec![
        json(&spec),
        json(&MonitorInput::from((name, spec.clone())).shown()),
        json(&definition(spec)),
        json(&about),
    ]
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn the_shapes_of_every_kind_are_frozen() {
    let fixtures = accepted();
    for (name, lines) in &fixtures {
        assert_eq!(shapes(&lines[0]), lines[1..], "{name}");
    }
    for kind in ["http", "tcp", "tls", "dns", "icmp", "heartbeat"] {
        for options in ["minimal", "full"] {
            let name = format!("{kind}-{options}");
            assert!(fixtures.iter().any(|(known, _)| *known == name), "{name}");
        }
    }
}

#[test]
fn what_is_stored_and_sent_is_read_back() {
    for (name, lines) in accepted() {
        let spec: Spec = serde_json::from_str(&lines[1]).unwrap();
        assert_eq!(json(&spec), lines[1], "{name}");
        let definition: Definition = serde_json::from_str(&lines[3]).unwrap();
        assert_eq!(json(&definition), lines[3], "{name}");
        let value: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
        assert_eq!(serde_json::from_value::<Spec>(value).unwrap(), spec, "{name}");
    }
}

#[test]
fn what_is_refused_and_why_is_frozen() {
    let frozen = std::fs::read_to_string(folder().join("refused.jsonl")).unwrap();
    let mut written = String::new();
    for input in frozen.lines().step_by(2) {
        let parsed: MonitorInput = serde_json::from_str(input).unwrap();
        let errors = parsed.validate().unwrap_err();
        writeln!(written, "{input}\n{}", json(&errors)).unwrap();
    }
    assert_eq!(written, frozen);
}

#[test]
fn what_gateways_are_told_of_a_heartbeat_is_frozen() {
    for frozen in [
        concat!(
            r#"{"monitor_id":42,"org_id":7,"url":"heartbeat://backup","expectation":{"#,
            r#""schedule":{"kind":"period","period_seconds":86400},"grace_seconds":3600},"filter":{},"limits":{}}"#,
        ),
        concat!(
            r#"{"monitor_id":42,"org_id":7,"url":"heartbeat://backup","paused":true,"expectation":{"#,
            r#""schedule":{"kind":"cron","expression":"0 3 * * *","timezone":"Europe/Berlin"},"grace_seconds":600,"#,
            r#""early_seconds":60,"start_grace_seconds":120,"longest_run_seconds":0},"#,
            r#""filter":{"post_only":true,"body":{"fail":["ERROR"],"otherwise_fail":true}},"#,
            r#""limits":{"shortest_ms":5000,"least_pause_ms":300000,"must_not_ping":true}}"#,
        ),
    ] {
        let target: PingTarget = serde_json::from_str(frozen).unwrap();
        assert_eq!(json(&target), frozen);
    }
}

#[test]
fn whose_state_a_badge_shows_is_frozen() {
    let frozen = r#"{"monitor_id":42,"org_id":7}"#;
    let target: BadgeTarget = serde_json::from_str(frozen).unwrap();
    assert_eq!(json(&target), frozen);
}

#[test]
fn the_seal_context_of_a_definition_is_frozen() {
    assert_eq!(Definition::seal_context(MonitorId(42)), "definition/42");
}

#[test]
fn the_names_of_error_codes_are_frozen() {
    let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        names,
        [
            "dns_failure",
            "dns_timeout",
            "dns_mismatch",
            "connect_refused",
            "connect_timeout",
            "connect_failed",
            "host_unreachable",
            "tls_invalid",
            "tls_expired",
            "tls_expiring",
            "tls_failed",
            "tls_timeout",
            "connection_closed",
            "protocol_error",
            "read_timeout",
            "deadline_exceeded",
            "status_mismatch",
            "header_mismatch",
            "body_mismatch",
            "too_large",
            "too_many_redirects",
            "invalid_redirect",
            "blocked_target",
            "icmp_timeout",
            "icmp_loss",
            "upside_down",
            "heartbeat_overdue",
            "heartbeat_failed",
            "heartbeat_too_long",
            "heartbeat_too_short",
            "heartbeat_too_often",
            "heartbeat_not_started",
            "heartbeat_unexpected",
            "internal",
            "other",
        ]
    );
}
