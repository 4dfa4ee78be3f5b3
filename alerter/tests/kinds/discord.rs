use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};
use crate::common::PATIENCE;

const WEBHOOK: &str = "/api/webhooks/1122334455667788990/aWebhookToken-0123456789_abcdefghij";

fn config(url: &str) -> Value {
    json!({"webhook_url": format!("{url}{WEBHOOK}"), "thread_id": "77"})
}

/// Numbers the messages, and knows each of them.
fn discord() -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let count = AtomicUsize::new(1_000);
    move |request| match request.method.as_str() {
        "POST" => message(count.fetch_add(1, Ordering::Relaxed)),
        _ => message(1_000),
    }
}

fn message(id: usize) -> Reply {
    let body = json!({"id": id.to_string(), "type": 0, "content": "x", "channel_id": "5", "webhook_id": "1"});
    Reply::new(200, body.to_string()).header("content-type", "application/json")
}

fn refused(status: u16, code: u64, message: &str) -> Reply {
    Reply::new(status, json!({"message": message, "code": code}).to_string())
}

fn content(request: &Seen) -> String {
    json_of(request)["content"].as_str().unwrap().to_owned()
}

fn paths(seen: &[Seen]) -> Vec<(&str, &str)> {
    seen.iter()
        .map(|request| {
            (
                request.method.as_str(),
                request.path.strip_prefix(WEBHOOK).unwrap(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_about_an_outage_shows_its_end_and_a_new_one_tells_of_it() {
    let contract = Contract::start("discord", config, discord()).await;
    contract.world.down(1).await;
    assert_eq!(contract.receipt().await, "1000");
    contract.world.up(1).await;
    let seen = contract.requests(3).await;
    assert_eq!(
        paths(&seen),
        [
            ("POST", "?wait=true&thread_id=77"),
            ("PATCH", "/messages/1000?thread_id=77"),
            ("POST", "?wait=true&thread_id=77"),
        ]
    );
    assert_eq!(seen[0].headers["user-agent"], "uptime-monitor");
    let bodies: Vec<_> = seen.iter().map(json_of).collect();
    for body in &bodies {
        assert_eq!(body["allowed_mentions"], json!({"parse": []}));
    }
    assert_eq!(bodies[0]["content"], "🔴 Down: Shop 1.");
    let embed = &bodies[0]["embeds"][0];
    assert_eq!(embed["color"], 0x00dc_2626);
    let description = embed["description"].as_str().unwrap();
    assert!(
        description.contains("HTTP status 500, expected 200-399\n[Details]("),
        "{embed}"
    );
    assert_eq!(embed["fields"][0]["value"], "https\\://shop.example/1");
    let up = "✅ Up: Shop 1. (down for ";
    assert!(content(&seen[1]).starts_with(up) && content(&seen[2]).starts_with(up));
    assert_eq!(bodies[1]["embeds"][0]["color"], 0x0016_a34a);
    assert_eq!(bodies[2]["embeds"], json!([]));
    contract.alerter.stop().await;
    assert_eq!(contract.service.seen().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_could_only_be_shown_is_told_later() {
    let contract = Contract::start("discord", config, discord()).await;
    contract.world.down(1).await;
    contract.receipt().await;
    let turns = AtomicUsize::new(0);
    contract.service.answer_with(move |request| {
        match (request.method.as_str(), turns.fetch_add(1, Ordering::Relaxed)) {
            ("POST", 1) => Reply::new(503, ""),
            _ => message(1_001),
        }
    });
    contract.world.up(1).await;
    let seen = contract.requests(5).await;
    let methods: Vec<_> = seen.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(methods, ["POST", "PATCH", "POST", "PATCH", "POST"]);
    assert_eq!((&seen[1].body, &seen[2].body), (&seen[3].body, &seen[4].body));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_somebody_has_removed_is_posted_anew() {
    let contract = Contract::start("discord", config, discord()).await;
    contract.world.down(1).await;
    contract.receipt().await;
    contract
        .service
        .answer_with(|request| match request.method.as_str() {
            "PATCH" => refused(404, 10_008, "Unknown Message"),
            _ => message(2_000),
        });
    contract.world.up(1).await;
    let last = json_of(&contract.requests(3).await[2]);
    assert!(last["content"].as_str().unwrap().starts_with("✅ Up: Shop 1."));
    assert_eq!(last["embeds"].as_array().unwrap().len(), 1, "{last}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_webhook_that_is_gone_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("discord", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => {
                let body =
                    json!({"message": "You are being rate limited.", "retry_after": 1.5, "global": false});
                Reply::new(429, body.to_string())
            }
            1 => Reply::new(429, "<html>").header("retry-after", "1"),
            2 => Reply::new(502, "<html>bad gateway</html>"),
            3 => Reply::new(200, "<html>please sign in</html>"),
            4 => refused(400, 50_035, "Invalid Form Body"),
            5 => Reply::new(200, r#"{"id": "30"#),
            _ => refused(404, 10_015, "Unknown Webhook"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(6).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_500);
    assert!(seen[2].at.millis_since(seen[1].at) >= 1_000);
    // What is refused as it is comes again at once, without what may be wrong with it.
    assert_eq!(json_of(&seen[4])["embeds"].as_array().unwrap().len(), 1);
    assert_eq!(json_of(&seen[5])["embeds"], json!([]));
    // An answer that breaks off names nothing that could be changed.
    assert_eq!(contract.receipt().await, "");
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.starts_with("Discord does not know this webhook any more; create a new one"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 7);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_to_be_changed_and_not_what_the_address_is() {
    for (answer, said) in [
        (refused(401, 50_027, "Invalid Webhook Token"), "create a new one"),
        (
            refused(404, 10_003, "Unknown Channel"),
            "enter the id of another one, or none",
        ),
        (
            refused(400, 220_001, "Webhooks posted to forum channels"),
            "one of its posts",
        ),
        (Reply::new(403, format!("no {WEBHOOK} here")), "HTTP 403"),
    ] {
        let contract = Contract::start("discord", config, move |_| answer.clone()).await;
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(!ok && error.contains(said), "{error}");
        assert!(!error.contains("aWebhookToken"), "{error}");
        contract.alerter.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_and_strange_texts_fit() {
    let contract = Contract::start("discord", config, discord()).await;
    contract
        .down_with(
            1,
            &format!(
                "<@1> @everyone [a](https://evil.example) **\u{5d0}\u{5d1}** 🦀 {}",
                "*".repeat(10_000)
            ),
        )
        .await;
    let first = json_of(&contract.requests(1).await[0]);
    let description = first["embeds"][0]["description"].as_str().unwrap();
    assert!(
        description.contains(r"\<@1> @everyone \[a\](https\://evil.example)"),
        "{description}"
    );
    assert!(description.encode_utf16().count() <= 4_096);
    contract.world.publish_all(2..=200, false).await;
    let group = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen();
        seen.iter()
            .map(json_of)
            .find(|body| body["content"].as_str().unwrap().ends_with(" monitors"))
    })
    .await;
    let description = group["embeds"][0]["description"].as_str().unwrap();
    assert!(
        description.contains("• Shop ") && description.contains("… and "),
        "{description}"
    );
    assert!(description.encode_utf16().count() <= 4_096);
    contract.alerter.stop().await;
}
