use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};
use crate::common::PATIENCE;

const PATH: &str = "/hooks/q1w2e3r4t5y6u7i8o9p0a1s2d3";

fn config(url: &str) -> Value {
    json!({"webhook_url": format!("{url}{PATH}"), "channel": "alerts"})
}

fn taken() -> Reply {
    Reply::new(200, "ok").header("content-type", "text/plain")
}

fn refused(status: u16, id: &str) -> Reply {
    let error = json!({
        "id": format!("web.incoming_webhook.{id}.app_error"), "message": format!("it says {id}"),
        "detailed_error": "", "request_id": "x", "status_code": status
    });
    Reply::new(status, error.to_string())
}

/// What is sent, without the characters that part words.
fn texts(request: &Seen) -> (String, String) {
    let body = json_of(request);
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\u{200b}', "");
    (text(&body["text"]), text(&body["attachments"][0]["text"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_headline_with_an_attachment() {
    let contract = Contract::start("mattermost", config, |_| taken()).await;
    contract.world.down(1).await;
    let first = contract.requests(1).await.remove(0);
    assert_eq!(first.path, PATH);
    assert_eq!(contract.receipt().await, "ok");
    let body = json_of(&first);
    assert_eq!(
        (&body["channel"], &body["attachments"][0]["color"]),
        (&json!("alerts"), &json!("#dc2626"))
    );
    let (text, attached) = texts(&first);
    assert_eq!(text, "**🔴 Down: Shop 1.**");
    assert!(
        attached.contains("HTTP status 500, expected 200\\-399\nAddress: https://shop.example/1\n"),
        "{attached}"
    );
    contract.world.up(1).await;
    let (text, _) = texts(&contract.requests(2).await[1]);
    assert!(text.starts_with("**✅ Up: Shop 1. \\(down for "), "{text}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_webhook_that_is_gone_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("mattermost", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::new(429, "limit exceeded").header("retry-after", "1"),
            1 => refused(500, "general"),
            2 => Reply::new(200, "<html>Mattermost</html>"),
            3 => refused(400, "split_props_length"),
            4 => taken(),
            _ => refused(400, "invalid"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    // What is refused as it is comes again at once, as a text alone.
    assert_eq!(json_of(&seen[3])["attachments"].as_array().unwrap().len(), 1);
    assert_eq!(json_of(&seen[4]).get("attachments"), None);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.starts_with("Mattermost does not know this webhook any more; create a new one"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_to_be_changed_and_not_what_the_address_is() {
    let contract = Contract::start("mattermost", config, |_| taken()).await;
    let mut hidden = refused(404, "channel");
    hidden.status = 200;
    for (answer, said) in [
        (refused(501, "disabled"), "ask its administrator"),
        (refused(404, "channel"), "enter another channel, or none"),
        (hidden, "enter another channel, or none"),
        (refused(403, "channel_locked"), "leave the channel empty"),
        (refused(403, "permissions"), "have them added to it"),
        (Reply::new(404, format!("no {PATH}")), "HTTP 404"),
    ] {
        contract.service.answer_with(move |_| answer.clone());
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(
            !ok && error.contains(said) && !error.contains(&PATH[7..]),
            "{error}"
        );
    }
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_and_strange_texts_fit() {
    let contract = Contract::start("mattermost", config, |_| taken()).await;
    let error = format!(
        "@all #tag [a](https://evil.example) **b** \u{5d0}\u{5d1} 🦀 {}",
        "*".repeat(10_000)
    );
    contract.down_with(1, &error).await;
    let body = json_of(&contract.requests(1).await[0]);
    let attached = body["attachments"][0]["text"].as_str().unwrap();
    assert!(
        attached.contains(
            "@\u{200b}all \\#\u{200b}tag \\[a\\]\\(https:\u{200b}//evil.\u{200b}example\\) \\*\\*b"
        ),
        "{attached}"
    );
    assert!(body["attachments"].to_string().chars().count() <= 8_000);
    contract.world.publish_all(2..=200, false).await;
    let group = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen();
        seen.into_iter()
            .find(|request| texts(request).0.ends_with(" monitors**"))
    })
    .await;
    assert!(texts(&group).1.contains("… and "));
    assert!(json_of(&group)["attachments"].to_string().chars().count() <= 8_000);
    contract.alerter.stop().await;
}
