//! Rows that this version cannot read: they stop nobody else, and their owner sees them and can put them right.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{PATIENCE, Person, Stores, UserService};
use domain::internal::{DefinitionsPage, OrgAlerting};
use domain::record::LifecycleEvent;
use domain::{ChannelId, MonitorId};
use serde_json::{Value, json};

/// Specifications that nobody can read.
const SPOILT: [&str; 5] = [
    r#"{"kind": "x"}"#,
    r#"{"kind": "http", "url": "https://u:p@a.example/?token=t", "paused": "maybe"}"#,
    r#"{"url": [1], "kind": 5}"#,
    r#""text""#,
    "[]",
];

async fn spoil(person: &Person<'_>, sql: &str, id: i64) {
    let changed = person.service.db().await.execute(sql, &[&id]).await.unwrap();
    assert_eq!(changed, 1);
}

async fn spoil_monitor(person: &Person<'_>, id: i64, spec: &str) {
    let sql = format!("UPDATE monitors SET spec = '{spec}' WHERE id = $1");
    spoil(person, &sql, id).await;
}

async fn definitions(service: &UserService, query: &str) -> DefinitionsPage {
    let path = format!("/definitions?{query}");
    serde_json::from_value(service.internal(&path).await.expect(200)).unwrap()
}

/// The ids of all definitions, page by page.
async fn all_ids(service: &UserService, limit: usize) -> Vec<i64> {
    let (mut ids, mut after) = (Vec::new(), 0);
    loop {
        let query = format!("shards=0,1,2,3&shard_count=4&after={after}&limit={limit}");
        let page = definitions(service, &query).await;
        ids.extend(page.definitions.iter().map(|definition| definition.id.0));
        match page.next_after {
            Some(MonitorId(next)) => after = next,
            None => return ids,
        }
    }
}

#[tokio::test]
async fn a_definition_stops_nobody_elses() {
    let service = UserService::start().await;
    let (owner, other) = (service.register().await, service.register().await);
    let first = other.monitor("https://a.example/1").await;
    let mut spoilt = Vec::new();
    for spec in SPOILT {
        let id = owner.monitor("https://a.example/2").await;
        spoil_monitor(&owner, id, spec).await;
        spoilt.push(id);
    }
    let last = other.monitor("https://a.example/3").await;
    for limit in [1, 2, 1_000] {
        assert_eq!(all_ids(&service, limit).await, [first, last], "{limit}");
    }
    let page = definitions(&service, &format!("ids={first},{},{last}", spoilt[0])).await;
    assert_eq!(page.definitions.len(), 2);
    // What messages call it.
    for id in spoilt {
        let name = service.internal(&format!("/monitors/{id}")).await.expect(200);
        assert_eq!(name["org_id"], owner.org);
        assert!(!name.to_string().contains("u:p"), "{name}");
    }
}

