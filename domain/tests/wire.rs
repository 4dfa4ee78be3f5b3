//! The wire form: frozen fixtures, the public contract, and what is refused.

use domain::record::{CheckResult, LifecycleEvent, MAX_RECORD_BYTES, PointState, SkipReason};
use domain::{DrillId, ErrorCode, MonitorId, Needed, OrgId, Record, Rule, Timestamp};
use serde_json::json;

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
        "result-v1-down-of.json",
        "result-v1-quorum.json",
        "result-v1-quorum-all.json",
        "skipped-v1.json",
        "skipped-v1-pings-unknown.json",
        "ping-v1-fail.json",
        "result-v1-heartbeat-overdue.json",
        "lifecycle-v1-paused.json",
        "lifecycle-v1-acknowledged.json",
        "lifecycle-v1-resend.json",
        "lifecycle-v1-undelivered.json",
        "lifecycle-v1-baseline.json",
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
            slow_ms: Some(500),
            ..Rule::default()
        }
    );
    let Record::Result(of_the_last) = fixture("result-v1-down-of.json") else {
        panic!("not a result")
    };
    assert_eq!(
        (of_the_last.rule.window(), of_the_last.rule.down_for_ms()),
        (Some(5), 300_000)
    );
    let Record::Skipped(skipped) = fixture("skipped-v1.json") else {
        panic!("not a skip")
    };
    assert_eq!((skipped.slots(), skipped.reason), (3, SkipReason::Overload));
    let Record::Skipped(skipped) = fixture("skipped-v1-no-permission.json") else {
        panic!("not a skip")
    };
    assert_eq!(skipped.reason, SkipReason::NoPermission);
    let Record::Skipped(skipped) = fixture("skipped-v1-standstill.json") else {
        panic!("not a skip")
    };
    assert_eq!(skipped.reason, SkipReason::Standstill);
    let Record::Skipped(skipped) = fixture("skipped-v1-pings-unknown.json") else {
        panic!("not a skip")
    };
    assert!(skipped.judged.is_some_and(|judged| judged.missed.is_some()));
    let Record::Lifecycle(lifecycle) = fixture("lifecycle-v1-paused.json") else {
        panic!("no lifecycle")
    };
    assert_eq!((lifecycle.event, lifecycle.revision), (LifecycleEvent::Paused, 4));
}

