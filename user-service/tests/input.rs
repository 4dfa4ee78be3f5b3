//! Bad input: each case is refused with the field named, and nothing is stored.

use std::time::{Duration, Instant};

use crate::common::{self, Person, UserService};
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn stored(service: &UserService) -> [i64; 3] {
    [
        service.count("monitors").await,
        service.count("channels").await,
        service.count("outbox").await,
    ]
}

/// Arrays within each other.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// The part of an HTTP monitor that expects a value nested so deep.
fn equals(levels: usize) -> Value {
    json!({"json": {"path": "$", "equals": nested(levels)}})
}

/// Bodies that make no monitor, with the field that is to be named.
fn bad_monitors() -> Vec<(String, u16, &'static str)> {
    let url = |url: &str| json!({"url": url}).to_string();
    let with = |field: &str, value: Value| {
        let mut body = json!({"url": "https://a.example/"});
        body[field] = value;
        body.to_string()
    };
    vec![
        (url("ftp://a.example/"), 422, "url"),
        (url("javascript:alert(1)"), 422, "url"),
        (url("file:///etc/passwd"), 422, "url"),
        (url("a.example"), 422, "url"),
        (url("https://user:secret@a.example/"), 422, "url"),
        (url("https://a.example/\r\nHost: b.example"), 422, "url"),
        (url("https://a.example/\u{0}"), 422, "url"),
        (url("https://a.exa\tmple/"), 422, "url"),
        (url(""), 422, "url"),
        ("{}".to_owned(), 422, "url"),
        (with("interval_seconds", json!(9)), 422, "interval_seconds"),
        (with("interval_seconds", json!(86_401)), 422, "interval_seconds"),
        (with("interval_seconds", json!(-60)), 422, "interval_seconds"),
        (with("interval_seconds", json!(60.5)), 422, "interval_seconds"),
        (with("interval_seconds", json!("60")), 422, "interval_seconds"),
        (with("timeout_ms", json!(30_000)), 422, "timeout_ms"),
        (with("retries", json!(6)), 422, "retries"),
        (with("slow_ms", json!(0)), 422, "slow_ms"),
        (with("down_after", json!(0)), 422, "down_after"),
        (with("down_of", json!(1)), 422, "down_of"),
        (with("down_of", json!(61)), 422, "down_of"),
        (with("down_for_seconds", json!(86_401)), 422, "down_for_seconds"),
        (with("regions", json!(["mars"])), 422, "regions.0"),
        (with("quorum", json!({"down": 1})), 422, "quorum"),
        (with("depends_on", json!([999_999])), 422, "depends_on"),
        (with("depends_on", json!([7, 7])), 422, "depends_on"),
        (
            with("depends_on", json!((1..=21).collect::<Vec<_>>())),
            422,
            "depends_on",
        ),
        (with("depends_on", json!("7")), 422, "depends_on"),
        (with("flapping", json!(true)), 422, "flapping"),
        (with("flapping", json!({"outages": 3})), 422, "flapping"),
        (
            with(
                "flapping",
                json!({"outages": 21, "within_minutes": 60, "lasting_minutes": 5}),
            ),
            422,
            "flapping.outages",
        ),
        (with("name", json!("a\u{1b}b")), 422, "name"),
        (with("name", json!("x".repeat(121))), 422, "name"),
        (with("kind", json!("smtp")), 422, "kind"),
        (with("intervall", json!(60)), 422, "intervall"),
        (with("org_id", json!(1)), 422, "org_id"),
        (with("http", json!({"verb": "GET"})), 422, "http.verb"),
        (with("http", json!({"method": "BREW"})), 422, "http.method"),
        (
            with("http", json!({"expected_status": [[300, 200]]})),
            422,
            "http.expected_status",
        ),
        (with("http", equals(17)), 422, "http.json.equals"),
        (with("http", equals(100)), 422, "http.json.equals"),
        (with("http", equals(122)), 422, "http.json.equals"),
        (with("name", nested(100)), 422, "name"),
        ("{\"url\": \"https://a.example/\"".to_owned(), 400, ""),
        ("[]".to_owned(), 400, ""),
        ("null".to_owned(), 400, ""),
        (String::new(), 400, ""),
        ("{\"url\": \"\u{fffd}".to_owned(), 400, ""),
        (format!("{{\"url\": \"{}\"}}", "a".repeat(65 * 1_024)), 413, ""),
        ("[".repeat(60_000), 400, ""),
    ]
}

