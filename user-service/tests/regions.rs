//! The regions from which monitors are checked, and how many of them decide.

use crate::common::{PATIENCE, Person, Stores, UserService};
use domain::MonitorId;
use domain::internal::DefinitionsPage;
use domain::monitor::Definition;
use domain::record::LifecycleEvent;
use fred::interfaces::{ClientLike as _, SortedSetsInterface as _};
use http::Method;
use serde_json::{Value, json};

async fn start(stores: Stores, regions: &str) -> UserService {
    UserService::start_on(stores, &[("REGIONS", regions)]).await
}

/// A service with three regions, of which `eu` is home.
async fn three() -> UserService {
    start(Stores::new().await, "eu,us,ap").await
}

/// What pingers are told of a monitor.
async fn definition(service: &UserService, id: i64) -> Definition {
    let answer = service.internal(&format!("/definitions?ids={id}")).await;
    let page: DefinitionsPage = serde_json::from_value(answer.expect(200)).unwrap();
    let mut found = page.definitions.into_iter();
    found.find(|definition| definition.id == MonitorId(id)).unwrap()
}

/// A monitor with these fields besides its address; its id.
async fn monitor(person: &Person<'_>, fields: Value) -> i64 {
    let monitor = person.post("/monitors", with(fields)).await.expect(201);
    monitor["id"].as_i64().unwrap()
}

fn with(fields: Value) -> Value {
    let mut body = json!({"url": "https://a.example/"});
    let all = body.as_object_mut().unwrap();
    all.extend(fields.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_monitor_of_several_regions_has_a_quorum() {
    let service = three().await;
    let ada = service.register().await;
    let sent = with(json!({"regions": ["us", "eu", "ap"]}));
    let created = ada.post("/monitors", sent).await.expect(201);
    let id = created["id"].as_i64().unwrap();
    let majority = json!({"down": "majority", "min_regions": null});
    assert_eq!(created["regions"], json!(["ap", "eu", "us"]));
    assert_eq!(created["quorum"], majority);
    let first = definition(&service, id).await;
    assert_eq!(first.spec.regions, ["ap", "eu", "us"]);
    assert_eq!(
        json!(first.spec.quorum),
        json!({"regions": ["ap", "eu", "us"], "down": 2, "min_regions": 2})
    );

    // Another quorum makes a revision that checks the same: an outage outlasts it.
    let path = format!("/monitors/{id}");
    let patch = json!({"quorum": {"down": "all", "min_regions": 3}});
    let edited = ada.patch(&path, patch).await.expect(200);
    assert_eq!(edited["quorum"], json!({"down": "all", "min_regions": 3}));
    let second = definition(&service, id).await;
    assert_eq!(
        json!(second.spec.quorum),
        json!({"regions": ["ap", "eu", "us"], "down": "all", "min_regions": 3})
    );
    assert_eq!((second.revision, second.probe_revision), (2, Some(1)));
    let record = service.outbox().await.pop().unwrap();
    assert_eq!(
        (record.event, record.revision, record.probe_revision),
        (LifecycleEvent::Edited, 2, Some(1))
    );

    // And so does another region; the quorum goes with the regions that decide.
    let one = ada.patch(&path, json!({"regions": ["us"]})).await.expect(200);
    assert_eq!((&one["regions"], one.get("quorum")), (&json!(["us"]), None));
    let third = definition(&service, id).await;
    assert_eq!(
        (third.spec.regions, third.spec.quorum),
        (vec!["us".to_owned()], None)
    );
    assert_eq!((third.revision, third.probe_revision), (3, Some(1)));
    let none = ada.patch(&path, json!({"regions": null})).await.expect(200);
    assert_eq!((none.get("regions"), none.get("quorum")), (None, None));

    // What is restored has them again.
    let restored = ada.post(&format!("{path}/versions/1/restore"), json!({})).await;
    let restored = restored.expect(200);
    assert_eq!(restored["regions"], json!(["ap", "eu", "us"]));
    assert_eq!(restored["quorum"], majority);
    let versions = ada.get(&format!("{path}/versions")).await.items();
    assert_eq!(versions[0]["changes"], json!(["quorum", "regions"]));
    let copy = ada.post(&format!("{path}/clone"), json!({})).await.expect(201);
    assert_eq!(copy["regions"], restored["regions"]);
}

#[tokio::test]
async fn regions_and_quorum_are_named_where_they_are_wrong() {
    let service = three().await;
    let ada = service.register().await;
    let kept = monitor(&ada, json!({"external_key": "shop"})).await;
    let many: Vec<String> = (0..17).map(|index| format!("r{index}")).collect();
    for (fields, wrong) in [
        (json!({"regions": ["eu", "af"]}), vec!["regions.1"]),
        (
            json!({"regions": ["mars", "us", "EU", "us"]}),
            vec!["regions.2", "regions.3", "regions.0"],
        ),
        (json!({"regions": many}), vec!["regions"]),
        (json!({"regions": "eu"}), vec!["regions"]),
        (json!({"quorum": {"down": 1}}), vec!["quorum"]),
        (json!({"regions": ["eu"], "quorum": {"down": 1}}), vec!["quorum"]),
        (
            json!({"regions": ["eu", "us"], "quorum": {"down": 3}}),
            vec!["quorum.down"],
        ),
        (
            json!({"regions": ["eu", "us"], "quorum": {"down": 300}}),
            vec!["quorum.down"],
        ),
        (
            json!({"regions": ["eu", "us"], "quorum": {"down": "most"}}),
            vec!["quorum.down"],
        ),
        (
            json!({"regions": ["eu", "us"], "quorum": {"min_regions": 1}}),
            vec!["quorum.min_regions"],
        ),
    ] {
        let body = with(fields.clone()).to_string();
        for (method, path) in [
            (Method::POST, "/monitors"),
            (Method::PUT, "/monitors/by-key/shop"),
            (Method::PUT, "/monitors/by-key/new"),
            (Method::PATCH, &*format!("/monitors/{kept}")),
        ] {
            let answer = ada.call(method.clone(), path, &body).await;
            assert_eq!(
                (answer.status.as_u16(), answer.fields()),
                (422, wrong.clone()),
                "{method} {path} {fields}"
            );
        }
    }
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup", "regions": ["eu"]});
    let refused = ada.post("/monitors", heartbeat).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["regions"])
    );
    let becomes = json!({"kind": "heartbeat", "name": "Backup"});
    let several = json!({"regions": ["eu", "us"], "quorum": {"down": 1}});
    let id = monitor(&ada, several).await;
    let waits = ada.patch(&format!("/monitors/{id}"), becomes).await.expect(200);
    assert_eq!((waits.get("regions"), waits.get("quorum")), (None, None));
    assert_eq!(service.count("monitors").await, 2);
}

