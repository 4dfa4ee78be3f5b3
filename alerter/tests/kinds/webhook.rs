//! Requests that were chosen: by a template, with a method and headers.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Reply, Seen};

use super::{Contract, json_of};
use crate::channels::signature;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn config(url: &str) -> Value {
    json!({
        "url": format!("{url}/v2/alerts"),
        "secret": SECRET,
        "method": "PUT",
        "headers": [{"name": "Authorization", "value": "Bearer k-1"}, {"name": "User-Agent", "value": "acme"}],
        "body": r#"{"title": "{{text}}", "state": "{{status}}", "key": "{{incident_id}}", "why": "[{{error}}]", "raw": {{json}}}"#
    })
}

fn header<'a>(request: &'a Seen, name: &str) -> &'a str {
    request.headers[name].to_str().unwrap()
}

fn assert_signed(request: &Seen) {
    let signed = format!(
        "{}.{}.{}",
        header(request, "webhook-id"),
        header(request, "webhook-timestamp"),
        std::str::from_utf8(&request.body).unwrap()
    );
    assert_eq!(header(request, "webhook-signature"), signature(SECRET, &signed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_with_method_and_headers_makes_the_request_that_is_signed() {
    let contract = Contract::start("webhook", config, |_| Reply::new(202, "")).await;
    let error = r#"it says ", "state": "resolved" \ {{status}}"#;
    contract.down_with(1, error).await;
    let opened = contract.requests(1).await.remove(0);
    assert_eq!(
        (opened.method.as_str(), opened.path.as_str()),
        ("PUT", "/v2/alerts")
    );
    assert_eq!(header(&opened, "content-type"), "application/json");
    assert_eq!(header(&opened, "authorization"), "Bearer k-1");
    let agents: Vec<_> = opened.headers.get_all("user-agent").iter().collect();
    assert_eq!(agents, ["acme"]);
    assert_signed(&opened);
    let body = json_of(&opened);
    assert_eq!(
        body.as_object().unwrap().len(),
        5,
        "nothing of a value becomes a field: {body}"
    );
    assert_eq!(
        (&body["title"], &body["state"]),
        (&json!("🔴 Down: Shop 1."), &json!("firing"))
    );
    assert_eq!(body["why"], format!("[{error}]"));
    assert_eq!(body["raw"]["type"], "incident.opened");
    assert_eq!(body["raw"]["data"]["incident"]["id"], body["key"]);
    contract.receipt().await;

    contract.world.up(1).await;
    let resolved = contract.requests(2).await.remove(1);
    assert_signed(&resolved);
    let end = json_of(&resolved);
    assert_eq!((&end["state"], &end["key"]), (&json!("resolved"), &body["key"]));
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_repeats_the_bytes_of_a_form() {
    let turns = AtomicUsize::new(0);
    let form = |url: &str| {
        json!({
            "url": url, "secret": SECRET, "content_type": "application/x-www-form-urlencoded",
            "body": "summary={{text}}&dedup={{incident_id}}&cause={{error}}&n={{count}}"
        })
    };
    let contract = Contract::start("webhook", form, move |_| {
        let status = if turns.fetch_add(1, Ordering::Relaxed) == 0 {
            500
        } else {
            200
        };
        Reply::new(status, "")
    })
    .await;
    contract.down_with(1, "50% & more = é").await;
    let seen = contract.requests(2).await;
    for request in &seen {
        assert_eq!(request.method, "POST");
        assert_eq!(
            header(request, "content-type"),
            "application/x-www-form-urlencoded"
        );
        assert_signed(request);
    }
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(header(&seen[0], "webhook-id"), header(&seen[1], "webhook-id"));
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&seen[0].body).into_owned().collect();
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["summary", "dedup", "cause", "n"]);
    let value = |index: usize| fields[index].1.as_str();
    assert_eq!(
        (value(0), value(2), value(3)),
        ("🔴 Down: Shop 1.", "50% & more = é", "1")
    );
    contract.receipt().await;
    let known = contract.service.seen().len();
    assert_eq!(contract.test().await, (true, None));
    let test = contract.requests(known + 1).await.remove(known);
    assert!(
        test.body
            .starts_with(b"summary=%F0%9F%94%94+Test+message+for+Ops&dedup=&cause=&n=0")
    );
    contract.alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_template_the_body_is_the_standard_one() {
    let patched = |url: &str| json!({"url": url, "secret": SECRET, "method": "PATCH"});
    let contract = Contract::start("webhook", patched, |_| Reply::new(204, "")).await;
    contract.world.down(1).await;
    let opened = contract.requests(1).await.remove(0);
    assert_eq!(opened.method, "PATCH");
    assert_eq!(header(&opened, "content-type"), "application/json");
    assert_eq!(json_of(&opened)["type"], "incident.opened");
    assert_signed(&opened);
    contract.alerter.stop().await;
}
