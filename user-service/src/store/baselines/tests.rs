//! Which monitors are due, and who gives the log what is usual of them.

use deadpool_postgres::{Client, Pool};
use shared::postgres::PostgresSettings;

use super::*;

/// More monitors than are looked for together twice, of which the log has nothing yet.
const MONITORS: i64 = 2 * BATCH + 5;

async fn pool() -> Pool {
    let settings = PostgresSettings::from_url(&testkit::database().await);
    let pool = shared::postgres::pool(&settings).unwrap();
    let sql = format!(
        "INSERT INTO organisations (name) VALUES ('one');
         INSERT INTO monitors (org_id, name, spec, anomalies)
         SELECT 1, 'm', '{{}}', '{{\"sensitivity\": \"medium\", \"notify\": false}}' FROM generate_series(1, {MONITORS})"
    );
    pool.get().await.unwrap().batch_execute(&sql).await.unwrap();
    pool
}

fn keyring() -> Keyring {
    Keyring::parse("k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap()
}

async fn found(client: &Client, id: i64) -> Option<DueMonitor> {
    find_due(client, &keyring(), MonitorId(id)).await.unwrap()
}

async fn given(client: &mut Client, monitor: &DueMonitor) -> bool {
    let usual = monitor.usual(&*client, shared::now()).await.unwrap();
    let tx = client.transaction().await.unwrap();
    let is_given = monitor.give(&tx, usual).await.unwrap();
    tx.commit().await.unwrap();
    is_given
}

async fn count(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn those_that_are_due_are_gone_through_in_batches() {
    let client = pool().await.get().await.unwrap();
    for why in [Due::Changed, Due::Old] {
        let (mut after, mut seen, mut batches) = (0, Vec::new(), 0);
        loop {
            let ids = due(&client, why, after).await.unwrap();
            batches += 1;
            seen.extend(ids.iter().map(|id| id.0));
            match ids.last().filter(|_| may_be_more(ids.len())) {
                Some(last) => after = last.0,
                None => break,
            }
        }
        assert_eq!((seen.len() as i64, batches), (MONITORS, 3), "{why:?}");
        assert!(seen.is_sorted());
    }
    // Neither a monitor that is paused, nor one that was deleted, nor one that nobody asks about.
    let none = "UPDATE monitors SET spec = '{\"paused\": true}' WHERE id % 3 = 0;
                UPDATE monitors SET deleted_at = now() WHERE id % 3 = 1;
                UPDATE monitors SET anomalies = NULL WHERE id % 3 = 2";
    client.batch_execute(none).await.unwrap();
    for why in [Due::Changed, Due::Old] {
        assert_eq!(due(&client, why, 0).await.unwrap(), []);
    }
}

#[tokio::test]
async fn each_is_given_by_one_of_those_who_have_found_it() {
    let pool = pool().await;
    let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let (ours, theirs) = (found(&one, 1).await.unwrap(), found(&other, 1).await.unwrap());
    assert!(given(&mut one, &ours).await);
    assert!(!given(&mut other, &theirs).await);
    assert_eq!(count(&one, "SELECT count(*) FROM outbox").await, 1);
    assert!(found(&other, 1).await.is_none());
    // Half a day later it is done again.
    let earlier = "UPDATE monitors SET baseline_sent_at = now() - interval '12 hours 1 minute' WHERE id = 1";
    one.batch_execute(earlier).await.unwrap();
    assert_eq!(due(&one, Due::Old, 0).await.unwrap()[0], MonitorId(1));
    assert_eq!(due(&one, Due::Changed, 0).await.unwrap()[0], MonitorId(2));
    assert!(found(&other, 1).await.is_some());
    // Once nobody asks any more, the log hears of it once.
    one.batch_execute("UPDATE monitors SET anomalies = NULL WHERE id = 1")
        .await
        .unwrap();
    let ours = found(&one, 1).await.unwrap();
    assert!(given(&mut one, &ours).await);
    assert!(found(&one, 1).await.is_none());
}

#[tokio::test]
async fn one_that_is_being_changed_is_left_for_later() {
    let pool = pool().await;
    let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let found_before = found(&one, 1).await.unwrap();
    let tx = other.transaction().await.unwrap();
    tx.batch_execute("UPDATE monitors SET revision = revision + 1 WHERE id = 1")
        .await
        .unwrap();
    // It is not waited for.
    assert!(!given(&mut one, &found_before).await);
    tx.commit().await.unwrap();
    // What was found is of another revision.
    assert!(!given(&mut one, &found_before).await);
    assert_eq!(count(&one, "SELECT count(*) FROM outbox").await, 0);
    let found_now = found(&one, 1).await.unwrap();
    assert!(given(&mut one, &found_now).await);
}

#[tokio::test]
async fn one_of_which_it_cannot_be_said_is_tried_again_in_an_hour() {
    let client = pool().await.get().await.unwrap();
    postpone(&client, MonitorId(1)).await.unwrap();
    assert!(found(&client, 1).await.is_none());
    assert_eq!(overdue_seconds(&client).await.unwrap(), 0.0);
    let later = "UPDATE monitors SET baseline_sent_at = baseline_sent_at - interval '2 hours' WHERE id = 1";
    client.batch_execute(later).await.unwrap();
    assert!(found(&client, 1).await.is_some());
    // It was due an hour ago, and none has waited longer.
    let overdue = overdue_seconds(&client).await.unwrap();
    assert!((3_600.0..3_700.0).contains(&overdue), "{overdue}");
    // Another rule does not wait for it.
    postpone(&client, MonitorId(2)).await.unwrap();
    let rule = "UPDATE monitors SET anomalies = '{\"sensitivity\": \"low\", \"notify\": true}' WHERE id = 2";
    client.batch_execute(rule).await.unwrap();
    assert!(found(&client, 2).await.is_some());
}
