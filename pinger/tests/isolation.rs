//! Slow targets do not hold healthy ones up.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{Pinger, Results, UserService};
use domain::Record;
use domain::record::SkipReason;
use serde_json::json;
use tokio::net::TcpListener;

/// Accepts connections and says nothing.
async fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    url
}

fn p99_lateness_ms(records: &[Record], healthy: impl Fn(i64) -> bool) -> i64 {
    let mut lateness: Vec<i64> = records
        .iter()
        .filter_map(|record| match record {
            Record::Result(result) if healthy(result.monitor_id.0) => {
                Some(result.timestamp.millis_since(result.scheduled_at))
            }
            _ => None,
        })
        .collect();
    lateness.sort_unstable();
    assert!(lateness.len() > 100, "{}", lateness.len());
    lateness[lateness.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenth_of_targets_that_hang_does_not_make_the_others_late() {
    const MONITORS: i64 = 400;
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = testkit::FakeTarget::start().await;
    let slow = hanging().await;
    let hangs = |id: i64| id % 10 == 0;
    for id in 1..=MONITORS {
        let url = if hangs(id) { &slow } else { &target.url() };
        users.put(
            id,
            1,
            json!({"url": url, "interval_seconds": 10, "timeout_ms": 4_000}),
        );
    }
    // Far less room than the hanging targets would take.
    let extra = [
        ("PROBE_MAX_IN_FLIGHT", "64"),
        ("PROBE_MAX_IN_FLIGHT_FAILING", "8"),
        ("PROBE_MAX_PER_HOST", "32"),
    ];
    let pinger = Pinger::start_with(&kafka, &redis, &users.url(), &extra).await;
    let mut results = Results::of(&kafka);
    // The first checks are out of turn.
    let first = results.all_within(Duration::from_secs(10)).await;
    let known: BTreeSet<i64> = first.iter().map(|record| record.monitor_id().0).collect();
    assert!(known.len() as i64 >= MONITORS * 9 / 10, "{}", known.len());
    let began = shared::now();
    let mut records = results.all_within(Duration::from_secs(25)).await;
    records.retain(|record| record.event_time() > began);

    let p99 = p99_lateness_ms(&records, |id| !hangs(id));
    assert!(p99 < 250, "{p99} ms late");
    let of_hanging = records.iter().filter(|record| hangs(record.monitor_id().0));
    let mut shed = 0;
    for record in of_hanging {
        match record {
            Record::Result(result) => assert!(!result.up),
            Record::Skipped(skipped) => {
                assert_eq!(skipped.reason, SkipReason::Overload);
                shed += skipped.slots();
            }
            Record::Lifecycle(_) | Record::Ping(_) => panic!("pingers write neither"),
        }
    }
    assert!(shed > 0, "results without room are counted");
    pinger.stop().await;
}
