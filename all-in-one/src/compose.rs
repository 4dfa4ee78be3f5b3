//! Starting the services in the order of who needs whom, and running them until one ends or all are to stop.

use std::sync::Arc;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shared::kafka::{EmbeddedBroker, KafkaSettings};
use shared::service::BoxError;
use shared::shutdown::CancellationToken;
use user_service::Delivery;

use crate::drain::{Services, drain};
use crate::pingers;
use crate::running::start;
use crate::settings::Settings;

/// For whom the embedded log keeps records: topics and groups.
const READERS: [(&str, &str); 3] = [
    ("monitoring-results", processor::RESULTS_GROUP),
    ("monitoring-results", alerter::RESULTS_GROUP),
    ("alert-events", processor::ALERT_EVENTS_GROUP),
];

/// Runs the product until `shutdown` or until a service ends by itself.
pub(crate) async fn run(
    mut settings: Settings,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> Result<(), BoxError> {
    // Kept until the end: it stops when it is dropped.
    let (_broker, kafka) = broker(&settings).await?;
    let mut database = shared::postgres::connect(&settings.postgres.clone().patient()).await?;
    let applied = migrations::run(&mut database).await?;
    drop(database);
    if applied > 0 {
        tracing::info!(applied, "the schema is up to date");
    }
    for place in [
        &mut settings.user_service.kafka,
        &mut settings.processor.kafka,
        &mut settings.alerter.kafka,
        &mut settings.gateway.kafka,
    ] {
        *place = kafka.clone();
    }
    for pinger in &mut settings.pingers {
        pinger.kafka = kafka.clone();
    }

    let caught = match &settings.user_service.delivery {
        Delivery::Caught(caught) => Some(Arc::clone(caught)),
        _ => None,
    };
    // The gateway serves the metrics of this process. From every port they would be counted as often as there are services.
    let elsewhere = PrometheusBuilder::new().build_recorder().handle();
    let user_service = user_service::build(settings.user_service, elsewhere.clone()).await?;
    if let Some(caught) = caught {
        let mails = format!("{}{}", user_service.url(), caught.path());
        tracing::info!(
            mails,
            "no mail server is set (SMTP_URL): mails are not sent but shown there"
        );
    }
    for place in [
        &mut settings.alerter.user_service_url,
        &mut settings.gateway.user_service_url,
    ] {
        *place = user_service.url();
    }
    for pinger in &mut settings.pingers {
        pinger.user_service_url = user_service.url();
    }
    let processor = processor::build(settings.processor, elsewhere.clone()).await?;
    let alerter = alerter::build(settings.alerter, elsewhere.clone()).await?;
    let pingers = pingers::build(settings.pingers, &elsewhere).await?;
    settings.gateway.alerter_url = alerter.url();
    if let Some(first) = pingers.first() {
        settings.gateway.pinger_url = first.url();
    }
    let gateway = gateway::build(settings.gateway, metrics).await?;

    let mut services = Services {
        gateway: start("gateway", |stop| gateway.run(stop)),
        pingers: start("pinger", |stop| pingers::run(pingers, stop)),
        alerter: start("alerter", |stop| alerter.run(stop)),
        processor: start("processor", |stop| processor.run(stop)),
        user_service: start("user-service", |stop| user_service.run(stop)),
    };
    let ended_early = tokio::select! {
        () = shutdown.cancelled() => None,
        ended = services.first_to_end() => Some(ended),
    };
    let drained = drain(services, &kafka, ended_early.is_none()).await;
    ended_early.unwrap_or(drained)
}

async fn broker(settings: &Settings) -> Result<(Option<EmbeddedBroker>, KafkaSettings), BoxError> {
    let kafka = &settings.user_service.kafka;
    if let Some(log) = &settings.embedded_log {
        let folder = log.folder.clone();
        let broker = EmbeddedBroker::start(folder, "", log.max_bytes, &READERS)
            .map_err(|error| format!("{error} (EMBEDDED_LOG_DIR says where it is)"))?;
        let kafka = broker.settings();
        tracing::info!(brokers = kafka.brokers(), "Kafka is in this process");
        return Ok((Some(broker), kafka));
    }
    shared::kafka::create_topics(kafka).await?;
    Ok((None, kafka.clone()))
}
