//! Records, and states of an earlier release, on another partition than their monitor's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{PATIENCE, World, result};
use shared::kafka::{Producer, partition_of_monitor};

const MONITOR: domain::MonitorId = domain::MonitorId(1);

/// The partitions that are not the monitor's.
fn others(partitions: i32) -> impl Iterator<Item = i32> + Clone {
    (0..partitions).filter(move |&partition| partition != partition_of_monitor(MONITOR, partitions))
}

#[tokio::test(flavor = "multi_thread")]
async fn records_on_other_partitions_than_their_monitors_notify_nobody() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let topic = world.kafka.results_topic();
    let partitions = world.kafka.partition_count(&topic).await.unwrap();
    assert!(partitions > 2, "{partitions} partitions");
    let producer = Producer::new(&world.kafka, Duration::from_secs(20)).unwrap();
    let alerter = world.start().await;
    // Ten that are up, ten that are down and ten that are up, as they come without a key.
    let mut places = others(partitions).cycle();
    for number in 0..30 {
        let record = result(MONITOR.0, world.slot(), !(10..20).contains(&number)).encode();
        let place = places.next().unwrap();
        let sent = producer.send_to(&topic, place, "of the producer", &record);
        sent.unwrap().await.unwrap();
    }
    world.handled().await;
    world.down(MONITOR.0).await;
    world.up(MONITOR.0).await;
    world.await_messages(MONITOR.0, &["Down", "Up"]).await;
    alerter.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_on_another_partition_than_its_monitors_is_removed() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let topic = world.kafka.alert_state_topic();
    let partitions = world.kafka.partition_count(&topic).await.unwrap();
    let producer = Producer::new(&world.kafka, Duration::from_secs(20)).unwrap();
    let told = include_bytes!("../../domain/fixtures/alert-state/told.json");
    let place = others(partitions).next().unwrap();
    let key = format!("m/{MONITOR}");
    producer
        .send_to(&topic, place, &key, told)
        .unwrap()
        .await
        .unwrap();
    let alerter = world.start().await;
    testkit::eventually("the state is removed", PATIENCE, async || {
        let states = world.kafka.restore(&topic, place).await.unwrap();
        (!states.contains_key(&key)).then_some(())
    })
    .await;
    alerter.stop().await;
    assert!(world.messages_about(MONITOR.0).is_empty());
}
