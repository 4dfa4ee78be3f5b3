//! What an organisation that is erased had to be told of is told to nobody any more.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use e2e::{AllInOne, PATIENCE, Stores, messages_about};
use http::StatusCode;
use serde_json::json;
use testkit::{FakeSlack, FakeTarget, Reply, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_of_an_erased_organisation_ends() {
    let settings = [("DELETION_DELAY_DAYS", "0".to_owned())];
    let stores = Stores::empty().await;
    let product = AllInOne::start_with(&stores, &settings);
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    target.answer(503);
    // The message stays in the ledger, to be tried again.
    slack.answer_with(Reply::new(503, "later"));
    let mut ada = product.api().await;
    ada.register().await;
    ada.add_slack(&slack.webhook_url()).await;
    let monitor = ada.add_monitor("Shop", &target.url()).await;
    ada.await_state(monitor, "down").await;
    eventually("the message was tried", PATIENCE, async || {
        (!slack.messages_with("Shop").is_empty()).then_some(())
    })
    .await;

    let org = ada.get("/api/v1/me").await["org"].clone();
    let deletion = json!({"current_password": e2e::fuzz::PASSWORD, "name": org["name"]});
    ada.post(
        &format!("/api/v1/orgs/{}/deletion", org["id"]),
        deletion,
        StatusCode::ACCEPTED,
    )
    .await;
    let database = testkit::connect(stores.database_url()).await;
    let id = org["id"].as_i64().unwrap();
    let of_it = "SELECT FROM organisations WHERE id = $1
                 UNION ALL SELECT FROM incidents WHERE org_id = $1
                 UNION ALL SELECT FROM alert_events WHERE org_id = $1";
    eventually("the organisation is gone", 2 * PATIENCE, async || {
        let left = database.query(of_it, &[&id]).await.unwrap();
        left.is_empty().then_some(())
    })
    .await;
    assert!(product.stop().await);
    let tried = slack.messages_with("Shop").len();

    // What a ledger still had to say would be said when it is restored.
    slack.answer_with(Reply::new(200, "ok"));
    let product = AllInOne::start_with(&stores, &settings);
    let others = FakeSlack::start().await;
    let mut bob = product.api().await;
    bob.register().await;
    bob.add_slack(&others.webhook_url()).await;
    let monitor = bob.add_monitor("Blog", &target.url()).await;
    bob.await_state(monitor, "down").await;
    target.answer(200);
    bob.await_state(monitor, "up").await;
    eventually("others are told of theirs", PATIENCE, async || {
        (messages_about(&others, "Blog").len() == 2).then_some(())
    })
    .await;
    assert_eq!(slack.messages_with("Shop").len(), tried, "{:?}", slack.messages());
    assert!(product.stop().await);
}
