//! Heartbeats: how one is made, by which addresses it is pinged, and what is shown of its pings.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "heartbeats/mirror.rs"]
mod mirror;
#[path = "heartbeats/pings.rs"]
mod pings;
#[path = "heartbeats/uptime.rs"]
mod uptime;

use common::scene::{self, Caller};
use common::{Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};

/// Adds a heartbeat of this name; answers its id.
pub(crate) async fn heartbeat(person: &Person<'_>, name: &str) -> i64 {
    let body = json!({"kind": "heartbeat", "name": name});
    person.post("/monitors", body).await.expect(201)["id"]
        .as_i64()
        .unwrap()
}

pub(crate) async fn addresses(person: &Person<'_>, id: i64) -> Value {
    person.get(&format!("/monitors/{id}/heartbeat")).await.expect(200)
}

/// What user-service tells gateways of a name.
pub(crate) async fn targets(service: &UserService, query: &str) -> Vec<Value> {
    let answer = service.internal(&format!("/ping-targets?{query}")).await;
    answer.expect(200)["targets"].as_array().unwrap().clone()
}

pub(crate) async fn ping_key(person: &Person<'_>) -> String {
    let key = person.get("/ping-key").await.expect(200);
    key["ping_key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_name_makes_a_heartbeat_that_can_be_pinged() {
    let service = UserService::start().await;
    let person = service.register().await;
    assert_eq!(
        person.get("/ping-key").await.expect(200),
        json!({"exists": false, "ping_key": null})
    );
    let id = heartbeat(&person, "Nightly backup").await;
    let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
    assert_eq!(monitor["url"], "heartbeat://nightly-backup");
    assert_eq!(monitor["interval_seconds"], Value::Null);
    assert_eq!(monitor["heartbeat"]["grace_seconds"], 3_600);
    let found = person.get("/monitors?q=nightly-b").await.items();
    assert_eq!(found.len(), 1);

    let shown = addresses(&person, id).await;
    let (uuid, key) = (shown["ping_uuid"].as_str().unwrap(), ping_key(&person).await);
    assert_eq!(uuid::Uuid::parse_str(uuid).unwrap().get_version_num(), 4);
    assert_eq!(shown["ping_url"], format!("http://localhost:8080/ping/{uuid}"));
    assert_eq!(
        shown["ping_url_by_slug"],
        format!("http://localhost:8080/ping/{key}/nightly-backup")
    );
    let push_url = shown["push_url"].as_str().unwrap();
    let token = push_url.strip_prefix("http://localhost:8080/api/push/").unwrap();
    assert_eq!(shown["schedule_text"], "every day");
    assert_eq!(shown["next_dates"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&shown["last_ping_at"], &shown["runs"]),
        (&Value::Null, &json!([]))
    );

    for query in [
        format!("uuid={uuid}"),
        format!("token={token}"),
        format!("key={key}&slug=nightly-backup"),
    ] {
        let targets = targets(&service, &query).await;
        assert_eq!(targets.len(), 1, "{query}");
        assert_eq!(targets[0]["monitor_id"], id);
        assert_eq!(targets[0]["org_id"], person.org);
        assert_eq!(targets[0]["expectation"]["schedule"]["period_seconds"], 86_400);
    }
    for query in [
        "uuid=0d0ca3e4-5b2c-4a5f-9a51-7a1e9d3c8f10",
        "uuid=x",
        "token=x",
        "key=x&slug=nightly-backup",
        &format!("key={key}&slug=other"),
    ] {
        assert_eq!(targets(&service, query).await, [] as [Value; 0], "{query}");
    }
    for query in ["", "?key=x", "?uuid=x&token=y", "?uuid=x&create=2"] {
        assert_eq!(
            service.internal(&format!("/ping-targets{query}")).await.status,
            400,
            "{query}"
        );
    }
    // It is no monitor of another kind.
    let http = person.monitor("https://a.example/").await;
    person
        .get(&format!("/monitors/{http}/heartbeat"))
        .await
        .expect(404);
}

#[tokio::test]
async fn who_may_not_edit_sees_nothing_by_which_somebody_could_ping() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let id = heartbeat(&owner, "Backup").await;
    for (role, edits, sees_key) in [
        ("viewer", false, false),
        ("responder", false, false),
        ("editor", true, false),
        ("admin", true, true),
    ] {
        let shown = addresses(&owner.as_role(role), id).await;
        for field in ["ping_url", "push_url", "ping_uuid"] {
            assert_eq!(shown[field].is_string(), edits, "{role} {field}");
        }
        assert_eq!(shown["ping_url_by_slug"].is_string(), sees_key, "{role}");
        assert!(shown["badge_key"].is_string());
        let key = owner.as_role(role).get("/ping-key").await;
        match edits {
            true => {
                let key = key.expect(200);
                assert_eq!(key["exists"], true);
                assert_eq!(key["ping_key"].is_string(), sees_key, "{role}");
            }
            false => drop(key.expect(403)),
        }
    }
}

