//! Questions about a topic that are asked outside of any group.

use std::io::Write as _;
use std::time::{Duration, Instant};

use domain::MonitorId;
use rdkafka::Message as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::Offset;

use super::complaints::Listener;
use super::{ADMIN_TIMEOUT, KafkaError, KafkaSettings};

/// How long reading back may take.
const READ_BACK_TIMEOUT: Duration = Duration::from_secs(30);

/// The partition of a key among `partitions`, by the Java clients' default partitioner (murmur2), which is
/// also the producer's.
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & 0x7fff_ffff) as i32 % partitions.max(1)
}

/// The partition of a monitor's records: that of its id in decimal ASCII.
pub fn partition_of_monitor(monitor: MonitorId, partitions: i32) -> i32 {
    // A number has at most 19 digits, and a sign.
    let mut key = [0; 20];
    let mut free = &mut key[..];
    let _ = write!(free, "{monitor}");
    let length = 20 - free.len();
    partition_of(&key[..length], partitions)
}

/// Whether the records of a monitor belong on another partition than `partition`. One that was added after
/// `partitions` were counted is no wrong one yet.
pub fn is_misplaced(monitor: MonitorId, partition: i32, partitions: i32) -> bool {
    partition < partitions && partition_of_monitor(monitor, partitions) != partition
}

/// MurmurHash2 with the seed of Kafka's Java clients (org.apache.kafka.common.utils.Utils).
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let tail = rest
            .iter()
            .rev()
            .fold(0, |tail, &byte| tail << 8 | u32::from(byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

impl KafkaSettings {
    /// How many partitions a topic has.
    ///
    /// # Errors
    /// When the brokers do not answer or do not know the topic.
    pub async fn partition_count(&self, topic: &str) -> Result<i32, KafkaError> {
        let (config, listener, topic) = (self.client(), self.listener(), topic.to_owned());
        let ask = move || -> Result<i32, KafkaError> {
            let consumer: BaseConsumer<Listener> = config.create_with_context(listener)?;
            let metadata = consumer.fetch_metadata(Some(&topic), ADMIN_TIMEOUT)?;
            let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
            match partitions.count() {
                0 => Err(KafkaError::NoAnswer),
                count => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
            }
        };
        tokio::task::spawn_blocking(ask)
            .await
            .map_err(|_| KafkaError::Broken)?
    }

    /// The payloads of the last records of a partition whose offset lies in `[before − count, before)`, as
    /// far as they are still kept.
    ///
    /// # Errors
    /// When the brokers do not answer.
    pub async fn read_back(
        &self,
        topic: &str,
        partition: i32,
        before: i64,
        count: i64,
    ) -> Result<Vec<Vec<u8>>, KafkaError> {
        let (settings, topic) = (self.clone(), topic.to_owned());
        let read = move || settings.read_range(&topic, partition, before - count, before);
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| KafkaError::Broken)?
    }

    fn read_range(
        &self,
        topic: &str,
        partition: i32,
        from: i64,
        until: i64,
    ) -> Result<Vec<Vec<u8>>, KafkaError> {
        let consumer = self.reader()?;
        let (low, high) = consumer.fetch_watermarks(topic, partition, ADMIN_TIMEOUT)?;
        let (from, until) = (from.max(low), until.min(high));
        let mut payloads = Vec::new();
        if from >= until {
            return Ok(payloads);
        }
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_offset(topic, partition, Offset::Offset(from))?;
        consumer.assign(&partitions)?;
        let deadline = Instant::now() + READ_BACK_TIMEOUT;
        while Instant::now() < deadline {
            match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) if message.offset() >= until => return Ok(payloads),
                Some(Ok(message)) => {
                    payloads.extend(message.payload().map(<[u8]>::to_vec));
                    if message.offset() + 1 >= until {
                        return Ok(payloads);
                    }
                }
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => return Ok(payloads),
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
        Err(KafkaError::NoAnswer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_agrees_with_the_java_clients() {
        // The vectors of Kafka's own UtilsTest.
        for (text, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(text.as_bytes()) as i32, hash, "{text}");
        }
    }
}
