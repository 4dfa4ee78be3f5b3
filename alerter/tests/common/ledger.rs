//! What `alert-state` holds of monitors, and how a test has time pass in it while no alerter runs.

use std::collections::HashMap;

use domain::MonitorId;
use domain::alert_state::{monitor_key, monitor_of_key};
use futures_util::future::join_all;
use serde_json::Value;
use shared::kafka::partition_of_monitor;

use super::World;

impl World {
    /// What `alert-state` holds of monitors.
    pub(crate) async fn ledgers(&self) -> HashMap<i64, Value> {
        let topic = self.kafka.alert_state_topic();
        let partitions = 0..self.kafka.partitions();
        let reads = partitions.map(|partition| self.kafka.restore(&topic, partition));
        let mut ledgers = HashMap::new();
        for held in join_all(reads).await {
            for (key, value) in held.unwrap() {
                if let Some(MonitorId(monitor)) = monitor_of_key(&key) {
                    ledgers.insert(monitor, serde_json::from_slice(&value).unwrap());
                }
            }
        }
        ledgers
    }

    /// Replaces what `alert-state` holds of a monitor: the next alerter goes on from there.
    pub(crate) async fn put_ledger(&self, monitor: i64, ledger: &Value) {
        let monitor = MonitorId(monitor);
        let partition = partition_of_monitor(monitor, self.kafka.partitions());
        let (topic, key) = (self.kafka.alert_state_topic(), monitor_key(monitor));
        let payload = ledger.to_string();
        let ack = self.producer.send_to(&topic, partition, &key, payload.as_bytes());
        ack.unwrap().await.unwrap();
    }
}
