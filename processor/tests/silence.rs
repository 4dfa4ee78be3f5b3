//! Connections that die without a word, in the middle of what the processor does: it goes on with new ones,
//! and loses and doubles nothing; as long as it cannot, it says so; and it stops in time all the same.

use std::time::{Duration, Instant};

use crate::common::running::{PATIENCE, Running, World};
use crate::common::{recount, result, start};
use domain::Record;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use testkit::{OwnKafka, Proxy, eventually};

const MINUTE: i64 = 60_000;

/// The statement that writes the results of a batch, in the middle of its transaction.
const WRITE: &[u8] = b"INSERT INTO check_results";

fn record(world: &World, k: i64) -> Record {
    let slot = start().plus_millis(k * MINUTE);
    Record::Result(result(world.database.monitors[0], slot, true))
}

/// A line to the database of `world`, and how to reach it there.
async fn postgres(world: &World, statement: Duration) -> (Proxy, PostgresSettings) {
    let (line, over) = Proxy::before(&world.database.url).await;
    let settings = PostgresSettings::from_url(&over).with_statement_timeout(statement);
    (line, settings)
}

/// Waits until readiness answers like this, with `part` in it.
async fn readiness(running: &Running, status: &str, part: &str) {
    eventually("readiness has changed", 2 * PATIENCE, || async {
        let answer = running.get("/health/ready").await;
        (answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_connection_that_dies_in_a_transaction_costs_its_deadline() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let mut settings = world.settings();
    let line;
    (line, settings.postgres) = postgres(&world, Duration::from_secs(1)).await;
    let running = Running::start(settings).await;
    let mut sent = 0;
    world.send([record(&world, sent)]).await;
    world.rows(1).await;
    type Swallow = fn(&Proxy, &[u8]);
    let (before, after): (Swallow, Swallow) = (Proxy::swallow_before, Proxy::swallow_after);
    for (needle, swallow) in [
        (WRITE, before),
        (WRITE, after),
        (b"COMMIT".as_slice(), before),
        (b"COMMIT".as_slice(), after),
    ] {
        // A statement is sent in words once on each connection.
        line.cut();
        line.mend();
        swallow(&line, needle);
        let began = Instant::now();
        while line.is_waiting() {
            assert!(began.elapsed() < PATIENCE, "nothing is written");
            sent += 1;
            world.send([record(&world, sent)]).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        world.rows(sent + 1).await;
    }
    world.done().await;
    recount::assert_exact(&world.database.client).await;
    readiness(&running, "200", "results").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_not_ready_while_nothing_gets_done() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let mut settings = world.settings();
    let line;
    (line, settings.postgres) = postgres(&world, Duration::from_secs(1)).await;
    let running = Running::start(settings).await;
    world.send([record(&world, 0)]).await;
    world.rows(1).await;
    readiness(&running, "200", "results").await;
    line.swallow();
    world.send((1..20).map(|k| record(&world, k))).await;
    readiness(&running, "503", "nothing was done for").await;
    assert!(running.get("/health/live").await.starts_with("HTTP/1.1 200"));
    line.mend();
    world.rows(20).await;
    readiness(&running, "200", "results").await;
    world.done().await;
    recount::assert_exact(&world.database.client).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_in_time_while_a_transaction_hangs() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let mut settings = world.settings();
    let line;
    (line, settings.postgres) = postgres(&world, Duration::from_secs(600)).await;
    settings.drain_within = Duration::from_secs(1);
    let running = Running::start(settings).await;
    line.swallow_before(WRITE);
    world.send([record(&world, 0)]).await;
    eventually("a transaction hangs", PATIENCE, || async {
        (!line.is_waiting()).then_some(())
    })
    .await;
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    // The server hears of it when the line is cut.
    line.cut();
    let running = Running::start(world.settings()).await;
    world.rows(1).await;
    world.done().await;
    recount::assert_exact(&world.database.client).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_falls_silent_is_written_again() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let (line, over) = Proxy::before(&testkit::redis_url()).await;
    let prefix = world.keys.filled();
    let mut settings = world.settings();
    settings.redis = RedisSettings::new(&over, prefix.strip_suffix("filled").unwrap());
    let running = Running::start(settings).await;
    let shown = async |k: i64| {
        let shown_at = Some(start().plus_millis(k * MINUTE + 7));
        eventually("the result is shown", PATIENCE, || async {
            let status = world.status(world.database.monitors[0]).await?;
            (status.last_checked_at == shown_at).then_some(())
        })
        .await;
    };
    world.send([record(&world, 0)]).await;
    shown(0).await;
    line.swallow();
    line.mend();
    world.send([record(&world, 1)]).await;
    world.rows(2).await;
    shown(1).await;
    world.done().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_falls_silent_is_read_again() {
    let test = "processor: a Kafka that falls silent is read again";
    let Some((kafka, line, over)) = OwnKafka::start_behind_line(test, 2).await else {
        return;
    };
    let world = World::new(kafka.settings().clone(), 1).await;
    let mut settings = world.settings();
    settings.kafka = over.with_socket_timeout(Duration::from_secs(2));
    let running = Running::start(settings).await;
    world.send([record(&world, 0)]).await;
    world.rows(1).await;
    // What there is is dead; what comes anew lives.
    line.swallow();
    line.mend();
    world.send([record(&world, 1)]).await;
    world.rows(2).await;
    world.done().await;
    // Nothing lives.
    line.swallow();
    world.send([record(&world, 2)]).await;
    readiness(&running, "503", "kafka").await;
    line.mend();
    world.rows(3).await;
    readiness(&running, "200", "kafka").await;
    line.swallow();
    running.stop().await;
    line.mend();
    recount::assert_exact(&world.database.client).await;
}
