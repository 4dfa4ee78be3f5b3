use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::Contract;

const APP: &str = "azGDORePK8gMaC0QOYAMyEEuzJnyUi";
const USER: &str = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG";

fn config(url: &str) -> Value {
    json!({"app_token": APP, "user_key": USER, "api_url": url})
}

fn emergency(url: &str) -> Value {
    json!({"app_token": APP, "user_key": USER, "emergency": true, "api_url": url})
}

fn taken() -> Reply {
    let answer = json!({"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"});
    Reply::new(200, answer.to_string())
}

fn taken_as_emergency() -> Reply {
    let answer = json!({"status": 1, "request": "647d2300", "receipt": "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"});
    Reply::new(200, answer.to_string())
}

fn refused(status: u16, field: &str, error: &str) -> Reply {
    let answer = json!({field: "invalid", "errors": [error], "status": 0, "request": "5042853c"});
    Reply::new(status, answer.to_string())
}

fn fields(request: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_form_with_its_link() {
    let contract = Contract::start("pushover", config, |_| taken()).await;
    contract.world.down(1).await;
    let request = contract.requests(1).await.remove(0);
    assert_eq!((&*request.method, &*request.path), ("POST", "/1/messages.json"));
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let down = fields(&request);
    assert_eq!((&*down["token"], &*down["user"]), (APP, USER));
    assert_eq!(down["title"], "🔴 Down: Shop 1.");
    assert!(
        down["message"].contains("HTTP status 500, expected 200-399"),
        "{down:?}"
    );
    assert!(down["url"].ends_with("/monitors/1"), "{down:?}");
    assert_eq!(down["url_title"], "Details");
    for field in ["priority", "retry", "expire", "tags", "html"] {
        assert!(!down.contains_key(field), "{field}");
    }
    assert_eq!(contract.receipt().await, "647d2300-702c-4b38-8b2f-d56326ae460b");
    contract.world.up(1).await;
    let seen = contract.requests(2).await;
    assert_eq!((seen.len(), &*seen[1].path), (2, "/1/messages.json"));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_rings_until_the_outage_is_over() {
    let contract = Contract::start("pushover", emergency, |request| match &*request.path {
        "/1/messages.json" => taken_as_emergency(),
        // Does not keep the message from anybody.
        _ => Reply::new(500, "oops"),
    })
    .await;
    contract.world.down(1).await;
    let down = fields(&contract.requests(1).await[0]);
    assert_eq!(
        (&*down["priority"], &*down["retry"], &*down["expire"]),
        ("2", "60", "3600")
    );
    assert_eq!(contract.receipt().await, "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy");
    contract.world.up(1).await;
    let seen = contract.requests(3).await;
    assert_eq!(
        seen[1].path,
        format!("/1/receipts/cancel_by_tag/{}.json", down["tags"])
    );
    assert_eq!(
        fields(&seen[1]),
        HashMap::from([("token".to_owned(), APP.to_owned())])
    );
    let up = fields(&seen[2]);
    assert!(up["title"].starts_with("✅ Up: Shop 1. (down for "), "{up:?}");
    assert!(!up.contains_key("priority") && !up.contains_key("tags"), "{up:?}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_an_unknown_application_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("pushover", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(429, "message", "over the limit").header("retry-after", "1"),
            1 => Reply::new(502, "bad gateway"),
            // Comes again at once, shorter.
            2 => refused(400, "message", "message is odd"),
            3 => taken(),
            // As if it were taken.
            _ => refused(200, "token", "application token is invalid"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(4).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("does not know the application"), "{reason}");
    assert!(
        reason.contains("token is invalid") && !reason.contains(APP),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 5);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_whom_pushover_does_not_know() {
    let contract = Contract::start("pushover", emergency, |_| {
        refused(
            400,
            "user",
            "user identifier is not a valid user, group, or subscribed user key",
        )
    })
    .await;
    let (ok, error) = contract.test().await;
    assert!(
        !ok && error.as_deref().unwrap().contains("no such person or group"),
        "{error:?}"
    );
    let seen = contract.service.seen();
    assert_eq!(seen.len(), 1, "it is not sent again in another form");
    assert!(!fields(&seen[0]).contains_key("priority"), "a test wakes nobody");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_is_shown_as_it_is_within_the_limits() {
    let contract = Contract::start("pushover", config, |_| taken()).await;
    let error = format!("<b>bold</b> 😀 https://evil.example שלום {}", "é".repeat(10_000));
    contract.down_with(1, &error).await;
    let down = fields(&contract.requests(1).await[0]);
    let message = &down["message"];
    assert!(
        message.contains("<b>bold</b> 😀") && !message.contains("https://"),
        "{message}"
    );
    assert!(!down.contains_key("html"));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_rings_as_a_whole() {
    let contract = Contract::start("pushover", emergency, |_| taken_as_emergency()).await;
    contract.world.publish_all(1..=60, false).await;
    let down = fields(&contract.requests(1).await[0]);
    assert_eq!(
        (&*down["title"], &*down["priority"]),
        ("🔴 Down: 60 monitors", "2")
    );
    assert!(
        !down.contains_key("tags"),
        "the end of one of them would silence the rest"
    );
    let count = down["message"].chars().count();
    assert!(
        (900..=1_024).contains(&count) && down["message"].contains("… and "),
        "{down:?}"
    );
    contract.alerter.stop().await;
}
