//! The uptime of the monitors that have series.

use std::sync::Arc;
use std::time::Duration;

use shared::shutdown::CancellationToken;

use super::Export;
use crate::store::Store;

/// How often it is read anew.
const EVERY: Duration = Duration::from_secs(60);

/// Soon enough for what was added since the last time.
const FIRST_AFTER: Duration = Duration::from_secs(5);

/// Keeps the uptime of the exported monitors current, until `shutdown`. A query that fails leaves the former
/// values.
pub(crate) async fn keep_uptime(export: Export, store: Arc<Store>, shutdown: CancellationToken) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + FIRST_AFTER, EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let monitors = export.monitors();
        if monitors.is_empty() {
            continue;
        }
        let read = tokio::select! {
            () = shutdown.cancelled() => return,
            read = store.uptime_of_a_day(&monitors) => read,
        };
        match read {
            Ok(shares) => export.set_uptime(&shares),
            Err(error) => tracing::debug!(%error, "the uptime of monitors was not read"),
        }
    }
}
