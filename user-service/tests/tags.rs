//! Tags, and monitors by them.

use crate::common::{Person, UserService};
use http::Method;
use serde_json::{Value, json};

async fn tagged(person: &Person<'_>, name: &str, tags: Value) -> Value {
    let monitor = json!({"name": name, "url": "https://a.example/", "tags": tags});
    person.post("/monitors", monitor).await.expect(201)
}

fn path(monitor: &Value) -> String {
    format!("/monitors/{}", monitor["id"])
}

async fn names(person: &Person<'_>, query: &str) -> Vec<String> {
    let found = person.get(&format!("/monitors{query}")).await.items();
    found
        .iter()
        .map(|monitor| monitor["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn tags(person: &Person<'_>) -> Vec<(String, i64)> {
    let tags = person.get("/tags").await.items();
    let read = |tag: &Value| {
        (
            tag["name"].as_str().unwrap().to_owned(),
            tag["monitors"].as_i64().unwrap(),
        )
    };
    tags.iter().map(read).collect()
}

#[tokio::test]
async fn monitors_are_tagged_and_found_by_their_tags() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let shop = tagged(&ada, "Shop", json!(["team=payments", " EU "])).await;
    assert_eq!(shop["tags"], json!(["EU", "team=payments"]));
    let blog = tagged(&ada, "Blog", json!(["eu"])).await;
    assert_eq!(blog["tags"], json!(["EU"]), "it is the same tag");
    tagged(&ada, "Mail", Value::Null).await;
    tagged(&eve, "Theirs", json!(["eu"])).await;
    assert_eq!(names(&ada, "?tag=eU").await, ["Shop", "Blog"]);
    assert_eq!(names(&ada, "?tag=team%3Dpayments&q=shop").await, ["Shop"]);
    assert_eq!(names(&ada, "?tag=asia").await, [] as [&str; 0]);
    assert_eq!(
        tags(&ada).await,
        [("EU".to_owned(), 2), ("team=payments".to_owned(), 1)]
    );

    // Left out they stay; null and an empty list take them away.
    let renamed = ada
        .patch(&path(&shop), json!({"name": "Store"}))
        .await
        .expect(200);
    assert_eq!(renamed["tags"], shop["tags"]);
    let revision = renamed["revision"].clone();
    let other = ada
        .patch(&path(&shop), json!({"tags": ["asia"]}))
        .await
        .expect(200);
    assert_eq!(
        (&other["tags"], &other["revision"]),
        (&json!(["asia"]), &revision)
    );
    assert_eq!(
        other["version"].as_i64(),
        renamed["version"].as_i64().map(|version| version + 1)
    );
    let same = ada
        .patch(&path(&shop), json!({"tags": ["ASIA"]}))
        .await
        .expect(200);
    assert_eq!(same["version"], other["version"]);
    for none in [json!(null), json!([])] {
        ada.patch(&path(&shop), json!({"tags": ["asia"]}))
            .await
            .expect(200);
        let without = ada.patch(&path(&shop), json!({"tags": none})).await.expect(200);
        assert_eq!(without["tags"], json!([]));
    }
    assert_eq!(service.outbox().await.len(), 4, "pingers are not told of tags");
    assert_eq!(ada.delete(&path(&blog)).await.status, 204);
    assert_eq!(tags(&ada).await[1], ("EU".to_owned(), 0));
}

#[tokio::test]
async fn incidents_have_the_tags_of_their_monitors() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let shop = tagged(&ada, "Shop", json!(["web", "EU"])).await;
    let blog = tagged(&ada, "Blog", Value::Null).await;
    let outage = ada.outage(shop["id"].as_i64().unwrap(), false).await;
    ada.outage(blog["id"].as_i64().unwrap(), true).await;
    let list = ada.get("/incidents").await.items();
    let with_tags = list.iter().map(|incident| incident["tags"].clone());
    let mut with_tags: Vec<Value> = with_tags.collect();
    with_tags.sort_by_key(|tags| tags.as_array().unwrap().len());
    assert_eq!(with_tags, [json!([]), json!(["EU", "web"])]);
    for (query, count) in [("?tag=eu", 1), ("?tag=eu&open=false", 0), ("?tag=asia", 0)] {
        assert_eq!(
            ada.get(&format!("/incidents{query}")).await.items().len(),
            count,
            "{query}"
        );
    }
    assert_eq!(ada.get("/incidents?tag=%00").await.status, 400);
    // Also when they get others, and when the monitor is gone.
    ada.patch(&path(&shop), json!({"tags": ["asia"]}))
        .await
        .expect(200);
    let one = format!("/incidents/{outage}");
    assert_eq!(ada.get(&one).await.expect(200)["tags"], json!(["asia"]));
    ada.delete(&path(&shop)).await.expect(204);
    assert_eq!(ada.get(&one).await.expect(200)["tags"], json!(["asia"]));
}

