//! What is stored, sealed, hashed or sent between services, to the byte. `fixtures/` holds every shape.

use std::fmt::Debug;
use std::path::Path;

use chrono::{NaiveTime, Weekday};
use domain::alert_event::{AlertEvent, AlertKind, Step};
use domain::alert_policy::AlertPolicy;
use domain::alert_rules::{AlertRules, Mute};
use domain::alert_state::{MonitorRecord, monitor_key, monitor_of_key};
use domain::channel::{
    ChannelAlerts, DeclineTokens, EmailRecipientState, LeftOut, OwnerQuietHours, QuietWindow,
    WithheldRecipient,
};
use domain::fold::{
    Activity, CloseReason, FailedSlot, HeartbeatState, LastPing, Onset, OpenIncident, Streak, Window,
};
use domain::internal::{
    ConfirmationCode, ConfirmationCodeOutcome, ConfirmationCodes, ConfirmationMail, ConfirmationOutcome,
    Confirmations, MonitorName, NamesPage, OrgAlerting, SealedChannel,
};
use domain::live::{IncidentView, LiveState, LiveStatus, Point, StatusEvent};
use domain::maintenance::{MaintenanceWindow, Span};
use domain::monitor::{
    Definition, DnsProbe, HttpAuth, HttpMethod, HttpOptions, HttpProbe, IcmpProbe, IpFamily, JsonAssertion,
    NameServer, Probe, RecordType, Spec, StatusRanges, TcpProbe, TlsProbe,
};
use domain::record::{Due, PointState, Run, Timings};
use domain::{
    ChannelId, DeliveryId, EmailRecipientId, ErrorCode, IncidentId, MonitorId, MonitorState, OrgId, Rule,
    Severity, State, Timestamp, UserId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Compares with a frozen file. One that is missing is made, and fails once, so that somebody looks at it.
fn assert_frozen(name: &str, written: &str) {
    let path = folder(name);
    let Ok(frozen) = std::fs::read_to_string(&path) else {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written).unwrap();
        panic!("{name} did not exist; it was made: check and commit it");
    };
    assert_eq!(written, frozen, "{name}");
}

/// A value that is written as the frozen file has it, and read back from there.
pub(crate) fn assert_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let written = serde_json::to_string(value).unwrap();
    assert_frozen(&format!("{name}.json"), &written);
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), *value, "{name}");
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn incident_id() -> IncidentId {
    IncidentId::new(MonitorId(42), 3, Timestamp::from_millis(1_795_255_200_118))
}

fn spec(probe: Probe) -> Spec {
    Spec {
        interval_ms: 60_000,
        timeout_ms: 10_000,
        retries: 1,
        retry_delay_ms: 1_000,
        rule: Rule {
            down_after: 2,
            up_after: 1,
            slow_ms: Some(800),
            ..Rule::default()
        },
        paused: false,
        upside_down: false,
        regions: Vec::new(),
        quorum: None,
        quorum_asked: None,
        probe,
    }
}

#[test]
fn names_of_incidents_and_deliveries() {
    let incident = incident_id();
    let slow = IncidentId::of_degradation(MonitorId(42), 3, Timestamp::from_millis(1_795_255_200_118));
    let mut lines = vec![incident.to_string(), slow.to_string()];
    let kinds = [
        AlertKind::Down,
        AlertKind::Up,
        AlertKind::Reminder,
        AlertKind::Acknowledged,
        AlertKind::Degraded,
        AlertKind::Recovered,
    ];
    for kind in kinds {
        let name = kind.as_str();
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
        for (event, ordinal) in [
            (name.to_owned(), 0),
            (name.to_owned(), 7),
            (format!("{name}-group"), 3),
        ] {
            let id = DeliveryId::new(incident, ChannelId(9), &event, ordinal);
            lines.push(format!("{event}/{ordinal} {id}"));
        }
    }
    lines.push(format!(
        "test/0 {}",
        DeliveryId::new(incident, ChannelId(9), "test", 0)
    ));
    assert_frozen("stored/names.txt", &lines.join("\n"));
}

