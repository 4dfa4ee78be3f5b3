use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use crate::store::jobs::tests::database;
use crate::store::partitions::{Partitions, day_of};

/// Tables that name a monitor and are not ours.
const OTHERS: [&str; 10] = [
    "components",
    "drill_schedules",
    "drills",
    "erased_monitors",
    "heartbeats",
    "monitor_dependencies",
    "monitor_tags",
    "monitor_versions",
    "outbox",
    "past_rows",
];

#[tokio::test]
async fn nothing_is_left_of_monitors_that_are_erased_and_everything_of_others() {
    let (jobs, client) = database().await;
    let days: BTreeSet<NaiveDate> = [day_of(shared::now()) - Days::new(2), day_of(shared::now())].into();
    Partitions::default().ensure(&jobs.pool, &days).await.unwrap();
    assert!(!jobs.is_erasing_due().await.unwrap());
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('erased'), ('other');
             INSERT INTO organisation_deletions (org_id, requested_by, due_at, erasing_since)
                 VALUES (1, 1, now(), now());
             INSERT INTO erased_monitors (monitor_id, org_id) VALUES (7, 1), (9, 1);",
        )
        .await
        .unwrap();
    for (monitor, org) in [(7_i64, 1), (8, 2)] {
        client
            .batch_execute(&format!(
                "INSERT INTO check_results
                     SELECT {monitor}, at, 1, 60000, 0, 5, 0, 200, 1, 'eu' FROM (VALUES (now()), (now() - interval '2 days')) v (at);
                 INSERT INTO check_errors SELECT {monitor}, now(), 'eu', 'timeout', 'late';
                 INSERT INTO skipped_slots SELECT {monitor}, now(), now(), 60000, 1, 'standstill', 'eu';
                 INSERT INTO rollups_hourly (monitor_id, hour)
                     SELECT {monitor}, at FROM (VALUES (now()), (now() - interval '300 days')) v (at);
                 INSERT INTO rollups_daily VALUES ({monitor}, now(), 1, 0, 0, 0, 1, 0, 0, 0, 0, NULL, NULL, '{{}}', '{{}}');
                 INSERT INTO rollup_days_due VALUES (now(), {monitor});
                 INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method)
                     SELECT {org}, {monitor}, gen_random_uuid(), n, now() - n * interval '2 days', 'success', 'http', 'GET'
                     FROM generate_series(1, 3) AS n;
                 INSERT INTO heartbeat_spans VALUES ({monitor}, now(), 'up');
                 INSERT INTO monitor_revisions VALUES ({monitor}, 2, now());
                 INSERT INTO monitor_quorums VALUES ({monitor}, 2, '{{}}', now(), 60000);
                 INSERT INTO rollups_hourly_by_region (monitor_id, hour, region)
                     SELECT {monitor}, at, region FROM (VALUES (now(), 'eu'), (now(), 'us'), (now() - interval '300 days', 'eu'))
                         v (at, region);
                 INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES ({monitor}, {org}, '{{}}', 'up');
                 INSERT INTO state_checkpoints VALUES (now(), {monitor}, {org}, '{{}}');
                 INSERT INTO incidents (id, monitor_id, org_id, revision, started_at)
                     VALUES (gen_random_uuid(), {monitor}, {org}, 1, now());
                 INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
                     VALUES (gen_random_uuid(), 'down', 1, 'sent', 1, now(), {org}, {monitor}, '{{}}');"
            ))
            .await
            .unwrap();
    }
    let tables = "SELECT c.table_name::text FROM information_schema.columns c
                  JOIN information_schema.tables t USING (table_schema, table_name)
                  WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                    AND c.column_name = 'monitor_id' AND NOT c.table_name ~ '^check_(results|errors)_' ORDER BY 1";
    let tables = client.query(tables, &[]).await.unwrap();
    let tables: Vec<String> = tables
        .iter()
        .map(|row| row.get(0))
        .filter(|table: &String| !OTHERS.contains(&table.as_str()))
        .collect();
    let mut count = BTreeMap::new();
    for table in &tables {
        for monitor in [7_i64, 8] {
            let sql = format!("SELECT count(*) FROM {table} WHERE monitor_id = $1");
            let rows: i64 = client.query_one(&sql, &[&monitor]).await.unwrap().get(0);
            assert!(rows > 0, "this test has to fill {table}");
            count.insert((table.clone(), monitor), rows);
        }
    }
    assert!(jobs.is_erasing_due().await.unwrap());
    assert!(jobs.erase(false).await.unwrap());
    assert!(jobs.erase(true).await.unwrap(), "again, without harm");
    for ((table, monitor), before) in count {
        let sql = format!("SELECT count(*) FROM {table} WHERE monitor_id = $1");
        let rows: i64 = client.query_one(&sql, &[&monitor]).await.unwrap().get(0);
        assert_eq!(
            rows,
            if monitor == 7 { 0 } else { before },
            "{table} of {monitor}"
        );
    }
    client
        .batch_execute("DELETE FROM organisations WHERE id = 1")
        .await
        .unwrap();
    assert!(!jobs.is_erasing_due().await.unwrap());
}

