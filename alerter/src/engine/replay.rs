//! The engine's way with records, without Kafka around it: for measuring.

use shared::kafka::Message;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;

use super::partition::{Partition, Place};
use crate::directory::Channels;
use crate::metrics::BatchCounts;
use crate::settings::Settings;

/// One partition, as the engine holds it.
pub struct Replay {
    partition: Partition,
    channels: Channels,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").finish_non_exhaustive()
    }
}

impl Replay {
    /// An empty partition.
    pub fn new(settings: &Settings) -> Self {
        let stop = CancellationToken::new();
        let (updates, _) = mpsc::channel(1);
        let channels = Channels::new(
            &settings.user_service_url,
            &settings.internal_keys,
            updates,
            stop.clone(),
        );
        let place = Place {
            number: 0,
            count: None,
        };
        Self {
            partition: Partition::new(place, 0, settings.backlog_after, stop),
            channels,
        }
    }

    /// Decodes and folds records, and answers how many writes they ask for. Call it in a tokio runtime.
    pub fn take(&mut self, batch: &[Message]) -> usize {
        let now = shared::now();
        let mut counts = BatchCounts::default();
        for message in batch {
            self.partition
                .take(message, "bench", now, &self.channels, &mut counts);
        }
        self.partition.writes(&self.channels).len()
    }
}