#[test]
fn words_that_are_stored() {
    let steps = [
        Step::Decided,
        Step::Suppressed,
        Step::Attempted,
        Step::Sent,
        Step::Failed,
    ];
    let reasons = [
        CloseReason::Recovered,
        CloseReason::Edited,
        CloseReason::Paused,
        CloseReason::Deleted,
    ];
    let states = [State::Pending, State::Up, State::Degraded, State::Down];
    let activities = [Activity::Active, Activity::Paused, Activity::Deleted];
    let words = serde_json::json!({
        "step": steps,
        "step_in_sql": steps.map(Step::as_str),
        "close_reason": reasons,
        "close_reason_in_sql": reasons.map(CloseReason::as_str),
        "state": states,
        "state_in_sql": states.map(State::as_str),
        "activity": activities,
        "live_state": LiveState::ALL,
        "live_state_in_sql": LiveState::ALL.map(LiveState::as_str),
        "point_state": [PointState::Up, PointState::Degraded, PointState::Down, PointState::Skipped],
    });
    assert_frozen("stored/words.json", &words.to_string());
}

#[test]
fn contexts_of_seals() {
    assert_eq!(SealedChannel::seal_context(OrgId(7)), "channel/7");
    assert_eq!(SealedChannel::decline_context(OrgId(7)), "decline/7");
    assert_eq!(Definition::seal_context(MonitorId(42)), "definition/42");
}

#[test]
fn specs_in_postgres_and_definitions_in_the_mirror() {
    let options = HttpOptions {
        headers: [("Accept".to_owned(), "text/html".to_owned())].into(),
        body: Some("ping".to_owned()),
        auth: Some(HttpAuth::Basic {
            username: "ada".to_owned(),
            password: "secret".to_owned(),
        }),
        max_redirects: 3,
        contains: Some("ok".to_owned()),
        not_contains: Some("error".to_owned()),
        json: Some(JsonAssertion {
            path: "$.status".to_owned(),
            equals: Some(serde_json::Value::Null),
        }),
        expected_headers: [
            ("Server".to_owned(), None),
            ("X-Up".to_owned(), Some("1".to_owned())),
        ]
        .into(),
        max_body_bytes: Some(2_048),
        ip_family: IpFamily::V6,
        verify_tls: false,
        tls_warn_days: Some(14),
        tls_resumption: false,
    };
    let http = HttpProbe {
        method: HttpMethod::Post,
        expected_status: StatusRanges(vec![(200, 299), (404, 404)]),
        options: Box::new(options),
        ..HttpProbe::get("https://shop.example/health")
    };
    let upside_down = Spec {
        paused: true,
        upside_down: true,
        ..spec(Probe::Http(http.clone()))
    };
    let bearer = HttpProbe {
        options: Box::new(HttpOptions {
            auth: Some(HttpAuth::Bearer {
                token: "token".to_owned(),
            }),
            ..HttpOptions::default()
        }),
        ..HttpProbe::get("https://shop.example/")
    };
    let resumption = HttpProbe {
        options: Box::new(HttpOptions {
            tls_resumption: true,
            ..HttpOptions::default()
        }),
        ..HttpProbe::get("https://shop.example/")
    };
    let host = || "shop.example".to_owned();
    let tcp = |send: Option<&str>| TcpProbe {
        host: host(),
        port: 5432,
        send: send.map(str::to_owned),
        expect: send.map(str::to_owned),
    };
    let dns = |resolver: Option<&str>| DnsProbe {
        host: host(),
        record_type: RecordType::Aaaa,
        expected: resolver.iter().map(|_| "2001:db8::1".to_owned()).collect(),
        resolver: resolver.map(|address| NameServer(address.parse().unwrap())),
    };
    let tls = TlsProbe {
        host: host(),
        port: 443,
        warn_days: 14,
        verify_tls: true,
    };
    let icmp = IcmpProbe {
        host: host(),
        packets: 3,
        max_loss_percent: 50,
    };
    let get = spec(Probe::Http(HttpProbe::get("https://shop.example/")));
    for (name, spec) in [
        ("http", &get),
        ("http-all", &upside_down),
        ("http-bearer", &spec(Probe::Http(bearer))),
        ("http-resumption", &spec(Probe::Http(resumption))),
        ("tcp", &spec(Probe::Tcp(tcp(None)))),
        ("tcp-expect", &spec(Probe::Tcp(tcp(Some("PING"))))),
        ("tls", &spec(Probe::Tls(tls))),
        ("dns", &spec(Probe::Dns(dns(None)))),
        ("dns-server", &spec(Probe::Dns(dns(Some("[2001:db8::53]:5353"))))),
        ("icmp", &spec(Probe::Icmp(icmp))),
    ] {
        assert_json(&format!("spec/{name}"), spec);
    }
    let definition = Definition {
        id: MonitorId(42),
        org_id: OrgId(7),
        revision: 3,
        changed_at: Some(at("2026-11-21T10:00:00.123Z")),
        probe_revision: None,
        spec: get,
    };
    assert_json("definition/full", &definition);
    let changed_at = None;
    assert_json(
        "definition/unchanged",
        &Definition {
            changed_at,
            ..definition
        },
    );
}

