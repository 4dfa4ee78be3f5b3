//! What WhatsApp reports about messages: who may say so, and what comes of it.

mod undelivered;

use crate::common::scene::join;
use crate::common::{Answer, INTERNAL_KEY, Person, UserService, keyring};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::OrgId;
use domain::channel::WhatsAppConfig;
use domain::internal::{ChannelsPage, SealedChannel};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

const SECRET: &str = "7f0c1d2e3b4a59687f0c1d2e3b4a5968";

/// A channel that takes reports, as its owner sees it.
struct Channel {
    id: i64,
    /// What follows `/hooks/whatsapp/` in its address.
    address: String,
    token: String,
}

fn config(app_secret: &str) -> Value {
    json!({
        "access_token": "EAA1", "phone_number_id": "106540352242922", "to_number": "+4915112345678",
        "app_secret": app_secret,
    })
}

fn shown(channel: &Value) -> Channel {
    let url = channel["callback"]["url"].as_str().unwrap();
    Channel {
        id: channel["id"].as_i64().unwrap(),
        address: url.split_once("/hooks/whatsapp/").unwrap().1.to_owned(),
        token: channel["callback"]["verify_token"].as_str().unwrap().to_owned(),
    }
}

async fn add(person: &Person<'_>, path: &str, secret: &str) -> Channel {
    let body = json!({"name": "Phone", "kind": "whatsapp", "config": config(secret)});
    shown(&person.post(path, body).await.expect(201))
}

/// Meta's name of a message.
fn wamid(number: u32) -> String {
    format!("wamid.HBgNNDkxNTExMjM0NTY3OBUCABEYE{number}")
}

/// The channel has taken a message about an outage.
async fn taken(person: &Person<'_>, channel: i64, incident: Uuid, monitor: i64, number: u32) {
    let sql =
        "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                   delivery_id, source, receipt)
               SELECT $1::uuid, 'down', $2::bigint, step, attempt, now() - interval '1 minute', $3::bigint,
                   $4::bigint, $5::uuid,
                   '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 0, \"offset\": 1}'::jsonb,
                   CASE step WHEN 'sent' THEN $6::text END
               FROM (VALUES ('decided', 0), ('sent', 1)) AS it (step, attempt)";
    let db = person.service.db().await;
    let (id, receipt) = (Uuid::from_u128(number.into()), wamid(number));
    db.execute(sql, &[&incident, &channel, &person.org, &monitor, &id, &receipt])
        .await
        .unwrap();
}

fn now() -> i64 {
    shared::now().as_millis() / 1_000
}

fn status(number: u32, state: &str, at: i64) -> Value {
    let mut status = json!({
        "id": wamid(number), "status": state, "timestamp": at.to_string(), "recipient_id": "4915112345678",
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "utility"},
    });
    if state == "failed" {
        status["errors"] = json!([{
            "code": 131_026, "title": "Message undeliverable", "message": "Message undeliverable",
            "error_data": {"details": "Message Undeliverable."},
        }]);
    }
    status
}

/// As Meta documents it.
fn notification(statuses: &[Value]) -> String {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "statuses": statuses,
    });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}],
    })
    .to_string()
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digits = mac.finalize().into_bytes();
    let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

/// As the gateway passes it on.
async fn send(service: &UserService, address: &str, signature: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![
        ("x-internal-key", INTERNAL_KEY),
        ("content-type", "application/json"),
    ];
    headers.extend(signature.map(|signature| ("x-hub-signature-256", signature)));
    let path = format!("/internal/whatsapp/callbacks/{address}");
    service.send(Method::POST, &path, &headers, body).await
}

async fn report(service: &UserService, channel: &Channel, secret: &str, statuses: &[Value]) -> u16 {
    let body = notification(statuses);
    let signed = signature(secret, &body);
    let answer = send(service, &channel.address, Some(&signed), &body).await;
    answer.status.as_u16()
}

/// What the delivery of a channel is, and what was reported of it.
async fn delivery(person: &Person<'_>, channel: i64) -> Value {
    let path = format!("/channels/{channel}/deliveries");
    person.get(&path).await.items().remove(0)
}

/// A person with a channel that has taken message 1, the outage, and its monitor.
async fn notified<'a>(service: &'a UserService, secret: &str) -> (Person<'a>, Channel, Uuid, i64) {
    let person = service.register().await;
    let channel = add(&person, "/channels", secret).await;
    let monitor = person.monitor("https://a.example/").await;
    let incident = person.outage(monitor, false).await;
    taken(&person, channel.id, incident, monitor, 1).await;
    (person, channel, incident, monitor)
}

