//! Templates of reports: what is kept of them, and how many there may be.

use http::Method;
use serde_json::{Value, json};

use crate::common::UserService;

const TEMPLATES: &str = "/report-templates";

fn path(template: &Value) -> String {
    format!("{TEMPLATES}/{}", template["id"])
}

fn template() -> Value {
    json!({"name": "Slow", "title": "The shop is slow", "message": "We are **looking** into it.",
           "status": "investigating", "impact": "degraded_performance", "notify": true})
}

#[tokio::test]
async fn a_template_is_made_changed_and_removed() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = ada.post(TEMPLATES, template()).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    for (field, value) in template().as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(ada.get(&path(&made)).await.expect(200), made);
    let same = ada.patch(&path(&made), template()).await.expect(200);
    assert_eq!(same, made, "what changes nothing is no change");

    let over = json!({"status": "resolved"});
    assert_eq!(ada.patch(&path(&made), over).await.fields(), ["impact"]);
    let over = json!({"status": "resolved", "impact": null, "title": null, "notify": false});
    let changed = ada.patch(&path(&made), over).await.expect(200);
    assert_eq!(changed["version"], 2);
    assert_eq!(
        (&changed["title"], &changed["impact"], &changed["message"]),
        (&Value::Null, &Value::Null, &made["message"])
    );
    let headers = [("if-match", "\"1\"")];
    let stale = ada.call_with(Method::DELETE, &path(&made), "", &headers).await;
    assert_eq!(stale.status, 412);

    let sql = "SELECT count(*) FROM audit_log WHERE resource = 'report_template'";
    let noted = async || -> i64 { service.db().await.query_one(sql, &[]).await.unwrap().get(0) };
    assert_eq!(noted().await, 2);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(noted().await, 3);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
}

#[tokio::test]
async fn editors_write_templates_that_viewers_read() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (editor, viewer) = (ada.as_role("editor"), ada.as_role("viewer"));
    let made = editor.post(TEMPLATES, template()).await.expect(201);
    assert_eq!(viewer.get(TEMPLATES).await.items(), std::slice::from_ref(&made));
    assert_eq!(viewer.get(&path(&made)).await.expect(200), made);
    assert_eq!(viewer.post(TEMPLATES, template()).await.status, 403);
    assert_eq!(viewer.patch(&path(&made), json!({"name": "x"})).await.status, 403);
    assert_eq!(viewer.delete(&path(&made)).await.status, 403);
}

#[tokio::test]
async fn an_organisation_has_fifty_at_most_and_lists_them_in_pages() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let wrong = ada.post(TEMPLATES, json!({"name": "", "title": ""})).await;
    assert_eq!(wrong.fields(), ["name", "title", "message", "status", "notify"]);
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(ada.post(TEMPLATES, template()).await.expect(201)["id"].clone());
    }
    let refused = ada.post(TEMPLATES, template()).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["used"], &refused["limit"]),
        (&json!("report_templates"), &json!(50), &json!(50))
    );
    let first = ada.get(&format!("{TEMPLATES}?limit=30")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = ada.get(&format!("{TEMPLATES}?cursor={cursor}")).await.items();
    let listed = first["items"].as_array().unwrap().iter().chain(&rest);
    let listed: Vec<_> = listed.map(|one| one["id"].clone()).collect();
    assert_eq!(listed, ids);
    ada.delete(&format!("{TEMPLATES}/{}", ids[7])).await.expect(204);
    ada.post(TEMPLATES, template()).await.expect(201);
}
