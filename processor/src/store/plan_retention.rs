//! Results of organisations whose plan keeps them for a shorter time than the installation does. They are deleted from
//! the partitions of days that are over, monitor by monitor.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use deadpool_postgres::{ClientWrapper, GenericClient};
use domain::MonitorId;

use super::error::StoreError;
use super::fields::{Fields as _, each};
use super::jobs::Retention;
use super::partitions;

/// Monitors whose results of a day are deleted in one statement: tens of thousands of rows, at the shortest interval.
const MONITORS: usize = 5;

/// Those of organisations that are not there any more go with their partitions.
const ORGANISATIONS: &str = "SELECT o.id, o.raw_retention_days, d.done_before
     FROM organisations o LEFT JOIN deleted_results d ON d.org_id = o.id
     WHERE o.raw_retention_days < $1";

/// Before anything goes, so that nobody counts what is left of a day.
const BEGIN: &str = "INSERT INTO deleted_results (org_id, begun_before) SELECT unnest($1::bigint[]), $2
     ON CONFLICT (org_id) DO UPDATE SET begun_before = greatest(deleted_results.begun_before, excluded.begun_before)";

const DONE: &str = "UPDATE deleted_results SET done_before = $2 WHERE org_id = ANY($1)";

const FORGET: &str =
    "DELETE FROM deleted_results d WHERE NOT EXISTS (SELECT FROM organisations o WHERE o.id = d.org_id)";

/// The days whose results are deleted of some organisations: those before the second, without those before the first.
type Span = (Option<NaiveDate>, NaiveDate);

/// Deletes what plans keep no longer. What a broken-off attempt has left is deleted by the next one.
pub(super) async fn apply(
    client: &ClientWrapper,
    today: NaiveDate,
    retention: Retention,
) -> Result<(), StoreError> {
    client.execute(FORGET, &[]).await?;
    let raw_days = i32::try_from(retention.raw_days).unwrap_or(i32::MAX);
    // A record may be read as late as the log keeps it, and tell of a slot that was as old then: without its row it would
    // be counted twice.
    let least = 2 * u64::from(retention.log_days) + 1;
    let mut organisations: BTreeMap<Span, Vec<i64>> = BTreeMap::new();
    let rows = client.query(ORGANISATIONS, &[&raw_days]).await?;
    for row in &rows {
        let days = u64::try_from(row.field::<i32>(1)?).unwrap_or_default().max(least);
        let (done, until) = (row.field::<Option<NaiveDate>>(2)?, today - Days::new(days));
        if done.is_none_or(|done| done < until) {
            organisations
                .entry((done, until))
                .or_default()
                .push(row.field(0)?);
        }
    }
    for ((done, until), ids) in organisations {
        client.execute(BEGIN, &[&ids, &until]).await?;
        let select = "SELECT id FROM monitors WHERE org_id = ANY($1) ORDER BY id";
        let monitors = client.query(select, &[&ids]).await?;
        let monitors: Vec<i64> = monitors
            .iter()
            .map(|row| row.field(0))
            .collect::<Result<_, _>>()?;
        let mut deleted = 0;
        for (table, day) in partitions::attached(client).await? {
            if day < until && done.is_none_or(|done| day >= done) {
                let delete = format!("DELETE FROM {table} WHERE monitor_id = ANY($1)");
                for some in monitors.chunks(MONITORS) {
                    deleted += client.execute(&delete, &[&some]).await?;
                }
            }
        }
        client.execute(DONE, &[&ids, &until]).await?;
        tracing::info!(organisations = ids.len(), rows = deleted, %until, "deleted by the retention of plans");
    }
    Ok(())
}

