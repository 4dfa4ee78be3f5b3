use domain::fold::{HeartbeatState, LastPing};
use domain::live::LiveStatus;
use domain::record::{Due, Judged, Ping, PingKind, PingRequest, RunLimits};
use domain::{CheckResult, MonitorState, Rule, decide};

use super::super::families::render;
use super::*;

const ORG: OrgId = OrgId(7);

fn at(k: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + k * 60_000)
}

fn entry(monitor: i64, k: i64, up: bool) -> Entry {
    let record = Record::Result(CheckResult {
        monitor_id: MonitorId(monitor),
        org_id: Some(ORG),
        url: String::new(),
        kind: "ht\"tp".to_owned(),
        timestamp: at(k),
        scheduled_at: at(k),
        interval_ms: Some(60_000),
        region: "default".to_owned(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: None,
        latency_ms: Some(250),
        attempts: 1,
        error: None,
        error_code: None,
        timings: domain::record::Timings::default(),
        tls_expires_at: Some(at(1_440)),
        quorum: None,
        judged: None,
    });
    read(record)
}

fn read(record: Record) -> Entry {
    Entry {
        appended_at: record.event_time(),
        record,
        org_id: ORG,
    }
}

fn update(monitor: i64, state: Option<LiveState>) -> LiveUpdate {
    let status = state.map(|state| LiveStatus {
        state,
        latency_ms: Some(250),
        last_checked_at: Some(at(0)),
        tls_expires_at: Some(at(1_440)),
        ..LiveStatus::default()
    });
    LiveUpdate {
        monitor_id: MonitorId(monitor),
        org_id: ORG,
        version: crate::batch::Version::default(),
        status,
        failing: 0,
        heartbeat: None,
        points: Vec::new(),
        events: Vec::new(),
    }
}

fn batch(table: &mut Table, entries: &[(Entry, i32)], updates: &[LiveUpdate]) {
    let entries = entries.iter().map(|(entry, partition)| (entry, *partition));
    table.admit(updates.iter(), entries.clone());
    table.count(entries);
}

#[test]
fn no_more_monitors_than_the_limit_and_a_removed_one_makes_room() {
    let mut table = Table::new(2);
    table.assign([0].into_iter());
    let all: Vec<_> = (1..=3).map(|monitor| (entry(monitor, 0, true), 0)).collect();
    let up: Vec<_> = (1..=3)
        .map(|monitor| update(monitor, Some(LiveState::Up)))
        .collect();
    batch(&mut table, &all, &up);
    assert_eq!(table.monitors(), [MonitorId(1), MonitorId(2)]);
    batch(&mut table, &[], &[update(1, None)]);
    batch(&mut table, &all, &up);
    assert_eq!(table.monitors(), [MonitorId(1), MonitorId(2)]);
    batch(
        &mut table,
        &all[2..],
        &[update(1, None), update(3, Some(LiveState::Up))],
    );
    assert_eq!(table.monitors(), [MonitorId(2), MonitorId(3)]);
    let mut none = Table::new(0);
    none.assign([0].into_iter());
    batch(&mut none, &all, &up);
    assert_eq!(render(&none, at(0)), "");
}

#[test]
fn a_monitor_has_no_series_before_its_first_result_says_of_which_kind_it_is() {
    let mut table = Table::new(10);
    table.assign([0].into_iter());
    let entries = [(entry(1, 0, true), 0)];
    let up = [update(1, Some(LiveState::Up))];
    table.admit(
        up.iter(),
        entries.iter().map(|(entry, partition)| (entry, *partition)),
    );
    assert_eq!(table.monitors(), [MonitorId(1)]);
    assert_eq!(render(&table, at(0)), "");
    batch(&mut table, &entries, &up);
    assert!(render(&table, at(0)).contains("uptime_website_status{monitor_id=\"1\""));
}

#[test]
fn a_revoked_partition_takes_its_monitors_along() {
    let mut table = Table::new(10);
    table.assign([0, 1].into_iter());
    let entries = [
        (entry(1, 0, true), 0),
        (entry(2, 0, true), 1),
        (entry(3, 0, true), 2),
    ];
    let up: Vec<_> = (1..=3)
        .map(|monitor| update(monitor, Some(LiveState::Up)))
        .collect();
    batch(&mut table, &entries, &up);
    assert_eq!(table.monitors(), [MonitorId(1), MonitorId(2)]);
    table.revoke([1].into_iter());
    batch(&mut table, &entries, &up);
    assert_eq!(table.monitors(), [MonitorId(1)]);
}

#[test]
fn a_slot_that_comes_again_is_counted_once() {
    let mut table = Table::new(10);
    table.assign([0].into_iter());
    let entries = [(entry(1, 0, true), 0), (entry(1, 1, false), 0)];
    let down = [update(1, Some(LiveState::Down))];
    batch(&mut table, &entries, &down);
    batch(&mut table, &entries, &down);
    table.set_uptime(&[(MonitorId(1), 50.0), (MonitorId(2), 1.0)]);
    let text = render(&table, at(0));
    let labels = r#"{monitor_id="1",org_id="7",kind="ht\"tp""#;
    for line in [
        format!(r#"uptime_website_checks_total{labels},outcome="up"}} 1"#),
        format!(r#"uptime_website_checks_total{labels},outcome="down"}} 1"#),
        format!("uptime_website_status{labels}}} 0"),
        format!("uptime_website_response_time_seconds{labels}}} 0.25"),
        format!("uptime_website_ssl_expiry_days{labels}}} 1"),
        format!("uptime_website_uptime_percentage{labels}}} 50"),
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(!text.contains("uptime_website_dns_resolution_time"), "{text}");
}

/// A ping of a job whose address is not to be found in any label.
fn pinged(monitor: i64, k: i64) -> Entry {
    let record = Record::Ping(Box::new(Ping {
        monitor_id: MonitorId(monitor),
        org_id: ORG,
        url: "heartbeat://secret\",kind=\"http".to_owned(),
        timestamp: at(k),
        id: uuid::Uuid::from_u128(k as u128),
        kind: PingKind::Success,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: Some("secret\n".to_owned()),
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    }));
    read(record)
}

/// Every ten minutes, with two of grace; the last ping came at the beginning.
fn heartbeat(state: LiveState) -> LiveUpdate {
    let mut update = update(1, Some(state));
    if let Some(status) = &mut update.status {
        status.last_ping_at = Some(at(0));
        status.due_at = Some(at(10));
        status.overdue_at = Some(at(12));
    }
    update
}

/// The lines of a text that are about heartbeats, without their help.
fn of_heartbeats(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.contains("uptime_heartbeat_") && !line.starts_with("# HELP"))
        .collect()
}

#[test]
fn a_heartbeat_has_its_own_series_and_none_of_checks() {
    let mut table = Table::new(10);
    table.assign([0].into_iter());
    let both = [(pinged(1, 0), 0), (entry(2, 0, true), 0)];
    batch(
        &mut table,
        &both,
        &[heartbeat(LiveState::Up), update(2, Some(LiveState::Up))],
    );
    let text = render(&table, at(5));
    let labels = r#"{monitor_id="1",org_id="7"}"#;
    let timestamp = at(0).as_millis() / 1_000;
    assert_eq!(
        of_heartbeats(&text),
        [
            "# TYPE uptime_heartbeat_status gauge",
            &format!("uptime_heartbeat_status{labels} 1"),
            "# TYPE uptime_heartbeat_last_ping_timestamp gauge",
            &format!("uptime_heartbeat_last_ping_timestamp{labels} {timestamp}"),
            "# TYPE uptime_heartbeat_time_since_last_ping_seconds gauge",
            &format!("uptime_heartbeat_time_since_last_ping_seconds{labels} 300"),
            "# TYPE uptime_heartbeat_grace_period_seconds gauge",
            &format!("uptime_heartbeat_grace_period_seconds{labels} 120"),
        ]
    );
    assert!(!text.contains("secret"), "{text}");
    for (name, is_there) in [
        ("checks_total", false),
        ("response_time_seconds", false),
        ("last_check_timestamp", false),
        ("status", true),
        ("consecutive_failures", true),
    ] {
        let of = |monitor: i64| format!("uptime_website_{name}{{monitor_id=\"{monitor}\"");
        assert_eq!(text.contains(&of(1)), is_there, "{name}");
        assert!(text.contains(&of(2)), "{name}");
    }
}

#[test]
fn a_heartbeat_is_late_while_its_ping_is_due_and_not_overdue_yet() {
    let mut table = Table::new(10);
    table.assign([0].into_iter());
    for (state, now, level) in [
        (LiveState::Up, 9, Some("1")),
        (LiveState::Up, 10, Some("0.5")),
        (LiveState::Down, 9, Some("0")),
        (LiveState::Down, 13, Some("0")),
        (LiveState::Pending, 9, None),
        (LiveState::Paused, 11, None),
    ] {
        batch(&mut table, &[(pinged(1, 0), 0)], &[heartbeat(state)]);
        let text = render(&table, at(now));
        let shown = text
            .lines()
            .find_map(|line| line.strip_prefix(r#"uptime_heartbeat_status{monitor_id="1",org_id="7"} "#));
        assert_eq!(shown, level, "{state:?} {now}");
    }
    // Where the job must not run, nothing is due.
    let must_not = Judged {
        last_ping: Some(at(0)),
        missed: Some(at(10)),
        ..Judged::default()
    };
    let state = MonitorState {
        heartbeat: Some(Box::new(HeartbeatState {
            last_ping: Some(LastPing {
                at: at(0),
                id: uuid::Uuid::nil(),
                duration_ms: None,
                failed: true,
            }),
            due: Some(Due {
                at: at(10),
                deadline: at(12),
            }),
            ..HeartbeatState::default()
        })),
        ..MonitorState::default()
    };
    let mut good = entry(1, 12, true).record;
    if let Record::Result(result) = &mut good {
        (result.kind, result.judged) = ("heartbeat".to_owned(), Some(must_not));
    }
    let quiet = LiveStatus::new(&decide(state, &good).state, None);
    batch(
        &mut table,
        &[],
        &[LiveUpdate {
            status: Some(quiet),
            ..update(1, None)
        }],
    );
    let text = render(&table, at(60));
    assert!(
        text.contains(r#"uptime_heartbeat_status{monitor_id="1",org_id="7"} 1"#),
        "{text}"
    );
    // One that was never pinged is known by the first verdict, and has no ping to tell of.
    let mut never = entry(3, 0, false);
    if let Record::Result(result) = &mut never.record {
        result.kind = "heartbeat".to_owned();
    }
    let mut table = Table::new(10);
    table.assign([0].into_iter());
    batch(&mut table, &[(never, 0)], &[update(3, Some(LiveState::Down))]);
    let text = render(&table, at(1));
    assert_eq!(
        of_heartbeats(&text),
        [
            "# TYPE uptime_heartbeat_status gauge",
            r#"uptime_heartbeat_status{monitor_id="3",org_id="7"} 0"#
        ]
    );
}

#[test]
fn a_heartbeat_that_came_here_has_series_before_its_next_ping() {
    let mut table = Table::new(2);
    table.assign([0].into_iter());
    let of = |monitor: i64| LiveUpdate {
        monitor_id: MonitorId(monitor),
        ..heartbeat(LiveState::Up)
    };
    table.expect(
        [(1, 0), (2, 0), (3, 0)]
            .map(|(id, partition)| (MonitorId(id), partition))
            .into_iter(),
    );
    // What was read from the log meanwhile is newer.
    batch(&mut table, &[(pinged(1, 0), 0)], &[heartbeat(LiveState::Down)]);
    table.seed(&[of(1), of(2), of(3), of(4)]);
    assert_eq!(table.monitors(), [MonitorId(1), MonitorId(2)]);
    let text = render(&table, at(5));
    assert!(
        text.contains(r#"uptime_heartbeat_status{monitor_id="1",org_id="7"} 0"#),
        "{text}"
    );
    assert!(
        text.contains(r#"uptime_heartbeat_status{monitor_id="2",org_id="7"} 1"#),
        "{text}"
    );
    // Nor has one that is gone, or somebody else's by now.
    let mut table = Table::new(2);
    table.assign([0, 1].into_iter());
    table.expect([(MonitorId(1), 0), (MonitorId(2), 1)].into_iter());
    table.revoke([1].into_iter());
    table.seed(&[update(1, None), of(2)]);
    assert_eq!(table.monitors(), []);
}
