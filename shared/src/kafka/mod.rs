//! Kafka. The types of the client library stay in this module.

mod assignments;
mod complaints;
mod consumer;
#[cfg(feature = "embedded")]
mod embedded;
mod ends;
mod lag;
mod lookup;
mod membership;
mod producer;
mod reader;
mod scan;
mod topics;

use std::sync::Arc;
use std::time::Duration;

use complaints::{Complaints, Listener};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use secrecy::{ExposeSecret, SecretString};

pub use assignments::{Assignment, Assignments};
pub use consumer::{Assigned, Consumer, Message, Start};
#[cfg(feature = "embedded")]
pub use embedded::{EmbeddedBroker, EmbeddedError};
pub use ends::Ends;
pub use lag::Lag;
pub use lookup::{is_misplaced, partition_of, partition_of_monitor};
pub use membership::Membership;
pub use producer::{Ack, Position, Producer, SendError};
pub use scan::{Scanned, Since};
pub use topics::{TopicSpec, create_topics};

use crate::settings::Reader;

/// How long the broker may take for an administrative call.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(15);

/// An error of the client library.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// As the library tells it.
    #[error(transparent)]
    Client(#[from] rdkafka::error::KafkaError),
    /// The broker refused to make a topic.
    #[error("cannot create the topic {0}: {1}")]
    Topic(String, String),
    /// The broker did not say who it is.
    #[error("the brokers do not answer")]
    NoAnswer,
    /// A blocking call did not come to its end.
    #[error("the client broke off")]
    Broken,
}

/// How long a broker holds a fetch back that finds no record; it answers at once when one comes.
const FETCH_WAIT: Duration = Duration::from_millis(500);

/// How producers compress.
const COMPRESSION: &str = "lz4";

/// How long a broker may take to answer a request, and a connection to be made; what is longer counts as a
/// connection that died without a word. The library's own minute is most of the time that an outage may last.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(10);

/// How to reach Kafka, and under which prefix our topics and groups stand.
#[derive(Clone, Debug)]
pub struct KafkaSettings {
    brokers: String,
    prefix: String,
    partitions: i32,
    replication: i32,
    compression: &'static str,
    socket_timeout: Duration,
    security: Vec<(&'static str, SecretString)>,
    /// Those of all clients that are made of these settings.
    complaints: Arc<Complaints>,
}

impl KafkaSettings {
    /// Reads the variables that begin with `KAFKA_`.
    pub fn read(env: &mut Reader) -> Self {
        let brokers = env.required(
            "KAFKA_BROKERS",
            "localhost:9092",
            "comma-separated bootstrap servers",
        );
        let prefix = env.text("KAFKA_PREFIX", "", "stands before every topic and consumer group");
        let partitions = env.number(
            "KAFKA_PARTITIONS",
            12,
            1..=1_024,
            "partitions of a topic when it is created",
        );
        let replication = env.number(
            "KAFKA_REPLICATION",
            1,
            1..=9,
            "replicas of a topic when it is created",
        );
        let mut security = Vec::new();
        let mut take = |property: &'static str, value: Option<String>| {
            if let Some(value) = value {
                security.push((property, value.into()));
            }
        };
        take(
            "security.protocol",
            env.optional(
                "KAFKA_SECURITY_PROTOCOL",
                "plaintext, ssl, sasl_plaintext or sasl_ssl",
            ),
        );
        take(
            "sasl.mechanism",
            env.optional("KAFKA_SASL_MECHANISM", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
        );
        take(
            "sasl.username",
            env.optional("KAFKA_SASL_USERNAME", "who we are to the brokers"),
        );
        take("sasl.password", env.optional("KAFKA_SASL_PASSWORD", "proves it"));
        take(
            "ssl.ca.location",
            env.optional("KAFKA_SSL_CA", "path of the brokers' CA certificate"),
        );
        Self {
            brokers,
            prefix,
            partitions,
            replication,
            compression: COMPRESSION,
            socket_timeout: SOCKET_TIMEOUT,
            security,
            complaints: Arc::default(),
        }
    }

    /// The given brokers and prefix, without security and replication.
    pub fn new(brokers: &str, prefix: &str, partitions: i32) -> Self {
        Self {
            brokers: brokers.to_owned(),
            prefix: prefix.to_owned(),
            partitions,
            replication: 1,
            compression: COMPRESSION,
            socket_timeout: SOCKET_TIMEOUT,
            security: Vec::new(),
            complaints: Arc::default(),
        }
    }

    /// The same cluster at another address.
    pub fn with_brokers(mut self, brokers: &str) -> Self {
        brokers.clone_into(&mut self.brokers);
        self
    }

    /// The same cluster, for producers that do not compress.
    pub fn uncompressed(mut self) -> Self {
        self.compression = "none";
        self
    }

    /// The same cluster, with another time that a broker may take to answer: two seconds or more.
    pub fn with_socket_timeout(mut self, socket_timeout: Duration) -> Self {
        self.socket_timeout = socket_timeout;
        self
    }

    /// When records that wait, and of which none is handled, are not a matter of a connection any more that is
    /// being replaced.
    pub fn stalled_after(&self) -> Duration {
        3 * self.socket_timeout
    }

    /// The bootstrap servers.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The name of a topic or a group under our prefix.
    pub fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The topic of results and lifecycle records, keyed by monitor.
    pub fn results_topic(&self) -> String {
        self.named("monitoring-results")
    }

    /// The compacted topic of the alerter's state.
    pub fn alert_state_topic(&self) -> String {
        self.named("alert-state")
    }

    /// The topic of what became of alerts, keyed by monitor.
    pub fn alert_events_topic(&self) -> String {
        self.named("alert-events")
    }

    /// The topic of records that could not be read.
    pub fn dead_letter_topic(&self) -> String {
        self.named("monitoring-results-dlq")
    }

    /// Partitions of a topic when it is created.
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// Who the cluster is: the first part of a record's place on the log.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn cluster_id(&self) -> Result<String, KafkaError> {
        let (config, listener) = (self.client(), self.listener());
        let ask = move || -> Result<String, KafkaError> {
            let consumer: BaseConsumer<Listener> = config.create_with_context(listener)?;
            consumer
                .client()
                .fetch_cluster_id(ADMIN_TIMEOUT)
                .ok_or(KafkaError::NoAnswer)
        };
        tokio::task::spawn_blocking(ask)
            .await
            .map_err(|_| KafkaError::Broken)?
    }

    /// Hears what a client complains of.
    fn listener(&self) -> Listener {
        Listener(Arc::clone(&self.complaints))
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "uptime-monitor")
            .set("socket.keepalive.enable", "true")
            .set("socket.timeout.ms", self.socket_timeout.as_millis().to_string())
            .set(
                "socket.connection.setup.timeout.ms",
                self.socket_timeout.as_millis().to_string(),
            )
            .set("reconnect.backoff.max.ms", "2000")
            .set("topic.metadata.refresh.interval.ms", "30000");
        for (property, value) in &self.security {
            config.set(*property, value.expose_secret());
        }
        config
    }
}
