//! Monitors that depend on others.

use crate::common::{Person, UserService};
use domain::MonitorId;
use domain::internal::{MonitorName, NamesPage};
use domain::routing::Labels;
use http::Method;
use serde_json::{Value, json};

async fn depending(person: &Person<'_>, on: &[i64]) -> i64 {
    let body = json!({"url": "https://a.example/", "depends_on": on});
    let made = person.post("/monitors", body).await.expect(201);
    assert_eq!(made["depends_on"], json!(on));
    made["id"].as_i64().unwrap()
}

async fn set(person: &Person<'_>, id: i64, on: &[i64]) -> Value {
    let path = format!("/monitors/{id}");
    let changed = person.patch(&path, json!({"depends_on": on})).await;
    changed.expect(200)
}

/// Why a change of what a monitor depends on was refused.
async fn refused(person: &Person<'_>, id: i64, on: Value) -> String {
    let path = format!("/monitors/{id}");
    let answer = person.patch(&path, json!({"depends_on": on})).await;
    assert_eq!(
        (answer.status.as_u16(), answer.fields()),
        (422, vec!["depends_on"]),
        "{}",
        answer.body
    );
    answer.body["errors"][0]["message"].as_str().unwrap().to_owned()
}

async fn labels(service: &UserService, id: i64) -> Labels {
    let name = service.internal(&format!("/monitors/{id}")).await.expect(200);
    let name: MonitorName = serde_json::from_value(name).unwrap();
    name.labels.unwrap()
}

async fn names(service: &UserService, org: i64) -> NamesPage {
    let page = service
        .internal(&format!("/names?org_id={org}"))
        .await
        .expect(200);
    serde_json::from_value(page).unwrap()
}

#[tokio::test]
async fn a_change_makes_a_version_and_no_revision_and_is_in_the_audit_log() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (router, power) = (depending(&person, &[]).await, depending(&person, &[]).await);
    let shop = depending(&person, &[router, power]).await;
    let path = format!("/monitors/{shop}");
    let before = person.get(&path).await.expect(200);
    assert_eq!(before["version"], 1);
    let changed = set(&person, shop, &[power]).await;
    assert_eq!(
        (&changed["depends_on"], &changed["version"]),
        (&json!([power]), &json!(2))
    );
    assert_eq!(changed["revision"], before["revision"]);
    let log = person
        .get(&format!("/orgs/{}/audit-log", person.org))
        .await
        .items();
    assert_eq!(
        (&log[0]["before"], &log[0]["after"]),
        (
            &json!({"depends_on": [router, power]}),
            &json!({"depends_on": [power]})
        )
    );
    // The same again, in whatever order, is no change.
    set(&person, shop, &[router, power]).await;
    let same = set(&person, shop, &[power, router]).await;
    assert_eq!(
        (&same["depends_on"], &same["version"]),
        (&json!([router, power]), &json!(3))
    );
    // What says nothing of it leaves it alone, and null resets it.
    let renamed = person
        .patch(&path, json!({"name": "Shop", "severity": "info"}))
        .await;
    assert_eq!(renamed.expect(200)["depends_on"], json!([router, power]));
    let listed = person.get("/monitors").await.items();
    assert_eq!(listed[2]["depends_on"], json!([router, power]));
    let reset = person.patch(&path, json!({"depends_on": null})).await.expect(200);
    assert_eq!(reset["depends_on"], json!([]));
}

#[tokio::test]
async fn a_copy_depends_on_the_same_and_what_is_put_is_whole() {
    let service = UserService::start().await;
    let person = service.register().await;
    let router = depending(&person, &[]).await;
    let shop = depending(&person, &[router]).await;
    let copy = async |change: Value| {
        let path = format!("/monitors/{shop}/clone");
        person.post(&path, change).await.expect(201)["depends_on"].clone()
    };
    assert_eq!(copy(json!({})).await, json!([router]));
    assert_eq!(copy(json!({"depends_on": [shop]})).await, json!([shop]));

    let put = async |on: Value| {
        let mut body = json!({"url": "https://a.example/"});
        if !on.is_null() {
            body["depends_on"] = on;
        }
        person
            .call(Method::PUT, "/monitors/by-key/blog", &body.to_string())
            .await
    };
    let made = put(json!([router])).await.expect(201);
    assert_eq!(made["depends_on"], json!([router]));
    let same = put(json!([router])).await.expect(200);
    assert_eq!(same["version"], made["version"]);
    assert_eq!(
        put(json!([shop, router])).await.expect(200)["depends_on"],
        json!([router, shop])
    );
    let itself = put(json!([made["id"]])).await;
    assert_eq!(
        (itself.status.as_u16(), itself.fields()),
        (422, vec!["depends_on"])
    );
    assert_eq!(put(Value::Null).await.expect(200)["depends_on"], json!([]));
}

