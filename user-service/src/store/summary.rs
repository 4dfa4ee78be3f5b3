//! The counts in the dashboard's header.

use api::Summary;
use deadpool_postgres::GenericClient;
use domain::Timestamp;

use super::Scope;
use super::error::StoreError;
use super::monitor_status::EFFECTIVE_STATE;
use super::scope::sees;

/// The counts of what is seen of an organisation; `since` is an hour ago.
pub(crate) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    since: Timestamp,
) -> Result<Summary, StoreError> {
    let row = client
        .query_one(&sql(), &[scope.org_id(), &since.to_datetime(), &scope.who()])
        .await?;
    Ok(Summary {
        up: row.try_get("up")?,
        degraded: row.try_get("degraded")?,
        down: row.try_get("down")?,
        pending: row.try_get("pending")?,
        paused: row.try_get("paused")?,
        open_incidents: row.try_get("open_incidents")?,
        checks_last_hour: row.try_get("checks_last_hour")?,
        not_known: None,
        as_of: None,
    })
}

pub(crate) fn sql() -> String {
    // Of the hour in which the last sixty minutes begin, its share counts: two numbers of a monitor, and not each of
    // its results.
    format!(
        "WITH mine AS (
             SELECT m.id, {EFFECTIVE_STATE} AS state
             FROM monitors m LEFT JOIN monitor_states s ON s.monitor_id = m.id
             WHERE m.org_id = $1 AND m.deleted_at IS NULL AND {}
         )
         SELECT count(*) FILTER (WHERE state = 'up') AS up,
                count(*) FILTER (WHERE state = 'degraded') AS degraded,
                count(*) FILTER (WHERE state = 'down') AS down,
                count(*) FILTER (WHERE state = 'pending') AS pending,
                count(*) FILTER (WHERE state = 'paused') AS paused,
                (SELECT count(*) FROM incidents i
                 WHERE i.org_id = $1 AND i.resolved_at IS NULL AND {}) AS open_incidents,
                (SELECT coalesce(round(sum(
                     (r.up + r.degraded + r.down)
                     * least(1, extract(epoch FROM r.hour + interval '1 hour' - $2::timestamptz) / 3600)
                 )), 0)::bigint
                 FROM mine JOIN rollups_hourly r ON r.monitor_id = mine.id
                 WHERE r.hour >= date_trunc('hour', $2::timestamptz, 'UTC')) AS checks_last_hour
         FROM mine",
        sees("m.id", 1, 3),
        sees("i.monitor_id", 1, 3),
    )
}

#[cfg(test)]
mod tests {
    use domain::OrgId;
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn checks_of_the_hour_in_which_the_window_begins_count_by_its_share() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let pool = shared::postgres::pool(&settings).unwrap();
        let client = pool.get().await.unwrap();
        let sql = "INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
                   INSERT INTO monitors (org_id, name, spec) VALUES (1, 'a', '{}'), (1, 'b', '{}'), (2, 'c', '{}');
                   INSERT INTO rollups_hourly (monitor_id, hour, up, degraded, down) VALUES
                       (1, '2026-11-21T09:00:00Z', 1000, 0, 0),
                       (1, '2026-11-21T10:00:00Z', 30, 20, 10),
                       (2, '2026-11-21T10:00:00Z', 0, 0, 20),
                       (2, '2026-11-21T11:00:00Z', 7, 0, 0),
                       (3, '2026-11-21T11:00:00Z', 5000, 0, 0)";
        client.batch_execute(sql).await.unwrap();
        let since = "2026-11-21T10:15:00Z".parse().unwrap();
        let summary = read(&client, Scope::organisation(OrgId(1)), since).await.unwrap();
        assert_eq!(summary.checks_last_hour, 60 * 3 / 4 + 20 * 3 / 4 + 7);
        assert_eq!(summary.pending, 2);
    }
}
