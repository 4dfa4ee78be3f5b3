//! What a kind of monitor needs outside of its module. A new kind that lacks something is listed here with what it lacks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use domain::monitor::{MonitorInput, Probe};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Whether one of the files in a folder contains `text`.
fn any_file_contains(folder: &str, text: &str) -> bool {
    std::fs::read_dir(root().join(folder)).unwrap().any(|entry| {
        std::fs::read_to_string(entry.unwrap().path()).is_ok_and(|content| content.contains(text))
    })
}

fn schemas() -> serde_json::Value {
    let document: serde_json::Value = serde_json::from_str(&read("api/openapi.json")).unwrap();
    document["components"]["schemas"].clone()
}

/// A check that says whether a kind has something.
type Check = fn(&str) -> bool;

const NEEDS: &[(&str, Check)] = &[
    ("a parser of its options and its address", |kind| {
        let input = format!(r#"{{"kind": "{kind}", "url": "{kind}://example.org:443", "{kind}": {{}}}}"#);
        let Ok(input) = serde_json::from_str::<MonitorInput>(&input) else {
            return false;
        };
        let errors = input.validate().err().unwrap_or_default();
        errors
            .iter()
            .all(|error| error.field == "url" && error.message != "is required")
    }),
    (
        "frozen shapes: domain/fixtures/monitors/*-minimal.jsonl",
        |kind| !read(&format!("domain/fixtures/monitors/{kind}-minimal.jsonl")).is_empty(),
    ),
    ("frozen shapes: domain/fixtures/monitors/*-full.jsonl", |kind| {
        !read(&format!("domain/fixtures/monitors/{kind}-full.jsonl")).is_empty()
    }),
    (
        "a probe: pinger/src/probe/, or what watches those that send pings: pinger/src/heartbeats/",
        |kind| {
            let probe = root().join("pinger/src/probe").join(kind);
            let watch = root().join(format!("pinger/src/{kind}s"));
            probe.is_dir() || probe.with_extension("rs").is_file() || watch.is_dir()
        },
    ),
    ("frozen records: pinger/fixtures/records.jsonl", |kind| {
        let records = read("pinger/fixtures/records.jsonl");
        records.contains(&format!(r#""type":"result","kind":"{kind}""#))
    }),
    ("a name that is fit for the label `kind` of metrics", |kind| {
        (1..=16).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_lowercase())
    }),
    ("its options in the document of the API: MonitorInput", |kind| {
        schemas()["MonitorInput"]["properties"].get(kind).is_some()
    }),
    (
        "its options in the document of the API: MonitorSettings in api/src/monitor.rs",
        |kind| schemas()["MonitorSettings"]["properties"].get(kind).is_some(),
    ),
    ("a line in docs/API.md", |kind| {
        read("docs/API.md").contains(&format!("`{kind}`"))
    }),
    ("a form: dashboard/src/features/monitors/", |kind| {
        any_file_contains("dashboard/src/features/monitors", &format!("'{kind}'"))
    }),
];

#[test]
fn every_kind_has_all_that_it_needs() {
    let lacking: Vec<String> = Probe::KINDS
        .iter()
        .flat_map(|kind| {
            let lacks = NEEDS.iter().filter(|(_, has)| !has(kind));
            lacks.map(move |(what, _)| format!("{kind} lacks {what}"))
        })
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn an_unknown_kind_lacks_everything_but_a_name() {
    let has: Vec<_> = NEEDS
        .iter()
        .filter(|(_, has)| has("telepathy"))
        .map(|(what, _)| *what)
        .collect();
    assert_eq!(has, ["a name that is fit for the label `kind` of metrics"]);
}
