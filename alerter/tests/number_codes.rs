//! Codes that confirm the numbers of members' own channels, and that nothing else is sent to one that is not confirmed.

use std::collections::HashMap;

use crate::common::{ORG, PATIENCE, World, channel, channel_of};
use domain::alert_event::Step;
use domain::internal::{ConfirmationCode, ConfirmationCodeOutcome, SealedChannel};
use domain::{OrgId, UserId};
use serde_json::{Value, json};
use testkit::{HttpServer, Reply, Seen};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn twilio(url: &str, by: &str) -> SealedChannel {
    let config = json!({
        "account_sid": ACCOUNT, "auth_token": "5f4dcc3b5aa765d61d8327deb882cf99", "from_number": "+493012345678",
        "to_number": "+4915112345678", "by": by, "api_url": url,
    });
    own("twilio", &config)
}

fn whatsapp(url: &str) -> SealedChannel {
    let config = json!({
        "access_token": "EAAGm0PX4ZCpsBA-secret", "phone_number_id": "106540352242922",
        "to_number": "+4915112345678", "api_url": format!("{url}/v23.0"),
    });
    own("whatsapp", &config)
}

fn own(kind: &str, config: &Value) -> SealedChannel {
    SealedChannel {
        owner: Some(UserId(3)),
        ..channel(1, kind, config.to_string().as_bytes())
    }
}

