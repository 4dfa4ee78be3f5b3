//! What monitors had to hide stays hidden, and readable with another key.

use super::{detail, numbers};
use crate::common::{ENCRYPTION_KEYS, PATIENCE, Person, Stores, UserService};
use http::Method;
use serde_json::{Value, json};

/// All that the table says, as a dump has it.
async fn dump(service: &UserService) -> String {
    let sql = "SELECT coalesce(string_agg(v::text, E'\\n'), '') FROM monitor_versions v";
    service.db().await.query_one(sql, &[]).await.unwrap().get(0)
}

fn bearer(token: &str) -> Value {
    json!({"url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": token}}})
}

/// A monitor with three versions, of which the second one holds no secret.
async fn changed(owner: &Person<'_>) -> i64 {
    let added = owner.post("/monitors", bearer("hunter1")).await.expect(201);
    let id = added["id"].as_i64().unwrap();
    let path = format!("/monitors/{id}");
    let open = json!({"http": {"auth": null}});
    owner.patch(&path, open).await.expect(200);
    owner.patch(&path, bearer("hunter3")).await.expect(200);
    id
}

async fn restarted(stores: &Stores, settings: &[(&str, &str)]) -> UserService {
    UserService::start_on(stores.clone(), settings).await
}

#[tokio::test]
async fn versions_are_sealed_with_the_key_that_seals_now() {
    // A service that ends waits for its outbox.
    let (_broker, stores) = Stores::with_kafka().await;
    let service = restarted(&stores, &[]).await;
    let owner = service.register().await;
    let id = changed(&owner).await;
    let stored = dump(&service).await;
    assert!(!stored.contains("hunter"), "{stored}");
    assert!(
        stored.contains("interval_ms"),
        "what holds no secret stands in clear"
    );
    let (email, user, org) = (owner.email.clone(), owner.user, owner.org);
    service.stop().await;

    let new = "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let both = format!("{new},{ENCRYPTION_KEYS}");
    let service = restarted(&stores, &[("ENCRYPTION_KEYS", &both)]).await;
    testkit::eventually("all is sealed with the new key", PATIENCE, async || {
        let sql = "SELECT (SELECT count(*) FROM monitors
                           WHERE convert_from(substr(sealed_spec, 2, 2), 'UTF8') <> 'k2')
                        + (SELECT count(*) FROM monitor_versions
                           WHERE convert_from(substr(sealed_spec, 2, 2), 'UTF8') <> 'k2')";
        let row = service.db().await.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0) == 0).then_some(())
    })
    .await;
    service.stop().await;

    let service = restarted(&stores, &[("ENCRYPTION_KEYS", new)]).await;
    let owner = Person {
        service: &service,
        email,
        user,
        org,
        role: "owner",
    };
    let first = detail(&owner, id, "1").await;
    assert!(first.get("definition_error").is_none(), "{first}");
    assert_eq!(numbers(&owner, id).await, [3, 2, 1]);
    let restore = format!("/monitors/{id}/versions/1/restore");
    owner.call(Method::POST, &restore, "").await.expect(200);
    let page = service
        .internal("/definitions?shards=0,1,2,3&shard_count=4")
        .await;
    assert!(page.expect(200).to_string().contains("hunter1"));
    assert!(!dump(&service).await.contains("hunter"));
}

#[tokio::test]
async fn versions_from_before_monitors_were_sealed_are_sealed_with_them() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = restarted(&stores, &[]).await;
    let owner = service.register().await;
    let db = service.db().await;
    db.execute("DELETE FROM monitor_sealing", &[]).await.unwrap();
    changed(&owner).await;
    assert!(dump(&service).await.contains("hunter1"));
    drop(db);
    service.stop().await;
    let service = restarted(&stores, &[("SEAL_MONITORS", "true")]).await;
    testkit::eventually("versions are sealed", PATIENCE, async || {
        (!dump(&service).await.contains("hunter")).then_some(())
    })
    .await;
    // What was looked at once is not looked at again.
    let sql = "monitor_versions WHERE spec IS NOT NULL AND sealed_spec IS NULL AND NOT is_clear";
    testkit::eventually("all is looked at", PATIENCE, async || {
        (service.count(sql).await == 0).then_some(())
    })
    .await;
    service.stop().await;
}
