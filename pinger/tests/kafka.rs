//! What pingers leave on Apache Kafka.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::{PATIENCE, Pinger, QUIET, UserService, ids_due_after};
use domain::{Record, Timestamp};
use serde_json::json;
use shared::kafka::{Consumer, KafkaSettings, Start, partition_of};
use testkit::FakeTarget;

const MONITORS: usize = 30;
const INTERVAL_MS: u32 = 10_000;

/// The slots of each monitor in the order of the log, while each record lies where its key belongs.
#[derive(Default)]
struct Log(BTreeMap<i64, Vec<Timestamp>>);

impl Log {
    /// Reads on until every monitor has `slots` of them.
    async fn read_until(&mut self, consumer: &Consumer, kafka: &KafkaSettings, slots: usize) {
        let complete = |log: &Self| log.0.len() == MONITORS && log.0.values().all(|of| of.len() >= slots);
        let reading = async {
            while !complete(self) {
                let message = consumer.recv().await.unwrap();
                let Ok(Record::Result(result)) = Record::decode(message.payload.as_deref().unwrap()) else {
                    panic!("not a result: {message:?}")
                };
                let key = result.monitor_id.to_string();
                assert_eq!(message.key.as_deref(), Some(key.as_bytes()));
                assert_eq!(
                    message.partition,
                    partition_of(key.as_bytes(), kafka.partitions())
                );
                assert!(result.up, "{result:?}");
                self.0
                    .entry(result.monitor_id.0)
                    .or_default()
                    .push(result.scheduled_at);
            }
        };
        tokio::time::timeout(PATIENCE * 2, reading)
            .await
            .unwrap_or_else(|_| panic!("every monitor has {slots} slots: {:?}", self.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_slot_is_one_record_in_turn_on_its_monitors_partition_also_across_a_restart() {
    let Some(kafka) = testkit::kafka("pinger: a record for each slot", 6).await else {
        return;
    };
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    for id in ids_due_after(QUIET, INTERVAL_MS).take(MONITORS) {
        users.put(id, 1, json!({"url": target.url(), "interval_seconds": 10}));
    }
    let topic = kafka.results_topic();
    let consumer = Consumer::subscribe(&kafka, &testkit::unique(), &[&topic], Start::Earliest).unwrap();
    let mut log = Log::default();

    let first = Pinger::start(&kafka, &redis, &users.url()).await;
    first.ready().await;
    log.read_until(&consumer, &kafka, 2).await;
    first.stop().await;
    let second = Pinger::start(&kafka, &redis, &users.url()).await;
    second.ready().await;
    // Whatever the first had in flight at its end is on the log before anything of the second.
    log.read_until(&consumer, &kafka, 4).await;
    second.stop().await;
    consumer.close(Duration::from_secs(5)).await;
    for (id, slots) in &log.0 {
        for pair in slots.windows(2) {
            assert_eq!(
                pair[1].millis_since(pair[0]),
                i64::from(INTERVAL_MS),
                "{id}: {slots:?}"
            );
        }
    }
}
