//! Monitors by external keys, and copies of monitors.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Answer, Person, UserService};
use http::Method;
use serde_json::{Value, json};

async fn put(person: &Person<'_>, key: &str, body: Value) -> Answer {
    let path = format!("/monitors/by-key/{key}");
    person.call(Method::PUT, &path, &body.to_string()).await
}

#[tokio::test]
async fn a_key_makes_one_monitor_however_often_it_is_put() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let body = json!({"name": "Shop", "url": "https://a.example/", "retries": 3, "tags": ["eu"]});
    let made = put(&ada, "kuma:1", body.clone()).await;
    assert!(made.header("location").starts_with("/api/v1/monitors/"));
    let made = made.expect(201);
    assert_eq!(made["external_key"], "kuma:1");
    let same = put(&ada, "kuma:1", body.clone()).await.expect(200);
    for field in ["id", "revision", "version"] {
        assert_eq!(same[field], made[field], "{field}");
    }
    assert_eq!(service.count("audit_log").await, 1, "nothing was changed");
    // It is whole: what is left out gets its default.
    let other = json!({"url": "https://b.example/", "external_key": "kuma:1"});
    let other = put(&ada, "kuma:1", other).await.expect(200);
    assert_eq!(
        (&other["name"], &other["retries"]),
        (&json!("b.example"), &json!(1))
    );
    assert_eq!((&other["tags"], &other["revision"]), (&json!([]), &json!(2)));
    assert_eq!(
        ada.get("/monitors/by-key/kuma:1").await.expect(200)["id"],
        made["id"]
    );
    assert_eq!(ada.get("/monitors?external_key=kuma:1").await.items().len(), 1);
    assert_eq!(ada.get("/monitors?external_key=kuma:2").await.items().len(), 0);

    // Another organisation's key is another.
    assert_eq!(eve.get("/monitors/by-key/kuma:1").await.status, 404);
    assert_eq!(eve.delete("/monitors/by-key/kuma:1").await.status, 404);
    put(&eve, "kuma:1", body.clone()).await.expect(201);
    assert_eq!(
        ada.as_role("responder")
            .delete("/monitors/by-key/kuma:1")
            .await
            .status,
        403
    );
    assert_eq!(ada.delete("/monitors/by-key/kuma:1").await.status, 204);
    assert_eq!(ada.get("/monitors/by-key/kuma:1").await.status, 404);
    let anew = put(&ada, "kuma:1", body).await.expect(201);
    assert_ne!(anew["id"], made["id"]);
}

#[tokio::test]
async fn puts_at_the_same_time_make_one_monitor() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let puts = (0..8).map(|n| put(&ada, "shop", json!({"url": format!("https://{n}.example/")})));
    let answers = futures_util::future::join_all(puts).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    assert!(answers.iter().all(|answer| answer.status.is_success()));
    assert_eq!(ada.get("/monitors").await.items().len(), 1);
}

