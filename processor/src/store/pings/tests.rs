use domain::record::{PingKind, PingRequest, RunLimits};
use domain::{MonitorId, OrgId, Record, Timestamp};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::*;
use crate::store::jobs::tests::database;
use crate::store::{Store, kept_spans};

const DAY_MS: i64 = 86_400_000;

fn ping(monitor: i64, number: u128, at: Timestamp) -> Entry {
    let record = Record::Ping(Box::new(Ping {
        monitor_id: MonitorId(monitor),
        org_id: OrgId(7),
        url: "heartbeat://backup".to_owned(),
        timestamp: at,
        id: Uuid::from_u128(number),
        kind: PingKind::Success,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: None,
        limits: RunLimits::default(),
        request: PingRequest::default(),
    }));
    Entry {
        record,
        org_id: OrgId(7),
        appended_at: at,
    }
}

/// How many pings of a monitor there are, and the numbers of the first and the last.
async fn kept(client: &Client, monitor: i64) -> (i64, Option<i64>, Option<i64>) {
    let sql = "SELECT count(*), min(n), max(n) FROM pings WHERE monitor_id = $1";
    let row = client.query_one(sql, &[&monitor]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[tokio::test]
async fn the_newest_thousand_of_a_hundred_days_are_kept_of_each_heartbeat() {
    let (jobs, client) = database().await;
    let store = Store::new(jobs.pool.clone());
    let ago = |days: i64| shared::now().plus_millis(-days * DAY_MS);
    let minutes = |n: i64| ago(1).plus_millis(n * 60_000);
    // One that is busy, one that runs every forty days, one that has nothing to lose.
    let busy: Vec<Entry> = (0..1_003).map(|n| ping(1, n as u128, minutes(n))).collect();
    let rare: Vec<Entry> = [141, 101, 99, 61]
        .iter()
        .map(|&days| ping(2, days as u128, ago(days)))
        .collect();
    let fresh = [ping(3, 1, ago(1))];
    for entries in [&busy[..], &rare, &fresh] {
        store.apply(entries).await.unwrap();
    }
    assert_eq!(kept(&client, 1).await, (1_003, Some(1), Some(1_003)));
    for _ in 0..2 {
        assert!(jobs.delete_pings().await.unwrap());
        assert_eq!(kept(&client, 1).await, (1_000, Some(4), Some(1_003)));
        assert_eq!(kept(&client, 2).await, (2, Some(3), Some(4)));
        assert_eq!(kept(&client, 3).await, (1, Some(1), Some(1)));
        // The log is read again, by a process that knows of nothing: what was deleted stays so.
        let again = Store::new(jobs.pool.clone());
        for entries in [&busy[..], &rare, &fresh] {
            again.apply(entries).await.unwrap();
        }
    }
    // Those that come later are numbered on.
    store.apply(&[ping(1, 5_000, shared::now())]).await.unwrap();
    assert_eq!(kept(&client, 1).await, (1_001, Some(4), Some(1_004)));
    assert!(jobs.delete_pings().await.unwrap());
    assert_eq!(kept(&client, 1).await, (1_000, Some(5), Some(1_004)));
}

/// Heartbeats of which all have many pings.
const MANY: &str = "
    INSERT INTO monitor_states (monitor_id, org_id, fold, state, pings)
        SELECT n, 7, '{}', 'up', 600 FROM generate_series(1, 200) AS n;
    INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method, user_agent)
        SELECT 7, m, gen_random_uuid(), n, now() - (600 - n) * interval '1 hour', 'success', 'https', 'GET', repeat('x', 50)
        FROM generate_series(1, 200) AS m, generate_series(1, 600) AS n;
    INSERT INTO heartbeat_spans
        SELECT m, now() - n * interval '1 hour', 'up' FROM generate_series(1, 200) AS m, generate_series(1, 300) AS n;
    ANALYZE; SET plan_cache_mode = force_generic_plan";

async fn goes_by_an_index(client: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) {
    let plan = client.query(&format!("EXPLAIN {sql}"), values).await.unwrap();
    let plan: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    for table in ["pings", "heartbeat_spans"] {
        assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
    }
}

#[tokio::test]
async fn pings_and_spans_are_found_by_index() {
    let (_, client) = database().await;
    client.batch_execute(MANY).await.unwrap();
    let now = shared::now().to_datetime();
    goes_by_an_index(&client, EXCESS, &[&0_i64, &KEPT, &now]).await;
    goes_by_an_index(&client, DELETE, &[&7_i64, &100_i64, &now]).await;
    let (monitors, instants) = (vec![7_i64], vec![now]);
    goes_by_an_index(&client, super::super::spans::KNOWN, &[&monitors, &instants]).await;
    goes_by_an_index(&client, super::super::spans::DELETE, &[&monitors, &instants]).await;
    let (hour_ago, [hour_ms, most, many]) = (now - chrono::TimeDelta::hours(1), [3_600_000_i64, 60, 100]);
    let full: &[&(dyn ToSql + Sync)] = &[&hour_ago, &now, &hour_ms, &most, &many];
    goes_by_an_index(&client, kept_spans::FULL, full).await;
    goes_by_an_index(&client, kept_spans::WITHIN, &[&7_i64, &hour_ago, &now]).await;
    goes_by_an_index(&client, super::super::live::PINGS, &[&monitors]).await;
    let new = "SELECT FROM unnest($1::bigint[], $2::uuid[]) AS new (monitor_id, id)
               WHERE NOT EXISTS (SELECT FROM pings old WHERE old.monitor_id = new.monitor_id AND old.id = new.id)";
    goes_by_an_index(&client, new, &[&monitors, &vec![Uuid::nil()]]).await;
}
