//! What an HTTP check sends, where it goes, and what it expects of the answer.

use crate::common::{Asker, failed};
use domain::ErrorCode;
use serde_json::{Value, json};
use testkit::{HttpServer, Reply, Seen};

fn with(url: &str, http: Value) -> Value {
    json!({"url": url, "timeout_ms": 10_000, "retries": 0, "http": http})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_is_what_the_user_asks_for() {
    let asker = Asker::start(&[]).await;
    let server = HttpServer::start(|_| Reply::new(200, "ok")).await;
    let http = json!({
        "method": "POST", "body": "{\"a\":1}", "headers": {"X-Test": "yes", "Accept": "text/html"},
        "auth": {"type": "basic", "username": "user", "password": "pass"}
    });
    assert!(asker.check(with(&server.url(), http)).await.up);
    let http = json!({"auth": {"type": "bearer", "token": "t-1"}});
    assert!(asker.check(with(&server.url(), http)).await.up);
    let seen = server.seen();
    assert_eq!(
        (seen[0].method.as_str(), &seen[0].body[..]),
        ("POST", &b"{\"a\":1}"[..])
    );
    assert_eq!(seen[0].headers["content-length"], "7");
    assert_eq!(seen[0].headers["x-test"], "yes");
    assert_eq!(seen[0].headers["accept"], "text/html");
    assert_eq!(seen[0].headers["authorization"], "Basic dXNlcjpwYXNz");
    assert_eq!(seen[1].headers["authorization"], "Bearer t-1");
    assert!(
        seen[1].headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("UptimeMonitor/")
    );
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compared_with_what_is_expected() {
    let asker = Asker::start(&[]).await;
    let body = r#"{"status": "ok", "error": null, "checks": [{"name": "db", "up": true}]}"#;
    let server = HttpServer::start(move |_| Reply::new(200, body).header("x-version", "7")).await;
    for (http, fails) in [
        (json!({"contains": "\"db\""}), None),
        (
            json!({"contains": "cache"}),
            Some((ErrorCode::BodyMismatch, "Expected text not found: \"cache\"")),
        ),
        (json!({"not_contains": "cache"}), None),
        (
            json!({"not_contains": "db"}),
            Some((ErrorCode::BodyMismatch, "Unexpected text found: \"db\"")),
        ),
        (
            json!({"json": {"path": "$.checks[?@.up == true].name", "equals": "db"}}),
            None,
        ),
        (json!({"json": {"path": "$.status"}}), None),
        (
            json!({"json": {"path": "$.gone"}}),
            Some((ErrorCode::BodyMismatch, "matched nothing")),
        ),
        (
            json!({"json": {"path": "$.status", "equals": "bad"}}),
            Some((
                ErrorCode::BodyMismatch,
                "Unexpected JSON value \"ok\" (expected \"bad\")",
            )),
        ),
        (
            json!({"json": {"path": "$.status", "equals": null}}),
            Some((
                ErrorCode::BodyMismatch,
                "Unexpected JSON value \"ok\" (expected null)",
            )),
        ),
        (json!({"json": {"path": "$.error", "equals": null}}), None),
        (json!({"expected_headers": {"X-Version": "7"}}), None),
        (json!({"expected_headers": {"X-Version": null}}), None),
        (
            json!({"expected_headers": {"X-Version": "8"}}),
            Some((
                ErrorCode::HeaderMismatch,
                "Unexpected response header x-version (expected \"8\")",
            )),
        ),
        (
            json!({"expected_headers": {"X-Gone": null}}),
            Some((ErrorCode::HeaderMismatch, "Missing response header x-gone")),
        ),
        (json!({"max_body_bytes": 1_000}), None),
        (
            json!({"max_body_bytes": 10}),
            Some((ErrorCode::TooLarge, "larger than 10 bytes")),
        ),
        (json!({"ip_family": "v4"}), None),
    ] {
        let answer = asker.check(with(&server.url(), http.clone())).await;
        match fails {
            None => assert!(answer.up, "{http}: {answer:?}"),
            Some((code, part)) => failed(&answer, code, part),
        }
    }
    let huge = HttpServer::start(|_| Reply::new(200, "x".repeat(2 * 1024 * 1024))).await;
    let answer = asker.check(with(&huge.url(), json!({"contains": "y"}))).await;
    failed(&answer, ErrorCode::TooLarge, "larger than 1048576 bytes");
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_followed_as_far_as_allowed() {
    let asker = Asker::start(&[]).await;
    let other = HttpServer::start(|_| Reply::new(200, "there")).await;
    let elsewhere = other.url();
    let server = HttpServer::start(move |request: &Seen| match request.path.as_str() {
        "/start" => Reply::new(302, "").header("location", "/next"),
        "/next" => Reply::new(301, "").header("location", format!("{elsewhere}/end")),
        "/loop" => Reply::new(302, "").header("location", "/loop"),
        "/ftp" => Reply::new(302, "").header("location", "ftp://a.example/"),
        "/broken" => Reply::new(302, "").header("location", "/gone?token=t"),
        "/nowhere" => Reply::new(302, "so what"),
        _ => Reply::new(404, ""),
    })
    .await;
    let url = |path: &str| format!("{}{path}", server.url());
    let http = json!({
        "max_redirects": 5, "contains": "there", "auth": {"type": "bearer", "token": "t-1"},
        "headers": {"X-Key": "k", "X-Test": "yes", "User-Agent": "me"}
    });
    assert!(asker.check(with(&url("/start"), http)).await.up);
    let (here, there) = (server.seen(), other.seen());
    assert_eq!((here.len(), there.len()), (2, 1));
    assert_eq!(here[1].headers["authorization"], "Bearer t-1");
    for name in ["authorization", "x-key"] {
        assert!(
            !there[0].headers.contains_key(name),
            "{name} is not for another server"
        );
    }
    assert_eq!(there[0].headers["x-test"], "yes");
    assert_eq!(there[0].headers["user-agent"], "me");

    let answer = asker.check(with(&url("/start"), json!({}))).await;
    assert_eq!((answer.up, answer.status_code), (true, Some(200)), "by default");
    let answer = asker.check(with(&url("/broken"), json!({}))).await;
    let gone = format!(
        "Unexpected status 404 (expected 200-399), redirected → 302 → {}/gone?token=***",
        server.url()
    );
    failed(&answer, ErrorCode::StatusMismatch, &gone);
    let answer = asker
        .check(with(&url("/nowhere"), json!({"contains": "what"})))
        .await;
    assert_eq!((answer.up, answer.status_code), (true, Some(302)), "{answer:?}");
    let redirect = json!({"expected_status": [[300, 399]]});
    let answer = asker.check(with(&url("/start"), redirect)).await;
    assert_eq!(
        (answer.up, answer.status_code),
        (true, Some(302)),
        "as is expected"
    );
    let answer = asker
        .check(with(&url("/start"), json!({"max_redirects": 0})))
        .await;
    assert_eq!(
        (answer.up, answer.status_code),
        (true, Some(302)),
        "a redirect is the answer"
    );
    let answer = asker
        .check(with(&url("/loop"), json!({"max_redirects": 3})))
        .await;
    failed(&answer, ErrorCode::TooManyRedirects, "limit 3");
    let answer = asker.check(with(&url("/ftp"), json!({"max_redirects": 3}))).await;
    failed(&answer, ErrorCode::InvalidRedirect, "not an HTTP URL");
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_goes_along_with_what_describes_it_or_not_at_all() {
    let asker = Asker::start(&[]).await;
    let other = HttpServer::start(|_| Reply::new(200, "")).await;
    let elsewhere = other.url();
    let server = HttpServer::start(move |request: &Seen| {
        let status = request.path[1..].parse().unwrap();
        Reply::new(status, "").header("location", elsewhere.clone())
    })
    .await;
    for (status, method, body) in [(302, "GET", ""), (307, "POST", "{}"), (308, "POST", "{}")] {
        let http = json!({"method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}});
        let url = format!("{}/{status}", server.url());
        assert!(asker.check(with(&url, http)).await.up);
        let seen = other.seen().pop().unwrap();
        assert_eq!(
            (seen.method.as_str(), &seen.body[..]),
            (method, body.as_bytes()),
            "{status}"
        );
        assert_eq!(
            seen.headers.contains_key("content-type"),
            !body.is_empty(),
            "{status}"
        );
    }
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_does_not_get_past_the_guard() {
    let asker = Asker::start(&[("PROBE_DENY", "127.0.0.2/32")]).await;
    let server = HttpServer::start(|request: &Seen| {
        let port = request.headers["host"]
            .to_str()
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        let target = match request.path.as_str() {
            "/metadata" => "http://169.254.169.254/latest/meta-data/".to_owned(),
            _ => format!("http://127.0.0.2:{port}/"),
        };
        Reply::new(302, "").header("location", target)
    })
    .await;
    for path in ["/metadata", "/denied"] {
        let url = format!("{}{path}", server.url());
        let answer = asker.check(with(&url, json!({"max_redirects": 3}))).await;
        failed(&answer, ErrorCode::BlockedTarget, "is not allowed");
    }
    assert_eq!(server.seen().len(), 2);
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn upside_down_a_target_that_answers_is_down() {
    let asker = Asker::start(&[]).await;
    let server = HttpServer::start(|_| Reply::new(200, "ok")).await;
    let mut input = with(&server.url(), json!({}));
    input["upside_down"] = true.into();
    failed(
        &asker.check(input.clone()).await,
        ErrorCode::UpsideDown,
        "result inverted",
    );
    server.answer_with(|_| Reply::new(500, ""));
    assert!(asker.check(input.clone()).await.up);
    // What may not be checked is not known to be away.
    input["url"] = "http://169.254.169.254/".into();
    failed(
        &asker.check(input).await,
        ErrorCode::BlockedTarget,
        "is not allowed",
    );
    asker.stop().await;
}

#[tokio::test]
async fn a_check_on_request_may_be_larger_than_what_the_user_sent() {
    let asker = Asker::start(&[]).await;
    let server = HttpServer::start(|_| Reply::new(200, "[]")).await;
    let input = |equals: String| with(&server.url(), json!({"json": {"path": "$", "equals": equals}}));
    // As much as the API takes; the defaults that are spelt out come on top.
    let left = 64 * 1024 - input(String::new()).to_string().len();
    let answer = asker.check(input("x".repeat(left))).await;
    assert_eq!(answer.error_code, Some(ErrorCode::BodyMismatch));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_opens_besides_the_internet_is_checked_and_not_shown() {
    let extra = [("PROBE_TARGETS", "public"), ("PROBE_ALLOW", "127.0.0.1/32")];
    let asker = Asker::start(&extra).await;
    let server = HttpServer::start(|_| Reply::new(200, "{\"token\": \"secret\"}")).await;
    let guess = |value: &str| json!({"json": {"path": "$.token", "equals": value}});
    assert!(asker.check(with(&server.url(), guess("secret"))).await.up);
    let answer = asker.check(with(&server.url(), guess("x"))).await;
    failed(
        &answer,
        ErrorCode::BodyMismatch,
        "Unexpected JSON value (expected \"x\")",
    );
    let closed = testkit::ClosedPort::new();
    let url = format!("http://localhost:{}/", closed.address().port());
    let answer = asker.check(with(&url, json!({"ip_family": "v4"}))).await;
    failed(
        &answer,
        ErrorCode::ConnectRefused,
        "Connection refused by an inner address",
    );
    asker.stop().await;
}
