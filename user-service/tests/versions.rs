//! The definitions that monitors have had: what makes one, who sees what of it, and that it holds again.

mod kept;
mod restored;
mod sealed;

use crate::common::scene::{self, join, scene as narrowed_scene};
use crate::common::{Person, UserService};
use http::Method;
use serde_json::{Value, json};

/// The versions of a monitor, the latest first.
async fn versions(person: &Person<'_>, id: i64) -> Vec<Value> {
    person.get(&format!("/monitors/{id}/versions")).await.items()
}

/// The numbers of the versions of a monitor, the latest first.
async fn numbers(person: &Person<'_>, id: i64) -> Vec<i64> {
    let versions = versions(person, id).await;
    versions
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect()
}

async fn detail(person: &Person<'_>, id: i64, version: &str) -> Value {
    person
        .get(&format!("/monitors/{id}/versions/{version}"))
        .await
        .expect(200)
}

#[tokio::test]
async fn each_way_to_change_a_definition_makes_one_version() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let bulk = |action: Value| {
        let mut body = json!({"monitors": [id]});
        body.as_object_mut()
            .unwrap()
            .extend(action.as_object().unwrap().clone());
        (Method::POST, "/monitors/bulk".to_owned(), body)
    };
    let one = |method: Method, end: &str, body: Value| (method, format!("{path}{end}"), body);
    let ways = [
        (one(Method::PATCH, "", json!({"name": "Shop"})), vec!["name"]),
        (one(Method::POST, "/pause", Value::Null), vec!["paused"]),
        (one(Method::POST, "/resume", Value::Null), vec!["paused"]),
        (
            bulk(json!({"action": "edit", "changes": {"interval_seconds": 300}})),
            vec!["interval_seconds"],
        ),
        (bulk(json!({"action": "pause"})), vec!["paused"]),
        (
            one(
                Method::PATCH,
                "",
                json!({"paused": false, "http": {"contains": "ok"}, "external_key": "shop"}),
            ),
            vec!["http", "paused"],
        ),
        (
            (
                Method::PUT,
                "/monitors/by-key/shop".to_owned(),
                json!({"name": "Shop", "url": "https://b.example/", "interval_seconds": 300}),
            ),
            vec!["http", "url"],
        ),
        (
            one(Method::POST, "/versions/2/restore", Value::Null),
            vec!["interval_seconds", "url"],
        ),
    ];
    let mut expected = vec![1];
    for ((method, path, body), changes) in ways {
        ada.call(method, &path, &body.to_string()).await.expect(200);
        expected.insert(0, expected[0] + 1);
        assert_eq!(numbers(&ada, id).await, expected, "{path} {body}");
        let latest = &versions(&ada, id).await[0];
        assert_eq!(latest["changes"], json!(changes), "{path} {body}");
        let by_ada = json!({"kind": "member", "name": "Ada"});
        assert_eq!((&latest["author"], &latest["until"]), (&by_ada, &Value::Null));
    }
    // Each holds until the next one does.
    let all = versions(&ada, id).await;
    for pair in all.windows(2) {
        assert_eq!(pair[0]["from"], pair[1]["until"]);
    }
    let first = all.last().unwrap();
    assert_eq!(
        (&first["changes"], &first["restored"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(all[0]["restored"], 2);

    // What is copied, and what a key creates, begins anew.
    let copy = ada.post(&format!("{path}/clone"), json!({})).await.expect(201);
    assert_eq!(numbers(&ada, copy["id"].as_i64().unwrap()).await, [1]);
    let new = json!({"url": "https://c.example/"}).to_string();
    let new = ada
        .call(Method::PUT, "/monitors/by-key/new", &new)
        .await
        .expect(201);
    assert_eq!(numbers(&ada, new["id"].as_i64().unwrap()).await, [1]);
}

#[tokio::test]
async fn what_is_no_other_definition_makes_no_version() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (id, other) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    let path = format!("/monitors/{id}");
    for patch in [
        json!({}),
        json!({"name": "a.example", "interval_seconds": 60}),
        json!({"tags": ["eu"], "severity": "info", "external_key": "shop"}),
        json!({"depends_on": [other], "recipients": {"to": "nobody"}}),
        json!({"flapping": {"outages": 3, "within_minutes": 60, "lasting_minutes": 10}}),
    ] {
        ada.patch(&path, patch).await.expect(200);
    }
    for end in ["resume", "mute", "unmute", "versions/1/restore"] {
        ada.post(&format!("{path}/{end}"), json!({})).await.expect(200);
    }
    // As after a restore of a backup, and where what is sealed is sealed anew.
    let sql = "UPDATE monitors SET revision = revision + 7, version = version + 1";
    service.db().await.execute(sql, &[]).await.unwrap();
    let sql = "UPDATE monitors SET sealed_spec = 'x'";
    service.db().await.execute(sql, &[]).await.unwrap();
    assert_eq!(numbers(&ada, id).await, [1]);
    // What is refused is not saved.
    ada.patch(&path, json!({"retries": 9})).await.expect(422);
    assert_eq!(service.count("monitor_versions").await, 2);
    ada.delete(&path).await.expect(204);
    ada.get(&format!("{path}/versions")).await.expect(404);
    ada.get(&format!("{path}/versions/1")).await.expect(404);
    service
        .db()
        .await
        .execute("DELETE FROM monitors WHERE id = $1", &[&id])
        .await
        .unwrap();
    assert_eq!(service.count("monitor_versions").await, 1);
}

#[tokio::test]
async fn a_version_tells_in_what_it_differs() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = json!({"name": "Shop", "url": "https://a.example/?api_key=hunter0", "tags": ["eu"], "http": {
        "method": "POST", "body": "hunter1", "headers": {"X-Api-Key": "hunter2", "X-Tenant": "hunter3"}
    }});
    let id = ada.post("/monitors", monitor).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let path = format!("/monitors/{id}");
    let headers = json!({"X-Api-Key": "hunter4", "X-Tenant": "hunter5", "Accept": "*/*"});
    let patch = json!({"retries": 2, "http": {"headers": headers, "body": "hunter6"}});
    ada.patch(&path, patch).await.expect(200);
    let difference = |field: &str, before: Value, after: Value, secret: bool| json!({"field": field, "before": before, "after": after, "secret": secret});
    let second = detail(&ada, id, "2").await;
    let expected = json!([
        difference("http.body", json!("hunter1"), json!("hunter6"), false),
        difference("http.headers.Accept", Value::Null, json!("*/*"), false),
        difference("http.headers.X-Api-Key", Value::Null, Value::Null, true),
        difference("http.headers.X-Tenant", json!("hunter3"), json!("hunter5"), false),
        difference("retries", json!(1), json!(2), false),
    ]);
    assert_eq!(second["differences"], expected);
    assert_eq!(second["changes"], json!(["http", "retries"]));
    let shown = ada.get(&path).await.expect(200);
    for field in ["name", "url", "retries", "http"] {
        assert_eq!(second["definition"][field], shown[field], "{field}");
    }
    for field in ["tags", "status", "id", "severity"] {
        assert!(second["definition"].get(field).is_none(), "{field}");
    }
    let first = detail(&ada, id, "1").await;
    assert_eq!(first["differences"], json!([]));
    assert_eq!(first["definition"]["http"]["headers"]["X-Api-Key"], "***");
    // Against another one, also a later one.
    let back = detail(&ada, id, "1?against=2").await;
    let retries = difference("retries", json!(2), json!(1), false);
    assert!(back["differences"].as_array().unwrap().contains(&retries));
    assert_eq!(back["changes"], json!([]));
    assert_eq!(detail(&ada, id, "2?against=2").await["differences"], json!([]));
    for missing in ["3", "0", "-1", "2?against=3", "99999999999"] {
        let answer = ada.get(&format!("{path}/versions/{missing}")).await;
        assert_eq!(answer.status, 404, "{missing}");
    }

    let viewer = ada.as_role("viewer");
    let (second, all) = (detail(&viewer, id, "2").await, versions(&viewer, id).await);
    let hidden: Vec<_> = second["differences"].as_array().unwrap().iter().collect();
    let secrets = hidden.iter().filter(|found| found["secret"] == true).count();
    // Also of the new header: viewers are shown none.
    assert_eq!((hidden.len(), secrets), (5, 4), "{hidden:?}");
    assert_eq!(all[0]["changes"], json!(["http", "retries"]));
    let first = detail(&viewer, id, "1").await;
    for shown in [&second, &first, &json!(all)] {
        assert!(!shown.to_string().contains("hunter"), "{shown}");
    }
    let refused = viewer
        .post(&format!("{path}/versions/1/restore"), Value::Null)
        .await;
    refused.expect(403);
}

