//! The kinds of channels: what is stored, sealed, shown, and handed to the alerter.

use crate::common::{Answer, Person, Stores, UserService, keyring};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::OrgId;
use domain::channel::{ChannelAlerts, EmailConfig, SlackBotConfig, WebhookConfig};
use domain::internal::{ChannelsPage, SealedChannel};
use fred::interfaces::KeysInterface as _;
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The configuration that the alerter gets of the person's only channel, in the clear.
async fn handed_over<T: serde::de::DeserializeOwned>(service: &UserService, person: &Person<'_>) -> T {
    let page = service
        .internal(&format!("/channels?org_id={}", person.org))
        .await;
    let page: ChannelsPage = serde_json::from_value(page.expect(200)).unwrap();
    let sealed = STANDARD.decode(&page.channels[0].sealed_config).unwrap();
    let context = SealedChannel::seal_context(OrgId(person.org));
    serde_json::from_slice(&keyring().open(&context, &sealed).unwrap()).unwrap()
}

fn path(channel: &Value) -> String {
    format!("/channels/{}", channel["id"])
}

async fn add(person: &Person<'_>, kind: &str, config: Value) -> Answer {
    let body = json!({"name": "Ops", "kind": kind, "config": config});
    person.post("/channels", body).await
}

#[tokio::test]
async fn a_webhooks_secret_is_made_shown_once_and_replaced() {
    let service = UserService::start().await;
    let person = service.register().await;
    let channel = add(
        &person,
        "webhook",
        json!({"url": "https://a.example/hook?token=t-1"}),
    )
    .await
    .expect(201);
    let made = channel["config"]["secret"].as_str().unwrap().to_owned();
    let stored: WebhookConfig = handed_over(&service, &person).await;
    assert_eq!(stored.secret, made);
    assert!(stored.signing_keys().is_some());
    assert_eq!(stored.url, "https://a.example/hook?token=t-1");

    // Neither secret is shown again, and what was shown changes nothing when it comes back.
    let shown = json!({"url": "https://a.example/hook?token=***", "secret": "***"});
    let seen = person.get(&path(&channel)).await.expect(200);
    assert_eq!(seen["config"], shown);
    assert_eq!(person.get("/channels").await.items()[0]["config"], shown);
    let same = person
        .patch(&path(&channel), json!({"config": shown}))
        .await
        .expect(200);
    assert_eq!(same["version"], 1);

    let replaced = json!({"config": {"secret": null}});
    let replaced = person.patch(&path(&channel), replaced).await.expect(200);
    assert_eq!(replaced["config"]["previous_secret"], "***");
    let stored: WebhookConfig = handed_over(&service, &person).await;
    assert_eq!(replaced["config"]["secret"], stored.secret);
    assert_eq!(stored.previous_secret, Some(made));

    let given_up = json!({"name": "Hook", "config": {"previous_secret": null}});
    let given_up = person.patch(&path(&channel), given_up).await.expect(200);
    assert_eq!(given_up["config"], shown);
    let now: WebhookConfig = handed_over(&service, &person).await;
    assert_eq!((now.secret, now.previous_secret), (stored.secret, None));
}

#[tokio::test]
async fn a_webhooks_secret_stays_with_its_receiver_and_its_path_with_admins() {
    let service = UserService::start().await;
    let person = service.register().await;
    let hook = json!({"url": "https://a.example/hooks/hunter2?x=hunter2"});
    let channel = add(&person, "webhook", hook).await.expect(201);
    let elsewhere = json!({"config": {"url": "https://b.example/"}});
    let refused = person.patch(&path(&channel), elsewhere).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["config.secret"])
    );
    let again = json!({"config": {"url": "https://b.example/hooks/hunter2", "secret": null}});
    let moved = person.patch(&path(&channel), again).await.expect(200);
    assert!(moved["config"].get("previous_secret").is_none(), "{moved}");
    let stored: WebhookConfig = handed_over(&service, &person).await;
    assert_ne!(json!(stored.secret), channel["config"]["secret"]);

    let shown = json!({"url": "https://b.example/…", "secret": "***"});
    let viewer = person.as_role("viewer");
    for seen in [
        viewer.get(&path(&channel)).await.expect(200),
        viewer.get("/channels").await.items().remove(0),
    ] {
        assert_eq!(seen["config"], shown);
    }
    let admin = person.as_role("admin").get(&path(&channel)).await.expect(200);
    assert_eq!(admin["config"]["url"], "https://b.example/hooks/hunter2");
}

