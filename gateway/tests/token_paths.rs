//! Addresses with a token, by which whoever knows them acts: who keeps them, and what programs do that open every link.

use http::{Method, StatusCode};
use testkit::Reply;

use crate::common::Gateway;

const TOKEN: &str = "AQAB-x_y-0123456789-abcdefghijklmnopqrstuvwxyz";

fn api(token: &str) -> String {
    format!("/api/v1/acknowledgements/{token}")
}

const INCIDENT: &str = r#"{"monitor_name": "Shop", "drill": false, "state": "open",
    "started_at": "2026-11-29T10:00:00.000Z", "resolved_at": null, "acknowledged": null}"#;

async fn gateway() -> Gateway {
    Gateway::start(|_| Reply::new(200, INCIDENT).header("content-type", "application/json")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_with_a_token_are_kept_by_nobody() {
    let gateway = gateway().await;
    for (method, path) in [
        (Method::GET, api(TOKEN)),
        (Method::POST, api(TOKEN)),
        (Method::HEAD, api(TOKEN)),
        (Method::GET, format!("/acknowledge/{TOKEN}")),
        (Method::HEAD, format!("/acknowledge/{TOKEN}")),
        (Method::GET, format!("/recipients/{TOKEN}?decline=true")),
    ] {
        let answer = gateway.ask(method.clone(), &path, &[], "").await;
        let headers = answer.headers();
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex"),
            ("x-content-type-options", "nosniff"),
        ] {
            let found: Vec<_> = headers.get_all(name).iter().collect();
            assert_eq!(found, [value], "{method} {path} {name}");
        }
    }
    let other = gateway.ask(Method::GET, "/monitors/7", &[], "").await;
    assert_eq!(other.headers()["referrer-policy"], "same-origin");
    assert!(!other.headers().contains_key("x-robots-tag"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_post_to_the_api_can_acknowledge() {
    let gateway = gateway().await;
    // As a messenger does that shows what a link leads to.
    for method in [Method::GET, Method::HEAD] {
        gateway
            .ask(method, &format!("/acknowledge/{TOKEN}"), &[], "")
            .await;
    }
    assert!(gateway.seen().is_empty(), "the page asks nobody by itself");
    let head = gateway.ask(Method::HEAD, &api(TOKEN), &[], "").await;
    assert_eq!(head.status(), StatusCode::METHOD_NOT_ALLOWED);
    let page = format!("/acknowledge/{TOKEN}");
    let posted = gateway.ask(Method::POST, &page, &[], "").await;
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(gateway.seen().is_empty());
    gateway.call(Method::GET, &api(TOKEN), &[], "").await;
    gateway.call(Method::POST, &api(TOKEN), &[], "").await;
    let seen: Vec<_> = gateway
        .seen()
        .iter()
        .map(|seen| (seen.method.clone(), seen.path.clone()))
        .collect();
    let asked = |method: &str| (method.to_owned(), api(TOKEN));
    assert_eq!(seen, [asked("GET"), asked("POST")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_limited_by_address() {
    let gateway = gateway().await;
    let mut guesses = 0;
    loop {
        let guess = api(&format!("AQAB-{guesses}"));
        let method = if guesses % 2 == 0 {
            Method::GET
        } else {
            Method::POST
        };
        let answer = gateway.call(method, &guess, &[], "").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        assert_eq!(answer.status(), StatusCode::OK);
        guesses += 1;
        assert!(guesses < 1_000, "nothing limits it");
    }
    assert!(guesses >= 119, "{guesses}");
}