#[tokio::test]
async fn nobody_sees_versions_of_monitors_that_they_do_not_see() {
    let service = UserService::start().await;
    let scene = narrowed_scene(&service).await;
    let stranger = service.register().await;
    let (inside, outside) = (scene.inside.monitor, scene.outside.monitor);
    for caller in [scene::member(&scene).await, scene::key(&scene).await] {
        let found = caller.get(&format!("/monitors/{inside}/versions")).await.items();
        assert_eq!(found.len(), 1);
        // The owner has saved it, and nobody is named to who is narrowed.
        assert_eq!(found[0]["author"], Value::Null);
        let one = caller.get(&format!("/monitors/{inside}/versions/1")).await;
        assert_eq!(one.expect(200)["author"], Value::Null);
        for end in ["", "/1"] {
            let path = format!("/monitors/{outside}/versions{end}");
            caller.get(&path).await.expect(404);
        }
        let path = format!("/monitors/{outside}/versions/1/restore");
        caller.post(&path, Value::Null).await.expect(404);
    }
    let by_owner = detail(&scene.owner, inside, "1").await;
    assert_eq!(by_owner["author"]["kind"], "member");
    for end in ["", "/1"] {
        let path = format!("/monitors/{inside}/versions{end}");
        stranger.get(&path).await.expect(404);
    }
    let path = format!("/monitors/{inside}/versions/1/restore");
    stranger.post(&path, Value::Null).await.expect(404);
}

