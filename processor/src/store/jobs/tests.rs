use domain::histogram::Histogram;
use shared::postgres::PostgresSettings;
use shared::settings::Reader;
use tokio_postgres::Client;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// What the jobs and a test take for today is the same day: none of the tests lasts as long as it waits for the next
/// day here, when that is near.
async fn no_day_ends() {
    let left_ms = 86_400_000 - shared::now().as_millis().rem_euclid(86_400_000);
    if left_ms < 60_000 {
        tokio::time::sleep(Duration::from_millis(left_ms as u64 + 1)).await;
    }
}

pub(in crate::store) async fn database() -> (Jobs, Client) {
    let url = testkit::database().await;
    no_day_ends().await;
    let retention = Retention {
        log_days: 7,
        raw_days: 30,
        hourly_days: 400,
    };
    let settings = PostgresSettings::from_url(&url);
    let pool = shared::postgres::pool(&settings).unwrap();
    (Jobs::new(pool, settings, retention), testkit::connect(&url).await)
}

async fn partitions(client: &Client) -> Vec<String> {
    let select = "SELECT inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent IN ('check_results'::regclass, 'check_errors'::regclass) ORDER BY 1";
    client
        .query(select, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[tokio::test]
async fn partitions_are_made_ahead_and_dropped_behind() {
    let (jobs, client) = database().await;
    assert!(jobs.make_partitions().await.unwrap());
    assert!(jobs.make_partitions().await.unwrap(), "again, without harm");
    let ahead = partitions(&client).await;
    assert_eq!(ahead.len(), 8);
    let today = today();
    let old: BTreeSet<NaiveDate> = [
        today - Days::new(40),
        today - Days::new(31),
        today - Days::new(30),
    ]
    .into();
    Partitions::default().ensure(&jobs.pool, &old).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO rollups_hourly (monitor_id, hour) SELECT 1, now() - n * interval '1 day' FROM generate_series(399, 402) n;
             INSERT INTO rollups_hourly_by_region (monitor_id, hour, region)
                 SELECT 1, now() - n * interval '1 day', 'eu' FROM generate_series(399, 402) n;
             INSERT INTO monitor_quorums SELECT 1, n, '{}', now() - (500 - 40 * n) * interval '1 day', 60000
                 FROM generate_series(1, 4) n;
             INSERT INTO monitor_quorums VALUES (2, 7, '{}', now() - interval '900 days', 60000);
             INSERT INTO skipped_slots SELECT 1, now() - interval '401 days', now() - interval '401 days', 1, 1, '', ''",
        )
        .await
        .unwrap();
    assert!(jobs.is_retention_due().await.unwrap());
    assert!(jobs.apply_retention().await.unwrap());
    assert!(!jobs.is_retention_due().await.unwrap());
    assert!(jobs.apply_retention().await.unwrap());
    let kept = partitions(&client).await;
    assert_eq!(kept.len(), 10);
    assert!(kept.contains(&format!(
        "check_results_{}",
        (today - Days::new(30)).format("%Y%m%d")
    )));
    let left = client
        .query_one("SELECT count(*) FROM rollups_hourly", &[])
        .await
        .unwrap();
    assert!((1..=2).contains(&left.get::<_, i64>(0)));
    let left = client
        .query_one("SELECT count(*) FROM rollups_hourly_by_region", &[])
        .await
        .unwrap();
    assert!((1..=2).contains(&left.get::<_, i64>(0)));
    // The first one was over 420 days ago, the second one 380 days ago: of that there may be hours.
    let left = "SELECT monitor_id, revision FROM monitor_quorums ORDER BY 1, 2";
    let left = client.query(left, &[]).await.unwrap();
    let left: Vec<(i64, i32)> = left.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(left, [(1, 2), (1, 3), (1, 4), (2, 7)]);
    let left = client
        .query_one("SELECT count(*) FROM skipped_slots", &[])
        .await
        .unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_table_that_is_read_keeps_nothing_else_from_being_dropped() {
    let (jobs, client) = database().await;
    let day = today() - Days::new(40);
    let old: BTreeSet<NaiveDate> = [day, day + Days::new(1)].into();
    Partitions::default().ensure(&jobs.pool, &old).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO skipped_slots SELECT 1, now() - interval '401 days', now() - interval '401 days', 1, 1, '', ''",
        )
        .await
        .unwrap();
    let mut reader = jobs.pool.get().await.unwrap();
    // It outlasts every attempt, which take nearly as long as a connection of the pool may be idle.
    let idle = "SET idle_in_transaction_session_timeout = 0";
    reader.batch_execute(idle).await.unwrap();
    let tx = reader.transaction().await.unwrap();
    let name = format!("check_results_{}", day.format("%Y%m%d"));
    tx.batch_execute(&format!("SELECT FROM {name}")).await.unwrap();
    jobs.apply_retention().await.unwrap_err();
    assert_eq!(partitions(&client).await, [name]);
    let left = client
        .query_one("SELECT count(*) FROM skipped_slots", &[])
        .await
        .unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
    assert!(jobs.is_retention_due().await.unwrap(), "it is tried again");
    tx.rollback().await.unwrap();
    assert!(jobs.apply_retention().await.unwrap());
    assert!(partitions(&client).await.is_empty());
    assert!(!jobs.is_retention_due().await.unwrap());
    let earlier =
        "UPDATE processor_jobs SET done_until = done_until - interval '2 days' WHERE name = 'retention'";
    client.batch_execute(earlier).await.unwrap();
    assert!(jobs.is_retention_due().await.unwrap(), "every day");
}

#[tokio::test]
async fn states_go_after_their_monitor_and_the_log() {
    let (jobs, client) = database().await;
    Partitions::default()
        .ensure(&jobs.pool, &[today() - Days::new(2)].into())
        .await
        .unwrap();
    // The first is still there; what is on its way may tell of the second and third; the last two are gone.
    client
        .batch_execute(
            "INSERT INTO organisations (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Acme');
             INSERT INTO monitors (id, org_id, name, spec) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'one', '{}');
             INSERT INTO monitor_states (monitor_id, org_id, fold, state, last_slot, updated_at)
             SELECT id, 1, '{\"revision\": 1, \"activity\": \"active\"}', 'up',
                 CASE WHEN id < 5 THEN now() - interval '20 days' END,
                 now() - CASE WHEN id = 2 THEN 2 ELSE 20 END * interval '1 day'
             FROM generate_series(1, 5) id;
             INSERT INTO check_results SELECT 3, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '2 days',
                 1, 60000, 5, 80, 0, 200, 1, 'default'",
        )
        .await
        .unwrap();
    assert!(jobs.apply_retention().await.unwrap());
    let rows = client
        .query("SELECT monitor_id FROM monitor_states ORDER BY 1", &[])
        .await
        .unwrap();
    let left: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(left, [1, 2, 3]);
}

