//! Badges: what the state of a heartbeat looks like on other pages, and what nobody is told.

use crate::common::Gateway;
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use http::Method;
use serde_json::{Value, json};
use testkit::Reply;

const KEY: &str = "00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "ffeeddccbbaa99887766554433221100";

async fn set(gateway: &Gateway, key: String, value: &str) {
    let set = gateway.redis.set::<(), _, _>(key, value, None, None, false);
    set.await.unwrap();
}

/// Has Redis know the badge of monitor 42 of organisation 7.
async fn start() -> Gateway {
    let gateway = Gateway::start(|_| Reply::new(500, "nobody is asked")).await;
    let target = json!({"monitor_id": 42, "org_id": 7}).to_string();
    set(&gateway, gateway.keys.badge(KEY), &target).await;
    gateway
}

async fn has_status(gateway: &Gateway, org: i64, status: &Value) {
    let fields = vec![("org", org.to_string()), ("json", status.to_string())];
    let key = gateway.keys.status(domain::MonitorId(42));
    gateway.redis.hset::<(), _, _>(key, fields).await.unwrap();
}

fn status(state: &str, due_in_seconds: i64) -> Value {
    json!({
        "state": state, "since": null, "last_checked_at": null, "latency_ms": null, "status_code": null,
        "error": "a secret of theirs", "error_code": null, "incident_id": null,
        "due_at": shared::now().plus_millis(1_000 * due_in_seconds),
    })
}

async fn get(gateway: &Gateway, path: &str) -> (u16, String) {
    let answer = gateway.call(Method::GET, path, &[], "").await;
    (answer.status().as_u16(), answer.into_body())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_shows_the_state_and_nothing_else() {
    let gateway = start().await;
    let path = |format: &str| format!("/badge/{KEY}.{format}");
    // Redis was emptied, and not filled again.
    assert_eq!(get(&gateway, &path("json")).await.0, 503);
    set(&gateway, gateway.keys.filled(), "1").await;
    let json = get(&gateway, &path("json")).await.1;
    assert_eq!(json, r#"{"down":0,"grace":0,"status":"new","total":1}"#);
    for (state, due_in, shown, colour) in [
        ("up", 60, "up", "success"),
        ("up", -60, "late", "important"),
        ("down", -60, "down", "critical"),
        ("paused", 60, "paused", "inactive"),
    ] {
        has_status(&gateway, 7, &status(state, due_in)).await;
        let (code, image) = get(&gateway, &path("svg")).await;
        assert!(
            code == 200 && image.contains(&format!("heartbeat: {shown}")),
            "{image}"
        );
        assert!(!image.contains("secret"), "{image}");
        let shields: Value = serde_json::from_str(&get(&gateway, &path("shields")).await.1).unwrap();
        assert_eq!(
            shields,
            json!({"schemaVersion": 1, "label": "heartbeat", "message": shown, "color": colour})
        );
        let json: Value = serde_json::from_str(&get(&gateway, &path("json")).await.1).unwrap();
        assert_eq!(json["status"], shown);
    }
    assert!(gateway.seen().is_empty(), "user-service is not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_be_shown_on_every_page_for_a_moment() {
    let gateway = start().await;
    has_status(&gateway, 7, &status("up", 60)).await;
    for (method, format, media_type) in [
        (Method::GET, "svg", "image/svg+xml; charset=utf-8"),
        (Method::HEAD, "svg", "image/svg+xml; charset=utf-8"),
        (Method::GET, "json", "application/json"),
        (Method::GET, "shields", "application/json"),
    ] {
        let path = format!("/badge/{KEY}.{format}");
        let answer = gateway.call(method, &path, &[], "").await;
        let headers = answer.headers();
        assert_eq!(headers["content-type"], media_type);
        assert_eq!(headers["cache-control"], "public, max-age=30");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    let path = format!("/badge/{KEY}.svg");
    let other = gateway.call(Method::POST, &path, &[], "").await;
    assert_eq!(other.status().as_u16(), 405);
    assert_eq!(other.headers()["cross-origin-resource-policy"], "same-origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nobodys_or_another_organisations_is_not_shown() {
    let gateway = start().await;
    for path in [
        format!("/badge/{OTHER_KEY}.svg"),
        format!("/badge/{KEY}.png"),
        format!("/badge/{KEY}"),
        format!("/badge/{}.svg", KEY.to_uppercase()),
        "/badge/42.svg".to_owned(),
        "/badge/.svg".to_owned(),
        "/badge/%2e%2e.svg".to_owned(),
    ] {
        let answer = gateway.call(Method::GET, &path, &[], "").await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    // What Redis says of another organisation's monitor is not believed.
    has_status(&gateway, 8, &status("up", 60)).await;
    assert_eq!(get(&gateway, &format!("/badge/{KEY}.svg")).await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_nothing_is_said() {
    let settings = [("REDIS_URL", "redis://127.0.0.1:1")];
    let gateway = Gateway::start_with(&settings, |_| Reply::new(500, "")).await;
    assert_eq!(get(&gateway, &format!("/badge/{KEY}.svg")).await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_may_fetch_so_many_in_a_minute() {
    let gateway = start().await;
    let path = format!("/badge/{OTHER_KEY}.svg");
    for _ in 0..600 {
        if get(&gateway, &path).await.0 == 429 {
            panic!("an office and those who show badges for others have 600");
        }
    }
    let refused = testkit::eventually("it is too much", std::time::Duration::from_secs(60), async || {
        // Many at a time: on a machine that is busy there is room for one again sooner than one is asked for.
        let calls = (0..50).map(|_| gateway.call(Method::GET, &path, &[], ""));
        let answers = futures_util::future::join_all(calls).await;
        answers.into_iter().find(|answer| answer.status().as_u16() == 429)
    })
    .await;
    assert!(refused.headers().contains_key("retry-after"));
}
