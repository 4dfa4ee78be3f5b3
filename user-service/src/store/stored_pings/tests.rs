use alerting::backtest::StoredRevision;
use deadpool_postgres::Client;
use domain::{MonitorId, OrgId, Rule};
use shared::postgres::PostgresSettings;

use super::*;

const MINUTE: i64 = 60_000;

/// 2026-11-21T10:00:00Z.
fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_795_255_200_000 + minute * MINUTE)
}

async fn database() -> Client {
    let url = testkit::database().await;
    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let client = pool.get().await.unwrap();
    client
        .batch_execute(
            r#"INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
               INSERT INTO monitors (org_id, name, spec) VALUES (1, 'a', '{"paused": false}');"#,
        )
        .await
        .unwrap();
    client
}

fn of(revisions: &[(u32, Option<Timestamp>)]) -> StoredMonitor {
    let revision = |(revision, began_at): &(u32, Option<Timestamp>)| StoredRevision {
        revision: *revision,
        began_at: *began_at,
        rule: Rule::default(),
        probe_revision: None,
        is_known: true,
    };
    let org = OrgId(1);
    StoredMonitor {
        id: MonitorId(1),
        org,
        kind: "heartbeat".to_owned(),
        revisions: revisions.iter().map(revision).collect(),
        quorums: Vec::new(),
    }
}

async fn ping(client: &Client, n: i64, minute: i64, kind: &str) {
    let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, duration_ms, scheme, method)
               VALUES (1, 1, gen_random_uuid(), $1, $2, $3, 5000, 'https', 'GET')";
    let minute = at(minute).to_datetime();
    client.execute(sql, &[&n, &minute, &kind]).await.unwrap();
}

/// Each record with the minute in which it was appended.
fn appended(log: &StoredLog) -> Vec<(i64, String)> {
    let name = |record: &Record| match record {
        Record::Ping(ping) => ping.kind.as_str().to_owned(),
        Record::Lifecycle(change) => format!("{} {}", change.event.as_str(), change.revision),
        other => panic!("{other:?}"),
    };
    let minute = |appended_at: Timestamp| appended_at.millis_since(at(0)) / MINUTE;
    log.records()
        .map(|(appended_at, record)| (minute(appended_at), name(&record)))
        .collect()
}

fn known(records: &[(i64, &str)]) -> Vec<(i64, String)> {
    let each = records.iter();
    each.map(|(minute, name)| (*minute, (*name).to_owned())).collect()
}

#[tokio::test]
async fn pings_come_in_the_order_of_the_log_after_the_revision_that_is_in_force() {
    let client = database().await;
    ping(&client, 1, 0, "start").await;
    ping(&client, 2, 4, "success").await;
    // Another gateway's clock: it came after the one before.
    ping(&client, 3, 3, "fail").await;
    ping(&client, 4, 7, "of another version").await;
    ping(&client, 5, 9, "log").await;
    // After the time.
    ping(&client, 6, 10, "success").await;
    let monitor = of(&[(1, None), (2, Some(at(-1))), (3, Some(at(5))), (4, None)]);
    let ours = Scope::organisation(OrgId(1));
    let read = async |scope: Scope, limit: usize| {
        let read = read(&client, scope, &monitor, at(6)..at(10), limit).await;
        read.unwrap()
    };
    let log = read(ours, 5).await.unwrap();
    assert_eq!(
        appended(&log),
        known(&[
            (0, "created 2"),
            (0, "start"),
            (4, "success"),
            (4, "fail"),
            (5, "edited 3"),
            (7, "ignored"),
            (9, "log"),
        ])
    );
    assert_eq!(log.begins(), None, "all are kept");
    assert_eq!(log.pings().next().unwrap().latency_ms, Some(5_000));
    assert!(read(ours, 4).await.is_none(), "there are more");
    let theirs = read(Scope::organisation(OrgId(2)), 5).await.unwrap();
    assert_eq!((theirs.pings().count(), theirs.begins()), (0, None));
}

#[tokio::test]
async fn nothing_is_known_from_before_the_first_ping_where_earlier_ones_are_gone() {
    let client = database().await;
    client
        .batch_execute(
            "INSERT INTO monitor_states (monitor_id, org_id, fold, state, pings_gone_until)
             VALUES (1, 1, '{}', 'up', '2026-11-20T10:00:00Z')",
        )
        .await
        .unwrap();
    let (monitor, ours) = (of(&[(1, None)]), Scope::organisation(OrgId(1)));
    let begins = async || {
        let log = read(&client, ours, &monitor, at(6)..at(10), 5).await;
        log.unwrap().unwrap().begins()
    };
    assert_eq!(begins().await, Some(at(10)), "none is left");
    ping(&client, 1, 8, "success").await;
    assert_eq!(begins().await, Some(at(8)));
}

#[tokio::test]
async fn what_leads_to_the_time_is_bounded() {
    let client = database().await;
    for run in 1..=30 {
        ping(&client, 2 * run - 1, 2 * run - 1, "start").await;
        ping(&client, 2 * run, 2 * run, "success").await;
    }
    let monitor = of(&[(1, None)]);
    let log = read(
        &client,
        Scope::organisation(OrgId(1)),
        &monitor,
        at(50)..at(60),
        1_000,
    );
    let log = log.await.unwrap().unwrap();
    let first = log.pings().next().unwrap();
    // The twentieth success before minute 50.
    assert_eq!((first.timestamp, first.kind), (at(10), PingKind::Success));
    assert_eq!(log.begins(), None);
}
