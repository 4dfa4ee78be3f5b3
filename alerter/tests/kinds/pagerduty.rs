use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, incidents, json_of};
use crate::common::{name, url};

const KEY: &str = "R0123456789abcdefghijklmnopqrstu";

fn config(url: &str) -> Value {
    json!({"routing_key": KEY, "api_url": url})
}

fn taken(request: &Seen) -> Reply {
    let body = json!({
        "status": "success", "message": "Event processed", "dedup_key": json_of(request)["dedup_key"]
    });
    Reply::new(202, body.to_string())
}

fn invalid(error: &str) -> Reply {
    let body = json!({"status": "invalid event", "message": "Event object is invalid", "errors": [error]});
    Reply::new(400, body.to_string())
}

fn read(request: &Seen) -> (&'static str, String) {
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v2/enqueue")
    );
    let event = json_of(request);
    assert_eq!(event["routing_key"], KEY);
    let what = match event["event_action"].as_str().unwrap() {
        "trigger" => "open",
        "acknowledge" => "acknowledge",
        "resolve" => "close",
        other => panic!("{other}"),
    };
    (what, event["dedup_key"].as_str().unwrap().to_owned())
}

async fn start() -> Contract {
    Contract::start("pagerduty", config, taken).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_incident_begins_and_ends_under_a_key_of_its_own() {
    incidents::each_begins_and_ends_under_a_key_of_its_own(start().await, read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_incident_for_each_monitor() {
    let refused = Arc::new(AtomicUsize::new(0));
    let answer = incidents::limited(taken, Arc::clone(&refused));
    let contract = Contract::start("pagerduty", config, answer).await;
    incidents::a_storm_is_one_incident_for_each_monitor(contract, read, refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_great_storm_is_paced_and_nobody_is_left_out() {
    incidents::a_great_storm_is_paced_and_nobody_is_left_out(start().await, read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_a_start_is_not_put_together() {
    incidents::what_waits_at_a_start_is_not_put_together(start().await, read, taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_a_critical_event() {
    let contract = start().await;
    let error = format!("<b>@here</b>\n{}", "🙂 שלום ".repeat(2_000));
    contract.down_with(1, &error).await;
    let trigger = contract.requests(1).await.remove(0);
    assert_eq!(trigger.headers["content-type"], "application/json");
    let event = json_of(&trigger);
    assert_eq!(
        contract.receipt().await,
        format!("triggered: {}", event["dedup_key"].as_str().unwrap())
    );
    assert_eq!(event["client"], "Uptime Monitor");
    assert_eq!(event["client_url"], "http://localhost:8080/monitors/1");
    assert_eq!(
        event["links"],
        json!([{"href": "http://localhost:8080/monitors/1", "text": "Monitor"}])
    );
    let payload = &event["payload"];
    let summary = payload["summary"].as_str().unwrap();
    assert!(summary.starts_with(&format!("Down: {} – ", name(1))), "{summary}");
    assert!(summary.encode_utf16().count() <= 1_024, "{summary}");
    assert_eq!(payload["severity"], "critical");
    assert_eq!(payload["source"], "shop.example");
    assert_eq!(payload["class"], "status_mismatch");
    assert_eq!(payload["component"], name(1));
    assert!(payload["timestamp"].as_str().unwrap().ends_with('Z'), "{payload}");
    let details = &payload["custom_details"];
    assert_eq!(details["address"], url(1));
    assert!(
        details["explanation"].as_str().unwrap().contains("<b>@here</b>"),
        "{details}"
    );
    // Its end is nothing but that.
    contract.world.up(1).await;
    let resolve = json_of(&contract.requests(2).await[1]);
    let expected = json!({"routing_key": KEY, "event_action": "resolve", "dedup_key": event["dedup_key"]});
    assert_eq!(resolve, expected);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_what_is_refused_is_not() {
    let turns = AtomicUsize::new(0);
    let answer = move |request: &Seen| match turns.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(429, "").header("retry-after", "1"),
        1 => Reply::new(500, r#"{"status":"Internal error","message":"oops"}"#),
        2 => Reply::new(200, "<html>Maintenance</html>"),
        3 => invalid("'payload.custom_details' is too large"),
        4 => taken(request),
        _ => invalid(&format!("Invalid routing key {KEY}")),
    };
    let contract = Contract::start("pagerduty", config, answer).await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    // What is refused as it is comes again at once, shorter, and as the same incident.
    let events: Vec<_> = seen.iter().map(json_of).collect();
    assert!(events[..4].iter().all(|event| *event == events[0]));
    assert!(events[4].to_string().len() < events[3].to_string().len());
    assert_eq!(events[4]["dedup_key"], events[3]["dedup_key"]);
    assert_eq!(events[4]["payload"]["severity"], "critical");
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("enter that of an integration"), "{reason}");
    assert!(!reason.contains(KEY), "{reason}");
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_an_incident_that_is_resolved_at_once() {
    let contract = start().await;
    for _ in 0..2 {
        assert_eq!(contract.test().await, (true, None));
    }
    let seen = contract.service.seen();
    let told: Vec<_> = seen.iter().map(read).collect();
    let (first, second) = (&told[0].1, &told[2].1);
    assert_ne!(first, second);
    let expected = [
        ("open", first),
        ("close", first),
        ("open", second),
        ("close", second),
    ];
    assert_eq!(
        told.iter().map(|(what, key)| (*what, key)).collect::<Vec<_>>(),
        expected
    );
    let payload = &json_of(&seen[0])["payload"];
    assert_eq!(payload["severity"], "info");
    assert!(
        payload["summary"]
            .as_str()
            .unwrap()
            .starts_with("Test message for Ops"),
        "{payload}"
    );
    // Who is on call is to know that one is left.
    contract.service.answer_with(|request| match read(request).0 {
        "open" => taken(request),
        _ => Reply::new(503, ""),
    });
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("was opened, and could not be closed"),
        "{error}"
    );
    contract.service.answer_with(|_| invalid("Invalid routing key"));
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("PagerDuty does not know the integration key"),
        "{error}"
    );
    contract.alerter.stop().await;
}
