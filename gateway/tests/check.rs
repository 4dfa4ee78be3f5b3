//! Checks on request, and what they must not give away.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use api::Role;
use common::{Gateway, INTERNAL_KEY, token};
use domain::internal::{CheckAnswer, DefinitionsPage};
use domain::monitor::{Definition, MonitorInput, Spec};
use domain::{MonitorId, OrgId};
use http::{Method, Response};
use serde_json::{Value, json};
use testkit::{Reply, Seen};

fn spec() -> Spec {
    let input: MonitorInput = serde_json::from_value(json!({
        "url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "hidden-token"}},
    }))
    .unwrap();
    input.validate().unwrap().1
}

fn heartbeat() -> Value {
    json!({"kind": "heartbeat", "name": "Backup"})
}

/// User-service, where monitor 5 is organisation 7's, and a pinger that finds it up.
fn services(request: &Seen) -> Reply {
    if request.path.starts_with("/internal/definitions") {
        let definition = Definition {
            id: MonitorId(5),
            org_id: OrgId(7),
            revision: 1,
            changed_at: None,
            probe_revision: None,
            spec: spec(),
        };
        let page = DefinitionsPage {
            definitions: Vec::from_iter(request.path.ends_with("ids=5").then_some(definition)),
            next_after: None,
        };
        let mut page = json!(page);
        if request.path.ends_with("ids=8") {
            let heartbeat: MonitorInput = serde_json::from_value(heartbeat()).unwrap();
            let mut definition = json!(heartbeat.validate().unwrap().1);
            (definition["id"], definition["org_id"], definition["revision"]) = (8.into(), 7.into(), 1.into());
            page["definitions"] = json!([definition]);
        }
        if request.path.ends_with("ids=9") {
            page["definitions"] = json!([{"id": 9, "org_id": 7, "kind": "telepathy"}]);
        }
        return Reply::new(200, page.to_string());
    }
    let answer = CheckAnswer {
        url: "https://a.example/".into(),
        kind: "http".into(),
        up: true,
        status_code: Some(200),
        latency_ms: 12,
        attempts: 1,
        error: None,
        error_code: None,
        timings_us: Default::default(),
        tls_expires_at: None,
        redirects: Vec::new(),
    };
    Reply::new(200, serde_json::to_string(&answer).unwrap())
}

async fn post(gateway: &Gateway, path: &str, org: i64, role: Role, body: &Value) -> Response<String> {
    let credential = format!("Bearer {}", token(org, role));
    let headers = [
        ("authorization", credential.as_str()),
        ("content-type", "application/json"),
    ];
    let path = format!("/api/v1/monitors/{path}");
    gateway
        .call(Method::POST, &path, &headers, &body.to_string())
        .await
}

