//! Reading partitions outside of any group, from where one likes to their present end.

use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError as ClientError;

use super::{KafkaError, KafkaSettings};

/// Takes the end of a partition for what it is, where the client would log an error.
pub(super) struct Reading;

impl ClientContext for Reading {
    fn error(&self, error: ClientError, reason: &str) {
        if !matches!(error, ClientError::PartitionEOF(_)) {
            tracing::warn!(%error, reason, "Kafka");
        }
    }
}

impl ConsumerContext for Reading {}

impl KafkaSettings {
    /// A consumer that is assigned its partitions by hand and tells where they end.
    pub(super) fn reader(&self) -> Result<BaseConsumer<Reading>, KafkaError> {
        let mut config = self.client();
        config
            .set("group.id", self.named("reader"))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "10")
            .set("enable.partition.eof", "true");
        Ok(config.create_with_context(Reading)?)
    }
}