#[tokio::test]
async fn what_is_wrong_with_tags_is_named() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let monitor = |tags: Value| json!({"url": "https://a.example/", "tags": tags});
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    for wrong in [json!([""]), json!(["a,b"]), json!(["x".repeat(61)]), json!(many)] {
        assert_eq!(
            ada.post("/monitors", monitor(wrong.clone())).await.fields(),
            ["tags"],
            "{wrong}"
        );
    }
    let both = ada.post("/monitors", json!({"url": "ftp:x", "tags": [""]})).await;
    assert!(both.fields().contains(&"tags") && both.fields().contains(&"url"));
    let made = tagged(&ada, "Shop", json!([])).await;
    assert_eq!(
        ada.patch(&path(&made), json!({"tags": "eu"})).await.fields(),
        ["tags"]
    );
    assert_eq!(ada.get("/monitors?tag=%00").await.status, 400);
    let db = service.db().await;
    let sql =
        "INSERT INTO tags (org_id, name, colour) SELECT $1, 't' || n, 'blue' FROM generate_series(1, 199) n";
    db.execute(sql, &[&ada.org]).await.unwrap();
    assert_eq!(
        ada.post("/monitors", monitor(json!(["a", "b"]))).await.status,
        409
    );
    assert_eq!(names(&ada, "").await, ["Shop"], "nothing of it was made");
    assert_eq!(
        ada.post("/monitors", monitor(json!(["a", "t1"]))).await.status,
        201
    );
    assert_eq!(ada.post("/tags", json!({"name": "b"})).await.status, 409);
}

#[tokio::test]
async fn a_tag_is_renamed_coloured_and_deleted_wherever_it_is_used() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let shop = tagged(&ada, "Shop", json!(["eu"])).await;
    let tag = ada.get("/tags").await.items().remove(0);
    assert_eq!(tag["colour"], "grey");
    let tag_path = format!("/tags/{}", tag["id"]);
    assert_eq!(eve.patch(&tag_path, json!({"name": "x"})).await.status, 404);
    assert_eq!(eve.delete(&tag_path).await.status, 404);
    assert_eq!(ada.as_role("responder").delete(&tag_path).await.status, 403);
    let changed = ada
        .patch(&tag_path, json!({"name": "Europe", "colour": "blue"}))
        .await
        .expect(200);
    assert_eq!(
        (&changed["colour"], &changed["version"]),
        (&json!("blue"), &json!(2))
    );
    assert_eq!(ada.get(&path(&shop)).await.expect(200)["tags"], json!(["Europe"]));
    let stale = ada
        .call_with(
            Method::PATCH,
            &tag_path,
            r#"{"name": "x"}"#,
            &[("if-match", "\"1\"")],
        )
        .await;
    assert_eq!(stale.status, 412);
    ada.post("/tags", json!({"name": "asia", "colour": "red"}))
        .await
        .expect(201);
    assert_eq!(
        ada.post("/tags", json!({"name": "EUROPE"})).await.fields(),
        ["name"]
    );
    assert_eq!(
        ada.patch(&tag_path, json!({"name": "Asia"})).await.fields(),
        ["name"]
    );
    assert_eq!(ada.patch(&tag_path, json!({"colour": "mauve"})).await.status, 422);
    let first = ada.get("/tags?limit=1").await.expect(200);
    assert_eq!(first["items"][0]["name"], "asia");
    let rest = format!("/tags?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(ada.get(&rest).await.items()[0]["name"], "Europe");
    assert_eq!(ada.delete(&tag_path).await.status, 204);
    assert_eq!(ada.get(&path(&shop)).await.expect(200)["tags"], json!([]));
}
