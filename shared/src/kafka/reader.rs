//! Reading partitions outside of any group, from where one likes to their present end.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::Offset;

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

    /// Everything that a partition of a compacted topic holds: keys with their latest payload.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn restore(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<BTreeMap<String, Vec<u8>>, KafkaError> {
        let (settings, topic) = (self.clone(), topic.to_owned());
        let read = move || -> Result<_, KafkaError> {
            let mut latest = BTreeMap::new();
            read_to_end(&settings, &topic, partition, |key, payload| {
                let key = String::from_utf8_lossy(key.unwrap_or_default()).into_owned();
                match payload {
                    Some(payload) => drop(latest.insert(key, payload.to_vec())),
                    None => drop(latest.remove(&key)),
                }
            })?;
            Ok(latest)
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| KafkaError::Broken)?
    }
}

/// Reads one partition of a compacted topic from its start to its present end, and hands each record to
/// `take`. Outside of any group.
///
/// # Errors
/// When the brokers do not answer.
fn read_to_end(
    settings: &KafkaSettings,
    topic: &str,
    partition: i32,
    mut take: impl FnMut(Option<&[u8]>, Option<&[u8]>),
) -> Result<(), KafkaError> {
    let consumer = settings.reader()?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, partition, Offset::Beginning)?;
    consumer.assign(&partitions)?;
    let deadline = std::time::Instant::now() + Duration::from_secs(120);
    while std::time::Instant::now() < deadline {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => take(message.key(), message.payload()),
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => return Ok(()),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
    }
    Err(KafkaError::NoAnswer)
}