/// What becomes of a code that is sent by a channel, and the request with which it was sent.
async fn sent_by(
    channel: impl FnOnce(&str) -> SealedChannel,
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (ConfirmationCodeOutcome, Seen) {
    let (_broker, kafka) = testkit::embedded_kafka();
    let service = HttpServer::start(answer).await;
    let world = World::new(kafka).await;
    world.known.codes.lock().unwrap().push(ConfirmationCode {
        channel: channel(&service.url()),
        code: "012345".to_owned(),
        attempt: 4,
    });
    let alerter = world.start().await;
    let outcome = testkit::eventually("user-service hears of the code", PATIENCE, async || {
        world.known.sent_codes.lock().unwrap().first().cloned()
    })
    .await;
    alerter.stop().await;
    let seen = service.seen();
    assert_eq!(seen.len(), 1, "it is sent once");
    (outcome, seen.into_iter().next().unwrap())
}

fn taken() -> Reply {
    let answer = json!({"sid": "SM0123", "status": "queued", "messages": [{"id": "wamid.HBgL"}]});
    Reply::new(201, answer.to_string())
}

fn fields(request: &Seen) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_sent_as_a_text_message() {
    let (outcome, request) = sent_by(|url| twilio(url, "sms"), |_| taken()).await;
    assert_eq!((outcome.channel.0, outcome.attempt, outcome.error), (1, 4, None));
    assert!(!outcome.again);
    assert_eq!(
        request.path,
        format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    );
    let fields = fields(&request);
    assert_eq!(
        (&*fields["To"], &*fields["From"]),
        ("+4915112345678", "+493012345678")
    );
    let text = &fields["Body"];
    assert!(
        text.starts_with("012 345 is your code for Uptime Monitor. ") && !text.contains("://"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_read_out_digit_by_digit_and_twice() {
    let (outcome, request) = sent_by(|url| twilio(url, "call"), |_| taken()).await;
    assert_eq!(outcome.error, None);
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json"));
    let heard = &fields(&request)["Twiml"];
    assert_eq!(
        heard.matches("Your code is: 0, 1, 2, 3, 4, 5.").count(),
        2,
        "{heard}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_sent_in_the_template_for_everything_else() {
    let (outcome, request) = sent_by(whatsapp, |_| taken()).await;
    assert_eq!(outcome.error, None);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        (&body["to"], &body["template"]["name"]),
        (&json!("4915112345678"), &json!("uptime_notice"))
    );
    let variables = body["template"]["components"][0]["parameters"]
        .as_array()
        .unwrap();
    assert_eq!(
        (variables.len(), &variables[0]["text"]),
        (2, &json!("012 345 is your code for Uptime Monitor."))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_code_is_said_without_it() {
    let refused = |status: u16, code: u32| {
        move |_: &Seen| {
            let message = "The body '012 345 is your code' was not taken";
            Reply::new(status, json!({"code": code, "message": message}).to_string())
        }
    };
    let (outcome, _) = sent_by(|url| twilio(url, "sms"), refused(400, 21_211)).await;
    let error = outcome.error.unwrap();
    assert!(!outcome.again && error.contains("is not one"), "{error}");
    assert!(!error.contains("012"), "{error}");
    let (outcome, _) = sent_by(|url| twilio(url, "sms"), refused(429, 20_429)).await;
    assert!(outcome.again && outcome.error.is_some(), "{outcome:?}");
    // A shorter form of it is none.
    let (outcome, _) = sent_by(|url| twilio(url, "sms"), refused(400, 21_617)).await;
    assert!(!outcome.again && outcome.error.is_some(), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_holds_up_no_codes_of_others() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let service = HttpServer::start(|_| taken()).await;
    // It takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let world = World::new(kafka).await.with("DELIVERY_TIMEOUT_MS", "60000");
    let code = |channel: SealedChannel| ConfirmationCode {
        channel,
        code: "012345".to_owned(),
        attempt: 1,
    };
    let unanswered = (0..8).map(|_| code(twilio(&silent_url, "sms")));
    *world.known.codes.lock().unwrap() = unanswered.collect();
    let alerter = world.start().await;
    testkit::eventually("the first codes are fetched", PATIENCE, async || {
        world.known.codes.lock().unwrap().is_empty().then_some(())
    })
    .await;
    let other = OrgId(ORG.0 + 1);
    let config = json!({
        "account_sid": ACCOUNT, "auth_token": "5f4dcc3b5aa765d61d8327deb882cf99", "from_number": "+493012345678",
        "to_number": "+4915187654321", "by": "sms", "api_url": service.url(),
    });
    let theirs = channel_of(other, 2, "twilio", config.to_string().as_bytes());
    world.known.codes.lock().unwrap().push(code(theirs));
    let outcome = testkit::eventually("the code of others is sent", PATIENCE, async || {
        world.known.sent_codes.lock().unwrap().first().cloned()
    })
    .await;
    assert_eq!((outcome.org_id, outcome.error), (other, None));
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_number_that_is_not_confirmed() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let service = HttpServer::start(|_| taken()).await;
    let world = World::new(kafka).await;
    // As user-service says it: without a configuration. It is no member's own, so that all monitors notify it.
    let unconfirmed = SealedChannel {
        unconfirmed: true,
        ..channel(1, "twilio", b"{}")
    };
    *world.known.channels.lock().unwrap() = vec![unconfirmed.clone()];
    let alerter = world.start().await;
    world.down(1).await;
    let failed = testkit::eventually("the alert has failed", PATIENCE, async || {
        let events = world.events().await;
        events.into_iter().find(|event| event.step == Step::Failed)
    })
    .await;
    let reason = failed.reason.unwrap();
    assert!(reason.starts_with("the number is not confirmed"), "{reason}");
    let (ok, error) = alerter.test(&unconfirmed).await;
    assert!(!ok && error.as_deref() == Some(&*reason), "{error:?}");
    // An alerter that knows nothing of it has nothing to send by.
    let unknown = SealedChannel {
        unconfirmed: false,
        ..unconfirmed
    };
    let (ok, error) = alerter.test(&unknown).await;
    assert!(!ok && error.unwrap().contains("invalid configuration"));
    // Once it is confirmed, it hears of the next outage.
    let confirmed = SealedChannel {
        owner: None,
        ..twilio(&service.url(), "sms")
    };
    *world.known.channels.lock().unwrap() = vec![confirmed];
    world.hint_channels_changed().await;
    world.down(2).await;
    testkit::eventually("the next outage is announced", PATIENCE, async || {
        (service.seen().len() == 1).then_some(())
    })
    .await;
    alerter.stop().await;
}
