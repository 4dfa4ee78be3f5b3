//! Records, and states of an earlier release, on another partition than their monitor's.

use std::time::Duration;

use crate::common::{PATIENCE, World, result};
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

/// A state of an open incident whose beginning both channels were told.
const TOLD: &[u8] = include_bytes!("../../domain/fixtures/alert-state/told.json");

async fn put(world: &World, partition: i32, key: &str) {
    let producer = Producer::new(&world.kafka, Duration::from_secs(20)).unwrap();
    let topic = world.kafka.alert_state_topic();
    let written = producer.send_to(&topic, partition, key, TOLD);
    written.unwrap().await.unwrap();
}

async fn await_removed(world: &World, partition: i32, key: &str) {
    let topic = world.kafka.alert_state_topic();
    testkit::eventually("the state is moved", PATIENCE, async || {
        let states = world.kafka.restore(&topic, partition).await.unwrap();
        (!states.contains_key(key)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_incident_on_another_partition_than_its_monitors_is_not_forgotten() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka).await.with("GROUP_WINDOW_MS", "0");
    let topic = world.kafka.alert_state_topic();
    let partitions = world.kafka.partition_count(&topic).await.unwrap();
    let (home, key) = (partition_of_monitor(MONITOR, partitions), format!("m/{MONITOR}"));
    for place in others(partitions) {
        put(&world, place, &key).await;
    }
    // One that an alerter has brought which did not have the monitor's partition.
    let brought = format!("x/{MONITOR}/{}", others(partitions).next().unwrap());
    put(&world, home, &brought).await;
    let alerter = world.start().await;
    for place in others(partitions) {
        await_removed(&world, place, &key).await;
    }
    await_removed(&world, home, &brought).await;
    let states = world.kafka.restore(&topic, home).await.unwrap();
    assert!(states.contains_key(&key), "it is where its records are");
    world.up(MONITOR.0).await;
    world.await_messages(MONITOR.0, &["Up"]).await;
    world.down(MONITOR.0).await;
    world.await_messages(MONITOR.0, &["Up", "Down"]).await;
    alerter.stop().await;
}
