//! What routes go by of monitors comes with their names, and is there when an alert is decided.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{self, ORG, PATIENCE, World, messages_about, slack_channel};
use domain::routing::{Conditions, Labels, Recipients, Route};
use domain::{ChannelId, RouteId, Severity};
use serde_json::{Value, json};
use testkit::{FakeSlack, Reply};

fn labels(severity: Severity) -> Labels {
    Labels {
        kind: Some("http".to_owned()),
        severity,
        ..Labels::default()
    }
}

/// A world in which alerts of a low severity go to a Slack of their own.
pub(crate) async fn world(test: &str) -> Option<(World, FakeSlack)> {
    let world = World::new(testkit::kafka(test, 3).await?).await;
    // Each outage is looked for by itself.
    let world = world.with("GROUP_WINDOW_MS", "0");
    let calm = FakeSlack::start().await;
    let mut channels = world.known.channels.lock().unwrap();
    channels.push(slack_channel(2, &calm.webhook_url()));
    drop(channels);
    let route = |id, severities: &[Severity], channel| Route {
        id: RouteId(id),
        name: format!("Route {id}"),
        conditions: Conditions {
            severities: severities.to_vec(),
            ..Conditions::default()
        },
        recipients: Recipients::Channels {
            channels: vec![ChannelId(channel)],
        },
        goes_on: false,
    };
    let mut policy = world.known.policy.lock().unwrap();
    policy.routes = vec![route(1, &[Severity::Info], 2), route(2, &[], 1)];
    policy.labels_version = 1;
    drop(policy);
    Some((world, calm))
}

/// Sets the severities of monitors, as a user does.
pub(crate) fn label(world: &World, severities: &[(i64, Severity)]) {
    let mut known = world.known.labels.lock().unwrap();
    known.extend(severities.iter().map(|&(id, severity)| (id, labels(severity))));
    world.known.policy.lock().unwrap().labels_version += 1;
}

/// What `alert-state` holds of the monitors' names.
pub(crate) async fn held(world: &World) -> Option<BTreeMap<String, Value>> {
    let topic = world.kafka.alert_state_topic();
    let mut held = BTreeMap::new();
    for partition in 0..world.kafka.partitions() {
        let records = world.kafka.restore(&topic, partition).await.ok()?.into_iter();
        let names = records.filter(|(key, _)| key.starts_with("n/"));
        held.extend(names.map(|(key, value)| (key, serde_json::from_slice(&value).unwrap())));
    }
    Some(held)
}

/// Waits until a monitor's severity is durable.
async fn severity_is_held(world: &World, monitor: i64, severity: &str) {
    let what = format!("monitor {monitor} is held as {severity}");
    testkit::eventually(&what, PATIENCE, async || {
        let held = held(world).await?;
        let name = held.get(&format!("n/{monitor}"))?;
        (name["labels"]["severity"] == severity).then_some(())
    })
    .await;
}

/// Waits until the only messages about a monitor have come to a Slack, and to no other.
pub(crate) async fn announced(slack: &FakeSlack, other: &FakeSlack, monitor: i64, expected: &[&str]) {
    let what = format!("the right Slack gets {expected:?} about monitor {monitor}");
    testkit::eventually(&what, PATIENCE, async || {
        (messages_about(slack, monitor) == expected).then_some(())
    })
    .await;
    assert!(messages_about(other, monitor).is_empty(), "{monitor}");
}

/// How many monitors the messages tell of that tell of several.
fn announced_together(slack: &FakeSlack) -> usize {
    let messages = slack.messages().into_iter();
    let counts = messages.filter_map(|(_, message)| {
        let text = message["text"].as_str()?.lines().next()?.to_owned();
        let count = text.strip_prefix("🔴 Down: ")?.strip_suffix(" monitors")?;
        count.parse::<usize>().ok()
    });
    counts.sum()
}

