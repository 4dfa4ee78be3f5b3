//! The counts in the dashboard's header.

use api::Summary;
use deadpool_postgres::GenericClient;
use domain::Timestamp;

use super::Scope;
use super::error::StoreError;
use super::monitor_status::EFFECTIVE_STATE;

/// The counts of an organisation; `since` is an hour ago.
pub(crate) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    since: Timestamp,
) -> Result<Summary, StoreError> {
    let row = client
        .query_one(&sql(), &[scope.org_id(), &since.to_datetime()])
        .await?;
    Ok(Summary {
        up: row.try_get("up")?,
        degraded: row.try_get("degraded")?,
        down: row.try_get("down")?,
        pending: row.try_get("pending")?,
        paused: row.try_get("paused")?,
        open_incidents: row.try_get("open_incidents")?,
        checks_last_hour: row.try_get("checks_last_hour")?,
    })
}

pub(crate) fn sql() -> String {
    // The results are counted monitor by monitor, because only their key is indexed.
    format!(
        "WITH mine AS (
             SELECT m.id, {EFFECTIVE_STATE} AS state
             FROM monitors m LEFT JOIN monitor_states s ON s.monitor_id = m.id
             WHERE m.org_id = $1 AND m.deleted_at IS NULL
         )
         SELECT count(*) FILTER (WHERE state = 'up') AS up,
                count(*) FILTER (WHERE state = 'degraded') AS degraded,
                count(*) FILTER (WHERE state = 'down') AS down,
                count(*) FILTER (WHERE state = 'pending') AS pending,
                count(*) FILTER (WHERE state = 'paused') AS paused,
                (SELECT count(*) FROM incidents WHERE org_id = $1 AND resolved_at IS NULL) AS open_incidents,
                (SELECT coalesce(sum(hour.checks), 0)::bigint FROM mine CROSS JOIN LATERAL (
                     SELECT count(*) AS checks FROM check_results r
                     WHERE r.monitor_id = mine.id AND r.scheduled_at > $2
                 ) AS hour) AS checks_last_hour
         FROM mine"
    )
}
