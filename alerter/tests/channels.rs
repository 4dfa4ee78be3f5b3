//! Webhooks and e-mail.

use crate::common::{PATIENCE, World, channel};
use serde_json::{Value, json};
use testkit::{FakeSmtp, HttpServer, Reply};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gets_signed_messages_under_one_id_in_each_attempt() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let receiver = HttpServer::start(|_| Reply::new(404, "being deployed")).await;
    let config =
        json!({"url": format!("{}/alerts", receiver.url()), "secret": NEW_SECRET, "previous_secret": SECRET});
    *world.known.channels.lock().unwrap() = vec![channel(1, "webhook", config.to_string().as_bytes())];
    let alerter = world.start().await;
    world.down(1).await;
    testkit::eventually("the webhook is called", PATIENCE, async || {
        (!receiver.seen().is_empty()).then_some(())
    })
    .await;
    receiver.answer_with(|_| Reply::new(204, ""));
    world.up(1).await;
    let kinds = testkit::eventually("the end is announced", PATIENCE, async || {
        let bodies = receiver
            .seen()
            .into_iter()
            .map(|seen| serde_json::from_slice::<Value>(&seen.body).unwrap());
        let kinds: Vec<_> = bodies
            .map(|body| body["type"].as_str().unwrap().to_owned())
            .collect();
        (kinds.last()? == "incident.resolved").then_some(kinds)
    })
    .await;
    assert_eq!(kinds, ["incident.opened", "incident.opened", "incident.resolved"]);
    let seen = receiver.seen();
    assert_eq!(seen[0].headers["webhook-id"], seen[1].headers["webhook-id"]);
    assert_ne!(seen[1].headers["webhook-id"], seen[2].headers["webhook-id"]);
    for request in &seen {
        let text = |name: &str| request.headers[name].to_str().unwrap();
        let signed = format!(
            "{}.{}.{}",
            text("webhook-id"),
            text("webhook-timestamp"),
            std::str::from_utf8(&request.body).unwrap()
        );
        let signatures: Vec<&str> = text("webhook-signature").split(' ').collect();
        assert_eq!(
            signatures,
            [signature(NEW_SECRET, &signed), signature(SECRET, &signed)]
        );
    }
    let body: Value = serde_json::from_slice(&seen[2].body).unwrap();
    assert_eq!(
        body["data"]["incident"]["monitor"],
        json!({"id": 1, "name": "Shop 1.", "url": "https://shop.example/1"})
    );
    assert_eq!(body["data"]["incident"]["duration_seconds"], 10);
    alerter.stop().await;
}

pub(crate) fn signature(secret: &str, signed: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{KeyInit as _, Mac as _};
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(signed.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_gone_is_not_called_again() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await;
    let receiver = HttpServer::start(|_| Reply::new(410, "")).await;
    let config = json!({"url": receiver.url(), "secret": SECRET});
    *world.known.channels.lock().unwrap() = vec![channel(1, "webhook", config.to_string().as_bytes())];
    let alerter = world.start().await;
    world.down(1).await;
    testkit::eventually("the alert failed", PATIENCE, async || {
        world
            .events()
            .await
            .into_iter()
            .find(|event| event.step == domain::alert_event::Step::Failed)
    })
    .await;
    assert_eq!(receiver.seen().len(), 1);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_about_one_outage_form_a_thread() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::start().await;
    let world = World::new(kafka)
        .await
        .with("SMTP_URL", &server.url)
        .with("SMTP_FROM", "Uptime <uptime@status.example>");
    let config = json!({"to": ["ada@example.org", "bob@example.org"]});
    *world.known.channels.lock().unwrap() = vec![channel(1, "email", config.to_string().as_bytes())];
    let alerter = world.start().await;
    let tested = alerter
        .test(&channel(1, "email", config.to_string().as_bytes()))
        .await;
    assert_eq!(tested, (true, None));
    assert!(
        server.mails()[0].text.contains("Subject: =?utf-8?b?"),
        "{:?}",
        server.mails()
    );
    world.down(1).await;
    testkit::eventually("the outage is announced", PATIENCE, async || {
        (server.mails().len() == 4).then_some(())
    })
    .await;
    world.up(1).await;
    let mails = testkit::eventually("both mails arrive", PATIENCE, async || {
        Some(server.mails().split_off(2)).filter(|mails| mails.len() == 4)
    })
    .await;
    // Each recipient has a mail of its own.
    let mut to: Vec<_> = mails.iter().map(|mail| mail.to.join(" ")).collect();
    to.sort();
    assert_eq!(
        to,
        [
            "<ada@example.org>",
            "<ada@example.org>",
            "<bob@example.org>",
            "<bob@example.org>"
        ]
    );
    let to_ada = mails.iter().filter(|mail| mail.to[0] == "<ada@example.org>");
    let mails: Vec<_> = to_ada.collect();
    let header = |index: usize, name: &str| {
        let text: &str = &mails[index].text;
        let line = text.lines().find(|line| line.starts_with(&format!("{name}: ")));
        line.map(|line| line[name.len() + 2..].to_owned())
    };
    let first = header(0, "Message-ID").unwrap();
    assert!(first.ends_with("@status.example>"), "{first}");
    assert_eq!(header(1, "In-Reply-To"), Some(first.clone()));
    assert_eq!(header(1, "References"), Some(first));
    assert_eq!(header(0, "In-Reply-To"), None);
    assert_eq!(header(0, "Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(mails[0].text.contains("text/plain") && mails[0].text.contains("text/html"));
    assert!(
        mails[0].text.contains("Unexpected status code (phase: response)"),
        "{}",
        mails[0].text
    );
    alerter.stop().await;
}
