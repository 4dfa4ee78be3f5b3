use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::alert_event::Step;
use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, incidents, is_question, json_of};
use crate::common::{PATIENCE, name, url};

const KEY: &str = "eb243592-faa2-4ba2-a551-1afdf565c889";

fn config(url: &str) -> Value {
    json!({"api_key": KEY, "priority": "P1", "api_url": format!("{url}/jsm/ops/integration")})
}

/// Answers as a service that has carried everything out by the time that it is asked.
fn taken(request: &Seen) -> Reply {
    if is_question(request) {
        return processed(true, "Created alert");
    }
    accepted()
}

fn accepted() -> Reply {
    let body = json!({"result": "Request will be processed", "took": 0.302, "requestId": "43a29c5c-3dbf"});
    Reply::new(202, body.to_string())
}

/// What became of the request with that name.
fn processed(is_success: bool, status: &str) -> Reply {
    let data = json!({
        "success": is_success, "action": "Create", "processedAt": "2026-11-21T10:00:00.844Z", "status": status,
        "isSuccess": is_success, "alertId": if is_success { "8743a1f4-14" } else { "" }, "integrationId": "c9cec2cb",
    });
    let body = json!({"data": data, "took": 0.022, "requestId": "ec7e1d8e-1c75"});
    Reply::new(200, body.to_string())
}

fn not_yet() -> Reply {
    refused(404, "Request not found. It might not be processed, yet.")
}

/// An alerter with time for all questions, at a service that accepts everything and answers them with `answers`, one
/// after the other, and then as the last.
async fn asking<const N: usize>(answers: [fn() -> Reply; N]) -> Contract {
    let answer = asked_in_turn(answers);
    Contract::start_with(&[("DELIVERY_TIMEOUT_MS", "20000")], "jsm", config, answer).await
}

fn asked_in_turn<const N: usize>(
    answers: [fn() -> Reply; N],
) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let turns = AtomicUsize::new(0);
    move |request| {
        if !is_question(request) {
            return accepted();
        }
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        answers[turn.min(N - 1)]()
    }
}

/// The questions so far, each of which is about the request that was accepted.
fn questions(contract: &Contract) -> Vec<Seen> {
    let mut questions = contract.service.seen();
    questions.retain(is_question);
    for question in &questions {
        assert_eq!(
            question.path,
            "/jsm/ops/integration/v2/alerts/requests/43a29c5c-3dbf"
        );
        assert_eq!(question.headers["authorization"], format!("GenieKey {KEY}"));
        assert!(question.body.is_empty());
    }
    questions
}

fn refused(status: u16, message: &str) -> Reply {
    let body = json!({"message": message, "took": 0.001, "requestId": "230e4db1-7212"});
    Reply::new(status, body.to_string())
}

fn read(request: &Seen) -> (&'static str, String) {
    assert_eq!(request.method, "POST");
    assert_eq!(request.headers["authorization"], format!("GenieKey {KEY}"));
    let path = request
        .path
        .strip_prefix("/jsm/ops/integration/v2/alerts")
        .unwrap();
    if path.is_empty() {
        return ("open", json_of(request)["alias"].as_str().unwrap().to_owned());
    }
    let path = path.strip_suffix("?identifierType=alias").unwrap();
    let (key, what) = path.strip_prefix('/').unwrap().split_once('/').unwrap();
    let what = match what {
        "notes" => "remind",
        "acknowledge" => "acknowledge",
        "close" => "close",
        other => panic!("{other}"),
    };
    assert_eq!(json_of(request)["source"], "Uptime Monitor");
    (what, key.to_owned())
}

