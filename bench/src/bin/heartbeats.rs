//! Many heartbeats whose pings do not come, watched by one pinger: how long after its deadline each is said to be
//! overdue, is folded and is told, and what a heartbeat costs in memory.
//!
//! `heartbeats-bench [COUNT SECONDS]`: 100,000 whose deadlines lie evenly in 300 s, by default.

use std::sync::PoisonError;
use std::time::Duration;

use bench::alerts::Alerting;
use bench::heartbeats::{self, Deadlines, Seen, Watched};
use bench::history::Database;
use bench::pinger::Pinger;
use bench::report::report;
use bench::{machine, stats};
use fred::interfaces::ClientLike as _;
use shared::redis::RedisSettings;
use tokio_util::sync::CancellationToken;

const PARTITIONS: i32 = 12;

/// How long a pinger is left alone before its memory is read: what was used to begin is given back by then.
const SETTLE: Duration = Duration::from_secs(15);

/// Until the first deadline all must have been pinged, folded, fetched and settled: so long, and a second for so many.
const LEAST_LEAD_SECONDS: i64 = 60;
const PREPARED_PER_SECOND: i64 = 500;

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse::<u32>().ok());
    let count = numbers.next().unwrap_or(100_000).max(1);
    let over = Duration::from_secs(u64::from(numbers.next().unwrap_or(300)));
    report(&format!("conditions: {}", machine::conditions()));
    let kafka = testkit::kafka("heartbeats-bench", PARTITIONS)
        .await
        .expect("TEST_KAFKA_BROKERS is set by make bench");
    let prefix = format!("{}:", testkit::unique());
    let settings = RedisSettings::new(&testkit::redis_url(), &prefix);
    let (redis, keys) = (
        shared::redis::connect(&settings).expect("Redis can be used"),
        settings.keys(),
    );
    redis.wait_for_connect().await.expect("Redis is there");

    let none = testkit::unique();
    let without = Pinger::start_with(kafka.clone(), format!("{none}:"), 0, |id| {
        unreachable!("there is no {id}")
    })
    .await;
    without.settle(SETTLE).await;
    let base = without.resident_bytes();
    drop(without);

    let database = Database::with_monitors(i64::from(count)).await;
    heartbeats::divide(&database.url).await;
    let others = database.org;
    let lead = 1_000 * (LEAST_LEAD_SECONDS + i64::from(count) / PREPARED_PER_SECOND);
    let deadlines = Deadlines {
        first: shared::now().plus_millis(lead),
        over,
        count,
    };
    let stop = CancellationToken::new();
    let processor = heartbeats::start_processor(&kafka, &database.url, &prefix);
    let alerting = Alerting::start(kafka.clone(), 0).await;
    heartbeats::ping_all(&kafka, &deadlines, others).await;
    heartbeats::await_folded(&redis, &keys, &kafka).await;
    let published = heartbeats::watch_log(&kafka, deadlines, stop.clone());
    let folded = heartbeats::watch_streams(&redis, &keys, others, deadlines, stop.clone());
    let pinger = Pinger::start_with(kafka.clone(), prefix, count, move |id| {
        heartbeats::definition(id, others)
    })
    .await;
    testkit::eventually("the pinger knows all", Duration::from_secs(600), async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        (pinger.monitors().await >= f64::from(count)).then_some(())
    })
    .await;
    pinger.settle(SETTLE).await;
    let left = deadlines.first.millis_since(shared::now());
    report(&match left {
        0.. => format!("all is ready {} s before the first deadline", left / 1_000),
        _ => format!(
            "THE FIRST DEADLINE PASSED {} s before all was ready",
            -left / 1_000
        ),
    });
    let resident = pinger.resident_bytes();
    report(&format!(
        "memory: {:.1} MB with {count} heartbeats, {:.1} MB with none: {:.0} bytes per heartbeat",
        resident as f64 / 1e6,
        base as f64 / 1e6,
        (resident as f64 - base as f64) / f64::from(count)
    ));

    let (wanted, are_told) = (count as usize, heartbeats::are_told(count));
    let until = deadlines.last().millis_since(shared::now()) + 60_000;
    let until = tokio::time::Instant::now() + Duration::from_millis(until.unsigned_abs());
    while tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let is_told = heartbeats::told(&alerting, &deadlines).after.len() >= are_told;
        if of(&published).after.len() >= wanted && of(&folded).after.len() >= wanted && is_told {
            break;
        }
    }
    stop.cancel();
    report(&format!(
        "{count} heartbeats whose deadlines lie in {} s, after their deadlines:",
        over.as_secs()
    ));
    show("published", &of(&published), wanted, "aim: within 1 s");
    show(
        "folded, and seen in the live stream",
        &of(&folded),
        wanted,
        "no aim of its own",
    );
    show(
        "told to Slack, one in a hundred",
        &heartbeats::told(&alerting, &deadlines),
        are_told,
        "aim: within 3 s",
    );
    drop((pinger, processor));
    alerting.stop().await;
    let _ = redis.quit().await;
    database.drop().await;
}

fn of(watched: &Watched) -> Seen {
    watched.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn show(what: &str, seen: &Seen, wanted: usize, aim: &str) {
    let times: Vec<f64> = seen.after.values().copied().collect();
    if times.is_empty() {
        return report(&format!("{what}: NONE of {wanted}"));
    }
    let at = |percent| stats::percentile(&times, percent);
    let missed = wanted.saturating_sub(times.len());
    report(&format!(
        "{what}: p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms over {} ({aim}); {missed} not seen, {} seen again",
        at(50.0),
        at(99.0),
        at(100.0),
        times.len(),
        seen.again
    ));
}
