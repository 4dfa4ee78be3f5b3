//! What Meta calls: what the gateway passes on, and what it keeps out.

use crate::common::{Gateway, INTERNAL_KEY};
use http::Method;
use testkit::Reply;

const PATH: &str = "/hooks/whatsapp/9/000102030405060708090a0b0c0d0e0f";
const INTERNAL: &str = "/internal/whatsapp/callbacks/9/000102030405060708090a0b0c0d0e0f";

#[tokio::test(flavor = "multi_thread")]
async fn the_body_and_its_signature_are_passed_on_as_they_are() {
    let gateway = Gateway::start(|_| Reply::new(200, "")).await;
    let body = "{\"entry\" : [ ], \"a\": \"\\u00fc\" }\n";
    let headers = [
        ("content-type", "application/json"),
        ("x-hub-signature-256", "sha256=00"),
        ("x-internal-key", "guess"),
        ("x-user-id", "1"),
        ("authorization", "Bearer x.y.z"),
    ];
    let response = gateway.call(Method::POST, PATH, &headers, body).await;
    assert_eq!(response.status(), 200);
    let seen = &gateway.seen()[0];
    assert_eq!(seen.path, INTERNAL);
    assert_eq!(seen.body, body.as_bytes());
    for (name, value) in &headers[..2] {
        assert_eq!(seen.headers[*name], *value);
    }
    let keys: Vec<_> = seen.headers.get_all("x-internal-key").iter().collect();
    assert_eq!(keys, [INTERNAL_KEY]);
    for name in ["x-user-id", "authorization"] {
        assert!(!seen.headers.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_is_passed_on_with_its_query() {
    let gateway = Gateway::start(|_| Reply::new(200, "1158201444")).await;
    let query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=t";
    let response = gateway
        .call(Method::GET, &format!("{PATH}?{query}"), &[], "")
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), "1158201444");
    let seen = &gateway.seen()[0];
    assert!(seen.path.starts_with(INTERNAL), "{}", seen.path);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_user_service_refuses_is_refused() {
    let refusal = r#"{"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "no"}"#;
    let gateway = Gateway::start(move |_| Reply::new(401, refusal)).await;
    for method in [Method::GET, Method::POST] {
        let response = gateway.call(method, PATH, &[], "").await;
        assert_eq!(response.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_and_other_paths_are_not_passed_on() {
    let gateway = Gateway::start(|_| Reply::new(200, "")).await;
    let large = "x".repeat(3 * 1024 * 1024 + 1);
    for (method, path, body, status) in [
        (Method::POST, PATH, &*large, 413),
        (Method::DELETE, PATH, "", 405),
        (Method::POST, "/hooks/whatsapp/9/x", "", 404),
        (
            Method::POST,
            "/hooks/whatsapp/9/000102030405060708090A0B0C0D0E0F",
            "",
            404,
        ),
        (
            Method::POST,
            "/hooks/whatsapp/x/000102030405060708090a0b0c0d0e0f",
            "",
            404,
        ),
        (
            Method::GET,
            "/hooks/whatsapp/9/..%2F..%2Fchannels%2F9%3Forg_id%3D1%26",
            "",
            404,
        ),
    ] {
        let response = gateway.call(method.clone(), path, &[], body).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
    assert!(gateway.seen().is_empty());
}
