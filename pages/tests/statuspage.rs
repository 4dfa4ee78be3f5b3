//! The page as Statuspage has it.

use pages::statuspage::{self, Part};
use serde_json::{Value, json};

use crate::samples::{fine, outage, view};

fn document(part: Part) -> Value {
    statuspage::document(&view(&outage()), part)
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

fn names(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn documents_have_the_parts_that_the_public_api_has() {
    for (part, parts) in [
        (
            Part::Summary,
            &[
                "components",
                "incidents",
                "page",
                "scheduled_maintenances",
                "status",
            ][..],
        ),
        (Part::Status, &["page", "status"]),
        (Part::Components, &["components", "page"]),
        (Part::Incidents, &["incidents", "page"]),
        (Part::UnresolvedIncidents, &["incidents", "page"]),
        (Part::Maintenances, &["page", "scheduled_maintenances"]),
        (Part::UpcomingMaintenances, &["page", "scheduled_maintenances"]),
        (Part::ActiveMaintenances, &["page", "scheduled_maintenances"]),
    ] {
        assert_eq!(keys(&document(part)), parts, "{part:?}");
    }
    assert_eq!(
        document(Part::Summary)["page"],
        json!({
            "id": "7", "name": "Acme Cloud", "url": "https://status.example.org/acme",
            "time_zone": "Europe/Berlin", "updated_at": "2026-11-27T13:04:40.000Z"
        })
    );
}

#[test]
fn the_indicator_is_of_the_worst_component() {
    let critical = json!({"indicator": "critical", "description": "Major Service Outage"});
    assert_eq!(document(Part::Status)["status"], critical);
    let none = json!({"indicator": "none", "description": "All Systems Operational"});
    assert_eq!(statuspage::document(&view(&fine()), Part::Status)["status"], none);
}

#[test]
fn groups_are_components_too() {
    let components = &document(Part::Components)["components"];
    assert_eq!(
        names(components),
        [
            "API",
            "Website",
            "Shop",
            "Checkout",
            "Search",
            "Offices",
            "Telephone support",
            "Door locks"
        ]
    );
    let (shop, checkout) = (&components[2], &components[3]);
    assert_eq!(shop["group"], true);
    assert_eq!(shop["components"], json!(["3", "4"]));
    assert_eq!(shop["status"], "major_outage");
    assert_eq!(checkout["group_id"], shop["id"]);
    assert_eq!(components[0]["group_id"], Value::Null);
    let statuses: Vec<&Value> = components
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(
        statuses,
        [
            "under_maintenance",
            "partial_outage",
            "major_outage",
            "major_outage",
            "degraded_performance",
            "operational",
            "operational",
            "operational"
        ]
    );
    assert_eq!(
        keys(&components[0]),
        [
            "created_at",
            "description",
            "group",
            "group_id",
            "id",
            "name",
            "only_show_if_degraded",
            "page_id",
            "position",
            "showcase",
            "start_date",
            "status",
            "updated_at"
        ]
    );
    assert_eq!(components[0]["start_date"], "2026-08-30");
}

#[test]
fn reports_are_incidents() {
    let incidents = document(Part::Incidents);
    assert_eq!(
        names(&incidents["incidents"]),
        ["Payments fail", "Orders were confirmed late"]
    );
    let unresolved = document(Part::UnresolvedIncidents);
    assert_eq!(names(&unresolved["incidents"]), ["Payments fail"]);
    let incident = &unresolved["incidents"][0];
    assert_eq!(incident["id"], "12");
    assert_eq!(incident["status"], "identified");
    assert_eq!(incident["impact"], "critical");
    assert_eq!(incident["resolved_at"], Value::Null);
    assert_eq!(
        incident["shortlink"],
        "https://status.example.org/acme/reports/12"
    );
    assert_eq!(names(&incident["components"]), ["Website", "Checkout"]);
    let update = &incident["incident_updates"][1];
    assert_eq!(
        update["body"],
        "Since 13:20 most payments fail. We are looking into it."
    );
    assert_eq!(
        update["affected_components"],
        json!([
            {"code": "3", "name": "Checkout", "old_status": "operational", "new_status": "major_outage"},
            {"code": "2", "name": "Website", "old_status": "operational", "new_status": "partial_outage"}
        ])
    );
    let closed = &incidents["incidents"][1];
    assert_eq!(closed["resolved_at"], "2026-11-23T13:05:00.000Z");
    assert_eq!(closed["impact"], "minor");
    assert_eq!(
        closed["incident_updates"][0]["affected_components"],
        json!([{
            "code": "3", "name": "Checkout", "old_status": "degraded_performance", "new_status": "operational"
        }]),
        "what is resolved affects nothing any more"
    );
}

#[test]
fn maintenance_is_upcoming_or_active() {
    let all = document(Part::Maintenances);
    assert_eq!(
        names(&all["scheduled_maintenances"]),
        ["Replacement of switches", "New database"]
    );
    let active = document(Part::ActiveMaintenances);
    let upcoming = document(Part::UpcomingMaintenances);
    let (active, upcoming) = (
        &active["scheduled_maintenances"],
        &upcoming["scheduled_maintenances"],
    );
    assert_eq!(names(active), ["Replacement of switches"]);
    assert_eq!(names(upcoming), ["New database"]);
    assert_eq!(active[0]["status"], "in_progress");
    assert_eq!(upcoming[0]["status"], "scheduled");
    assert_eq!(upcoming[0]["impact"], "maintenance");
    assert_eq!(upcoming[0]["scheduled_for"], "2026-11-28T19:05:00.000Z");
    assert_eq!(upcoming[0]["scheduled_until"], "2026-11-28T21:05:00.000Z");
    assert_eq!(names(&upcoming[0]["components"]), ["Checkout", "Search"]);
    assert_eq!(
        document(Part::Summary)["scheduled_maintenances"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "the summary has both"
    );
}

#[test]
fn every_id_is_text() {
    fn walk(value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let is_id = name == "id" || name.ends_with("_id") || name == "code";
                    assert!(!is_id || value.is_string() || value.is_null(), "{name}: {value}");
                    walk(value);
                }
            }
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    for part in Part::ALL {
        walk(&document(part));
    }
}
