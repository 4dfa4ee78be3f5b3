use alerting::backtest::{StoredQuorum, StoredRevision};
use deadpool_postgres::Client;
use domain::record::CheckResult;
use domain::{Needed, OrgId, Quorum, Rule};
use shared::postgres::PostgresSettings;

use super::*;

const MINUTE: i64 = 60_000;

/// 2026-11-21T10:00:00Z.
const START: i64 = 1_795_255_200_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms)
}

/// The four minutes from the start on.
fn time() -> Range<Timestamp> {
    at(0)..at(4 * MINUTE)
}

/// A database with two organisations, of which each has a monitor.
async fn database() -> Client {
    let url = testkit::database().await;
    let pool = shared::postgres::pool(&PostgresSettings::from_url(&url)).unwrap();
    let client = pool.get().await.unwrap();
    client
        .batch_execute(
            r#"CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
               CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT;
               INSERT INTO organisations (name) VALUES ('ours'), ('theirs');
               INSERT INTO monitors (org_id, name, spec) VALUES (1, 'a', '{"paused": false}'), (2, 'b', '{}');"#,
        )
        .await
        .unwrap();
    client
}

fn of(monitor: i64, revisions: Vec<StoredRevision>) -> StoredMonitor {
    let org = OrgId(monitor);
    StoredMonitor {
        id: MonitorId(monitor),
        org,
        kind: "http".to_owned(),
        revisions,
        quorums: Vec::new(),
    }
}

fn revision(revision: u32, began_at: Option<Timestamp>, probe_revision: Option<u32>) -> StoredRevision {
    StoredRevision {
        revision,
        began_at,
        rule: Rule::default(),
        probe_revision,
        is_known: true,
    }
}

fn ours() -> Scope {
    Scope::organisation(OrgId(1))
}

/// Stores a result of a slot; how long after the slot it was appended may not be known.
async fn result(client: &Client, slot: i64, append_delay_ms: Option<i32>, state: i16, region: &str) {
    let sql = "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                   status_code, attempts, region, append_delay_ms)
               VALUES (1, $1, 1, 60000, 12, 80, $2, 200, 1, $3, $4)";
    let slot = at(slot).to_datetime();
    client
        .execute(sql, &[&slot, &state, &region, &append_delay_ms])
        .await
        .unwrap();
}

async fn error(client: &Client, slot: i64, region: &str, code: Option<&str>, words: &str) {
    let sql = "INSERT INTO check_errors VALUES (1, $1, $2, $3, $4)";
    let slot = at(slot).to_datetime();
    client
        .execute(sql, &[&slot, &region, &code, &words])
        .await
        .unwrap();
}

/// Everything of the first monitor within the time.
async fn all(client: &Client, revisions: Vec<StoredRevision>) -> Vec<Appended> {
    let read = read(client, ours(), &of(1, revisions), time(), 100).await;
    read.unwrap().unwrap().records().collect()
}

fn results(records: &[Appended]) -> Vec<(i64, &CheckResult)> {
    records
        .iter()
        .map(|(at, record)| {
            let Record::Result(result) = record else {
                panic!("{record:?}")
            };
            (at.millis_since(self::at(0)), result)
        })
        .collect()
}

