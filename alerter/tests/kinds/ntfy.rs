use std::sync::atomic::{AtomicUsize, Ordering};

use domain::alert_event::Step;
use serde_json::{Value, json};
use testkit::Reply;

use super::{Contract, acknowledged_by, json_of};
use crate::common::PATIENCE;

const TOKEN: &str = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2";

fn config(url: &str) -> Value {
    json!({"topic": "alerts-7f", "access_token": TOKEN, "urgency": 5, "server_url": url})
}

fn open_config(url: &str) -> Value {
    json!({"topic": "alerts-7f", "server_url": url})
}

fn taken() -> Reply {
    let answer = json!({"id": "xE73Iyuabi", "time": 1_795_860_000, "event": "message", "topic": "alerts-7f"});
    Reply::new(200, answer.to_string())
}

fn refused(status: u16, code: u32, error: &str) -> Reply {
    let answer =
        json!({"code": code, "http": status, "error": error, "link": "https://ntfy.sh/docs/publish/"});
    Reply::new(status, answer.to_string())
}

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap().replace('\u{200b}', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_about_an_outage_are_one_notification() {
    let contract = Contract::start("ntfy", config, |_| taken()).await;
    contract.world.down(1).await;
    let first = contract.requests(1).await.remove(0);
    assert_eq!((&*first.method, &*first.path), ("POST", "/"));
    assert_eq!(first.headers["authorization"], format!("Bearer {TOKEN}"));
    let down = json_of(&first);
    assert_eq!(down["topic"], "alerts-7f");
    assert_eq!(down["title"], "Down: Shop 1.");
    assert_eq!(
        (&down["priority"], &down["tags"]),
        (&json!(5), &json!(["red_circle"]))
    );
    assert!(
        text(&down, "message").contains("HTTP status 500, expected 200-399"),
        "{down}"
    );
    let link = text(&down, "click");
    assert!(link.ends_with("/monitors/1"), "{down}");
    assert_eq!(
        down["actions"],
        json!([{"action": "view", "label": "Details", "url": link}])
    );
    assert_eq!(contract.receipt().await, "xE73Iyuabi");

    contract.world.up(1).await;
    let up = json_of(&contract.requests(2).await[1]);
    assert!(text(&up, "title").starts_with("Up: Shop 1. (down for "), "{up}");
    assert_eq!(
        (&up["priority"], &up["tags"]),
        (&json!(3), &json!(["white_check_mark"]))
    );
    assert_eq!(up["sequence_id"], down["sequence_id"]);
    let id = text(&up, "sequence_id");
    let is_name = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    assert!(is_name && (1..=64).contains(&id.len()), "{id}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_acknowledges_the_outage_and_a_storm_has_none() {
    let contract = Contract::start_linked("http://localhost:8080", "ntfy", config, |_| taken()).await;
    contract.world.down(1).await;
    let down = json_of(&contract.requests(1).await[0]);
    let [action, details] = down["actions"].as_array().unwrap().as_slice() else {
        panic!("{down}");
    };
    assert_eq!(details["action"], "view");
    let link = text(action, "url");
    assert_eq!(
        action,
        &json!({"action": "http", "label": "Acknowledge", "url": link, "method": "POST", "clear": true})
    );
    assert!(
        link.starts_with("http://localhost:8080/api/v1/acknowledgements/"),
        "{link}"
    );
    let incident = contract.event(Step::Sent).await.incident_id;
    assert_eq!(acknowledged_by(&link).incident_id, incident);
    contract.world.publish_all(2..=300, false).await;
    let storm = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen();
        seen.iter()
            .map(json_of)
            .find(|body| text(body, "title").ends_with(" monitors"))
    })
    .await;
    assert!(!storm.to_string().contains("cknowledge"), "{storm}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_topic_of_others_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("ntfy", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(429, 42_901, "limit reached: too many requests").header("retry-after", "1"),
            1 => refused(507, 50_701, "cannot publish"),
            2 => Reply::new(200, "<html>captive portal</html>"),
            // Comes again at once, shorter.
            3 => refused(413, 41_303, "JSON body too large"),
            4 => taken(),
            _ => refused(403, 40_301, "forbidden"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.contains("may not publish to the topic alerts-7f"),
        "{reason}"
    );
    assert!(
        reason.contains("forbidden") && !reason.contains(TOKEN),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_wrong_with_the_credential() {
    let contract = Contract::start("ntfy", config, |_| refused(401, 40_101, "unauthorized")).await;
    let (ok, error) = contract.test().await;
    assert!(
        !ok && error
            .as_deref()
            .unwrap()
            .contains("does not accept the access token"),
        "{error:?}"
    );
    contract.alerter.stop().await;

    let contract = Contract::start("ntfy", open_config, |_| refused(403, 40_301, "forbidden")).await;
    let (ok, error) = contract.test().await;
    assert!(
        !ok && error.as_deref().unwrap().contains("enter one"),
        "{error:?}"
    );
    assert!(!contract.service.seen()[0].headers.contains_key("authorization"));
    contract.service.answer_with(|_| taken());
    assert_eq!(contract.test().await, (true, None));
    let body = json_of(&contract.service.seen()[1]);
    assert_eq!(body["title"], "Test message for Ops");
    assert!(body["click"].is_null() && body["priority"] == 3, "{body}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_links_nowhere_and_stays_within_the_limits() {
    let contract = Contract::start("ntfy", config, |_| taken()).await;
    let error = format!("**bold** 😀 https://evil.example שלום {}", "\"\\".repeat(5_000));
    contract.down_with(1, &error).await;
    let request = contract.requests(1).await.remove(0);
    let body = json_of(&request);
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("😀") && !message.contains("https://") && !message.contains(".example"));
    assert!(message.len() <= 4_096, "{}", message.len());
    assert!(request.body.len() <= 8_192, "{}", request.body.len());
    assert!(body["markdown"].is_null());
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_notification() {
    let contract = Contract::start("ntfy", config, |_| taken()).await;
    contract.world.publish_all(1..=300, false).await;
    let request = contract.requests(1).await.remove(0);
    let body = json_of(&request);
    assert_eq!(body["title"], "Down: 300 monitors");
    assert_eq!(body["priority"], 5);
    assert!(text(&body, "message").contains("… and "), "{body}");
    assert!(request.body.len() <= 8_192, "{}", request.body.len());
    assert!(text(&body, "click").ends_with("/?state=down"), "{body}");
    contract.alerter.stop().await;
}
