use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use domain::alert_event::Step;
use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::Contract;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const TOKEN: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

fn config(url: &str) -> Value {
    json!({
        "account_sid": ACCOUNT, "auth_token": TOKEN, "from_number": SERVICE, "to_number": "+4915112345678", "api_url": url,
    })
}

fn call_config(url: &str) -> Value {
    json!({
        "account_sid": ACCOUNT, "auth_token": TOKEN, "from_number": "+493012345678", "to_number": "+4915112345678",
        "by": "call", "api_url": url,
    })
}

fn taken() -> Reply {
    let answer = json!({"sid": "SM0123", "status": "queued", "error_code": null, "error_message": null});
    Reply::new(201, answer.to_string())
}

fn refused(status: u16, code: u32, message: &str) -> Reply {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let answer = json!({"code": code, "message": message, "more_info": more, "status": status});
    Reply::new(status, answer.to_string())
}

fn fields(request: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_message_is_plain_and_short() {
    let contract = Contract::start("twilio", config, |_| taken()).await;
    contract.world.down(1).await;
    let request = contract.requests(1).await.remove(0);
    assert_eq!(
        request.path,
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    );
    let credential = base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    assert_eq!(request.headers["authorization"], format!("Basic {credential}"));
    let down = fields(&request);
    assert_eq!(
        (&*down["To"], &*down["MessagingServiceSid"], down.len()),
        ("+4915112345678", SERVICE, 3)
    );
    let lines: Vec<&str> = down["Body"].lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "Down: Shop 1."));
    assert!(
        lines[1].contains("HTTP status 500, expected 200-399"),
        "{lines:?}"
    );
    assert!(lines[2].ends_with("/monitors/1"), "{lines:?}");
    assert_eq!(contract.receipt().await, "SM0123");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_reads_it_out() {
    let contract = Contract::start("twilio", call_config, |_| taken()).await;
    let error = "<Hangup/> 😀 see https://evil.example";
    contract.down_with(1, error).await;
    let request = contract.requests(1).await.remove(0);
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json"));
    let down = fields(&request);
    assert_eq!((&*down["From"], down.len()), ("+493012345678", 3));
    let twiml = &down["Twiml"];
    assert!(
        twiml.starts_with("<Response><Say>") && twiml.ends_with("</Say></Response>"),
        "{twiml}"
    );
    assert_eq!(twiml.matches("Down: Shop 1.").count(), 2, "{twiml}");
    assert!(
        twiml.contains("&lt;Hangup/&gt; see a link") && !twiml.contains("://"),
        "{twiml}"
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_who_has_unsubscribed_is_left_alone() {
    let turns = AtomicUsize::new(0);
    let contract = Contract::start("twilio", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(429, 20_429, "Too many requests").header("retry-after", "1"),
            // Comes again at once, shorter.
            1 => refused(400, 21_617, "The message body exceeds the 1600 character limit"),
            2 => taken(),
            _ => refused(400, 21_610, "Attempt to send to unsubscribed recipient"),
        }
    })
    .await;
    contract.world.down(1).await;
    let seen = contract.requests(3).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    assert_eq!(fields(&seen[2])["Body"].lines().count(), 2);
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(
        reason.contains("has unsubscribed") && reason.contains("21610"),
        "{reason}"
    );
    assert_eq!(contract.service.seen().len(), 4);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_is_wrong_with_the_account() {
    let contract = Contract::start("twilio", config, |_| refused(401, 20_003, "Authenticate")).await;
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("SID and token") && !error.contains(TOKEN),
        "{error}"
    );
    // As if it were taken.
    let failed =
        json!({"sid": "SM1", "status": "failed", "error_code": 30_002, "error_message": "Account suspended"});
    contract
        .service
        .answer_with(move |_| Reply::new(201, failed.to_string()));
    let (ok, error) = contract.test().await;
    assert!(
        !ok && error.as_deref().unwrap().contains("Account suspended"),
        "{error:?}"
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_answered_may_have_been_sent_and_waits() {
    let turns = AtomicUsize::new(0);
    let deadline = [("DELIVERY_TIMEOUT_MS", "1000")];
    let contract = Contract::start_with(&deadline, "twilio", config, move |_| {
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => taken().after(Duration::from_secs(60)),
            _ => taken(),
        }
    })
    .await;
    contract.world.down(1).await;
    let reason = contract.event(Step::Attempted).await.reason.unwrap();
    assert!(reason.contains("no response within"), "{reason}");
    // What has failed is tried again after a second.
    let seen = contract.requests(2).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 6_000);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_text_message() {
    let contract = Contract::start("twilio", config, |_| taken()).await;
    contract.world.publish_all(1..=60, false).await;
    let down = fields(&contract.requests(1).await[0]);
    let body = &down["Body"];
    assert!(body.starts_with("Down: 60 monitors\n- Shop "), "{body}");
    assert!(
        body.is_ascii() && body.len() <= 306 && body.ends_with("/?state=down"),
        "{body}"
    );
    contract.alerter.stop().await;
}