#[tokio::test]
async fn results_of_several_regions_have_the_quorum_by_which_they_were_judged() {
    let client = database().await;
    // They come in another order than their slots.
    result(&client, 0, Some(30_000), 0, "eu").await;
    result(&client, 20_000, Some(500), 2, "us").await;
    result(&client, 40_000, Some(500), 0, "sa").await;
    let decide = "UPDATE check_results SET by_quorum = true WHERE region <> 'sa'";
    client.batch_execute(decide).await.unwrap();
    let quorum = Quorum {
        regions: vec!["eu".to_owned(), "us".to_owned()],
        down: Needed::Regions(2),
        min_regions: 2,
    };
    let of = StoredMonitor {
        quorums: vec![StoredQuorum {
            revision: 1,
            quorum: Arc::new(quorum.clone()),
            interval_ms: 90_000,
        }],
        ..of(1, vec![revision(1, None, None)])
    };
    let log = read(&client, ours(), &of, time(), 100).await.unwrap().unwrap();
    let records: Vec<Appended> = log.records().collect();
    let judged: Vec<_> = results(&records)
        .into_iter()
        .map(|(_, result)| (&*result.region, result.quorum.as_deref(), result.interval_ms))
        .collect();
    assert_eq!(
        judged,
        [
            ("us", Some(&quorum), Some(90_000)),
            ("eu", Some(&quorum), Some(90_000)),
            ("sa", None, Some(60_000)),
        ]
    );
}

#[tokio::test]
async fn results_come_in_the_order_in_which_they_were_appended() {
    let client = database().await;
    result(&client, 0, Some(900), 0, "eu").await;
    // It came late.
    result(&client, MINUTE, Some(95_000), 1, "eu").await;
    // When it was appended was not stored yet: it is taken for when the check ended.
    result(&client, 2 * MINUTE, None, 2, "eu").await;
    result(&client, 2 * MINUTE, Some(500), 2, "us").await;
    // At the same instant as the one before.
    result(&client, 2 * MINUTE + 100, Some(400), 0, "eu").await;
    error(&client, 2 * MINUTE, "us", None, "of another region").await;
    error(&client, 2 * MINUTE, "eu", Some("read_timeout"), "no answer").await;
    // Before the time, and after it.
    result(&client, -1, Some(2), 0, "eu").await;
    result(&client, 4 * MINUTE, Some(0), 0, "eu").await;
    let records = all(&client, vec![revision(1, None, None)]).await;
    let results = results(&records);
    let order: Vec<_> = results
        .iter()
        .map(|(appended, result)| {
            let slot = result.scheduled_at.millis_since(at(0));
            (*appended, slot, result.region.as_str(), result.up)
        })
        .collect();
    assert_eq!(
        order,
        [
            (900, 0, "eu", true),
            (2 * MINUTE + 92, 2 * MINUTE, "eu", false),
            (2 * MINUTE + 500, 2 * MINUTE, "us", false),
            (2 * MINUTE + 500, 2 * MINUTE + 100, "eu", true),
            (MINUTE + 95_000, MINUTE, "eu", true),
        ]
    );
    let errors: Vec<_> = results
        .iter()
        .map(|(_, result)| (result.error_code, result.error.as_deref()))
        .collect();
    assert_eq!(
        errors,
        [
            (None, None),
            (Some(ErrorCode::ReadTimeout), Some("no answer")),
            (None, Some("of another region")),
            (None, None),
            (None, None),
        ]
    );
    let first = results[0].1;
    assert_eq!(
        (first.monitor_id, first.org_id, first.url.as_str()),
        (MonitorId(1), Some(OrgId(1)), "")
    );
    assert_eq!(
        (first.revision, first.interval_ms, first.latency_ms),
        (Some(1), Some(60_000), Some(80))
    );
    assert_eq!(first.timestamp, at(12));
}

#[tokio::test]
async fn more_results_than_are_asked_for_are_none_and_nobody_elses_are_read() {
    let client = database().await;
    for slot in 0..3 {
        result(&client, slot * MINUTE, Some(1), 0, "eu").await;
    }
    let one = of(1, vec![revision(1, None, None)]);
    let count = async |scope: Scope, limit: usize| {
        let records = read(&client, scope, &one, time(), limit).await.unwrap();
        records.map(|log| log.records().count())
    };
    assert_eq!(count(ours(), 3).await, Some(3));
    assert_eq!(count(ours(), 2).await, None);
    assert_eq!(count(Scope::organisation(OrgId(2)), 3).await, Some(0));
    // A member of whom there is no membership sees nothing.
    assert_eq!(count(Scope::member(OrgId(1), 7, None), 3).await, Some(0));
}

