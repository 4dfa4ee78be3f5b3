//! The Acknowledge button of a Slack bot, from the message to the incident and back to the message.

use std::hash::{DefaultHasher, Hash, Hasher};

use e2e::{AllInOne, Api, PATIENCE, Stores};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::{FakeTarget, HttpServer, Reply};

const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

#[tokio::test(flavor = "multi_thread")]
async fn a_pressed_button_takes_the_incident_on_and_changes_its_message() {
    let slack = slack_api().await;
    let stores = Stores::empty().await;
    // Each reminder is looked for by itself.
    let settings = [
        ("SLACK_API_URL", slack.url()),
        ("GROUP_WINDOW_MS", "0".to_owned()),
    ];
    let product = AllInOne::start_with(&stores, &settings);
    let target = FakeTarget::start().await;
    target.answer(500);
    let mut api = product.api().await;
    api.register().await;
    let config = json!({"bot_token": "xoxb-1-a", "channel": "C0123", "signing_secret": SIGNING_SECRET});
    let body = json!({"name": "Ops", "kind": "slack_bot", "config": config});
    let channel = api.post("/api/v1/channels", body, StatusCode::CREATED).await;
    // More often than the API allows, so that it can be seen within a test.
    let often = r#"UPDATE channels SET alerts = '{"remind_every_seconds": 1}'"#;
    let client = testkit::connect(stores.database_url()).await;
    assert_eq!(client.execute(often, &[]).await.unwrap(), 1);
    let shop = api.add_monitor("Shop", &target.url()).await;
    api.add_monitor("Mail", &target.url()).await;

    let down = await_call(&slack, "chat.postMessage", "🔴 Down: Shop").await;
    let button = &down.body["blocks"].as_array().unwrap().last().unwrap()["elements"][0];
    assert_eq!(button["text"]["text"], "Acknowledge");
    let incident = button["value"].as_str().unwrap();
    let open = api
        .await_incident(shop, "open", |known| known["id"] == incident)
        .await;
    assert_eq!(open["acknowledged"], Value::Null);
    await_call(&slack, "chat.postMessage", "🔴 Still down: Shop").await;

    let press = Press {
        api: &api,
        path: format!("/api/slack/interactions/{}", channel["id"]),
        form: form(button["action_id"].as_str().unwrap(), incident),
    };
    let now = shared::now().as_millis() / 1_000;
    for (secret, at) in [("another secret", now), (SIGNING_SECRET, now - 301)] {
        assert_eq!(press.signed(secret, at).await, StatusCode::UNAUTHORIZED);
    }
    let untouched = api.get(&format!("/api/v1/incidents/{incident}")).await;
    assert_eq!(untouched["acknowledged"], Value::Null);
    assert_eq!(press.signed(SIGNING_SECRET, now).await, StatusCode::OK);
    let taken_on = api.get(&format!("/api/v1/incidents/{incident}")).await;
    assert_eq!(taken_on["acknowledged"]["by"], "slack:grace");

    // The message is changed in place, has no button any more, and its thread says so too.
    let edited = await_call(&slack, "chat.update", "👀 Acknowledged: Shop").await;
    assert_eq!(edited.body["ts"], down.answered);
    assert!(
        !edited.body["blocks"].to_string().contains("\"actions\""),
        "{}",
        edited.body
    );
    let reply = await_call(&slack, "chat.postMessage", "👀 Acknowledged: Shop").await;
    assert_eq!(reply.body["thread_ts"], down.answered);
    // Its reminders end, but for one that was on its way already, while those of the other monitor go on.
    await_reminders(&slack, "Mail", 2).await;
    let before = reminders(&slack, "Shop");
    await_reminders(&slack, "Mail", 3).await;
    assert_eq!(reminders(&slack, "Shop"), before);
    assert!(product.stop().await);
}

/// Somebody presses the button.
struct Press<'a> {
    api: &'a Api,
    path: String,
    form: String,
}

impl Press<'_> {
    async fn signed(&self, secret: &str, at: i64) -> StatusCode {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("v0:{at}:{}", self.form).as_bytes());
        let digits = mac.finalize().into_bytes();
        let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
        let (at, signature) = (at.to_string(), format!("v0={}", digits.concat()));
        let headers = [
            ("x-slack-request-timestamp", &*at),
            ("x-slack-signature", &*signature),
        ];
        self.api.post_form(&self.path, &headers, self.form.clone()).await
    }
}

fn form(action: &str, incident: &str) -> String {
    let payload = json!({
        "type": "block_actions", "user": {"id": "U1", "username": "grace"},
        "actions": [{"action_id": action, "type": "button", "value": incident}]
    });
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string()).finish()
}

/// A call of Slack's API, and the time stamp that it answered.
struct Call {
    body: Value,
    answered: String,
}

/// Slack's API.
async fn slack_api() -> HttpServer {
    HttpServer::start(|request| {
        assert_eq!(request.headers["authorization"], "Bearer xoxb-1-a");
        let ts = time_stamp(&request.body);
        let answer = json!({"ok": true, "channel": "C0123", "ts": ts, "message": {"ts": ts, "text": "x"}});
        Reply::new(200, answer.to_string()).header("content-type", "application/json")
    })
    .await
}

/// The name that Slack gives to a message.
fn time_stamp(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("{}.000100", hasher.finish() >> 32)
}

async fn await_call(slack: &HttpServer, method: &str, begins: &str) -> Call {
    testkit::eventually(&format!("{method} of {begins}"), PATIENCE, async || {
        slack.seen().into_iter().find_map(|request| {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            let found = request.path.ends_with(method) && body["text"].as_str()?.starts_with(begins);
            found.then(|| Call {
                body,
                answered: time_stamp(&request.body),
            })
        })
    })
    .await
}

/// Waits for so many more of them.
async fn await_reminders(slack: &HttpServer, monitor: &str, more: usize) {
    let until = reminders(slack, monitor) + more;
    testkit::eventually(&format!("{monitor} is reminded of"), PATIENCE, async || {
        (reminders(slack, monitor) >= until).then_some(())
    })
    .await;
}

fn reminders(slack: &HttpServer, monitor: &str) -> usize {
    let begins = format!("🔴 Still down: {monitor}");
    let texts = slack.seen().into_iter().filter_map(|request| {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        body["text"].as_str().map(str::to_owned)
    });
    texts.filter(|text| text.starts_with(&begins)).count()
}
