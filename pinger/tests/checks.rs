//! From a definition to its records on Kafka.

use std::time::{Duration, Instant};

use crate::common::{
    self, DEFAULT_INTERVAL_MS, PATIENCE, Pinger, QUIET, Results, UserService, id_due_after, ids_due_after,
};
use domain::record::SkipReason;
use domain::{CheckResult, ErrorCode, Grid, MonitorId, OrgId, Record, Timestamp};
use fred::interfaces::HashesInterface as _;
use serde_json::json;
use testkit::{FakeTarget, eventually};

fn result(record: Record) -> CheckResult {
    match record {
        Record::Result(result) => result,
        other => panic!("not a result: {other:?}"),
    }
}

fn of(id: i64, revision: u32) -> impl Fn(&Record) -> bool {
    move |record| matches!(record, Record::Result(r) if r.monitor_id.0 == id && r.revision == Some(revision))
}

/// The interval of the monitors that are checked again and again here.
const INTERVAL_MS: u32 = 10_000;

/// Whether a record tells of something that was done after `at`: one of an earlier check may still be on its way
/// on another partition.
fn done_after(at: Timestamp) -> impl Fn(&Record) -> bool {
    move |record| match record {
        Record::Result(result) => result.timestamp > at,
        Record::Skipped(skipped) => skipped.timestamp > at,
        Record::Lifecycle(_) | Record::Ping(_) => panic!("pingers write neither"),
    }
}

