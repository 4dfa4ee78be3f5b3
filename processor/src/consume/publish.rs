//! The last step: Redis, and then the offsets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::kafka::Consumer;
use tokio::sync::mpsc;

use super::Stored;
use crate::live::Publisher;
use crate::metrics;

/// Publishes what was stored, and stores the offsets of `topic`.
pub(crate) async fn publish(
    publisher: Publisher,
    consumer: Arc<Consumer>,
    topic: String,
    mut from: mpsc::Receiver<Stored>,
) {
    while let Some(stored) = from.recv().await {
        let began = Instant::now();
        for applied in &stored.applied {
            publisher.publish(&applied.live).await;
        }
        metrics::published(began.elapsed());
        if let Some(appended) = stored.appended {
            let millis = shared::now().millis_since(appended);
            metrics::visible_after(Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
        }
        for (partition, offset) in stored.done {
            consumer.store_offset(&topic, partition, offset);
        }
    }
}