#[tokio::test]
async fn only_monitors_that_are_there_are_named_and_each_once() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    let (shop, gone) = (depending(&person, &[]).await, depending(&person, &[]).await);
    let theirs = depending(&other, &[]).await;
    person.delete(&format!("/monitors/{gone}")).await.expect(204);
    for unknown in [theirs, gone, 999_999, 0, -1] {
        let why = refused(&person, shop, json!([unknown])).await;
        assert_eq!(why, format!("there is no monitor {unknown}"));
        let body = json!({"url": "https://a.example/", "depends_on": [unknown]});
        let answer = person.post("/monitors", body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (422, vec!["depends_on"])
        );
    }
    let why = refused(&person, shop, json!([shop])).await;
    assert_eq!(why, format!("would depend on itself: {shop} → {shop}"));
    refused(&person, shop, json!([1, 1])).await;
    refused(&person, shop, json!((1..=21).collect::<Vec<_>>())).await;
    assert_eq!(service.count("monitor_dependencies").await, 0);
    assert_eq!(person.get("/monitors").await.items().len(), 1);
}

#[tokio::test]
async fn a_circle_is_refused_with_its_path() {
    let service = UserService::start().await;
    let person = service.register().await;
    let power = depending(&person, &[]).await;
    let router = depending(&person, &[power]).await;
    let shop = depending(&person, &[router]).await;
    let why = refused(&person, power, json!([shop])).await;
    assert_eq!(
        why,
        format!("would depend on itself: {power} → {shop} → {router} → {power}")
    );
    // Ten levels are enough for everybody.
    let mut last = shop;
    for _ in 0..8 {
        last = depending(&person, &[last]).await;
    }
    let above = depending(&person, &[]).await;
    let why = refused(&person, power, json!([above])).await;
    assert!(
        why.contains(&format!("monitor {last}")) && why.contains("10 levels"),
        "{why}"
    );
}

#[tokio::test]
async fn two_who_write_at_the_same_time_make_no_circle() {
    let service = UserService::start().await;
    let person = service.register().await;
    for _ in 0..10 {
        let (one, other) = (depending(&person, &[]).await, depending(&person, &[]).await);
        let make = async |id: i64, on: i64| {
            let path = format!("/monitors/{id}");
            // With tags, who writes takes another turn, too.
            let change = json!({"depends_on": [on], "tags": [format!("t{id}")]});
            person.patch(&path, change).await.status.as_u16()
        };
        let bulk = async |ids: [i64; 2]| {
            let body = json!({"monitors": ids, "action": "edit", "changes": {"severity": "info"}});
            person.post("/monitors/bulk", body).await.expect(200)["succeeded"].clone()
        };
        let (first, second, all) = tokio::join!(make(one, other), make(other, one), bulk([one, other]));
        let mut statuses = [first, second];
        statuses.sort_unstable();
        assert_eq!((statuses, all), ([200, 422], json!(2)));
    }
    assert_eq!(service.count("monitor_dependencies").await, 10);
}

#[tokio::test]
async fn who_gets_no_turn_is_told_to_try_again_soon() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    let (router, shop) = (depending(&person, &[]).await, depending(&person, &[]).await);
    let mut db = service.db().await;
    let tx = db.transaction().await.unwrap();
    let lock = format!(
        "SELECT pg_advisory_xact_lock(
             ('x' || left(encode(sha256('dependencies of {}'), 'hex'), 16))::bit(64)::bigint)",
        person.org
    );
    tx.batch_execute(&lock).await.unwrap();
    let path = format!("/monitors/{shop}");
    let change = json!({"depends_on": [router]});
    let late = person.patch(&path, change.clone()).await;
    assert_eq!(late.status, 503, "{}", late.body);
    let bulk = json!({"monitors": [shop], "action": "edit", "changes": change});
    let late = person.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(late["items"][0]["status"], 503, "{late}");
    // Others have turns of their own, and what adds nothing needs none.
    let router_of_other = depending(&other, &[]).await;
    depending(&other, &[router_of_other]).await;
    set(&person, shop, &[]).await;
    tx.rollback().await.unwrap();
    set(&person, shop, &[router]).await;
}

#[tokio::test]
async fn many_depend_on_the_same_and_none_of_them_on_itself() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    let router = depending(&person, &[]).await;
    let power = depending(&person, &[]).await;
    set(&person, router, &[power]).await;
    let (shop, blog) = (depending(&person, &[]).await, depending(&person, &[]).await);
    let theirs = depending(&other, &[]).await;
    let edit = async |on: Value| {
        let body =
            json!({"monitors": [router, power, shop, blog], "action": "edit", "changes": {"depends_on": on}});
        person.post("/monitors/bulk", body).await.expect(200)
    };
    let answer = edit(json!([router])).await;
    assert_eq!(
        (&answer["succeeded"], &answer["failed"]),
        (&json!(2), &json!(2)),
        "{answer}"
    );
    let why = |index: usize| answer["items"][index]["error"]["errors"][0].clone();
    assert_eq!(
        why(0),
        json!({"field": "depends_on", "message": format!("would depend on itself: {router} → {router}")})
    );
    assert_eq!(
        why(1)["message"],
        format!("would depend on itself: {power} → {router} → {power}")
    );
    for id in [shop, blog] {
        let monitor = person.get(&format!("/monitors/{id}")).await.expect(200);
        assert_eq!(
            (&monitor["depends_on"], &monitor["version"]),
            (&json!([router]), &json!(2))
        );
    }
    assert_eq!(edit(json!([theirs])).await["failed"], 4);
    assert_eq!(edit(json!([])).await["succeeded"], 4);
    assert_eq!(service.count("monitor_dependencies").await, 0);
}