#[tokio::test]
async fn alerts_go_with_their_organisation_although_nobody_names_their_monitor() {
    let (jobs, client) = database().await;
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('erased'), ('other');
             INSERT INTO organisation_deletions (org_id, requested_by, due_at, erasing_since)
                 VALUES (1, 1, now(), now()), (2, 1, now(), NULL);
             INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
                 SELECT gen_random_uuid(), 'degraded', 1, 'sent', 1, now(), org, monitor, '{}'
                 FROM (VALUES (1, 7), (1, -7), (2, 7)) v (org, monitor);",
        )
        .await
        .unwrap();
    assert!(jobs.is_erasing_due().await.unwrap());
    assert!(jobs.erase(false).await.unwrap());
    let left = client
        .query("SELECT org_id FROM alert_events", &[])
        .await
        .unwrap();
    let left: Vec<i64> = left.iter().map(|row| row.get(0)).collect();
    assert_eq!(left, [2]);
    assert!(!jobs.is_erasing_due().await.unwrap());
}

#[tokio::test]
async fn alerts_of_drills_go_with_the_monitor_whose_outage_was_rehearsed() {
    let (jobs, client) = database().await;
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('stays');
             INSERT INTO erased_monitors (monitor_id, org_id) VALUES (7, 1), (-3, 1);
             INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
                 SELECT gen_random_uuid(), 'down', 1, 'sent', 1, now(), 1, monitor, '{}'
                 FROM (VALUES (7), (8), (3), (-3), (-4), (-7)) v (monitor);",
        )
        .await
        .unwrap();
    assert!(jobs.erase(true).await.unwrap());
    let left = "SELECT monitor_id FROM alert_events ORDER BY 1";
    let left = client.query(left, &[]).await.unwrap();
    let left: Vec<i64> = left.iter().map(|row| row.get(0)).collect();
    assert_eq!(left, [-7, -4, 3, 8]);
}

#[tokio::test]
async fn history_of_a_monitor_that_was_deleted_goes_once_it_is_named() {
    let (jobs, client) = database().await;
    client
        .batch_execute(
            "INSERT INTO organisations (name) VALUES ('stays');
             INSERT INTO erased_monitors (monitor_id, org_id) VALUES (7, 1);
             INSERT INTO rollups_daily VALUES (7, now(), 1, 0, 0, 0, 1, 0, 0, 0, 0, NULL, NULL, '{}', '{}');",
        )
        .await
        .unwrap();
    assert!(!jobs.is_erasing_due().await.unwrap(), "nobody waits for it");
    let count = async || -> i64 {
        let rows = client.query_one("SELECT count(*) FROM rollups_daily", &[]).await;
        rows.unwrap().get(0)
    };
    assert!(jobs.erase(false).await.unwrap());
    assert_eq!(count().await, 1);
    assert!(jobs.erase(true).await.unwrap());
    assert_eq!(count().await, 0);
}
