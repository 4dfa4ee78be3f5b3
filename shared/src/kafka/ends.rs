//! Where partitions end at the moment, and how much of them is done, asked for often.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::complaints::Listener;
use super::{Assigned, KafkaError, KafkaSettings};

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks where the partitions of one topic end, on a connection that stays.
#[derive(Clone)]
pub struct Ends {
    consumer: Arc<BaseConsumer<Listener>>,
    topic: Arc<str>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ends").field("topic", &self.topic).finish()
    }
}

impl KafkaSettings {
    /// Whoever asks where the partitions of `topic` end.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn ends(&self, topic: &str) -> Result<Ends, KafkaError> {
        Ok(Ends {
            consumer: Arc::new(self.reader()?),
            topic: topic.into(),
        })
    }
}

impl Ends {
    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The offset that the next record of each partition will have, by one question for all.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn of(&self, partitions: &[i32]) -> Result<Vec<(i32, i64)>, KafkaError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = TopicPartitionList::new();
        for partition in partitions {
            wanted.add_partition_offset(&self.topic, *partition, Offset::End)?;
        }
        let consumer = Arc::clone(&self.consumer);
        let ask = move || consumer.offsets_for_times(wanted, PATIENCE);
        let answered = tokio::task::spawn_blocking(ask)
            .await
            .map_err(|_| KafkaError::Broken)??;
        let known = answered.elements().into_iter();
        Ok(known
            .filter(|part| part.error().is_ok())
            .filter_map(|part| match part.offset() {
                Offset::Offset(end) => Some((part.partition(), end)),
                _ => None,
            })
            .collect())
    }
}

impl Assigned {
    /// The partitions of a topic that are read.
    pub fn of(&self, topic: &str) -> Vec<i32> {
        let partitions = self.partitions().into_iter();
        let of_topic = partitions.filter(|(of, _)| of == topic);
        of_topic.map(|(_, partition)| partition).collect()
    }

    /// What is committed of some partitions of a topic: the offset of the first record that is not done; 0 of one of which
    /// nothing is.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn committed(&self, topic: &str, partitions: &[i32]) -> Result<Vec<(i32, i64)>, KafkaError> {
        let Some(consumer) = self.0.upgrade() else {
            return Ok(Vec::new());
        };
        let mut wanted = TopicPartitionList::new();
        for partition in partitions {
            wanted.add_partition(topic, *partition);
        }
        let ask = move || consumer.committed_offsets(wanted, PATIENCE);
        let answered = tokio::task::spawn_blocking(ask)
            .await
            .map_err(|_| KafkaError::Broken)??;
        let offset = |offset| match offset {
            Offset::Offset(offset) => offset,
            _ => 0,
        };
        let known = answered.elements().into_iter();
        Ok(known
            .map(|part| (part.partition(), offset(part.offset())))
            .collect())
    }
}