#[tokio::test]
async fn a_report_goes_on_whatever_comes_twice_or_late() {
    let service = UserService::start().await;
    let (person, channel, incident, _) = notified(&service, SECRET).await;
    assert!(delivery(&person, channel.id).await.get("reported").is_none());
    let at = now() - 30;
    for (state, seconds, shown, since) in [
        ("sent", 0, "sent", 0),
        ("delivered", 2, "delivered", 2),
        // Once more, and one that has been overtaken.
        ("delivered", 3, "delivered", 2),
        ("sent", 0, "delivered", 2),
        // Another device of the recipient has not got it.
        ("failed", 4, "delivered", 2),
        ("read", 9, "read", 9),
        ("delivered", 2, "read", 9),
        ("read", 10, "read", 9),
        ("failed", 11, "read", 9),
    ] {
        let statuses = [status(1, state, at + seconds)];
        assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
        let delivery = delivery(&person, channel.id).await;
        let seen = domain::Timestamp::from_millis((at + since) * 1_000);
        assert_eq!(
            delivery["reported"],
            json!({"state": shown, "at": seen}),
            "{state}"
        );
        assert_eq!(
            (&delivery["status"], &delivery["error"]),
            (&json!("sent"), &Value::Null)
        );
    }
    let steps = person.get(&format!("/incidents/{incident}/events")).await.items();
    let reported: Vec<_> = steps
        .iter()
        .map(|step| (&step["step"], &step["reported"]["state"]))
        .collect();
    assert_eq!(
        reported,
        [
            (&json!("decided"), &Value::Null),
            (&json!("sent"), &json!("read"))
        ]
    );
    assert_eq!(service.count("message_reports").await, 1);
}

#[tokio::test]
async fn a_failure_makes_the_delivery_failed_with_a_reason() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    taken(&person, channel.id, incident, monitor, 2).await;
    let at = now();
    let statuses = [status(1, "failed", at), status(2, "delivered", at)];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    // That it was on its way is known.
    let late = [status(1, "sent", at)];
    assert_eq!(report(&service, &channel, SECRET, &late).await, 200);
    let path = format!("/channels/{}/deliveries", channel.id);
    for (state, number) in [("failed", 1), ("sent", 2)] {
        let found = person.get(&format!("{path}?status={state}")).await.items();
        let ids: Vec<_> = found.iter().map(|delivery| delivery["id"].clone()).collect();
        assert_eq!(ids, [json!(Uuid::from_u128(number))], "{state}");
        assert_eq!(found[0]["status"], state);
    }
    for state in ["pending", "suppressed"] {
        let found = person.get(&format!("{path}?status={state}")).await.items();
        assert!(found.is_empty(), "{state}");
    }
    let failed = person
        .get(&format!("{path}?status=failed"))
        .await
        .items()
        .remove(0);
    let reason = failed["error"].as_str().unwrap();
    assert!(reason.starts_with("the number is not on WhatsApp"), "{reason}");
    assert!(
        reason.ends_with("(error 131026: Message Undeliverable.)"),
        "{reason}"
    );
    assert_eq!(failed["reported"]["state"], "failed");
    assert_eq!(failed["reported"]["error"], reason);
    // For the alerter it is over.
    let resend = format!("{path}/{}/resend", Uuid::from_u128(1));
    assert_eq!(person.call(Method::POST, &resend, "").await.status, 409);
    // Another device of the recipient gets it after all.
    let late = [status(1, "delivered", at)];
    assert_eq!(report(&service, &channel, SECRET, &late).await, 200);
    let path = format!("{path}?status=sent");
    let sent = person.get(&path).await.items();
    let first = json!(Uuid::from_u128(1));
    let first = sent.iter().find(|delivery| delivery["id"] == first).unwrap();
    assert_eq!(first["reported"]["state"], "delivered");
    assert!(first["reported"].get("error").is_none(), "{first}");
    assert_eq!(first["error"], Value::Null);
}

#[tokio::test]
async fn what_the_channels_app_has_not_signed_is_refused() {
    let service = UserService::start().await;
    let (person, channel, ..) = notified(&service, SECRET).await;
    let stranger = service.register().await;
    let theirs = add(&stranger, "/channels", "their-own-secret").await;
    let (_, key) = channel.address.split_once('/').unwrap();
    let (_, their_key) = theirs.address.split_once('/').unwrap();
    let slack = person.channel().await;
    let body = notification(&[status(1, "read", now())]);
    let right = signature(SECRET, &body);
    let other = format!("{}/{their_key}", channel.id);
    let mut problems = Vec::new();
    for (address, signed) in [
        (channel.address.clone(), None),
        (channel.address.clone(), Some(String::new())),
        (channel.address.clone(), Some("sha256=".to_owned())),
        (channel.address.clone(), Some(right.replace("sha256=", "sha1="))),
        (
            channel.address.clone(),
            Some(signature("their-own-secret", &body)),
        ),
        (
            channel.address.clone(),
            Some(signature(SECRET, &format!("{body} "))),
        ),
        // The key of another channel, another channel, none at all, and a name of none.
        (other, Some(right.clone())),
        (format!("{}/{key}", theirs.id), Some(right.clone())),
        (format!("{slack}/{key}"), Some(right.clone())),
        (format!("{}/{key}", channel.id + 1_000), Some(right.clone())),
        (format!("x/{key}"), Some(right.clone())),
    ] {
        let answer = send(&service, &address, signed.as_deref(), &body).await;
        assert_eq!(answer.status, 401, "{address} {signed:?}: {}", answer.body);
        problems.push(answer.body);
    }
    assert!(
        problems.iter().all(|problem| *problem == problems[0]),
        "it tells nothing"
    );
    assert_eq!(service.count("message_reports").await, 0);
    assert_eq!(
        send(&service, &channel.address, Some(&right), &body).await.status,
        200
    );
    assert_eq!(delivery(&person, channel.id).await["reported"]["state"], "read");
}

