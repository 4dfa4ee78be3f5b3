use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, incidents, json_of};
use crate::common::{name, url};

const KEY: &str = "eb243592-faa2-4ba2-a551-1afdf565c889";

fn config(url: &str) -> Value {
    json!({"api_key": KEY, "priority": "P1", "api_url": format!("{url}/jsm/ops/integration")})
}

fn taken(_: &Seen) -> Reply {
    let body = json!({"result": "Request will be processed", "took": 0.302, "requestId": "43a29c5c-3dbf"});
    Reply::new(202, body.to_string())
}

fn refused(status: u16, message: &str) -> Reply {
    let body = json!({"message": message, "took": 0.001, "requestId": "230e4db1-7212"});
    Reply::new(status, body.to_string())
}

fn read(request: &Seen) -> (&'static str, String) {
    assert_eq!(request.method, "POST");
    assert_eq!(request.headers["authorization"], format!("GenieKey {KEY}"));
    let path = request
        .path
        .strip_prefix("/jsm/ops/integration/v2/alerts")
        .unwrap();
    if path.is_empty() {
        return ("open", json_of(request)["alias"].as_str().unwrap().to_owned());
    }
    let path = path.strip_suffix("?identifierType=alias").unwrap();
    let (key, what) = path.strip_prefix('/').unwrap().split_once('/').unwrap();
    let what = match what {
        "notes" => "remind",
        "acknowledge" => "acknowledge",
        "close" => "close",
        other => panic!("{other}"),
    };
    assert_eq!(json_of(request)["source"], "Uptime Monitor");
    (what, key.to_owned())
}

async fn start() -> Contract {
    Contract::start("jsm", config, taken).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_incident_begins_and_ends_under_an_alias_of_its_own() {
    incidents::each_begins_and_ends_under_a_key_of_its_own(start().await, read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_alert_for_each_monitor() {
    let refused = Arc::new(AtomicUsize::new(0));
    let answer = incidents::limited(taken, Arc::clone(&refused));
    let contract = Contract::start("jsm", config, answer).await;
    incidents::a_storm_is_one_incident_for_each_monitor(contract, read, refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_an_alert_of_the_priority_that_was_chosen() {
    let contract = start().await;
    let error = format!("<img src=x>\n{}", "🙂 שלום ".repeat(2_000));
    contract.down_with(1, &error).await;
    let create = contract.requests(1).await.remove(0);
    assert_eq!(contract.receipt().await, "request 43a29c5c-3dbf");
    let alert = json_of(&create);
    let message = alert["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("Down: {} – ", name(1))), "{message}");
    assert!(message.encode_utf16().count() <= 130, "{message}");
    assert_eq!(alert["priority"], "P1");
    assert_eq!(alert["entity"], "shop.example");
    assert_eq!(alert["source"], "Uptime Monitor");
    assert_eq!(alert["tags"], json!(["uptime-monitor", "down"]));
    assert_eq!(alert["details"]["address"], url(1));
    assert_eq!(alert["details"]["link"], "http://localhost:8080/monitors/1");
    let description = alert["description"].as_str().unwrap();
    assert!(description.contains("‹img src=x›"), "{description}");
    assert!(description.encode_utf16().count() <= 15_000);
    assert!(!alert.to_string().contains('<'), "{alert}");
    contract.world.up(1).await;
    let close = json_of(&contract.requests(2).await[1]);
    let note = close["note"].as_str().unwrap();
    assert!(note.starts_with(&format!("Up: {} (down for ", name(1))), "{note}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_what_is_refused_is_not() {
    let turns = AtomicUsize::new(0);
    let answer = move |request: &Seen| match turns.fetch_add(1, Ordering::Relaxed) {
        0 => refused(429, "You are making too many requests!").header("retry-after", "1"),
        1 => refused(503, "later"),
        2 => Reply::new(200, "<html>Maintenance</html>"),
        3 => refused(422, "Request body is not processable. Please check the errors."),
        4 => taken(request),
        _ => refused(401, &format!("Could not authenticate {KEY}")),
    };
    let contract = Contract::start("jsm", config, answer).await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    let alerts: Vec<_> = seen.iter().map(json_of).collect();
    assert!(alerts[..4].iter().all(|alert| *alert == alerts[0]));
    assert!(alerts[3]["description"].is_string() && alerts[4]["description"].is_null());
    assert_eq!(alerts[4]["alias"], alerts[3]["alias"]);
    assert_eq!(alerts[4]["priority"], "P1");
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("The API key is not known"), "{reason}");
    assert!(!reason.contains(KEY), "{reason}");
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_an_alert_of_the_lowest_priority_that_is_closed_at_once() {
    let contract = start().await;
    assert_eq!(contract.test().await, (true, None));
    let seen = contract.service.seen();
    let told: Vec<_> = seen.iter().map(read).collect();
    assert_eq!(
        told.iter().map(|(what, _)| *what).collect::<Vec<_>>(),
        ["open", "close"]
    );
    assert_eq!(told[0].1, told[1].1);
    assert_eq!(json_of(&seen[0])["priority"], "P5");
    contract.service.answer_with(|request| match read(request).0 {
        "open" => taken(request),
        _ => refused(500, "oops"),
    });
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("was opened, and could not be closed"),
        "{error}"
    );
    let wrong_integration = "To perform this action, use an API key from an API integration.";
    contract
        .service
        .answer_with(move |_| refused(403, wrong_integration));
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(!ok && error.contains(wrong_integration), "{error}");
    assert!(error.contains("write access"), "{error}");
    contract.alerter.stop().await;
}
