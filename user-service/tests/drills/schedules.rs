//! Drills that begin by themselves.

use http::Method;
use serde_json::{Value, json};
use testkit::eventually;

use super::{begin, end, instant, pass_time, results};
use crate::common::{PATIENCE, Person, UserService};

const SCHEDULES: &str = "/drill-schedules";

fn path(schedule: &Value) -> String {
    format!("{SCHEDULES}/{}", schedule["id"])
}

fn monthly(monitor: i64) -> Value {
    json!({"name": "Night", "monitor_id": monitor, "day": 28, "time": "02:30", "time_zone": "Europe/Berlin",
           "minutes": 10})
}

async fn add(person: &Person<'_>, monitor: i64) -> Value {
    person.post(SCHEDULES, monthly(monitor)).await.expect(201)
}

/// Has all schedules be due since so long, and waits until none is.
async fn make_due(service: &UserService, since: &str) {
    let sql = format!("UPDATE drill_schedules SET next_at = now() - interval '{since}' WHERE enabled");
    service.db().await.execute(&sql, &[]).await.unwrap();
    eventually("nothing is due", PATIENCE, async || {
        let due = "drill_schedules WHERE next_at <= now()";
        (service.count(due).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_schedule_is_made_changed_and_deleted() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (monitor, other, foreign) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
        eve.monitor("https://c.example/").await,
    );
    let made = ada.post(SCHEDULES, monthly(monitor)).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    assert_eq!(
        (&made["time"], &made["enabled"], &made["monitor_name"]),
        (&json!("02:30:00"), &json!(true), &json!("a.example"))
    );
    let next = instant(&made["next_at"]).to_string();
    // By the clock in Berlin, in winter or in summer.
    assert!(next.contains("T01:30:00") || next.contains("T00:30:00"), "{next}");
    assert!(instant(&made["next_at"]) > shared::now());
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    assert_eq!(ada.get(SCHEDULES).await.items(), std::slice::from_ref(&made));
    assert_eq!(ada.patch(&path(&made), json!({})).await.expect(200), made);
    for (field, value) in [
        ("name", json!("")),
        ("day", json!(29)),
        ("time", json!("25:00")),
        ("time_zone", json!("Mars/Base")),
        ("minutes", json!(0)),
        ("monitor_id", json!(foreign)),
    ] {
        for answer in [ada.patch(&path(&made), json!({field: value.clone()})).await, {
            let mut body = monthly(monitor);
            body[field] = value.clone();
            ada.post(SCHEDULES, body).await
        }] {
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (422, vec![field]),
                "{value}"
            );
        }
    }
    let headers = [("if-match", "\"2\"")];
    let stale = ada
        .call_with(Method::PATCH, &path(&made), r#"{"name": "x"}"#, &headers)
        .await;
    assert_eq!(stale.status, 412);
    let moved = ada
        .patch(&path(&made), json!({"monitor_id": other, "enabled": false}))
        .await;
    let moved = moved.expect(200);
    assert_eq!(
        (&moved["version"], &moved["monitor_id"], &moved["next_at"]),
        (&json!(2), &json!(other), &Value::Null)
    );
    for answer in [
        eve.get(&path(&made)).await,
        eve.patch(&path(&made), json!({"name": "x"})).await,
        eve.delete(&path(&made)).await,
    ] {
        assert_eq!(answer.status, 404);
    }
    assert_eq!(ada.as_role("responder").delete(&path(&made)).await.status, 403);
    let stale = ada
        .call_with(Method::DELETE, &path(&made), "", &[("if-match", "\"1\"")])
        .await;
    assert_eq!(stale.status, 412);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
    let noted = service.count("audit_log WHERE resource = 'drill_schedule'").await;
    assert_eq!(noted, 3);
}

#[tokio::test]
async fn what_is_due_begins_once_however_many_services_there_are() {
    let service = UserService::start().await;
    let other = UserService::start_on(service.stores.clone(), &[]).await;
    let ada = service.register().await;
    let mut schedules = Vec::new();
    for _ in 0..4 {
        let monitor = ada.monitor("https://a.example/").await;
        schedules.push(add(&ada, monitor).await);
    }
    make_due(&service, "10 seconds").await;
    let drills = ada.get("/drills").await.items();
    assert_eq!(drills.len(), 4);
    for schedule in &schedules {
        let shown = ada.get(&path(schedule)).await.expect(200);
        let drill = drills.iter().find(|drill| drill["id"] == shown["last_drill_id"]);
        let drill = drill.unwrap();
        assert_eq!(
            (&drill["name"], &drill["schedule_id"], &drill["started_by"]),
            (&json!("Night"), &schedule["id"], &Value::Null)
        );
        let lasts = instant(&drill["ends_at"]).millis_since(instant(&drill["started_at"]));
        assert_eq!(lasts, 600_000);
        assert_eq!(results(&service, drill).await.len(), 1);
        assert_eq!(
            (&shown["next_at"], &shown["version"]),
            (&schedule["next_at"], &json!(1))
        );
    }
    let begun = "audit_log WHERE action = 'StartDrill' AND actor_kind = 'system'";
    assert_eq!(service.count(begun).await, 4);
    other.stop().await;
}

#[tokio::test]
async fn what_was_missed_or_has_no_room_is_passed_over() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let schedule = add(&ada, monitor).await;
    make_due(&service, "61 minutes").await;
    assert_eq!(service.count("drills").await, 0);
    let next = ada.get(&path(&schedule)).await.expect(200);
    assert_eq!(next, schedule, "it goes on next month");
    // One of the monitor goes on.
    let drill = begin(&ada, monitor).await;
    make_due(&service, "1 minute").await;
    assert_eq!(service.count("drills").await, 1);
    end(&ada, &drill).await;
    make_due(&service, "1 minute").await;
    assert_eq!(service.count("drills").await, 2);
    pass_time(&service).await;
    // One that is switched off begins none.
    ada.patch(&path(&schedule), json!({"enabled": false}))
        .await
        .expect(200);
    make_due(&service, "1 minute").await;
    assert_eq!(service.count("drills").await, 2);
    let next = ada
        .patch(&path(&schedule), json!({"enabled": true}))
        .await
        .expect(200)["next_at"]
        .clone();
    assert!(instant(&next) > shared::now());
}

#[tokio::test]
async fn their_number_is_bounded() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let sql = format!(
        "INSERT INTO drill_schedules (org_id, monitor_id, name, day, time, time_zone, minutes)
         SELECT {}, {monitor}, 'x', 1, '10:00', 'UTC', 5 FROM generate_series(1, 49)",
        ada.org
    );
    service.db().await.execute(&sql, &[]).await.unwrap();
    add(&ada, monitor).await;
    let refused = ada.post(SCHEDULES, monthly(monitor)).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"], &refused["limit"]),
        (&json!("drill_schedules"), &json!(50), &json!(50))
    );
    let usage = ada.get(&format!("/orgs/{}/usage", ada.org)).await.expect(200);
    let items = usage["items"].as_array().unwrap();
    let used = items.iter().find(|item| item["key"] == "drill_schedules");
    assert_eq!(used.unwrap()["used"], 50);
    let first = ada.get("/drill-schedules?limit=30").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("{SCHEDULES}?limit=30&cursor={cursor}")).await;
    assert_eq!(second.items().len(), 20);
}
