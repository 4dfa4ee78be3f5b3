//! States of monitors that an earlier release has left on other partitions than the monitors' own: it folded records
//! wherever they were. What is unfinished in them goes on where it belongs.

use alerting::Ledger;
use domain::MonitorId;
use shared::kafka::partition_of_monitor;

use super::Engine;
use crate::metrics;
use crate::state_log::{Write, stray_key};

/// A state, and where it was found.
pub(super) struct Stray {
    pub(super) monitor: MonitorId,
    pub(super) ledger: Ledger,
    pub(super) partition: i32,
    pub(super) key: String,
    pub(super) value: Vec<u8>,
}

impl Engine {
    /// Takes strays to the partitions of their monitors, and removes them from where they were once that is durable.
    /// Where such a partition is another alerter's, they are left there for when it is restored next.
    pub(super) async fn bring_home(&mut self, strays: Vec<Stray>) {
        let Some(count) = self.partition_count.filter(|_| !strays.is_empty()) else {
            return;
        };
        metrics::strays(strays.len());
        let (mut writes, mut removals) = (Vec::new(), Vec::new());
        for stray in strays {
            let home = partition_of_monitor(stray.monitor, count);
            tracing::warn!(
                partition = stray.partition,
                monitor_id = stray.monitor.0,
                home,
                "its state was on the wrong partition, and is moved"
            );
            match self.partitions.get_mut(&home) {
                Some(partition) => partition.absorb(stray.monitor, stray.ledger, &self.channels),
                None => writes.push(Write::State {
                    partition: home,
                    key: stray_key(stray.monitor, stray.partition),
                    value: Some(stray.value),
                }),
            }
            removals.push(Write::State {
                partition: stray.partition,
                key: stray.key,
                value: None,
            });
        }
        for partition in self.partitions.values_mut() {
            writes.extend(partition.writes(&self.channels));
        }
        if self.write(writes).await {
            self.write(removals).await;
        }
    }
}
