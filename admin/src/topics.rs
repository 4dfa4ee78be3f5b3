//! The topics of the log.

use shared::kafka;
use shared::shutdown::CancellationToken;

use crate::patience::Patience;
use crate::{AdminError, TopicSettings};

/// Makes the topics that are missing, as soon as the brokers can be reached.
///
/// # Errors
/// When the brokers cannot be reached in time, or keep refusing.
pub async fn create_topics(settings: TopicSettings, shutdown: CancellationToken) -> Result<(), AdminError> {
    let patience = Patience::new(settings.wait, shutdown);
    let create = || async {
        kafka::create_topics(&settings.kafka)
            .await
            .map_err(|error| error.to_string())
    };
    // A refusal passes too: a cluster that is starting has too few brokers for the replicas.
    patience.try_until("Kafka", create).await?;
    tracing::info!("the topics are there");
    Ok(())
}

/// Waits until every topic is there.
///
/// # Errors
/// When one is missing for too long.
pub async fn wait_topics(settings: TopicSettings, shutdown: CancellationToken) -> Result<(), AdminError> {
    let patience = Patience::new(settings.wait, shutdown);
    for topic in settings.kafka.topics() {
        let look = || async {
            settings
                .kafka
                .partition_count(&topic.name)
                .await
                .map_err(|error| error.to_string())
        };
        patience.try_until(&topic.name, look).await?;
    }
    tracing::info!("the topics are there");
    Ok(())
}