fn rules() -> AlertRules {
    let once = Span::Once {
        from: at("2026-11-21T10:00:00Z"),
        until: at("2026-11-21T12:00:00Z"),
    };
    let weekly = Span::Weekly {
        weekday: Weekday::Sun,
        from: NaiveTime::from_hms_opt(2, 30, 0).unwrap(),
        minutes: 90,
        time_zone: chrono_tz::Europe::Berlin,
    };
    AlertRules {
        muted: vec![
            Mute {
                monitor_id: MonitorId(2),
                until: None,
            },
            Mute {
                monitor_id: MonitorId(3),
                until: Some(at("2026-11-22T00:00:00Z")),
            },
        ],
        windows: vec![
            MaintenanceWindow {
                monitors: vec![],
                span: once,
                exceptions: vec![],
            },
            MaintenanceWindow {
                monitors: vec![MonitorId(1), MonitorId(2)],
                span: weekly,
                exceptions: vec![],
            },
        ],
        holds: vec![],
    }
}

#[test]
fn channels_rules_and_spans() {
    for window in &rules().windows {
        let name = match window.span {
            Span::Once { .. } => "once",
            Span::Weekly { .. } => "weekly",
            Span::Recurring { .. } => "recurring",
        };
        assert_json(&format!("alerting/span-{name}"), &window.span);
        assert_json(&format!("alerting/window-{name}"), window);
    }
    assert_json("alerting/rules", &rules());
    assert_json("alerting/channel-alerts-none", &ChannelAlerts::default());
    let alerts = ChannelAlerts {
        degraded: true,
        throttle_seconds: 60,
        remind_every_seconds: Some(300),
        quiet_hours: None,
        owner_quiet_hours: None,
        acknowledge_by_link: false,
    };
    assert_json("alerting/channel-alerts", &alerts);
    let window = QuietWindow {
        days: [Weekday::Sat, Weekday::Sun].into_iter().collect(),
        from: NaiveTime::from_hms_opt(22, 0, 0).unwrap(),
        until: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
    };
    let quiet = OwnerQuietHours::new(Some("Europe/Berlin"), vec![window], Some(Severity::Critical));
    let of_member = ChannelAlerts {
        owner_quiet_hours: Some(quiet.unwrap()),
        ..ChannelAlerts::default()
    };
    assert_json("alerting/channel-alerts-owner-quiet", &of_member);
    let channel = SealedChannel {
        id: ChannelId(9),
        org_id: OrgId(7),
        name: "#ops".to_owned(),
        kind: "slack_bot".to_owned(),
        enabled: true,
        owner: None,
        alerts,
        sealed_config: "AmsxAA==".to_owned(),
        withheld: Vec::new(),
        sealed_left_out: None,
        sealed_decline_tokens: None,
        unconfirmed: false,
    };
    // What `alert-state` holds of an organisation under `c/7`.
    let organisation = OrgAlerting {
        channels: vec![channel],
        rules: rules(),
        policy: AlertPolicy::default(),
    };
    assert_json("alerting/organisation", &organisation);
    let mut organisation = organisation;
    organisation.channels[0].withheld = [false, true].map(withheld).into();
    assert_json("alerting/organisation-withheld", &organisation);
    organisation.channels[0].withheld = Vec::new();
    organisation.channels[0].sealed_left_out = Some("AmsxBB==".to_owned());
    assert_json("alerting/organisation-left-out", &organisation);
    organisation.channels[0].sealed_left_out = None;
    organisation.channels[0].sealed_decline_tokens = Some("AmsxCC==".to_owned());
    assert_json("alerting/organisation-decline", &organisation);
    organisation.channels[0].sealed_decline_tokens = None;
    organisation.channels[0].unconfirmed = true;
    assert_json("alerting/organisation-unconfirmed", &organisation);
    let tokens: DeclineTokens = [("ada@example.org".to_owned(), "AgAAAA".to_owned())].into();
    assert_json("alerting/decline-tokens", &tokens);
    let left_out = LeftOut {
        waiting: vec!["bob@example.org".to_owned()],
        declined: vec!["eve@example.org".to_owned()],
    };
    assert_json("alerting/left-out", &left_out);
    let named = MonitorName {
        id: MonitorId(42),
        org_id: OrgId(7),
        name: "Shop".to_owned(),
        url: "https://shop.example/".to_owned(),
        labels: None,
    };
    assert_json("alerting/monitor-name", &named);
    let names = NamesPage {
        names: vec![(MonitorId(42), "Shop".to_owned())],
        next_after: Some(MonitorId(42)),
        ..NamesPage::default()
    };
    assert_json("alerting/names", &names);
}

