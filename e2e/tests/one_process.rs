//! The scenario of a first evening with the product: one process, embedded broker.

use domain::Timestamp;
use e2e::{AllInOne, Api, PATIENCE, Stores, messages_about, seconds_between};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{FakeSlack, FakeTarget};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_seen_told_and_remembered() {
    let product = AllInOne::start(&Stores::empty().await).await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = product.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;

    let monitor = api.add_monitor("Shop", &target.url()).await;
    api.await_state(monitor, "up").await;

    target.answer(500);
    api.await_state(monitor, "down").await;
    let incident = api
        .await_incident(monitor, "open", |incident| incident["resolved_at"].is_null())
        .await;
    assert_eq!(incident["error_code"], "status_mismatch");
    let down_at = await_message(&slack, "Shop", "DOWN").await;
    let first_failing_slot: Timestamp = incident["started_at"].as_str().unwrap().parse().unwrap();
    let told_after = down_at.millis_since(first_failing_slot);
    assert!(
        told_after <= 3_000,
        "Slack heard {told_after} ms after the first failing slot"
    );

    target.answer(200);
    api.await_state(monitor, "up").await;
    await_message(&slack, "Shop", "UP").await;
    let incident = api
        .await_incident(monitor, "closed", |incident| !incident["resolved_at"].is_null())
        .await;
    assert_eq!(incident["close_reason"], "recovered");
    let outage = seconds_between(&incident["started_at"], &incident["resolved_at"]);

    let told = messages_about(&slack, "Shop");
    let kinds: Vec<_> = told.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, ["DOWN", "UP"]);
    let duration = format!("{} s", outage.round());
    assert!(
        told[1].2.to_string().contains(&duration),
        "{} lacks {duration}",
        told[1].2
    );

    history_agrees_with_the_target(&api, monitor, &target, outage).await;
    assert!(product.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_regions_one_process_checks_from_all_of_them() {
    let regions = [("REGIONS", "eu,us,ap".to_owned())];
    let product = AllInOne::start_with(&Stores::empty().await, &regions);
    let target = FakeTarget::start().await;
    let mut api = product.api().await;
    api.register().await;
    // Before all three were heard of, nothing is decided.
    let body = json!({
        "name": "Shop", "url": target.url(), "interval_seconds": 10, "regions": ["us", "eu", "ap"],
        "quorum": {"down": 2, "min_regions": 3},
    });
    let monitor = api.post("/api/v1/monitors", body, StatusCode::CREATED).await;
    let monitor = monitor["id"].as_i64().unwrap();
    api.await_state(monitor, "up").await;
    // The home region checks what names none.
    let other = api.add_monitor("Blog", &target.url()).await;
    api.await_state(other, "up").await;

    target.answer(500);
    api.await_state(monitor, "down").await;
    target.answer(200);
    api.await_state(monitor, "up").await;
    assert!(product.stop().await);
}

/// Every request that the target has seen is in history, with the verdict that its answer deserved.
async fn history_agrees_with_the_target(api: &Api, monitor: i64, target: &FakeTarget, outage: f64) {
    let path = format!("/api/v1/monitors/{monitor}/results?limit=200");
    let results = api.get(&path).await["items"].as_array().unwrap().clone();
    let attempts: u64 = results
        .iter()
        .map(|result| result["attempts"].as_u64().unwrap())
        .sum();
    let seen = target.seen().len() as u64;
    assert!(
        attempts == seen || attempts + 1 == seen,
        "{attempts} attempts in history, {seen} requests seen"
    );
    let down: Vec<_> = results
        .iter()
        .filter(|result| result["state"] == "down")
        .collect();
    assert!(
        down.iter()
            .all(|result| result["status_code"] == 500 && result["attempts"] == 2)
    );
    assert_eq!(
        down.len() as f64 * 10.0,
        outage.round(),
        "each failing slot stands for ten seconds"
    );
    let uptime = api.get(&format!("/api/v1/monitors/{monitor}/uptime")).await;
    assert_eq!(
        uptime["24h"]["downtime_seconds"].as_f64().unwrap().round(),
        outage.round()
    );
    assert_eq!(uptime["24h"]["incidents"], 1);
    assert!(uptime["24h"]["ratio"].as_f64().unwrap() < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pausing_editing_and_deleting_a_monitor_that_is_down_pages_nobody() {
    let product = AllInOne::start(&Stores::empty().await).await;
    let (broken, healthy) = (FakeTarget::start().await, FakeTarget::start().await);
    let slack = FakeSlack::start().await;
    broken.answer(503);
    let mut api = product.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let names = ["Paused", "Edited", "Deleted"];
    let mut monitors = Vec::new();
    for name in names {
        monitors.push(api.add_monitor(name, &broken.url()).await);
    }
    for (monitor, name) in monitors.iter().zip(names) {
        api.await_state(*monitor, "down").await;
        await_message(&slack, name, "DOWN").await;
    }
    let path = |index: usize| format!("/api/v1/monitors/{}", monitors[index]);

    let check_now = format!("{}/check-now", path(0));
    let check = api.post(&check_now, Value::Null, StatusCode::OK).await;
    assert_eq!(
        (&check["up"], &check["status_code"]),
        (&json!(false), &json!(503))
    );
    let unsaved = json!({"url": healthy.url(), "timeout_ms": 3000});
    let check = api
        .post("/api/v1/monitors/preview", unsaved, StatusCode::OK)
        .await;
    assert_eq!(check["up"], true);

    api.post(&format!("{}/pause", path(0)), Value::Null, StatusCode::OK)
        .await;
    api.call(
        Method::PATCH,
        &path(1),
        Some(json!({"url": healthy.url()})),
        StatusCode::OK,
    )
    .await;
    api.call(Method::DELETE, &path(2), None, StatusCode::NO_CONTENT)
        .await;

    for (monitor, reason) in monitors.iter().zip(["paused", "edited", "deleted"]) {
        let closed = |incident: &Value| !incident["resolved_at"].is_null();
        let incident = api.await_incident(*monitor, "closed", closed).await;
        assert_eq!(incident["close_reason"], reason);
    }
    api.await_state(monitors[0], "paused").await;
    api.await_state(monitors[1], "up").await;
    // The edited monitor's next slot comes after everything that could have been told about the others.
    let seen = healthy.seen().len();
    testkit::eventually("the edited monitor is checked again", PATIENCE, async || {
        (healthy.seen().len() > seen).then_some(())
    })
    .await;
    let kinds: Vec<_> = names
        .iter()
        .flat_map(|name| messages_about(&slack, name))
        .map(|(kind, ..)| kind)
        .collect();
    assert_eq!(
        kinds,
        ["DOWN", "DOWN", "DOWN"],
        "nobody is told of an end that the user made"
    );
    assert!(product.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_begins_no_sooner_than_its_monitor_or_its_resumption() {
    let product = AllInOne::start(&Stores::empty().await).await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    target.answer(503);
    let mut api = product.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    // Its latest slot is hours ago, wherever its slots are.
    let body = json!({"name": "Daily", "url": target.url(), "interval_seconds": 86_400});
    let created = api.post("/api/v1/monitors", body, StatusCode::CREATED).await;
    let (monitor, instant) = (created["id"].as_i64().unwrap(), |value: &Value| -> Timestamp {
        value.as_str().unwrap().parse().unwrap()
    });
    let status = api.await_state(monitor, "down").await;
    let first = api.await_incident(monitor, "open", |_| true).await;
    let created_at = instant(&created["created_at"]);
    assert!(
        instant(&first["started_at"]) >= created_at,
        "{first} of {created}"
    );
    assert_eq!(status["since"], first["started_at"]);
    await_message(&slack, "Daily", "DOWN").await;

    let path = format!("/api/v1/monitors/{monitor}");
    api.post(&format!("{path}/pause"), Value::Null, StatusCode::OK)
        .await;
    api.await_state(monitor, "paused").await;
    let resumed = api
        .post(&format!("{path}/resume"), Value::Null, StatusCode::OK)
        .await;
    let second = api
        .await_incident(monitor, "another one", |known| known["id"] != first["id"])
        .await;
    let resumed_at = instant(&resumed["updated_at"]);
    assert!(
        instant(&second["started_at"]) >= resumed_at,
        "{second} of {resumed}"
    );
    assert!(product.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_everything_and_tells_nothing_twice() {
    let stores = Stores::empty().await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let product = AllInOne::start(&stores).await;
    let mut api = product.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let monitor = api.add_monitor("Mail", &target.url()).await;
    api.await_state(monitor, "up").await;
    target.answer(500);
    api.await_state(monitor, "down").await;
    await_message(&slack, "Mail", "DOWN").await;
    let before = results(&api, monitor).await;
    assert!(product.stop().await, "the drain ends well");

    let product = AllInOne::start(&stores).await;
    let again = product.api().await;
    // The same account and the same token: the secrets are the operator's, not the process's.
    let api = api.at(&again);
    let seen = target.seen().len();
    testkit::eventually("it is checked again", PATIENCE, async || {
        (target.seen().len() > seen).then_some(())
    })
    .await;
    let incidents = api.incidents(monitor).await;
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    target.answer(200);
    await_message(&slack, "Mail", "UP").await;
    api.await_state(monitor, "up").await;

    let after = results(&api, monitor).await;
    assert!(
        before.iter().all(|slot| after.contains(slot)),
        "history of the first run is there"
    );
    let distinct: std::collections::BTreeSet<_> = after.iter().collect();
    assert_eq!(distinct.len(), after.len(), "no slot is there twice");
    let kinds: Vec<_> = messages_about(&slack, "Mail")
        .iter()
        .map(|(kind, ..)| *kind)
        .collect();
    assert_eq!(kinds, ["DOWN", "UP"]);
    assert!(product.stop().await);
}

/// The slots of a monitor's results.
async fn results(api: &Api, monitor: i64) -> Vec<String> {
    let answer = api
        .get(&format!("/api/v1/monitors/{monitor}/results?limit=200"))
        .await;
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|result| result["scheduled_at"].as_str().unwrap().to_owned())
        .collect()
}

async fn await_message(slack: &FakeSlack, name: &str, kind: &str) -> Timestamp {
    testkit::eventually(&format!("Slack hears {kind} of {name}"), PATIENCE, async || {
        messages_about(slack, name)
            .into_iter()
            .find(|(told, ..)| *told == kind)
            .map(|(_, at, _)| at)
    })
    .await
}
