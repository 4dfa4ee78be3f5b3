//! Publishes the changes of a batch to Redis. An unavailable Redis delays nothing.

use super::stale::Stale;
use super::writer::LiveWriter;
use crate::batch::LiveUpdate;
use crate::metrics;

/// Writes to Redis, and remembers what could not be written.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    writer: LiveWriter,
    stale: Stale,
}

impl Publisher {
    pub(crate) fn new(writer: LiveWriter, stale: Stale) -> Self {
        Self { writer, stale }
    }

    /// Publishes `updates`, or remembers to do so.
    pub(crate) async fn publish(&self, updates: &[LiveUpdate]) {
        let written = if self.writer.is_connected() {
            self.writer
                .write(updates)
                .await
                .map_err(|error| error.to_string())
        } else {
            Err("not connected".to_owned())
        };
        if let Err(error) = written {
            tracing::debug!(error, monitors = updates.len(), "not published, to be repaired");
            metrics::missed_by_redis(updates.len());
            self.stale.add(updates.iter().map(|update| update.monitor_id));
        }
    }
}
