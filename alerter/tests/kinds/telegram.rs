use std::sync::atomic::{AtomicUsize, Ordering};

use domain::alert_event::Step;
use serde_json::{Value, json};
use testkit::{HttpServer, Reply, Seen};

use super::{Contract, acknowledged_by, json_of};
use crate::common::{ORG, PATIENCE, channel};

const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const SECRET: &str = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

fn config(url: &str) -> Value {
    json!({"bot_token": TOKEN, "chat_id": "-42", "thread_id": "7", "api_url": url})
}

/// Numbers the messages, and knows each of them.
fn telegram() -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let count = AtomicUsize::new(100);
    move |_| sent(count.fetch_add(1, Ordering::Relaxed))
}

fn sent(id: usize) -> Reply {
    let message = json!({"message_id": id, "date": 1, "chat": {"id": -42, "type": "group"}, "text": "x"});
    Reply::new(200, json!({"ok": true, "result": message}).to_string())
}

fn refused(code: u16, description: &str, parameters: Value) -> Reply {
    let mut body = json!({"ok": false, "error_code": code, "description": description});
    if !parameters.is_null() {
        body["parameters"] = parameters;
    }
    Reply::new(code, body.to_string())
}

fn method(request: &Seen) -> &str {
    request.path.strip_prefix(&format!("/bot{TOKEN}/")).unwrap()
}

