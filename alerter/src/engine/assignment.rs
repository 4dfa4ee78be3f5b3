//! Taking partitions over.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use alerting::{Ledger, OwnerAnswer, Seed};
use domain::MonitorId;
use domain::alert_state::monitor_of_key;
use futures_util::future::join_all;
use shared::kafka::partition_of_monitor;
use shared::lasting::Lasting;
use shared::retry::{Pauses, every, until_ok};

use super::Engine;
use super::partition::{Partition, Place};
use super::strays::Stray;
use crate::metrics;
use crate::state_log::{BEGUN_KEY, Write, named_by_key, org_of_key, stray_of_key};

/// The pause before a partition is restored again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

impl Engine {
    /// Restores what `alert-state` holds of the partitions; nothing is handled before.
    pub(super) async fn restore(&mut self, numbers: Vec<i32>) {
        let started = Instant::now();
        if self.partition_count.is_none() {
            self.partition_count = self.count_partitions().await;
        }
        let (mut fresh, mut strays) = (Vec::new(), Vec::new());
        for (number, records) in self.read_states(numbers).await {
            self.epoch += 1;
            let place = Place {
                number,
                count: self.partition_count,
            };
            let mut partition = Partition::new(
                place,
                self.epoch,
                self.inputs.backlog_after,
                self.stop_sends.child_token(),
            );
            let is_fresh = !records.contains_key(BEGUN_KEY);
            for (key, value) in records {
                strays.extend(self.insert(&mut partition, key, value));
            }
            tracing::info!(partition = number, held = partition.totals().monitors, "restored");
            partition.note_all_announced();
            self.partitions.insert(number, partition);
            if is_fresh {
                fresh.push(number);
            }
        }
        if !fresh.is_empty() {
            self.seed(&fresh).await;
        }
        self.bring_home(strays).await;
        self.inputs.names.refresh_all();
        self.refresh_names();
        metrics::restored(started.elapsed());
    }

    /// Takes what was written before; answers a state that is not of this partition, or was brought here.
    fn insert(&self, partition: &mut Partition, key: String, value: Vec<u8>) -> Option<Stray> {
        if let Some(org) = org_of_key(&key) {
            partition.mirror.restore(org, &value, &self.channels);
            return None;
        }
        if let Some(id) = named_by_key(&key) {
            if let Some((org, name)) = partition.names.restore(id, &value) {
                self.inputs.names.remember(id, name);
                partition.apply_owner(id, OwnerAnswer::Organisation(org));
            }
            return None;
        }
        let (monitor, is_stray) = match stray_of_key(&key) {
            Some(id) => (id, true),
            None => monitor_of_key(&key).map(|id| (id, partition.place.is_misplaced(id)))?,
        };
        match serde_json::from_slice::<Ledger>(&value) {
            Ok(ledger) if is_stray => {
                return Some(Stray {
                    monitor,
                    ledger,
                    partition: partition.number,
                    key,
                    value,
                });
            }
            Ok(ledger) => partition.insert(monitor, ledger, &self.channels),
            Err(error) => {
                tracing::error!(monitor_id = monitor.0, %error, "its record in alert-state cannot be read")
            }
        }
        None
    }

    async fn read_states(&self, numbers: Vec<i32>) -> Vec<(i32, BTreeMap<String, Vec<u8>>)> {
        let topic = self.kafka.alert_state_topic();
        let restoring = Lasting::new("partitions cannot be restored yet");
        let reads = numbers.into_iter().map(|number| {
            let (topic, restoring) = (&topic, &restoring);
            async move {
                let pauses = Pauses::new(every(PAUSE), &self.abort);
                let restored = until_ok(
                    pauses,
                    || self.kafka.restore(topic, number),
                    |error| {
                        restoring.failed(&error);
                    },
                );
                let records = self.abort.run_until_cancelled(restored).await?.ok()?;
                restoring.ok();
                Some((number, records))
            }
        });
        join_all(reads).await.into_iter().flatten().collect()
    }

    /// Begins partitions of which `alert-state` holds nothing: with what PostgreSQL knows, where there is one.
    async fn seed(&mut self, numbers: &[i32]) {
        let Some(seeds) = self.seeds().await else {
            return;
        };
        if !seeds.is_empty()
            && let Some(count) = self.partition_count
        {
            let now = shared::now();
            for (id, seed) in seeds {
                let number = partition_of_monitor(id, count);
                let Some(partition) = self
                    .partitions
                    .get_mut(&number)
                    .filter(|_| numbers.contains(&number))
                else {
                    continue;
                };
                let (ledger, actions) = seed.into_ledger(id, now);
                partition.insert(id, ledger, &self.channels);
                partition.note_events(actions.events);
                if actions.persist {
                    partition.touch(id);
                }
            }
            let writes = self
                .partitions
                .values_mut()
                .flat_map(|partition| partition.writes(&self.channels))
                .collect();
            if !self.write(writes).await && self.unwritten.is_empty() {
                return;
            }
        }
        let marks = numbers.iter().map(|&partition| Write::State {
            partition,
            key: BEGUN_KEY.to_owned(),
            value: Some(br#"{"v":1}"#.to_vec()),
        });
        let marks = marks.collect();
        self.write(marks).await;
    }

    /// None when the end came first.
    async fn seeds(&self) -> Option<HashMap<MonitorId, Seed>> {
        match &self.inputs.seeds {
            Some(seeds) => self.abort.run_until_cancelled(seeds.load()).await,
            None => Some(HashMap::new()),
        }
    }

    async fn count_partitions(&self) -> Option<i32> {
        let pauses = Pauses::new(every(PAUSE), &self.abort);
        let counting = Lasting::new("the number of partitions is not known yet");
        let counted = until_ok(
            pauses,
            || self.kafka.partition_count(&self.topic),
            |error| {
                counting.failed(&error);
            },
        );
        let counted = self.abort.run_until_cancelled(counted).await?.ok();
        counting.ok();
        counted
    }
}
