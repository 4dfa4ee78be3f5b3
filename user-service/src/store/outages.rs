//! When a monitor was down.

use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::Timestamp;

use super::error::StoreError;
use super::monitor_row::MonitorRow;

/// The outages, of a monitor that was [found](super::monitors::find), that reach into a span; of one region, those that it had
/// found when they began, or that are of a time in which one region checked the monitor.
pub(crate) async fn outages(
    client: &impl GenericClient,
    monitor: &MonitorRow,
    region: Option<&str>,
    span: Range<Timestamp>,
) -> Result<Vec<Range<Timestamp>>, StoreError> {
    let statement = client.prepare_cached(OUTAGES).await?;
    let (start, end) = (span.start.to_datetime(), span.end.to_datetime());
    let rows = client
        .query(&statement, &[&monitor.id.0, &start, &end, &region])
        .await?;
    rows.iter()
        .map(|row| {
            let started: DateTime<Utc> = row.try_get(0)?;
            let resolved: Option<DateTime<Utc>> = row.try_get(1)?;
            Ok(started.into()..resolved.map_or(Timestamp::from_millis(i64::MAX), Timestamp::from))
        })
        .collect()
}

pub(crate) const OUTAGES: &str = "
    SELECT started_at, resolved_at FROM incidents
    WHERE monitor_id = $1 AND started_at < $3 AND coalesce(resolved_at > $2, true)
      AND ($4::text IS NULL OR regions IS NULL OR regions->'down' ? $4)";