#[tokio::test]
async fn a_region_that_is_gone_is_kept_and_given_to_no_other() {
    let stores = Stores::new().await;
    let service = start(stores.clone(), "eu,us,ap").await;
    let before = service.register().await;
    let id = monitor(&before, json!({"regions": ["us", "eu", "ap"]})).await;
    let other = monitor(&before, json!({})).await;
    let fewer = start(stores, "eu,us").await;
    let ada = Person {
        service: &fewer,
        email: before.email.clone(),
        user: before.user,
        org: before.org,
        role: before.role,
    };
    let path = format!("/monitors/{id}");
    // It goes on, and what it has it keeps.
    let edited = ada
        .patch(
            &path,
            json!({"interval_seconds": 300, "regions": ["ap", "us", "eu"]}),
        )
        .await
        .expect(200);
    assert_eq!(edited["regions"], json!(["ap", "eu", "us"]));
    ada.post(&format!("{path}/pause"), json!({})).await.expect(200);
    ada.post(&format!("{path}/resume"), json!({})).await.expect(200);

    let copied = ada.post(&format!("{path}/clone"), json!({})).await;
    assert_eq!(
        (copied.status.as_u16(), copied.fields()),
        (422, vec!["regions.0"])
    );
    let elsewhere = json!({"regions": ["us", "eu"]});
    ada.post(&format!("{path}/clone"), elsewhere.clone())
        .await
        .expect(201);

    let bulk = json!({
        "monitors": [id, other], "action": "edit", "changes": {"regions": ["us", "ap", "eu"]}
    });
    let answer = ada.post("/monitors/bulk", bulk).await.expect(200);
    let items = answer["items"].as_array().unwrap();
    assert_eq!((&items[0]["id"], &items[0]["status"]), (&json!(id), &json!(200)));
    assert_eq!(items[1]["error"]["errors"][0]["field"], "regions.1", "{answer}");

    ada.patch(&path, elsewhere).await.expect(200);
    let restored = ada
        .call(Method::POST, &format!("{path}/versions/1/restore"), "")
        .await;
    assert_eq!(
        (restored.status.as_u16(), restored.fields()),
        (422, vec!["regions.0"])
    );
    let shown = ada.get(&path).await.expect(200);
    assert_eq!(shown["regions"], json!(["eu", "us"]));
}

