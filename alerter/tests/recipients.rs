//! Recipients of e-mail channels: who has not confirmed gets no alerts, and who is to be asked is asked.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{ORG, PATIENCE, World, channel};
use domain::EmailRecipientId;
use domain::alert_event::Step;
use domain::channel::{DeclineTokens, LeftOut, WithheldRecipient};
use domain::internal::{ConfirmationMail, SealedChannel, TestOutcome};
use serde_json::json;
use shared::kafka::KafkaSettings;
use testkit::{FakeSmtp, Manners};

fn mails_to(addresses: &[&str], withheld: &[(&str, bool)]) -> SealedChannel {
    let config = json!({"to": addresses}).to_string();
    let withheld = withheld.iter().map(|(address, declined)| WithheldRecipient {
        id: EmailRecipientId::new(ORG, address),
        declined: *declined,
    });
    SealedChannel {
        withheld: withheld.collect(),
        ..channel(1, "email", config.as_bytes())
    }
}

/// The same as user-service tells it now: the configuration holds only whom messages go to.
fn filtered(to: &[&str], waiting: &[&str], declined: &[&str]) -> SealedChannel {
    use base64::Engine as _;
    let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
    let left_out = json!(LeftOut {
        waiting: owned(waiting),
        declined: owned(declined),
    });
    let keyring = shared::crypto::Keyring::parse(common::ENCRYPTION_KEYS).unwrap();
    let context = SealedChannel::left_out_context(ORG);
    let sealed = keyring.seal_stable(&context, left_out.to_string().as_bytes());
    SealedChannel {
        sealed_left_out: Some(base64::engine::general_purpose::STANDARD.encode(sealed)),
        ..mails_to(to, &[])
    }
}