/// What users did: when, to which revision, and since when the same is checked.
fn changes_in(records: &[Appended]) -> Vec<(i64, LifecycleEvent, u32, Option<u32>)> {
    let change = |(at, record): &Appended| {
        let Record::Lifecycle(change) = record else {
            panic!("{record:?}")
        };
        assert_eq!((change.timestamp, change.org_id), (*at, OrgId(1)));
        let since = at.millis_since(self::at(0));
        (since, change.event, change.revision, change.probe_revision)
    };
    records.iter().map(change).collect()
}

#[tokio::test]
async fn edits_pauses_and_resumptions_are_told_apart_where_that_is_known() {
    let client = database().await;
    let edit = async |revision: i32, spec: &str| {
        let sql = "UPDATE monitors SET revision = $1, spec = $2::text::jsonb WHERE id = 1";
        client.execute(sql, &[&revision, &spec]).await.unwrap();
    };
    edit(2, r#"{"paused": true}"#).await;
    edit(3, r#"{"paused": true}"#).await;
    edit(4, r#"{"paused": false}"#).await;
    edit(6, r#"{"paused": false}"#).await;
    let revisions = || {
        vec![
            revision(1, Some(at(0)), None),
            revision(2, Some(at(1)), Some(1)),
            revision(3, Some(at(2)), Some(1)),
            revision(4, Some(at(3)), Some(1)),
            revision(6, Some(at(4)), Some(4)),
            // Nobody knows when.
            revision(7, None, None),
            // After the time.
            revision(8, Some(at(4 * MINUTE)), None),
        ]
    };
    let known = all(&client, revisions()).await;
    assert_eq!(
        changes_in(&known),
        [
            (1, LifecycleEvent::Paused, 2, None),
            (2, LifecycleEvent::Edited, 3, Some(1)),
            (3, LifecycleEvent::Resumed, 4, None),
            (4, LifecycleEvent::Edited, 6, Some(4)),
        ]
    );
    client.batch_execute("DELETE FROM past_rows").await.unwrap();
    let unknown = all(&client, revisions()).await;
    let events: Vec<_> = changes_in(&unknown).into_iter().map(|change| change.1).collect();
    assert_eq!(events, [LifecycleEvent::Edited; 4]);
}

/// Stores an outage of a monitor, from and until, of the name of a number.
async fn outage(client: &Client, id: u128, monitor: i64, started: i64, resolved: Option<i64>) {
    let sql =
        "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
               VALUES ($1, $2, $2, 3, $3, $4, CASE WHEN $4::timestamptz IS NOT NULL THEN 'recovered' END)";
    let resolved = resolved.map(|ms| at(ms).to_datetime());
    let id = uuid::Uuid::from_u128(id);
    client
        .execute(sql, &[&id, &monitor, &at(started).to_datetime(), &resolved])
        .await
        .unwrap();
}

#[tokio::test]
async fn acknowledgements_are_records_like_those_that_they_were() {
    let client = database().await;
    result(&client, MINUTE, Some(5), 2, "eu").await;
    outage(&client, 1, 1, 0, None).await;
    outage(&client, 2, 2, 0, None).await;
    outage(&client, 3, 1, -2 * MINUTE, Some(MINUTE)).await;
    for (id, org, minute) in [(1, 1, 2), (2, 2, 2), (3, 1, -1)] {
        let sql = "INSERT INTO incident_acknowledgements (incident_id, org_id, by_name, acknowledged_at)
                   VALUES ($1, $2, 'Ada', $3)";
        let (id, at) = (uuid::Uuid::from_u128(id), at(minute * MINUTE).to_datetime());
        client.execute(sql, &[&id, &i64::from(org), &at]).await.unwrap();
    }
    let records = all(&client, vec![revision(1, None, None)]).await;
    assert!(matches!(records[0].1, Record::Result(_)));
    let Record::Lifecycle(acknowledged) = &records[1].1 else {
        panic!("{records:?}")
    };
    assert_eq!(records.len(), 2);
    assert_eq!(acknowledged.event, LifecycleEvent::Acknowledged);
    assert_eq!(
        (acknowledged.incident_id, acknowledged.revision),
        (Some(IncidentId(uuid::Uuid::from_u128(1))), 3)
    );
    assert_eq!(acknowledged.timestamp, at(2 * MINUTE));
}

#[tokio::test]
async fn a_monitor_is_announced_from_the_first_message_until_it_is_up() {
    let client = database().await;
    client
        .batch_execute("INSERT INTO monitors (org_id, name, spec) VALUES (1, 'c', '{}'), (1, 'd', '{}')")
        .await
        .unwrap();
    let of_monitor = async |id: u128, monitor: i64, started: i64, resolved: Option<i64>| {
        outage(&client, id, monitor, started, resolved).await;
        let ours = "UPDATE incidents SET org_id = 1 WHERE monitor_id <> 2";
        client.batch_execute(ours).await.unwrap();
    };
    // Two outages of which the second goes on; one that is over; one of another organisation; two nobody heard of.
    of_monitor(1, 1, -MINUTE, Some(MINUTE)).await;
    of_monitor(2, 1, 2 * MINUTE, None).await;
    of_monitor(3, 1, -9 * MINUTE, Some(-8 * MINUTE)).await;
    of_monitor(4, 2, 0, None).await;
    of_monitor(5, 3, 0, Some(MINUTE)).await;
    of_monitor(6, 4, 0, None).await;
    for (id, step, alert, channel, when) in [
        (1, "suppressed", "down", 0, -MINUTE),
        (1, "decided", "down", 9, -MINUTE / 2),
        (1, "sent", "down", 9, 0),
        (2, "sent", "down", 8, 3 * MINUTE),
        (3, "sent", "down", 8, -9 * MINUTE),
        (4, "sent", "down", 8, 0),
        (5, "suppressed", "down", 8, 0),
        (5, "sent", "up", 8, MINUTE),
        // Only after it was over.
        (5, "decided", "down", 8, MINUTE),
        (6, "failed", "down", 8, 0),
    ] {
        let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id, source)
                   SELECT id, $2::text, $3::bigint, $4::text, 1, $5::timestamptz, org_id, monitor_id, '{}'
                   FROM incidents WHERE id = $1";
        let (id, when) = (uuid::Uuid::from_u128(id), at(when).to_datetime());
        let rows = client
            .execute(sql, &[&id, &alert, &i64::from(channel), &step, &when])
            .await;
        assert_eq!(rows.unwrap(), 1);
    }
    let monitors = [1, 2, 3, 4].map(MonitorId);
    let found = announced(&client, ours(), &monitors, time()).await.unwrap();
    let spans = vec![at(-MINUTE / 2)..at(MINUTE), at(3 * MINUTE)..at(4 * MINUTE)];
    assert_eq!(found, [(MonitorId(1), spans)]);
    assert_eq!(announced(&client, ours(), &[], time()).await.unwrap(), []);
}

#[test]
fn texts_are_shared_and_of_too_many_errors_some_have_none() {
    let mut texts = Texts::default();
    let (one, same) = (texts.region("eu"), texts.region("eu"));
    assert!(Arc::ptr_eq(&one, &same));
    let words = |number: usize| format!("no answer after {number} ms");
    for number in 0..MAX_TEXTS {
        assert_eq!(texts.error(&words(number)).as_deref(), Some(&*words(number)));
    }
    assert_eq!(texts.error(&words(MAX_TEXTS)), None);
    let (one, same) = (texts.error(&words(7)).unwrap(), texts.error(&words(7)).unwrap());
    assert!(Arc::ptr_eq(&one, &same));
    assert_eq!(&*texts.region("us"), "us");
}
