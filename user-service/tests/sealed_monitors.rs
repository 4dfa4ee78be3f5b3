//! Monitors that hold secrets are sealed in the database, and nobody notices but who steals it.

use std::collections::BTreeMap;

use crate::common::{ENCRYPTION_KEYS, PATIENCE, Person, Stores, UserService};
use domain::internal::DefinitionsPage;
use domain::monitor::Definition;
use serde_json::{Value, json};

/// Monitors that hold secrets, each with `hunter2` in another place.
fn secretive() -> Vec<Value> {
    vec![
        json!({"url": "https://bearer.example/", "http": {"auth": {"type": "bearer", "token": "hunter2"}}}),
        json!({"url": "https://basic.example/", "http": {
            "auth": {"type": "basic", "username": "ada", "password": "hunter2"}
        }}),
        json!({"url": "https://header.example/", "http": {"headers": {"X-Api-Key": "hunter2"}}}),
        json!({"url": "https://body.example/", "http": {"method": "POST", "body": "hunter2"}}),
        json!({"url": "https://query.example/shop?api_key=hunter2&page=1"}),
        json!({"kind": "tcp", "url": "tcp://tcp.example:25", "tcp": {"send": "AUTH hunter2"}}),
    ]
}

async fn add(owner: &Person<'_>, monitors: Vec<Value>) -> Vec<i64> {
    let mut ids = Vec::new();
    for monitor in monitors {
        let added = owner.post("/monitors", monitor).await.expect(201);
        ids.push(added["id"].as_i64().unwrap());
    }
    ids
}

/// All that the table says, as a dump has it.
async fn dump(service: &UserService) -> String {
    let sql = "SELECT string_agg(m::text, E'\\n' ORDER BY id) FROM monitors m";
    service.db().await.query_one(sql, &[]).await.unwrap().get(0)
}

/// What pingers are told, by the ids of monitors.
async fn definitions(service: &UserService) -> BTreeMap<i64, Value> {
    let page = service
        .internal("/definitions?shards=0,1,2,3&shard_count=4")
        .await;
    let page: DefinitionsPage = serde_json::from_value(page.expect(200)).unwrap();
    let definitions = page.definitions.into_iter();
    definitions
        .map(|definition| (definition.id.0, json!(definition)))
        .collect()
}

#[tokio::test]
async fn a_new_installation_stores_no_secret_in_clear() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let ids = add(&owner, secretive()).await;
    let plain = owner.monitor("https://plain.example/").await;
    let stored = dump(&service).await;
    assert!(
        !stored.contains("hunter2") && !stored.contains("\"ada\""),
        "{stored}"
    );
    // What holds no secret outlasts the loss of the keys.
    assert!(stored.contains("interval_ms"), "{stored}");

    let told = definitions(&service).await;
    for id in &ids {
        assert!(told[id].to_string().contains("hunter2"), "{}", told[id]);
    }
    for (query, count) in [
        ("q=bearer.example", 1),
        ("q=shop", 1),
        ("q=page", 0),
        ("q=tcp.example", 1),
        ("q=hunter2", 0),
        ("kind=tcp", 1),
        ("state=paused", 0),
        ("state=pending", 7),
    ] {
        let found = owner.get(&format!("/monitors?{query}")).await.items();
        assert_eq!(found.len(), count, "{query}");
    }

    // An edit that leaves the secret out keeps it, a pause and a removal as well.
    let path = format!("/monitors/{}", ids[0]);
    owner.patch(&path, json!({"retries": 3})).await.expect(200);
    let paused = owner
        .post(&format!("{path}/pause"), Value::Null)
        .await
        .expect(200);
    assert_eq!(paused["paused"], true);
    assert_eq!(owner.get("/monitors?state=paused").await.items().len(), 1);
    let told = definitions(&service).await;
    assert_eq!(
        (&told[&ids[0]]["retries"], &told[&ids[0]]["auth"]["token"]),
        (&json!(3), &json!("hunter2"))
    );
    // What comes and goes with an edit is sealed and unsealed with it.
    let path = format!("/monitors/{plain}");
    let secret = json!({"http": {"auth": {"type": "bearer", "token": "hunter2"}}});
    owner.patch(&path, secret).await.expect(200);
    assert!(!dump(&service).await.contains("hunter2"));
    owner
        .patch(&path, json!({"http": {"auth": null}}))
        .await
        .expect(200);
    assert!(
        !definitions(&service).await[&plain]
            .to_string()
            .contains("hunter2")
    );
    owner.delete(&path).await.expect(204);
    owner.delete(&format!("/monitors/{}", ids[1])).await.expect(204);
    assert!(!dump(&service).await.contains("hunter2"));
}

