//! Reading a whole topic outside of any group, for tools.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::Message as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::message::{BorrowedMessage, Headers as _};
use rdkafka::topic_partition_list::Offset;

use super::complaints::Listener;
use super::{ADMIN_TIMEOUT, KafkaError, KafkaSettings};

/// A record with its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The payload.
    pub payload: Option<Vec<u8>>,
    /// When the broker appended it, or when the producer made it, by the topic's setting.
    pub timestamp: domain::Timestamp,
    /// The headers that are text.
    pub headers: Vec<(String, String)>,
}

/// Where in a topic an instant lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// By partition, the offset of the first record from then on.
    pub from: BTreeMap<i32, i64>,
    /// Whether any partition still holds a record from before.
    pub reaches_back: bool,
}

impl Scanned {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl KafkaSettings {
    /// Reads every record that `topic` holds now, partition by partition, and hands it to `take` until that
    /// answers false.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn scan(
        &self,
        topic: &str,
        take: impl FnMut(Scanned) -> bool + Send + 'static,
    ) -> Result<(), KafkaError> {
        self.scan_from(topic, BTreeMap::new(), take).await
    }

    /// The same, from the given offset of each partition.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn scan_from(
        &self,
        topic: &str,
        from: BTreeMap<i32, i64>,
        take: impl FnMut(Scanned) -> bool + Send + 'static,
    ) -> Result<(), KafkaError> {
        let (settings, topic) = (self.clone(), topic.to_owned());
        let read = move || scan(&settings.reader()?, &topic, &from, take);
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| KafkaError::Broken)?
    }

    /// From where on each partition of `topic` holds what was appended at `instant` or later, and whether anything
    /// is kept that was appended before.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn since(&self, topic: &str, instant: domain::Timestamp) -> Result<Since, KafkaError> {
        let topic = topic.to_owned();
        self.as_group("scan", move |consumer| {
            let mut wanted = TopicPartitionList::new();
            let metadata = consumer.fetch_metadata(Some(&topic), ADMIN_TIMEOUT)?;
            for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
                let instant = Offset::Offset(instant.as_millis().max(0));
                wanted.add_partition_offset(&topic, partition.id(), instant)?;
            }
            let mut since = Since::default();
            for part in consumer.offsets_for_times(wanted, ADMIN_TIMEOUT)?.elements() {
                let (low, high) = consumer.fetch_watermarks(&topic, part.partition(), ADMIN_TIMEOUT)?;
                let from = part.offset().to_raw().filter(|&at| at >= 0).unwrap_or(high);
                since.from.insert(part.partition(), from);
                since.reaches_back |= low < from;
            }
            Ok(since)
        })
        .await
    }

    /// What `group` has committed for the partitions of `topic`: the next offset of each.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn committed(&self, group: &str, topic: &str) -> Result<BTreeMap<i32, i64>, KafkaError> {
        let topic = topic.to_owned();
        self.as_group(group, move |consumer| {
            let mut wanted = TopicPartitionList::new();
            let metadata = consumer.fetch_metadata(Some(&topic), ADMIN_TIMEOUT)?;
            for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
                wanted.add_partition(&topic, partition.id());
            }
            let committed = consumer.committed_offsets(wanted, ADMIN_TIMEOUT)?;
            let parts = committed.elements().into_iter();
            Ok(parts
                .filter_map(|part| Some((part.partition(), part.offset().to_raw().filter(|&at| at >= 0)?)))
                .collect())
        })
        .await
    }

    /// Commits the next offsets of `topic` for a `group` that has no members.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn commit(&self, group: &str, topic: &str, next: BTreeMap<i32, i64>) -> Result<(), KafkaError> {
        let topic = topic.to_owned();
        self.as_group(group, move |consumer| {
            let mut offsets = TopicPartitionList::new();
            for (partition, offset) in next {
                offsets.add_partition_offset(&topic, partition, Offset::Offset(offset))?;
            }
            Ok(consumer.commit(&offsets, CommitMode::Sync)?)
        })
        .await
    }

    async fn as_group<T: Send + 'static>(
        &self,
        group: &str,
        ask: impl FnOnce(&BaseConsumer<Listener>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let mut config = self.client();
        config
            .set("group.id", self.named(group))
            .set("enable.auto.commit", "false");
        let listener = self.listener();
        tokio::task::spawn_blocking(move || ask(&config.create_with_context(listener)?))
            .await
            .map_err(|_| KafkaError::Broken)?
    }
}

fn scan(
    consumer: &BaseConsumer<Listener>,
    topic: &str,
    begin: &BTreeMap<i32, i64>,
    mut take: impl FnMut(Scanned) -> bool,
) -> Result<(), KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), ADMIN_TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    for partition in partitions.map(|partition| partition.id()) {
        let (low, high) = consumer.fetch_watermarks(topic, partition, ADMIN_TIMEOUT)?;
        let low = begin.get(&partition).copied().unwrap_or(low).max(low);
        if low >= high {
            continue;
        }
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(topic, partition, Offset::Offset(low))?;
        consumer.assign(&from)?;
        let mut quiet_until = Instant::now() + ADMIN_TIMEOUT;
        loop {
            let message = match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => message,
                // The last offsets may belong to no record: a transaction's end, or what compaction has removed.
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => return Err(error.into()),
                None if Instant::now() > quiet_until => return Err(KafkaError::NoAnswer),
                None => continue,
            };
            quiet_until = Instant::now() + ADMIN_TIMEOUT;
            let offset = message.offset();
            if offset < high && !take(scanned(&message)) {
                return Ok(());
            }
            if offset + 1 >= high {
                break;
            }
        }
    }
    Ok(())
}

fn scanned(message: &BorrowedMessage<'_>) -> Scanned {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let appended_at = message.timestamp().to_millis();
    Scanned {
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
        timestamp: appended_at.map_or_else(crate::now, domain::Timestamp::from_millis),
        headers: headers
            .filter_map(|header| {
                let value = std::str::from_utf8(header.value?).ok()?;
                Some((header.key.to_owned(), value.to_owned()))
            })
            .collect(),
    }
}
