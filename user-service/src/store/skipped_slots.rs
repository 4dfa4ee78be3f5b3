//! Rows of `skipped_slots`.

use chrono::{DateTime, Utc};
use domain::MonitorId;
use domain::record::SkipReason;
use tokio_postgres::Row;

use crate::rules::skipped_slots::SkippedSlots;

/// The columns that [`read`] reads.
pub(crate) const COLUMNS: &str = "monitor_id, first_slot, last_slot, interval_ms, reason, region";

pub(crate) fn read(row: &Row) -> Result<SkippedSlots, tokio_postgres::Error> {
    Ok(SkippedSlots {
        monitor_id: MonitorId(row.try_get("monitor_id")?),
        first: row.try_get::<_, DateTime<Utc>>("first_slot")?.into(),
        last: row.try_get::<_, DateTime<Utc>>("last_slot")?.into(),
        interval_ms: row.try_get::<_, i32>("interval_ms")?.into(),
        reason: SkipReason::named(row.try_get("reason")?),
        region: row.try_get("region")?,
    })
}
