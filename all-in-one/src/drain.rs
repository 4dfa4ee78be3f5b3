//! Stopping in order: what makes records first, then who reads them, each to the end of the log.

use std::time::Duration;

use shared::kafka::KafkaSettings;
use shared::service::BoxError;
use shared::shutdown::within;

use crate::running::Running;

/// How long a group may take to reach the end of the log.
const CATCH_UP: Duration = Duration::from_secs(8);

/// How long one service may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// The running services.
pub(crate) struct Services {
    pub(crate) gateway: Running,
    pub(crate) pingers: Running,
    pub(crate) alerter: Running,
    pub(crate) processor: Running,
    pub(crate) user_service: Running,
}

impl Services {
    /// Waits for the first service that ends without having been told to.
    pub(crate) async fn first_to_end(&mut self) -> Result<(), BoxError> {
        let (name, ended) = tokio::select! {
            ended = self.gateway.ended() => ("gateway", ended),
            ended = self.pingers.ended() => ("pinger", ended),
            ended = self.alerter.ended() => ("alerter", ended),
            ended = self.processor.ended() => ("processor", ended),
            ended = self.user_service.ended() => ("user-service", ended),
        };
        ended.and_then(|()| Err(format!("{name} ended by itself").into()))
    }
}

/// Stops everything. `orderly` waits for the readers of the log in between; after a failure there may be
/// nobody to wait for.
pub(crate) async fn drain(services: Services, kafka: &KafkaSettings, orderly: bool) -> Result<(), BoxError> {
    let Services {
        gateway,
        pingers,
        alerter,
        processor,
        user_service,
    } = services;
    let (gateway, pingers) = tokio::join!(stop(gateway), stop(pingers));
    let results = [kafka.results_topic()];
    if orderly {
        tokio::join!(
            caught_up(kafka, processor::RESULTS_GROUP, &results),
            caught_up(kafka, alerter::RESULTS_GROUP, &results)
        );
    }
    let alerter = stop(alerter).await;
    if orderly {
        let alert_events = [kafka.alert_events_topic()];
        caught_up(kafka, processor::ALERT_EVENTS_GROUP, &alert_events).await;
    }
    let processor = stop(processor).await;
    let user_service = stop(user_service).await;
    [gateway, pingers, alerter, processor, user_service]
        .into_iter()
        .collect()
}

async fn stop(mut service: Running) -> Result<(), BoxError> {
    service.stop.cancel();
    if service.task.is_finished() {
        return Ok(());
    }
    tracing::info!(service = service.name, "stopping");
    match tokio::time::timeout(STOP, service.ended()).await {
        Ok(ended) => ended,
        Err(_) => {
            service.task.abort();
            Err(format!("{} did not stop in time", service.name).into())
        }
    }
}

/// Waits until the group has done everything that is on the topics.
async fn caught_up(kafka: &KafkaSettings, group: &str, topics: &[String]) {
    let wait = async {
        // An error is a broker that is away; what it holds is read after the next start.
        while !matches!(kafka.group_lag(group, topics).await, Ok(0) | Err(_)) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    within(CATCH_UP, "the log", wait).await;
}
