//! Processors are killed at random instants under load, and rebalance each time; the servers that they need
//! go and come back. What is left is what one processor would have made of the log that never stopped.
#![allow(clippy::unwrap_used)]

mod common;

use std::process::Stdio;
use std::time::Duration;

use common::Database;
use common::running::{PATIENCE, Running, World};
use common::straight::{self, check};
use domain::Record;
use testkit::{OwnKafka, OwnPostgres, OwnRedis, eventually};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

const MONITORS: usize = 40;

/// Monitors of the test that starts its own servers.
const FEW: usize = 20;

/// A processor as a process of its own.
fn spawn(world: &World) -> Child {
    let prefix = world.keys.filled();
    Command::new(env!("CARGO_BIN_EXE_processor"))
        .env_clear()
        .env("KAFKA_BROKERS", brokers())
        .env("KAFKA_PREFIX", world.kafka.named(""))
        .env("DATABASE_URL", &world.database.url)
        .env("REDIS_URL", testkit::redis_url())
        .env("REDIS_PREFIX", prefix.strip_suffix("filled").unwrap())
        .env("HTTP_ADDR", "127.0.0.1:0")
        .env("BATCH_MAX", "60")
        .env("LOG_LEVEL", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of their servers by the environment"
)]
fn brokers() -> String {
    std::env::var("TEST_KAFKA_BROKERS").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processors_may_be_killed_at_any_instant() {
    let Some(kafka) = testkit::kafka("processor: killed at any instant", 6).await else {
        return;
    };
    let world = World::new(kafka, MONITORS).await;
    let mut log = Vec::new();
    let mut processors = vec![spawn(&world), spawn(&world)];
    let mut k = 0;
    for round in 0..testkit::rounds() as u64 {
        // A prime number of milliseconds, other in each round: another instant of the work each time.
        let until = tokio::time::Instant::now() + Duration::from_millis(1_500 + round * 379 % 2_000);
        let mut pace = tokio::time::interval(Duration::from_millis(15));
        while pace.tick().await < until {
            let records: Vec<Record> = world
                .database
                .monitors
                .iter()
                .map(|&monitor| Record::Result(check(monitor, k)))
                .collect();
            world.send(records.iter().cloned()).await;
            // Now and then the producer sends again what it has sent.
            if k % 17 == 0 {
                world.send(records.iter().cloned()).await;
            }
            log.extend(records);
            k += 1;
        }
        let mut killed = processors.remove(0);
        killed.kill().await.unwrap();
        processors.push(spawn(&world));
    }
    world.rows(log.len() as i64).await;
    world.done().await;
    straight::assert_like(&world, &log).await;
}

/// A minute in `make chaos`.
fn outage() -> Duration {
    Duration::from_secs(if testkit::rounds() > 3 { 60 } else { 2 })
}

/// Sends slot after slot until `stop`; answers what was sent.
async fn load(world: &World, stop: &CancellationToken) -> Vec<Record> {
    let (mut log, mut k) = (Vec::new(), 0);
    let mut pace = tokio::time::interval(Duration::from_millis(40));
    while !stop.is_cancelled() {
        pace.tick().await;
        let monitors = world.database.monitors.iter();
        let records: Vec<Record> = monitors
            .map(|&monitor| Record::Result(check(monitor, k)))
            .collect();
        world.send(records.iter().cloned()).await;
        log.extend(records);
        k += 1;
    }
    log
}

/// Waits until a result of this very moment can be seen, which takes every server.
async fn moves(world: &World) {
    let monitor = world.database.monitors[0];
    let before = world
        .status(monitor)
        .await
        .and_then(|status| status.last_checked_at);
    eventually("Redis moves on", 2 * PATIENCE, || async {
        let now = world
            .status(monitor)
            .await
            .and_then(|status| status.last_checked_at);
        (now > before).then_some(())
    })
    .await;
}

async fn run(stop: &CancellationToken, faults: impl Future<Output = ()>) {
    faults.await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_may_go_and_come_back() {
    let Some(mut kafka) = OwnKafka::start("processor: servers may go and come back", 4).await else {
        return;
    };
    let (mut postgres, mut redis) = (OwnPostgres::start().await, OwnRedis::start().await);
    let database = Database::at(postgres.url().to_owned(), FEW).await;
    let mut world = World::of(kafka.settings().clone(), database, redis.settings());
    let processors = [
        Running::start(world.settings()).await,
        Running::start(world.settings()).await,
    ];
    let stop = CancellationToken::new();
    let faults = run(&stop, async {
        moves(&world).await;
        postgres.kill().await;
        tokio::time::sleep(outage()).await;
        postgres.restart().await;
        moves(&world).await;
        // It hangs instead of being gone.
        postgres.pause();
        tokio::time::sleep(Duration::from_secs(2)).await;
        postgres.resume();
        moves(&world).await;
        redis.flush().await;
        moves(&world).await;
        redis.kill().await;
        redis.restart().await;
        moves(&world).await;
        kafka.kill().await;
        kafka.restart().await;
        moves(&world).await;
    });
    let (log, ()) = tokio::join!(load(&world, &stop), faults);
    world.database.client = testkit::connect(postgres.url()).await;
    world.rows(log.len() as i64).await;
    world.done().await;
    straight::assert_like(&world, &log).await;
    for processor in processors {
        processor.stop().await;
    }
}