#[tokio::test]
async fn what_was_moved_or_changed_is_one_unreadable_monitor() {
    let service = UserService::start().await;
    let (owner, other) = (service.register().await, service.register().await);
    let ids = add(&owner, secretive()).await;
    let theirs = add(&other, secretive()).await;
    let db = service.db().await;
    let copy =
        "UPDATE monitors SET sealed_spec = (SELECT sealed_spec FROM monitors WHERE id = $2) WHERE id = $1";
    // From another monitor of the organisation, from another organisation, damaged, and gone.
    db.execute(copy, &[&ids[0], &ids[1]]).await.unwrap();
    db.execute(copy, &[&ids[1], &theirs[1]]).await.unwrap();
    let damage = "UPDATE monitors SET sealed_spec = set_byte(sealed_spec, 20, get_byte(sealed_spec, 20) # 1)
                  WHERE id = $1";
    db.execute(damage, &[&ids[2]]).await.unwrap();
    let remove = "UPDATE monitors SET sealed_spec = NULL WHERE id = $1";
    db.execute(remove, &[&ids[3]]).await.unwrap();

    let told: Vec<i64> = definitions(&service).await.into_keys().collect();
    assert_eq!(told, [&ids[4..], &theirs[..]].concat());
    let listed = owner.get("/monitors").await.items();
    for (shown, is_spoilt) in listed.iter().zip([true, true, true, true, false, false]) {
        assert_eq!(shown.get("definition_error").is_some(), is_spoilt, "{shown}");
        assert!(!shown.to_string().contains("sealed"), "{shown}");
    }
    assert_eq!(
        (&listed[0]["name"], &listed[0]["url"]),
        (&json!("bearer.example"), &json!("https://bearer.example/"))
    );
    // Its owner puts it right.
    let path = format!("/monitors/{}", ids[0]);
    let whole = secretive().remove(0);
    assert_eq!(owner.patch(&path, json!({"retries": 2})).await.fields(), ["url"]);
    let mended = owner.patch(&path, whole).await.expect(200);
    assert!(mended.get("definition_error").is_none(), "{mended}");
    assert!(definitions(&service).await.contains_key(&ids[0]));
}

#[tokio::test]
async fn an_upgraded_installation_seals_when_it_is_told_to_and_goes_back() {
    // A service that ends waits for its outbox.
    let (_broker, stores) = Stores::with_kafka().await;
    let service = restarted(&stores, &[]).await;
    let owner = service.register().await;
    // As the migration leaves it where there were monitors.
    let db = service.db().await;
    db.execute("DELETE FROM monitor_sealing", &[]).await.unwrap();
    let ids = add(&owner, secretive()).await;
    owner.delete(&format!("/monitors/{}", ids[5])).await.expect(204);
    let (in_clear, told) = (dump(&service).await, definitions(&service).await);
    assert_eq!(in_clear.matches("hunter2").count(), 6);
    service.stop().await;

    let service = restarted(&stores, &[("SEAL_MONITORS", "true")]).await;
    testkit::eventually("monitors are sealed", PATIENCE, async || {
        (!dump(&service).await.contains("hunter2")).then_some(())
    })
    .await;
    // Neither revision nor version: nothing is checked anew, and no edit is refused.
    assert_eq!(definitions(&service).await, told);
    service.stop().await;

    // A release that knows nothing of sealed monitors has overwritten one.
    let service = restarted(&stores, &[]).await;
    let overwritten = spec_of(&told[&ids[0]]).to_string().replace("hunter2", "hunter3");
    let sql = "UPDATE monitors SET spec = $2::text::jsonb WHERE id = $1";
    let db = service.db().await;
    db.execute(sql, &[&ids[0], &overwritten]).await.unwrap();
    let now = definitions(&service).await;
    assert_eq!(now[&ids[0]]["auth"]["token"], "hunter3");
    service.stop().await;
    let service = restarted(&stores, &[]).await;
    testkit::eventually("it is sealed again", PATIENCE, async || {
        (!dump(&service).await.contains("hunter3")).then_some(())
    })
    .await;
    assert_eq!(definitions(&service).await, now);
    service.stop().await;

    // Another key, and then without the old one.
    let new = "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let both = format!("{new},{ENCRYPTION_KEYS}");
    let service = restarted(&stores, &[("ENCRYPTION_KEYS", &both)]).await;
    testkit::eventually("all is sealed with the new key", PATIENCE, async || {
        let sql =
            "SELECT count(*) FROM monitors WHERE convert_from(substr(sealed_spec, 2, 2), 'UTF8') <> 'k2'";
        let row = service.db().await.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0) == 0).then_some(())
    })
    .await;
    service.stop().await;
    let service = restarted(&stores, &[("ENCRYPTION_KEYS", new)]).await;
    assert_eq!(definitions(&service).await, now);
    service.stop().await;

    let service = restarted(&stores, &[("ENCRYPTION_KEYS", new), ("SEAL_MONITORS", "false")]).await;
    testkit::eventually("all stands in clear", PATIENCE, async || {
        (dump(&service).await == in_clear.replacen("hunter2", "hunter3", 1)).then_some(())
    })
    .await;
    assert_eq!(definitions(&service).await, now);
}

/// The part of a definition that is stored as specification.
fn spec_of(definition: &Value) -> Value {
    let definition: Definition = serde_json::from_value(definition.clone()).unwrap();
    json!(definition.spec)
}

async fn restarted(stores: &Stores, settings: &[(&str, &str)]) -> UserService {
    UserService::start_on(stores.clone(), settings).await
}
