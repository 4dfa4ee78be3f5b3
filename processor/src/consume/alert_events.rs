//! The steps of alerts, from their topic into the database.

use std::sync::Arc;
use std::time::Duration;

use domain::alert_event::AlertEvent;
use intake::{DeadLetter, Effect, Limits, Reason, Received, Rejection};
use shared::kafka::Message;
use shared::retry::Interrupted;

use super::DatabaseRetry;
use crate::metrics;
use crate::store::{Directory, Store, StoreError};

/// Steps in one statement, at most.
const BATCH: usize = 500;
const LINGER: Duration = Duration::from_millis(20);

/// Stores steps of alerts.
#[derive(Debug)]
pub(crate) struct AlertEvents {
    pub(crate) store: Arc<Store>,
    pub(crate) directory: Directory,
    pub(crate) database: DatabaseRetry,
}

impl Effect<AlertEvent> for AlertEvents {
    async fn apply(&mut self, records: Vec<Received<AlertEvent>>) -> Result<Vec<DeadLetter>, Interrupted> {
        // No table of monitors has those of drills.
        let named = records.iter().map(|received| received.record.monitor_id);
        let named = named.filter(|monitor| monitor.drill().is_none());
        self.database.look_up(&mut self.directory, named).await?;
        let (ours, theirs): (Vec<_>, Vec<_>) = records.into_iter().partition(|received| {
            let owner = self.directory.owner(received.record.monitor_id);
            // Of a monitor that was purged, or is a drill's, its steps are all that is known.
            owner.is_none_or(|owner| owner == received.record.org_id)
        });
        let mut rejected: Vec<DeadLetter> = theirs
            .into_iter()
            .map(|Received { message, record }| {
                let detail = format!("monitor {} is not theirs", record.monitor_id);
                let rejection = Rejection::new(Reason::OrgMismatch, detail);
                DeadLetter { message, rejection }
            })
            .collect();
        let (messages, events): (Vec<Message>, Vec<AlertEvent>) = ours
            .into_iter()
            .map(|received| (received.message, received.record))
            .unzip();
        if let Err(error) = self.store(&events).await? {
            tracing::warn!(%error, "looking for the alert event that is refused");
            for (message, event) in messages.into_iter().zip(&events) {
                if let Err(error) = self.store(std::slice::from_ref(event)).await? {
                    let rejection = Rejection::new(Reason::RejectedByDatabase, error.to_string());
                    rejected.push(DeadLetter { message, rejection });
                }
            }
        }
        Ok(rejected)
    }
}

impl AlertEvents {
    /// How much is stored at once.
    pub(crate) const LIMITS: Limits = Limits {
        max: BATCH,
        linger: LINGER,
    };

    /// Tries until the database answers; the inner error is that it refuses.
    async fn store(&self, events: &[AlertEvent]) -> Result<Result<(), StoreError>, Interrupted> {
        let stored = self
            .database
            .store(|| self.store.apply_alert_events(events))
            .await?;
        Ok(stored.map(metrics::alert_events))
    }
}