async fn world(kafka: KafkaSettings, server: &FakeSmtp) -> World {
    World::new(kafka)
        .await
        .with("SMTP_URL", &server.url)
        .with("SMTP_FROM", "Uptime <uptime@status.example>")
        .with("PUBLIC_URL", "https://status.example")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_confirmed_gets_no_alerts_and_the_others_do() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::start().await;
    let world = world(kafka, &server).await;
    let earlier = mails_to(
        &["ada@example.org", "Ops@example.org", "eve@example.org"],
        &[("ops@example.org", false), ("eve@example.org", true)],
    );
    let some = filtered(
        &["ada@example.org", "Ada@example.org"],
        &["Ops@example.org"],
        &["eve@example.org"],
    );
    *world.known.channels.lock().unwrap() = vec![some];
    let alerter = world.start().await;
    world.down(1).await;
    let receipt = testkit::eventually("the outage is announced", PATIENCE, async || {
        let events = world.events().await;
        events.into_iter().find_map(|event| event.receipt)
    })
    .await;
    assert_eq!(
        receipt,
        "250 queued as 1 (waiting for confirmation of Ops@example.org; declined by eve@example.org)"
    );
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["<ada@example.org>"]);
    assert!(!mails[0].text.contains("ps@example.org") && !mails[0].text.contains("eve@"));
    // What an earlier user-service says is understood, too.
    let tested = alerter.test_outcome(&earlier).await;
    assert!(tested.ok && tested.left_out.is_some_and(|who| receipt.contains(&who)));
    assert_eq!(server.mails()[1].to, ["<ada@example.org>"]);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_has_a_mail_of_its_own_with_a_link_to_decline() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::with(Manners {
        knows_not: Some("<bob@example.org>"),
        full_once_for: Some("<eve@example.org>"),
        ..Manners::default()
    })
    .await;
    let world = world(kafka, &server).await;
    let (ada, bob, eve) = ("ada@example.org", "bob@example.org", "eve@example.org");
    // By these they decline.
    let token = |name: &str| format!("AgAAAAAAAAAH{name}").repeat(9);
    let tokens: DeclineTokens = [ada, bob, eve]
        .map(|address| (address.to_owned(), token(&address[..3])))
        .into();
    let keyring = shared::crypto::Keyring::parse(common::ENCRYPTION_KEYS).unwrap();
    let sealed = keyring.seal_stable(
        &SealedChannel::decline_context(ORG),
        json!(tokens).to_string().as_bytes(),
    );
    use base64::Engine as _;
    *world.known.channels.lock().unwrap() = vec![SealedChannel {
        sealed_decline_tokens: Some(base64::engine::general_purpose::STANDARD.encode(sealed)),
        ..mails_to(&[ada, bob, eve], &[])
    }];
    let alerter = world.start().await;
    world.down(1).await;
    let event = testkit::eventually("the outage is announced", PATIENCE, async || {
        let events = world.events().await;
        events.into_iter().find(|event| event.receipt.is_some())
    })
    .await;
    // Eve had hers at the second attempt, which went to nobody who had one; Bob keeps nothing from the others.
    assert_eq!(event.attempt, 2);
    let receipt = event.receipt.unwrap();
    assert!(receipt.contains("bob@example.org: "), "{receipt}");
    let mut mails = server.mails();
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    let to: Vec<_> = mails.iter().map(|mail| mail.to.join(" ")).collect();
    assert_eq!(to, ["<ada@example.org>", "<eve@example.org>"]);
    for (mail, name) in mails.iter().zip(["ada", "eve"]) {
        let one_click = "List-Unsubscribe: <https://status.example/api/v1/recipients/";
        assert_eq!(mail.word_after(one_click), Some(token(name)), "{mail:?}");
        let text = mail.unfolded();
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        let page = format!(
            "\r\nhttps://status.example/recipients/{}?decline=true",
            token(name)
        );
        assert!(text.contains(&page), "{text}");
        let others = ["ada@", "bob@", "eve@"].map(|other| text.contains(other));
        assert_eq!(others.iter().filter(|&&is_named| is_named).count(), 1, "{text}");
    }
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_without_a_confirmed_recipient_fails_at_once_and_says_why() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::start().await;
    let world = world(kafka, &server).await;
    let none = filtered(&[], &["ops@example.org"], &[]);
    *world.known.channels.lock().unwrap() = vec![none];
    let alerter = world.start().await;
    world.down(1).await;
    let failed = testkit::eventually("the alert has failed", PATIENCE, async || {
        let events = world.events().await;
        events.into_iter().find(|event| event.step == Step::Failed)
    })
    .await;
    assert_eq!(
        failed.reason.as_deref(),
        Some("no recipient is confirmed: waiting for confirmation of ops@example.org")
    );
    // Once it has confirmed, it hears of the next outage, and of the end of this one.
    *world.known.channels.lock().unwrap() = vec![mails_to(&["ops@example.org"], &[])];
    world.hint_channels_changed().await;
    world.down(2).await;
    testkit::eventually("the next outage is announced", PATIENCE, async || {
        (server.mails().len() == 1).then_some(())
    })
    .await;
    assert_eq!(server.mails()[0].to, ["<ops@example.org>"]);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_to_confirmed_recipients_only_and_names_the_others() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let server = FakeSmtp::start().await;
    let world = world(kafka, &server).await;
    let alerter = world.start().await;
    let waiting = [("ops@example.org", false)];
    let none = mails_to(&["ops@example.org"], &waiting);
    let reason = "waiting for confirmation of ops@example.org";
    // What sends nothing is not counted either.
    for _ in 0..12 {
        let tested = alerter.test_outcome(&none).await;
        let expected = TestOutcome {
            ok: false,
            error: Some(format!("no recipient is confirmed: {reason}")),
            left_out: None,
        };
        assert_eq!(tested, expected);
    }
    assert_eq!(server.mails().len(), 0);
    let some = filtered(&["ada@example.org"], &["ops@example.org"], &[]);
    let tested = alerter.test_outcome(&some).await;
    let expected = TestOutcome {
        ok: true,
        error: None,
        left_out: Some(reason.to_owned()),
    };
    assert_eq!(tested, expected);
    assert_eq!(server.mails()[0].to, ["<ada@example.org>"]);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_be_asked_is_asked_and_what_came_of_it_is_said() {
    for (manners, error, again) in [
        (Manners::default(), None, false),
        (
            Manners {
                knows_nobody: true,
                ..Manners::default()
            },
            Some("no such user"),
            false,
        ),
        (
            Manners {
                babbles: true,
                ..Manners::default()
            },
            Some("says too much"),
            true,
        ),
    ] {
        let (_broker, kafka) = testkit::embedded_kafka();
        let server = FakeSmtp::with(manners).await;
        let world = world(kafka, &server).await;
        let recipient = EmailRecipientId::new(ORG, "ops@example.org");
        let token = "AQAAAAAAAAAHAAABoiGY7QBvcHNAZXhhbXBsZS5vcmc".repeat(3);
        world.known.to_be_asked.lock().unwrap().push(ConfirmationMail {
            org_id: ORG,
            recipient,
            address: "ops@example.org".to_owned(),
            organisation: "Ada's organisation".to_owned(),
            token: token.clone(),
        });
        let alerter = world.start().await;
        let outcome = testkit::eventually("it was asked", PATIENCE, async || {
            world.known.asked.lock().unwrap().first().cloned()
        })
        .await;
        assert_eq!((outcome.org_id, outcome.recipient), (ORG, recipient));
        assert_eq!(outcome.again, again);
        assert_eq!(outcome.error.is_some(), error.is_some(), "{outcome:?}");
        let said = outcome.error.unwrap_or_default();
        assert!(said.contains(error.unwrap_or_default()), "{said}");
        if error.is_none() {
            let mails = server.mails();
            assert_eq!(
                (mails.len(), &mails[0].to),
                (1, &vec!["<ops@example.org>".to_owned()])
            );
            for link in [
                "\r\nhttps://status.example/recipients/",
                "<https://status.example/api/v1/recipients/",
            ] {
                assert_eq!(mails[0].word_after(link).as_ref(), Some(&token), "{mails:?}");
            }
            assert!(mails[0].unfolded().contains("?decline=true\r\n"));
        }
        alerter.stop().await;
    }
}
