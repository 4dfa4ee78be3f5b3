//! A Slack bot keeps one message for each outage up to date.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::common::{ORG, PATIENCE, World, channel, url};
use domain::channel::SlackBotConfig;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{IncidentId, MonitorId, Record};
use serde_json::{Value, json};
use testkit::{HttpServer, Reply};

/// Slack's API: numbers the messages, and has forgotten those whose time stamp begins with `gone`.
async fn slack_api() -> HttpServer {
    let count = AtomicI64::new(0);
    HttpServer::start(move |request| {
        assert_eq!(request.headers["authorization"], "Bearer xoxb-1-2-a");
        let ts = format!("{}.000100", count.fetch_add(1, Ordering::Relaxed) + 1);
        ok(&ts)
    })
    .await
}

fn ok(ts: &str) -> Reply {
    json_reply(&json!({"ok": true, "channel": "C01", "ts": ts, "message": {"ts": ts, "text": "x"}}))
}

fn json_reply(body: &Value) -> Reply {
    Reply::new(200, body.to_string()).header("content-type", "application/json")
}

async fn world(api: &HttpServer) -> (impl Drop, World) {
    let (broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("SLACK_API_URL", &api.url());
    let config = SlackBotConfig {
        bot_token: "xoxb-1-2-a".into(),
        channel: "C01".into(),
        signing_secret: "8f742231b10e".into(),
    };
    let bot = channel(1, "slack_bot", &serde_json::to_vec(&config).unwrap());
    *world.known.channels.lock().unwrap() = vec![bot];
    (Holding(broker), world)
}

struct Holding<T>(#[allow(dead_code, reason = "it ends the broker when it is dropped")] T);

impl<T> Drop for Holding<T> {
    fn drop(&mut self) {}
}

/// The calls so far: what was called, and with what.
fn calls(api: &HttpServer) -> Vec<(String, Value)> {
    let seen = api.seen().into_iter();
    seen.map(|request| (request.path, serde_json::from_slice(&request.body).unwrap()))
        .collect()
}

async fn await_calls(api: &HttpServer, count: usize) -> Vec<(String, Value)> {
    testkit::eventually("Slack's API is called", PATIENCE, async || {
        Some(calls(api)).filter(|calls| calls.len() >= count)
    })
    .await
}

fn first_line(call: &Value) -> &str {
    call["text"].as_str().unwrap().lines().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_is_edited_and_its_thread_tells_the_rest() {
    let api = slack_api().await;
    let (_broker, world) = world(&api).await;
    let alerter = world.start().await;
    world.down(1).await;
    let calls = await_calls(&api, 1).await;
    let (path, posted) = &calls[0];
    assert_eq!(
        (path.as_str(), first_line(posted)),
        ("/chat.postMessage", "🔴 Down: Shop 1.")
    );
    assert_eq!(posted["channel"], "C01");
    let button = &posted["blocks"].as_array().unwrap().last().unwrap()["elements"][0];
    assert_eq!(button["action_id"], "acknowledge");
    let incident: IncidentId = serde_json::from_value(button["value"].clone()).unwrap();

    world.acknowledge(1, incident).await;
    await_calls(&api, 3).await;
    world.up(1).await;
    let calls = await_calls(&api, 5).await;
    for (index, begins) in [(1, "👀 Acknowledged: Shop 1."), (3, "✅ Up: Shop 1. (down for ")] {
        let ((update, updated), (reply, replied)) = (&calls[index], &calls[index + 1]);
        assert_eq!(
            (update.as_str(), reply.as_str()),
            ("/chat.update", "/chat.postMessage")
        );
        assert_eq!(
            (&updated["ts"], &replied["thread_ts"]),
            (&json!("1.000100"), &json!("1.000100"))
        );
        assert!(first_line(updated).starts_with(begins) && first_line(replied).starts_with(begins));
        assert!(
            !updated["blocks"].to_string().contains("acknowledge\""),
            "{updated}"
        );
    }
    alerter.stop().await;
    assert_eq!(calls.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_somebody_has_removed_is_posted_anew() {
    let api = slack_api().await;
    let (_broker, world) = world(&api).await;
    let alerter = world.start().await;
    world.down(1).await;
    await_calls(&api, 1).await;
    api.answer_with(|request| match request.path.as_str() {
        "/chat.update" => json_reply(&json!({"ok": false, "error": "message_not_found"})),
        _ => ok("9.000100"),
    });
    world.up(1).await;
    let calls = await_calls(&api, 3).await;
    assert_eq!(calls[2].0, "/chat.postMessage");
    assert_eq!(calls[2].1.get("thread_ts"), None);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_may_ask_to_wait_and_may_refuse_for_good() {
    let api = slack_api().await;
    let (_broker, world) = world(&api).await;
    api.answer_with(|_| json_reply(&json!({"ok": false, "error": "ratelimited"})).header("retry-after", "1"));
    let alerter = world.start().await;
    world.down(1).await;
    await_calls(&api, 1).await;
    api.answer_with(|_| json_reply(&json!({"ok": false, "error": "invalid_auth"})));
    await_calls(&api, 2).await;
    let failed = testkit::eventually("the alert failed", PATIENCE, async || {
        let events = world.events().await;
        let mut failed = events.into_iter();
        failed.find(|event| event.step == domain::alert_event::Step::Failed)
    })
    .await;
    assert_eq!(
        (failed.attempt, failed.reason.as_deref()),
        (2, Some("Slack error: invalid_auth"))
    );
    // It is mended, and the message sent once more by hand.
    api.answer_with(|_| ok("7.000100"));
    world
        .publish(Record::Lifecycle(Lifecycle {
            monitor_id: MonitorId(1),
            org_id: ORG,
            url: url(1),
            timestamp: world.slot(),
            revision: 1,
            event: LifecycleEvent::Resend,
            incident_id: None,
            usual: None,
            delivery_id: failed.delivery_id,
            probe_revision: None,
        }))
        .await;
    await_calls(&api, 3).await;
    testkit::eventually("the alert is received", PATIENCE, async || {
        let events = world.events().await;
        let mut sent = events.into_iter();
        sent.find(|event| event.receipt.as_deref() == Some("7.000100") && event.attempt == 3)
    })
    .await;
    alerter.stop().await;
}