/// How often user-service was asked for something.
fn asked(world: &World, path: &str) -> usize {
    let seen = world.user_service.seen();
    seen.iter()
        .filter(|request| request.path.starts_with(path))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_come_with_the_names_and_change_with_a_hint_and_survive_a_restart() {
    let Some((world, calm)) = world("labels_come_with_the_names").await else {
        return;
    };
    *world.known.monitors.lock().unwrap() = vec![1, 2, 3];
    label(&world, &[(1, Severity::Info), (2, Severity::Warning)]);
    // One that cannot be read is among them.
    world.known.spoilt.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    world.up(1).await;
    severity_is_held(&world, 1, "info").await;
    severity_is_held(&world, 2, "warning").await;
    let unlabelled = &held(&world).await.unwrap()["n/3"];
    assert_eq!(unlabelled, &json!({"org": ORG, "name": common::name(3)}));

    label(&world, &[(1, Severity::Warning), (2, Severity::Info)]);
    world.hint_channels_changed().await;
    severity_is_held(&world, 1, "warning").await;
    severity_is_held(&world, 2, "info").await;
    world.down(1).await;
    announced(&world.slack, &calm, 1, &["Down"]).await;
    alerter.stop().await;

    world.known.away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    world.down(2).await;
    announced(&calm, &world.slack, 2, &["Down"]).await;
    // What is not known goes where everything goes.
    world.down(3).await;
    announced(&world.slack, &calm, 3, &["Down"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_that_is_new_is_asked_for_before_its_alert_is_decided() {
    let Some((world, calm)) = world("a_monitor_that_is_new_is_asked_for").await else {
        return;
    };
    let alerter = world.start().await;
    world.up(1).await;
    world.handled().await;
    // It was made since all names were asked for.
    world.known.monitors.lock().unwrap().push(4);
    label(&world, &[(4, Severity::Info)]);
    world.down(4).await;
    announced(&calm, &world.slack, 4, &["Down"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_does_not_wait_long_for_labels() {
    let Some((world, calm)) = world("an_alert_does_not_wait_long_for_labels").await else {
        return;
    };
    *world.known.monitors.lock().unwrap() = vec![1];
    let alerter = world.start().await;
    world.up(1).await;
    testkit::eventually("the name is held", PATIENCE, async || {
        held(&world).await?.contains_key("n/1").then_some(())
    })
    .await;
    world.handled().await;
    world.user_service.answer_with(|request| {
        let slow = request.path.starts_with("/internal/monitors/");
        Reply::new(503, "").after(Duration::from_secs(if slow { 60 } else { 0 }))
    });
    world.down(1).await;
    announced(&world.slack, &calm, 1, &["Down"]).await;
    assert!(asked(&world, "/internal/monitors/1") > 0);
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_asks_for_few_monitors() {
    const STORM: RangeInclusive<i64> = 1..=2_000;
    let Some((world, calm)) = world("a_storm_asks_for_few_monitors").await else {
        return;
    };
    let world = world.with("GROUP_WINDOW_MS", "3000");
    *world.known.monitors.lock().unwrap() = STORM.collect();
    let severities: Vec<_> = STORM.map(|id| (id, Severity::Info)).collect();
    label(&world, &severities);
    let alerter = world.start().await;
    world.publish_all(STORM, true).await;
    testkit::eventually("all labels are held", PATIENCE, async || {
        let held = held(&world).await?;
        let labelled = held.values().filter(|name| name["labels"]["severity"] == "info");
        (labelled.count() == STORM.count()).then_some(())
    })
    .await;
    world.handled().await;
    let before = asked(&world, "/internal/monitors/");
    let pages = asked(&world, "/internal/names");
    world.publish_all(STORM, false).await;
    testkit::eventually("the storm is announced", PATIENCE, async || {
        (announced_together(&calm) == STORM.count()).then_some(())
    })
    .await;
    assert!(world.slack.messages().is_empty());
    // The message has no more names than fit.
    let questions = asked(&world, "/internal/monitors/") - before;
    assert!(questions < 100, "{questions} questions");
    assert!(asked(&world, "/internal/names") - pages <= 1);
    alerter.stop().await;
}
