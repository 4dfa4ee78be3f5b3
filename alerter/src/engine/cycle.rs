//! One cycle: records in, decisions durable, offsets stored, messages started.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::kafka::Message;

use super::Engine;
use crate::metrics::{self, BatchCounts};

/// How long an answer is waited for whether this is still a member of its group, before it is read on.
const CONFIRMED_WITHIN: Duration = Duration::from_millis(500);

/// Records before the first one to be handled whose slots are learned.
const READ_BACK: i64 = 20_000;

impl Engine {
    pub(super) async fn handle_records(&mut self, batch: Vec<Message>) {
        self.work.waits();
        if self
            .abort
            .clone()
            .run_until_cancelled(self.learn(&batch))
            .await
            .is_none()
        {
            // It is read again.
            return;
        }
        let now = shared::now();
        let mut counts = BatchCounts::default();
        for message in &batch {
            if let Some(partition) = self.partitions.get_mut(&message.partition) {
                partition.take(message, &self.cluster, now, &self.channels, &mut counts);
            }
        }
        counts.publish();
        self.has_uncommitted = true;
        if let Some(last) = batch.last() {
            let millis = now.millis_since(last.timestamp).max(0) as u64;
            metrics::lag(Duration::from_millis(millis));
        }
    }

    /// Before its first record, a partition learns the slots of the records before it: a late one is
    /// recognised by them.
    async fn learn(&mut self, batch: &[Message]) {
        let mut seen = BTreeSet::new();
        for message in batch {
            if !seen.insert(message.partition) {
                continue;
            }
            let Some(partition) = self.partitions.get_mut(&message.partition) else {
                continue;
            };
            if partition.has_learned_slots {
                continue;
            }
            let read = self
                .kafka
                .read_back(&self.topic, message.partition, message.offset, READ_BACK);
            match read.await {
                Ok(payloads) => partition.learn(&payloads, &self.channels),
                Err(error) => {
                    tracing::warn!(partition = message.partition, %error, "the latest slots are not known");
                    partition.learn(&[], &self.channels);
                }
            }
        }
    }

    /// Makes durable what was decided; only then stores offsets and starts messages.
    ///
    /// While it is not certain that the partitions are read here, nothing is decided: they may be another alerter's, which
    /// has decided meanwhile.
    pub(super) async fn commit(&mut self) {
        if !self.membership.is_certain() {
            self.consumer
                .confirm(&mut self.membership, CONFIRMED_WITHIN)
                .await;
            if !self.membership.is_certain() {
                return;
            }
        }
        let now = shared::now();
        let mut writes = Vec::new();
        let changed = self.inputs.upstreams.take_changed();
        for partition in self.partitions.values_mut() {
            partition.look_again(&changed);
            let nothing_left_at = self.read_out.at(partition.number);
            partition.look(now, (self.cluster.as_str(), self.topic.as_str()), nothing_left_at);
            partition.route(
                now,
                &self.channels,
                &self.inputs.names,
                &self.inputs.updates_in,
                &self.inputs.upstreams,
            );
            writes.extend(partition.writes(&self.channels));
        }
        if !self.write(writes).await {
            return;
        }
        if std::mem::take(&mut self.has_uncommitted) {
            self.work.moves();
        }
        let mut jobs = Vec::new();
        for partition in self.partitions.values_mut() {
            let announced = partition.take_announced();
            self.inputs.upstreams.announce(partition.number, announced);
            if let Some(offset) = partition.take_done() {
                self.consumer.store_offset(&self.topic, partition.number, offset);
            }
            if !self.draining {
                partition.start(self.sender.job_permits(), &mut jobs);
            }
        }
        self.sender.start(jobs);
    }
}
