//! The committed document is the one that the code makes, and breaks no client of the last release.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod breaking;

use std::collections::BTreeSet;

use serde_json::Value;

/// Of this code. Make it with `cargo run -p api --example openapi > api/openapi.json`.
const COMMITTED: &str = include_str!("../openapi.json");

/// Of the last release, which a release replaces.
const RELEASED: &str = include_str!("../openapi.released.json");

#[test]
fn the_committed_document_is_current() {
    let made = format!("{}\n", api::document().to_pretty_json().unwrap());
    assert!(
        made == COMMITTED,
        "api/openapi.json is not current: cargo run -p api --example openapi > api/openapi.json"
    );
}

#[test]
fn nothing_breaks_clients_of_the_last_release() {
    let released = serde_json::from_str(RELEASED).unwrap();
    let now = serde_json::from_str(COMMITTED).unwrap();
    assert_eq!(breaking::changes(&released, &now), Vec::<String>::new());
}

#[test]
fn each_operation_is_listed_once_and_has_a_name_of_its_own() {
    let operations = api::operations();
    let routes: BTreeSet<_> = operations
        .iter()
        .map(|one| (one.path, one.method.as_str()))
        .collect();
    let ids: BTreeSet<_> = operations.iter().map(|one| one.id).collect();
    assert_eq!((routes.len(), ids.len()), (operations.len(), operations.len()));
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_complete() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for listed in api::operations() {
        let operation = &document["paths"][listed.path][listed.method.as_str().to_lowercase()];
        assert_eq!(operation["operationId"], listed.id);
        assert!(
            operation["summary"].as_str().unwrap().ends_with('.'),
            "{}",
            listed.id
        );
        assert_eq!(
            operation["security"].is_array(),
            listed.needs_credential,
            "{}",
            listed.id
        );
        let parameters = operation["parameters"].as_array();
        let in_path = parameters.into_iter().flatten().filter(|one| one["in"] == "path");
        let named: BTreeSet<_> = in_path.map(|one| one["name"].as_str().unwrap()).collect();
        let braces = listed
            .path
            .split('{')
            .skip(1)
            .map(|part| part.split('}').next().unwrap());
        assert_eq!(named, braces.collect(), "{}", listed.id);
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
