//! The processor's figures: results per second from the log to committed rows, beside the same transactions
//! without Kafka and beside a bare COPY; bytes per result; how soon a result can be seen.
//!
//! `processor-bench [throughput|bytes|visible]... [results=N]`, all of them by default.

use std::time::Duration;

use bench::history::{self, Database, Running};
use bench::report::report;
use bench::{machine, stats, visible};
use processor::Settings;
use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;

const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("results="));
    let count: i64 = count.and_then(|count| count.parse().ok()).unwrap_or(1_500_000);
    let phases: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.contains('='))
        .collect();
    let wanted = |name: &str| phases.is_empty() || phases.iter().any(|phase| *phase == name);
    report(&format!("conditions: {}", machine::conditions()));
    if wanted("throughput") {
        throughput(1_000, count, 20_000).await;
        throughput(100_000, count, 10_000).await;
    }
    if wanted("bytes") {
        bytes(1_000, count).await;
    }
    if wanted("visible") {
        visible().await;
    }
}

async fn kafka() -> KafkaSettings {
    testkit::kafka("processor-bench", 12)
        .await
        .expect("TEST_KAFKA_BROKERS is set")
}

/// The three ways take turns, each in a database of its own.
async fn throughput(monitors: i64, count: i64, aim: i64) {
    let (mut logs, mut transactions, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let database = Database::with_monitors(monitors).await;
        let results = database.results(count);
        let postgres = PostgresSettings::from_url(&database.url);
        let settings = Settings::new(kafka().await, postgres, testkit::redis());
        logs.push(history::through_kafka(&database, &settings, &results).await);
        let batches = history::batches(&settings, results.len()).await;
        database.drop().await;
        let database = Database::with_monitors(monitors).await;
        transactions.push(history::transactions(&database, &batches).await);
        database.drop().await;
        let database = Database::with_monitors(monitors).await;
        copies.push(history::copy(&database, &batches).await);
        database.drop().await;
        let at = round - 1;
        report(&format!(
            "round {round}, {monitors} monitors: from Kafka {:.0}, the transactions of the same batches {:.0}, bare COPY {:.0} results/s",
            logs[at], transactions[at], copies[at]
        ));
    }
    let (log, sql, copy) = (
        stats::median(&logs),
        stats::median(&transactions),
        stats::median(&copies),
    );
    report(&format!(
        "throughput, {monitors} monitors: {log:.0} results/s (aim {aim}), {:.0} % of the same transactions without Kafka \
         (aim 80), {:.0} % of a bare COPY BINARY",
        log / sql * 100.0,
        log / copy * 100.0
    ));
}

async fn bytes(monitors: i64, count: i64) {
    let database = Database::with_monitors(monitors).await;
    let batches: Vec<_> = database.results(count).chunks(5_000).map(<[_]>::to_vec).collect();
    history::transactions(&database, &batches).await;
    let (table, index) = database.bytes_per_result().await;
    database.pack().await;
    let (packed_table, packed_index) = database.bytes_per_result().await;
    let packed = packed_table + packed_index;
    report(&format!(
        "bytes per result: {:.0} (index {index:.0}) as a backlog is stored, {packed:.0} (index {packed_index:.0}) when the day is packed \
         (aim 130); 1,000 monitors at 60 s for 30 days, 43.2 million: {:.1} GB",
        table + index,
        packed * 43_200_000.0 / 1e9
    ));
}

/// From the send to the live stream of Redis, at 1,000 results per second.
async fn visible() {
    const MONITORS: i64 = 1_000;
    const SECONDS: i64 = 20;
    let database = Database::with_monitors(MONITORS).await;
    let (kafka, redis) = (kafka().await, testkit::redis());
    let postgres = PostgresSettings::from_url(&database.url);
    let running = Running::start(Settings::new(kafka.clone(), postgres, redis.clone())).await;
    // Joins the group.
    history::produce(&kafka, &database.results(1)[..1]).await;
    testkit::eventually("the processor reads", Duration::from_secs(60), || {
        database.stored()
    })
    .await;
    let client = shared::redis::connect(&redis).expect("Redis can be used");
    let stream = (client, redis.keys().stream(database.org));
    let (seen, missed) = visible::measure(&database, &kafka, stream, MONITORS, SECONDS).await;
    running.stop().await;
    report(&format!(
        "visible in Redis at {MONITORS}/s: p50 {:.0} ms, p99 {:.0} ms (aim 150) after the send; {} seen, {missed} not",
        stats::median(&seen),
        stats::percentile(&seen, 99.0),
        seen.len()
    ));
}