#[tokio::test]
async fn a_narrowed_member_has_the_addresses_of_what_is_inside() {
    let service = UserService::start().await;
    let scene = scene::scene(&service).await;
    let owner = &scene.owner;
    let (inside, outside) = (heartbeat(owner, "In").await, heartbeat(owner, "Out").await);
    owner
        .patch(&format!("/monitors/{inside}"), json!({"tags": ["payments"]}))
        .await
        .expect(200);
    for caller in [scene::member(&scene).await, scene::key(&scene).await] {
        let see = async |caller: &Caller<'_>, method: Method, id: i64, end: &str| {
            caller.call(method, &format!("/monitors/{id}/{end}"), "").await
        };
        for end in ["heartbeat", "pings", "pings/1/body"] {
            assert_eq!(see(&caller, Method::GET, outside, end).await.status, 404, "{end}");
        }
        let rotate = "heartbeat/rotate";
        assert_eq!(see(&caller, Method::POST, outside, rotate).await.status, 404);
        let shown = see(&caller, Method::GET, inside, "heartbeat").await.expect(200);
        assert!(shown["ping_url"].is_string() && shown["ping_url_by_slug"].is_null());
        see(&caller, Method::POST, inside, rotate).await.expect(200);
        // It opens what is outside as well.
        for role in ["editor", "admin"] {
            let key = caller.as_role(role).get("/ping-key").await.expect(200);
            assert_eq!(key, json!({"exists": true, "ping_key": null}));
        }
    }
}

#[tokio::test]
async fn new_addresses_are_the_only_ones() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = heartbeat(&person, "Backup").await;
    let before = addresses(&person, id).await;
    let rotate = format!("/monitors/{id}/heartbeat/rotate");
    let after = person.post(&rotate, Value::Null).await.expect(200);
    for field in ["ping_url", "push_url"] {
        assert_ne!(before[field], after[field]);
    }
    assert_eq!(before["ping_url_by_slug"], after["ping_url_by_slug"]);
    assert_eq!(before["badge_key"], after["badge_key"]);
    let uuid = |shown: &Value| format!("uuid={}", shown["ping_uuid"].as_str().unwrap());
    assert_eq!(targets(&service, &uuid(&before)).await.len(), 0);
    assert_eq!(targets(&service, &uuid(&after)).await.len(), 1);

    let old = ping_key(&person).await;
    let new = person.post("/ping-key/rotate", Value::Null).await.expect(200);
    assert_ne!(new["ping_key"], old);
    assert_eq!(
        targets(&service, &format!("key={old}&slug=backup")).await.len(),
        0
    );
    let new = new["ping_key"].as_str().unwrap();
    assert_eq!(
        targets(&service, &format!("key={new}&slug=backup")).await.len(),
        1
    );
    let log: String = service
        .db()
        .await
        .query_one("SELECT json_agg(a)::text FROM audit_log a", &[])
        .await
        .unwrap()
        .get(0);
    assert!(log.contains("RotateHeartbeat") && log.contains("RotatePingKey"));
    assert!(!log.contains(new) && !log.contains(after["ping_uuid"].as_str().unwrap()));
}

#[tokio::test]
async fn a_copy_has_addresses_of_its_own_and_leaves_the_originals_alone() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = heartbeat(&person, "Backup").await;
    let copy = person
        .post(&format!("/monitors/{id}/clone"), json!({}))
        .await
        .expect(201);
    assert_eq!(copy["url"], "heartbeat://backup-copy");
    let (own, copied) = (
        addresses(&person, id).await,
        addresses(&person, copy["id"].as_i64().unwrap()).await,
    );
    for field in ["ping_url", "ping_url_by_slug", "push_url", "badge_key"] {
        assert_ne!(own[field], copied[field], "{field}");
    }
    let query = format!("key={}&slug=backup", ping_key(&person).await);
    assert_eq!(targets(&service, &query).await.len(), 1);
    // Two of one slug are ambiguous, however many more there are.
    for _ in 0..2 {
        let body = json!({"kind": "heartbeat", "name": "Other", "url": "heartbeat://backup"});
        person.post("/monitors", body).await.expect(201);
    }
    assert_eq!(targets(&service, &query).await.len(), 2);
}

