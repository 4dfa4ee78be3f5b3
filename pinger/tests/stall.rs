//! Pingers that were frozen, and go on.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{Results, UserService, start_process, until_shared};
use domain::{MonitorId, Record, Timestamp};
use serde_json::json;
use shared::redis::RedisSettings;
use testkit::{HttpServer, Reply, Signal};

const MONITORS: i64 = 60;
const INTERVAL_MS: i64 = 10_000;
const TIMEOUT_MS: u32 = 4_000;
/// So that checks are under way at any time.
const RESPONSE_TIME: Duration = Duration::from_millis(1_500);
const TTL: Duration = Duration::from_secs(2);
/// Longer than a check may take, and than a pod may be away.
const FROZEN: Duration = Duration::from_secs(12);

/// Freezes the first of these pingers for a while; returns every record, and when it went on.
async fn records_around_a_freeze(pods: &[&str]) -> (Vec<Record>, Timestamp) {
    let (_broker, kafka) = testkit::embedded_kafka();
    let prefix = format!("{}:", testkit::unique());
    let redis = RedisSettings::new(&testkit::redis_url(), &prefix);
    let users = UserService::start(&redis).await;
    let target = HttpServer::start(|_| Reply::new(200, "ok").after(RESPONSE_TIME)).await;
    for id in 1..=MONITORS {
        users.put(
            id,
            1,
            json!({"url": target.url(), "interval_seconds": 10, "timeout_ms": TIMEOUT_MS, "retries": 0}),
        );
    }
    let start = |pod: &&str| start_process(pod, &kafka, &prefix, &users.url(), TTL);
    let processes: Vec<_> = pods.iter().map(start).collect();
    until_shared(&redis, pods).await;
    let mut results = Results::of(&kafka);
    let mut records = results.all_within(Duration::from_secs(5)).await;

    let pid = processes[0].id().unwrap();
    testkit::signal(pid, Signal::STOP).unwrap();
    records.extend(results.all_within(FROZEN).await);
    testkit::signal(pid, Signal::CONT).unwrap();
    let thawed = shared::now();
    until_shared(&redis, pods).await;
    records.extend(results.all_within(Duration::from_secs(14)).await);
    (records, thawed)
}

/// Asserts that nothing is told of a healthy target but that it is up; returns the slots that were checked.
fn checked_slots(records: &[Record]) -> BTreeSet<(MonitorId, Timestamp)> {
    let mut checked = BTreeSet::new();
    for record in records {
        if let Record::Result(result) = record {
            assert!(result.up, "{result:?}");
            // Without a response time where a standstill is part of it.
            assert!(result.latency_ms.is_none_or(|ms| ms < TIMEOUT_MS), "{result:?}");
            checked.insert((result.monitor_id, result.scheduled_at));
        }
    }
    checked
}

/// The slots that are told as skipped from `since` on.
fn skipped_slots(records: &[Record], since: Timestamp) -> Vec<(MonitorId, Timestamp)> {
    let mut slots = Vec::new();
    for record in records {
        if let Record::Skipped(skipped) = record
            && skipped.timestamp >= since
        {
            let of_range = (0..).map(|nth| skipped.from.plus_millis(nth * INTERVAL_MS));
            let of_range = of_range.take_while(|slot| *slot <= skipped.until);
            slots.extend(of_range.map(|slot| (skipped.monitor_id, slot)));
        }
    }
    slots
}

fn all_are_checked_after(records: &[Record], at: Timestamp) {
    let checked = checked_slots(records);
    for id in 1..=MONITORS {
        let last = checked.iter().rev().find(|(monitor, _)| monitor.0 == id);
        assert!(last.is_some_and(|(_, slot)| *slot > at), "monitor {id}: {last:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_pinger_tells_nothing_of_what_others_have_checked() {
    let (records, thawed) = records_around_a_freeze(&["a", "b"]).await;
    let checked = checked_slots(&records);
    // Who takes a shard over may check a slot again that was told as skipped before the freeze: the result counts.
    for slot in skipped_slots(&records, thawed) {
        let of_monitor = records.iter().filter(|record| record.monitor_id() == slot.0);
        assert!(
            !checked.contains(&slot),
            "{slot:?} is told as skipped and was checked: {:?}",
            of_monitor.collect::<Vec<_>>()
        );
    }
    all_are_checked_after(&records, thawed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinger_that_was_frozen_alone_tells_what_it_has_missed() {
    let (records, thawed) = records_around_a_freeze(&["a"]).await;
    let checked = checked_slots(&records);
    let skipped = skipped_slots(&records, Timestamp::from_millis(0));
    assert!(!skipped.is_empty(), "somebody has to say so");
    for slot in &skipped {
        assert!(
            !checked.contains(slot),
            "{slot:?} is told as skipped and was checked"
        );
    }
    all_are_checked_after(&records, thawed);
    // From the first to the last slot of a monitor none is without a word.
    let told: BTreeSet<_> = checked.iter().copied().chain(skipped).collect();
    for id in 1..=MONITORS {
        let slots: Vec<_> = told.iter().filter(|(monitor, _)| monitor.0 == id).collect();
        for pair in slots.windows(2) {
            assert_eq!(pair[1].1.millis_since(pair[0].1), INTERVAL_MS, "{slots:?}");
        }
    }
}
