//! A definition that holds again.

use super::{detail, numbers, versions};
use crate::common::{Stores, UserService};
use domain::record::LifecycleEvent;
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_definition_holds_again_as_after_an_edit() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let secret = json!({"name": "Shop", "http": {"auth": {"type": "bearer", "token": "hunter2"}}});
    ada.patch(&path, secret).await.expect(200);
    ada.patch(
        &path,
        json!({"url": "https://b.example/", "retries": 3, "tags": ["eu"], "http": {"auth": null}}),
    )
    .await
    .expect(200);
    let before = ada.get(&path).await.expect(200);
    let (records, notes) = (service.outbox().await.len(), service.count("audit_log").await);

    let restore = format!("{path}/versions/2/restore");
    let stale = [("if-match", "\"1\"")];
    ada.call_with(Method::POST, &restore, "", &stale)
        .await
        .expect(412);
    ada.call_with(Method::POST, &restore, "", &[("if-match", "1")])
        .await
        .expect(400);
    let etag = format!("\"{}\"", before["version"]);
    let answer = ada
        .call_with(Method::POST, &restore, "", &[("if-match", &etag)])
        .await;
    let version = before["version"].as_i64().unwrap() + 1;
    assert_eq!(answer.header("etag"), format!("\"{version}\""));
    let monitor = answer.expect(200);
    assert_eq!(monitor, ada.get(&path).await.expect(200));
    assert_eq!(
        (&monitor["url"], &monitor["retries"], &monitor["name"]),
        (&json!("https://a.example/"), &json!(1), &json!("Shop"))
    );
    // The secret is back, and what is no part of a definition stays.
    assert_eq!(monitor["http"]["auth"]["token"], "***");
    assert_eq!(monitor["tags"], json!(["eu"]));
    assert_eq!(
        monitor["revision"].as_i64().unwrap(),
        before["revision"].as_i64().unwrap() + 1
    );
    let told = service
        .internal("/definitions?shards=0,1,2,3&shard_count=4")
        .await;
    assert!(told.expect(200).to_string().contains("hunter2"));
    let after = service.outbox().await;
    assert_eq!(
        (after.len(), after.last().unwrap().event),
        (records + 1, LifecycleEvent::Edited)
    );
    let all = versions(&ada, id).await;
    assert_eq!((&all[0]["version"], &all[0]["restored"]), (&json!(4), &json!(2)));
    assert_eq!(detail(&ada, id, "4?against=2").await["differences"], json!([]));
    let audit = ada.get(&format!("/orgs/{}/audit-log", ada.org)).await.items();
    assert_eq!(service.count("audit_log").await, notes + 1);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["after"]["restored_version"]),
        (&json!("RestoreMonitorVersion"), &json!(2))
    );
    assert!(!json!(audit).to_string().contains("hunter2"));

    // Once more it changes nothing; and the next edit has brought back none.
    let again = ada.call(Method::POST, &restore, "").await.expect(200);
    assert_eq!(again["version"], monitor["version"]);
    assert_eq!(numbers(&ada, id).await, [4, 3, 2, 1]);
    assert_eq!(service.count("audit_log").await, notes + 1);
    ada.patch(&path, json!({"retries": 2})).await.expect(200);
    assert_eq!(versions(&ada, id).await[0]["restored"], Value::Null);
    ada.call(Method::POST, &format!("{path}/versions/9/restore"), "")
        .await
        .expect(404);
}

#[tokio::test]
async fn what_could_not_be_saved_now_is_not_brought_back() {
    let plans = r#"{"free": {"min_interval_seconds": 60}}"#;
    let settings = [("PLANS", plans), ("PLAN_DEFAULT", "free")];
    let service = UserService::start_on(Stores::new().await, &settings).await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    ada.patch(&path, json!({"name": "Shop", "interval_seconds": 300}))
        .await
        .expect(200);
    let db = service.db().await;
    let spec = |field: &str, value: &str| {
        format!(
            "UPDATE monitor_versions SET spec = jsonb_set(spec, '{{{field}}}', '{value}') WHERE version = 1"
        )
    };
    let restore = format!("{path}/versions/1/restore");
    for (field, value, named) in [
        ("interval_ms", "30000", "interval_seconds"),
        ("retries", "9", "retries"),
        ("retries", "\"x\"", "version"),
    ] {
        db.execute(&spec(field, value), &[]).await.unwrap();
        let refused = ada.call(Method::POST, &restore, "").await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec![named]),
            "{field}"
        );
    }
    assert_eq!(numbers(&ada, id).await, [2, 1]);
    // What cannot be read is shown as that.
    let first = detail(&ada, id, "1").await;
    assert!(first["definition_error"].is_string(), "{first}");
    assert_eq!(first["definition"]["name"], "a.example");
    db.execute(&spec("retries", "1"), &[]).await.unwrap();
    db.execute(&spec("interval_ms", "60000"), &[]).await.unwrap();
    let back = ada.call(Method::POST, &restore, "").await.expect(200);
    assert_eq!(back["interval_seconds"], 60);
}

#[tokio::test]
async fn a_pause_comes_back_with_the_definition() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    ada.post(&format!("{path}/pause"), Value::Null).await.expect(200);
    for (version, paused, event) in [
        (1, false, LifecycleEvent::Resumed),
        (2, true, LifecycleEvent::Paused),
    ] {
        let restore = format!("{path}/versions/{version}/restore");
        let monitor = ada.call(Method::POST, &restore, "").await.expect(200);
        assert_eq!(monitor["paused"], paused);
        assert_eq!(service.outbox().await.last().unwrap().event, event);
    }
}
