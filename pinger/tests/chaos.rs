//! Three pingers as processes of their own: one is killed, one is stopped.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::{Results, UserService, start_process, until_shared};
use domain::{Record, Timestamp};
use serde_json::json;
use shared::kafka::KafkaSettings;
use shared::redis::RedisSettings;
use testkit::FakeTarget;

const MONITORS: i64 = 120;
const INTERVAL_MS: i64 = 10_000;
const TTL: Duration = Duration::from_secs(6);

/// The slots of each monitor in `records`, each with when it was checked last.
fn slots(records: &[Record]) -> BTreeMap<i64, BTreeMap<Timestamp, Timestamp>> {
    let mut all: BTreeMap<i64, BTreeMap<Timestamp, Timestamp>> = BTreeMap::new();
    for record in records {
        if let Record::Result(result) = record {
            let of_monitor = all.entry(result.monitor_id.0).or_default();
            of_monitor.insert(result.scheduled_at, result.timestamp);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_kill_nor_a_stop_leaves_a_monitor_unchecked() {
    for _ in 0..testkit::rounds() {
        let Some(kafka) = testkit::kafka("pinger: one killed, one stopped", 6).await else {
            return;
        };
        kill_one_and_stop_another(&kafka).await;
    }
}

async fn kill_one_and_stop_another(kafka: &KafkaSettings) {
    let prefix = format!("{}:", testkit::unique());
    let redis = RedisSettings::new(&testkit::redis_url(), &prefix);
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    for id in 1..=MONITORS {
        users.put(id, 1, json!({"url": target.url(), "interval_seconds": 10}));
    }
    let start = |pod: &str| start_process(pod, kafka, &prefix, &users.url(), TTL);
    let mut pods = [start("a"), start("b"), start("c")];
    until_shared(&redis, &["a", "b", "c"]).await;
    let mut results = Results::of(kafka);
    let mut records = results.all_within(Duration::from_secs(4)).await;

    pods[0].kill().await.unwrap();
    let killed = shared::now();
    until_shared(&redis, &["b", "c"]).await;
    records.extend(results.all_within(Duration::from_secs(8)).await);
    let checked = slots(&records);
    assert_eq!(checked.len() as i64, MONITORS);
    let patience_ms = (TTL + Duration::from_secs(1)).as_millis() as i64;
    for (id, slots) in &checked {
        // A monitor whose slot does not come within that time has nothing to be checked for.
        let after_kill = slots.values().find(|&&at| at > killed);
        let due_later = slots
            .keys()
            .next_back()
            .is_some_and(|slot| slot.plus_millis(INTERVAL_MS).millis_since(killed) > patience_ms);
        let in_time = after_kill.is_some_and(|at| at.millis_since(killed) <= patience_ms);
        assert!(in_time || due_later, "monitor {id} after {killed}: {slots:?}");
    }

    // Nobody knew what the killed pod had checked; a pod that is stopped says so.
    let before_stop = slots(&records);
    let pid = pods[1].id().unwrap();
    let stopped = shared::now();
    testkit::signal(pid, testkit::Signal::TERM).unwrap();
    until_shared(&redis, &["c"]).await;
    let handed_over = shared::now().millis_since(stopped);
    assert!(handed_over < 1_000, "{handed_over} ms");
    assert!(pods[1].wait().await.unwrap().success());
    let after_stop = results.all_within(Duration::from_secs(21)).await;
    let mut seen = BTreeSet::new();
    for record in &after_stop {
        let name = (record.monitor_id(), record.event_time());
        let known = before_stop
            .get(&name.0.0)
            .is_some_and(|slots| slots.contains_key(&name.1));
        assert!(seen.insert(name) && !known, "checked twice: {record:?}");
    }
    records.extend(after_stop);
    for (id, slots) in slots(&records) {
        let times: Vec<_> = slots.keys().copied().collect();
        for pair in times.windows(2) {
            let gap = pair[1].millis_since(pair[0]) / INTERVAL_MS;
            let around_kill = pair[0] <= killed && pair[1].millis_since(killed) <= 2 * INTERVAL_MS;
            let allowed = if around_kill { 2 } else { 1 };
            assert!(gap <= allowed, "monitor {id} after {killed}: {times:?}");
        }
    }
}