#[tokio::test]
async fn a_monitor_is_listed_and_can_be_put_right_or_removed() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let good = owner.monitor("https://a.example/").await;
    for spec in SPOILT {
        let body = json!({"name": "Shop", "url": "https://a.example/"});
        let id = owner.post("/monitors", body).await.expect(201)["id"]
            .as_i64()
            .unwrap();
        let path = format!("/monitors/{id}");
        spoil_monitor(&owner, id, spec).await;

        let listed = owner.get("/monitors").await.items();
        let ids: Vec<_> = listed
            .iter()
            .map(|monitor| monitor["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, [good, id], "{spec}");
        assert!(listed[0].get("definition_error").is_none());
        let shown = &listed[1];
        for error in [&shown["definition_error"], &shown["status"]["error"]] {
            assert!(
                error.as_str().unwrap().contains("the definition cannot be read"),
                "{shown}"
            );
        }
        assert_eq!(
            (&shown["name"], &shown["status"]["state"]),
            (&json!("Shop"), &json!("pending"))
        );
        assert!(
            !shown.to_string().contains("u:p") && !shown.to_string().contains("token=t"),
            "{shown}"
        );
        for path in [
            "/summary",
            "/monitors?state=up",
            "/monitors?kind=http",
            "/monitors?q=shop",
            &path,
        ] {
            owner.get(path).await.expect(200);
        }
        for below in ["status", "results", "uptime", "series"] {
            owner.get(&format!("{path}/{below}")).await.expect(200);
        }

        let pause = owner.post(&format!("{path}/pause"), Value::Null).await;
        assert_eq!((pause.status.as_u16(), pause.fields()), (422, vec!["url"]));
        if !spec.contains(r#""kind": "http""#) {
            let shown = json!({"kind": null, "url": "https://b.example/"});
            assert_eq!(owner.patch(&path, shown).await.fields(), ["kind"], "{spec}");
        }
        let whole = json!({"kind": "http", "url": "https://b.example/", "retries": 2});
        let mended = owner.patch(&path, whole).await.expect(200);
        assert!(mended.get("definition_error").is_none());
        assert_eq!((&mended["name"], &mended["retries"]), (&json!("Shop"), &json!(2)));
        assert_eq!(
            (&mended["revision"], &mended["status"]["error"]),
            (&json!(2), &Value::Null)
        );
        assert_eq!(
            definitions(&service, &format!("ids={id}"))
                .await
                .definitions
                .len(),
            1
        );

        spoil_monitor(&owner, id, spec).await;
        assert_eq!(owner.delete(&path).await.status, 204);
        let told: Vec<_> = service
            .outbox()
            .await
            .into_iter()
            .filter(|record| record.monitor_id.0 == id)
            .collect();
        let events: Vec<_> = told.iter().map(|record| record.event).collect();
        assert_eq!(
            events,
            [
                LifecycleEvent::Created,
                LifecycleEvent::Edited,
                LifecycleEvent::Deleted
            ]
        );
        assert!(told.iter().all(|record| !record.url.contains("u:p")));
    }
}

/// A body as deep as serde_json reads, which was stored before its depth was bounded.
#[tokio::test]
async fn a_value_stored_deeper_than_is_taken_now_is_served_and_shown() {
    let service = UserService::start().await;
    let (owner, other) = (service.register().await, service.register().await);
    let id = owner.monitor("https://a.example/").await;
    let good = other.monitor("https://a.example/").await;
    let nested = format!("{}{}", "[".repeat(124), "]".repeat(124));
    let sql = format!(
        r#"UPDATE monitors SET spec = spec || '{{"json": {{"path": "$", "equals": {nested}}}}}' WHERE id = $1"#
    );
    spoil(&owner, &sql, id).await;
    let path = format!("/definitions?ids={id},{good}");
    // The test's client cannot read it as a whole either: whoever reads it item by item can.
    assert_eq!(service.internal(&path).await.status, 200);
    assert_eq!(owner.get("/monitors").await.status, 200);
    assert_eq!(owner.delete(&format!("/monitors/{id}")).await.status, 204);
}

#[tokio::test]
async fn an_expected_null_is_stored_served_and_kept() {
    let service = UserService::start().await;
    let person = service.register().await;
    let assertion = json!({"path": "$.error", "equals": null});
    let body = json!({"url": "https://a.example/", "http": {"json": assertion}});
    let made = person.post("/monitors", body).await.expect(201);
    assert_eq!(made["http"]["json"], assertion);
    let path = format!("/monitors/{}", made["id"]);
    let renamed = person.patch(&path, json!({"name": "Shop"})).await.expect(200);
    assert_eq!(
        (&renamed["http"]["json"], &renamed["revision"]),
        (&assertion, &json!(1))
    );
    let page = service
        .internal(&format!("/definitions?ids={}", made["id"]))
        .await
        .expect(200);
    assert_eq!(page["definitions"][0]["json"], assertion);
    let without = json!({"http": {"json": {"path": "$.error"}}});
    let changed = person.patch(&path, without.clone()).await.expect(200);
    assert_eq!(changed["http"]["json"], without["http"]["json"]);
    assert_eq!(changed["revision"], 2);
    let again = person
        .patch(&path, json!({"http": {"json": assertion}}))
        .await
        .expect(200);
    assert_eq!(
        (&again["http"]["json"], &again["revision"]),
        (&assertion, &json!(3))
    );
}

async fn alerting(person: &Person<'_>) -> OrgAlerting {
    let path = format!("/channels?org_id={}", person.org);
    serde_json::from_value(person.service.internal(&path).await.expect(200)).unwrap()
}

#[tokio::test]
async fn a_channel_is_listed_and_can_be_put_right_or_removed() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let (spoilt, good) = (owner.channel().await, owner.channel().await);
    let path = format!("/channels/{spoilt}");
    spoil(
        &owner,
        "UPDATE channels SET config = '\\x00' WHERE id = $1",
        spoilt,
    )
    .await;
    let listed = owner.get("/channels").await.items();
    assert_eq!(
        (&listed[0]["id"], &listed[1]["id"]),
        (&json!(spoilt), &json!(good))
    );
    assert!(
        listed[0]["error"].as_str().unwrap().contains("cannot be read"),
        "{}",
        listed[0]
    );
    assert_eq!(listed[0]["config"], Value::Null);
    assert!(listed[1].get("error").is_none());

    let half = owner.patch(&path, json!({"enabled": false})).await;
    assert_eq!(
        (half.status.as_u16(), half.fields()),
        (422, vec!["config.webhook_url"])
    );
    let other = owner
        .patch(&path, json!({"kind": "email", "config": {"to": ["a@b.example"]}}))
        .await;
    assert_eq!(other.fields(), ["kind"]);
    let config = json!({"webhook_url": "https://hooks.slack.example/x"});
    let mended = owner.patch(&path, json!({"config": config})).await.expect(200);
    assert_eq!((&mended["name"], &mended["version"]), (&json!("Ops"), &json!(2)));
    assert!(mended.get("error").is_none());

    // What it is told of cannot be read: it is told all the same.
    let alerts = r#"UPDATE channels SET alerts = '{"throttle_seconds": "often"}' WHERE id = $1"#;
    spoil(&owner, alerts, spoilt).await;
    let told: Vec<_> = alerting(&owner)
        .await
        .channels
        .iter()
        .map(|channel| channel.id)
        .collect();
    assert_eq!(told, [ChannelId(spoilt), ChannelId(good)]);
    let shown = owner.get(&path).await.expect(200);
    assert!(
        shown["error"].as_str().unwrap().contains("cannot be read"),
        "{shown}"
    );
    let mended = owner.patch(&path, json!({"alerts": {}})).await.expect(200);
    assert!(mended.get("error").is_none());
    spoil(
        &owner,
        "UPDATE channels SET kind = 'pigeon' WHERE id = $1",
        spoilt,
    )
    .await;
    owner.get("/channels").await.expect(200);
    assert_eq!(owner.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_window_is_listed_and_can_be_put_right_or_removed() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitor = owner.monitor("https://a.example/").await;
    let window = json!({"name": "Move", "monitors": [monitor], "repeat": "once",
                        "from": "2026-12-01T22:00:00Z", "until": "2026-12-02T04:00:00Z"});
    let made = owner
        .post("/maintenance-windows", window.clone())
        .await
        .expect(201);
    owner
        .post("/maintenance-windows", window.clone())
        .await
        .expect(201);
    let id = made["id"].as_i64().unwrap();
    let path = format!("/maintenance-windows/{id}");
    // As it was stored before such an instant was refused.
    let span =
        r#"{"repeat": "once", "from": "2026-12-01T22:00:00.000Z", "until": "+10000-01-01T23:58:59.000Z"}"#;
    let sql = format!("UPDATE maintenance_windows SET span = '{span}' WHERE id = $1");
    spoil(&owner, &sql, id).await;
    assert_eq!(alerting(&owner).await.rules.windows.len(), 1);
    owner
        .get(&format!("/monitors/{monitor}/uptime?exclude_maintenance=true"))
        .await
        .expect(200);
    let listed = owner.get("/maintenance-windows").await.items();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["monitors"]),
        (&json!(id), &json!([monitor]))
    );
    assert!(
        listed[0]["error"].as_str().unwrap().contains("cannot be read"),
        "{}",
        listed[0]
    );
    assert!(listed[0].get("repeat").is_none() && listed[1].get("error").is_none());

    assert_eq!(
        owner.patch(&path, json!({"name": "x"})).await.fields(),
        ["repeat"]
    );
    let span = json!({"repeat": "once", "from": window["from"], "until": window["until"]});
    let mended = owner.patch(&path, span).await.expect(200);
    assert_eq!(
        (&mended["name"], &mended["monitors"]),
        (&json!("Move"), &json!([monitor]))
    );
    assert!(mended.get("error").is_none());
    assert_eq!(alerting(&owner).await.rules.windows.len(), 2);
    spoil(&owner, &sql, id).await;
    assert_eq!(owner.delete(&path).await.status, 204);
}