fn withheld(declined: bool) -> WithheldRecipient {
    let id = EmailRecipientId::new(OrgId(7), "ada@example.org");
    WithheldRecipient { id, declined }
}

#[test]
fn recipients_of_email_channels_and_what_asks_them() {
    let states = EmailRecipientState::ALL
        .map(EmailRecipientState::as_str)
        .join(" ");
    let names = [
        (7, "ada@example.org"),
        (7, " Ada@Example.ORG "),
        (8, "ada@example.org"),
    ];
    let names = names.map(|(org, address)| EmailRecipientId::new(OrgId(org), address).to_string());
    let lines = [vec![states], names.to_vec()].concat();
    assert_frozen("stored/email-recipients.txt", &lines.join("\n"));
    // Of a version that says more, or less.
    let id = withheld(false).id;
    let read: WithheldRecipient =
        serde_json::from_value(serde_json::json!({"id": id, "since": "yesterday"})).unwrap();
    assert_eq!(read, withheld(false));
    let mail = ConfirmationMail {
        org_id: OrgId(7),
        recipient: id,
        address: "ada@example.org".to_owned(),
        organisation: "Ada's organisation".to_owned(),
        token: "AQAB".to_owned(),
    };
    assert_json("alerting/confirmations", &Confirmations { mails: vec![mail] });
    let outcome = ConfirmationOutcome {
        org_id: OrgId(7),
        recipient: id,
        error: Some("permanent error (550): no such user".to_owned()),
        again: false,
    };
    assert_json("alerting/confirmation-outcome", &outcome);
}

#[test]
fn codes_that_confirm_numbers() {
    let code = ConfirmationCode {
        channel: SealedChannel {
            id: ChannelId(9),
            org_id: OrgId(7),
            name: "Phone".to_owned(),
            kind: "twilio".to_owned(),
            enabled: true,
            owner: Some(UserId(3)),
            alerts: ChannelAlerts::default(),
            sealed_config: "AmsxAA==".to_owned(),
            withheld: Vec::new(),
            sealed_left_out: None,
            sealed_decline_tokens: None,
            unconfirmed: false,
        },
        code: "123456".to_owned(),
        attempt: 2,
    };
    // It is nothing for a log.
    assert!(!format!("{code:?}").contains("123456"));
    assert_json(
        "alerting/confirmation-codes",
        &ConfirmationCodes { codes: vec![code] },
    );
    let outcome = ConfirmationCodeOutcome {
        org_id: OrgId(7),
        channel: ChannelId(9),
        attempt: 2,
        error: Some("no response within 10000 ms".to_owned()),
        again: false,
    };
    assert_json("alerting/confirmation-code-outcome", &outcome);
}

fn down() -> MonitorState {
    let started_at = at("2026-11-21T10:00:00.118Z");
    let error = || Some("HTTP status 500, expected 200-399".to_owned());
    MonitorState {
        revision: 3,
        state: State::Down,
        since: Some(started_at),
        last_slot: Some(at("2026-11-21T10:05:00.118Z")),
        fresh: false,
        streak: Some(Streak {
            up: false,
            count: 6,
            since: started_at,
            first_slot: Some(at("2026-11-21T09:59:00.118Z")),
            error_code: Some(ErrorCode::StatusMismatch),
            error: error(),
        }),
        incident: Some(OpenIncident {
            id: incident_id(),
            started_at,
            error_code: Some(ErrorCode::StatusMismatch),
            error: error(),
            confirmed_at: None,
            acknowledged: true,
            seen: None,
        }),
        activity: Activity::Active,
        heartbeat: None,
        votes: None,
        window: None,
        usual: None,
    }
}

/// Three of the last five have to fail for ten minutes: four have, and one that began it is not among the last any more.
fn waiting() -> MonitorState {
    let slot = |minute: u32| at(&format!("2026-11-21T10:0{minute}:00.118Z"));
    let failed = |minute, begins_at| FailedSlot {
        slot: slot(minute),
        begins_at,
    };
    let first = failed(1, Some(at("2026-11-21T10:01:09.500Z")));
    MonitorState {
        revision: 3,
        state: State::Up,
        since: Some(at("2026-11-21T10:00:00.118Z")),
        last_slot: Some(slot(6)),
        fresh: false,
        streak: Some(Streak {
            up: false,
            count: 2,
            since: slot(5),
            first_slot: None,
            error_code: Some(ErrorCode::StatusMismatch),
            error: Some("HTTP status 500, expected 200-399".to_owned()),
        }),
        window: Some(Box::new(Window {
            outcomes: 0b11011,
            failed: vec![failed(2, None), failed(3, None), failed(5, None), failed(6, None)],
            onset: Some(Onset { first, slots: 5 }),
        })),
        ..MonitorState::default()
    }
}

