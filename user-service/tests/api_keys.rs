//! API keys: who creates them, what they open, and when they end.

use crate::common::{Answer, Person, UserService};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::api_key::{ApiKeyGrant, ApiKeyLookup};
use domain::revocation::Revocations;
use http::Method;
use serde_json::{Value, json};
use shared::api_key::ApiKey;

async fn create(person: &Person<'_>, role: &str) -> (ApiKey, i64) {
    let created = person
        .post("/api-keys", json!({"name": "CI", "role": role}))
        .await
        .expect(201);
    let key = ApiKey::parse(created["key"].as_str().unwrap()).unwrap();
    (key, created["api_key"]["id"].as_i64().unwrap())
}

async fn look_up(service: &UserService, key: &ApiKey) -> Answer {
    let lookup = ApiKeyLookup {
        hash: URL_SAFE_NO_PAD.encode(key.hash()),
    };
    let lookup = serde_json::to_value(lookup).unwrap();
    service
        .anonymous(Method::POST, "/internal/api-keys", &lookup)
        .await
}

async fn grant(service: &UserService, key: &ApiKey) -> Option<ApiKeyGrant> {
    serde_json::from_value(look_up(service, key).await.expect(200)).unwrap()
}

/// Calls as the gateway does for a key of this role.
async fn call(person: &Person<'_>, key: i64, method: Method, path: &str, body: &Value) -> Answer {
    let key = key.to_string();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    person
        .call_with(method, path, &body, &[("x-api-key-id", &key)])
        .await
}

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_hash_is_stored() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let body = json!({
        "name": " Deploy ", "role": "editor", "networks": ["192.0.2.9/24", "2001:db8::1"],
        "expires_at": "2035-01-01T00:00:00Z"
    });
    let created = ada.post("/api-keys", body).await;
    assert_eq!(created.header("cache-control"), "no-store");
    let created = created.expect(201);
    let text = created["key"].as_str().unwrap();
    let key = ApiKey::parse(text).unwrap();
    let shown = &created["api_key"];
    assert_eq!(shown["prefix"], text[..10]);
    assert_eq!(shown["networks"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
    assert_eq!(
        (shown["name"].as_str(), shown["created_by"].as_str()),
        (Some("Deploy"), Some("Ada"))
    );
    assert!(shown["last_used_at"].is_null());

    let listed = ada.get("/api-keys").await.items();
    assert_eq!(listed, std::slice::from_ref(shown));
    let sql = "SELECT concat((SELECT json_agg(k) FROM api_keys k), (SELECT json_agg(a) FROM audit_log a))";
    let stored: String = service.db().await.query_one(sql, &[]).await.unwrap().get(0);
    assert!(
        stored.contains(&text[..10]) && !stored.contains(&text[10..]),
        "{stored}"
    );

    let granted = grant(&service, &key).await.unwrap();
    assert_eq!((granted.org_id.0, granted.creator), (ada.org, ada.user));
    assert_eq!(
        (granted.role.as_str(), granted.creator_role.as_str()),
        ("editor", "owner")
    );
    assert_eq!(granted.networks.len(), 2);
    assert!(ada.get("/api-keys").await.items()[0]["last_used_at"].is_string());
    assert!(grant(&service, &ApiKey::random()).await.is_none());
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_named() {
    let service = UserService::start().await;
    let ada = service.register().await;
    for (body, fields) in [
        (json!({"name": "", "role": "owner"}), vec!["name", "role"]),
        (
            json!({"name": "x", "role": "viewer", "networks": ["everywhere"]}),
            vec!["networks"],
        ),
        (
            json!({"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}),
            vec!["expires_at"],
        ),
    ] {
        assert_eq!(
            ada.post("/api-keys", body.clone()).await.fields(),
            fields,
            "{body}"
        );
    }
    let editor = ada.as_role("editor");
    assert_eq!(
        editor
            .post("/api-keys", json!({"name": "x", "role": "viewer"}))
            .await
            .status,
        403
    );
    // What the credential says is not enough.
    let sql = "UPDATE memberships SET role = 'editor' WHERE user_id = $1";
    service.db().await.execute(sql, &[&ada.user]).await.unwrap();
    assert_eq!(
        ada.post("/api-keys", json!({"name": "x", "role": "viewer"}))
            .await
            .status,
        403
    );
    assert_eq!(service.count("api_keys").await, 0);
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_when_it_expires_and_with_its_creator() {
    let service = UserService::start().await;
    let (owner, eve) = (service.register().await, service.register().await);
    let (revoked, id) = create(&owner, "viewer").await;
    let path = format!("/api-keys/{id}");
    assert_eq!(eve.delete(&path).await.status, 404, "another organisation's");
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 404);
    assert!(grant(&service, &revoked).await.is_none());
    let told = service.internal("/revocations?after=0").await.expect(200);
    let told: Revocations = serde_json::from_value(told).unwrap();
    assert_eq!(told.api_keys.iter().map(|key| key.0).collect::<Vec<_>>(), [id]);

    let (expired, id) = create(&owner, "viewer").await;
    let sql = "UPDATE api_keys SET expires_at = now() WHERE id = $1";
    service.db().await.execute(sql, &[&id]).await.unwrap();
    assert!(grant(&service, &expired).await.is_none());

    let sql = "INSERT INTO memberships (org_id, user_id, role) VALUES ($1, $2, 'admin')";
    service
        .db()
        .await
        .execute(sql, &[&owner.org, &eve.user])
        .await
        .unwrap();
    let admin = Person {
        org: owner.org,
        role: "admin",
        ..eve
    };
    let (key, id) = create(&admin, "admin").await;
    let member = format!("/orgs/{}/members/{}", owner.org, admin.user);
    owner.patch(&member, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(grant(&service, &key).await.unwrap().creator_role, "viewer");
    assert_eq!(owner.delete(&member).await.status, 204);
    assert!(grant(&service, &key).await.is_none());
    let told = service.internal("/revocations?after=0").await.expect(200);
    let told: Revocations = serde_json::from_value(told).unwrap();
    assert!(told.api_keys.iter().any(|key| key.0 == id));
}

#[tokio::test]
async fn a_key_works_on_monitors_but_never_on_people_keys_and_sign_in() {
    let service = UserService::start().await;
    let ada = service.register().await;
    let (_, key) = create(&ada, "admin").await;
    let ada = ada.as_role("admin");
    let monitor = json!({"name": "Shop", "url": "https://a.example/"});
    let monitor = call(&ada, key, Method::POST, "/monitors", &monitor)
        .await
        .expect(201);
    let id = monitor["id"].as_i64().unwrap();
    let incident = ada.outage(id, false).await;
    let path = format!("/incidents/{incident}/acknowledge");
    let incident = call(&ada, key, Method::POST, &path, &Value::Null)
        .await
        .expect(200);
    assert_eq!(incident["acknowledged"]["by"], "key:CI", "{incident}");
    let org = format!("/orgs/{}", ada.org);
    assert_eq!(call(&ada, key, Method::GET, &org, &Value::Null).await.status, 200);
    for (method, path, body) in [
        (Method::GET, "/me".to_owned(), Value::Null),
        (Method::POST, "/me/password".to_owned(), json!({})),
        (Method::GET, "/me/sessions".to_owned(), Value::Null),
        (Method::DELETE, "/me/sessions".to_owned(), Value::Null),
        (Method::GET, "/orgs".to_owned(), Value::Null),
        (Method::POST, "/orgs".to_owned(), json!({"name": "x"})),
        (Method::PATCH, org.clone(), json!({"name": "x"})),
        (Method::POST, format!("{org}/leave"), Value::Null),
        (
            Method::PATCH,
            format!("{org}/members/{}", ada.user),
            json!({"role": "viewer"}),
        ),
        (Method::DELETE, format!("{org}/members/{}", ada.user), Value::Null),
        (Method::GET, "/api-keys".to_owned(), Value::Null),
        (
            Method::POST,
            "/api-keys".to_owned(),
            json!({"name": "x", "role": "viewer"}),
        ),
        (Method::DELETE, format!("/api-keys/{key}"), Value::Null),
    ] {
        let answer = call(&ada, key, method.clone(), &path, &body).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
    }
}