async fn refused(person: &Person<'_>, method: Method, path: &str, body: &str, status: u16, field: &str) {
    let answer = person.call(method.clone(), path, body).await;
    let shown = &body[..body.floor_char_boundary(80)];
    assert_eq!(answer.status, status, "{method} {path} {shown}: {}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{shown}"
    );
    assert_eq!(answer.body["status"], status, "{shown}");
    if !field.is_empty() {
        assert!(answer.fields().contains(&field), "{shown}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_bad_monitor_is_refused_and_not_stored() {
    let service = UserService::start().await;
    let person = service.register().await;
    let before = stored(&service).await;
    for (body, status, field) in bad_monitors() {
        refused(&person, Method::POST, "/monitors", &body, status, field).await;
    }
    assert_eq!(stored(&service).await, before);
}

#[tokio::test]
async fn a_bad_change_is_refused_and_not_stored() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let (before, monitor) = (stored(&service).await, person.get(&path).await.expect(200));
    for (body, status, field) in bad_monitors() {
        // An empty change is a good one.
        if body != "{}" {
            refused(&person, Method::PATCH, &path, &body, status, field).await;
        }
    }
    refused(&person, Method::PATCH, &path, r#"{"url": null}"#, 422, "url").await;
    refused(&person, Method::PATCH, &path, r#"{"nope": null}"#, 422, "nope").await;
    assert_eq!(stored(&service).await, before);
    assert_eq!(person.get(&path).await.expect(200), monitor);
}

#[tokio::test]
async fn a_bad_channel_is_refused_and_not_stored() {
    let service = UserService::start().await;
    let person = service.register().await;
    let before = stored(&service).await;
    let with = |field: &str, value: Value| {
        let mut body = json!({
            "name": "Ops", "kind": "slack", "config": {"webhook_url": "https://hooks.slack.example/x"}
        });
        body[field] = value;
        body.to_string()
    };
    let url_of = |url: Value| with("config", json!({"webhook_url": url}));
    let url = |url: &str| url_of(json!(url));
    for (body, status, field) in [
        ("{}".to_owned(), 422, "config.webhook_url"),
        (url("http://hooks.slack.example/x"), 422, "config.webhook_url"),
        (
            url("https://u:p@hooks.slack.example/x"),
            422,
            "config.webhook_url",
        ),
        (url("https://hooks.slack.example/…"), 422, "config.webhook_url"),
        (
            with("config", json!({"url": "https://a.example"})),
            422,
            "config.url",
        ),
        (with("config", json!(null)), 422, "config.webhook_url"),
        (url_of(nested(100)), 422, "config.webhook_url"),
        (
            with("alerts", json!({"degraded": nested(100)})),
            422,
            "alerts.degraded",
        ),
        (with("kind", json!("pigeon")), 422, "kind"),
        (with("name", json!("")), 422, "name"),
        (with("org_id", json!(1)), 422, "org_id"),
        ("{".to_owned(), 400, ""),
        (with("name", json!("x".repeat(66_000))), 413, ""),
    ] {
        refused(&person, Method::POST, "/channels", &body, status, field).await;
    }
    assert_eq!(stored(&service).await, before);
}

#[tokio::test]
async fn an_instant_that_cannot_be_written_is_refused() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let path = format!("/monitors/{id}");
    let monitor = person.get(&path).await.expect(200);
    for far in ["9999-12-31T23:59:59-23:59", "+10000-01-01T00:00:00Z"] {
        let mute = json!({"until": far}).to_string();
        refused(
            &person,
            Method::POST,
            &format!("{path}/mute"),
            &mute,
            422,
            "until",
        )
        .await;
        let window = json!({"name": "Move", "repeat": "once", "from": "2026-12-01T22:00:00Z", "until": far});
        let window = window.to_string();
        refused(
            &person,
            Method::POST,
            "/maintenance-windows",
            &window,
            422,
            "until",
        )
        .await;
        let silence = json!({"reason": "Move", "ends_at": far}).to_string();
        refused(&person, Method::POST, "/silences", &silence, 422, "ends_at").await;
        let range = format!("{path}/results?to={}", far.replace('+', "%2B"));
        assert_eq!(person.get(&range).await.status, 400);
    }
    assert_eq!(person.get(&path).await.expect(200), monitor);
    let last = json!({"until": "9999-12-31T23:59:59.999Z"});
    let muted = person
        .post(&format!("{path}/mute"), last.clone())
        .await
        .expect(200);
    assert_eq!(muted["muted_until"], last["until"]);
}

#[tokio::test]
async fn bad_queries_are_refused() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    for path in [
        "/monitors?limit=0",
        "/monitors?limit=1001",
        "/incidents?limit=201",
        "/monitors?limit=x",
        "/monitors?cursor=nonsense",
        "/monitors?state=sleepy",
        "/monitors?kind=H%20T",
        "/monitors?q=%00",
        "/monitors?page=2",
        "/monitors?at=soon",
        &format!("/monitors/{id}?at=soon"),
        &format!("/monitors/{id}?nope=1"),
        "/incidents?open=maybe",
        "/incidents?monitor_id=x",
        "/incidents?cursor=e30",
        "/incidents?at=soon",
        "/channels?nope=1",
        "/silences?limit=201",
        "/silences?cursor=nonsense",
        "/silences?ended=maybe",
        "/silences?nope=1",
        "/drills?limit=201",
        "/drills?cursor=nonsense",
        "/drills?running=maybe",
        "/drills?monitor_id=x",
        "/drills?nope=1",
        "/drill-schedules?limit=0",
        "/summary?nope=1",
        "/summary?at=soon",
        "/search?q=%00",
        "/search?q=a&limit=0",
        "/search?q=a&limit=21",
        "/search?q=a&kinds=monitors",
        "/search?q=a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u",
        "/search?nope=1",
        &format!("/monitors/{id}/results?from=yesterday"),
        &format!("/monitors/{id}/results?cursor=WzFd"),
        &format!("/monitors/{id}/results?nope=1"),
        &format!("/monitors/{id}/uptime?window=24h"),
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let channel = person.channel().await;
    let window = json!({"name": "Move", "repeat": "once", "from": "2027-12-01T22:00:00Z",
                        "until": "2027-12-02T04:00:00Z"});
    let window = person.post("/maintenance-windows", window).await.expect(201);
    for path in [
        format!("/monitors/{id}"),
        format!("/channels/{channel}"),
        format!("/maintenance-windows/{}", window["id"]),
    ] {
        let rename = async |version: &str, status: u16| {
            let headers = [("if-match", version)];
            let answer = person
                .call_with(Method::PATCH, &path, r#"{"name": "x"}"#, &headers)
                .await;
            assert_eq!(answer.status, status, "{path} {version}: {}", answer.body);
        };
        rename("\"7\"", 412).await;
        rename("\"1\"", 200).await;
        rename("*", 200).await;
        rename("1", 400).await;
    }
    for operation in api::operations() {
        let path = operation
            .path
            .replace("{id}", &id.to_string())
            .replace("{destination}", "1")
            .replace("{delivery}", &uuid::Uuid::nil().to_string())
            .replace("{n}", "1")
            .replace("{version}", "1");
        let method: Method = operation.method.as_str().parse().unwrap();
        let mounted = operation.served_by == api::Server::UserService;
        if mounted && method == Method::GET {
            let answer = person.get(&format!("{path}?nope=1")).await;
            let of_nothing = ["/incidents/", "/auth/providers/", "/me/exports/"]
                .iter()
                .any(|begins| path.starts_with(begins));
            assert!(
                answer.status == 400 || of_nothing && answer.status == 404,
                "{path}: {}",
                answer.body
            );
        }
    }
    let path = format!("/monitors/{id}");
    for version in ["3", "\"x\"", "W/\"1\"", "\"1"] {
        let headers = [("if-match", version)];
        let answer = person
            .call_with(Method::PATCH, &path, r#"{"name": "x"}"#, &headers)
            .await;
        assert_eq!(answer.status, 400, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = UserService::start().await;
    let address = service.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\nx-internal-key: {}\r\ncontent-length: 100\r\n\r\n{{",
        common::INTERNAL_KEY
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // It may be reset as well as closed.
    let _ = tokio::time::timeout(
        std::time::Duration::from_secs(60),
        stream.read_to_end(&mut answer),
    )
    .await
    .expect("the connection ends");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    service.stop().await;
}

#[tokio::test]
async fn a_refusal_does_not_come_before_the_body() {
    let service = UserService::start().await;
    let person = service.register().await;
    let address = service.url.strip_prefix("http://").unwrap();
    for (path, status) in [("/monitors?nope=1", 400), ("/monitors/x/pause", 404)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 2\r\n\
             content-type: application/json\r\nx-internal-key: {}\r\nx-user-id: {}\r\nx-org-id: {}\r\n\
             x-role: owner\r\n\r\n",
            common::INTERNAL_KEY,
            person.user,
            person.org
        );
        let began = Instant::now();
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let early = stream.try_read(&mut [0; 1]);
        // A body that does not come is waited for for a second.
        assert!(
            early.is_err() || began.elapsed() > Duration::from_millis(500),
            "{path}"
        );
        stream.write_all(b"{}").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
