use serde_json::{Value, json};
use testkit::Reply;

use super::{Contract, json_of};

fn config(url: &str) -> Value {
    json!({"webhook_url": format!("{url}/v1/spaces/AAAA/messages?key=k-1&token=t-1")})
}

fn taken() -> Reply {
    Reply::new(
        200,
        json!({"name": "spaces/AAAA/messages/B.B", "text": "x"}).to_string(),
    )
}

fn refused(status: u16, name: &str) -> Reply {
    let error = json!({"error": {"code": status, "message": format!("it says {name}"), "status": name}});
    Reply::new(status, error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_about_an_outage_are_one_thread() {
    let contract = Contract::start("google_chat", config, |_| taken()).await;
    contract.world.down(1).await;
    let first = contract.requests(1).await.remove(0);
    assert_eq!(
        first.path,
        "/v1/spaces/AAAA/messages?key=k-1&token=t-1&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    );
    assert_eq!(contract.receipt().await, "spaces/AAAA/messages/B.B");
    contract.world.up(1).await;
    let second = json_of(&contract.requests(2).await[1]);
    let first = json_of(&first);
    assert!(
        first["text"].as_str().unwrap().starts_with("🔴 Down: Shop 1.\n"),
        "{first}"
    );
    assert!(
        second["text"]
            .as_str()
            .unwrap()
            .starts_with("✅ Up: Shop 1. (down for "),
        "{second}"
    );
    assert_eq!(first["thread"], second["thread"]);
    assert!(first["thread"]["threadKey"].is_string());
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_what_is_refused_is_not() {
    let turns = std::sync::atomic::AtomicUsize::new(0);
    let contract = Contract::start("google_chat", config, move |_| {
        match turns.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => refused(429, "RESOURCE_EXHAUSTED").header("retry-after", "1"),
            1 => refused(503, "UNAVAILABLE"),
            2 => refused(400, "INVALID_ARGUMENT"),
            3 => taken(),
            _ => refused(404, "NOT_FOUND"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(4).await;
    // What is refused as it is comes again at once, shorter.
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("it says NOT_FOUND"), "{reason}");
    assert_eq!(contract.service.seen().len(), 5);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_the_service_says() {
    let contract = Contract::start("google_chat", config, |_| refused(403, "PERMISSION_DENIED")).await;
    let (ok, error) = contract.test().await;
    assert!(!ok);
    assert!(
        error.as_deref().unwrap().contains("it says PERMISSION_DENIED"),
        "{error:?}"
    );
    contract.alerter.stop().await;
}
