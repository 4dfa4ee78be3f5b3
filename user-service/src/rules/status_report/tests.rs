use super::*;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

fn report() -> Value {
    json!({"title": " Search is slow ", "incident_id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8",
           "started_at": "2026-11-28T11:00:00Z", "update": update()})
}

fn update() -> Value {
    json!({"status": "investigating", "message": " We are\n**looking**. ", "notify": true,
           "components": [{"component_id": 7, "impact": "partial_outage"},
                          {"component_id": 3, "impact": "operational"}]})
}

fn made(json: Value) -> Result<ValidReport, Vec<FieldError>> {
    new_report(serde_json::from_value(json).unwrap(), now())
}

#[test]
fn a_report_is_read_with_its_update() {
    let made = made(report()).unwrap();
    assert_eq!(made.title, "Search is slow");
    assert_eq!(made.started_at, "2026-11-28T11:00:00Z".parse().unwrap());
    assert_eq!(made.update.message, "We are\n**looking**.");
    let expected = [
        (ComponentId(7), Impact::PartialOutage),
        (ComponentId(3), Impact::Operational),
    ];
    assert_eq!(made.update.components, expected);
    let mut least = report();
    least["started_at"].take();
    least["incident_id"].take();
    let made = super::new_report(serde_json::from_value(least).unwrap(), now()).unwrap();
    assert_eq!((made.started_at, made.incident), (now(), None));
}

#[test]
fn every_invalid_field_is_named() {
    for (change, fields) in [
        (json!({"title": null, "update": null}), vec!["title", "update"]),
        (json!({"title": "\u{200b}"}), vec!["title"]),
        (json!({"title": "a\nb"}), vec!["title"]),
        (json!({"title": "x".repeat(201)}), vec!["title"]),
        (json!({"incident_id": "7"}), vec!["incident_id"]),
        (json!({"started_at": "yesterday"}), vec!["started_at"]),
        (
            json!({"started_at": "2026-11-28T12:00:00.001Z"}),
            vec!["started_at"],
        ),
        (json!({"started_at": "2025-11-28T11:59:59Z"}), vec!["started_at"]),
        (
            json!({"update": {}}),
            vec!["update.status", "update.message", "update.notify"],
        ),
        (
            json!({"update": {"status": "broken", "message": " ", "notify": false}}),
            vec!["update.status", "update.message"],
        ),
    ] {
        let mut given = report();
        given
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let errors = made(given.clone()).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, fields, "{given}");
    }
}

#[test]
fn components_are_named_by_their_place() {
    let given =
        json!([{"component_id": 7, "impact": "bad"}, {"component_id": 7, "impact": "major_outage"}, {}]);
    let mut whole = report();
    whole["update"]["components"] = given;
    let errors = made(whole.clone()).unwrap_err();
    let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        named,
        [
            "update.components.0.impact",
            "update.components.1.component_id",
            "update.components.2.component_id",
            "update.components.2.impact",
        ]
    );
    let many: Vec<Value> = (0..201)
        .map(|id| json!({"component_id": id, "impact": "operational"}))
        .collect();
    whole["update"]["components"] = many.into();
    assert_eq!(made(whole).unwrap_err()[0].field, "update.components");
}

#[test]
fn the_end_names_no_components() {
    let mut given = update();
    given["status"] = json!("resolved");
    let errors = new_update(serde_json::from_value(given.clone()).unwrap()).unwrap_err();
    assert_eq!(errors[0].field, "components");
    given["components"] = json!([]);
    assert!(new_update(serde_json::from_value(given).unwrap()).is_ok());
}

#[test]
fn what_is_left_out_of_a_change_stays() {
    let old = Written {
        title: "Search is slow".to_owned(),
        started_at: "2026-11-28T10:00:00Z".parse().unwrap(),
        postmortem: Some("The disk.".to_owned()),
    };
    let over: Option<Timestamp> = "2026-11-28T11:00:00Z".parse().ok();
    let change = |json: Value| edited(serde_json::from_value(json).unwrap(), &old, over, now());
    assert_eq!(change(json!({})).unwrap(), old);
    assert_eq!(change(json!({"postmortem": null})).unwrap().postmortem, None);
    assert_eq!(change(json!({"postmortem": " "})).unwrap().postmortem, None);
    assert_eq!(change(json!({"title": "Slow"})).unwrap().title, "Slow");
    for (field, value) in [
        ("postmortem", json!("x".repeat(20_001))),
        ("title", json!("")),
        ("started_at", json!("2026-11-28T11:00:00.001Z")),
    ] {
        let errors = change(json!({ field: value })).unwrap_err();
        assert_eq!(errors[0].field, field);
    }
    assert!(edited_message(&ReportUpdateEdit::default()).is_err());
}