/// Asserts that a check has begun as soon as users are promised.
fn started_at_once(check: &CheckResult, since: Timestamp) {
    let waited_ms = check.timestamp.millis_since(since);
    assert!(waited_ms < 2_000, "{waited_ms} ms: {check:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_is_checked_as_soon_as_it_exists_and_as_it_is_edited_paused_and_deleted() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    let mut results = Results::of(&kafka);
    pinger.ready().await;

    let input = |url: &str, paused: bool| json!({"url": url, "interval_seconds": 10, "paused": paused});
    let edited = id_due_after(QUIET, INTERVAL_MS);
    let created_at = shared::now();
    users.save(edited, 1, input(&target.url(), false)).await;
    let first = result(results.next().await);
    started_at_once(&first, created_at);
    assert_eq!(
        (first.monitor_id, first.org_id),
        (MonitorId(edited), Some(OrgId(7)))
    );
    assert_eq!(
        (first.up, first.status_code, first.attempts),
        (true, Some(200), 1)
    );
    assert_eq!((first.revision, first.interval_ms), (Some(1), Some(INTERVAL_MS)));
    assert_eq!((first.kind.as_str(), first.region.as_str()), ("http", "default"));
    assert_eq!(first.url, target.url());
    assert!(first.timings.connect.is_some() && first.timings.dns.is_none());
    let grid = Grid::new(MonitorId(edited), INTERVAL_MS);
    assert_eq!(grid.at_or_before(first.scheduled_at), first.scheduled_at);
    assert!((0..10_000).contains(&first.timestamp.millis_since(first.scheduled_at)));
    let revised_at = first.revised_at.expect("its slot has passed before it was made");
    assert!((created_at..=first.timestamp).contains(&revised_at), "{first:?}");

    // The next one is in turn.
    let second = result(results.next().await);
    assert_eq!(second.scheduled_at, first.scheduled_at.plus_millis(10_000));
    assert_eq!(second.revised_at, None);
    let lateness = second.timestamp.millis_since(second.scheduled_at);
    assert!((0..1_000).contains(&lateness), "{lateness} ms late");

    // From here on there is nearly an interval until it is due again.
    let edited_at = shared::now();
    let other = FakeTarget::start().await;
    users.save(edited, 2, input(&other.url(), false)).await;
    let third = result(results.next_where("of revision 2", of(edited, 2)).await);
    started_at_once(&third, edited_at);
    assert_eq!(third.url, other.url());

    // An older revision never replaces a newer one.
    users.save(edited, 1, input(&target.url(), false)).await;
    let deleted = ids_due_after(QUIET, INTERVAL_MS)
        .find(|&id| id != edited)
        .unwrap();
    users.save(deleted, 1, input(&target.url(), false)).await;
    results.next_where("of another monitor", of(deleted, 1)).await;
    users.save(edited, 3, input(&other.url(), true)).await;
    users.delete(deleted).await;
    let (last, apart) = (edited.max(deleted) + 1, FakeTarget::start().await);
    users.save(last, 1, json!({"url": apart.url()})).await;
    results
        .next_where("after which all of this is known", of(last, 1))
        .await;
    let known_at = shared::now();
    let seen = (target.seen().len(), other.seen().len());
    // Both would have been due by then.
    let mut after = results.all_within(Duration::from_secs(11)).await;
    after.retain(|record| [edited, deleted].contains(&record.monitor_id().0));
    after.retain(done_after(known_at));
    assert!(after.is_empty(), "{after:?}");
    assert_eq!((target.seen().len(), other.seen().len()), seen);

    let resumed_at = shared::now();
    users.save(edited, 4, input(&other.url(), false)).await;
    let resumed = result(results.next_where("of revision 4", of(edited, 4)).await);
    started_at_once(&resumed, resumed_at);
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_confirmed_before_it_is_published() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    target.answer(500);
    let url = format!("{}?token=secret", target.url());
    let id = id_due_after(QUIET, DEFAULT_INTERVAL_MS);
    users.put(id, 1, json!({"url": url, "retries": 2, "retry_delay_ms": 100}));
    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    let mut results = Results::of(&kafka);
    let failed = result(results.next().await);
    assert_eq!((failed.up, failed.attempts), (false, 3));
    assert_eq!(failed.error_code, Some(ErrorCode::StatusMismatch));
    assert_eq!(
        failed.error.as_deref(),
        Some("Unexpected status 500 (expected 200-399)")
    );
    assert_eq!(failed.status_code, Some(500));
    assert!(failed.url.ends_with("token=***"));
    let seen = target.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].at.millis_since(seen[0].at) >= 100);
    assert_eq!(seen[0].headers["connection"], "close");
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mirror_in_redis_is_enough_when_user_service_is_away() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    users.fail_with(503);
    let target = FakeTarget::start().await;
    let keyring = shared::crypto::Keyring::parse(common::SEALING).unwrap();
    let id = id_due_after(QUIET, DEFAULT_INTERVAL_MS);
    let mirrored = common::definition(id, 5, json!({"url": target.url()}));
    let sealed = keyring.seal(
        &format!("definition/{id}"),
        &serde_json::to_vec(&mirrored).unwrap(),
    );
    let client = shared::redis::connect(&redis).unwrap();
    let shard = domain::internal::shard_of(MonitorId(id), domain::internal::DEFAULT_SHARDS);
    let _: i64 = client
        .hset(
            redis.keys().definitions(shard),
            (id.to_string(), fred::types::Value::Bytes(sealed.into())),
        )
        .await
        .unwrap();
    // It comes in pages, and among what nobody can read.
    let mut noise: Vec<_> = (0..300)
        .map(|nth| (format!("x{nth}"), "y".repeat(1_000)))
        .collect();
    noise.push(("7".to_owned(), "z".repeat(2 * 1024 * 1024)));
    let _: i64 = client.hset(redis.keys().definitions(shard), noise).await.unwrap();

    let pinger = Pinger::start(&kafka, &redis, &users.url()).await;
    let mut results = Results::of(&kafka);
    let first = result(results.next().await);
    assert_eq!(
        (first.monitor_id, first.revision, first.up),
        (MonitorId(id), Some(5), true)
    );

    // When user-service is back, it has the last word.
    users.put(id, 6, json!({"url": target.url()}));
    users.recover();
    results.next_where("of revision 6", of(id, 6)).await;
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_finds_what_nobody_announced() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    let input = json!({"url": target.url(), "interval_seconds": 10});
    users.put(1, 1, input.clone());
    let extra = [("RECONCILE_INTERVAL_MS", "1000")];
    let pinger = Pinger::start_with(&kafka, &redis, &users.url(), &extra).await;
    let mut results = Results::of(&kafka);
    results.next_where("of monitor 1", of(1, 1)).await;
    users.put(2, 1, input);
    results.next_where("of monitor 2", of(2, 1)).await;
    users.delete_silently(1);
    let apart = FakeTarget::start().await;
    users.put(3, 1, json!({"url": apart.url()}));
    results.next_where("of monitor 3", of(3, 1)).await;
    // The comparison that has found it has ended when the next one begins.
    let asked = users.asked();
    eventually("user-service is asked again", PATIENCE, || async {
        (users.asked() > asked).then_some(())
    })
    .await;
    let known_at = shared::now();
    let mut after = results.all_within(Duration::from_secs(11)).await;
    after.retain(|record| record.monitor_id().0 == 1);
    after.retain(done_after(known_at));
    assert!(after.is_empty(), "{after:?}");

    // While user-service cannot tell, nothing is forgotten.
    users.fail_with(500);
    users.delete_silently(2);
    results.next_where("of monitor 2", of(2, 1)).await;
    results.next_where("of monitor 2 once more", of(2, 1)).await;
    pinger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinger_that_is_stopped_hands_over_without_losing_a_slot() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    let ids: Vec<i64> = ids_due_after(QUIET, INTERVAL_MS).take(40).collect();
    for &id in &ids {
        users.put(id, 1, json!({"url": target.url(), "interval_seconds": 10}));
    }
    let first = Pinger::start(&kafka, &redis, &users.url()).await;
    first.ready().await;
    let second = Pinger::start(&kafka, &redis, &users.url()).await;
    second.ready().await;
    let mut results = Results::of(&kafka);
    let mut records = results.all_within(Duration::from_secs(5)).await;
    let stopping = Instant::now();
    first.stop().await;
    assert!(
        stopping.elapsed() < Duration::from_secs(5),
        "{:?}",
        stopping.elapsed()
    );
    records.extend(results.all_within(Duration::from_secs(20)).await);
    for id in ids {
        let slots: Vec<_> = records
            .iter()
            .filter(|record| record.monitor_id().0 == id)
            .map(|record| result(record.clone()).scheduled_at)
            .collect();
        assert!(slots.len() >= 3, "{id}: {slots:?}");
        for pair in slots.windows(2) {
            assert_eq!(pair[1].millis_since(pair[0]), 10_000, "{id}: {slots:?}");
        }
    }
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_do_not_finish_before_shutdown_are_published_as_skipped() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    target.answer_with(testkit::Reply::new(200, "").after(Duration::from_secs(60)));
    let id = id_due_after(QUIET, DEFAULT_INTERVAL_MS);
    users.put(id, 1, json!({"url": target.url()}));
    let extra = [("DRAIN_TIMEOUT_MS", "0")];
    let pinger = Pinger::start_with(&kafka, &redis, &users.url(), &extra).await;
    eventually("the check has begun", PATIENCE, || async {
        (!target.seen().is_empty()).then_some(())
    })
    .await;
    pinger.stop().await;
    let mut results = Results::of(&kafka);
    let Record::Skipped(skipped) = results.next().await else {
        panic!("not skipped")
    };
    assert_eq!((skipped.reason, skipped.slots()), (SkipReason::NoLease, 1));
}
