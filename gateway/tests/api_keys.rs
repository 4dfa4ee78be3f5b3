//! API keys at the gateway: it asks user-service once, and a revocation ends what it remembers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{self, Gateway};
use domain::api_key::ApiKeyGrant;
use domain::revocation::{MemberRole, Revocations};
use domain::{ApiKeyId, OrgId};
use http::{Method, Response};
use shared::api_key::ApiKey;
use testkit::{Reply, Seen};

const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_UP: &str = "/internal/api-keys";

fn grant() -> ApiKeyGrant {
    ApiKeyGrant {
        id: ApiKeyId(5),
        org_id: OrgId(7),
        creator: 3,
        role: "editor".to_owned(),
        creator_role: "admin".to_owned(),
        narrowed: false,
        creator_narrowed: false,
        networks: Vec::new(),
        expires_at: None,
    }
}

/// A gateway whose user-service says this of every key, and answers everything else.
async fn gateway_with(grant: Option<ApiKeyGrant>) -> Gateway {
    Gateway::start(move |seen| answer(seen, grant.as_ref())).await
}

fn answer(seen: &Seen, grant: Option<&ApiKeyGrant>) -> Reply {
    match (seen.path.as_str(), grant) {
        (LOOK_UP, Some(grant)) => Reply::new(200, serde_json::to_string(grant).unwrap()),
        (LOOK_UP, None) => Reply::new(200, "null"),
        _ => Reply::new(200, "{}"),
    }
}

async fn get(gateway: &Gateway, name: &str, value: &str) -> Response<String> {
    gateway
        .call(Method::GET, "/api/v1/summary", &[(name, value)], "")
        .await
}

async fn with_key(gateway: &Gateway, key: &ApiKey) -> u16 {
    get(gateway, "x-api-key", key.expose()).await.status().as_u16()
}

fn look_ups(gateway: &Gateway) -> usize {
    gateway.seen().iter().filter(|seen| seen.path == LOOK_UP).count()
}