#[tokio::test]
async fn a_monitor_can_become_a_heartbeat_and_something_else_again() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    person
        .patch(
            &path,
            json!({"interval_seconds": 300, "retries": 3, "slow_ms": 500, "name": "Job"}),
        )
        .await
        .expect(200);
    let became = person
        .patch(&path, json!({"kind": "heartbeat"}))
        .await
        .expect(200);
    assert_eq!(became["url"], "heartbeat://job");
    let uuid = addresses(&person, id).await["ping_uuid"].clone();
    let renamed =
        json!({"url": "heartbeat://nightly", "heartbeat": {"schedule": {"expression": "0 3 * * *"}}});
    let renamed = person.patch(&path, renamed).await.expect(200);
    assert_eq!(renamed["heartbeat"]["schedule"]["timezone"], "UTC");
    let shown = addresses(&person, id).await;
    assert_eq!((&shown["ping_uuid"], &shown["slug"]), (&uuid, &json!("nightly")));
    let wrong = person.patch(&path, json!({"kind": "http"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["url"]));
    let again = json!({"kind": "http", "url": "https://a.example/"});
    let again = person.patch(&path, again).await.expect(200);
    assert_eq!(again["interval_seconds"], 60);
    assert_eq!(
        targets(&service, &format!("uuid={}", uuid.as_str().unwrap()))
            .await
            .len(),
        0
    );
    assert_eq!(service.count("heartbeats").await, 0);
}

#[tokio::test]
async fn what_is_saved_comes_one_day_and_plans_do_not_limit_how_often() {
    let plans = [
        ("PLANS", r#"{"free": {"min_interval_seconds": 300}}"#),
        ("PLAN_DEFAULT", "free"),
    ];
    let service = UserService::start_on(Stores::new().await, &plans).await;
    let person = service.register().await;
    let often =
        json!({"kind": "heartbeat", "name": "Often", "heartbeat": {"schedule": {"period_seconds": 60}}});
    let often = person.post("/monitors", often).await.expect(201);
    let over = json!({"schedule": {"expression": "2020-01-01 00:00"}});
    let answer = person
        .post(
            "/monitors",
            json!({"kind": "heartbeat", "name": "Over", "heartbeat": over}),
        )
        .await;
    assert_eq!(answer.fields(), ["heartbeat.schedule.expression"]);
    let path = format!("/monitors/{}", often["id"]);
    let answer = person.patch(&path, json!({"heartbeat": over})).await;
    assert_eq!(answer.fields(), ["heartbeat.schedule.expression"]);
    // What is checked has an interval again.
    let http = json!({"kind": "http", "url": "https://a.example/", "interval_seconds": 60});
    assert_eq!(person.patch(&path, http).await.fields(), ["interval_seconds"]);

    // Of many each is answered by itself.
    let bulk = json!({"monitors": [often["id"]], "action": "edit", "changes": {"interval_seconds": 600}});
    let bulk = person.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(bulk["items"][0]["status"], 422, "{bulk}");
    let bulk = json!({"monitors": [often["id"]], "action": "pause"});
    let bulk = person.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(bulk["succeeded"], 1);
    let uuid = addresses(&person, often["id"].as_i64().unwrap()).await["ping_uuid"].clone();
    let targets = targets(&service, &format!("uuid={}", uuid.as_str().unwrap())).await;
    assert_eq!(targets[0]["paused"], true);

    let keyed = json!({"kind": "heartbeat", "name": "Keyed"}).to_string();
    let by_key = "/monitors/by-key/nightly";
    person.call(Method::PUT, by_key, &keyed).await.expect(201);
    let same = person.call(Method::PUT, by_key, &keyed).await.expect(200);
    assert_eq!(
        (&same["version"], &same["url"]),
        (&json!(1), &json!("heartbeat://keyed"))
    );
}

#[tokio::test]
async fn a_schedule_is_explained_before_it_is_saved() {
    let service = UserService::start().await;
    let person = service.register().await;
    let preview = json!({"schedule": {"expression": "*/5 * * * *"}, "grace_seconds": 60});
    let preview = person.post("/schedules/preview", preview).await.expect(200);
    assert_eq!(preview["kind"], "cron");
    assert_eq!(preview["next_dates"].as_array().unwrap().len(), 5);
    let wrong = json!({"schedule": {"expression": "61 * * * *"}});
    let wrong = person.post("/schedules/preview", wrong).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fields()),
        (422, vec!["schedule.expression"])
    );
}
