//! Erasing what is stored of monitors whose organisation is erased, or that were deleted long ago. user-service names them,
//! waits until nothing of an organisation is left, and keeps their names for as long as the log may have records of them:
//! what those bring back is erased again.

use shared::postgres::Connection;

use super::error::StoreError;
use super::fields::Fields as _;
use super::jobs::{Jobs, step_down};

/// Monitors that are erased together.
const BATCH: i64 = 200;

/// Alerts that are erased together.
const ALERTS: i64 = 5_000;

/// The number of the job, whose lock it takes.
const JOB: i32 = 6;

/// What has few rows of a monitor, so that those of a batch are deleted by one statement.
const SHORT: [&str; 9] = [
    "DELETE FROM heartbeat_spans WHERE monitor_id = ANY($1)",
    "DELETE FROM skipped_slots WHERE monitor_id = ANY($1)",
    "DELETE FROM rollups_daily WHERE monitor_id = ANY($1)",
    "DELETE FROM rollup_days_due WHERE monitor_id = ANY($1)",
    "DELETE FROM monitor_revisions WHERE monitor_id = ANY($1)",
    "DELETE FROM monitor_quorums WHERE monitor_id = ANY($1)",
    "DELETE FROM incidents WHERE monitor_id = ANY($1)",
    "DELETE FROM state_checkpoints WHERE monitor_id = ANY($1)",
    "DELETE FROM monitor_states WHERE monitor_id = ANY($1)",
];

/// What may have many rows of a monitor: they are deleted day by day.
const LONG: [(&str, &str); 5] = [
    ("pings", "arrived_at"),
    ("check_results", "scheduled_at"),
    ("check_errors", "scheduled_at"),
    ("rollups_hourly", "hour"),
    ("rollups_hourly_by_region", "hour"),
];

impl Jobs {
    /// Whether somebody waits for an organisation to be erased.
    pub(crate) async fn is_erasing_due(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (
            SELECT FROM organisation_deletions d WHERE erasing_since IS NOT NULL AND (
                EXISTS (SELECT FROM erased_monitors e WHERE e.org_id = d.org_id)
                OR EXISTS (SELECT FROM alert_events a WHERE a.org_id = d.org_id)))";
        Ok(self.pool.get().await?.query_one(sql, &[]).await?.get(0))
    }

    /// Erases what is stored of the organisations that are being erased, and of the monitors that user-service has named: of
    /// those of such organisations, or of `all`. What breaks off goes on the next time.
    pub(crate) async fn erase(&self, all: bool) -> Result<bool, StoreError> {
        let Some(leader) = self.lead(JOB).await? else {
            return Ok(false);
        };
        let (select, mut after) = (
            "SELECT monitor_id, org_id FROM erased_monitors e
             WHERE monitor_id > $1 AND ($3 OR EXISTS (
                 SELECT FROM organisation_deletions d WHERE d.org_id = e.org_id AND erasing_since IS NOT NULL))
             ORDER BY monitor_id LIMIT $2",
            i64::MIN,
        );
        loop {
            let (mut monitors, mut orgs) = (Vec::new(), Vec::new());
            for row in leader.query(select, &[&after, &BATCH, &all]).await? {
                monitors.push(row.field::<i64>(0)?);
                orgs.push(row.field::<i64>(1)?);
            }
            let Some(&last) = monitors.last() else { break };
            orgs.dedup();
            erase(&leader, &monitors, &orgs).await?;
            after = last;
        }
        erase_alerts(&leader).await?;
        step_down(leader).await
    }
}

async fn erase(leader: &Connection, monitors: &[i64], orgs: &[i64]) -> Result<(), StoreError> {
    for (table, column) in LONG {
        let first = format!("SELECT min({column}) FROM {table} WHERE monitor_id = $1");
        let delete = format!(
            "DELETE FROM {table} WHERE monitor_id = $1 AND {column} >= $2 AND {column} < $2 + interval '1 day'"
        );
        let (first, delete) = (leader.prepare(&first).await?, leader.prepare(&delete).await?);
        for monitor in monitors {
            while let Some(day) = leader
                .query_one(&first, &[monitor])
                .await?
                .field::<Option<chrono::DateTime<chrono::Utc>>>(0)?
            {
                leader.execute(&delete, &[monitor, &day]).await?;
            }
        }
    }
    // Found by the organisation.
    let alerts = "DELETE FROM alert_events WHERE org_id = ANY($2) AND monitor_id = ANY($1)";
    leader.execute(alerts, &[&monitors, &orgs]).await?;
    for delete in SHORT {
        leader.execute(delete, &[&monitors]).await?;
    }
    Ok(())
}

/// Erases the alerts of organisations that are being erased, also of monitors whose names are forgotten by now.
async fn erase_alerts(leader: &Connection) -> Result<(), StoreError> {
    let delete = "DELETE FROM alert_events WHERE ctid = ANY(ARRAY(
                      SELECT a.ctid FROM organisation_deletions d JOIN alert_events a USING (org_id)
                      WHERE d.erasing_since IS NOT NULL LIMIT $1))";
    while leader.execute(delete, &[&ALERTS]).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests;
