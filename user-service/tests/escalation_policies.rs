//! Escalation policies: what is kept of them, what they name and what names them.

use http::Method;
use serde_json::{Value, json};

use crate::common::{Person, UserService};

const POLICIES: &str = "/escalation-policies";

fn path(policy: &Value) -> String {
    format!("{POLICIES}/{}", policy["id"])
}

/// A policy that notifies these.
fn policy(targets: Value) -> Value {
    json!({"name": "On call", "steps": [{"wait_minutes": 5, "targets": targets}]})
}

async fn add(person: &Person<'_>, targets: Value) -> Value {
    person.post(POLICIES, policy(targets)).await.expect(201)
}

fn me(person: &Person<'_>) -> Value {
    json!([{"kind": "person", "id": person.user}])
}

#[tokio::test]
async fn a_policy_is_made_changed_and_removed_and_alerters_get_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let body = json!({
        "name": "On call", "repeats": 2, "repeat_after_minutes": 10, "acknowledgement_minutes": 60,
        "steps": [{"wait_minutes": 0, "targets": me(&ada), "conditions": {"severities": ["critical"]}}],
    });
    let made = ada.post(POLICIES, body.clone()).await;
    assert_eq!(made.header("etag"), "\"1\"");
    let made = made.expect(201);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(made["used_by"], json!({"routes": 0, "monitors": 0}));
    let got = service
        .internal(&format!("/channels?org_id={}", ada.org))
        .await
        .expect(200);
    assert_eq!(got["policy"]["escalation_policies"][0]["steps"], made["steps"]);
    assert_eq!(ada.patch(&path(&made), body).await.expect(200), made);
    let changed = ada.patch(&path(&made), json!({"repeats": 0})).await.expect(200);
    assert_eq!((&changed["repeats"], &changed["version"]), (&json!(0), &json!(2)));
    assert_eq!(changed["steps"], made["steps"]);
    let headers = [("if-match", "\"1\"")];
    let stale = ada
        .call_with(Method::PATCH, &path(&made), r#"{"repeats": 1}"#, &headers)
        .await;
    assert_eq!(stale.status, 412);
    ada.delete(&path(&made)).await.expect(204);
    assert_eq!(ada.get(&path(&made)).await.status, 404);
    assert_eq!(
        service
            .count("audit_log WHERE resource = 'escalation_policy'")
            .await,
        3
    );
}

#[tokio::test]
async fn what_steps_name_has_to_be_there_and_may_be_gone_later() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let (channel, others) = (ada.channel().await, eve.channel().await);
    let body = json!({"name": "x", "steps": [
        {"targets": [{"kind": "person", "id": ada.user}, {"kind": "channel", "id": channel},
                     {"kind": "channel", "id": others}]},
        {"targets": [{"kind": "person", "id": eve.user}, {"kind": "schedule", "id": 77}, {"kind": "team", "id": 77}]},
    ]});
    let wrong = ada.post(POLICIES, body).await;
    let mut fields = wrong.fields();
    fields.sort_unstable();
    assert_eq!(
        (wrong.status.as_u16(), fields),
        (
            422,
            vec![
                "steps.0.targets.2",
                "steps.1.targets.0",
                "steps.1.targets.1",
                "steps.1.targets.2"
            ]
        )
    );
    assert_eq!(
        ada.post(POLICIES, policy(json!([]))).await.fields(),
        ["steps.0.targets"]
    );
    assert_eq!(service.count("escalation_policies").await, 0);

    let target = json!({"kind": "channel", "id": channel});
    let made = add(&ada, json!([target])).await;
    ada.delete(&format!("/channels/{channel}")).await.expect(204);
    let steps =
        json!({"steps": [{"wait_minutes": 9, "targets": [{"kind": "person", "id": ada.user}, target]}]});
    ada.patch(&path(&made), steps).await.expect(200);
    assert_eq!(
        ada.post(POLICIES, policy(json!([target]))).await.fields(),
        ["steps.0.targets.0"]
    );
}

