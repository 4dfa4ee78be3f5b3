use domain::heartbeat::time_within;
use domain::record::{PingKind, PingRequest, RunLimits};
use domain::{OrgId, Record, record};
use tokio_postgres::Client;
use uuid::Uuid;

use super::*;
use crate::batch::Entry;
use crate::store::Store;
use crate::store::jobs::tests::database;

async fn spans_of(client: &Client, monitor: i64) -> Vec<StateSpan> {
    let sql = "SELECT began, state FROM heartbeat_spans WHERE monitor_id = $1 ORDER BY began";
    let rows = client.query(sql, &[&monitor]).await.unwrap();
    rows.iter().map(|row| spans::read(row, 0).unwrap()).collect()
}

/// Has a heartbeat change its state so often in a time, for as long in turns that differ.
async fn flap(client: &Client, monitor: i64, from: Timestamp, until: Timestamp, times: i64) {
    let sql = "INSERT INTO heartbeat_spans
         SELECT $1, date_trunc('milliseconds', $2::timestamptz + n * ($3::timestamptz - $2) / $4::bigint),
             (ARRAY['up', 'down', 'up', 'unknown', 'up', 'down', 'paused'])[1 + n % 7]
         FROM generate_series(0, $4::bigint - 1) AS n";
    let (from, until) = (from.to_datetime(), until.to_datetime());
    client
        .execute(sql, &[&monitor, &from, &until, &times])
        .await
        .unwrap();
}

fn midnight(days_ago: u64) -> Timestamp {
    start_of(super::super::partitions::day_of(shared::now()) - Days::new(days_ago)).into()
}

/// The time in each state, bucket by bucket.
fn measured(spans: &[StateSpan], from: Timestamp, buckets: i64, bucket_ms: i64) -> Vec<(i64, i64)> {
    let start = |n: i64| from.plus_millis(n * bucket_ms);
    let bucket = |n: i64| time_within(spans, &(start(n)..start(n + 1)));
    (0..buckets).map(bucket).collect()
}

fn within(spans: &[StateSpan], from: Timestamp, until: Timestamp) -> usize {
    let is_within = |span: &&StateSpan| (from..until).contains(&span.began);
    spans.iter().filter(is_within).count()
}

#[tokio::test]
async fn a_job_that_fails_every_other_second_leaves_few_spans_of_each_hour_and_the_same_uptime() {
    let (jobs, client) = database().await;
    let now = shared::now();
    let until = settled(now);
    let from = until.plus_millis(-5 * HOUR_MS);
    // One that is up, as it was before, flaps for three hours, has a bad hour, and flaps on until now.
    flap(&client, 1, midnight(20), midnight(20).plus_millis(1), 1).await;
    flap(
        &client,
        1,
        from.plus_millis(1_234_567),
        from.plus_millis(3 * HOUR_MS),
        5_000,
    )
    .await;
    flap(
        &client,
        1,
        from.plus_millis(3 * HOUR_MS),
        from.plus_millis(4 * HOUR_MS),
        50,
    )
    .await;
    flap(&client, 1, until, now, 200).await;
    // Another one, which says little.
    flap(&client, 2, from, until, 20).await;
    let before = [spans_of(&client, 1).await, spans_of(&client, 2).await];
    let mut leader = jobs.lead(8).await.unwrap().unwrap();
    for _ in 0..2 {
        merge_recent(&mut leader, now).await.unwrap();
        let after = spans_of(&client, 1).await;
        let hour = |n: i64| (from.plus_millis(n * HOUR_MS), from.plus_millis((n + 1) * HOUR_MS));
        for n in 0..3 {
            let few = within(&after, hour(n).0, hour(n).1);
            assert!((1..=4).contains(&few), "hour {n} has {few}");
        }
        for (start, end) in [hour(3), (until, now)] {
            assert_eq!(within(&after, start, end), within(&before[0], start, end));
        }
        assert_eq!(
            measured(&after, from, 8, HOUR_MS),
            measured(&before[0], from, 8, HOUR_MS)
        );
        assert_eq!(after[0], before[0][0], "what stood before is there");
        assert_eq!(spans_of(&client, 2).await, before[1]);
    }
}

#[tokio::test]
async fn spans_are_kept_as_finely_as_results_and_those_in_force_stay() {
    let (jobs, client) = database().await;
    let day = |ago: u64| (midnight(ago), midnight(ago).plus_millis(DAY_MS));
    // One that is up since long ago; one that changes twice a day; one that flaps.
    flap(&client, 1, midnight(900), midnight(900).plus_millis(1), 1).await;
    for ago in [5, 20, 40, 200, 399, 401, 500, 800] {
        let (start, end) = day(ago);
        flap(&client, 2, start, end, 2).await;
        flap(&client, 3, start, end, 24 * 50).await;
    }
    let mut before = Vec::new();
    for monitor in 1..=3 {
        before.push(spans_of(&client, monitor).await);
    }
    assert!(jobs.apply_retention().await.unwrap());
    for (monitor, before) in (1..=2).zip(&before) {
        assert_eq!(
            &spans_of(&client, monitor).await,
            before,
            "of {monitor} nothing is too much"
        );
    }
    let after = spans_of(&client, 3).await;
    for ago in [5, 20] {
        let (start, end) = day(ago);
        assert_eq!(within(&after, start, end), 24 * 50, "{ago} days ago");
    }
    for ago in [40, 200, 399] {
        let (start, end) = day(ago);
        assert!(within(&after, start, end) <= 24 * 4, "{ago} days ago");
        assert_eq!(
            measured(&after, start, 30, HOUR_MS),
            measured(&before[2], start, 30, HOUR_MS)
        );
    }
    for ago in [401, 500, 800] {
        let (start, end) = day(ago);
        assert!((1..=4).contains(&within(&after, start, end)), "{ago} days ago");
        assert_eq!(
            measured(&after, start, 3, DAY_MS),
            measured(&before[2], start, 3, DAY_MS)
        );
    }
    // It is known how far that is.
    let done = "SELECT count(*) FROM processor_jobs WHERE
         (name, done_until) IN (('spans_hours', $1::timestamptz), ('spans_days', $2::timestamptz))";
    let until = [midnight(30).to_datetime(), midnight(400).to_datetime()];
    let done = client.query_one(done, &[&until[0], &until[1]]).await.unwrap();
    assert_eq!(done.get::<_, i64>(0), 2);
    assert!(jobs.apply_retention().await.unwrap());
    assert_eq!(spans_of(&client, 3).await, after);
}

#[tokio::test]
async fn what_comes_after_a_merge_goes_on_from_it() {
    let (jobs, client) = database().await;
    let start = settled(shared::now()).plus_millis(-HOUR_MS);
    flap(&client, 1, start, start.plus_millis(HOUR_MS), 700).await;
    assert!(jobs.merge_spans().await.unwrap());
    let merged = spans_of(&client, 1).await;
    let came = shared::now();
    let ping = record::Ping {
        monitor_id: MonitorId(1),
        org_id: OrgId(7),
        url: "heartbeat://backup".to_owned(),
        timestamp: came,
        id: Uuid::from_u128(1),
        kind: PingKind::Fail,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    };
    let entry = Entry {
        record: Record::Ping(Box::new(ping)),
        org_id: OrgId(7),
        appended_at: came,
    };
    Store::new(jobs.pool.clone()).apply(&[entry]).await.unwrap();
    let after = spans_of(&client, 1).await;
    assert_eq!(after[..merged.len()], merged);
    let down = StateSpan {
        began: came,
        state: SpanState::Down,
    };
    assert_eq!(after[merged.len()..], [down]);
}