#[tokio::test]
async fn one_at_a_time_does_a_job() {
    let (jobs, _client) = database().await;
    let leader = jobs.lead(2).await.unwrap().expect("nobody else is there");
    assert!(!jobs.roll_days_up().await.unwrap());
    assert!(
        jobs.make_partitions().await.unwrap(),
        "another job is not kept from running"
    );
    drop(leader);
    testkit::eventually("the lock goes with its connection", PATIENCE, || async {
        jobs.roll_days_up().await.unwrap().then_some(())
    })
    .await;
}

#[tokio::test]
async fn days_are_the_sum_of_their_hours_also_after_they_change() {
    let (jobs, client) = database().await;
    let today = today();
    let first = today - Days::new(3);
    let insert = "INSERT INTO rollups_hourly (monitor_id, hour, up, down, skipped, up_ms, down_ms, latency_count,
             latency_sum_ms, latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
         SELECT monitor, $1::date::timestamp AT TIME ZONE 'UTC' + hour * interval '1 hour',
             60, 1, 2, 3600000, 60000, 60, 6000, 40 + hour, 200 - hour, ARRAY[10, 10 + hour + 1]::smallint[], ARRAY[20, 40]
         FROM generate_series(1, 3) monitor, generate_series(0, 83) hour";
    client.execute(insert, &[&first]).await.unwrap();
    assert!(jobs.roll_days_up().await.unwrap());
    let days = client
        .query("SELECT * FROM rollups_daily ORDER BY day, monitor_id", &[])
        .await
        .unwrap();
    assert!(
        (6..=9).contains(&days.len()),
        "the days that are over: {}",
        days.len()
    );
    let (day, expected) = (&days[0], 24);
    assert_eq!(day.get::<_, NaiveDate>("day"), first);
    assert_eq!(day.get::<_, i32>("up"), 60 * expected);
    assert_eq!(day.get::<_, i64>("down_ms"), 60_000 * i64::from(expected));
    assert_eq!(
        (
            day.get::<_, i32>("latency_min_ms"),
            day.get::<_, i32>("latency_max_ms")
        ),
        (40, 200)
    );
    let histogram = Histogram::from_parts(
        &day.get::<_, Vec<i16>>("latency_buckets"),
        &day.get::<_, Vec<i32>>("latency_counts"),
    );
    assert_eq!(histogram.count(), 60 * 24);
    assert_eq!(histogram.to_parts().0, (10..=34).collect::<Vec<i16>>());

    // A late result changes an hour of a day that is over already.
    client
        .execute("UPDATE rollups_hourly SET up = up + 1 WHERE monitor_id = 2 AND hour = $1::date::timestamp AT TIME ZONE 'UTC'", &[&first])
        .await
        .unwrap();
    client
        .execute("INSERT INTO rollup_days_due VALUES ($1, 2)", &[&first])
        .await
        .unwrap();
    assert!(jobs.roll_days_up().await.unwrap());
    let up = "SELECT up FROM rollups_daily WHERE day = $1 ORDER BY monitor_id";
    let up: Vec<i32> = client
        .query(up, &[&first])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(up, [1_440, 1_441, 1_440]);
    let due = client
        .query_one("SELECT count(*) FROM rollup_days_due", &[])
        .await
        .unwrap();
    assert_eq!(due.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn the_indexes_of_days_that_are_over_are_packed_once() {
    let (jobs, client) = database().await;
    let today = today();
    let days: BTreeSet<NaiveDate> = [today - Days::new(3), today - Days::new(2), today].into();
    Partitions::default().ensure(&jobs.pool, &days).await.unwrap();
    // As batches do that catch up: a few results of each monitor at a time.
    for batch in 0..30 {
        client
            .execute(
                "INSERT INTO check_results SELECT monitor, $1::date::timestamp AT TIME ZONE 'UTC' + slot * interval '1 minute',
                     1, 60000, 5, 80, 0, 200, 1, 'default'
                 FROM generate_series(1, 400) monitor, generate_series($2::int * 5 + 1, $2::int * 5 + 5) slot",
                &[&(today - Days::new(2)), &batch],
            )
            .await
            .unwrap();
    }
    let size = || async {
        let name = format!("check_results_{}", (today - Days::new(2)).format("%Y%m%d"));
        let select = "SELECT pg_indexes_size($1::text::regclass), pg_table_size($1::text::regclass)";
        let row = client.query_one(select, &[&name]).await.unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    let before = size().await;
    assert!(jobs.pack_days().await.unwrap());
    let after = size().await;
    assert!(after.0 * 4 < before.0 * 3, "{before:?} {after:?}");
    assert!((after.0 + after.1) / 60_000 <= 130, "bytes per result: {after:?}");
    let done = "SELECT done_until > now() - interval '2 days' FROM processor_jobs WHERE name = 'pack'";
    assert!(client.query_one(done, &[]).await.unwrap().get::<_, bool>(0));
    assert!(jobs.pack_days().await.unwrap());
}

#[tokio::test]
async fn packing_is_patient_and_what_it_left_behind_when_it_broke_off_goes() {
    let url = testkit::database().await;
    let client = testkit::connect(&url).await;
    let mut env = Reader::from_values([
        ("DATABASE_URL", url.as_str()),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "300"),
    ]);
    let settings = PostgresSettings::read(&mut env);
    let pool = shared::postgres::pool(&settings).unwrap();
    let retention = Retention {
        log_days: 7,
        raw_days: 30,
        hourly_days: 400,
    };
    let jobs = Jobs::new(pool, settings, retention);
    let day = today() - Days::new(2);
    let days: BTreeSet<NaiveDate> = [day - Days::new(1), day].into();
    let unhurried = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    Partitions::default().ensure(&unhurried, &days).await.unwrap();
    let name = format!("check_results_{}", day.format("%Y%m%d"));
    let lock = format!("BEGIN; LOCK TABLE {name} IN ROW EXCLUSIVE MODE");
    client.batch_execute(&lock).await.unwrap();
    let onlooker = testkit::connect(&url).await;
    let cancel = async {
        let waiting = || async {
            let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND state = 'active' AND query LIKE 'REINDEX%' || $1
                     AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '900 milliseconds'";
            onlooker.query_opt(cancel, &[&name]).await.unwrap().map(drop)
        };
        testkit::eventually("it waits for a writer", PATIENCE, waiting).await;
    };
    let (packed, ()) = tokio::join!(jobs.pack_days(), cancel);
    packed.unwrap_err();
    let done = "SELECT (done_until AT TIME ZONE 'UTC')::date FROM processor_jobs WHERE name = 'pack'";
    let done: NaiveDate = client.query_one(done, &[]).await.unwrap().get(0);
    assert_eq!(done, day, "the day before is not packed again");
    let broken = || async {
        let select = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        onlooker.query_one(select, &[]).await.unwrap().get::<_, i64>(0)
    };
    assert_eq!(
        broken().await,
        2,
        "its own, and that of the table behind it for long values"
    );
    client.batch_execute("ROLLBACK").await.unwrap();
    testkit::eventually("the lock is free", PATIENCE, || async {
        jobs.pack_days().await.unwrap().then_some(())
    })
    .await;
    assert_eq!(broken().await, 0);
}

#[tokio::test]
async fn states_are_kept_once_a_day_and_for_a_week() {
    let (jobs, client) = database().await;
    client
        .batch_execute(
            "INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES (1, 1, '{\"n\": 1}', 'up');
             INSERT INTO state_checkpoints SELECT (now() AT TIME ZONE 'UTC')::date - n, 1, 1, '{}' FROM generate_series(6, 9) n",
        )
        .await
        .unwrap();
    assert!(jobs.checkpoint().await.unwrap());
    client
        .batch_execute("UPDATE monitor_states SET fold = '{}'")
        .await
        .unwrap();
    assert!(jobs.checkpoint().await.unwrap());
    let rows = client
        .query("SELECT fold::text FROM state_checkpoints ORDER BY day DESC", &[])
        .await
        .unwrap();
    let kept: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        kept,
        ["{\"n\": 1}", "{}", "{}"],
        "the first of the day, and a week back"
    );
}