async fn start() -> Contract {
    Contract::start("jsm", config, taken).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_incident_begins_and_ends_under_an_alias_of_its_own() {
    incidents::each_begins_and_ends_under_a_key_of_its_own(start().await, read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_one_alert_for_each_monitor() {
    let refused = Arc::new(AtomicUsize::new(0));
    let answer = incidents::limited(taken, Arc::clone(&refused));
    let contract = Contract::start("jsm", config, answer).await;
    incidents::a_storm_is_one_incident_for_each_monitor(contract, read, refused).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_an_alert_of_the_priority_that_was_chosen() {
    let contract = start().await;
    let error = format!("<img src=x>\n{}", "🙂 שלום ".repeat(2_000));
    contract.down_with(1, &error).await;
    let create = contract.requests(1).await.remove(0);
    assert_eq!(
        contract.receipt().await,
        "alert 8743a1f4-14 (request 43a29c5c-3dbf)"
    );
    let alert = json_of(&create);
    let message = alert["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("Down: {} – ", name(1))), "{message}");
    assert!(message.encode_utf16().count() <= 130, "{message}");
    assert_eq!(alert["priority"], "P1");
    assert_eq!(alert["entity"], "shop.example");
    assert_eq!(alert["source"], "Uptime Monitor");
    assert_eq!(alert["tags"], json!(["uptime-monitor", "down"]));
    assert_eq!(alert["details"]["address"], url(1));
    assert_eq!(alert["details"]["link"], "http://localhost:8080/monitors/1");
    let description = alert["description"].as_str().unwrap();
    assert!(description.contains("‹img src=x›"), "{description}");
    assert!(description.encode_utf16().count() <= 15_000);
    assert!(!alert.to_string().contains('<'), "{alert}");
    contract.world.up(1).await;
    let close = json_of(&contract.requests(2).await[1]);
    let note = close["note"].as_str().unwrap();
    assert!(note.starts_with(&format!("Up: {} (down for ", name(1))), "{note}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_and_what_is_refused_is_not() {
    let turns = AtomicUsize::new(0);
    let answer = move |request: &Seen| {
        if is_question(request) {
            return taken(request);
        }
        match turns.fetch_add(1, Ordering::Relaxed) {
            0 => refused(429, "You are making too many requests!").header("retry-after", "1"),
            1 => refused(503, "later"),
            2 => Reply::new(200, "<html>Maintenance</html>"),
            3 => refused(422, "Request body is not processable. Please check the errors."),
            4 => accepted(),
            _ => refused(401, &format!("Could not authenticate {KEY}")),
        }
    };
    let contract = Contract::start("jsm", config, answer).await;
    contract.world.down(1).await;
    let seen = contract.requests(5).await;
    assert!(seen[1].at.millis_since(seen[0].at) >= 1_000);
    let alerts: Vec<_> = seen.iter().map(json_of).collect();
    assert!(alerts[..4].iter().all(|alert| *alert == alerts[0]));
    assert!(alerts[3]["description"].is_string() && alerts[4]["description"].is_null());
    assert_eq!(alerts[4]["alias"], alerts[3]["alias"]);
    assert_eq!(alerts[4]["priority"], "P1");
    contract.receipt().await;
    contract.world.up(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("The API key is not known"), "{reason}");
    assert!(!reason.contains(KEY), "{reason}");
    assert_eq!(contract.seen().len(), 6);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_an_alert_of_the_lowest_priority_that_is_closed_at_once() {
    let contract = start().await;
    assert_eq!(contract.test().await, (true, None));
    let seen = contract.seen();
    let told: Vec<_> = seen.iter().map(read).collect();
    assert_eq!(
        told.iter().map(|(what, _)| *what).collect::<Vec<_>>(),
        ["open", "close"]
    );
    assert_eq!(told[0].1, told[1].1);
    assert_eq!(json_of(&seen[0])["priority"], "P5");
    contract.service.answer_with(|request| {
        if is_question(request) || read(request).0 == "open" {
            return taken(request);
        }
        refused(500, "oops")
    });
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("was opened, and could not be closed"),
        "{error}"
    );
    let wrong_integration = "To perform this action, use an API key from an API integration.";
    contract
        .service
        .answer_with(move |_| refused(403, wrong_integration));
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(!ok && error.contains(wrong_integration), "{error}");
    assert!(error.contains("write access"), "{error}");
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_processed_yet_is_asked_about_again() {
    // Too many requests, a page of somebody in between and a closed connection say nothing of the alert.
    let contract = asking([
        not_yet,
        || refused(429, "You are making too many requests!").header("retry-after", "2"),
        || processed(true, "Created alert"),
    ])
    .await;
    contract.world.down(1).await;
    assert_eq!(
        contract.receipt().await,
        "alert 8743a1f4-14 (request 43a29c5c-3dbf)"
    );
    assert_eq!(contract.seen().len(), 1);
    let asked = questions(&contract);
    assert_eq!(asked.len(), 3);
    assert!(asked[2].at.millis_since(asked[1].at) >= 2_000);
    contract.alerter.stop().await;

    let contract = asking([
        Reply::none,
        || Reply::new(200, "<html>Maintenance</html>"),
        || Reply::new(200, r#"{"data":{"isSucc"#),
        || processed(true, "Created alert"),
    ])
    .await;
    assert_eq!(contract.test().await, (true, None));
    // One more is about the end of the test.
    assert_eq!(questions(&contract).len(), 5);
    assert_eq!(contract.seen().len(), 2);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_processed_counts_as_received_and_is_not_sent_again() {
    let contract = Contract::start("jsm", config, asked_in_turn([not_yet])).await;
    contract.world.down(1).await;
    let expected = "request 43a29c5c-3dbf: accepted, not yet processed";
    assert_eq!(contract.receipt().await, expected);
    assert_eq!(contract.seen().len(), 1);
    let before = questions(&contract).len();
    assert!((1..=4).contains(&before), "{before}");
    // As long as nothing is known of the account, one question is enough.
    contract.world.up(1).await;
    testkit::eventually("the end is received", PATIENCE, async || {
        let events = contract.world.events().await;
        let sent = events.iter().filter(|event| event.step == Step::Sent);
        (sent.count() == 2).then_some(())
    })
    .await;
    assert_eq!(questions(&contract).len(), before + 1);
    assert_eq!(contract.seen().len(), 2);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_asked_about_counts_as_received() {
    let contract = asking([|| refused(403, "Not authorized to read")]).await;
    contract.world.down(1).await;
    let receipt = contract.receipt().await;
    assert!(
        receipt.ends_with("what became of it is not said (HTTP 403)"),
        "{receipt}"
    );
    assert_eq!(questions(&contract).len(), 1);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_and_not_carried_out_is_tried_again_or_refused() {
    let contract = asking([
        || processed(false, "Internal error, please try again"),
        || processed(true, "Created alert"),
        || processed(false, "Alert does not exist"),
        || {
            processed(
                false,
                &format!("The integration {KEY} is not allowed to create alerts"),
            )
        },
    ])
    .await;
    contract.world.down(1).await;
    assert_eq!(
        contract.receipt().await,
        "alert 8743a1f4-14 (request 43a29c5c-3dbf)"
    );
    let seen: Vec<_> = contract.seen().iter().map(read).collect();
    assert_eq!((seen.len(), &seen[0]), (2, &seen[1]));
    let events = contract.world.events().await;
    let attempt = events.iter().find(|event| event.step == Step::Attempted).unwrap();
    let reason = attempt.reason.as_deref().unwrap_or_default();
    assert!(reason.contains("Internal error"), "{reason}");
    // Somebody has closed it there.
    contract.world.up(1).await;
    testkit::eventually("the end is received", PATIENCE, async || {
        let events = contract.world.events().await;
        let mut sent = events.into_iter().filter(|event| event.step == Step::Sent);
        let end = sent.nth(1)?.receipt.unwrap_or_default();
        assert!(end.contains("no such alert is open any more"), "{end}");
        Some(())
    })
    .await;
    contract.world.down(1).await;
    let reason = contract.failure().await;
    assert!(reason.contains("not allowed to create alerts"), "{reason}");
    assert!(!reason.contains(KEY), "{reason}");
    assert_eq!(contract.seen().len(), 4);
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_that_its_alert_was_not_made_or_stands_open() {
    let contract = asking([|| processed(false, "The integration is disabled")]).await;
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(!ok && error.contains("The integration is disabled"), "{error}");
    assert_eq!(contract.seen().len(), 1);
    contract.service.answer_with(asked_in_turn([
        || processed(true, "Created alert"),
        || processed(false, "Internal error"),
    ]));
    let (ok, error) = contract.test().await;
    let error = error.unwrap();
    assert!(
        !ok && error.contains("was opened, and could not be closed"),
        "{error}"
    );
    contract.alerter.stop().await;
}