#[tokio::test]
async fn an_author_is_who_it_was_as_long_as_there_is_the_account() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let eve = join(&ada, "editor").await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    eve.patch(&path, json!({"retries": 2})).await.expect(200);
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "editor"}))
        .await
        .expect(201);
    let key = key["api_key"]["id"].to_string();
    let body = json!({"retries": 3}).to_string();
    let with_key = [("x-api-key-id", &*key)];
    ada.call_with(Method::PATCH, &path, &body, &with_key)
        .await
        .expect(200);
    ada.patch("/me", json!({"name": "Ada King"})).await.expect(200);
    ada.delete(&format!("/api-keys/{key}")).await.expect(204);
    let authors = async || -> Vec<Value> {
        let versions = versions(&ada, id).await.into_iter();
        versions.map(|version| version["author"].clone()).collect()
    };
    let by = |kind: &str, name: &str| json!({"kind": kind, "name": name});
    let expected = [by("api_key", "CI"), by("member", "Ada"), by("member", "Ada King")];
    assert_eq!(authors().await, expected);
    // What somebody is called who has left is not this organisation's.
    let member = format!("/orgs/{}/members/{}", ada.org, eve.user);
    ada.delete(&member).await.expect(204);
    let expected = [by("api_key", "CI"), Value::Null, by("member", "Ada King")];
    assert_eq!(authors().await, expected);
    let gone = "DELETE FROM users WHERE id = $1";
    service.db().await.execute(gone, &[&eve.user]).await.unwrap();
    assert_eq!(authors().await, expected);
}
