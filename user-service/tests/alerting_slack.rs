//! Buttons in Slack: who may press them, and what comes of it.

use crate::common::{Answer, INTERNAL_KEY, Person, UserService};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// A person with an outage, and a Slack bot that tells of it.
async fn bot(person: &Person<'_>) -> (i64, Uuid) {
    let config = json!({"bot_token": "xoxb-1-a", "channel": "C0123", "signing_secret": SIGNING_SECRET});
    let body = json!({"name": "Ops", "kind": "slack_bot", "config": config});
    let channel = person.post("/channels", body).await.expect(201);
    let monitor = person.monitor("https://a.example/").await;
    (
        channel["id"].as_i64().unwrap(),
        person.outage(monitor, false).await,
    )
}

/// What Slack sends when Grace presses the button.
fn press(incident: Uuid) -> String {
    let payload = json!({
        "type": "block_actions", "user": {"id": "U1", "username": "grace"},
        "actions": [{"action_id": "acknowledge", "type": "button", "value": incident.to_string()}]
    });
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string()).finish()
}

fn now() -> i64 {
    shared::now().as_millis() / 1_000
}

fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let digits = mac.finalize().into_bytes();
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={}", digits.concat())
}

/// As the gateway passes it on.
async fn send(service: &UserService, channel: i64, timestamp: i64, signature: &str, body: &str) -> Answer {
    let timestamp = timestamp.to_string();
    let headers = [
        ("x-internal-key", INTERNAL_KEY),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-slack-request-timestamp", &timestamp),
        ("x-slack-signature", signature),
    ];
    let path = format!("/internal/slack/interactions/{channel}");
    service.send(Method::POST, &path, &headers, body).await
}

async fn pressed(service: &UserService, channel: i64, incident: Uuid) -> u16 {
    let (at, body) = (now(), press(incident));
    let signed = signature(SIGNING_SECRET, at, &body);
    send(service, channel, at, &signed, &body).await.status.as_u16()
}

async fn acknowledged(person: &Person<'_>, incident: Uuid) -> Value {
    let incident = person.get(&format!("/incidents/{incident}")).await.expect(200);
    incident["acknowledged"].clone()
}

#[tokio::test]
async fn a_button_takes_the_incident_on_in_the_name_of_the_slack_user() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, incident) = bot(&person).await;
    assert_eq!(pressed(&service, channel, incident).await, 200);
    let first = acknowledged(&person, incident).await;
    assert_eq!(first["by"], "slack:grace");
    // Slack may send it again, and somebody may play it again.
    assert_eq!(pressed(&service, channel, incident).await, 200);
    assert_eq!(acknowledged(&person, incident).await, first);
    assert_eq!(service.count("outbox").await, 2);
}