#[tokio::test]
async fn a_secret_of_the_users_own_is_never_shown() {
    let service = UserService::start().await;
    let person = service.register().await;
    let config = json!({"url": "https://a.example/", "secret": SECRET});
    let channel = add(&person, "webhook", config).await.expect(201);
    assert_eq!(channel["config"]["secret"], "***");
    let stored: WebhookConfig = handed_over(&service, &person).await;
    assert_eq!(stored.secret, SECRET);
    let row = service.db().await;
    let row = row
        .query_one("SELECT kind, config FROM channels", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>("kind"), "webhook");
    let sealed: Vec<u8> = row.get("config");
    let plain = SECRET.as_bytes();
    assert!(!sealed.windows(plain.len()).any(|window| window == plain));
}

#[tokio::test]
async fn an_e_mail_channel_is_not_added_where_there_is_no_mail_server() {
    let service = UserService::start().await;
    let person = service.register().await;
    let to = json!({"to": ["ada@example.org"]});
    // While no alerter says anything, one is assumed.
    let before = add(&person, "email", to.clone()).await.expect(201);
    assert_eq!(before["error"], Value::Null);
    let settings = service.stores.redis();
    let redis = shared::redis::connect(&settings).unwrap();
    let say = async |value: &str| {
        let key = settings.keys().mail_server();
        redis
            .set::<(), _, _>(key, value, None, None, false)
            .await
            .unwrap();
    };
    say("0").await;
    let refused = add(&person, "email", to.clone()).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "kind");
    let hook = json!({"url": "https://a.example/"});
    add(&person, "webhook", hook).await.expect(201);
    let shown = person.get(&path(&before)).await.expect(200);
    assert!(shown["error"].as_str().unwrap().contains("no mail server is set"));
    let renamed = json!({"name": "Mail"});
    person.patch(&path(&before), renamed).await.expect(200);
    say("1").await;
    add(&person, "email", to).await.expect(201);
    let shown = person.get(&path(&before)).await.expect(200);
    assert_eq!(shown["error"], Value::Null);
}

#[tokio::test]
async fn e_mail_addresses_are_shown_and_changed() {
    // Whom nobody has to ask, an alerter is told of at once.
    let unasked = [("EMAIL_VERIFY_RECIPIENTS", "false")];
    let service = UserService::start_on(Stores::new().await, &unasked).await;
    let person = service.register().await;
    let to = json!({"to": ["ada@example.org", "ops@example.org"]});
    let channel = add(&person, "email", to.clone()).await.expect(201);
    assert_eq!((&channel["kind"], &channel["config"]), (&json!("email"), &to));
    let one = json!({"config": {"to": ["ada@example.org"]}, "enabled": false});
    let changed = person.patch(&path(&channel), one).await.expect(200);
    assert_eq!(
        (&changed["enabled"], &changed["version"]),
        (&json!(false), &json!(2))
    );
    let stored: EmailConfig = handed_over(&service, &person).await;
    assert_eq!(stored.to, ["ada@example.org"]);
    // As mail servers take it, which is not how everybody writes it.
    let written = json!({"config": {"to": [" Ada@Bücher.example", "eve@ｅxample\u{3002}org"]}});
    person.patch(&path(&channel), written).await.expect(200);
    let stored: EmailConfig = handed_over(&service, &person).await;
    assert_eq!(stored.to, ["Ada@xn--bcher-kva.example", "eve@example.org"]);
}

