//! The same with many monitors.

use crate::common::scene::{join, member, monitor, narrow, scene};
use crate::common::{self, Person, UserService};
use domain::record::LifecycleEvent;
use serde_json::{Value, json};

async fn bulk(person: &Person<'_>, body: Value) -> Value {
    person.post("/monitors/bulk", body).await.expect(200)
}

/// Monitors of somebody who has many, without a request for each.
async fn many(service: &UserService, person: &Person<'_>, count: i64) -> Vec<i64> {
    let sample = person.monitor("https://sample.example/").await;
    let sql = "INSERT INTO monitors (org_id, name, spec)
               SELECT org_id, 'm' || n, spec FROM monitors, generate_series(1, $2) AS n WHERE id = $1 RETURNING id";
    let rows = service.db().await.query(sql, &[&sample, &(count as i32)]).await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_cannot_be_done_with_one_does_not_keep_from_the_others() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let shop = ada
        .post(
            "/monitors",
            json!({"url": "https://a.example/", "external_key": "shop"}),
        )
        .await
        .expect(201)["id"]
        .clone();
    let blog = ada.monitor("https://b.example/").await;
    let theirs = eve.monitor("https://c.example/").await;
    let unreadable = ada.monitor("https://d.example/").await;
    let spoil = "UPDATE monitors SET spec = '{\"kind\": \"fax\"}' WHERE id = $1";
    service.db().await.execute(spoil, &[&unreadable]).await.unwrap();
    let changes = service.count("audit_log").await;
    let body = json!({
        "monitors": [blog, theirs, unreadable, blog], "external_keys": ["shop", "nope"], "action": "pause"
    });
    let answer = bulk(&ada, body.clone()).await;
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(2), &json!(3)));
    let of = |id: &Value| {
        let mut items = answer["items"].as_array().unwrap().iter();
        items.find(|item| item["id"] == *id).unwrap().clone()
    };
    assert_eq!(of(&json!(blog)), json!({"id": blog, "status": 200}));
    assert_eq!(
        of(&shop),
        json!({"id": shop, "external_key": "shop", "status": 200})
    );
    assert_eq!(of(&json!(theirs))["error"]["status"], 404);
    assert_eq!(of(&json!(unreadable))["error"]["errors"][0]["field"], "url");
    let nope = of(&Value::Null);
    assert_eq!(
        (&nope["external_key"], &nope["status"]),
        (&json!("nope"), &json!(404))
    );
    assert_eq!(
        service.count("audit_log").await,
        changes + 2,
        "each that was changed is noted"
    );
    let paused = service.outbox().await;
    let paused = paused
        .iter()
        .filter(|record| record.event == LifecycleEvent::Paused);
    assert_eq!(paused.count(), 2);
    let again = bulk(&ada, body).await;
    assert_eq!(again["succeeded"], 2);
    assert_eq!(
        service.count("audit_log").await,
        changes + 2,
        "nothing was changed again"
    );
    assert_eq!(
        eve.get(&format!("/monitors/{theirs}")).await.expect(200)["paused"],
        false
    );
    let viewer = ada.as_role("viewer");
    let refused = viewer.post("/monitors/bulk", json!({"monitors": [blog], "action": "delete"}));
    assert_eq!(refused.await.status, 403);
}

#[tokio::test]
async fn each_action_does_what_a_call_for_one_does() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let other = ada.monitor("https://b.example/").await;
    for (body, field, expected) in [
        (
            json!({"action": "add_tags", "tags": ["eu", "web"]}),
            "tags",
            json!(["eu", "web"]),
        ),
        (
            json!({"action": "remove_tags", "tags": ["EU"]}),
            "tags",
            json!(["web"]),
        ),
        (
            json!({"action": "set_tags", "tags": ["eu"]}),
            "tags",
            json!(["eu"]),
        ),
        (
            json!({"action": "mute", "until": "2099-01-01T00:00:00Z"}),
            "muted",
            json!(true),
        ),
        (json!({"action": "unmute"}), "muted", json!(false)),
        (
            json!({"action": "edit", "changes": {"interval_seconds": 300}}),
            "interval_seconds",
            json!(300),
        ),
        (json!({"action": "pause"}), "paused", json!(true)),
        (json!({"action": "resume"}), "paused", json!(false)),
    ] {
        let mut body = body;
        body["monitors"] = json!([id]);
        assert_eq!(bulk(&ada, body.clone()).await["succeeded"], 1, "{body}");
        assert_eq!(ada.get(&path).await.expect(200)[field], expected, "{body}");
    }
    let refused = bulk(
        &ada,
        json!({"tag": "eu", "action": "edit", "changes": {"interval_seconds": 5}}),
    )
    .await;
    assert_eq!(
        refused["items"][0]["error"]["errors"][0]["field"],
        "interval_seconds"
    );
    // Those of a tag.
    assert_eq!(
        bulk(&ada, json!({"tag": "EU", "action": "delete"})).await["succeeded"],
        1
    );
    assert_eq!(ada.get(&path).await.status, 404);
    assert_eq!(ada.get(&format!("/monitors/{other}")).await.status, 200);
    assert_eq!(
        bulk(&ada, json!({"tag": "none", "action": "delete"})).await["items"],
        json!([])
    );
    for (body, field) in [
        (json!({"action": "pause"}), "monitors"),
        (json!({"monitors": [1]}), "action"),
        (
            json!({"monitors": [1], "action": "edit", "changes": {"url": "x"}}),
            "changes.url",
        ),
        (json!({"monitors": [1], "action": "explode"}), "action"),
    ] {
        assert_eq!(ada.post("/monitors/bulk", body).await.fields(), [field]);
    }
}

