//! The uptime of a few monitors, for their metrics.

use domain::MonitorId;

use super::{Store, StoreError};

const DAY: &str = "SELECT monitor_id,
         (100.0 * sum(up_ms + degraded_ms) / sum(up_ms + degraded_ms + down_ms))::float8
     FROM rollups_hourly
     WHERE monitor_id = ANY($1) AND hour > now() - interval '24 hours' AND hour <= now()
     GROUP BY monitor_id HAVING sum(up_ms + degraded_ms + down_ms) > 0";

impl Store {
    /// The percentage of the time that was checked within the last 24 hours (the current one and the 23
    /// before it) in which each of `monitors` answered. A monitor that was not checked is left out.
    pub(crate) async fn uptime_of_a_day(
        &self,
        monitors: &[MonitorId],
    ) -> Result<Vec<(MonitorId, f64)>, StoreError> {
        let ids: Vec<i64> = monitors.iter().map(|monitor| monitor.0).collect();
        let client = self.pool.get().await?;
        let select = client.prepare_cached(DAY).await?;
        let rows = client.query(&select, &[&ids]).await?;
        Ok(rows
            .iter()
            .map(|row| (MonitorId(row.get(0)), row.get(1)))
            .collect())
    }
}