#[test]
fn a_rule_that_says_too_much_is_bounded() {
    let rule = |down_after, down_of| Rule {
        down_after,
        down_of,
        ..Rule::default()
    };
    for (down_after, down_of, window) in [
        (3, None, None),
        (3, Some(3), None),
        (3, Some(2), None),
        (3, Some(4), Some(4)),
        (3, Some(u16::MAX), Some(60)),
        (100, Some(101), None),
        (0, Some(1), None),
        (0, Some(2), Some(2)),
    ] {
        assert_eq!(
            rule(down_after, down_of).window(),
            window,
            "{down_after} of {down_of:?}"
        );
    }
    let for_ever = Rule {
        down_for_seconds: u32::MAX,
        ..Rule::default()
    };
    assert_eq!(for_ever.down_for_ms(), 86_400_000);
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
        ("monitor_id", serde_json::json!(42.5)),
        ("monitor_id", serde_json::json!(1e300)),
        ("status_code", serde_json::json!(200.5)),
        ("status_code", serde_json::json!(70_000)),
        ("timestamp", serde_json::json!("yesterday")),
        ("outcome", serde_json::json!("down")),
        ("latency_ms", serde_json::json!(-1)),
        ("timestamp", serde_json::json!("2026-11-21T10:00:00")),
        ("timestamp", serde_json::json!(1)),
        ("timestamp", serde_json::json!(-1_795_255_200)),
        ("url", serde_json::json!(7)),
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
fn drills_are_ours_alone() {
    let of_monitor = |fields: serde_json::Value| {
        let decoded = decode_with(|r| r.extend(fields.as_object().unwrap().clone()));
        decoded.map(|record| record.monitor_id())
    };
    let rehearsed = MonitorId::of_drill(DrillId(7));
    assert_eq!(rehearsed.drill(), Some(DrillId(7)));
    assert_eq!(MonitorId(7).drill(), None);
    for ours in [
        json!({"v": 1, "monitor_id": -7}),
        json!({"v": 1, "monitor_id": -7.0}),
        json!({"v": 1, "monitor_id": -7, "is_up": null}),
    ] {
        assert_eq!(of_monitor(ours.clone()), Ok(rehearsed), "{ours}");
    }
    for theirs in [
        json!({"monitor_id": -7}),
        json!({"monitor_id": -7, "is_up": null, "type": "skipped"}),
        // What is no version of ours is a field of their own.
        json!({"monitor_id": -7, "v": "1.2"}),
        json!({"monitor_id": -7, "v": -1}),
        json!({"monitor_id": -7, "v": null}),
        json!({"monitor_id": -7, "type": "http"}),
        json!({"monitor_id": 0}),
        json!({"monitor_id": 0, "v": 1}),
    ] {
        let error = of_monitor(theirs.clone()).unwrap_err();
        assert!(error.contains("monitor_id must be positive"), "{theirs}: {error}");
    }
}

#[test]
fn a_record_of_a_drill_keeps_its_meaning_through_encoding() {
    let Record::Result(result) = fixture("result-v1-down.json") else {
        panic!("not a result")
    };
    for id in [1, 7, i64::MAX] {
        let record = Record::Result(CheckResult {
            monitor_id: MonitorId::of_drill(DrillId(id)),
            ..result.clone()
        });
        assert_eq!(Record::decode(&record.encode()).unwrap(), record);
    }
}

#[test]
fn a_quorum_that_cannot_decide_is_refused() {
    let many: Vec<_> = (10..27).map(|index| format!("r{index}")).collect();
    let regions = ["ap", "eu", "us"];
    let voting = json!({
        "region": "eu", "revision": 3, "quorum": {"regions": regions, "down": 2, "min_regions": 2}
    });
    for own in [json!({}), json!({"v": 1})] {
        let with = |changes: serde_json::Value| {
            decode_with(|r| {
                for fields in [&own, &voting, &changes] {
                    r.extend(fields.as_object().unwrap().clone());
                }
            })
        };
        let Ok(Record::Result(result)) = with(json!({})) else {
            panic!("{:?}", with(json!({})))
        };
        let quorum = result.quorum.unwrap();
        assert_eq!(
            (quorum.regions.as_slice(), quorum.down),
            (regions.map(str::to_owned).as_slice(), Needed::Regions(2))
        );
        for (wrong, why) in [
            (json!({"region": "sa"}), "is one of its regions"),
            (json!({"region": null}), "is one of its regions"),
            (json!({"revision": null}), "has a revision"),
            (
                json!({"quorum": {"regions": regions, "down": 3, "min_regions": 2}}),
                "down <= min_regions",
            ),
            (
                json!({"quorum": {"regions": regions, "down": 2, "min_regions": 4}}),
                "min_regions <= regions",
            ),
            (
                json!({"region": "r10", "quorum": {"regions": many, "down": 2, "min_regions": 2}}),
                "2 to 16 regions",
            ),
            (
                json!({"quorum": {"regions": ["eu", "ap"], "down": 2, "min_regions": 2}}),
                "in order",
            ),
        ] {
            let error = with(wrong.clone()).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
    }
    let heartbeat = json!({"judged": {}});
    let judged = decode_with(|r| {
        r.extend(voting.as_object().unwrap().clone());
        r.extend(heartbeat.as_object().unwrap().clone());
    });
    assert!(judged.unwrap_err().contains("no heartbeat"));
}

/// A result of a producer of its own, with these fields.
fn of_another(changes: &serde_json::Value) -> CheckResult {
    let decoded = decode_with(|r| r.extend(changes.as_object().unwrap().clone()));
    match decoded {
        Ok(Record::Result(result)) => result,
        other => panic!("{changes}: {other:?}"),
    }
}

#[test]
fn numbers_and_texts_are_read_as_other_languages_write_them() {
    let changes = json!({"monitor_id": 42.0, "status_code": 200.0, "latency_ms": 87.4, "url": null});
    let result = of_another(&changes);
    assert_eq!(
        (result.monitor_id, result.status_code),
        (MonitorId(42), Some(200))
    );
    assert_eq!((result.latency_ms, result.url.as_str()), (Some(87), ""));
    let result = of_another(&json!({"interval_ms": 60000.0, "attempts": 2.0}));
    assert_eq!((result.interval_ms, result.attempts), (Some(60_000), 2));
}

#[test]
fn an_instant_is_read_in_every_form_that_means_one_only() {
    let at: Timestamp = "2026-11-21T10:00:00.123Z".parse().unwrap();
    let whole: Timestamp = "2026-11-21T10:00:00.000Z".parse().unwrap();
    for (form, expected) in [
        (json!("2026-11-21T11:00:00.123+01:00"), at),
        (json!("2026-11-21 10:00:00.123+00:00"), at),
        (json!("2026-11-21T12:00:00.123+0200"), at),
        (json!("2026-11-21t10:00:00.123z"), at),
        (json!("2026-11-21T10:00:00.123456Z"), at),
        (json!(whole.as_millis() / 1_000), whole),
        (json!(at.as_millis() as f64 / 1_000.0), at),
        (json!(at.as_millis()), at),
        (json!(at.as_millis() * 1_000), at),
        (json!(at.as_millis() * 1_000_000), at),
    ] {
        assert_eq!(
            of_another(&json!({"timestamp": form})).timestamp,
            expected,
            "{form}"
        );
        let slotted = of_another(&json!({"scheduled_at": form}));
        assert_eq!(slotted.scheduled_at, expected, "{form}");
    }
}

#[test]
fn a_producers_own_fields_under_names_of_ours_are_ignored() {
    let plain = of_another(&json!({}));
    for own in [
        json!({"type": "http"}),
        json!({"type": null, "region": "EU West", "kind": "web check"}),
        json!({"v": "1.2", "rule": "latency < 5", "event": "checked", "outcome": "ok"}),
        json!({"interval_ms": 0, "attempts": "two", "scheduled_at": "hourly", "until": false}),
        json!({"org_id": "acme", "revision": -1, "error_code": 7, "timings_us": [], "reason": {}}),
        json!({"quorum": 2}),
        json!({"quorum": {"regions": ["ap", "eu"], "down": "most", "min_regions": 1}}),
        json!({"incident_id": 5, "delivery_id": "x", "revised_at": 0, "tls_expires_at": "soon"}),
    ] {
        assert_eq!(of_another(&own), plain, "{own}");
    }
    // What can be read counts all the same.
    let result = of_another(&json!({"type": "http", "interval_ms": 60_000, "region": "eu"}));
    assert_eq!((result.interval_ms, result.region.as_str()), (Some(60_000), "eu"));
}

#[test]
fn a_record_of_a_service_of_ours_is_taken_at_its_word() {
    for wrong in [
        json!({"v": 1, "type": "unheard-of"}),
        json!({"v": 1, "region": "EU West"}),
        json!({"v": 1, "interval_ms": 0}),
        json!({"v": 2, "attempts": "two"}),
    ] {
        let decoded = decode_with(|r| r.extend(wrong.as_object().unwrap().clone()));
        assert!(decoded.is_err(), "{wrong}");
    }
}

#[test]
fn an_error_names_the_field() {
    for (field, value) in [
        ("timestamp", json!("2026-11-21T10:00:00")),
        ("monitor_id", json!("42")),
        ("status_code", json!(70_000)),
        ("latency_ms", json!("fast")),
        ("is_up", json!("yes")),
    ] {
        for own in [json!({}), json!({"type": "http"})] {
            let error = decode_with(|r| {
                r.extend(own.as_object().unwrap().clone());
                r.insert(field.into(), value.clone());
            });
            let error = error.unwrap_err();
            assert!(error.contains(&format!("not a record: {field}: ")), "{error}");
        }
    }
    let naive = decode_with(|r| drop(r.insert("timestamp".into(), "2026-11-21 10:00:00.5".into())));
    let error = naive.unwrap_err();
    assert!(error.contains("has no offset from UTC"), "{error}");
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

#[test]
fn an_event_of_a_later_release_is_no_record() {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(path, _)| path.ends_with("lifecycle-v1-undelivered.json"))
        .unwrap();
    let later = String::from_utf8(bytes).unwrap();
    let later = later.replace("undelivered", "of_tomorrow");
    let refused = Record::decode(later.as_bytes()).unwrap_err().to_string();
    assert!(refused.contains("event"), "{refused}");
}

#[test]
fn what_became_of_a_message_changes_no_monitor() {
    let state = domain::MonitorState {
        revision: 9,
        ..domain::MonitorState::default()
    };
    for name in ["lifecycle-v1-resend.json", "lifecycle-v1-undelivered.json"] {
        let decision = domain::decide(state.clone(), &fixture(name));
        assert_eq!(decision.effect, domain::Effect::Applied);
        assert_eq!((decision.state, decision.transition), (state.clone(), None));
    }
}
