//! Making the topics. They are made once, with their partitions, and never grow in place: the partition of
//! a key would change.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use super::complaints::Listener;
use super::{ADMIN_TIMEOUT, KafkaError, KafkaSettings};

/// A topic and how it is kept.
#[derive(Clone, Debug)]
pub struct TopicSpec {
    /// Its full name.
    pub name: String,
    /// Its configuration.
    pub config: &'static [(&'static str, &'static str)],
}

impl KafkaSettings {
    /// Every topic of the product.
    pub fn topics(&self) -> [TopicSpec; 4] {
        [
            TopicSpec {
                name: self.results_topic(),
                config: &[
                    ("retention.ms", "604800000"),
                    ("message.timestamp.type", "LogAppendTime"),
                ],
            },
            TopicSpec {
                name: self.alert_state_topic(),
                config: &[
                    ("cleanup.policy", "compact"),
                    ("min.cleanable.dirty.ratio", "0.1"),
                    ("segment.ms", "3600000"),
                    ("max.message.bytes", "4194304"),
                ],
            },
            TopicSpec {
                name: self.alert_events_topic(),
                config: &[("retention.ms", "604800000")],
            },
            TopicSpec {
                name: self.dead_letter_topic(),
                // Room for a record of the largest size together with the headers that tell its origin.
                config: &[("retention.ms", "2592000000"), ("max.message.bytes", "2097152")],
            },
        ]
    }
}

/// Makes the topics that are missing. One that exists is left as it is.
///
/// # Errors
/// When the brokers do not answer or refuse.
pub async fn create_topics(settings: &KafkaSettings) -> Result<(), KafkaError> {
    let admin: AdminClient<Listener> = settings.client().create_with_context(settings.listener())?;
    let specs = settings.topics();
    let topics: Vec<NewTopic<'_>> = specs
        .iter()
        .map(|spec| {
            let replication = TopicReplication::Fixed(settings.replication);
            let topic = NewTopic::new(&spec.name, settings.partitions, replication);
            spec.config
                .iter()
                .fold(topic, |topic, &(name, value)| topic.set(name, value))
        })
        .collect();
    let options = AdminOptions::new()
        .operation_timeout(Some(ADMIN_TIMEOUT))
        .request_timeout(Some(ADMIN_TIMEOUT));
    for created in admin.create_topics(&topics, &options).await? {
        match created {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => return Err(KafkaError::Topic(name, code.to_string())),
        }
    }
    Ok(())
}