#[tokio::test]
async fn what_the_channels_app_has_not_signed_just_now_is_refused() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, incident) = bot(&person).await;
    let webhook = person.channel().await;
    let (at, body) = (now(), press(incident));
    let right = signature(SIGNING_SECRET, at, &body);
    let early = at - 301;
    let mut problems = Vec::new();
    for (channel, at, signed) in [
        (channel, at, signature("another secret", at, &body)),
        (channel, at, signature(SIGNING_SECRET, at, "payload={}")),
        (channel, at, String::new()),
        (channel, at + 1, right.clone()),
        // Recorded, and played again later.
        (channel, early, signature(SIGNING_SECRET, early, &body)),
        // No bot, and no channel.
        (webhook, at, right.clone()),
        (channel + 1_000, at, right.clone()),
    ] {
        let answer = send(&service, channel, at, &signed, &body).await;
        assert_eq!(answer.status, 401, "{channel} {at} {signed}: {}", answer.body);
        problems.push(answer.body);
    }
    assert!(
        problems.iter().all(|problem| *problem == problems[0]),
        "it tells nothing"
    );
    assert_eq!(acknowledged(&person, incident).await, Value::Null);
    let answer = send(&service, channel, at, &right, &body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bot_takes_on_incidents_of_its_own_organisation_alone() {
    let service = UserService::start().await;
    let (person, stranger) = (service.register().await, service.register().await);
    let (_, incident) = bot(&person).await;
    // Whoever knows a signing secret of their own can sign whatever they like.
    let (channel, _) = bot(&stranger).await;
    assert_eq!(pressed(&service, channel, incident).await, 404);
    assert_eq!(pressed(&service, channel, Uuid::from_u128(7)).await, 404);
    assert_eq!(acknowledged(&person, incident).await, Value::Null);
    assert_eq!(service.count("incident_acknowledgements").await, 0);
}

#[tokio::test]
async fn a_button_that_is_pressed_too_late_or_does_something_else_changes_nothing() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, incident) = bot(&person).await;
    let (at, other) = (now(), "ssl_check=1");
    let signed = signature(SIGNING_SECRET, at, other);
    assert_eq!(send(&service, channel, at, &signed, other).await.status, 200);
    let broken = "payload=%7B";
    let signed = signature(SIGNING_SECRET, at, broken);
    assert_eq!(send(&service, channel, at, &signed, broken).await.status, 400);
    let over = "UPDATE incidents SET resolved_at = now(), close_reason = 'recovered'";
    service.db().await.execute(over, &[]).await.unwrap();
    assert_eq!(pressed(&service, channel, incident).await, 200);
    assert_eq!(acknowledged(&person, incident).await, Value::Null);
}

#[tokio::test]
async fn only_what_is_signed_counts_for_the_channel() {
    let service = UserService::start().await;
    let person = service.register().await;
    let (channel, incident) = bot(&person).await;
    let (other, _) = bot(&person).await;
    let body = press(incident);
    let signed = async |channel: i64| {
        let (now, body) = (now(), &body);
        send(
            &service,
            channel,
            now,
            &signature(SIGNING_SECRET, now, body),
            body,
        )
        .await
        .status
        .as_u16()
    };
    for _ in 0..100 {
        assert_eq!(send(&service, channel, now(), "v0=00", &body).await.status, 401);
    }
    let mut pressed = 0;
    while signed(channel).await == 200 {
        pressed += 1;
        // A minute and another one may be touched.
        assert!(pressed <= 120, "there is no limit");
    }
    assert!(pressed >= 60, "{pressed}");
    assert_eq!(signed(channel).await, 429);
    assert_eq!(signed(other).await, 200, "another channel");
}

#[tokio::test]
async fn a_button_acknowledges_a_drill_of_its_own_organisation_alone() {
    let service = UserService::start().await;
    let (person, stranger) = (service.register().await, service.register().await);
    let ((channel, _), (other, _)) = (bot(&person).await, bot(&stranger).await);
    let monitor = person.monitor("https://b.example/").await;
    let drill = json!({"monitor_id": monitor});
    let drill = person.post("/drills", drill).await.expect(201);
    let incident: Uuid = drill["incident_id"].as_str().unwrap().parse().unwrap();
    let shown = format!("/drills/{}", drill["id"]);
    assert_eq!(pressed(&service, other, incident).await, 404);
    let untouched = person.get(&shown).await.expect(200);
    assert_eq!(untouched["acknowledged"], Value::Null);
    for _ in 0..2 {
        assert_eq!(pressed(&service, channel, incident).await, 200);
    }
    let acknowledged = person.get(&shown).await.expect(200);
    assert_eq!(acknowledged["acknowledged"]["by"], "slack:grace");
    let told = format!("outbox WHERE monitor_id = -{}", drill["id"]);
    assert_eq!(service.count(&told).await, 2);
    let end = format!("{shown}/end");
    person.call(Method::POST, &end, "").await.expect(200);
    // Pressed once more, it does no harm.
    assert_eq!(pressed(&service, channel, incident).await, 200);
}