#[tokio::test]
async fn what_is_used_cannot_be_deleted() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = add(&ada, me(&ada)).await;
    let recipients = json!({"to": "policy", "policy_id": made["id"]});
    let mut routes = Vec::new();
    for name in ["a", "b", "c"] {
        let route = json!({"name": name, "recipients": recipients});
        routes.push(ada.post("/alert-routes", route).await.expect(201)["id"].clone());
    }
    let monitor = ada.monitor("https://a.example/").await;
    let own = json!({"name": "Shop", "recipients": recipients});
    ada.patch(&format!("/monitors/{monitor}"), own).await.expect(200);
    let used = ada.get(&path(&made)).await.expect(200);
    assert_eq!(used["used_by"], json!({"routes": 3, "monitors": 1}));
    let refused = ada.delete(&path(&made)).await.expect(409);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains(r#"the route "a", the route "b", the route "c" and 1 more"#),
        "{detail}"
    );
    for route in routes {
        ada.delete(&format!("/alert-routes/{route}")).await.expect(204);
    }
    let refused = ada.delete(&path(&made)).await.expect(409);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains(r#"the monitor "Shop""#)
    );
    ada.patch(&format!("/monitors/{monitor}"), json!({"recipients": null}))
        .await
        .expect(200);
    ada.delete(&path(&made)).await.expect(204);
}

/// Whichever comes first: no route names a policy that is gone.
#[tokio::test]
async fn a_policy_is_not_deleted_while_a_route_begins_to_name_it() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for _ in 0..10 {
        let made = add(&ada, me(&ada)).await;
        let route = json!({"name": "x", "recipients": {"to": "policy", "policy_id": made["id"]}});
        let path = path(&made);
        let (created, deleted) = tokio::join!(ada.post("/alert-routes", route), ada.delete(&path));
        let came = (created.status.as_u16(), deleted.status.as_u16());
        assert!([(201, 409), (422, 204)].contains(&came), "{came:?}");
    }
}

#[tokio::test]
async fn an_organisation_has_two_hundred_at_most() {
    let service = UserService::start().await;
    let ada = service.register().await;
    add(&ada, me(&ada)).await;
    let sql = "INSERT INTO escalation_policies (org_id, name, plan)
               SELECT org_id, name, plan FROM escalation_policies, generate_series(1, 199)";
    service.db().await.execute(sql, &[]).await.unwrap();
    let refused = ada.post(POLICIES, policy(me(&ada))).await.expect(409);
    assert_eq!(
        (&refused["key"], &refused["limit"]),
        (&json!("escalation_policies"), &json!(200))
    );
    assert_eq!(ada.get(&format!("{POLICIES}?limit=200")).await.items().len(), 200);
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_shown() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = add(&ada, me(&ada)).await;
    let sql = "UPDATE escalation_policies SET plan = '{\"steps\": \"pigeons\"}'";
    service.db().await.execute(sql, &[]).await.unwrap();
    let got = service
        .internal(&format!("/channels?org_id={}", ada.org))
        .await
        .expect(200);
    assert_eq!(got["policy"], Value::Null);
    let shown = ada.get(&path(&made)).await.expect(200);
    assert_eq!(shown["steps"], json!([]));
    assert!(shown["error"].as_str().is_some());
    assert_eq!(
        ada.patch(&path(&made), json!({"name": "x"})).await.fields(),
        [
            "steps",
            "repeats",
            "repeat_after_minutes",
            "acknowledgement_minutes"
        ]
    );
    let whole = json!({"steps": [{"targets": me(&ada)}], "repeats": 0, "repeat_after_minutes": 30,
                       "acknowledgement_minutes": 0});
    ada.patch(&path(&made), whole).await.expect(200);
}

#[tokio::test]
async fn admins_change_what_viewers_read() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let made = add(&ada.as_role("admin"), me(&ada)).await;
    let (editor, viewer) = (ada.as_role("editor"), ada.as_role("viewer"));
    assert_eq!(viewer.get(POLICIES).await.items(), std::slice::from_ref(&made));
    assert_eq!(editor.post(POLICIES, policy(me(&ada))).await.status, 403);
    assert_eq!(editor.patch(&path(&made), json!({"name": "x"})).await.status, 403);
    assert_eq!(editor.delete(&path(&made)).await.status, 403);
    let eve = service.register().await;
    assert_eq!(eve.get(&path(&made)).await.status, 404);
}
