//! What is known of the hours of a monitor, to say what is usual.

use std::ops::Range;

use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::baseline::{HISTORY_MS, History};
use domain::maintenance::{maintenance_within, merged};

use super::error::StoreError;
use super::monitor_row::MonitorRow;
use super::outages::outages;
use super::series::hours_of;
use super::{Scope, maintenance_windows};
use crate::rules::baseline;

/// The hours by which it can be said what is usual in those of `range`, of a monitor that was
/// [found](super::monitors::find). It is the same whoever asks: all maintenance of the organisation counts.
pub(crate) async fn history(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    range: Range<Timestamp>,
) -> Result<History, StoreError> {
    let span = range.start.plus_millis(-HISTORY_MS)..range.end;
    // From the full hour on: what is usual in an hour may be known by the whole of one eight weeks before.
    let start = baseline::floor(span.start);
    let mut hours = hours_of(client, &[monitor.id], start, span.end).await?;
    let windows = maintenance_windows::all(client, Scope::organisation(monitor.org_id)).await?;
    let mut left_out = outages(client, monitor, None, start..span.end).await?;
    left_out.extend(maintenance_within(monitor.id, &windows, start..span.end));
    let hours = hours.remove(&monitor.id).unwrap_or_default();
    let interval_ms = monitor.spec.value().map_or(0, |spec| spec.interval_ms);
    let counted = baseline::Counted {
        left_out: &merged(left_out),
        interval_ms,
        since: monitor.probe_since.unwrap_or_default(),
    };
    Ok(counted.history(&hours))
}