#[tokio::test]
async fn a_thousand_monitors_are_changed_in_one_call() {
    let service =
        UserService::start_on(common::Stores::new().await, &[("MAX_MONITORS_PER_ORG", "2000")]).await;
    let ada = service.register().await;
    let ids = many(&service, &ada, 1_000).await;
    for (body, event) in [
        (json!({"action": "add_tags", "tags": ["eu"]}), None),
        (json!({"action": "set_tags", "tags": ["eu", "web"]}), None),
        (
            json!({"action": "edit", "changes": {"interval_seconds": 300}}),
            Some(LifecycleEvent::Edited),
        ),
        (json!({"action": "mute"}), None),
        (json!({"action": "pause"}), Some(LifecycleEvent::Paused)),
        (json!({"action": "delete"}), Some(LifecycleEvent::Deleted)),
    ] {
        let mut body = body;
        body["monitors"] = json!(ids);
        let noted = service.count("audit_log").await;
        let mut succeeded = 0;
        // Where the machine is too slow for all of them, the rest says so and is sent again.
        for _ in 0..5 {
            let began = std::time::Instant::now();
            let answer = bulk(&ada, body.clone()).await;
            println!(
                "{}: {} in {:?}",
                body["action"],
                answer["succeeded"],
                began.elapsed()
            );
            succeeded += answer["succeeded"].as_i64().unwrap();
            let mut items = answer["items"].as_array().unwrap().clone();
            items.retain(|item| item["status"] != 200 && item["status"] != 204);
            assert!(items.iter().all(|item| item["status"] == 503), "{items:?}");
            if items.is_empty() {
                break;
            }
            body["monitors"] = items.iter().map(|item| item["id"].clone()).collect();
        }
        assert_eq!(succeeded, 1_000, "{}", body["action"]);
        // One record of its own tells of each.
        assert_eq!(service.count("audit_log").await - noted, 1_000);
        let told = service.outbox().await;
        let told = told.iter().filter(|record| Some(record.event) == event).count();
        assert_eq!(
            told,
            if event.is_some() { 1_000 } else { 0 },
            "{}",
            body["action"]
        );
    }
    assert_eq!(ada.get("/monitors").await.items().len(), 1);
}

#[tokio::test]
async fn what_is_refused_for_one_of_many_undoes_nothing_of_others() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let caller = member(&scene).await;
    let mut others = Vec::new();
    for _ in 0..6 {
        others.push(monitor(&scene.owner, &["payments", "eu"]).await);
    }
    let held = monitor(&scene.owner, &["payments", "search"]).await;
    others.push(monitor(&scene.owner, &["payments", "eu"]).await);
    // Somebody else is narrowed to it.
    let other = join(&scene.owner, "viewer").await;
    narrow(&scene.owner, other.user, json!({"only_tags": ["search"]}))
        .await
        .expect(200);
    let all: Vec<i64> = others.iter().copied().chain([held]).collect();
    let body = json!({"monitors": all, "action": "set_tags", "tags": ["payments"]});
    let answer = caller.post("/monitors/bulk", body).await.expect(200);
    for item in answer["items"].as_array().unwrap() {
        let is_held = item["id"] == held;
        assert_eq!(item["status"], if is_held { 422 } else { 200 }, "{item}");
        let tags = &scene.owner.get(&format!("/monitors/{}", item["id"])).await.body["tags"];
        let expected = if is_held {
            json!(["payments", "search"])
        } else {
            json!(["payments"])
        };
        assert_eq!(*tags, expected, "{item}");
    }
}

#[tokio::test]
async fn more_tags_than_there_may_be_are_refused_of_those_that_would_have_them() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let many =
        "INSERT INTO tags (org_id, name, colour) SELECT $1, 't' || n, 'blue' FROM generate_series(1, 200) n";
    service.db().await.execute(many, &[&ada.org]).await.unwrap();
    let body = json!({"monitors": [id, id + 1], "action": "add_tags", "tags": ["t1", "one-more"]});
    let answer = bulk(&ada, body).await;
    let of = |index: usize| &answer["items"][index];
    assert_eq!((&of(0)["id"], &of(0)["status"]), (&json!(id), &json!(409)));
    assert_eq!((&of(1)["id"], &of(1)["status"]), (&json!(id + 1), &json!(404)));
    let path = format!("/monitors/{id}");
    assert_eq!(ada.get(&path).await.expect(200)["tags"], json!([]));
}

#[tokio::test]
async fn recipients_that_cannot_be_read_stay_until_others_are_given() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (one, other) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    let db = service.db().await;
    let spoil = r#"UPDATE monitors SET alert_recipients = '{"to": "pigeons"}'"#;
    db.execute(spoil, &[]).await.unwrap();
    let stored = async || -> Vec<(String, Option<String>)> {
        let sql = "SELECT severity, alert_recipients->>'to' FROM monitors ORDER BY id";
        let rows = db.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let with = |severity: &str, to: &str| (severity.to_owned(), Some(to.to_owned()));
    let path = format!("/monitors/{one}");
    ada.patch(&path, json!({"severity": "info"})).await.expect(200);
    let body = json!({"monitors": [other], "action": "edit", "changes": {"severity": "warning"}});
    assert_eq!(bulk(&ada, body).await["succeeded"], 1);
    assert_eq!(
        stored().await,
        [with("info", "pigeons"), with("warning", "pigeons")]
    );
    let nobody = json!({"recipients": {"to": "nobody"}});
    ada.patch(&path, nobody.clone()).await.expect(200);
    let body = json!({"monitors": [other], "action": "edit", "changes": nobody});
    assert_eq!(bulk(&ada, body).await["succeeded"], 1);
    assert_eq!(
        stored().await,
        [with("info", "nobody"), with("warning", "nobody")]
    );
}
