//! Which documents have changed, as user-service tells it. What is not heard of is found out within seconds.

use std::sync::Arc;
use std::time::Duration;

use fred::interfaces::{ClientLike as _, EventInterface as _, PubsubInterface as _};
use shared::shutdown::CancellationToken;
use tokio::sync::broadcast::error::RecvError;

use crate::Edge;

/// How long to wait before the next attempt to listen.
const RETRY: Duration = Duration::from_secs(1);

/// Listens until `stopping`.
pub(crate) async fn follow(edge: Arc<Edge>, stopping: CancellationToken) {
    let Some(pages) = &edge.pages else { return };
    let subscriber = match shared::redis::subscriber(&edge.settings.redis) {
        Ok(subscriber) => subscriber,
        Err(error) => {
            tracing::error!(%error, "nothing is heard of changed status pages");
            return;
        }
    };
    let mut messages = subscriber.message_rx();
    let channel = edge.keys.status_pages_changed();
    // The subscription is remembered, and made again at each connection.
    while let Err(error) = subscriber.subscribe(channel.clone()).await {
        tracing::debug!(%error, "not subscribed yet");
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
    loop {
        let message = tokio::select! {
            () = stopping.cancelled() => break,
            message = messages.recv() => message,
        };
        match message {
            Ok(message) => {
                let slugs = message.value.into_string().unwrap_or_default();
                for slug in slugs.split(',') {
                    pages.documents.changed(slug.trim());
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    // An error is a connection that is gone already.
    let _ = subscriber.quit().await;
}
