//! Maintenance windows and mutes: what users may set, and what alerters are told of it.

use crate::common::{Person, UserService};
use domain::alert_rules::{AlertRules, Mute};
use domain::internal::OrgAlerting;
use domain::maintenance::Span;
use domain::{MonitorId, Timestamp};
use http::Method;
use serde_json::{Value, json};

async fn rules(person: &Person<'_>) -> AlertRules {
    let path = format!("/channels?org_id={}", person.org);
    let answer = person.service.internal(&path).await.expect(200);
    serde_json::from_value::<OrgAlerting>(answer).unwrap().rules
}

fn weekly(monitors: &[i64]) -> Value {
    json!({"name": "Patch night", "monitors": monitors, "repeat": "weekly", "weekday": "Sun",
           "from": "02:00:00", "minutes": 120, "time_zone": "Europe/Berlin"})
}

#[tokio::test]
async fn a_window_is_made_changed_and_removed() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitor = person.monitor("https://a.example/").await;
    let made = person
        .post("/maintenance-windows", weekly(&[monitor]))
        .await
        .expect(201);
    let path = format!("/maintenance-windows/{}", made["id"]);
    for (field, value) in weekly(&[monitor]).as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(person.get(&path).await.expect(200), made);
    let listed = person.get("/maintenance-windows").await.items();
    assert_eq!(listed, std::slice::from_ref(&made));
    let told = rules(&person).await.windows;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].monitors, [MonitorId(monitor)]);
    assert!(matches!(told[0].span, Span::Weekly { minutes: 120, .. }));

    let same = person.patch(&path, json!({"minutes": 120})).await.expect(200);
    assert_eq!(same["version"], 1);
    let change = json!({"repeat": "once", "monitors": [], "from": "2026-12-01T22:00:00Z",
                        "until": "2026-12-02T04:00:00Z"});
    let changed = person.patch(&path, change).await.expect(200);
    assert_eq!(
        (&changed["repeat"], &changed["name"]),
        (&json!("once"), &json!("Patch night"))
    );
    assert!(changed.get("weekday").is_none());
    assert_eq!(changed["version"], 2);
    let told = rules(&person).await.windows;
    assert!(told[0].monitors.is_empty() && matches!(told[0].span, Span::Once { .. }));

    assert_eq!(person.delete(&path).await.status, 204);
    assert_eq!(person.delete(&path).await.status, 404);
    assert!(rules(&person).await.windows.is_empty());
}

#[tokio::test]
async fn windows_name_monitors_of_their_own_organisation() {
    let service = UserService::start().await;
    let (person, stranger) = (service.register().await, service.register().await);
    let own = person.monitor("https://a.example/").await;
    let other = stranger.monitor("https://b.example/").await;
    let refused = person.post("/maintenance-windows", weekly(&[own, other])).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["monitors"])
    );
    let made = person
        .post("/maintenance-windows", weekly(&[own]))
        .await
        .expect(201);
    let path = format!("/maintenance-windows/{}", made["id"]);
    let refused = person.patch(&path, json!({"monitors": [other]})).await;
    assert_eq!(refused.fields(), ["monitors"]);
    // A monitor that was removed does not get in the way of other changes, and does not widen the window.
    person.delete(&format!("/monitors/{own}")).await;
    let renamed = json!({"name": "Night", "monitors": [own]});
    let renamed = person.patch(&path, renamed).await.expect(200);
    assert_eq!(renamed["monitors"], json!([own]));
    assert!(stranger.get("/maintenance-windows").await.items().is_empty());
    assert!(rules(&stranger).await.windows.is_empty());
}

#[tokio::test]
async fn bad_windows_are_refused_and_their_number_is_bounded() {
    let service = UserService::start().await;
    let person = service.register().await;
    for (field, value) in [
        ("time_zone", json!("Mars/Base")),
        ("weekday", json!("Someday")),
        ("minutes", json!(10_080)),
        ("minutes", json!(-1)),
        ("from", json!("2 o'clock")),
        ("until", json!("2026-12-02T04:00:00Z")),
        ("name", json!("")),
        ("colour", json!("red")),
    ] {
        let mut window = weekly(&[]);
        window[field] = value;
        let refused = person.post("/maintenance-windows", window).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]));
    }
    let fill = format!(
        "INSERT INTO maintenance_windows (org_id, name, span)
         SELECT {}, 'x', '{{\"repeat\": \"once\", \"from\": \"2026-12-01T22:00:00Z\",
                            \"until\": \"2026-12-02T04:00:00Z\"}}' FROM generate_series(1, 99)",
        person.org
    );
    service.db().await.execute(&fill, &[]).await.unwrap();
    let (one, two) = tokio::join!(
        person.post("/maintenance-windows", weekly(&[])),
        person.post("/maintenance-windows", weekly(&[]))
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn a_monitor_is_muted_for_a_while_or_until_it_is_unmuted() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let (mute, unmute) = (format!("/monitors/{id}/mute"), format!("/monitors/{id}/unmute"));
    let view = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(
        (&view["muted"], &view["muted_until"]),
        (&json!(false), &Value::Null)
    );

    for past in [json!("2020-01-01T00:00:00Z"), json!("tomorrow")] {
        let refused = person.post(&mute, json!({"until": past})).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["until"]));
    }
    let until = "2099-01-01T00:00:00.000Z";
    let view = person.post(&mute, json!({"until": until})).await.expect(200);
    assert_eq!(
        (&view["muted"], &view["muted_until"]),
        (&json!(true), &json!(until))
    );
    assert_eq!((&view["revision"], &view["version"]), (&json!(1), &json!(1)));
    let listed = person.get("/monitors").await.items();
    assert_eq!(listed[0]["muted"], true);
    let told = |until| Mute {
        monitor_id: MonitorId(id),
        until,
    };
    let parsed: Timestamp = until.parse().unwrap();
    assert_eq!(rules(&person).await.muted, [told(Some(parsed))]);

    let view = person.call(Method::POST, &mute, "").await.expect(200);
    assert_eq!(
        (&view["muted"], &view["muted_until"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(rules(&person).await.muted, [told(None)]);

    let view = person.call(Method::POST, &unmute, "").await.expect(200);
    assert_eq!(view["muted"], false);
    assert!(rules(&person).await.muted.is_empty());
    // No record tells of it: the fold does not change.
    assert_eq!(service.count("outbox").await, 1);
}

#[tokio::test]
async fn a_mute_ends_by_itself_and_is_told_of_for_a_week_more() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    for (ago, told) in [("1 hour", 1), ("8 days", 0)] {
        let sql = format!("UPDATE monitors SET muted = true, muted_until = now() - interval '{ago}'");
        service.db().await.execute(&sql, &[]).await.unwrap();
        let view = person.get(&format!("/monitors/{id}")).await.expect(200);
        assert_eq!(
            (&view["muted"], &view["muted_until"]),
            (&json!(false), &Value::Null)
        );
        assert_eq!(rules(&person).await.muted.len(), told, "{ago}");
    }
}
