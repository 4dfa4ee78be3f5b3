//! What a person has done in organisations of others: it stays, and by whom is a pseudonym.

use http::Method;
use serde_json::{Value, json};
use testkit::eventually;

use super::{delete_account, member};
use crate::common::{PATIENCE, Stores, UserService};

#[tokio::test]
async fn what_a_person_did_elsewhere_becomes_a_pseudonyms() {
    let (_broker, stores) = Stores::with_kafka().await;
    let service = UserService::start_on(stores, &[("DELETION_DELAY_DAYS", "0")]).await;
    let eve = service.register().await;
    let ada = member(&eve, "admin").await;
    let monitor = eve.monitor("https://a.example/").await;
    let incident = eve.outage(monitor, false).await;
    let note = json!({"text": "The disk."});
    ada.post(&format!("/incidents/{incident}/notes"), note.clone())
        .await
        .expect(200);
    eve.post(&format!("/incidents/{incident}/notes"), note)
        .await
        .expect(200);
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    ada.post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let page = eve
        .post("/status-pages", json!({"title": "Acme"}))
        .await
        .expect(201);
    let update = json!({"status": "identified", "message": "The disk.", "notify": false});
    let report = json!({"title": "Down", "update": update.clone()});
    let path = format!("/status-pages/{}/reports", page["id"]);
    let report = ada.post(&path, report).await.expect(201);
    let report = format!("/status-reports/{}", report["id"]);
    eve.post(&format!("{report}/updates"), update).await.expect(201);
    // As the release before has written it.
    let db = service.db().await;
    db.batch_execute("UPDATE incident_notes SET user_id = NULL")
        .await
        .unwrap();
    // Both have the same name until now.
    let rename = "UPDATE users SET name = 'Eve' WHERE id = $1";
    db.execute(rename, &[&eve.user]).await.unwrap();
    let path = format!("/orgs/{}/members/{}", eve.org, ada.user);
    eve.patch(&path, json!({"role": "editor"})).await.expect(200);
    let (tag, key) = (json!({"name": "eu"}).to_string(), [("idempotency-key", "k")]);
    let tag = ada.call_with(Method::POST, "/tags", &tag, &key).await;
    tag.expect(201);
    let keys = format!("idempotency_keys WHERE actor = 'user:{}'", ada.user);
    assert_eq!(service.count(&keys).await, 1);
    let refused = db.execute("UPDATE audit_log SET actor_name = 'x'", &[]).await;
    refused.unwrap_err();
    delete_account(&ada).await;
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    assert_eq!(service.count(&keys).await, 0, "the answers to the account");
    let pseudonym = format!("deleted user #{}", ada.user);
    let incident = eve.get(&format!("/incidents/{incident}")).await.expect(200);
    let by: Vec<&str> = incident["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["by"].as_str().unwrap())
        .collect();
    assert_eq!(by, [&pseudonym, "Ada"]);
    assert_eq!(incident["acknowledged"]["by"], pseudonym);
    // On status pages nobody is named who is gone.
    let report = eve.get(&report).await.expect(200);
    let authors = [0, 1].map(|n| report["updates"][n]["author"].clone());
    assert_eq!(authors, [json!("Ada"), Value::Null]);
    let events = eve.get(&format!("/orgs/{}/audit-log", eve.org)).await.items();
    for event in &events {
        // Eve is called the same.
        let text = json!([event["before"], event["after"]]).to_string();
        let is_by_ada = event["actor"]["kind"] == "user" && event["actor"]["id"] == ada.user;
        if is_by_ada {
            assert_eq!(
                (&event["actor"]["name"], &event["address"]),
                (&json!(pseudonym), &Value::Null)
            );
        }
        if is_by_ada || event["resource"] == "member" {
            assert!(
                !text.contains("\"name\":\"Ada\"") && !text.contains("created_by\":\"Ada\""),
                "{text}"
            );
        }
    }
    let gone = &events[0];
    assert_eq!(
        (&gone["action"], &gone["actor"]["kind"]),
        (&json!("DeleteAccount"), &json!("system"))
    );
    let refused = db.execute("DELETE FROM audit_log", &[]).await;
    refused.unwrap_err();
    assert_eq!(service.count("organisation_deletions").await, 0);
}

#[tokio::test]
async fn what_others_noted_of_a_person_names_nobody_any_more() {
    let service = UserService::start_on(Stores::new().await, &[("DELETION_DELAY_DAYS", "0")]).await;
    let eve = service.register().await;
    let db = service.db().await;
    let rename = "UPDATE users SET name = $2 WHERE id = $1";
    db.execute(rename, &[&eve.user, &"Eve"]).await.unwrap();
    let ada = member(&eve, "admin").await;
    let monitor = eve.monitor("https://a.example/").await;
    let incident = eve.outage(monitor, false).await;
    ada.post(&format!("/incidents/{incident}/acknowledge"), json!({}))
        .await
        .expect(200);
    let mut keys = Vec::new();
    for person in [&ada, &eve] {
        let key = person.post("/api-keys", json!({"name": "CI", "role": "viewer"}));
        keys.push(key.await.expect(201)["api_key"]["id"].clone());
    }
    // Eve removes what Ada has made, and Ada what Eve has made.
    eve.delete(&format!("/api-keys/{}", keys[0])).await.expect(204);
    ada.delete(&format!("/api-keys/{}", keys[1])).await.expect(204);
    let invitations = format!("/orgs/{}/invitations", eve.org);
    let invitation = json!({"email": format!("x-{}", ada.email), "role": "viewer"});
    let invitation = ada.post(&invitations, invitation).await.expect(201);
    let path = format!("{invitations}/{}", invitation["id"].as_str().unwrap());
    eve.post(&format!("{path}/resend"), json!({})).await.expect(200);
    eve.delete(&path).await.expect(204);
    // As the release before has written it, under the name of then.
    let older = "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, after)
                 VALUES ($1, 'user', $2, 'Lovelace', 'CreateApiKey', 'api_key', '99', '{\"created_by\": \"Lovelace\"}'),
                        ($1, 'user', $3, 'Eve', 'InviteMember', 'invitation', 'x', $4)";
    let invited = json!({"email": ada.email, "invited_by": "Eve", "role": "viewer"});
    db.execute(older, &[&eve.org, &ada.user, &eve.user, &invited])
        .await
        .unwrap();
    let removed = "INSERT INTO audit_log (org_id, actor_kind, actor_id, actor_name, action, resource, resource_id, before)
                   VALUES ($1, 'user', $2, 'Eve', 'RevokeApiKey', 'api_key', '99', '{\"created_by\": \"Lovelace\"}')";
    db.execute(removed, &[&eve.org, &eve.user]).await.unwrap();
    delete_account(&ada).await;
    eventually("the account is gone", PATIENCE, async || {
        (service.count("users").await == 1).then_some(())
    })
    .await;
    let pseudonym = json!(format!("deleted user #{}", ada.user));
    let events = eve.get(&format!("/orgs/{}/audit-log", eve.org)).await.items();
    for event in &events {
        let text = event.to_string();
        for gone in ["\"Ada\"", "Lovelace", &ada.email] {
            assert!(!text.contains(gone), "{text}");
        }
    }
    let of = |action: &str, by: &Value| -> Value {
        let mut found = events.iter().filter(|event| event["action"] == action);
        let found = found.find(|event| event["actor"]["name"] == *by);
        found.unwrap_or_else(|| panic!("no {action} by {by}")).clone()
    };
    assert_eq!(
        of("AcknowledgeIncident", &pseudonym)["after"]["acknowledged_by"],
        pseudonym
    );
    assert_eq!(
        of("RevokeApiKey", &json!("Eve"))["before"]["created_by"],
        pseudonym
    );
    assert_eq!(of("RevokeApiKey", &pseudonym)["before"]["created_by"], "Eve");
    assert_eq!(
        of("ResendInvitation", &json!("Eve"))["after"]["invited_by"],
        "Eve"
    );
    assert_eq!(
        of("ResendInvitation", &json!("Eve"))["before"]["invited_by"],
        pseudonym
    );
    let refused =
        "UPDATE audit_log SET after = after || '{\"created_by\": \"x\"}' WHERE after ? 'created_by'";
    db.execute(refused, &[]).await.unwrap_err();
}
