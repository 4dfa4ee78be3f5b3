//! Pages of other origins: which may call the API, and what they may not.

use crate::common::{self, Gateway, token};
use api::Role;
use http::{Method, Response};
use testkit::Reply;

const OURS: &str = "https://app.example.org";

async fn gateway() -> Gateway {
    let settings = [("CORS_ORIGINS", "https://app.example.org,http://localhost:3000")];
    Gateway::start_with(&settings, |_| Reply::new(200, "{}").header("etag", "\"3\"")).await
}

async fn preflight(gateway: &Gateway, path: &str, origin: &str) -> Response<String> {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,if-match"),
    ];
    gateway.call(Method::OPTIONS, path, &headers, "").await
}

fn is_allowed(answer: &Response<String>) -> bool {
    assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    answer.headers().contains_key("access-control-allow-origin")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_named_origin_calls_the_api_with_a_token() {
    let gateway = gateway().await;
    let asked = preflight(&gateway, "/api/v1/monitors/7", OURS).await;
    assert_eq!(asked.status(), 204);
    assert_eq!(asked.headers()["access-control-allow-origin"], OURS);
    assert_eq!(asked.headers()["vary"], "Origin");
    let header = |name: &str| asked.headers()[name].to_str().unwrap();
    assert!(header("access-control-allow-methods").contains("PATCH"));
    assert!(header("access-control-allow-headers").contains("if-match"));
    assert!(gateway.seen().is_empty(), "nobody else is asked");
    let credential = format!("Bearer {}", token(7, Role::Viewer));
    let headers = [("origin", OURS), ("authorization", &*credential)];
    let answer = gateway.call(Method::GET, "/api/v1/summary", &headers, "").await;
    assert!(is_allowed(&answer));
    let read = answer.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    for header in ["etag", "location", "ratelimit-remaining", "retry-after"] {
        assert!(read.contains(header), "{header}");
    }
    // Also what is wrong is told.
    let refused = gateway
        .call(Method::GET, "/api/v1/summary", &[("origin", OURS)], "")
        .await;
    assert!(refused.status() == 401 && is_allowed(&refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_and_what_works_with_cookies_are_not_opened() {
    let gateway = gateway().await;
    for origin in [
        "https://evil.example",
        "https://app.example.org.evil.example",
        "http://app.example.org",
        "https://app.example.org:8443",
        "null",
    ] {
        assert!(
            !is_allowed(&preflight(&gateway, "/api/v1/monitors/7", origin).await),
            "{origin}"
        );
        let answer = gateway
            .call(Method::GET, "/api/v1/summary", &[("origin", origin)], "")
            .await;
        assert!(!is_allowed(&answer), "{origin}");
        assert_eq!(answer.headers()["vary"], "Origin");
    }
    for path in ["/api/v1/auth/login", "/api/v1/auth/refresh", "/", "/monitors"] {
        assert!(!is_allowed(&preflight(&gateway, path, OURS).await), "{path}");
    }
    let headers = [("origin", OURS), ("sec-fetch-site", "cross-site"), common::JSON];
    let refresh = gateway
        .call(Method::POST, "/api/v1/auth/refresh", &headers, "")
        .await;
    assert!(refresh.status() == 403 && !is_allowed(&refresh));
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_list_no_origin_is_opened() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    assert!(!is_allowed(
        &preflight(&gateway, "/api/v1/monitors/7", OURS).await
    ));
    let answer = gateway
        .call(Method::GET, "/api/v1/summary", &[("origin", OURS)], "")
        .await;
    assert!(!is_allowed(&answer));
    assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
}
