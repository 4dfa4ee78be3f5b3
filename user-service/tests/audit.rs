//! The audit log: each change with its author, for ever as it was.

use crate::common::{Person, UserService};
use http::Method;
use serde_json::{Value, json};

async fn log(person: &Person<'_>, query: &str) -> Vec<Value> {
    let path = format!("/orgs/{}/audit-log{query}", person.org);
    person.get(&path).await.items()
}

#[tokio::test]
async fn a_change_is_noted_with_who_made_it_and_from_where() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let headers = [("x-client-ip", "192.0.2.7"), ("x-request-id", "abc-1")];
    let path = format!("/orgs/{}", ada.org);
    let renamed = ada
        .call_with(Method::PATCH, &path, r#"{"name": "Acme"}"#, &headers)
        .await;
    renamed.expect(200);
    // What changes nothing is not noted.
    ada.patch(&path, json!({"name": "Acme"})).await.expect(200);
    ada.post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    let events = log(&ada, "").await;
    assert_eq!(events.len(), 2, "{events:?}");
    let [key, rename] = [&events[0], &events[1]];
    assert_eq!(
        (key["action"].as_str(), key["resource"].as_str()),
        (Some("CreateApiKey"), Some("api_key"))
    );
    assert!(key["before"].is_null() && key["after"]["name"] == "CI");
    assert_eq!(rename["action"], "EditOrganisation");
    assert_eq!(rename["resource_id"], ada.org.to_string());
    assert_eq!(
        rename["actor"],
        json!({"kind": "user", "id": ada.user, "name": "Ada"})
    );
    assert_eq!(
        (rename["address"].as_str(), rename["request_id"].as_str()),
        (Some("192.0.2.7"), Some("abc-1"))
    );
    assert_eq!(
        (
            rename["before"]["name"].as_str(),
            rename["after"]["name"].as_str()
        ),
        (Some("Ada's organisation"), Some("Acme"))
    );
}

#[tokio::test]
async fn changes_are_found_and_paged() {
    let service = UserService::start().await;
    let (ada, eve) = (service.register().await, service.register().await);
    let path = format!("/orgs/{}", ada.org);
    for name in ["A", "B", "C"] {
        ada.patch(&path, json!({"name": name})).await.expect(200);
    }
    let key = ada
        .post("/api-keys", json!({"name": "CI", "role": "viewer"}))
        .await
        .expect(201);
    for (query, count) in [
        ("", 4),
        ("?action=EditOrganisation", 3),
        ("?resource=api_key", 1),
        (
            &*format!("?resource=api_key&resource_id={}", key["api_key"]["id"]),
            1,
        ),
        ("?resource=api_key&resource_id=0", 0),
        (&*format!("?user_id={}", ada.user), 4),
        (&*format!("?user_id={}", eve.user), 0),
        ("?key_id=1", 0),
        ("?from=2020-01-01T00:00:00Z", 4),
        ("?to=2020-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(log(&ada, query).await.len(), count, "{query}");
    }
    let first = ada.get(&format!("{path}/audit-log?limit=3")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = log(&ada, &format!("?limit=3&cursor={cursor}")).await;
    assert_eq!((rest.len(), rest[0]["after"]["name"].as_str()), (1, Some("A")));
    assert_eq!(log(&eve, "").await.len(), 0, "another organisation's");
    assert_eq!(
        ada.as_role("editor")
            .get(&format!("{path}/audit-log"))
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn what_was_noted_is_neither_changed_nor_removed_before_its_time() {
    let service = UserService::start().await;
    let ada = service.register().await;
    ada.patch(&format!("/orgs/{}", ada.org), json!({"name": "A"}))
        .await
        .expect(200);
    let db = service.db().await;
    for sql in ["UPDATE audit_log SET actor_name = 'Eve'", "DELETE FROM audit_log"] {
        let refused = db.execute(sql, &[]).await.unwrap_err();
        assert!(format!("{refused:?}").contains("audit log"), "{refused:?}");
    }
    assert_eq!(log(&ada, "").await.len(), 1);
    // It goes with its organisation.
    db.execute("DELETE FROM organisations WHERE id = $1", &[&ada.org])
        .await
        .unwrap();
    assert_eq!(service.count("audit_log").await, 0);
}