fn text(request: &Seen) -> String {
    json_of(request)["text"].as_str().unwrap().replace('\u{200b}', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_about_an_outage_shows_its_end_and_a_reply_tells_of_it() {
    let contract = Contract::start("telegram", config, telegram()).await;
    contract.world.down(1).await;
    assert_eq!(contract.receipt().await, "100");
    contract.world.up(1).await;
    let seen = contract.requests(3).await;
    let methods: Vec<_> = seen.iter().map(method).collect();
    assert_eq!(methods, ["sendMessage", "editMessageText", "sendMessage"]);
    let bodies: Vec<_> = seen.iter().map(json_of).collect();
    for body in &bodies {
        assert_eq!(
            (&body["chat_id"], &body["parse_mode"]),
            (&json!("-42"), &json!("HTML"))
        );
        assert_eq!(body["link_preview_options"], json!({"is_disabled": true}));
    }
    assert_eq!(bodies[0]["message_thread_id"], 7);
    assert!(
        text(&seen[0]).starts_with("<b>🔴 Down: Shop 1.</b>\n<code>"),
        "{}",
        bodies[0]
    );
    assert!(text(&seen[0]).contains("Address: <code>https://shop.example/1</code>\n"));
    assert_eq!(bodies[1]["message_id"], 100);
    assert!(text(&seen[1]).starts_with("<b>✅ Up: Shop 1. (down for "));
    assert_eq!(
        bodies[2]["reply_parameters"],
        json!({"message_id": 100, "allow_sending_without_reply": true})
    );
    assert!(text(&seen[2]).starts_with("<b>✅ Up: Shop 1. (down for "));
    assert!(text(&seen[2]).len() < text(&seen[1]).len());
    contract.alerter.stop().await;
    assert_eq!(contract.service.seen().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_acknowledges_the_outage_until_it_is_over() {
    let contract = Contract::start_linked("https://uptime.example", "telegram", config, telegram()).await;
    contract.world.down(1).await;
    let incident = contract.event(Step::Sent).await.incident_id;
    contract.world.up(1).await;
    let bodies: Vec<_> = contract.requests(3).await.iter().map(json_of).collect();
    let button = &bodies[0]["reply_markup"]["inline_keyboard"][0][0];
    assert_eq!(button["text"], "Acknowledge");
    let link = button["url"].as_str().unwrap();
    assert!(link.starts_with("https://uptime.example/acknowledge/"), "{link}");
    let link = acknowledged_by(link);
    assert_eq!((link.org_id, link.monitor_id.0, link.channel_id.0), (ORG, 1, 1));
    assert_eq!(link.incident_id, incident);
    for later in &bodies[1..] {
        assert_eq!(later.get("reply_markup"), None, "{later}");
        assert!(!later.to_string().contains("/acknowledge/"), "{later}");
    }
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_gone_is_sent_anew_and_one_that_shows_it_already_is_not() {
    for (description, methods) in [
        (
            "Bad Request: message to edit not found",
            ["editMessageText", "sendMessage"],
        ),
        (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
            ["editMessageText", "sendMessage"],
        ),
    ] {
        let is_gone = description.contains("not found");
        let contract = Contract::start("telegram", config, telegram()).await;
        contract.world.down(1).await;
        contract.receipt().await;
        contract
            .service
            .answer_with(move |request| match method(request) {
                "editMessageText" => refused(400, description, Value::Null),
                _ => sent(200),
            });
        contract.world.up(1).await;
        let seen = contract.requests(3).await;
        assert_eq!([method(&seen[1]), method(&seen[2])], methods);
        let last = json_of(&seen[2]);
        assert_eq!(last.get("reply_parameters").is_none(), is_gone, "{last}");
        contract.alerter.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_has_become_a_supergroup_gets_its_messages() {
    let contract = Contract::start("telegram", config, |request| {
        match json_of(request)["chat_id"].as_i64() {
            None => refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                json!({"migrate_to_chat_id": -1_001_234_567_890_i64}),
            ),
            Some(_) => sent(5),
        }
    })
    .await;
    contract.world.down(1).await;
    assert_eq!(
        contract.receipt().await,
        "5 in -1001234567890: the chat's id has changed"
    );
    contract.service.answer_with(|_| sent(6));
    contract.world.up(1).await;
    let seen = contract.requests(4).await;
    let chats: Vec<_> = seen
        .iter()
        .map(|request| json_of(request)["chat_id"].clone())
        .collect();
    let moved = "-1001234567890";
    assert_eq!(
        chats,
        [
            json!("-42"),
            json!(-1_001_234_567_890_i64),
            json!(moved),
            json!(moved)
        ]
    );
    assert_eq!(json_of(&seen[3])["reply_parameters"]["message_id"], 5);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_a_bot_that_is_blocked_is_not() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("telegram", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(502, "Bad Gateway", Value::Null),
            1 => Reply::new(200, "<html>please sign in</html>"),
            2 => Reply::new(
                200,
                json!({"ok": false, "error_code": 500, "description": "Internal"}).to_string(),
            ),
            3 => refused(
                400,
                "Bad Request: can't parse entities: unsupported start tag",
                Value::Null,
            ),
            4 => sent(1),
            _ => refused(403, "Forbidden: bot was blocked by the user", Value::Null),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert_eq!(json_of(&seen[3])["parse_mode"], "HTML");
    assert_eq!(json_of(&seen[4]).get("parse_mode"), None);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.starts_with("the bot may not write to the chat; start the bot or unblock it")
            && reason.contains("bot was blocked by the user"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_asked_to_be_quiet_is_quiet_in_all_its_chats() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("telegram", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(429, "Too Many Requests: retry after 2", json!({"retry_after": 2})),
            _ => sent(1),
        }
    })
    .await;
    let mut other = contract.config.clone();
    other["chat_id"] = json!("-43");
    let second = channel(2, "telegram", other.to_string().as_bytes());
    contract.world.down(1).await;
    contract.requests(1).await;
    let (ok, error) = contract.alerter.test(&second).await;
    assert!(
        !ok && error
            .as_deref()
            .unwrap()
            .contains("has asked this bot to send less"),
        "{error:?}"
    );
    let seen = contract.requests(2).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 2_000);
    assert!(contract.alerter.test(&second).await.0);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_says_what_the_token_is() {
    let contract = Contract::start("telegram", config, telegram()).await;
    let quoted = format!("The requested URL /bot{TOKEN}/sendMessage was not found ({SECRET})");
    for answer in [
        Reply::new(404, quoted.clone()),
        Reply::new(400, quoted.clone()),
        Reply::new(500, quoted.clone()),
        Reply::new(200, format!("<html>{quoted}</html>")),
        Reply::new(200, format!("{{\"ok\": false, \"description\": \"{quoted}\"}}")),
        refused(400, &quoted, Value::Null),
        refused(401, &quoted, Value::Null),
    ] {
        contract.service.answer_with(move |_| answer.clone());
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(!ok && !error.contains(&SECRET[..12]), "{error}");
    }
    // Nobody listens there any more.
    let gone = HttpServer::start(|_| Reply::new(200, "")).await.url();
    for api_url in [gone.as_str(), "http://no-such-host.invalid", "http://[::1"] {
        let config = config(api_url);
        let (ok, error) = contract
            .alerter
            .test(&channel(1, "telegram", config.to_string().as_bytes()))
            .await;
        let error = error.unwrap();
        assert!(!ok && !error.contains(&SECRET[..12]), "{error}");
    }
    contract
        .service
        .answer_with(|_| refused(500, "Internal", Value::Null));
    contract.world.down(1).await;
    contract.requests(1).await;
    let events = contract.world.events().await;
    assert!(!serde_json::to_string(&events).unwrap().contains(SECRET));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_to_be_changed() {
    let contract = Contract::start("telegram", config, telegram()).await;
    for (code, description, said) in [
        (
            400,
            "Bad Request: chat not found",
            "write to the bot or add it to the group first",
        ),
        (
            400,
            "Bad Request: message thread not found",
            "the topic is closed or gone",
        ),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            "the right to send messages",
        ),
        (401, "Unauthorized", "ask BotFather"),
        (
            403,
            "Forbidden: bot was kicked from the group chat",
            "add it to the group again",
        ),
    ] {
        contract
            .service
            .answer_with(move |_| refused(code, description, Value::Null));
        let (ok, error) = contract.test().await;
        let error = error.unwrap();
        assert!(
            !ok && error.contains(said) && error.contains(description),
            "{error}"
        );
    }
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_and_strange_texts_fit() {
    let contract = Contract::start("telegram", config, telegram()).await;
    let error = format!(
        "</code><a href=\"https://evil.example\">@ada</a> & \u{5d0}\u{5d1} 🦀 {}",
        "<&>".repeat(4_000)
    );
    contract.down_with(1, &error).await;
    let first = text(&contract.requests(1).await[0]);
    assert!(
        first.contains("&lt;/code&gt;&lt;a href=\"https://evil.example\"&gt;@ada"),
        "{first}"
    );
    assert!(counted(&first) <= 4_096, "{}", counted(&first));
    contract.world.publish_all(2..=200, false).await;
    let group = testkit::eventually("a message is about many", PATIENCE, async || {
        let seen = contract.service.seen();
        seen.iter().map(text).find(|text| text.contains(" monitors</b>"))
    })
    .await;
    assert!(group.contains("• Shop ") && counted(&group) <= 4_096, "{group}");
    assert_eq!(contract.event(Step::Sent).await.step, Step::Sent);
    contract.alerter.stop().await;
}

/// How long Telegram finds a text: without tags and entities.
fn counted(text: &str) -> usize {
    let mut outside = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => outside.push(c),
            _ => {}
        }
    }
    let plain = outside
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    plain.encode_utf16().count()
}