#[tokio::test]
async fn an_app_reports_about_messages_of_its_own_organisation_alone() {
    let service = UserService::start().await;
    let (person, channel, ..) = notified(&service, SECRET).await;
    let stranger = service.register().await;
    // Whoever has the secret of an app of their own can sign whatever they like, also with the same secret.
    for secret in [SECRET, "their-own-secret"] {
        let theirs = add(&stranger, "/channels", secret).await;
        let statuses = [status(1, "failed", now() - 3_600)];
        assert_eq!(report(&service, &theirs, secret, &statuses).await, 200);
    }
    assert!(delivery(&person, channel.id).await.get("reported").is_none());
    assert_eq!(service.count("message_reports").await, 0);
}

#[tokio::test]
async fn one_address_takes_the_reports_of_all_channels_of_an_app() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    let second = add(&person, "/channels", SECRET).await;
    let other = add(&person, "/channels", "another-app").await;
    taken(&person, second.id, incident, monitor, 2).await;
    taken(&person, other.id, incident, monitor, 3).await;
    let statuses = [1, 2, 3].map(|number| status(number, "read", now() - 3_600));
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    assert_eq!(delivery(&person, channel.id).await["reported"]["state"], "read");
    assert_eq!(delivery(&person, second.id).await["reported"]["state"], "read");
    assert!(delivery(&person, other.id).await.get("reported").is_none());
}

#[tokio::test]
async fn a_report_may_come_before_the_receipt() {
    let service = UserService::start().await;
    let (person, channel, incident, monitor) = notified(&service, SECRET).await;
    let mut elsewhere = status(4, "delivered", now());
    elsewhere["recipient_id"] = json!("4915198765432");
    let statuses = [
        status(2, "delivered", now()),
        // Of nothing that we have sent.
        status(3, "delivered", now() - 3_600),
        // The app's messages to others.
        elsewhere,
    ];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    assert_eq!(service.count("message_reports").await, 1);
    taken(&person, channel.id, incident, monitor, 2).await;
    let path = format!("/channels/{}/deliveries", channel.id);
    let all = person.get(&path).await.items();
    let second = json!(Uuid::from_u128(2));
    let found = all.iter().find(|delivery| delivery["id"] == second).unwrap();
    assert_eq!(found["reported"]["state"], "delivered");
}

#[tokio::test]
async fn what_cannot_be_read_or_is_too_much_changes_nothing() {
    let service = UserService::start().await;
    let (person, channel, ..) = notified(&service, SECRET).await;
    let many: Vec<Value> = (0..1_001).map(|_| status(1, "read", now())).collect();
    let padding = " ".repeat(3 * 1024 * 1024);
    for (body, expected) in [
        ("{".to_owned(), 400),
        ("null".to_owned(), 400),
        (r#"{"entry": 1}"#.to_owned(), 400),
        (notification(&many), 400),
        (
            format!("{}{padding}", notification(&[status(1, "read", now())])),
            413,
        ),
        ("{}".to_owned(), 200),
        // What else Meta notifies of.
        (
            json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
                "field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}]}]})
            .to_string(),
            200,
        ),
    ] {
        let signed = signature(SECRET, &body);
        let answer = send(&service, &channel.address, Some(&signed), &body).await;
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.body);
    }
    assert!(delivery(&person, channel.id).await.get("reported").is_none());
}

