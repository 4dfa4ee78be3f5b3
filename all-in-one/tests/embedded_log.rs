//! What the embedded log does while PostgreSQL or the disk is away: it keeps what it can, and says what it cannot.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use domain::Timestamp;
use e2e::{AllInOne, Api, PATIENCE, Process, Stores, messages_about};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;
use shared::kafka::{KafkaSettings, Producer};
use testkit::{FakeSlack, FakeTarget, Proxy};

/// Between two results of the past.
const INTERVAL_MS: i64 = 20_000;

struct World {
    line: Proxy,
    database_url: String,
    target: FakeTarget,
    product: AllInOne,
    api: Api,
}

impl World {
    async fn start(settings: &[(&'static str, String)]) -> Self {
        let database_url = testkit::database().await;
        let (line, over_line) = Proxy::before(&database_url).await;
        let product = AllInOne::start_with(&Stores::with_database(over_line), settings);
        let mut api = product.api().await;
        api.register().await;
        Self {
            line,
            database_url,
            target: FakeTarget::start().await,
            product,
            api,
        }
    }

    /// How to reach the broker inside the process.
    fn kafka(&self) -> KafkaSettings {
        let output = self.product.output();
        let (_, after) = output.split_once("Kafka is in this process").unwrap();
        let (_, port) = after.split_once("127.0.0.1:").unwrap();
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        KafkaSettings::new(&format!("127.0.0.1:{port}"), "", 12)
    }

    fn memory_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.product.pid().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// How many results of the past are stored.
    async fn stored(&self, monitor: i64, before: Timestamp) -> i64 {
        let client = testkit::connect(&self.database_url).await;
        let counted = client
            .query_one(
                "SELECT count(*) FROM check_results WHERE monitor_id = $1 AND scheduled_at < $2",
                &[&monitor, &before.to_datetime()],
            )
            .await;
        counted.unwrap().get(0)
    }
}

/// Sends results as a producer of one's own does, for slots of the past; answers when all are acknowledged.
async fn produce(
    kafka: &KafkaSettings,
    monitor: i64,
    first: Timestamp,
    numbers: std::ops::Range<i64>,
    padding: usize,
) {
    let producer = Producer::new(kafka, PATIENCE).unwrap();
    let padding = "x".repeat(padding);
    let mut waiting = Vec::new();
    for number in numbers {
        let record = json!({
            "monitor_id": monitor, "url": "https://example.org/", "is_up": true, "latency_ms": 5,
            "timestamp": first.plus_millis(number * INTERVAL_MS), "padding": padding,
        });
        let key = monitor.to_string();
        let ack = producer.send(
            &kafka.results_topic(),
            &key,
            &serde_json::to_vec(&record).unwrap(),
        );
        waiting.push(ack.unwrap());
        if waiting.len() == 1_000 {
            for ack in waiting.drain(..) {
                ack.await.unwrap();
            }
        }
    }
    for ack in waiting {
        ack.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_postgresql_is_stored_when_it_is_back() {
    const RESULTS: i64 = 20_000;
    let world = World::start(&[]).await;
    let monitor = world.api.add_monitor("Shop", &world.target.url()).await;
    world.api.await_state(monitor, "up").await;
    let now = shared::now();
    world.line.cut();
    let first = now.plus_millis(-(RESULTS + 10) * INTERVAL_MS);
    produce(&world.kafka(), monitor, first, 0..RESULTS, 0).await;
    let before = now.plus_millis(-5 * INTERVAL_MS);
    assert_eq!(world.stored(monitor, before).await, 0);
    world.line.mend();
    testkit::eventually("all of them are stored", 2 * PATIENCE, async || {
        (world.stored(monitor, before).await == RESULTS).then_some(())
    })
    .await;
    assert!(!world.product.output().contains("are dropped"));
    assert!(world.product.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_bound_the_oldest_results_go_loudly_and_memory_stays() {
    const RESULTS: i64 = 24_000;
    let world = World::start(&[("EMBEDDED_LOG_MIB", "64".to_owned())]).await;
    let monitor = world.api.add_monitor("Shop", &world.target.url()).await;
    world.api.await_state(monitor, "up").await;
    let now = shared::now();
    world.line.cut();
    let (kafka, first) = (world.kafka(), now.plus_millis(-(RESULTS + 10) * INTERVAL_MS));
    let mut memory = Vec::new();
    for half in [0..RESULTS / 2, RESULTS / 2..RESULTS] {
        // What the clients hold of it is bounded as well.
        produce(&kafka.clone().uncompressed(), monitor, first, half, 4_000).await;
        memory.push(world.memory_kib());
    }
    let growth = memory[1].saturating_sub(memory[0]);
    assert!(
        growth < 24 << 10,
        "{memory:?} KiB after the first 48 MB and the second"
    );
    testkit::eventually("it is said", PATIENCE, async || {
        let output = world.product.output();
        output.contains("its oldest results are dropped").then_some(())
    })
    .await;
    let before = now.plus_millis(-5 * INTERVAL_MS);
    world.line.mend();
    // What the processor had in hand when it was dropped is stored as well: with luck everything is. The newest is
    // stored last.
    let newest = before.plus_millis(-6 * INTERVAL_MS);
    testkit::eventually("what is left is stored", 2 * PATIENCE, async || {
        let all = world.stored(monitor, before).await;
        let client = testkit::connect(&world.database_url).await;
        let latest = client
            .query_one(
                "SELECT count(*) FROM check_results WHERE monitor_id = $1 AND scheduled_at BETWEEN $2 AND $3",
                &[&monitor, &newest.to_datetime(), &before.to_datetime()],
            )
            .await
            .unwrap();
        (latest.get::<_, i64>(0) > 0 && all > 12_000).then_some(())
    })
    .await;
    assert!(world.product.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_tells_nothing_and_later_everything_once() {
    let world = World::start(&[]).await;
    let slack = FakeSlack::start().await;
    world.api.add_slack(&slack.webhook_url()).await;
    let monitor = world.api.add_monitor("Shop", &world.target.url()).await;
    world.api.await_state(monitor, "up").await;
    // The log's file is longer than what the process itself has written by then.
    let first = shared::now().plus_millis(-1_000 * INTERVAL_MS);
    produce(&world.kafka().uncompressed(), monitor, first, 0..600, 2_000).await;
    limit_files(&world, Some(1 << 20));
    world.target.answer(500);
    testkit::eventually("it is said", PATIENCE, async || {
        let output = world.product.output();
        output
            .contains("the embedded log cannot be written")
            .then_some(())
    })
    .await;
    let seen = world.target.seen().len();
    testkit::eventually("it is checked again", PATIENCE, async || {
        (world.target.seen().len() > seen + 1).then_some(())
    })
    .await;
    assert!(
        messages_about(&slack, "Shop").is_empty(),
        "nothing is told that could not be remembered"
    );
    limit_files(&world, None);
    for kind in ["DOWN", "UP"] {
        testkit::eventually(&format!("Slack hears {kind}"), 2 * PATIENCE, async || {
            let told = messages_about(&slack, "Shop");
            told.iter().any(|(told, ..)| *told == kind).then_some(())
        })
        .await;
        world.target.answer(200);
    }
    let kinds: Vec<_> = messages_about(&slack, "Shop")
        .iter()
        .map(|(kind, ..)| *kind)
        .collect();
    assert_eq!(kinds, ["DOWN", "UP"]);
    assert!(world.product.output().contains("can be written again"));
    assert!(world.product.stop().await);
}

/// As a full disk: no file of the product grows beyond this.
fn limit_files(world: &World, bytes: Option<u64>) {
    let pid = Pid::from_raw(world.product.pid().unwrap() as i32);
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_used_is_named_with_its_setting() {
    let settings = [
        ("EMBEDDED_LOG_DIR", "/dev/null/log".to_owned()),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing".to_owned()),
        ("REDIS_URL", testkit::redis_url()),
    ];
    let variables = [&e2e::secrets()[..], &settings].concat();
    let ended = tokio::time::timeout(
        Duration::from_secs(20),
        Process::run("all-in-one", &[], &variables),
    );
    let (went_well, said) = ended.await.unwrap();
    assert!(!went_well);
    assert!(
        said.contains("EMBEDDED_LOG_DIR") && said.contains("/dev/null/log"),
        "{said}"
    );
}
