//! Processors are killed at random instants under load, and rebalance each time. What is left is what one
//! processor would have made of the log that never stopped.
#![allow(clippy::unwrap_used)]

mod common;

use std::process::Stdio;
use std::time::Duration;

use common::running::World;
use common::straight::{self, check};
use domain::Record;
use tokio::process::{Child, Command};

const MONITORS: usize = 40;

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
