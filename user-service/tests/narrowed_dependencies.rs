//! Monitors that depend on others, for who is narrowed to tags.

use crate::common::UserService;
use crate::common::scene::{Caller, key, member, monitor, scene};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn who_is_narrowed_sees_and_changes_a_part_of_it() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let (shop, router) = (scene.inside.monitor, monitor(owner, &["payments"]).await);
    let outside = scene.outside.monitor;
    let path = format!("/monitors/{shop}");
    for caller in [member(&scene).await, key(&scene).await] {
        let both = json!({"depends_on": [outside, router]});
        owner.patch(&path, both).await.expect(200);
        let change = async |on: Value| caller.patch(&path, json!({"depends_on": on})).await;
        assert_eq!(caller.get(&path).await.expect(200)["depends_on"], json!([router]));
        // Whether they name what they see, or nothing: what they do not see stays.
        let version = owner.get(&path).await.expect(200)["version"].clone();
        let same = change(json!([router])).await.expect(200);
        assert_eq!(
            (&same["depends_on"], &same["version"]),
            (&json!([router]), &version)
        );
        assert_eq!(change(json!([])).await.expect(200)["depends_on"], json!([]));
        assert_eq!(owner.get(&path).await.expect(200)["depends_on"], json!([outside]));
        let unseen = change(json!([outside])).await;
        assert_eq!(
            (unseen.status.as_u16(), unseen.fields()),
            (422, vec!["depends_on"])
        );
        of_many(&caller, shop, router, outside).await;
        let mut all = [outside, router];
        all.sort_unstable();
        assert_eq!(owner.get(&path).await.expect(200)["depends_on"], json!(all));
        // A copy depends on what they see.
        let body = json!({"tags": ["payments"]});
        let copy = caller.post(&format!("{path}/clone"), body).await.expect(201);
        let copy = owner.get(&format!("/monitors/{}", copy["id"])).await.expect(200);
        assert_eq!(copy["depends_on"], json!([router]));
    }
}

/// Has a monitor, among others, depend on one that is seen, and not on one that is not.
async fn of_many(caller: &Caller<'_>, id: i64, seen: i64, unseen: i64) {
    let edit = async |on: i64| {
        let body = json!({"monitors": [id], "action": "edit", "changes": {"depends_on": [on]}});
        caller.post("/monitors/bulk", body).await.expect(200)
    };
    assert_eq!(edit(seen).await["succeeded"], 1);
    let refused = edit(unseen).await;
    assert_eq!(refused["items"][0]["error"]["errors"][0]["field"], "depends_on");
}

#[tokio::test]
async fn who_does_not_see_what_depends_on_a_monitor_does_not_change_on_what_that_depends() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let (shop, outside) = (scene.inside.monitor, scene.outside.monitor);
    let (router, power) = (
        monitor(owner, &["payments"]).await,
        monitor(owner, &["payments"]).await,
    );
    // The one outside depends on the router by the shop.
    for (id, on) in [(outside, vec![shop]), (shop, vec![router])] {
        let path = format!("/monitors/{id}");
        owner.patch(&path, json!({"depends_on": on})).await.expect(200);
    }
    for caller in [member(&scene).await, key(&scene).await] {
        for (id, on) in [
            (router, json!([power])),
            (shop, json!([])),
            (shop, json!([power, router])),
        ] {
            let change = json!({"depends_on": on});
            let answer = caller.patch(&format!("/monitors/{id}"), change.clone()).await;
            assert_eq!(answer.status, 403, "{id} {change}: {}", answer.body);
            let bulk = json!({"monitors": [id, power], "action": "edit", "changes": change});
            let answer = caller.post("/monitors/bulk", bulk).await.expect(200);
            assert_eq!(answer["items"][0]["status"], 403, "{answer}");
        }
        let body =
            json!({"url": "https://a.example/", "tags": ["payments"], "depends_on": [power]}).to_string();
        let path = format!("/monitors/by-key/{}", scene.inside.external_key);
        let answer = caller.call(Method::PUT, &path, &body).await;
        assert_eq!(answer.status, 403, "{}", answer.body);
        // What stays as it is may be said, and all else is changed.
        let same = json!({"depends_on": [router], "name": "Shop"});
        caller.patch(&format!("/monitors/{shop}"), same).await.expect(200);
        // Nothing depends on this one.
        let free = json!({"depends_on": [shop]});
        caller
            .patch(&format!("/monitors/{power}"), free)
            .await
            .expect(200);
        owner
            .patch(&format!("/monitors/{power}"), json!({"depends_on": []}))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn who_names_what_they_do_not_see_locks_nothing_of_it() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let outside = scene.outside.monitor;
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    let lock = "SELECT FROM monitors WHERE id = $1 FOR UPDATE";
    tx.execute(lock, &[&outside]).await.unwrap();
    let path = format!("/monitors/{}", scene.inside.monitor);
    for caller in [member(&scene).await, key(&scene).await] {
        let refused = caller.patch(&path, json!({"depends_on": [outside]})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["depends_on"]),
            "{}",
            refused.body
        );
    }
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn why_nobody_was_notified_names_no_monitor_that_is_not_seen() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let (inside, outside) = (&scene.inside, scene.outside.monitor);
    let router = monitor(owner, &["payments"]).await;
    let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source,
                   reason)
               VALUES ($1, 'down', 0, 'suppressed', $2::int, now() + make_interval(secs => $2::int), $3, $4,
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}', $5)";
    let db = service.db().await;
    for (n, by) in [(1, outside), (2, router)] {
        let reason = format!("resolved while monitor {by}, on which it depends, was down");
        db.execute(sql, &[&inside.incident, &n, &owner.org, &inside.monitor, &reason])
            .await
            .unwrap();
    }
    let reasons = |steps: Vec<Value>| {
        let suppressed = steps.into_iter().filter(|step| step["step"] == "suppressed");
        suppressed
            .map(|step| step["reason"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let named = |by: i64| format!("resolved while monitor {by}, on which it depends, was down");
    let path = format!("/incidents/{}/events", inside.incident);
    let all = [named(outside), named(router)];
    assert_eq!(reasons(owner.get(&path).await.items()), all);
    let hidden = "resolved while a monitor on which it depends was down".to_owned();
    for caller in [member(&scene).await, key(&scene).await] {
        let told = reasons(caller.get(&path).await.items());
        assert_eq!(told, [hidden.clone(), named(router)]);
    }
}
