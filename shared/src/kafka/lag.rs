//! How far a consumer group is behind.

use std::collections::BTreeSet;
use std::sync::Weak;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::Offset;

use super::complaints::Listener;
use super::{ADMIN_TIMEOUT, Assigned, KafkaError, KafkaSettings};

/// Records that are not committed as done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Those of the whole group.
    pub group: i64,
    /// Those in the partitions of one member.
    pub member: i64,
    /// The partitions of that member in which there are none, and their topics.
    pub idle: BTreeSet<(String, i32)>,
}

impl KafkaSettings {
    /// How many records of `topics` the consumer group has not committed as done: its lag.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn group_lag(&self, group: &str, topics: &[String]) -> Result<i64, KafkaError> {
        let nobody = Assigned(Weak::new());
        Ok(self.lag(group, topics, &nobody).await?.group)
    }

    /// The lag of a consumer group, and the part of it that lies with one of its members.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn lag(&self, group: &str, topics: &[String], member: &Assigned) -> Result<Lag, KafkaError> {
        let mut config = self.client();
        config
            .set("group.id", self.named(group))
            .set("enable.auto.commit", "false");
        let (listener, topics, member) = (self.listener(), topics.to_vec(), member.clone());
        let ask = move || -> Result<Lag, KafkaError> {
            let consumer: BaseConsumer<Listener> = config.create_with_context(listener)?;
            let mut wanted = TopicPartitionList::new();
            for topic in &topics {
                let metadata = consumer.fetch_metadata(Some(topic), ADMIN_TIMEOUT)?;
                for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
                    wanted.add_partition(topic, partition.id());
                }
            }
            let own = member.partitions();
            let mut lag = Lag::default();
            for part in consumer.committed_offsets(wanted, ADMIN_TIMEOUT)?.elements() {
                let (low, high) = consumer.fetch_watermarks(part.topic(), part.partition(), ADMIN_TIMEOUT)?;
                let done = match part.offset() {
                    Offset::Offset(offset) => offset.max(low),
                    _ => low,
                };
                let behind = (high - done).max(0);
                lag.group += behind;
                let partition = (part.topic().to_owned(), part.partition());
                if own.contains(&partition) {
                    lag.member += behind;
                    if behind == 0 {
                        lag.idle.insert(partition);
                    }
                }
            }
            Ok(lag)
        };
        tokio::task::spawn_blocking(ask)
            .await
            .map_err(|_| KafkaError::Broken)?
    }
}
