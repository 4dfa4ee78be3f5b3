//! Which kinds of channels have the link that acknowledges an incident, and who else learns of it.

use super::*;
use crate::channel::{AcknowledgeUrls, send};

/// A message about an outage with the link, and the same without.
fn pair(kind: MessageKind, token: &str) -> [Message; 2] {
    let mut messages = messages(MONITOR).into_iter();
    let without = messages.find(|message| message.kind == kind).unwrap();
    let mut with = without.clone();
    with.acknowledge = Some(AcknowledgeUrls::new(PUBLIC_URL, token.to_owned()));
    [with, without]
}

/// As long as those of great numbers.
fn token() -> String {
    "AmsxQ-_z9k".repeat(24)
}

/// The address that a kind has of it, if it has any.
fn address(kind: Kind, form: Form, token: &str) -> Option<String> {
    match (kind, form) {
        // They have a way of their own, or no room.
        (Kind::SlackBot | Kind::WhatsApp | Kind::PagerDuty | Kind::Jsm | Kind::Twilio, _)
        | (Kind::Pushover, Form::Short) => None,
        (Kind::Ntfy, _) => Some(format!("{PUBLIC_URL}/api/v1/acknowledgements/{token}")),
        _ => Some(format!("{PUBLIC_URL}/acknowledge/{token}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_has_the_link_where_its_kind_of_channel_has_one_and_nothing_else_changes() {
    let world = World::new().await;
    let token = token();
    let reminder = MessageKind::Reminder {
        now: STARTED_AT.plus_millis(130_000),
    };
    for outage in [MessageKind::Down, reminder] {
        let [with, without] = pair(outage, &token);
        for &kind in Kind::ALL {
            for config in configs(kind, &world.http.url()) {
                for form in [Form::Full, Form::Short] {
                    let linked = world.sent(kind, &config, &with, form).await;
                    let plain = world.sent(kind, &config, &without, form).await;
                    let what = format!("{kind:?} {form:?}: {linked:?}");
                    assert!(!plain.concat().to_lowercase().contains("acknowledge/"), "{what}");
                    match address(kind, form, &token) {
                        Some(address) => {
                            assert!(linked.iter().all(|text| text.contains(&address)), "{what}");
                            // It has no other address of it.
                            let rest = linked.concat().replace(&address, "");
                            assert!(!rest.contains(&token), "{what}");
                        }
                        None => assert_eq!(linked, plain, "{what}"),
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_a_message_takes_its_button_away() {
    let world = World::new().await;
    let config = configs(Kind::Telegram, &world.http.url()).remove(0);
    let [down, _] = pair(MessageKind::Down, &token());
    let first = world.sent(Kind::Telegram, &config, &down, Form::Full).await;
    assert!(first[0].contains("reply_markup"), "{first:?}");
    let mut changes = 0;
    for message in messages(MONITOR) {
        let sent = world.sent(Kind::Telegram, &config, &message, Form::Full).await;
        let edits = sent.iter().filter(|text| text.contains("\"message_id\":1000,"));
        changes += edits.count();
        assert!(!sent.concat().contains("reply_markup"), "{sent:?}");
    }
    assert!(changes > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_said_of_a_message_has_the_token() {
    let world = World::new().await;
    let token = "AmsxQ-_z9k".repeat(6);
    let [down, _] = pair(MessageKind::Down, &token);
    let mut quoted = 0;
    for status in [200, 400, 403, 413, 500] {
        let said = format!("URL '{PUBLIC_URL}/acknowledge/{token}' is invalid, and {token}");
        let body = json!({
            "ok": false, "status": 0, "error": said, "message": said, "description": said, "errors": [said],
        });
        world
            .http
            .answer_with(move |_| Reply::new(status, body.to_string()));
        for &kind in Kind::ALL {
            for config in configs(kind, &world.http.url()) {
                let channel = world.channel(kind, &config);
                let outcome = format!("{:?}", send(&*channel, &down).await);
                assert!(!outcome.contains(&token[..24]), "{kind:?} {status}: {outcome}");
                quoted += usize::from(outcome.contains("/acknowledge/…"));
            }
        }
    }
    assert!(quoted > 0, "some quote what they refuse");
}
