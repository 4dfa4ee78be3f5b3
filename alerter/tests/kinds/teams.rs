use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};
use crate::common::PATIENCE;

const PATH: &str = "/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=aSignature-0123456789-abcdefgh";

fn config(url: &str) -> Value {
    json!({"workflow_url": format!("{url}{PATH}")})
}

fn refused(status: u16, code: &str) -> Reply {
    let error = json!({"error": {"code": code, "message": format!("it says {code}")}});
    Reply::new(status, error.to_string())
}

/// The texts of a card, by lines.
fn texts(request: &Seen) -> Vec<String> {
    let message = json_of(request);
    assert_eq!(message["type"], "message");
    let attachment = &message["attachments"][0];
    assert_eq!(
        attachment["contentType"],
        "application/vnd.microsoft.card.adaptive"
    );
    let blocks = attachment["content"]["body"].as_array().unwrap().iter();
    blocks
        .map(|block| {
            assert_eq!(block["type"], "RichTextBlock");
            block["inlines"][0]["text"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_gets_a_card() {
    let contract = Contract::start("teams", config, |_| Reply::new(202, "")).await;
    contract.world.down(1).await;
    let first = contract.requests(1).await.remove(0);
    assert_eq!(first.path, PATH);
    assert_eq!(contract.receipt().await, "ok");
    let lines = texts(&first);
    assert_eq!(lines[0], "🔴 Down: Shop 1.");
    assert!(
        lines.contains(&"HTTP status 500, expected 200-399".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"Address: https://shop.example/1".to_owned()),
        "{lines:?}"
    );
    let card = &json_of(&first)["attachments"][0]["content"];
    assert_eq!(card["body"][0]["inlines"][0]["color"], "Attention");
    assert_eq!(card["actions"][0]["type"], "Action.OpenUrl");
    contract.world.up(1).await;
    let second = &contract.requests(2).await[1];
    assert!(texts(second)[0].starts_with("✅ Up: Shop 1. (down for "));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_workflow_that_is_gone_is_not() {
    let inside = |status| {
        format!(
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {status} with ContextId x"
        )
    };
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("teams", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::new(429, "").header("retry-after", "1"),
            1 => Reply::new(200, inside(429)),
            2 => Reply::new(200, "<html>please sign in</html>"),
            3 => refused(400, "TriggerInputSchemaMismatch"),
            4 => Reply::new(200, "1"),
            _ => refused(404, "WorkflowNotFound"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    assert!(texts(&seen[4]).len() < texts(&seen[3]).len());
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.starts_with("the workflow does not exist any more; create a new one")
            && reason.contains("it says"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_to_be_changed_and_not_what_the_address_is() {
    let contract = Contract::start("teams", config, |_| Reply::new(202, "")).await;
    for (answer, said) in [
        (refused(400, "WorkflowTriggerIsNotEnabled"), "turn it on in Teams"),
        (
            refused(401, "DirectApiAuthorizationRequired"),
            "copy its address again",
        ),
        (
            Reply::new(200, "returned HTTP error 404 with"),
            "create a new one",
        ),
        (Reply::new(405, format!("no {PATH}")), "HTTP 405"),
    ] {
        contract.service.answer_with(move |_| answer.clone());
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(
            !ok && error.contains(said) && !error.contains("aSignature"),
            "{error}"
        );
    }
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_and_strange_texts_fit() {
    let contract = Contract::start("teams", config, |_| Reply::new(202, "")).await;
    let strange = "**b** [a](https://evil.example) <at>x</at> \u{5d0}\u{5d1} 🦀 \"";
    contract
        .down_with(1, &format!("{strange}{}", "\"\\".repeat(6_000)))
        .await;
    let first = contract.requests(1).await.remove(0);
    // Runs of text are no Markdown.
    assert!(texts(&first).iter().any(|line| line.starts_with(strange)));
    assert!(first.body.len() <= 28_000, "{}", first.body.len());
    contract.world.publish_all(2..=400, false).await;
    let group = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen().into_iter();
        seen.skip(1)
            .find(|request| texts(request)[0].ends_with(" monitors"))
    })
    .await;
    assert!(texts(&group).last().unwrap().starts_with("… and "));
    assert!(group.body.len() <= 28_000, "{}", group.body.len());
    contract.alerter.stop().await;
}
