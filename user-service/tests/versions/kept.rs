//! What is kept, and how much.

use super::{detail, numbers, versions};
use crate::common::UserService;
use serde_json::{Value, json};

#[tokio::test]
async fn two_changes_at_the_same_time_make_two_versions() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let changes = (0..8).map(|n| ada.patch(&path, json!({"name": format!("Shop {n}")})));
    for answer in futures_util::future::join_all(changes).await {
        answer.expect(200);
    }
    assert_eq!(numbers(&ada, id).await, (1..=9).rev().collect::<Vec<i64>>());
    let all = versions(&ada, id).await;
    for pair in all.windows(2) {
        assert_eq!(pair[0]["from"], pair[1]["until"]);
        assert_eq!(pair[0]["changes"], json!(["name"]));
    }
}

#[tokio::test]
async fn a_monitor_from_before_has_one_version_until_it_is_changed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    // As the migration leaves it.
    db.execute("DELETE FROM monitor_versions", &[]).await.unwrap();
    let only = versions(&ada, id).await;
    assert_eq!(only.len(), 1);
    assert_eq!(
        (&only[0]["version"], &only[0]["author"], &only[0]["until"]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    let first = detail(&ada, id, "1").await;
    assert_eq!(first["definition"]["url"], "https://a.example/");
    let path = format!("/monitors/{id}");
    ada.post(&format!("{path}/versions/1/restore"), Value::Null)
        .await
        .expect(200);
    // A label changes when it was changed, and not since when the definition holds.
    ada.patch(&path, json!({"severity": "info"})).await.expect(200);
    let begun = "UPDATE monitor_versions_begun SET at = at - interval '1 day' RETURNING (extract(epoch FROM at) * 1000)::bigint";
    let begun: i64 = db.query_one(begun, &[]).await.unwrap().get(0);
    let from = |version: &Value| -> i64 {
        let from: domain::Timestamp = serde_json::from_value(version["from"].clone()).unwrap();
        from.as_millis()
    };
    assert!((from(&versions(&ada, id).await[0]) - begun).abs() <= 1);
    ada.patch(&path, json!({"name": "Shop"})).await.expect(200);
    let all = versions(&ada, id).await;
    assert_eq!((&all[0]["version"], &all[1]["version"]), (&json!(2), &json!(1)));
    assert_eq!(all[0]["author"]["name"], "Ada");
    assert_eq!((&all[1]["author"], all.len()), (&Value::Null, 2));
    assert!((from(&all[1]) - begun).abs() <= 1);
    assert_eq!(detail(&ada, id, "1").await["definition"]["name"], "a.example");
}

#[tokio::test]
async fn of_many_versions_the_latest_are_kept_and_come_page_by_page() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    db.batch_execute(&format!(
        "DO $$ BEGIN FOR n IN 1..210 LOOP
             UPDATE monitors SET name = 'n' || n WHERE id = {id};
         END LOOP; END $$"
    ))
    .await
    .unwrap();
    assert_eq!(service.count("monitor_versions").await, 200);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/monitors/{id}/versions?limit=90{cursor}");
        let page = ada.get(&path).await.expect(200);
        found.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let numbers: Vec<i64> = found
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (12..=211).rev().collect::<Vec<i64>>());
    // Also the last of a page is compared with the one before it; of the oldest that is not kept any more.
    let (oldest, others) = found.split_last().unwrap();
    assert!(others.iter().all(|version| version["changes"] == json!(["name"])));
    assert_eq!(oldest["changes"], json!([]));
    // By a statement that says of nobody.
    assert!(found.iter().all(|version| version["author"].is_null()));
    ada.get(&format!("/monitors/{id}/versions/11")).await.expect(404);
    assert_eq!(detail(&ada, id, "12").await["differences"], json!([]));
    assert_eq!(detail(&ada, id, "211").await["definition"]["name"], "n210");
}

#[tokio::test]
async fn pausing_again_and_again_leaves_what_a_monitor_was() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    for name in ["One", "Two", "Three"] {
        ada.patch(&path, json!({"name": name})).await.expect(200);
    }
    let db = service.db().await;
    db.batch_execute(&format!(
        "DO $$ BEGIN FOR n IN 1..210 LOOP
             UPDATE monitors SET revision = revision + 1, spec = jsonb_set(spec, '{{paused}}', to_jsonb(n % 2 = 1))
             WHERE id = {id};
         END LOOP; END $$"
    ))
    .await
    .unwrap();
    let sql = "SELECT array_agg(version ORDER BY version) FROM monitor_versions";
    let kept: Vec<i32> = db.query_one(sql, &[]).await.unwrap().get(0);
    let expected: Vec<i32> = (1..=4).chain(165..=214).collect();
    assert_eq!(kept, expected);
    // What comes next is compared with what is kept from before it, alone as in the list.
    let oldest = detail(&ada, id, "165").await;
    assert_eq!(oldest["definition"]["paused"], true);
    assert_eq!(oldest["changes"], json!(["paused"]));
    let found = versions(&ada, id).await;
    let listed = found.iter().find(|version| version["version"] == 165).unwrap();
    assert_eq!(listed["changes"], oldest["changes"]);
    assert_eq!(detail(&ada, id, "2").await["definition"]["name"], "One");
}

#[tokio::test]
async fn pauses_of_what_is_sealed_are_known_as_such() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let secret = |token: &str| json!({"http": {"auth": {"type": "bearer", "token": token}}});
    let mut new = secret("hunter1");
    new["url"] = json!("https://a.example/");
    let id = ada.post("/monitors", new).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let path = format!("/monitors/{id}");
    ada.post(&format!("{path}/pause"), Value::Null).await.expect(200);
    let bulk = json!({"monitors": [id], "action": "resume"});
    ada.post("/monitors/bulk", bulk).await.expect(200);
    let mut both = secret("hunter2");
    both["paused"] = json!(true);
    ada.patch(&path, both).await.expect(200);
    ada.patch(&path, secret("hunter3")).await.expect(200);
    let sql = "SELECT array_agg(is_switch ORDER BY version) FROM monitor_versions";
    let switches: Vec<bool> = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(switches, [false, true, true, false, false]);
}

#[tokio::test]
async fn large_definitions_are_fewer() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let db = service.db().await;
    db.batch_execute(&format!(
        "DO $$ BEGIN FOR n IN 1..60 LOOP
             UPDATE monitors SET revision = revision + 1, spec = spec || jsonb_build_object('pad', (
                 SELECT string_agg(md5(random()::text || i), '') FROM generate_series(1, 1900) i)) WHERE id = {id};
         END LOOP; END $$"
    ))
    .await
    .unwrap();
    let sql = "SELECT count(*), sum(bytes), max(version) FROM monitor_versions";
    let row = db.query_one(sql, &[]).await.unwrap();
    let (kept, bytes, latest): (i64, i64, i32) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(latest, 61);
    assert!((20..61).contains(&kept), "{kept}");
    assert!(bytes <= 2 * 1024 * 1024, "{bytes}");
}