#[tokio::test]
async fn many_monitors_get_regions_at_once() {
    let service = three().await;
    let ada = service.register().await;
    let (one, other) = (monitor(&ada, json!({})).await, monitor(&ada, json!({})).await);
    let changes = json!({"regions": ["us", "eu"], "quorum": {"down": 1}});
    let bulk = json!({"monitors": [one, other], "action": "edit", "changes": changes});
    let answer = ada.post("/monitors/bulk", bulk).await.expect(200);
    assert_eq!(answer["succeeded"], 2);
    for id in [one, other] {
        let spec = definition(&service, id).await.spec;
        assert_eq!(spec.regions, ["eu", "us"]);
        assert_eq!(
            json!(spec.quorum),
            json!({"regions": ["eu", "us"], "down": 1, "min_regions": 1})
        );
    }
}

#[tokio::test]
async fn regions_are_listed_with_their_pingers() {
    let service = three().await;
    let ada = service.register().await;
    let settings = service.stores.redis();
    let redis = shared::redis::connect(&settings).unwrap();
    redis.wait_for_connect().await.unwrap();
    let (keys, now) = (settings.keys(), shared::now());
    let gone = now.plus_millis(-3_600_000);
    for (region, pod, until) in [
        ("eu", "pinger-1", now.plus_millis(3_600_000)),
        ("eu", "pinger-2", now.plus_millis(3_600_000)),
        ("eu", "pinger-3", gone),
        ("us", "pinger-1", gone),
    ] {
        let member = (until.as_millis() as f64, pod);
        let key = keys.of_region(region, "eu").pods();
        let _: () = redis.zadd(key, None, None, false, false, member).await.unwrap();
    }
    let viewer = ada.as_role("viewer");
    // Until its connection to Redis is there, the names are all that it knows.
    let shown = testkit::eventually("the pingers are counted", PATIENCE, async || {
        let shown = viewer.get("/regions").await.expect(200);
        shown["items"][0]["pods"].is_number().then_some(shown)
    })
    .await;
    assert_eq!(shown["home"], "eu");
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["name"], &items[0]["pods"]), (&json!("eu"), &json!(2)));
    assert!(items[0]["last_seen_at"].is_string(), "{shown}");
    assert_eq!(items[1], json!({"name": "us", "pods": 0, "last_seen_at": gone}));
    assert_eq!(items[2], json!({"name": "ap", "pods": 0, "last_seen_at": null}));
}

#[tokio::test]
async fn without_regions_there_is_one() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let shown = ada.get("/regions").await.expect(200);
    assert_eq!(shown["home"], "default");
    assert_eq!(shown["items"].as_array().unwrap().len(), 1);
    let refused = ada.post("/monitors", with(json!({"regions": ["eu"]}))).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["regions.0"])
    );
    let named = monitor(&ada, json!({"regions": ["default"]})).await;
    assert_eq!(definition(&service, named).await.spec.regions, ["default"]);
    // What names none is stored and sent as it always was.
    let id = monitor(&ada, json!({})).await;
    let row = service
        .db()
        .await
        .query_one("SELECT spec FROM monitors WHERE id = $1", &[&id])
        .await
        .unwrap();
    let spec: Value = row.get(0);
    for field in ["regions", "quorum", "quorum_asked"] {
        assert!(spec.get(field).is_none(), "{spec}");
    }
    let shown = ada.get(&format!("/monitors/{id}")).await.expect(200);
    assert!(shown.get("regions").is_none() && shown.get("quorum").is_none());
}
