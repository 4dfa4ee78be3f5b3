//! The wire form: frozen fixtures, the public contract, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::record::{LifecycleEvent, MAX_RECORD_BYTES, PointState, SkipReason};
use domain::{ErrorCode, MonitorId, OrgId, Record, Rule, Timestamp};

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
    json.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

fn fixture(name: &str) -> Record {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(path, _)| path.ends_with(name))
        .unwrap();
    Record::decode(&bytes).unwrap()
}

#[test]
fn every_fixture_keeps_its_meaning_through_encoding() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 5);
    for (path, bytes) in fixtures {
        let record = Record::decode(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(Record::decode(&record.encode()).unwrap(), record, "{path}");
    }
}

#[test]
fn what_is_written_now_is_what_the_newest_fixtures_hold() {
    for name in [
        "result-v1-up.json",
        "result-v1-down.json",
        "result-v1-first-of-revision.json",
        "result-v1-edited-rule.json",
        "skipped-v1.json",
        "lifecycle-v1-paused.json",
        "lifecycle-v1-acknowledged.json",
        "lifecycle-v1-resend.json",
        "lifecycle-v1-restored.json",
        "lifecycle-v1-edited-rule.json",
    ] {
        let (_, bytes) = fixtures()
            .into_iter()
            .find(|(path, _)| path.ends_with(name))
            .unwrap();
        let mut frozen: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let mut written: serde_json::Value = serde_json::from_slice(&fixture(name).encode()).unwrap();
        for value in [&mut frozen, &mut written] {
            let fields = value.as_object_mut().unwrap();
            if let Some(expiry) = fields.get_mut("tls_expires_at") {
                *expiry = expiry
                    .as_str()
                    .unwrap()
                    .parse::<Timestamp>()
                    .unwrap()
                    .to_string()
                    .into();
            }
            fields.entry("error_code").or_insert(serde_json::Value::Null);
        }
        assert_eq!(written, frozen, "{name}");
    }
}

#[test]
fn the_seven_public_fields_are_enough() {
    let Record::Result(result) = fixture("result-public-contract.json") else {
        panic!("not a result")
    };
    assert_eq!(result.monitor_id, MonitorId(42));
    assert_eq!(result.scheduled_at, result.timestamp);
    assert_eq!(
        (result.revision, result.org_id, result.rule),
        (None, None, Rule::default())
    );
    assert_eq!(result.point_state(), PointState::Up);
}

#[test]
fn the_full_record_is_read() {
    let Record::Result(result) = fixture("result-v1-down.json") else {
        panic!("not a result")
    };
    assert_eq!(result.error_code, Some(ErrorCode::StatusMismatch));
    assert_eq!(
        (result.org_id, result.revision, result.attempts),
        (Some(OrgId(7)), Some(3), 2)
    );
    assert_eq!(
        result.rule,
        Rule {
            down_after: 1,
            up_after: 2,
            slow_ms: Some(500)
        }
    );
    let Record::Skipped(skipped) = fixture("skipped-v1.json") else {
        panic!("not a skip")
    };
    assert_eq!((skipped.slots(), skipped.reason), (3, SkipReason::Overload));
    let Record::Skipped(skipped) = fixture("skipped-v1-no-permission.json") else {
        panic!("not a skip")
    };
    assert_eq!(skipped.reason, SkipReason::NoPermission);
    let Record::Lifecycle(lifecycle) = fixture("lifecycle-v1-paused.json") else {
        panic!("no lifecycle")
    };
    assert_eq!((lifecycle.event, lifecycle.revision), (LifecycleEvent::Paused, 4));
}

fn decode_with(
    change: impl FnOnce(&mut serde_json::Map<String, serde_json::Value>),
) -> Result<Record, String> {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(path, _)| path.ends_with("contract.json"))
        .unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    change(value.as_object_mut().unwrap());
    Record::decode(value.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn unknown_fields_are_ignored_and_a_verdict_of_null_is_none() {
    assert!(decode_with(|r| drop(r.insert("new".into(), 1.into()))).is_ok());
    let record = decode_with(|r| drop(r.insert("is_up".into(), serde_json::Value::Null))).unwrap();
    assert!(matches!(record, Record::Skipped(skipped) if skipped.reason == SkipReason::Unknown));
    let record = decode_with(|r| drop(r.insert("latency_ms".into(), 12.6.into()))).unwrap();
    assert!(matches!(record, Record::Result(result) if result.latency_ms == Some(13)));
}

#[test]
fn what_contradicts_itself_is_refused() {
    for missing in ["monitor_id", "url", "timestamp", "is_up"] {
        let error = decode_with(|r| drop(r.remove(missing))).unwrap_err();
        assert!(error.contains(missing), "{error}");
    }
    for (field, value) in [
        ("monitor_id", serde_json::json!(0)),
        ("monitor_id", serde_json::json!("42")),
        ("timestamp", serde_json::json!("yesterday")),
        ("outcome", serde_json::json!("down")),
        ("latency_ms", serde_json::json!(-1)),
        ("interval_ms", serde_json::json!(0)),
        ("region", serde_json::json!("a\u{0}b")),
        ("type", serde_json::json!("unheard-of")),
    ] {
        assert!(
            decode_with(|r| drop(r.insert(field.into(), value.clone()))).is_err(),
            "{field}: {value}"
        );
    }
    assert!(Record::decode(b"\xff\xfe").is_err());
    assert!(Record::decode(&vec![b' '; MAX_RECORD_BYTES + 1]).is_err());
}

#[test]
fn texts_are_made_fit_to_store() {
    let long = format!("a\u{0}{}", "ü".repeat(600));
    let record = decode_with(|r| {
        r.insert("is_up".into(), false.into());
        r.insert("error".into(), long.into());
    });
    let Ok(Record::Result(result)) = record else {
        panic!("{record:?}")
    };
    let error = result.error.unwrap();
    assert!(error.len() <= 512 && !error.contains('\0') && error.starts_with("a\u{fffd}ü"));
}

#[test]
fn a_slot_far_from_its_append_time_is_not_plausible() {
    let record = fixture("result-v1-up.json");
    let slot = record.event_time();
    let week = 7 * 24 * 3_600_000;
    assert!(record.is_plausible_at(slot, week));
    assert!(record.is_plausible_at(slot.plus_millis(-2_000), week));
    assert!(!record.is_plausible_at(slot.plus_millis(-2_001), week));
    assert!(record.is_plausible_at(slot.plus_millis(week), week));
    assert!(!record.is_plausible_at(slot.plus_millis(week + 1), week));
}
