//! Pings of heartbeats: what they are answered, and what is recorded of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/pings.rs"]
mod pings;

use common::ENCRYPTION_KEYS;
use domain::record::{Ping, PingKind};
use http::Method;
use pings::{Pinged, UUID, nobodys, target};
use serde_json::json;
use shared::crypto::Keyring;
use testkit::Reply;

const RUN: &str = "5B2C0d0c-a3e4-4a5f-9a51-7a1e9d3c8f10";

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_answers() {
    let Some(kafka) = testkit::kafka("every_row_of_the_answers", 3).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[], |seen| match &*seen.path {
        "/internal/ping-targets?key=key&slug=new&create=1" => {
            let made = json!({"targets": [target(11, &json!({}))], "created": true});
            Reply::new(200, made.to_string())
        }
        _ => nobodys(seen),
    })
    .await;
    pinged.knows(UUID, &target(7, &json!({}))).await;
    pinged
        .knows_slug("key", "backup", &json!([target(8, &json!({}))]))
        .await;
    let twins = json!([target(9, &json!({})), target(10, &json!({}))]);
    pinged.knows_slug("key", "twins", &twins).await;

    let upper = UUID.to_uppercase();
    let (get, head, post) = (Method::GET, Method::HEAD, Method::POST);
    let ok = |kind, exit| (200, "OK", Some((kind, exit)));
    let (success, fail) = (PingKind::Success, PingKind::Fail);
    let not_found = (404, "not found", None);
    let rows = [
        (&get, format!("/ping/{UUID}"), ok(success, None)),
        (&get, format!("/ping/{UUID}/"), ok(success, None)),
        (&head, format!("/ping/{UUID}"), (200, "", Some((success, None)))),
        (&post, format!("/ping/{UUID}"), ok(success, None)),
        (&get, format!("/api/ping/{UUID}"), ok(success, None)),
        (
            &get,
            format!("/api/ping/{UUID}/start?x=y"),
            ok(PingKind::Start, None),
        ),
        (&get, format!("/ping/{UUID}/fail"), ok(fail, None)),
        (&get, format!("/ping/{UUID}/log"), ok(PingKind::Log, None)),
        (&get, format!("/ping/{UUID}/0"), ok(success, Some(0))),
        (&post, format!("/ping/{UUID}/255"), ok(fail, Some(255))),
        (
            &get,
            format!("/ping/{UUID}/256"),
            (400, "invalid url format", None),
        ),
        (
            &get,
            format!("/ping/{UUID}/256?rid=x"),
            (400, "invalid url format", None),
        ),
        (&get, format!("/ping/{UUID}/-1"), not_found),
        (&get, format!("/ping/{UUID}/other"), not_found),
        (&get, format!("/ping/{UUID}/fail/"), not_found),
        (&get, format!("/ping/{upper}"), not_found),
        (&get, format!("/ping/{}1", &UUID[..35]), not_found),
        (&get, format!("/ping/{}1/256", &UUID[..35]), not_found),
        (
            &get,
            format!("/ping/{UUID}?rid=1"),
            (400, "invalid uuid format", None),
        ),
        (
            &get,
            format!("/ping/{UUID}?rid="),
            (400, "invalid uuid format", None),
        ),
        (
            &get,
            format!("/ping/{UUID}/start?rid={RUN}"),
            ok(PingKind::Start, None),
        ),
        (&get, "/ping/key/backup".to_owned(), ok(success, None)),
        (&get, "/api/ping/key/backup/7".to_owned(), ok(fail, Some(7))),
        (&get, "/ping/key/backup?create=1".to_owned(), ok(success, None)),
        (&get, "/ping/key/backup/".to_owned(), not_found),
        (
            &get,
            "/ping/key/Backup".to_owned(),
            (400, "invalid url format", None),
        ),
        (
            &get,
            "/ping/nokey/Backup?create=1".to_owned(),
            (400, "invalid url format", None),
        ),
        (&get, "/ping/key/new".to_owned(), not_found),
        (&get, "/ping/key/new?create=0".to_owned(), not_found),
        (&get, "/ping/nokey/new?create=1".to_owned(), not_found),
        (
            &get,
            "/ping/key/new/fail?create=1".to_owned(),
            (201, "Created", Some((fail, None))),
        ),
        (&get, "/ping/key/twins".to_owned(), (409, "ambiguous slug", None)),
        (
            &get,
            "/ping/key/twins?rid=1".to_owned(),
            (400, "invalid uuid format", None),
        ),
        (&get, "/ping/".to_owned(), not_found),
    ];
    let mut expected = Vec::new();
    for (method, path, (status, body, recorded)) in rows {
        let answer = pinged.gateway.call(method.clone(), &path, &[], "").await;
        assert_eq!(
            (answer.status().as_u16(), answer.body().as_str()),
            (status, body),
            "{method} {path}"
        );
        let headers = answer.headers();
        for (name, value) in [
            ("content-type", "text/plain; charset=utf-8"),
            ("access-control-allow-origin", "*"),
            ("ping-body-limit", "10000"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value, "{method} {path}");
        }
        expected.extend(recorded.map(|(kind, exit)| (kind, exit, method.to_string())));
    }
    let recorded = pinged.recorded().await;
    let told = |ping: &Ping| (ping.kind, ping.exit_status, ping.request.method.clone());
    assert_eq!(recorded.iter().map(told).collect::<Vec<_>>(), expected);
    let runs: Vec<_> = recorded.iter().filter_map(|ping| ping.run_id).collect();
    assert_eq!(runs, [RUN.parse::<uuid::Uuid>().unwrap()]);

    for path in [format!("/ping/{UUID}"), "/api/ping/key/none".to_owned()] {
        let options = pinged.gateway.call(Method::OPTIONS, &path, &[], "").await;
        assert_eq!((options.status().as_u16(), options.body().as_str()), (204, ""));
        assert_eq!(options.headers()["access-control-allow-origin"], "*");
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let refused = pinged.gateway.call(method, &path, &[], "").await;
            assert_eq!(refused.status().as_u16(), 405);
            assert_eq!(refused.headers()["allow"], "HEAD, GET, POST, OPTIONS");
        }
    }
    assert_eq!(pinged.recorded().await.len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_says_what_came_and_how() {
    let Some(kafka) = testkit::kafka("a_record_says_what_came_and_how", 1).await else {
        return;
    };
    let settings = [("TRUST_FORWARDED_FOR", "true"), ("PING_BODY_LIMIT", "10")];
    let pinged = Pinged::start(kafka.clone(), &settings, nobodys).await;
    let limits = json!({"limits": {"shortest_ms": 5000, "must_not_ping": true}});
    pinged.knows(UUID, &target(7, &limits)).await;
    let agent = "a".repeat(300);
    let headers = [
        ("user-agent", &*agent),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
    ];
    let before = shared::now();
    let path = format!("/ping/{UUID}");
    let sent = pinged
        .send(Method::POST, &path, &headers, "0123456789 and the rest")
        .await;
    assert_eq!(sent, (200, "OK".to_owned()));
    let [ping] = &pinged.recorded().await[..] else {
        panic!("one was sent")
    };
    assert!(ping.timestamp >= before && ping.timestamp <= shared::now());
    assert_eq!(ping.id.get_version_num(), 7);
    assert_eq!(
        (ping.monitor_id.0, ping.org_id.0, &*ping.url),
        (7, 1, "heartbeat://backup")
    );
    assert_eq!(
        (ping.limits.shortest_ms, ping.limits.must_not_ping),
        (Some(5_000), true)
    );
    let due = ping.due.unwrap();
    assert_eq!(due.at.millis_since(ping.timestamp), 3_600_000);
    assert_eq!(due.deadline.millis_since(due.at), 300_000);
    let request = &ping.request;
    assert_eq!((&*request.scheme, &*request.method), ("https", "POST"));
    assert_eq!(request.address.as_deref(), Some("192.0.2.7"));
    assert_eq!(request.user_agent.as_ref().unwrap().len(), 200);
    assert_eq!(request.body_bytes, 23);
    assert_eq!(opened(ping), b"0123456789");

    // Nobody is believed who is no proxy.
    let pinged = Pinged::start(kafka, &[], nobodys).await;
    pinged.knows(UUID, &target(7, &json!({}))).await;
    assert_eq!(pinged.send(Method::GET, &path, &headers, "").await.0, 200);
    let ping = pinged.recorded().await.pop().unwrap();
    assert_eq!(
        (&*ping.request.scheme, ping.request.address.as_deref()),
        ("http", Some("127.0.0.1"))
    );
    assert_eq!((ping.request.sealed_body, ping.request.body_bytes), (None, 0));
}

fn opened(ping: &Ping) -> Vec<u8> {
    use base64::Engine as _;
    let sealed = ping.request.sealed_body.as_ref().unwrap();
    let sealed = base64::engine::general_purpose::STANDARD.decode(sealed).unwrap();
    let context = Ping::seal_context(ping.org_id, ping.monitor_id, ping.id);
    let keyring = Keyring::parse(ENCRYPTION_KEYS).unwrap();
    keyring.open(&context, &sealed).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_the_method_and_a_pause_decide_what_a_ping_says() {
    let Some(kafka) = testkit::kafka("the_body_the_method_and_a_pause", 1).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[], nobodys).await;
    let words = json!({"fail": ["ERROR"], "success": ["done"], "start": ["begin"]});
    for (slug, more) in [
        ("words", json!({"filter": {"body": words}})),
        ("post", json!({"filter": {"post_only": true}})),
        ("paused", json!({"paused": true})),
    ] {
        pinged.knows_slug("key", slug, &json!([target(7, &more)])).await;
    }
    let mut expected = Vec::new();
    for (method, path, body, kind) in [
        (Method::POST, "words", "all done", PingKind::Success),
        (Method::POST, "words/start", "done, but ERROR", PingKind::Fail),
        (Method::POST, "words/fail", "begin", PingKind::Start),
        (Method::POST, "words", "Done", PingKind::Ignored),
        (Method::GET, "post", "", PingKind::Ignored),
        (Method::HEAD, "post/fail", "", PingKind::Ignored),
        (Method::POST, "post/fail", "", PingKind::Fail),
        // Whether it is paused still is for those to say who read the log.
        (Method::GET, "paused", "", PingKind::Success),
    ] {
        let (status, _) = pinged.send(method, &format!("/ping/key/{path}"), &[], body).await;
        assert_eq!(status, 200, "{path}");
        expected.push(kind);
    }
    // What is no text is looked through all the same.
    let raw = [&[0xff, 0xfe][..], b"ERROR\0", &[0x80]].concat();
    let request = http::Request::post(format!("{}/ping/key/words", pinged.gateway.url))
        .body(http_body_util::Full::from(raw.clone()))
        .unwrap();
    let client = shared::http::client::ServiceClient::new(std::time::Duration::from_secs(20));
    assert_eq!(client.send(request).await.unwrap().status(), 200);
    expected.push(PingKind::Fail);
    let recorded = pinged.recorded().await;
    assert_eq!(
        recorded.iter().map(|ping| ping.kind).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(opened(recorded.last().unwrap()), raw);
    assert_eq!(recorded.iter().filter(|ping| ping.due.is_some()).count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_for_pings_alone() {
    let Some(kafka) = testkit::kafka("a_name_for_pings_alone", 1).await else {
        return;
    };
    let settings = [
        ("PING_HOST", "ping.example.org"),
        ("PUBLIC_URL", "https://uptime.example.org"),
    ];
    let pinged = Pinged::start(kafka, &settings, nobodys).await;
    pinged.knows(UUID, &target(7, &json!({}))).await;
    pinged
        .knows_slug("key", "backup", &json!([target(7, &json!({}))]))
        .await;
    let at = async |path: &str, host: &str| pinged.send(Method::GET, path, &[("host", host)], "").await;
    for path in [
        &*format!("/{UUID}"),
        &*format!("/{UUID}/fail"),
        "/key/backup/3",
        &*format!("/ping/{UUID}"),
    ] {
        assert_eq!(
            at(path, "Ping.example.org:443").await,
            (200, "OK".to_owned()),
            "{path}"
        );
    }
    for path in [
        "/",
        "/api/v1/me",
        "/api/openapi.json",
        "/health/live",
        "/assets/x.js",
    ] {
        assert_eq!(
            at(path, "ping.example.org").await,
            (404, "not found".to_owned()),
            "{path}"
        );
    }
    assert_eq!(at("/api/v1/me", "uptime.example.org").await.0, 401);
    assert_eq!(at(&format!("/ping/{UUID}"), "uptime.example.org").await.0, 200);
    assert_ne!(at(&format!("/{UUID}"), "uptime.example.org").await.1, "OK");
    assert_eq!(at(&format!("/{UUID}"), "evil.example").await.0, 421);
    assert_eq!(pinged.recorded().await.len(), 5);
}
