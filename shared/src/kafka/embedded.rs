//! The embedded broker: librdkafka's mock cluster, for trying the product out on one machine.
//!
//! It lives in memory: it keeps about 5 MiB per partition, and everything in it is gone with the process.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::bindings::rd_kafka_mock_group_initial_rebalance_delay_ms;
use rdkafka::producer::{BaseProducer, Producer as _};

use super::{KafkaError, KafkaSettings};

/// Partitions of each topic: more partitions, more memory in which the log is kept.
const PARTITIONS: i32 = 24;

/// A broker in this process, reachable by TCP on the loopback interface until it is dropped.
pub struct EmbeddedBroker {
    // Owns the mock cluster.
    _owner: BaseProducer,
    brokers: String,
}

impl std::fmt::Debug for EmbeddedBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedBroker")
            .field("brokers", &self.brokers)
            .finish_non_exhaustive()
    }
}

impl EmbeddedBroker {
    /// Starts a broker with all topics under `prefix`.
    ///
    /// # Errors
    /// When the loopback interface has no port left.
    pub fn start(prefix: &str) -> Result<Self, KafkaError> {
        let owner: BaseProducer = ClientConfig::new().set("test.mock.num.brokers", "1").create()?;
        let cluster = owner.client().mock_cluster().ok_or(KafkaError::NoAnswer)?;
        for topic in KafkaSettings::new("", prefix, PARTITIONS).topics() {
            cluster.create_topic(&topic.name, PARTITIONS, 1)?;
        }
        let brokers = cluster.bootstrap_servers();
        drop(cluster);
        Self::join_groups_at_once(&owner);
        Ok(Self {
            _owner: owner,
            brokers,
        })
    }

    /// The default delay of 3 s before a group's first assignment would be the newcomer's first impression.
    #[expect(unsafe_code, reason = "the safe wrapper does not offer this setting")]
    fn join_groups_at_once(owner: &BaseProducer) {
        // SAFETY: the producer was created with `test.mock.num.brokers`, so its handle has a mock cluster,
        // which lives as long as the producer.
        unsafe {
            let cluster = rdkafka::bindings::rd_kafka_handle_mock_cluster(owner.client().native_ptr());
            rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0);
        }
    }

    /// How clients reach the broker.
    pub fn settings(&self, prefix: &str) -> KafkaSettings {
        let settings = KafkaSettings::new(&self.brokers, prefix, PARTITIONS);
        // This broker does not wake a waiting fetch when a record comes.
        KafkaSettings {
            fetch_wait: Duration::from_millis(10),
            ..settings
        }
    }

    /// Its bootstrap servers.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }
}
