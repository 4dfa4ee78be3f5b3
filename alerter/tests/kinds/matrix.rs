use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};
use crate::common::PATIENCE;

const TOKEN: &str = "syt_YWxlcnRz_aTokenOfTheAccount_0123";
const ROOM: &str = "/base/_matrix/client/v3/rooms/!abc:matrix.example/send/m.room.message/";

fn config(url: &str) -> Value {
    json!({
        "homeserver_url": format!("{url}/base"), "access_token": TOKEN, "room_id": "!abc:matrix.example"
    })
}

/// Numbers the messages.
fn homeserver() -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let count = AtomicUsize::new(1);
    move |_| taken(count.fetch_add(1, Ordering::Relaxed))
}

fn taken(event: usize) -> Reply {
    Reply::new(200, json!({"event_id": format!("$event{event}")}).to_string())
}

fn refused(status: u16, code: &str) -> Reply {
    let error = json!({"errcode": code, "error": format!("it says {code}")});
    Reply::new(status, error.to_string())
}

/// What a message is called.
fn transaction(request: &Seen) -> &str {
    request.path.strip_prefix(ROOM).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_an_outage_is_a_thread() {
    let contract = Contract::start("matrix", config, homeserver()).await;
    contract.world.down(1).await;
    assert_eq!(contract.receipt().await, "$event1");
    contract.world.up(1).await;
    let seen = contract.requests(2).await;
    for request in &seen {
        assert_eq!(request.method, "PUT");
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
    }
    assert_ne!(transaction(&seen[0]), transaction(&seen[1]));
    let (first, second) = (json_of(&seen[0]), json_of(&seen[1]));
    assert_eq!(
        (&first["msgtype"], &first["m.mentions"]),
        (&json!("m.text"), &json!({}))
    );
    assert!(first["body"].as_str().unwrap().starts_with("🔴 Down: Shop 1.\n"));
    assert_eq!(first["format"], "org.matrix.custom.html");
    assert!(
        first["formatted_body"]
            .as_str()
            .unwrap()
            .starts_with("<strong>🔴 Down: Shop 1.</strong><br>"),
        "{first}"
    );
    assert_eq!(first.get("m.relates_to"), None);
    assert!(
        second["body"]
            .as_str()
            .unwrap()
            .starts_with("✅ Up: Shop 1. (down for ")
    );
    assert_eq!(
        second["m.relates_to"],
        json!({
            "rel_type": "m.thread", "event_id": "$event1", "is_falling_back": true,
            "m.in_reply_to": {"event_id": "$event1"}
        })
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_again_has_the_same_name() {
    let turns = AtomicUsize::new(0);
    let limited = |wait: Value| {
        let mut error = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"});
        error["retry_after_ms"] = wait;
        Reply::new(429, error.to_string())
    };
    let contract = Contract::start("matrix", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => limited(json!(1_500)),
            1 => limited(Value::Null).header("retry-after", "1"),
            2 => refused(502, "M_UNKNOWN"),
            3 => Reply::new(200, "<html>please sign in</html>"),
            4 => refused(413, "M_TOO_LARGE"),
            5 => taken(5),
            _ => refused(401, "M_UNKNOWN_TOKEN"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(6).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_500);
    assert!(seen[2].at.millis_since(seen[1].at) >= 1_000);
    let name = transaction(&seen[0]);
    assert!(seen[..5].iter().all(|request| transaction(request) == name));
    // The homeserver has refused that one: another is sent, without formatting.
    assert_eq!(transaction(&seen[5]), format!("{name}-short"));
    assert_eq!(json_of(&seen[5]).get("formatted_body"), None);
    assert_eq!(contract.receipt().await, "$event5");
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.starts_with("the access token is not valid any more; log the account in again"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 7);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_to_be_changed_and_not_what_the_token_is() {
    let contract = Contract::start("matrix", config, homeserver()).await;
    for (answer, said) in [
        (refused(403, "M_FORBIDDEN"), "invite it, accept the invitation"),
        (
            refused(403, "M_USER_DEACTIVATED"),
            "enter the access token of another one",
        ),
        (refused(403, "M_CONSENT_NOT_GIVEN"), "agree to the terms"),
        (
            refused(404, "M_UNRECOGNIZED"),
            "check the address of the homeserver",
        ),
        (
            Reply::new(404, "<html>nginx</html>"),
            "check the address of the homeserver",
        ),
        (Reply::new(405, format!("no {TOKEN}")), "HTTP 405"),
    ] {
        contract.service.answer_with(move |_| answer.clone());
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(
            !ok && error.contains(said) && !error.contains(&TOKEN[..20]),
            "{error}"
        );
    }
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_and_strange_texts_fit() {
    let contract = Contract::start("matrix", config, homeserver()).await;
    let error = format!("@room <b>x</b> & \u{5d0}\u{5d1} 🦀 {}", "<&>".repeat(10_000));
    contract.down_with(1, &error).await;
    let first = contract.requests(1).await.remove(0);
    let formatted = json_of(&first)["formatted_body"].as_str().unwrap().to_owned();
    assert!(
        formatted.contains("@room &lt;b&gt;x&lt;/b&gt; &amp; \u{5d0}\u{5d1} 🦀 "),
        "{formatted}"
    );
    assert!(first.body.len() <= 60_000, "{}", first.body.len());
    contract.world.publish_all(2..=400, false).await;
    let group = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen().into_iter();
        seen.skip(1).find(|request| {
            let body = json_of(request)["body"].as_str().unwrap().to_owned();
            body.lines().next().unwrap().ends_with(" monitors")
        })
    })
    .await;
    assert!(group.body.len() <= 60_000, "{}", group.body.len());
    contract.alerter.stop().await;
}