/// A mute that was stored before an instant so far away was refused.
#[tokio::test]
async fn a_mute_without_end_in_sight_can_be_read_by_alerters() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let id = owner.monitor("https://a.example/").await;
    let sql = "UPDATE monitors SET muted = true, muted_until = '10000-01-01T23:58:59Z' WHERE id = $1";
    spoil(&owner, sql, id).await;
    let muted = alerting(&owner).await.rules.muted;
    assert_eq!(muted[0].until.unwrap().to_string(), "9999-12-31T23:59:59.999Z");
}

#[tokio::test]
async fn counts_and_lists_agree_with_what_is_shown_of_a_monitor() {
    // A service that ends waits for its outbox.
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores.clone(), &[]).await;
    let owner = service.register().await;
    let ids = [
        owner.monitor("https://a.example/").await,
        owner.monitor("https://b.example/").await,
    ];
    let db = service.db().await;
    for id in ids {
        db.execute(
            "INSERT INTO monitor_states (monitor_id, org_id, fold, state)
             SELECT id, org_id, '{}', 'down' FROM monitors WHERE id = $1",
            &[&id],
        )
        .await
        .unwrap();
    }
    let agree = async |owner: &Person<'_>, down: i64, pending: i64| {
        let summary = owner.get("/summary").await.expect(200);
        let counted = (&summary["down"], &summary["pending"]);
        assert_eq!(counted, (&json!(down), &json!(pending)));
        for (state, count) in [("down", down), ("pending", pending)] {
            let listed = owner.get(&format!("/monitors?state={state}")).await.items();
            assert_eq!(listed.len() as i64, count, "{state}");
            assert!(listed.iter().all(|monitor| monitor["status"]["state"] == state));
        }
    };
    agree(&owner, 2, 0).await;
    spoil_monitor(&owner, ids[0], SPOILT[0]).await;
    let shown = owner.get(&format!("/monitors/{}", ids[0])).await.expect(200);
    assert_eq!(shown["status"]["state"], "pending");
    let (email, user, org, role) = (owner.email.clone(), owner.user, owner.org, owner.role);
    service.stop().await;

    // All are looked at every minute, and when a service starts.
    let service = UserService::start_on(stores, &[]).await;
    let owner = Person {
        service: &service,
        email,
        user,
        org,
        role,
    };
    testkit::eventually("it is noted", PATIENCE, async || {
        let summary = owner.get("/summary").await.expect(200);
        (summary["down"] == 1).then_some(())
    })
    .await;
    agree(&owner, 1, 1).await;
    // Once it can be read, it is what was found of it.
    let whole = json!({"kind": "http", "url": "https://a.example/"});
    owner
        .patch(&format!("/monitors/{}", ids[0]), whole)
        .await
        .expect(200);
    agree(&owner, 2, 0).await;
    service.stop().await;
}
