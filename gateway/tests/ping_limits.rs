//! Pings where something is away, or there are too many of them.

use std::time::Duration;

use crate::common::INTERNAL_KEY;
use crate::common::pings::{Pinged, UUID, nobodys, target};
use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use testkit::{OwnKafka, Reply, Seen};

const PATIENCE: Duration = Duration::from_secs(60);
const NO_REDIS: (&str, &str) = ("REDIS_URL", "redis://127.0.0.1:1");

fn known(_: &Seen) -> Reply {
    Reply::new(200, json!({"targets": [target(7, &json!({}))]}).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_does_not_know_user_service_does() {
    let Some(kafka) = testkit::kafka("what_redis_does_not_know_user_service_does", 1).await else {
        return;
    };
    // Also where Redis is away altogether, and concurrent questions are one.
    for settings in [&[][..], &[NO_REDIS]] {
        let slowly = |seen: &Seen| known(seen).after(Duration::from_millis(700));
        let pinged = Pinged::start(kafka.clone(), settings, slowly).await;
        let path = format!("/ping/{UUID}");
        let answers = join_all((0..20).map(|_| pinged.get(&path))).await;
        assert!(answers.iter().all(|answer| answer.0 == 200), "{answers:?}");
        let seen = pinged.gateway.seen();
        assert!(seen.len() <= 2, "{}", seen.len());
        assert_eq!(seen[0].path, format!("/internal/ping-targets?uuid={UUID}"));
        assert_eq!(seen[0].headers["x-internal-key"], INTERNAL_KEY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_nothing_that_is_not_known() {
    let Some(kafka) = testkit::kafka("nobody_is_told_of_nothing", 1).await else {
        return;
    };
    let slow = || Reply::new(200, r#"{"targets": []}"#).after(Duration::from_secs(10));
    let answers = [
        Reply::new(503, ""),
        Reply::new(404, "{}"),
        Reply::new(200, "?"),
        slow(),
    ];
    for (answer, settings) in answers
        .iter()
        .flat_map(|answer| [(answer, &[][..]), (answer, &[NO_REDIS])])
    {
        let answer = answer.clone();
        let pinged = Pinged::start(kafka.clone(), settings, move |_| answer.clone()).await;
        for path in [format!("/ping/{UUID}"), "/ping/key/slug?create=1".to_owned()] {
            let response = pinged.gateway.call(Method::GET, &path, &[], "").await;
            assert_eq!(response.status().as_u16(), 503, "{path}");
            assert_eq!(response.headers()["retry-after"], "2");
        }
        assert_eq!(pinged.recorded().await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nobody_has_a_name_is_remembered_until_redis_knows_it() {
    let Some(kafka) = testkit::kafka("that_nobody_has_a_name_is_remembered", 1).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[], nobodys).await;
    let path = format!("/ping/{UUID}");
    for _ in 0..5 {
        assert_eq!(pinged.get(&path).await, (404, "not found".to_owned()));
    }
    assert_eq!(pinged.gateway.seen().len(), 1);
    pinged.knows(UUID, &target(7, &json!({}))).await;
    assert_eq!(pinged.get(&path).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_and_an_address_have_their_limits() {
    let Some(kafka) = testkit::kafka("a_heartbeat_and_an_address_have_their_limits", 1).await else {
        return;
    };
    let pinged = Pinged::start(kafka, &[("RATE_PINGS_PER_MINUTE", "120")], nobodys).await;
    pinged.knows(UUID, &target(7, &json!({}))).await;
    pinged
        .knows_slug("key", "other", &json!([target(8, &json!({}))]))
        .await;
    let (path, mut taken) = (format!("/ping/{UUID}"), 0);
    let refused = loop {
        let answer = pinged.gateway.call(Method::GET, &path, &[], "").await;
        match answer.status().as_u16() {
            200 => taken += 1,
            _ => break answer,
        }
    };
    assert_eq!(refused.status().as_u16(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    // Every two seconds there is another one.
    assert!(taken >= 60, "{taken}");
    assert_eq!(pinged.get("/ping/key/other").await.0, 200, "the address has more");
    let mut of_the_address = 0;
    // What is nobody's counts as well.
    while pinged.get("/ping/key/none").await.0 == 404 {
        of_the_address += 1;
        assert!(of_the_address < 120);
    }
    assert_eq!(pinged.get("/ping/key/other").await.0, 429);
    assert_eq!(pinged.recorded().await.len(), taken + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_has_a_limit_for_all_of_its_heartbeats() {
    let Some(kafka) = testkit::kafka("an_organisation_has_a_limit", 1).await else {
        return;
    };
    let settings = [("RATE_PINGS_PER_ORG_PER_MINUTE", "5")];
    let pinged = Pinged::start(kafka, &settings, nobodys).await;
    let mut of_another = target(20, &json!({}));
    of_another["org_id"] = json!(99);
    for monitor in 1..=6 {
        let targets = json!([target(monitor, &json!({}))]);
        pinged
            .knows_slug("key", &format!("job-{monitor}"), &targets)
            .await;
    }
    pinged.knows_slug("key", "of-another", &json!([of_another])).await;
    let mut statuses = Vec::new();
    for monitor in 1..=6 {
        statuses.push(pinged.get(&format!("/ping/key/job-{monitor}")).await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    assert_eq!(pinged.get("/ping/key/of-another").await.0, 200);
    assert_eq!(pinged.recorded().await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_without_kafka_is_to_be_sent_again_and_is_not_lost_then() {
    let Some(own) = OwnKafka::start("a_ping_without_kafka", 1).await else {
        return;
    };
    let pinged = Pinged::start(own.settings().clone(), &[], nobodys).await;
    pinged.knows(UUID, &target(7, &json!({}))).await;
    let path = format!("/ping/{UUID}");
    let mut answered = 0;
    testkit::eventually("Kafka takes pings", PATIENCE, async || {
        (pinged.get(&path).await.0 == 200).then_some(())
    })
    .await;
    answered += 1;
    own.pause();
    let refused = pinged.gateway.call(Method::GET, &path, &[], "").await;
    assert_eq!(refused.status().as_u16(), 503);
    assert_eq!(refused.headers()["retry-after"], "2");
    own.resume();
    testkit::eventually("Kafka takes pings again", PATIENCE, async || {
        (pinged.get(&path).await.0 == 200).then_some(())
    })
    .await;
    answered += 1;
    let recorded = pinged.recorded().await.len();
    assert!(recorded >= answered, "{recorded} of {answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_at_the_end() {
    let Some(kafka) = testkit::kafka("what_is_under_way_is_finished", 1).await else {
        return;
    };
    let slowly = |seen: &Seen| known(seen).after(Duration::from_millis(800));
    let pinged = Pinged::start(kafka, &[], slowly).await;
    let path = format!("/ping/{UUID}");
    let end = async {
        testkit::eventually("user-service is asked", PATIENCE, async || {
            (!pinged.gateway.seen().is_empty()).then_some(())
        })
        .await;
        pinged.gateway.stop.cancel();
    };
    let ((status, _), ()) = tokio::join!(pinged.get(&path), end);
    assert_eq!(status, 200);
    assert_eq!(pinged.recorded().await.len(), 1);
}
