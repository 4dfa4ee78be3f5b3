use std::time::Duration;

use domain::{MonitorId, Timestamp};
use shared::kafka::Message;
use tokio::time::Instant;

use super::*;

const WEEK_MS: i64 = 7 * 86_400_000;

fn message(payload: &str, appended: &str) -> Message {
    Message {
        topic: "monitoring-results".into(),
        partition: 0,
        offset: 7,
        key: Some(b"42".to_vec()),
        payload: Some(payload.as_bytes().to_vec()),
        timestamp: appended.parse().unwrap(),
    }
}

fn reason(payload: &str) -> Option<Reason> {
    examine(&message(payload, "2026-11-21T10:00:00.000Z"), WEEK_MS)
        .err()
        .map(|(reason, _)| reason)
}

#[test]
fn every_reason_is_told_apart() {
    let at = |time: &str| {
        format!(r#"{{"monitor_id": 42, "url": "https://e.org/", "timestamp": "{time}", "is_up": true}}"#)
    };
    assert_eq!(reason(&at("2026-11-21T10:00:01.900Z")), None);
    assert_eq!(
        reason(&at("2026-11-21T10:00:03.000Z")),
        Some(Reason::ImplausibleTime)
    );
    assert_eq!(
        reason(&at("2026-11-13T10:00:00.000Z")),
        Some(Reason::ImplausibleTime)
    );
    assert_eq!(reason("{"), Some(Reason::Undecodable));
    assert_eq!(reason(""), Some(Reason::Empty));
    assert_eq!(
        reason(&format!("\"{}\"", "x".repeat(70_000))),
        Some(Reason::Oversized)
    );
    let range = r#"{"monitor_id": 42, "url": "", "timestamp": "2026-11-21T10:00:00Z", "is_up": null,
        "type": "skipped", "scheduled_at": "2020-01-01T00:00:00Z", "until": "2026-11-21T10:00:00Z"}"#;
    assert_eq!(reason(range), Some(Reason::ImplausibleTime));
}

#[test]
fn parked_records_keep_their_order_and_expire() {
    let body = r#"{"monitor_id": 42, "url": "", "timestamp": "2026-11-21T10:00:00Z", "is_up": true}"#;
    let message = message(body, "2026-11-21T10:00:00.000Z");
    let record = examine(&message, WEEK_MS).unwrap();
    let start = Instant::now();
    let mut parking = Parking::new(2, Duration::from_secs(5));
    for seconds in [0, 1] {
        let mut message = message.clone();
        message.timestamp = Timestamp::from_millis(seconds);
        let at = start + Duration::from_secs(seconds as u64);
        assert!(parking.park(message, record.clone(), at).is_ok());
    }
    assert!(
        parking.park(message.clone(), record, start).is_err(),
        "it is bounded"
    );
    assert_eq!(parking.expired(start + Duration::from_millis(4_999)).len(), 0);
    assert_eq!(parking.expired(start + Duration::from_secs(5)).len(), 1);
    let rest = parking.take(MonitorId(42));
    assert_eq!(rest[0].message.timestamp, Timestamp::from_millis(1_000 / 1_000));
    assert_eq!(parking.len(), 0);
}
