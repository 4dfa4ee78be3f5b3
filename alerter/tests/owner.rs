//! Whose a monitor is, is what user-service says: a record of the log may say anything.

use std::sync::atomic::Ordering;

use crate::common::{self, ORG, OTHER_ORG, PATIENCE, World, channel_of, result};
use domain::channel::SlackConfig;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{MonitorId, OrgId, Record};
use shared::kafka::KafkaSettings;
use testkit::FakeSlack;

/// A world in which the other organisation has a Slack of its own.
async fn world(kafka: KafkaSettings) -> (World, FakeSlack) {
    let world = World::new(kafka).await;
    let slack = FakeSlack::start().await;
    let config = SlackConfig {
        webhook_url: slack.webhook_url(),
    };
    let config = serde_json::to_vec(&config).unwrap();
    *world.known.other_channels.lock().unwrap() = vec![channel_of(OTHER_ORG, 2, "slack", &config)];
    (world, slack)
}

async fn publish(world: &World, monitor: i64, org: Option<OrgId>, up: bool) {
    let Record::Result(result) = result(monitor, world.slot(), up) else {
        unreachable!("it is a result")
    };
    let record = domain::CheckResult {
        org_id: org,
        ..result
    };
    world.publish(Record::Result(record)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisation_is_not_told_by_a_record_that_names_it() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let (world, others) = world(kafka).await;
    let alerter = world.start().await;
    // The first that is heard of the first monitor is a lie, and so is the last that is heard of the second.
    publish(&world, 1, Some(OTHER_ORG), false).await;
    world.up(2).await;
    world.down(2).await;
    world.await_messages(2, &["Down"]).await;
    publish(&world, 2, Some(OTHER_ORG), true).await;
    world
        .publish(Record::Lifecycle(Lifecycle {
            monitor_id: MonitorId(2),
            org_id: OTHER_ORG,
            url: common::url(2),
            timestamp: world.slot(),
            revision: 2,
            event: LifecycleEvent::Deleted,
            incident_id: None,
            usual: None,
            delivery_id: None,
            probe_revision: None,
        }))
        .await;
    world.handled().await;
    // What is true is announced all the same, also from a record that names no organisation.
    publish(&world, 2, None, true).await;
    world.await_messages(2, &["Down", "Up"]).await;
    world.down(1).await;
    world.await_messages(1, &["Down"]).await;
    assert!(others.messages().is_empty(), "{:?}", others.messages());
    alerter.stop().await;
    let events = world.events().await;
    assert!(events.iter().all(|event| event.org_id == ORG), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_user_service_has_said_counts_also_while_it_is_away() {
    let Some(kafka) = testkit::kafka("what_user_service_has_said_counts_also_while_it_is_away", 3).await
    else {
        return;
    };
    let (world, others) = world(kafka).await;
    // It has named the first monitor, of which no record has been seen.
    *world.known.monitors.lock().unwrap() = vec![1];
    let alerter = world.start().await;
    world.up(2).await;
    testkit::eventually("the owner is durable", PATIENCE, async || {
        let topic = world.kafka.alert_state_topic();
        let mut held = Vec::new();
        for partition in 0..world.kafka.partitions() {
            held.extend(world.kafka.restore(&topic, partition).await.ok()?.into_keys());
        }
        held.contains(&"n/1".to_owned()).then_some(())
    })
    .await;
    world.handled().await;
    alerter.stop().await;
    world.known.away.store(true, Ordering::Relaxed);
    let alerter = world.start().await;
    publish(&world, 1, Some(OTHER_ORG), false).await;
    world.down(1).await;
    world.up(1).await;
    world.await_messages(1, &["Down", "Up"]).await;
    assert!(others.messages().is_empty(), "{:?}", others.messages());
    alerter.stop().await;
}