fn fields(response: &Response<String>) -> Value {
    let problem: Value = serde_json::from_str(response.body()).unwrap();
    problem["errors"][0]["field"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_is_checked_at_once_with_its_secrets() {
    let gateway = Gateway::start(services).await;
    let answer = post(&gateway, "5/check-now", 7, Role::Editor, &Value::Null).await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.body().contains("hidden-token"));
    let check: CheckAnswer = serde_json::from_str(answer.body()).unwrap();
    assert!(check.up && check.latency_ms == 12);
    let seen = gateway.seen();
    let order = seen.iter().find(|seen| seen.path == "/internal/check").unwrap();
    assert_eq!(order.headers["x-internal-key"], INTERNAL_KEY);
    assert_eq!(serde_json::from_slice::<Spec>(&order.body).unwrap(), spec());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_not_checked() {
    let gateway = Gateway::start(services).await;
    for path in ["8/check-now", "preview"] {
        let answer = post(&gateway, path, 7, Role::Editor, &heartbeat()).await;
        assert_eq!(
            (answer.status().as_u16(), fields(&answer)),
            (422, json!("kind")),
            "{path}"
        );
    }
    let asked = gateway.seen();
    let of_checks = |seen: &&Seen| seen.path.starts_with("/internal/check");
    assert_eq!(asked.iter().find(of_checks).map(|seen| &seen.path), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_viewers_and_strangers_may_not() {
    let gateway = Gateway::start(services).await;
    for (path, org, role, status) in [
        ("5/check-now", 8, Role::Owner, 404),
        ("6/check-now", 7, Role::Owner, 404),
        // It is of a kind that is not known here.
        ("9/check-now", 7, Role::Owner, 404),
        ("5/check-now", 7, Role::Viewer, 403),
        ("preview", 7, Role::Viewer, 403),
    ] {
        let answer = post(&gateway, path, org, role, &json!({"url": "https://a.example/"})).await;
        assert_eq!(answer.status(), status, "{path}");
    }
    for path in ["5/check-now", "preview"] {
        let path = format!("/api/v1/monitors/{path}");
        let answer = gateway.call(Method::POST, &path, &[], "{}").await;
        assert_eq!(answer.status(), 401, "{path}");
    }
    let seen = gateway.seen();
    assert!(seen.iter().all(|seen| seen.path != "/internal/check"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_what_is_wrong() {
    let gateway = Gateway::start(services).await;
    let good = json!({"url": "https://a.example/", "timeout_ms": 3000});
    assert_eq!(
        post(&gateway, "preview", 7, Role::Editor, &good).await.status(),
        200
    );
    for (bad, field) in [
        (json!({"url": "gopher://a.example/"}), "url"),
        (json!({"url": "https://a.example/", "speed": 9}), "speed"),
        (
            json!({"url": "https://a.example/", "http": {"auth": {"type": "bearer", "token": "***"}}}),
            "http.auth",
        ),
    ] {
        let answer = post(&gateway, "preview", 7, Role::Editor, &bad).await;
        assert_eq!(answer.status(), 422, "{bad}");
        assert!(
            fields(&answer).as_str().unwrap().starts_with(field),
            "{}",
            answer.body()
        );
    }
    let asked: Vec<String> = gateway.seen().into_iter().map(|seen| seen.path).collect();
    let one = ["/internal/checks-on-request?org_id=7", "/internal/check"];
    assert_eq!(asked, one, "what is wrong is not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_does_not_allow_is_not_checked() {
    const REACHED: &str = r#"{"type": "urn:uptime-monitor:limit-reached", "title": "Conflict", "status": 409,
        "detail": "used", "key": "checks_on_request_per_day", "limit": 5, "used": 5}"#;
    let gateway = Gateway::start(
        |seen| match seen.path.starts_with("/internal/checks-on-request") {
            true => Reply::new(409, REACHED).header("content-type", "application/problem+json"),
            false => services(seen),
        },
    )
    .await;
    for path in ["5/check-now", "preview"] {
        let body = json!({"url": "https://a.example/"});
        let answer = post(&gateway, path, 7, Role::Editor, &body).await;
        assert_eq!(answer.status(), 409, "{path}");
        let problem: Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(
            (&problem["key"], &problem["limit"], &problem["used"]),
            (&json!("checks_on_request_per_day"), &json!(5), &json!(5))
        );
    }
    assert!(gateway.seen().iter().all(|seen| seen.path != "/internal/check"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_may_ask_for_so_many_and_the_pinger_may_be_away() {
    const AWAY: &str =
        r#"{"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": "away"}"#;
    let gateway =
        Gateway::start(|_| Reply::new(503, AWAY).header("content-type", "application/problem+json")).await;
    let good = json!({"url": "https://a.example/"});
    // Thirty, and what a minute's thirty give back while they are asked for.
    let mut answered = 0;
    let refused = loop {
        let answer = post(&gateway, "preview", 7, Role::Editor, &good).await;
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 503);
        answered += 1;
        assert!(answered < 100, "there is no limit");
    };
    assert!(answered >= 30, "{answered}");
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(
        post(&gateway, "preview", 8, Role::Editor, &good).await.status(),
        503
    );
}
