//! What heartbeats send, and what is decided for want of it.

use domain::record::{Due, Judged, Ping, PingKind, PingRequest, RunLimits};
use domain::{CheckResult, ErrorCode, MonitorId, OrgId, Record, Skipped, Timestamp};
use uuid::Uuid;

use super::{result, skipped, start};

/// Seconds after the beginning of the test's hour.
pub fn at(seconds: i64) -> Timestamp {
    start().plus_millis(1_000 * seconds)
}

pub fn ping(monitor: MonitorId, org: OrgId, kind: PingKind, seconds: i64) -> Ping {
    Ping {
        monitor_id: monitor,
        org_id: org,
        url: "heartbeat://backup".to_owned(),
        timestamp: at(seconds),
        id: Uuid::from_u128((monitor.0 as u128) << 64 | seconds as u128),
        kind,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: Some(Due {
            at: at(seconds + 600),
            deadline: at(seconds + 660),
        }),
        limits: RunLimits::default(),
        request: PingRequest {
            scheme: "https".to_owned(),
            method: "POST".to_owned(),
            sealed_body: Some("AAEC".to_owned()),
            body_bytes: 3,
            ..PingRequest::default()
        },
    }
}

pub fn of(ping: Ping) -> Record {
    Record::Ping(Box::new(ping))
}

/// That the heartbeat is overdue since `seconds`, by whoever knew of what was until the ping at `last_ping`.
pub fn overdue(monitor: MonitorId, seconds: i64, last_ping: i64) -> Record {
    Record::Result(CheckResult {
        kind: "heartbeat".to_owned(),
        timestamp: at(seconds),
        interval_ms: None,
        status_code: None,
        latency_ms: None,
        error: None,
        error_code: Some(ErrorCode::HeartbeatOverdue),
        judged: Some(Judged {
            last_ping: Some(at(last_ping)),
            last_start: Some(at(last_ping)),
            missed: Some(at(seconds - 60)),
            ..Judged::default()
        }),
        ..result(monitor, at(seconds), false)
    })
}

/// That it could not be found out whether the heartbeat was overdue at `seconds`.
pub fn unknown(monitor: MonitorId, seconds: i64) -> Record {
    Record::Skipped(Skipped {
        interval_ms: None,
        ..skipped(monitor, at(seconds), 1)
    })
}