#[tokio::test]
async fn the_address_is_verified_by_who_knows_its_token() {
    let service = UserService::start().await;
    let (_, channel, ..) = notified(&service, SECRET).await;
    let verify = async |address: &str, query: &str| {
        let path = format!("/internal/whatsapp/callbacks/{address}?{query}");
        let headers = [("x-internal-key", INTERNAL_KEY)];
        service.send(Method::GET, &path, &headers, "").await
    };
    let right = format!(
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={}",
        channel.token
    );
    let answer = verify(&channel.address, &right).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body),
        (200, &json!(1_158_201_444))
    );
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let elsewhere = format!("{}/{}", channel.id, "0".repeat(32));
    for (address, query, expected) in [
        (&elsewhere, right.clone(), 401),
        (&channel.address, right.replace(&channel.token, "guess"), 401),
        (&channel.address, right.replace("subscribe", "unsubscribe"), 401),
        (&channel.address, String::new(), 401),
        (&channel.address, right.replace("1158201444", ""), 400),
        (&channel.address, right.replace("1158201444", "%3Cscript%3E"), 400),
        (
            &channel.address,
            right.replace("1158201444", &"1".repeat(257)),
            400,
        ),
    ] {
        let answer = verify(address, &query).await;
        assert_eq!(answer.status.as_u16(), expected, "{address}?{query}");
    }
}

#[tokio::test]
async fn the_address_is_shown_to_whoever_may_enter_it_and_ends_with_the_secret() {
    let service = UserService::start().await;
    let person = service.register().await;
    let path = |channel: &Channel| format!("/channels/{}", channel.id);
    let channel = add(&person, "/channels", SECRET).await;
    let admin = person.as_role("admin").get(&path(&channel)).await.expect(200);
    assert_eq!(shown(&admin).address, channel.address);
    assert_eq!(admin["config"]["app_secret"], "***");
    assert!(admin["config"].get("callback").is_none(), "{admin}");
    for role in ["viewer", "editor"] {
        let seen = person.as_role(role).get(&path(&channel)).await.expect(200);
        assert!(seen.get("callback").is_none(), "{seen}");
    }
    // What was shown changes nothing when it comes back.
    let same = json!({"config": admin["config"]});
    let same = person.patch(&path(&channel), same).await.expect(200);
    assert_eq!(same["version"], 1);
    let renewed = json!({"config": {"app_secret": "another-secret"}});
    let renewed = person.patch(&path(&channel), renewed).await.expect(200);
    assert_eq!(shown(&renewed).address, channel.address);
    let given = json!({"config": {"callback": {"key": "x", "verify_token": "x"}}});
    let refused = person.patch(&path(&channel), given).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.callback"])
    );

    // An alerter gets nothing of it.
    let page = service
        .internal(&format!("/channels?org_id={}", person.org))
        .await;
    let page: ChannelsPage = serde_json::from_value(page.expect(200)).unwrap();
    let sealed = STANDARD.decode(&page.channels[0].sealed_config).unwrap();
    let context = SealedChannel::seal_context(OrgId(person.org));
    let sent: WhatsAppConfig = serde_json::from_slice(&keyring().open(&context, &sealed).unwrap()).unwrap();
    assert_eq!((sent.app_secret, sent.callback), (None, None));
    assert_eq!(sent.access_token, "EAA1");

    let without = json!({"config": {"app_secret": null}});
    let without = person.patch(&path(&channel), without).await.expect(200);
    assert!(without.get("callback").is_none(), "{without}");
    let statuses = [status(1, "read", now())];
    for secret in [SECRET, "another-secret", ""] {
        assert_eq!(report(&service, &channel, secret, &statuses).await, 401);
    }
    assert_eq!(service.count("message_reports").await, 0);
}

#[tokio::test]
async fn what_is_reported_of_a_members_own_channel_is_the_members() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let member = join(&owner, "responder").await;
    let channel = add(&member, "/me/channels", SECRET).await;
    let monitor = owner.monitor("https://a.example/").await;
    let incident = owner.outage(monitor, false).await;
    taken(&owner, channel.id, incident, monitor, 1).await;
    let statuses = [status(1, "read", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    let path = format!("/incidents/{incident}/events");
    for (person, state) in [(&member, json!("read")), (&owner, Value::Null)] {
        let steps = person.get(&path).await.items();
        assert_eq!(steps[1]["reported"]["state"], state);
    }
    // That nobody was reached is no secret, and why is the member's.
    taken(&owner, channel.id, incident, monitor, 2).await;
    let statuses = [status(2, "failed", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    for (person, says_why) in [(&member, true), (&owner, false)] {
        let steps = person.get(&path).await.items();
        let mut reports = steps.iter().map(|step| &step["reported"]);
        let lost = reports.find(|report| report["state"] == "failed").unwrap();
        assert_eq!(lost["error"].is_string(), says_why, "{lost}");
    }
}

#[tokio::test]
async fn reports_go_with_their_channel() {
    let service = UserService::start().await;
    let (person, channel, ..) = notified(&service, SECRET).await;
    let statuses = [status(1, "read", now())];
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 200);
    assert_eq!(service.count("message_reports").await, 1);
    let path = format!("/channels/{}", channel.id);
    person.delete(&path).await.expect(204);
    assert_eq!(service.count("message_reports").await, 0);
    assert_eq!(report(&service, &channel, SECRET, &statuses).await, 401);
}
