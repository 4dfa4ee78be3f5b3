//! Monitors that several regions check: who is shown what the regions say, and who only what they say together.

use api::{Actor, Principal, Role};
use domain::internal::SeenMonitors;
use domain::live::{LiveState, LiveStatus, RegionState, RegionStatus, StatusEvent};
use domain::{ErrorCode, MonitorId, OrgId};
use fred::interfaces::{HashesInterface as _, KeysInterface as _};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::token::TokenKey;
use testkit::Reply;

use crate::common::pages::{FORMS, PATIENCE, Served, document};
use crate::common::{Gateway, SECRET, token};

/// What only the organisation may read.
const HIDDEN: [&str; 3] = ["eu-hidden", "us-hidden", "a timeout that is theirs"];

fn region(name: &str, state: RegionState, error: Option<&str>) -> RegionStatus {
    RegionStatus {
        region: name.to_owned(),
        state,
        since: (state == RegionState::Down).then(|| "2026-11-21T10:00:00.118Z".parse().unwrap()),
        last_checked_at: Some("2026-11-21T10:00:00.123Z".parse().unwrap()),
        latency_ms: error.is_none().then_some(87),
        error_code: error.map(|_| ErrorCode::ReadTimeout),
        error: error.map(str::to_owned),
    }
}

/// What two regions say, one of which is absent, so that nothing is decided.
fn status(state: LiveState) -> LiveStatus {
    LiveStatus {
        state,
        error: Some(HIDDEN[2].to_owned()),
        regions: vec![
            region(HIDDEN[0], RegionState::Down, Some(HIDDEN[2])),
            region(HIDDEN[1], RegionState::Absent, None),
        ],
        is_unseen: true,
        ..LiveStatus::default()
    }
}

/// Has Redis know the status of monitor 42, as the processor writes it.
async fn put(gateway: &Gateway, org: i64, status: &LiveStatus) {
    let fields = vec![("org", org.to_string()), ("json", json!(status).to_string())];
    let key = gateway.keys.status(MonitorId(42));
    gateway.redis.hset::<(), _, _>(key, fields).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_each_region_does_and_that_of_one_region_is_as_ever() {
    let away = [("USER_SERVICE_URL", "http://127.0.0.1:9")];
    let gateway = Gateway::start_with(&away, |_| Reply::new(200, "")).await;
    let (path, viewer) = ("/api/v1/monitors/42/status", token(7, Role::Viewer));
    put(&gateway, 7, &status(LiveState::Up)).await;
    let answer = gateway.get(path, &viewer).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body: Value = serde_json::from_str(answer.body()).unwrap();
    assert_eq!((&body["state"], &body["is_unseen"]), (&json!("up"), &json!(true)));
    let failing = json!({
        "region": "eu-hidden", "state": "down", "since": "2026-11-21T10:00:00.118Z", "last_checked_at": "2026-11-21T10:00:00.123Z", "latency_ms": null,
        "error_code": "read_timeout", "error": "a timeout that is theirs"
    });
    assert_eq!(body["regions"][0], failing);
    let silent = &body["regions"][1];
    assert_eq!(
        (&silent["state"], &silent["error"]),
        (&json!("absent"), &Value::Null)
    );
    assert_eq!(body["regions"].as_array().unwrap().len(), 2);
    // Another organisation's is not told from one that there is not.
    let answer = gateway.get(path, &token(8, Role::Owner)).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    for hidden in HIDDEN {
        assert!(!answer.body().contains(hidden), "{}", answer.body());
    }

    let of_one = LiveStatus {
        state: LiveState::Up,
        ..LiveStatus::default()
    };
    put(&gateway, 7, &of_one).await;
    let answer = gateway.get(path, &viewer).await.into_body();
    assert_eq!(answer, serde_json::to_string(&of_one).unwrap(), "as ever");
    assert!(!answer.contains("region") && !answer.contains("unseen"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_narrowed_is_shown_the_regions_of_monitors_that_are_seen() {
    for (seen, is_shown) in [(42, true), (43, false)] {
        let gateway = Gateway::start(move |asked| {
            let monitors = Some([MonitorId(seen)].into());
            match asked.path.starts_with("/internal/seen-monitors") {
                true => Reply::new(200, json!(SeenMonitors { monitors }).to_string()),
                false => Reply::new(404, r#"{"title":"Not Found","status":404}"#),
            }
        })
        .await;
        put(&gateway, 7, &status(LiveState::Down)).await;
        let principal = Principal {
            org_id: OrgId(7),
            actor: Actor::User(3),
            role: Role::Responder,
            narrowed: true,
        };
        let key = TokenKey::new(&SECRET.to_owned().into());
        let token = key.mint(&principal, None, shared::now()).unwrap();
        let answer = gateway.get("/api/v1/monitors/42/status", &token).await;
        assert_eq!(answer.status() == StatusCode::OK, is_shown, "{}", answer.status());
        assert_eq!(answer.body().contains(HIDDEN[0]), is_shown, "{}", answer.body());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_badges_show_nothing_of_regions() {
    let served = Served::start(&[]).await;
    served.publish(&document("acme")).await;
    put(&served.0, 1, &status(LiveState::Down)).await;
    testkit::eventually("the outage is seen", PATIENCE, async || {
        let json = served.get("/acme/api/v2/components.json", &[]).await.into_body();
        json.contains("major_outage").then_some(())
    })
    .await;
    for (form, _) in FORMS {
        let answer = served.get(&format!("/acme{form}"), &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{form}");
        for hidden in HIDDEN {
            assert!(!answer.body().contains(hidden), "{form}");
        }
    }
    let key = "00112233445566778899aabbccddeeff";
    let target = json!({"monitor_id": 42, "org_id": 1}).to_string();
    let gateway = &served.0;
    let set = gateway
        .redis
        .set::<(), _, _>(gateway.keys.badge(key), target, None, None, false);
    set.await.unwrap();
    for form in ["json", "shields", "svg"] {
        let path = format!("/badge/{key}.{form}");
        let answer = gateway.call(Method::GET, &path, &[], "").await;
        assert!(answer.body().contains("down"), "{form}: {}", answer.body());
        for hidden in HIDDEN {
            assert!(!answer.body().contains(hidden), "{form}");
        }
    }
}

#[test]
fn an_event_of_one_region_is_as_ever() {
    let event = StatusEvent {
        monitor_id: MonitorId(42),
        status: LiveStatus::default(),
        point: None,
    };
    let event = json!(event);
    assert!(event["status"].get("regions").is_none() && event["status"].get("is_unseen").is_none());
    let several = json!(status(LiveState::Down));
    let read: LiveStatus = serde_json::from_value(several).unwrap();
    assert_eq!(read, status(LiveState::Down));
}
