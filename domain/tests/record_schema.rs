//! The committed JSON Schema of records is the one that the code makes, and says what the code does.

use std::collections::BTreeSet;

use domain::Record;
use domain::record::schema::{json_schema, reserved_names};
use serde_json::{Value, json};

/// Make it with `cargo run -q -p domain --example record_schema > domain/record.schema.json`.
const COMMITTED: &str = include_str!("../record.schema.json");

#[test]
fn the_committed_schema_is_current() {
    assert!(
        format!("{:#}\n", json_schema()) == COMMITTED,
        "cargo run -q -p domain --example record_schema > domain/record.schema.json"
    );
}

/// Records as they are written, by the lines of the fixtures.
fn fixtures() -> Vec<Value> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
    files
        .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        .collect()
}

#[test]
fn every_name_that_we_write_is_in_the_schema_and_reserved() {
    let schema = json_schema();
    let names = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let contract = names(&schema["properties"]);
    let reserved: BTreeSet<String> = reserved_names().map(str::to_owned).collect();
    assert_eq!(names(&schema["then"]["properties"]), reserved);
    for record in fixtures() {
        let decoded = Record::decode(record.to_string().as_bytes()).unwrap();
        let written: Value = serde_json::from_slice(&decoded.encode()).unwrap();
        let written = names(&written);
        let unknown: Vec<_> = written
            .difference(&contract)
            .filter(|name| !reserved.contains(*name))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
    let documented =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/RECORDS.md")).unwrap();
    for name in contract.iter().chain(&reserved) {
        assert!(
            documented.contains(&format!("`{name}`")),
            "{name} is not in docs/RECORDS.md"
        );
    }
}

#[test]
fn the_schema_and_the_code_take_the_same_records() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    let minimal = json!({
        "monitor_id": 42, "url": "https://example.org/", "timestamp": "2026-11-21T10:00:00.123Z", "is_up": true
    });
    let with = |name: &str, value: Value| {
        let mut record = minimal.clone();
        record[name] = value;
        record
    };
    let mut records = fixtures();
    records.push(minimal.clone());
    for (name, value) in [
        ("monitor_id", json!(42.0)),
        ("monitor_id", json!(0)),
        ("monitor_id", json!(-1)),
        ("monitor_id", json!("42")),
        ("url", Value::Null),
        ("url", json!(["https://example.org/"])),
        ("timestamp", json!(1_795_255_200)),
        ("timestamp", json!(1_795_255_200.5)),
        ("timestamp", json!(12)),
        ("timestamp", json!("2026-11-21 10:00:00+0100")),
        ("timestamp", json!("2026-11-21T10:00:00")),
        ("timestamp", Value::Null),
        ("is_up", json!(1)),
        ("status_code", json!(200.0)),
        ("status_code", json!("200")),
        ("status_code", json!(-1)),
        ("latency_ms", json!(0.4)),
        ("latency_ms", json!(-0.4)),
        ("error", json!({})),
        ("type", json!("http")),
        ("region", json!("EU West")),
        ("of_my_own", json!({"a": 1})),
    ] {
        records.push(with(name, value));
    }
    for name in ["monitor_id", "url", "timestamp", "is_up"] {
        let mut record = minimal.clone();
        record.as_object_mut().unwrap().remove(name);
        records.push(record);
    }
    for (name, value) in [
        ("type", json!("http")),
        ("region", json!("EU West")),
        ("interval_ms", json!(0)),
        ("attempts", json!("two")),
    ] {
        let mut record = with(name, value);
        record["v"] = json!(1);
        records.push(record);
    }
    for rule in [
        json!({"down_after": 3, "down_of": 5, "down_for_seconds": 300}),
        json!({"down_of": null, "slow_ms": null, "of_my_own": 1}),
        json!({"down_of": "5"}),
        json!({"down_of": -1}),
        json!({"down_of": 65_536}),
        json!({"down_after": null}),
        json!({"down_for_seconds": null}),
        json!({"down_for_seconds": 4_294_967_296_u64}),
        Value::Null,
    ] {
        let mut record = with("rule", rule);
        record["v"] = json!(1);
        records.push(record);
    }
    for (down, min_regions) in [
        (json!(1), json!(2)),
        (json!("all"), json!(1)),
        (json!(0), json!(1)),
        (json!("most"), json!(1)),
        (json!("all"), json!(17)),
        (json!("all"), Value::Null),
    ] {
        let mut record = with(
            "quorum",
            json!({"regions": ["ap", "eu"], "down": down, "min_regions": min_regions}),
        );
        for (name, value) in [("v", json!(1)), ("revision", json!(1)), ("region", json!("eu"))] {
            record[name] = value;
        }
        records.push(record);
    }
    for record in records {
        let decoded = Record::decode(record.to_string().as_bytes());
        assert_eq!(schema.is_valid(&record), decoded.is_ok(), "{record}: {decoded:?}");
    }
}
