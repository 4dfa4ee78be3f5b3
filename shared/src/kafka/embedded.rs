//! The embedded broker: Kafka for one process on one machine, with its log in a folder.

use std::path::PathBuf;

use broker::{Broker, Options, Topic};

use super::{KafkaSettings, TopicSpec};

/// Partitions of each topic, in a new folder.
const PARTITIONS: i32 = 12;

/// A broker in this process, reachable by TCP on the loopback interface until it is dropped.
#[derive(Debug)]
pub struct EmbeddedBroker {
    broker: Broker,
    prefix: String,
}

/// Why the embedded broker does not start.
pub use broker::StartError as EmbeddedError;

impl EmbeddedBroker {
    /// Starts a broker on the log in `folder`, with all topics under `prefix`. Beyond `max_bytes` the oldest results
    /// are dropped; before that a record is kept until every one of its `readers` (topic and group, without the
    /// prefix) has it behind it.
    ///
    /// # Errors
    /// When the folder cannot be written, holds the log of a newer version or is used by another process, and when
    /// the loopback interface has no port left.
    pub fn start(
        folder: PathBuf,
        prefix: &str,
        max_bytes: u64,
        readers: &[(&str, &str)],
    ) -> Result<Self, EmbeddedError> {
        let names = KafkaSettings::new("", prefix, PARTITIONS);
        let specs = names.topics();
        let topics = specs.iter().map(|spec| {
            let readers = readers
                .iter()
                .filter(|(topic, _)| names.named(topic) == spec.name);
            Topic {
                name: spec.name.clone(),
                compacted: has(spec, "cleanup.policy", "compact"),
                append_time: has(spec, "message.timestamp.type", "LogAppendTime"),
                readers: readers.map(|(_, group)| names.named(group)).collect(),
            }
        });
        let options = Options::new(folder, topics.collect(), PARTITIONS, max_bytes);
        Ok(Self {
            broker: Broker::start(options)?,
            prefix: prefix.to_owned(),
        })
    }

    /// How clients reach the broker.
    pub fn settings(&self) -> KafkaSettings {
        let brokers = self.broker.address().to_string();
        // It looks at the keys of what it compacts, and a machine's own loopback gains nothing by it.
        KafkaSettings::new(&brokers, &self.prefix, self.broker.partitions()).uncompressed()
    }
}

fn has(spec: &TopicSpec, name: &str, value: &str) -> bool {
    spec.config.contains(&(name, value))
}
