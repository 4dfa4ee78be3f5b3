//! A channel that does not take a message as it is gets it in a shorter and plainer form.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{World, channel, slack_channel};
use domain::channel::SlackBotConfig;
use serde_json::{Value, json};
use testkit::{FakeSmtp, HttpServer, Manners, Reply, Seen};

fn body(request: &Seen) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_that_refuses_blocks_gets_text() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = HttpServer::start(|_| Reply::new(500, "")).await;
    let world = World::new(kafka).await.with("SLACK_API_URL", &server.url());
    let alerter = world.start().await;
    let config = SlackBotConfig {
        bot_token: "xoxb-1-2-a".into(),
        channel: "C01".into(),
        signing_secret: "8f742231b10e".into(),
    };
    let bot = channel(2, "slack_bot", &serde_json::to_vec(&config).unwrap());
    let hook_refuses = Reply::new(400, "invalid_blocks");
    let bot_refuses = Reply::new(200, r#"{"ok":false,"error":"msg_blocks_too_long"}"#);
    for (channel, refusal) in [
        (slack_channel(1, &server.url()), hook_refuses),
        (bot, bot_refuses),
    ] {
        let before = server.seen().len();
        server.answer_with(move |request| match body(request)["blocks"].is_array() {
            true => refusal.clone(),
            false => Reply::new(200, r#"{"ok":true,"ts":"1.0"}"#),
        });
        assert_eq!(alerter.test(&channel).await, (true, None), "{}", channel.kind);
        let posted: Vec<Value> = server.seen()[before..].iter().map(body).collect();
        assert_eq!(posted.len(), 2, "{}", channel.kind);
        for body in &posted {
            assert_eq!((&body["mrkdwn"], &body["parse"]), (&json!(false), &json!("none")));
            assert_eq!(
                (&body["link_names"], &body["unfurl_links"]),
                (&json!(false), &json!(false))
            );
        }
        assert_eq!(posted[0]["text"], posted[1]["text"]);
    }
    // Whoever takes neither is not asked for ever.
    let before = server.seen().len();
    server.answer_with(|_| Reply::new(400, "invalid_payload"));
    let said = alerter.test(&slack_channel(1, &server.url())).await;
    assert_eq!(said, (false, Some("HTTP 400: invalid_payload".to_owned())));
    assert_eq!(server.seen().len() - before, 2);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_for_which_it_is_too_large_gets_less() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let server = HttpServer::start(|_| Reply::new(413, "too large")).await;
    let alerter = world.start().await;
    let config = json!({"url": server.url(), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let webhook = channel(3, "webhook", config.to_string().as_bytes());
    let said = alerter.test(&webhook).await;
    assert_eq!(said, (false, Some("HTTP 413: too large".to_owned())));
    assert_eq!(server.seen().len(), 2);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_refuses_html_gets_plain_text() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::with(Manners {
        plain_only: true,
        ..Manners::default()
    })
    .await;
    let world = World::new(kafka).await.with("SMTP_URL", &server.url);
    let alerter = world.start().await;
    let config = json!({"to": ["ada@example.org"]});
    let mails = channel(4, "email", config.to_string().as_bytes());
    assert_eq!(alerter.test(&mails).await, (true, None));
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("text/plain") && !mails[1].text.contains("text/html"));
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_few_test_messages_whoever_sends_them() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::start().await;
    let world = World::new(kafka).await.with("SMTP_URL", &server.url);
    let alerter = world.start().await;
    let mails = |id: i64, to: &[&str]| channel(id, "email", json!({"to": to}).to_string().as_bytes());
    for id in 1..=10 {
        let to = ["ada@example.org", &format!("friend-{id}@example.org")];
        assert_eq!(alerter.test(&mails(id, &to)).await, (true, None));
    }
    let (status, wait) = alerter
        .try_test(&mails(11, &["eve@example.org", "Ada@Example.org"]))
        .await;
    assert_eq!(status, 429);
    assert!((3_500..=3_600).contains(&wait.unwrap()), "{wait:?}");
    assert_eq!(server.mails().len(), 20, "each recipient has its own");
    assert_eq!(alerter.test(&mails(12, &["eve@example.org"])).await, (true, None));
    alerter.stop().await;
}