#[tokio::test]
async fn one_that_was_deleted_counts_no_more() {
    let service = UserService::start().await;
    let person = service.register().await;
    let power = depending(&person, &[]).await;
    let router = depending(&person, &[power]).await;
    let shop = depending(&person, &[router]).await;
    let ids = |ids: &[i64]| ids.iter().copied().map(MonitorId).collect::<Vec<_>>();
    assert_eq!(labels(&service, shop).await.depends_on, ids(&[power, router]));
    assert!(labels(&service, power).await.is_depended_on);
    let version = names(&service, person.org).await.labels_version;
    person.delete(&format!("/monitors/{router}")).await.expect(204);
    assert_ne!(names(&service, person.org).await.labels_version, version);
    let found = labels(&service, shop).await;
    assert_eq!((found.depends_on, found.wait_seconds), (Vec::new(), 0));
    assert!(!labels(&service, power).await.is_depended_on);
    let path = format!("/monitors/{shop}");
    assert_eq!(person.get(&path).await.expect(200)["depends_on"], json!([]));
    // It leads nowhere any more.
    set(&person, power, &[shop]).await;
    assert_eq!(labels(&service, power).await.depends_on, ids(&[shop]));
    // Its rows go with it.
    let rows = service.count("monitor_dependencies").await;
    let erase = "DELETE FROM monitors WHERE id = $1";
    service.db().await.execute(erase, &[&router]).await.unwrap();
    assert_eq!((rows, service.count("monitor_dependencies").await), (3, 1));
}

#[tokio::test]
async fn alerters_learn_of_all_that_is_above_and_how_long_to_wait() {
    let service = UserService::start().await;
    let (person, other) = (service.register().await, service.register().await);
    // It is sealed: it holds a secret.
    let body = json!({"url": "https://a.example/?token=secret", "interval_seconds": 30, "timeout_ms": 5_000,
                      "retries": 0, "down_after": 3});
    let power = person.post("/monitors", body).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let router = depending(&person, &[power]).await;
    let shop = depending(&person, &[router]).await;
    depending(&other, &[]).await;
    let of = async |id: i64| {
        let page = names(&service, person.org).await;
        let found = page.labels.into_iter().find(|(of, _)| of.0 == id).unwrap().1;
        assert_eq!(labels(&service, id).await, found);
        found
    };
    let found = of(shop).await;
    assert_eq!(found.depends_on, [MonitorId(power), MonitorId(router)]);
    // 3 × 30 s and a check of 5 s; that of the router is 60 s, 21 s for two attempts and the pause between them.
    assert_eq!((found.wait_seconds, found.is_depended_on), (97, false));
    // It is looked at like the router.
    assert_eq!(found.recheck_seconds, 84);
    let found = of(router).await;
    assert_eq!((found.wait_seconds, found.is_depended_on), (97, true));
    assert_eq!(found.recheck_seconds, 84);
    let found = of(power).await;
    assert_eq!(
        (found.depends_on.len(), found.wait_seconds, found.is_depended_on),
        (0, 0, true)
    );
    assert_eq!(found.recheck_seconds, 0);
    assert!(names(&service, other.org).await.labels.is_empty());

    let mut versions = vec![names(&service, person.org).await.labels_version];
    for (id, change, wait, recheck) in [
        (power, json!({"down_for_seconds": 200}), 30 + 210 + 7, 84),
        (power, json!({"down_after": 4, "down_of": 9}), 9 * 30 + 7, 84),
        (power, json!({"interval_seconds": 600}), 300, 84),
        (power, json!({"paused": true}), 84, 84),
        (router, json!({"depends_on": []}), 84, 84),
        // Its own rule, and with a secret it is sealed.
        (shop, json!({"up_after": 3}), 84, 3 * 60 + 24),
        (
            shop,
            json!({"url": "https://a.example/?token=secret", "interval_seconds": 120}),
            84,
            3 * 120 + 24,
        ),
    ] {
        person
            .patch(&format!("/monitors/{id}"), change.clone())
            .await
            .expect(200);
        let found = of(shop).await;
        assert_eq!(
            (found.wait_seconds, found.recheck_seconds),
            (wait, recheck),
            "{change}"
        );
        let version = names(&service, person.org).await.labels_version;
        assert!(!versions.contains(&version), "{change}: {versions:?} {version}");
        versions.push(version);
    }
    set(&person, shop, &[]).await;
    let found = names(&service, person.org).await;
    assert_eq!((found.labels_version, found.labels.len()), (0, 0));
}
