//! Pushes to the addresses of other products.

use crate::common::pings::{Pinged, nobodys, target};
use domain::record::PingKind;
use http::Method;
use serde_json::json;
use testkit::Reply;

/// What was asked for, and how it was answered.
type Row<'a> = (Method, &'a str, Option<&'a str>, u16, &'a str);

const GONE: &str = r#"{"msg":"Monitor not found or not active.","ok":false}"#;
const BEARER: Option<&str> = Some("Bearer potato");

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_others_go_on_as_they_are() {
    let Some(kafka) = testkit::kafka("scripts_of_others_go_on_as_they_are", 1).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[], nobodys).await;
    pinged.knows("push/potato", &target(7, &json!({}))).await;
    let gatus = |query: &str| format!("/api/v1/endpoints/core_backup/external?{query}");
    let (up, down, bad) = (
        gatus("success=true"),
        gatus("success=false&error=no+disk&duration=1m1.5s"),
        gatus("success=1"),
    );
    let (short, others) = (gatus("success=true&duration=5"), gatus("success=true&error=x"));
    let rows: [Row<'_>; 18] = [
        (Method::GET, "/api/push/potato", None, 200, r#"{"ok":true}"#),
        (
            Method::PUT,
            "/api/push/potato?status=up&msg=OK&ping=12.6",
            None,
            200,
            r#"{"ok":true}"#,
        ),
        (
            Method::POST,
            "/api/push/potato?status=down&msg=no%00disk&ping=",
            None,
            200,
            r#"{"ok":true}"#,
        ),
        (Method::GET, "/api/push/tomato", None, 404, GONE),
        (Method::POST, &up, BEARER, 200, ""),
        (Method::POST, &down, BEARER, 200, ""),
        (Method::POST, &others, BEARER, 200, ""),
        (
            Method::POST,
            &bad,
            BEARER,
            400,
            "missing or invalid success query parameter",
        ),
        (
            Method::POST,
            &bad,
            None,
            400,
            "missing or invalid success query parameter",
        ),
        (Method::POST, &up, None, 401, "invalid Authorization header"),
        (
            Method::POST,
            &up,
            Some("Basic x"),
            401,
            "invalid Authorization header",
        ),
        (Method::POST, &short, Some("Bearer tomato"), 401, "invalid token"),
        (
            Method::POST,
            &short,
            BEARER,
            400,
            "invalid duration: time: missing unit in duration \"5\"",
        ),
        (Method::GET, &up, BEARER, 405, "method not allowed"),
        (
            Method::GET,
            "/ext/heartbeat/backup/potato",
            None,
            200,
            r#"{"status":"UP"}"#,
        ),
        (
            Method::POST,
            "/ext/heartbeat/backup:potato",
            None,
            200,
            r#"{"status":"UP"}"#,
        ),
        (
            Method::GET,
            "/ext/heartbeat/backup:tomato",
            None,
            404,
            r#"{"error":"not found"}"#,
        ),
        (
            Method::GET,
            "/ext/heartbeat/backup",
            None,
            404,
            r#"{"error":"not found"}"#,
        ),
    ];
    for (method, path, authorization, status, body) in rows {
        let headers: Vec<_> = authorization
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        let sent = pinged.send(method.clone(), path, &headers, "").await;
        assert_eq!(
            sent,
            (status, body.to_owned()),
            "{method} {path} {authorization:?}"
        );
    }
    let recorded = pinged.recorded().await;
    let told: Vec<_> = recorded
        .iter()
        .map(|ping| (ping.kind, ping.latency_ms, ping.message.as_deref()))
        .collect();
    let (success, fail) = (PingKind::Success, PingKind::Fail);
    assert_eq!(
        told,
        [
            (success, None, None),
            (success, Some(13), Some("OK")),
            (fail, None, Some("no disk")),
            (success, None, None),
            (fail, Some(61_500), Some("no disk")),
            (success, None, None),
            (success, None, None),
            (success, None, None),
        ]
    );
    let asked = pinged.gateway.seen();
    assert_eq!(asked[0].path, "/internal/ping-targets?token=tomato");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_to_be_sent_again() {
    let Some(kafka) = testkit::kafka("what_is_not_known_is_to_be_sent_again", 1).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[], |_| Reply::new(503, "")).await;
    for (method, path) in [
        (Method::GET, "/api/push/potato"),
        (Method::POST, "/api/v1/endpoints/a_b/external?success=true"),
        (Method::GET, "/ext/heartbeat/a/potato"),
    ] {
        let answer = pinged
            .gateway
            .call(method, path, &[("authorization", "Bearer potato")], "")
            .await;
        assert_eq!(answer.status().as_u16(), 503, "{path}");
        assert_eq!(answer.headers()["retry-after"], "2", "{path}");
    }
}