async fn until(gateway: &Gateway, key: &ApiKey, status: u16) {
    testkit::eventually("the key is judged anew", PATIENCE, async || {
        (with_key(gateway, key).await == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_once_and_passed_on_as_who_it_is() {
    let gateway = gateway_with(Some(grant())).await;
    let key = ApiKey::random();
    let bearer = format!("Bearer {}", key.expose());
    for (name, value) in [("authorization", &*bearer), ("x-api-key", key.expose())] {
        assert_eq!(get(&gateway, name, value).await.status(), 200, "{name}");
    }
    let seen = gateway.seen();
    assert_eq!(look_ups(&gateway), 1);
    let look_up = seen.iter().find(|seen| seen.path == LOOK_UP).unwrap();
    assert!(!String::from_utf8_lossy(&look_up.body).contains(key.expose()));
    let passed = seen.iter().find(|seen| seen.path == "/api/v1/summary").unwrap();
    let header = |name: &str| passed.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("x-api-key-id"), Some("5"));
    assert_eq!(
        (header("x-user-id"), header("x-org-id"), header("x-role")),
        (Some("3"), Some("7"), Some("editor"))
    );
    assert!(header("x-api-key").is_none() && header("x-session-id").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_refused_without_asking_anybody() {
    let gateway = gateway_with(Some(grant())).await;
    let key = ApiKey::random().expose().to_owned();
    let mistyped = format!("{}{}", &key[..39], if key.ends_with('a') { 'b' } else { 'a' });
    for value in ["", "upm_", &key[..39], &mistyped, "é"] {
        assert_eq!(get(&gateway, "x-api-key", value).await.status(), 401, "{value}");
        let bearer = format!("Bearer {value}");
        assert_eq!(
            get(&gateway, "authorization", &bearer).await.status(),
            401,
            "{value}"
        );
    }
    // A caller cannot say itself who it is.
    let made_up = [
        ("x-api-key-id", "5"),
        ("x-user-id", "3"),
        ("x-org-id", "7"),
        ("x-role", "owner"),
    ];
    let answer = gateway.call(Method::GET, "/api/v1/summary", &made_up, "").await;
    assert_eq!(answer.status(), 401);
    assert_eq!(gateway.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_there_is_not_is_remembered_for_a_moment() {
    let gateway = gateway_with(None).await;
    let key = ApiKey::random();
    for _ in 0..5 {
        assert_eq!(with_key(&gateway, &key).await, 401);
    }
    assert_eq!(look_ups(&gateway), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_and_one_whose_creator_has_left_end_within_seconds() {
    let is_gone = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_gone);
    let gateway = Gateway::start(move |seen| {
        let grant = (!told.load(Ordering::Relaxed)).then(grant);
        answer(seen, grant.as_ref())
    })
    .await;
    let key = ApiKey::random();
    assert_eq!(with_key(&gateway, &key).await, 200);
    let creator = |role: Option<&str>| Revocations {
        members: vec![MemberRole {
            user_id: 3,
            org_id: OrgId(7),
            role: role.map(ToOwned::to_owned),
            narrowed: false,
            lacks_second_factor: false,
        }],
        ..Revocations::default()
    };
    // As an editor's it goes on; as a viewer's it may less.
    gateway.revoke(creator(Some("viewer")));
    let preview = async || {
        let headers = [("x-api-key", key.expose()), common::JSON];
        let body = r#"{"url": "https://a.example/"}"#;
        let answer = gateway
            .call(Method::POST, "/api/v1/monitors/preview", &headers, body)
            .await;
        answer.status().as_u16()
    };
    testkit::eventually("the key may less", PATIENCE, async || {
        (preview().await == 403).then_some(())
    })
    .await;
    assert_eq!(with_key(&gateway, &key).await, 200);
    gateway.revoke(creator(None));
    until(&gateway, &key, 401).await;
    gateway.revoke(creator(Some("admin")));
    until(&gateway, &key, 200).await;
    assert_eq!(look_ups(&gateway), 1);
    is_gone.store(true, Ordering::Relaxed);
    gateway.revoke(Revocations {
        api_keys: vec![ApiKeyId(5)],
        ..creator(Some("admin"))
    });
    until(&gateway, &key, 401).await;
    assert_eq!(look_ups(&gateway), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_accepted_again_when_user_service_says_so() {
    let gateway = gateway_with(Some(grant())).await;
    let key = ApiKey::random();
    assert_eq!(with_key(&gateway, &key).await, 200);
    for number in 1..3 {
        let revoked = Revocations {
            api_keys: vec![ApiKeyId(5)],
            api_key_numbers: vec![number],
            ..Revocations::default()
        };
        gateway.revoke(revoked.clone());
        let asked = look_ups(&gateway);
        testkit::eventually("the key is asked for again", PATIENCE, async || {
            assert_eq!(with_key(&gateway, &key).await, 200);
            (look_ups(&gateway) > asked).then_some(())
        })
        .await;
        // It is told again, as whoever reads while transactions are under way is.
        gateway.revoke(revoked);
        assert_eq!(with_key(&gateway, &key).await, 200);
    }
    assert_eq!(look_ups(&gateway), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_bound_to_its_networks_and_its_end() {
    let elsewhere = ApiKeyGrant {
        networks: vec!["192.0.2.0/24".to_owned()],
        ..grant()
    };
    let gateway = gateway_with(Some(elsewhere.clone())).await;
    assert_eq!(with_key(&gateway, &ApiKey::random()).await, 403);
    let here = ApiKeyGrant {
        networks: vec!["127.0.0.0/8".to_owned()],
        ..elsewhere
    };
    let gateway = gateway_with(Some(here)).await;
    assert_eq!(with_key(&gateway, &ApiKey::random()).await, 200);
    let over = ApiKeyGrant {
        expires_at: Some(shared::now()),
        ..grant()
    };
    let gateway = gateway_with(Some(over)).await;
    assert_eq!(with_key(&gateway, &ApiKey::random()).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_user_service_is_away_a_known_key_works_and_another_is_not_refused_for_good() {
    let is_away = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_away);
    let gateway = Gateway::start(move |seen| match told.load(Ordering::Relaxed) {
        // As one that knows no keys, too.
        true if seen.path == LOOK_UP => Reply::new(404, "{}"),
        _ => answer(seen, Some(&grant())),
    })
    .await;
    let (known, other) = (ApiKey::random(), ApiKey::random());
    assert_eq!(with_key(&gateway, &known).await, 200);
    is_away.store(true, Ordering::Relaxed);
    assert_eq!(with_key(&gateway, &known).await, 200);
    assert_eq!(with_key(&gateway, &other).await, 503);
    is_away.store(false, Ordering::Relaxed);
    assert_eq!(with_key(&gateway, &other).await, 200);
}