#[test]
fn states_of_the_fold() {
    assert_json("fold/down", &down());
    assert_json("fold/unknown", &MonitorState::default());
    let paused = MonitorState {
        activity: Activity::Paused,
        incident: None,
        streak: None,
        fresh: true,
        ..down()
    };
    assert_json("fold/paused", &paused);
    assert_json("fold/heartbeat", &heartbeat());
    assert_json("fold/window", &waiting());
}

/// A heartbeat that is down, with all that is known of its pings.
fn heartbeat() -> MonitorState {
    let uuid = |last: u128| Uuid::from_u128(0x019a_a5f1_2c3b_7d4e_8f60_1122_3344_0000 + last);
    let mut state = down();
    if let Some(incident) = &mut state.incident {
        incident.error_code = Some(ErrorCode::HeartbeatOverdue);
        incident.confirmed_at = Some(at("2026-11-21T10:01:00.118Z"));
    }
    let known = HeartbeatState {
        last_ping: Some(LastPing {
            at: at("2026-11-21T09:00:00.118Z"),
            id: uuid(1),
            duration_ms: Some(1_500),
            failed: true,
        }),
        last_start: Some(at("2026-11-21T09:58:00.118Z")),
        missed: Some(at("2026-11-21T10:00:00.000Z")),
        runs: vec![Run {
            id: Some(uuid(2)),
            started_at: at("2026-11-21T09:58:00.118Z"),
            heard_at: Some(at("2026-11-21T09:59:00.118Z")),
            is_overdue: true,
        }],
        ended: vec![uuid(3)],
        names: vec![uuid(1)],
        due: Some(Due {
            at: at("2026-11-21T10:00:00.000Z"),
            deadline: at("2026-11-21T10:00:30.000Z"),
        }),
        resumed_at: Some(at("2026-11-20T10:00:00.000Z")),
    };
    state.heartbeat = Some(Box::new(known));
    state
}

#[test]
fn what_redis_and_dashboards_hold() {
    let status = LiveStatus {
        last_checked_at: Some(at("2026-11-21T10:05:00.200Z")),
        latency_ms: Some(87),
        status_code: Some(500),
        error: Some("HTTP status 500, expected 200-399".to_owned()),
        error_code: Some(ErrorCode::StatusMismatch),
        timings: Some(Timings {
            dns: Some(1_000),
            connect: Some(2_000),
            ..Timings::default()
        }),
        tls_expires_at: Some(at("2027-01-01T00:00:00Z")),
        ..LiveStatus::new(&down(), None)
    };
    assert_json("live/status", &status);
    assert_json(
        "live/status-pending",
        &LiveStatus::new(&MonitorState::default(), None),
    );
    assert_json("live/status-heartbeat", &LiveStatus::new(&heartbeat(), None));
    let point = Point {
        at: at("2026-11-21T10:05:00.118Z"),
        state: PointState::Down,
        latency_ms: Some(87),
    };
    assert_json("live/point", &point);
    let monitor_id = MonitorId(42);
    let point = Some(point);
    let event = StatusEvent {
        monitor_id,
        status,
        point,
    };
    assert_json("live/status-event", &event);
    let incident = IncidentView {
        id: incident_id(),
        monitor_id,
        monitor_name: None,
        started_at: at("2026-11-21T10:00:00.118Z"),
        resolved_at: Some(at("2026-11-21T10:05:00.118Z")),
        duration_seconds: 300,
        close_reason: Some(CloseReason::Recovered),
        error_code: Some(ErrorCode::StatusMismatch),
        first_error: Some("HTTP status 500".to_owned()),
        last_error: Some("HTTP status 503".to_owned()),
        regions: None,
    };
    assert_json("live/incident", &incident);
}

#[test]
fn records_of_the_alerter_are_read_by_others() {
    assert_eq!(monitor_key(MonitorId(42)), "m/42");
    assert_eq!(monitor_of_key("m/42"), Some(MonitorId(42)));
    for file in std::fs::read_dir(folder("alert-state")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let record: MonitorRecord = serde_json::from_slice(&bytes).unwrap();
        assert!(record.org_id.is_some(), "{}", path.display());
    }
    for file in std::fs::read_dir(folder("alert-events")).unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let event: AlertEvent = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), line);
        }
    }
}