#[tokio::test]
async fn a_key_is_given_by_post_and_patch_and_belongs_to_one_monitor() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = |key: Value| json!({"url": "https://a.example/", "external_key": key});
    let made = ada.post("/monitors", monitor(json!("a"))).await.expect(201);
    assert_eq!(made["external_key"], "a");
    let taken = ada.post("/monitors", monitor(json!("a"))).await;
    assert_eq!(
        (taken.status.as_u16(), taken.fields()),
        (409, vec!["external_key"])
    );
    let other = ada.post("/monitors", monitor(Value::Null)).await.expect(201);
    assert_eq!(other["external_key"], Value::Null);
    let path = format!("/monitors/{}", other["id"]);
    let taken = ada.patch(&path, json!({"external_key": "a", "name": "x"})).await;
    assert_eq!(
        (taken.status.as_u16(), taken.fields()),
        (409, vec!["external_key"])
    );
    assert_eq!(ada.get(&path).await.expect(200)["name"], "a.example");
    let named = ada.patch(&path, json!({"external_key": "b"})).await.expect(200);
    assert_eq!(
        (&named["external_key"], &named["revision"]),
        (&json!("b"), &json!(1))
    );
    let free = ada.patch(&path, json!({"external_key": null})).await.expect(200);
    assert_eq!(free["external_key"], Value::Null);
    for key in ["", "a/b", "ä", "..", &"x".repeat(129)] {
        assert_eq!(
            ada.post("/monitors", monitor(json!(key))).await.fields(),
            ["external_key"]
        );
    }
    assert_eq!(put(&ada, "a%20b", json!({})).await.fields(), ["external_key"]);
    assert_eq!(ada.get("/monitors/by-key/a%20b").await.status, 404);
    let other = put(
        &ada,
        "c",
        json!({"url": "https://a.example/", "external_key": "d"}),
    )
    .await;
    assert_eq!(other.fields(), ["external_key"]);
    let path = "/monitors/by-key/a";
    for (version, status) in [("\"7\"", 412), ("\"1\"", 200)] {
        let body = r#"{"url": "https://b.example/"}"#;
        let answer = ada
            .call_with(Method::PUT, path, body, &[("if-match", version)])
            .await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_copy_has_tags_and_secrets_and_is_paused() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let body = json!({
        "name": "Shop", "url": "https://a.example/", "tags": ["eu"], "external_key": "shop",
        "http": {"auth": {"type": "bearer", "token": "t-1"}}
    });
    let shop = ada.post("/monitors", body).await.expect(201);
    let path = format!("/monitors/{}/clone", shop["id"]);
    let copy = ada.call(Method::POST, &path, "").await.expect(201);
    assert_eq!(
        (&copy["name"], &copy["paused"]),
        (&json!("Shop (copy)"), &json!(true))
    );
    assert_eq!(
        (&copy["tags"], &copy["external_key"]),
        (&json!(["eu"]), &Value::Null)
    );
    assert_eq!(copy["http"]["auth"]["token"], "***");
    assert_ne!(copy["id"], shop["id"]);
    let named =
        json!({"name": "Cart", "url": "https://a.example/cart", "paused": false, "external_key": "cart"});
    let named = ada.post(&path, named).await.expect(201);
    assert_eq!(
        (&named["name"], &named["paused"]),
        (&json!("Cart"), &json!(false))
    );
    assert_eq!(named["external_key"], "cart");
    let elsewhere = ada.post(&path, json!({"url": "https://b.example/"})).await;
    assert_eq!(elsewhere.fields(), ["http.auth.token"]);
    let taken = ada.post(&path, json!({"external_key": "shop"})).await;
    assert_eq!(taken.fields(), ["external_key"]);
    assert_eq!(
        ada.post(&path, json!({"tags": 7, "external_key": 7}))
            .await
            .fields()
            .len(),
        2
    );
    assert_eq!(eve.post(&path, json!({})).await.status, 404);
    assert_eq!(ada.get("/monitors").await.items().len(), 3);
}

#[tokio::test]
async fn two_that_swap_their_keys_do_not_wait_for_each_other() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let mut paths = Vec::new();
    for key in ["a", "b"] {
        let made = put(&ada, key, json!({"url": "https://a.example/"})).await;
        paths.push(format!("/monitors/{}", made.expect(201)["id"]));
    }
    for _ in 0..8 {
        let swaps = [(0, "b"), (1, "a")].map(|(n, key)| {
            let path: &str = &paths[n];
            Box::pin(ada.patch(path, json!({"external_key": key})))
        });
        for answer in futures_util::future::join_all(swaps).await {
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (409, vec!["external_key"])
            );
        }
    }
}

#[tokio::test]
async fn new_tags_and_a_key_wait_for_a_creation_with_that_key() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{monitor}");
    // As a creation does: the turn of the organisation, then the key.
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    let turn = "SELECT FROM organisations WHERE id = $1 FOR NO KEY UPDATE";
    tx.query(turn, &[&ada.org]).await.unwrap();
    let edit = ada.patch(&path, json!({"external_key": "shop", "tags": ["new"]}));
    let create = async {
        waited_for(&service, &tx).await;
        let insert = "INSERT INTO monitors (org_id, name, spec, external_key)
                      SELECT org_id, 'Shop', spec, 'shop' FROM monitors WHERE id = $1";
        tx.execute(insert, &[&monitor]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (edited, ()) = futures_util::future::join(edit, create).await;
    assert_eq!(
        (edited.status.as_u16(), edited.fields()),
        (409, vec!["external_key"])
    );
    assert_eq!(ada.get("/tags").await.items().len(), 0);
}

/// Waits until somebody waits for `tx`.
async fn waited_for(service: &UserService, tx: &deadpool_postgres::Transaction<'_>) {
    let row = tx.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    let own: i32 = row.get(0);
    let waiting = "SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND $1 = ANY(pg_blocking_pids(pid))";
    let db = service.db().await;
    testkit::eventually("the edit waits for its turn", common::PATIENCE, async || {
        db.query_opt(waiting, &[&own]).await.unwrap().map(drop)
    })
    .await;
}
