//! Reading partitions outside of any group, from where one likes to their present end.

use rdkafka::consumer::BaseConsumer;

use super::complaints::Listener;
use super::{KafkaError, KafkaSettings};

impl KafkaSettings {
    /// A consumer that is assigned its partitions by hand and tells where they end.
    pub(super) fn reader(&self) -> Result<BaseConsumer<Listener>, KafkaError> {
        let mut config = self.client();
        config
            .set("group.id", self.named("reader"))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "10")
            .set("enable.partition.eof", "true");
        Ok(config.create_with_context(self.listener())?)
    }
}
