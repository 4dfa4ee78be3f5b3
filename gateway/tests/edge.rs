//! What the gateway lets through, and in whose name.

use std::time::Duration;

use crate::common::{Gateway, INTERNAL_KEY, token};
use api::Role;
use async_compression::tokio::bufread::GzipDecoder;
use domain::live::{LiveState, LiveStatus};
use domain::{MonitorId, OrgId};
use fred::interfaces::HashesInterface as _;
use http::{Method, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;
use testkit::Reply;
use tokio::io::AsyncReadExt as _;

fn json_of(response: &http::Response<String>) -> Value {
    serde_json::from_str(response.body()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_passed_on_in_the_name_of_its_credential_alone() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Bearer {}", token(7, Role::Editor));
    let forged = [
        ("authorization", credential.as_str()),
        ("x-user-id", "1"),
        ("x-org-id", "1"),
        ("x-role", "owner"),
        ("x-internal-key", "guess"),
        ("x-client-ip", "6.6.6.6"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-request-id", "trace-1"),
    ];
    let response = gateway
        .call(Method::GET, "/api/v1/summary?x=1", &forged, "")
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-request-id"], "trace-1");
    let seen = &gateway.seen()[0];
    assert_eq!(seen.path, "/api/v1/summary?x=1");
    for (name, expected) in [
        ("x-user-id", "3"),
        ("x-org-id", "7"),
        ("x-role", "editor"),
        ("x-internal-key", INTERNAL_KEY),
        ("x-client-ip", "127.0.0.1"),
        ("x-request-id", "trace-1"),
    ] {
        let values: Vec<_> = seen.headers.get_all(name).iter().collect();
        assert_eq!(values, [expected], "{name}");
    }
    assert!(
        !seen.headers.contains_key("authorization"),
        "the token stays at the edge"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_credential_nothing_is_passed_on() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let routes = [
        (Method::GET, "/me"),
        (Method::GET, "/monitors"),
        (Method::POST, "/monitors"),
        (Method::GET, "/monitors/1"),
        (Method::PATCH, "/monitors/1"),
        (Method::DELETE, "/monitors/1"),
        (Method::POST, "/monitors/1/pause"),
        (Method::POST, "/monitors/1/resume"),
        (Method::GET, "/monitors/1/status"),
        (Method::POST, "/monitors/1/backtest"),
        (Method::POST, "/backtests"),
        (Method::GET, "/monitors/1/results"),
        (Method::GET, "/monitors/1/uptime"),
        (Method::GET, "/incidents"),
        (Method::GET, "/incidents/1"),
        (Method::GET, "/summary"),
        (Method::GET, "/search"),
        (Method::GET, "/channels"),
        (Method::POST, "/channels"),
        (Method::GET, "/channels/1"),
        (Method::PATCH, "/channels/1"),
        (Method::DELETE, "/channels/1"),
        (Method::POST, "/channels/1/test"),
        (Method::GET, "/channels/1/deliveries"),
        (Method::POST, "/channels/1/deliveries/1/resend"),
        (Method::GET, "/maintenance-windows"),
        (Method::POST, "/maintenance-windows"),
        (Method::GET, "/maintenance-windows/1"),
        (Method::PATCH, "/maintenance-windows/1"),
        (Method::DELETE, "/maintenance-windows/1"),
        (Method::POST, "/maintenance-windows/preview"),
        (Method::GET, "/maintenance-windows/1/occurrences"),
        (Method::POST, "/maintenance-windows/1/occurrences/cancel"),
        (Method::POST, "/maintenance-windows/1/occurrences/restore"),
        (Method::GET, "/silences"),
        (Method::POST, "/silences"),
        (Method::GET, "/silences/1"),
        (Method::PATCH, "/silences/1"),
        (Method::POST, "/silences/1/end"),
        (Method::GET, "/drills"),
        (Method::POST, "/drills"),
        (Method::GET, "/drills/1"),
        (Method::POST, "/drills/1/acknowledge"),
        (Method::POST, "/drills/1/end"),
        (Method::GET, "/drill-schedules"),
        (Method::POST, "/drill-schedules"),
        (Method::GET, "/drill-schedules/1"),
        (Method::PATCH, "/drill-schedules/1"),
        (Method::DELETE, "/drill-schedules/1"),
        (Method::POST, "/monitors/1/mute"),
        (Method::POST, "/monitors/1/unmute"),
        (Method::GET, "/monitors/1/versions"),
        (Method::GET, "/monitors/1/versions/1"),
        (Method::POST, "/monitors/1/versions/1/restore"),
        (Method::GET, "/maintenance-windows/1/versions"),
        (Method::GET, "/maintenance-windows/1/versions/1"),
        (Method::POST, "/maintenance-windows/1/versions/1/restore"),
        (Method::GET, "/alert-routes/1/versions"),
        (Method::GET, "/alert-routes/1/versions/1"),
        (Method::POST, "/alert-routes/1/versions/1/restore"),
        (Method::GET, "/escalation-policies/1/versions"),
        (Method::GET, "/escalation-policies/1/versions/1"),
        (Method::POST, "/escalation-policies/1/versions/1/restore"),
        (Method::GET, "/on-call-schedules/1/versions"),
        (Method::GET, "/on-call-schedules/1/versions/1"),
        (Method::POST, "/on-call-schedules/1/versions/1/restore"),
        (Method::POST, "/incidents/1/acknowledge"),
        (Method::POST, "/incidents/1/notes"),
        (Method::GET, "/stream"),
    ];
    for (method, path) in routes {
        for credential in ["", "Bearer", "Bearer x.y.z", "Basic dTpw"] {
            let path = format!("/api/v1{path}");
            let response = gateway
                .call(method.clone(), &path, &[("authorization", credential)], "{}")
                .await;
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{method} {path} {credential}"
            );
            let problem = json_of(&response);
            assert_eq!(problem["status"], 401);
            assert_eq!(
                problem["request_id"],
                response.headers()["x-request-id"].to_str().unwrap()
            );
        }
    }
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_names_its_request_also_when_it_is_compressed() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let request = http::Request::get(format!("{}/api/v1/monitors", gateway.url))
        .header("accept-encoding", "gzip")
        .body(Full::default())
        .unwrap();
    let client = ServiceClient::new(Duration::from_secs(20));
    let response = client.send(request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut problem = String::new();
    GzipDecoder::new(&response.body()[..])
        .read_to_string(&mut problem)
        .await
        .unwrap();
    let problem: Value = serde_json::from_str(&problem).unwrap();
    assert_eq!(
        problem["request_id"],
        response.headers()["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_no_encoding_of_ours_gets_a_plain_answer() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let credential = format!("Bearer {}", token(7, Role::Viewer));
    for accepted in ["*;q=0", "br", "identity;q=0, br", "br;q=9"] {
        let headers = [
            ("authorization", credential.as_str()),
            ("accept-encoding", accepted),
        ];
        let response = gateway.call(Method::GET, "/api/v1/summary", &headers, "").await;
        assert_eq!(
            (response.status(), response.body().as_str()),
            (StatusCode::OK, "{}"),
            "{accepted}"
        );
        assert!(!response.headers().contains_key("content-encoding"), "{accepted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_listed_does_not_exist() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let token = token(7, Role::Owner);
    for path in [
        "/api/v1/internal/definitions",
        "/api/v1/nope",
        "/api/nope",
        "/internal/definitions",
        "/metrics",
    ] {
        let response = gateway.get(path, &token).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    let credential = format!("Bearer {token}");
    let response = gateway
        .call(
            Method::PUT,
            "/api/v1/monitors",
            &[("authorization", &credential)],
            "{}",
        )
        .await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let response = gateway
        .call(Method::POST, "/internal/definitions", &[], "{}")
        .await;
    assert_eq!(
        response.status(),
        StatusCode::METHOD_NOT_ALLOWED,
        "only the dashboard's pages are outside of /api"
    );
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_at_the_edge() {
    let gateway = Gateway::start(|_| Reply::new(201, "{}")).await;
    let credential = format!("Bearer {}", token(7, Role::Owner));
    let body = format!("{{\"name\": \"{}\"}}", "a".repeat(64 * 1024));
    let response = gateway
        .call(
            Method::POST,
            "/api/v1/monitors",
            &[("authorization", &credential)],
            &body,
        )
        .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(gateway.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_told_with_when_to_try_again() {
    let gateway = Gateway::start_with(&[("USER_SERVICE_URL", "http://127.0.0.1:9")], |_| {
        Reply::new(200, "")
    })
    .await;
    let response = gateway.get("/api/v1/summary", &token(7, Role::Owner)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

async fn put_status(gateway: &Gateway, monitor: i64, org: i64, state: LiveState) {
    let status = LiveStatus {
        state,
        latency_ms: Some(12),
        ..LiveStatus::default()
    };
    let fields = [
        ("slot", "1".to_owned()),
        ("org", org.to_string()),
        ("json", json!(status).to_string()),
    ];
    let key = gateway.keys.status(MonitorId(monitor));
    let _: () = gateway.redis.hset(key, fields.to_vec()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn live_status_comes_from_redis_even_while_user_service_is_away() {
    let gateway = Gateway::start_with(&[("USER_SERVICE_URL", "http://127.0.0.1:9")], |_| {
        Reply::new(200, "")
    })
    .await;
    put_status(&gateway, 42, 7, LiveState::Down).await;
    let response = gateway
        .get("/api/v1/monitors/42/status", &token(7, Role::Viewer))
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(json_of(&response)["state"], "down");
    // Another organisation's is asked for like one that Redis does not know.
    let response = gateway
        .get("/api/v1/monitors/42/status", &token(8, Role::Viewer))
        .await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_as_of_an_instant_is_user_services_to_say() {
    let gateway = Gateway::start(|_| {
        Reply::new(
            200,
            r#"{"state": "up", "since": null, "last_checked_at": null, "latency_ms": null, "status_code": null,
                "error": null, "error_code": null, "incident_id": null, "as_of": "2026-11-29T10:00:00.000Z"}"#,
        )
    })
    .await;
    put_status(&gateway, 42, 7, LiveState::Down).await;
    let path = "/api/v1/monitors/42/status?at=2026-11-29T10:00:00Z";
    let response = gateway.get(path, &token(7, Role::Viewer)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(json_of(&response)["state"], "up");
    assert_eq!(gateway.seen()[0].path, path);
    let wrong = gateway
        .get("/api/v1/monitors/42/status?at=soon", &token(7, Role::Viewer))
        .await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(gateway.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_pass_and_a_stranger_cannot_choose_a_request_id_freely() {
    let gateway =
        Gateway::start(|_| Reply::new(200, "{}").header("set-cookie", "uptime_refresh=new; HttpOnly")).await;
    let sent = [
        ("cookie", "uptime_refresh=old"),
        ("x-request-id", "bad id with spaces"),
    ];
    let response = gateway
        .call(Method::POST, "/api/v1/auth/refresh", &sent, "")
        .await;
    assert_eq!(response.headers()["set-cookie"], "uptime_refresh=new; HttpOnly");
    assert_eq!(gateway.seen()[0].headers["cookie"], "uptime_refresh=old");
    assert_ne!(response.headers()["x-request-id"], "bad id with spaces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_is_sent_by_the_alerter_for_the_channel_of_the_organisation() {
    let channel =
        json!({"id": 5, "org_id": 7, "name": "Ops", "kind": "slack", "enabled": true, "sealed_config": "x"});
    let gateway = Gateway::start(move |request| {
        if request.path == "/internal/channels/5?org_id=7" {
            Reply::new(200, channel.to_string())
        } else if request.path == "/internal/test-message" {
            Reply::new(200, r#"{"ok": false, "error": "no_service"}"#)
        } else {
            Reply::new(404, "{}")
        }
    })
    .await;
    let send = async |path: &str, role| {
        let credential = format!("Bearer {}", token(7, role));
        gateway
            .call(Method::POST, path, &[("authorization", &credential)], "")
            .await
    };
    let response = send("/api/v1/channels/5/test", Role::Admin).await;
    assert_eq!(json_of(&response), json!({"ok": false, "error": "no_service"}));
    let posted = gateway.seen().pop().unwrap();
    assert_eq!(posted.headers["x-internal-key"], INTERNAL_KEY);
    assert_eq!(
        serde_json::from_slice::<Value>(&posted.body).unwrap()["id"],
        OrgId(5).0
    );
    assert_eq!(
        send("/api/v1/channels/6/test", Role::Admin).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        send("/api/v1/channels/5/test", Role::Viewer).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_ones_own_is_tested_by_its_owner_of_whatever_role() {
    let channel = |id: i64| {
        let channel = json!({"id": id, "org_id": 7, "name": "Phone", "kind": "ntfy", "enabled": true, "sealed_config": "x"});
        Reply::new(200, channel.to_string())
    };
    let gateway = Gateway::start(move |request| match &*request.path {
        "/internal/channels/1?org_id=7" => channel(1),
        "/internal/channels/5?org_id=7&owner=3" => channel(5),
        "/internal/channels/8?org_id=7&owner=3" => channel(8),
        "/internal/channels/9?org_id=7&owner=3" => channel(9),
        "/internal/test-message" => Reply::new(200, r#"{"ok": true, "error": null}"#),
        _ => Reply::new(404, "{}"),
    })
    .await;
    let credential = format!("Bearer {}", token(7, Role::Viewer));
    let send = async |path: &str| {
        let headers = [("authorization", &*credential)];
        gateway.call(Method::POST, path, &headers, "").await.status()
    };
    assert_eq!(send("/api/v1/me/channels/6/test").await, StatusCode::NOT_FOUND);
    for _ in 0..5 {
        assert_eq!(send("/api/v1/me/channels/5/test").await, StatusCode::OK);
    }
    assert_eq!(
        send("/api/v1/me/channels/5/test").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    // A count of their own: it takes nothing of the organisation's.
    for _ in 0..5 {
        assert_eq!(send("/api/v1/me/channels/8/test").await, StatusCode::OK);
    }
    assert_eq!(
        send("/api/v1/me/channels/9/test").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(tests_of(&gateway, 1, 1).await.0, [200]);
}

/// The statuses of test messages to `channel`, and after how many seconds the last of them may be tried again.
async fn tests_of(gateway: &Gateway, channel: i64, count: usize) -> (Vec<u16>, Option<u32>) {
    let credential = format!("Bearer {}", token(7, Role::Admin));
    let (mut statuses, mut wait) = (Vec::new(), None);
    for _ in 0..count {
        let path = format!("/api/v1/channels/{channel}/test");
        let response = gateway
            .call(Method::POST, &path, &[("authorization", &credential)], "")
            .await;
        statuses.push(response.status().as_u16());
        let after = response.headers().get("retry-after");
        wait = after.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
    }
    (statuses, wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn test_messages_are_few_for_a_channel_and_for_an_organisation() {
    let gateway = Gateway::start(move |request| {
        let id = request.path.trim_start_matches("/internal/channels/");
        match id.trim_end_matches("?org_id=7").parse::<i64>() {
            Ok(id) => {
                let channel = json!({
                    "id": id, "org_id": 7, "name": "Ops", "kind": "slack", "enabled": true, "sealed_config": "x"
                });
                Reply::new(200, channel.to_string())
            }
            Err(_) => Reply::new(200, r#"{"ok": true, "error": null}"#),
        }
    })
    .await;
    let (statuses, wait) = tests_of(&gateway, 1, 6).await;
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    assert!((1..=60).contains(&wait.unwrap()), "{wait:?}");
    for channel in 2..=6 {
        assert_eq!(tests_of(&gateway, channel, 5).await.0, [200; 5], "{channel}");
    }
    let (statuses, wait) = tests_of(&gateway, 7, 1).await;
    assert_eq!(statuses, [429]);
    assert!((3_500..=3_600).contains(&wait.unwrap()), "{wait:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_has_had_enough_test_messages_is_told_of_by_the_alerter() {
    let channel =
        json!({"id": 5, "org_id": 7, "name": "Ops", "kind": "email", "enabled": true, "sealed_config": "x"});
    let gateway = Gateway::start(move |request| match request.path.as_str() {
        "/internal/test-message" => Reply::new(429, "{}").header("retry-after", "1800"),
        _ => Reply::new(200, channel.to_string()),
    })
    .await;
    assert_eq!(tests_of(&gateway, 5, 1).await, (vec![429], Some(1_800)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    for path in [
        "/",
        "/monitors/7",
        "/assets/missing.js",
        "/api/v1/summary",
        "/health/live",
    ] {
        let response = gateway.call(Method::GET, path, &[], "").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(
        gateway
            .call(Method::GET, "/assets/missing.js", &[], "")
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_needs_no_credential_and_is_limited_by_address() {
    let gateway = Gateway::start(|_| Reply::new(200, "{}")).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    // As a mail program does for somebody who wants no more mails (RFC 8058).
    let path = "/api/v1/recipients/AQAB-x_y/decline";
    let answer = gateway
        .call(Method::POST, path, &form, "List-Unsubscribe=One-Click")
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let seen = &gateway.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", path));
    assert_eq!(seen.headers["x-internal-key"], INTERNAL_KEY);
    assert!(!seen.headers.contains_key("x-org-id") && seen.body.is_empty());
    let path = "/api/v1/recipients/AQAB-x_y";
    let mut followed = 0;
    while gateway.call(Method::GET, path, &[], "").await.status() == StatusCode::OK {
        followed += 1;
        assert!(followed < 1_000, "nothing limits it");
    }
    assert!(followed >= 119, "{followed}");
}