/// Those of some monitors of which all results of a day and of the day before are there, unless they were dropped with
/// everybody's.
pub(super) async fn whole(
    client: &impl GenericClient,
    monitors: &[MonitorId],
    day: NaiveDate,
) -> Result<Vec<i64>, StoreError> {
    let ids: Vec<i64> = monitors.iter().map(|monitor| monitor.0).collect();
    let gone = "SELECT m.id FROM monitors m JOIN deleted_results d ON d.org_id = m.org_id
         WHERE m.id = ANY($1) AND d.begun_before >= $2";
    let rows = client.query(gone, &[&ids, &day]).await?;
    let gone: Vec<i64> = each(&rows, "monitor", |row| row.field(0)).collect();
    Ok(ids.into_iter().filter(|id| !gone.contains(id)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use shared::postgres::PostgresSettings;
    use tokio_postgres::Client;

    use super::super::Store;
    use super::super::jobs::Jobs;
    use super::super::partitions::{Partitions, day_of};
    use super::*;

    const RETENTION: Retention = Retention {
        log_days: 7,
        raw_days: 30,
        hourly_days: 400,
    };

    /// How many days ago the results of a monitor were.
    async fn days(client: &Client, monitor: i64, table: &str) -> Vec<i32> {
        let sql = format!(
            "SELECT (now() AT TIME ZONE 'UTC')::date - (scheduled_at AT TIME ZONE 'UTC')::date
             FROM {table} WHERE monitor_id = $1 ORDER BY 1"
        );
        let rows = client.query(&sql, &[&monitor]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    #[tokio::test]
    async fn results_go_when_their_plan_says_so_and_the_log_has_forgotten_them() {
        let url = testkit::database().await;
        let settings = PostgresSettings::from_url(&url);
        let pool = shared::postgres::pool(&settings).unwrap();
        let client = testkit::connect(&url).await;
        let today = day_of(shared::now());
        let made: BTreeSet<NaiveDate> = (0..=28).map(|ago| today - Days::new(ago)).collect();
        Partitions::default().ensure(&pool, &made).await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name, raw_retention_days) VALUES ('a', 20), ('b', 2), ('c', NULL), ('d', 60);
                 INSERT INTO monitors (org_id, name, spec, deleted_at)
                     VALUES (1, 'm', '{}', NULL), (2, 'm', '{}', NULL), (3, 'm', '{}', NULL), (4, 'm', '{}', NULL),
                            (1, 'removed', '{}', now());
                 INSERT INTO check_results
                     SELECT m, (now() AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC' - n * interval '1 day', 1, 60000,
                            5, 80, 0, 200, 1, 'default'
                     FROM generate_series(1, 5) m, unnest(ARRAY[1, 14, 15, 16, 20, 21, 28]) n;
                 INSERT INTO check_errors SELECT monitor_id, scheduled_at, region, NULL, 'x' FROM check_results",
            )
            .await
            .unwrap();
        let jobs = Jobs::new(pool.clone(), settings, RETENTION);
        assert!(jobs.apply_retention().await.unwrap());
        let all = [1, 14, 15, 16, 20, 21, 28];
        for table in ["check_results", "check_errors"] {
            for monitor in [1, 5] {
                assert_eq!(days(&client, monitor, table).await, all[..5], "{table}");
            }
            assert_eq!(days(&client, 2, table).await, all[..3], "{table}");
            for monitor in [3, 4] {
                assert_eq!(days(&client, monitor, table).await, all, "{table}");
            }
        }
        // What is left of a day is not counted: its rollups would get smaller.
        let ids: Vec<MonitorId> = (1..=4).map(MonitorId).collect();
        let pooled = pool.get().await.unwrap();
        let whole_on = async |ago| whole(&pooled, &ids, today - Days::new(ago)).await.unwrap();
        assert_eq!(whole_on(20).await, [3, 4]);
        assert_eq!(whole_on(19).await, [1, 3, 4]);
        assert_eq!(whole_on(14).await, [1, 2, 3, 4]);
        client
            .batch_execute("INSERT INTO monitor_states (monitor_id, org_id, fold, state) SELECT id, org_id, '{}', 'up' FROM monitors;
                 INSERT INTO rollups_hourly (monitor_id, hour, up) SELECT monitor_id, scheduled_at, 1 FROM check_results WHERE monitor_id IN (3, 4);
                 INSERT INTO rollups_hourly (monitor_id, hour, up)
                     SELECT 1, (now() AT TIME ZONE 'UTC')::date::timestamp AT TIME ZONE 'UTC' - interval '21 days', 7")
            .await
            .unwrap();
        Store::new(pool.clone())
            .recount_day(today - Days::new(21))
            .await
            .unwrap();
        let kept = "SELECT up FROM rollups_hourly WHERE monitor_id = 1";
        assert_eq!(client.query_one(kept, &[]).await.unwrap().get::<_, i32>(0), 7);
        // A longer retention brings nothing back, and an organisation that is gone is forgotten.
        client
            .batch_execute("UPDATE organisations SET raw_retention_days = 60 WHERE id = 2; DELETE FROM monitors; DELETE FROM organisations WHERE id = 1")
            .await
            .unwrap();
        assert!(jobs.apply_retention().await.unwrap());
        let noted = client
            .query(
                "SELECT org_id, done_before = begun_before FROM deleted_results",
                &[],
            )
            .await
            .unwrap();
        let noted: Vec<(i64, bool)> = noted.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(noted, [(2, true)]);
    }
}
