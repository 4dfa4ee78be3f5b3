//! The pingers of this process, one in each region that it checks from, as one service.

use metrics_exporter_prometheus::PrometheusHandle;
use shared::service::BoxError;
use shared::shutdown::CancellationToken;
use tokio::task::JoinSet;

/// Builds each of them.
pub(crate) async fn build(
    settings: Vec<pinger::Settings>,
    metrics: &PrometheusHandle,
) -> Result<Vec<pinger::Service>, BoxError> {
    let mut pingers = Vec::new();
    for settings in settings {
        if !settings.place.is_home() {
            tracing::info!(region = settings.place.region(), "checks from a further region");
        }
        pingers.push(pinger::build(settings, metrics.clone()).await?);
    }
    Ok(pingers)
}

/// Runs them until `stop`, or until one of them ends by itself, which ends the others.
pub(crate) async fn run(pingers: Vec<pinger::Service>, stop: CancellationToken) -> Result<(), BoxError> {
    let mut running = JoinSet::new();
    for pinger in pingers {
        running.spawn(pinger.run(stop.clone()));
    }
    let mut all = Ok(());
    while let Some(ended) = running.join_next().await {
        stop.cancel();
        let ended = match ended {
            Ok(ended) => ended.map_err(BoxError::from),
            Err(panic) => Err(BoxError::from(panic)),
        };
        all = all.and(ended);
    }
    all
}