#[tokio::test]
async fn a_slack_bots_secrets_are_never_shown() {
    let service = UserService::start().await;
    let person = service.register().await;
    let config = json!({"bot_token": "xoxb-1-a", "channel": "C0123", "signing_secret": "8f742231b10e"});
    let channel = add(&person, "slack_bot", config.clone()).await.expect(201);
    let shown = json!({"bot_token": "***", "channel": "C0123", "signing_secret": "***"});
    assert_eq!(channel["config"], shown);
    let moved = json!({"bot_token": "***", "channel": "C0999", "signing_secret": "***"});
    let moved = person.patch(&path(&channel), json!({"config": moved})).await;
    assert_eq!(moved.expect(200)["config"]["channel"], "C0999");
    let stored: SlackBotConfig = handed_over(&service, &person).await;
    assert_eq!(stored.bot_token, "xoxb-1-a");
    assert_eq!(
        (stored.signing_secret.as_str(), stored.channel.as_str()),
        ("8f742231b10e", "C0999")
    );
}

#[tokio::test]
async fn what_a_channel_is_told_of_is_kept_and_handed_over() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.channel().await;
    let path = format!("/channels/{id}");
    let defaults = json!({"degraded": false, "throttle_seconds": 0, "remind_every_seconds": null});
    assert_eq!(person.get(&path).await.expect(200)["alerts"], defaults);
    let change = json!({"alerts": {"degraded": true, "remind_every_seconds": 900}});
    let changed = person.patch(&path, change).await.expect(200);
    let alerts = json!({"degraded": true, "throttle_seconds": 0, "remind_every_seconds": 900});
    assert_eq!((&changed["alerts"], &changed["version"]), (&alerts, &json!(2)));
    let body = json!({"name": "Slow", "kind": "email", "config": {"to": ["a@b.org"]}, "alerts": alerts});
    assert_eq!(person.post("/channels", body).await.expect(201)["alerts"], alerts);
    let page = service
        .internal(&format!("/channels?org_id={}", person.org))
        .await;
    let page: ChannelsPage = serde_json::from_value(page.expect(200)).unwrap();
    let expected = ChannelAlerts {
        degraded: true,
        throttle_seconds: 0,
        remind_every_seconds: Some(900),
        quiet_hours: None,
        owner_quiet_hours: None,
        acknowledge_by_link: false,
    };
    assert!(page.channels.iter().all(|channel| channel.alerts == expected));
    let refused = person
        .patch(&path, json!({"alerts": {"throttle_seconds": 90_000}}))
        .await;
    assert_eq!(refused.fields(), ["alerts.throttle_seconds"]);
}

#[tokio::test]
async fn bad_configurations_are_refused_and_not_stored() {
    let service = UserService::start().await;
    let person = service.register().await;
    for (kind, config, field) in [
        ("webhook", json!({}), "config.url"),
        ("webhook", json!({"url": "http://a.example/"}), "config.url"),
        (
            "webhook",
            json!({"url": "https://a.example/", "secret": "x"}),
            "config.secret",
        ),
        (
            "webhook",
            json!({"url": "https://a.example/", "to": []}),
            "config.to",
        ),
        ("email", json!({}), "config.to"),
        ("email", json!({"to": "ada@example.org"}), "config.to"),
        (
            "email",
            json!({"to": ["ada@example.org", "a@b.org\r\nBcc: c@d.org"]}),
            "config.to.1",
        ),
        ("email", json!({"to": ["ada@localhost"]}), "config.to.0"),
        ("email", json!({"to": ["ada@%65xample.org"]}), "config.to.0"),
        ("pigeon", json!({}), "kind"),
    ] {
        let answer = add(&person, kind, config.clone()).await;
        assert_eq!(answer.status, 422, "{kind} {config}: {}", answer.body);
        assert_eq!(answer.fields(), [field], "{kind} {config}");
    }
    assert_eq!(service.count("channels").await, 0);
    let id = person.channel().await;
    let other = person
        .patch(&format!("/channels/{id}"), json!({"kind": "email"}))
        .await;
    assert_eq!(other.fields(), ["kind"]);
}
