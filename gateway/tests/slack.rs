//! Buttons in Slack: what the gateway passes on, and what it keeps out.

use crate::common::{Gateway, INTERNAL_KEY};
use http::Method;
use testkit::Reply;

const PATH: &str = "/api/slack/interactions/9";

#[tokio::test(flavor = "multi_thread")]
async fn the_body_and_its_signature_are_passed_on_as_they_are() {
    let gateway = Gateway::start(|_| Reply::new(200, "")).await;
    let body = "payload=%7B%22a%22%3A+1%7D&x=+";
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-slack-signature", "v0=00"),
        ("x-slack-request-timestamp", "1531420618"),
        ("x-internal-key", "guess"),
        ("x-user-id", "1"),
        ("authorization", "Bearer x.y.z"),
    ];
    let response = gateway.call(Method::POST, PATH, &headers, body).await;
    assert_eq!(response.status(), 200);
    let seen = &gateway.seen()[0];
    assert_eq!(seen.path, "/internal/slack/interactions/9");
    assert_eq!(seen.body, body.as_bytes());
    for (name, value) in &headers[..3] {
        assert_eq!(seen.headers[*name], *value);
    }
    let keys: Vec<_> = seen.headers.get_all("x-internal-key").iter().collect();
    assert_eq!(keys, [INTERNAL_KEY]);
    for name in ["x-user-id", "authorization"] {
        assert!(!seen.headers.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_user_service_refuses_is_refused() {
    let refusal = r#"{"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "no"}"#;
    let gateway = Gateway::start(move |_| Reply::new(401, refusal)).await;
    let response = gateway.call(Method::POST, PATH, &[], "payload=x").await;
    assert_eq!(response.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_and_other_paths_are_not_passed_on() {
    let gateway = Gateway::start(|_| Reply::new(200, "")).await;
    let large = "x".repeat(64 * 1024 + 1);
    for (method, path, body, status) in [
        (Method::POST, PATH, &*large, 413),
        (Method::GET, PATH, "", 405),
        (Method::POST, "/api/slack/interactions/x", "", 404),
        (Method::POST, "/api/slack/interactions/9%2F..", "", 404),
        (Method::POST, "/api/slack/interactions", "", 404),
    ] {
        let response = gateway.call(method.clone(), path, &[], body).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_signed_counts_for_its_sender_and_not_for_the_channel() {
    let gateway = Gateway::start_with(&[("TRUST_FORWARDED_FOR", "true")], |_| Reply::new(401, "{}")).await;
    let post = async |from: &str| {
        let response = gateway
            .call(Method::POST, PATH, &[("x-forwarded-for", from)], "")
            .await;
        response.status().as_u16()
    };
    let mut answers = Vec::new();
    // More than a minute's worth, with room for what a slow machine gives back meanwhile.
    while answers.len() < 3_000 && answers.last() != Some(&429) {
        answers.push(post("2001:db8::1").await);
    }
    assert!(
        answers.len() >= 600 && answers.last() == Some(&429),
        "{}",
        answers.len()
    );
    assert_eq!(post("2001:db8::2").await, 429, "the same network");
    assert_eq!(post("192.0.2.1").await, 401);
}
