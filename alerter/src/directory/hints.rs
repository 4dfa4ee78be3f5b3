//! Hints that channels have changed, by Redis pub/sub. A hint that is lost costs at most a minute.

use std::sync::Arc;

use domain::OrgId;
use fred::interfaces::{ClientLike, EventInterface, PubsubInterface};
use shared::redis::RedisSettings;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;

use super::Channels;

/// Listens until `stop` is cancelled; each of `changed` is notified of each hint.
pub(crate) async fn listen(
    redis: RedisSettings,
    channels: Channels,
    changed: [Arc<Notify>; 2],
    stop: CancellationToken,
) {
    let subscriber = match shared::redis::subscriber(&redis) {
        Ok(subscriber) => subscriber,
        Err(error) => {
            tracing::error!(%error, "no hints of changed channels");
            return;
        }
    };
    let mut hints = subscriber.message_rx();
    let topic = redis.keys().channels_changed();
    // The subscription is remembered, and made again at each connection.
    while let Err(error) = subscriber.subscribe(topic.clone()).await {
        tracing::debug!(%error, "not subscribed yet");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
        }
    }
    loop {
        let hint = tokio::select! {
            () = stop.cancelled() => break,
            hint = hints.recv() => hint,
        };
        use tokio::sync::broadcast::error::RecvError;
        match hint {
            Ok(message) => {
                let ids = message.value.into_string().unwrap_or_default();
                for org in ids.split(',').filter_map(|id| id.trim().parse().ok()) {
                    channels.changed(OrgId(org));
                }
                changed.iter().for_each(|changed| changed.notify_one());
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    // An error is a connection that is gone already.
    let _ = subscriber.quit().await;
}
