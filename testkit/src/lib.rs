//! What tests need around them: a database, topics and keys of their own, and servers to talk to.
//!
//! The servers themselves are started once for all tests by `make test`, which names them in
//! `TEST_DATABASE_URL`, `TEST_REDIS_URL` and `TEST_KAFKA_BROKERS`. Tests that stop servers start their own.

mod contract;
mod database;
mod http_server;
mod name_server;
mod plain;
mod port;
mod provider;
mod proxy;
mod servers;
mod slack;
mod smtp;
mod target;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use contract::{assert_documented, documented};
pub use database::{database, drop_database, empty_database};
pub use http_server::{HttpServer, Reply, Seen};
pub use name_server::{Answer, NameServer, Question};
pub use plain::assert_plain;
pub use port::{ClosedPort, free_port};
pub use provider::{RealProvider, Speaks};
pub use proxy::Proxy;
pub use rustix::process::Signal;
pub use servers::{OwnKafka, OwnPostgres, OwnRedis};
pub use slack::FakeSlack;
pub use smtp::{FakeSmtp, Mail, Manners};
pub use target::FakeTarget;

use rustix::process::Pid;
use shared::kafka::{EmbeddedBroker, KafkaSettings};
use shared::redis::RedisSettings;
use tempfile::TempDir;

/// A name that no other test of this or another process uses: `t<pid>-<counter>-<millis>`.
pub fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("t{}-{count}-{}", std::process::id(), shared::now().as_millis())
}

/// Sends a signal to a process. Not by the command `kill`, which a bare machine does not have.
///
/// # Errors
/// When there is no such process.
pub fn signal(pid: u32, signal: Signal) -> std::io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(std::io::ErrorKind::InvalidInput)?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// The memory that a process takes up, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> std::io::Result<u64> {
    of_status(pid, "VmRSS:")
}

/// The most memory that a process has taken up, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn peak_memory(pid: u32) -> std::io::Result<u64> {
    of_status(pid, "VmHWM:")
}

fn of_status(pid: u32, name: &str) -> std::io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.ok_or(std::io::ErrorKind::InvalidData)? * 1024)
}

/// A connection to the database with this URL, driven in the background.
///
/// # Panics
/// When it cannot be reached.
pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, driver) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .expect("PostgreSQL can be reached");
    tokio::spawn(driver);
    client
}

/// The test's own prefix on the Redis server.
///
/// # Panics
/// When `TEST_REDIS_URL` is not set.
pub fn redis() -> RedisSettings {
    RedisSettings::new(&redis_url(), &format!("{}:", unique()))
}

/// The Redis server.
///
/// # Panics
/// When `TEST_REDIS_URL` is not set.
pub fn redis_url() -> String {
    variable("TEST_REDIS_URL").expect("TEST_REDIS_URL is set by `make test`")
}

/// Topics of the test's own on real Apache Kafka. Without `TEST_KAFKA_BROKERS` there is none: the test
/// counts as skipped and should return.
///
/// # Panics
/// When the topics cannot be made.
pub async fn kafka(test: &str, partitions: i32) -> Option<KafkaSettings> {
    let Some(brokers) = variable("TEST_KAFKA_BROKERS") else {
        skipped(test, "TEST_KAFKA_BROKERS is not set");
        return None;
    };
    let settings = KafkaSettings::new(&brokers, &format!("{}.", unique()), partitions);
    shared::kafka::create_topics(&settings)
        .await
        .expect("the topics can be made");
    Some(settings)
}

/// An embedded broker with a log that goes with it.
#[derive(Debug)]
pub struct EmbeddedKafka {
    _broker: EmbeddedBroker,
    _folder: TempDir,
}

/// An embedded broker of the test's own, and how to reach it.
///
/// # Panics
/// When the broker cannot be started.
pub fn embedded_kafka() -> (EmbeddedKafka, KafkaSettings) {
    // In memory, where that is a folder: tests write much and keep nothing.
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
    let folder = folder.expect("a folder can be made");
    let broker = EmbeddedBroker::start(folder.path().to_owned(), "", 64 << 20, &[]);
    let broker = broker.expect("the embedded broker starts");
    let settings = broker.settings();
    let kept = EmbeddedKafka {
        _broker: broker,
        _folder: folder,
    };
    (kept, settings)
}

/// How often a fault test repeats its fault: 3 times, or `TEST_ROUNDS` (`make chaos`).
pub fn rounds() -> usize {
    variable("TEST_ROUNDS")
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

/// Whether tests run that take long as well: in `make test-full`.
pub fn is_full() -> bool {
    variable("TEST_FULL").is_some()
}

/// What a test that makes up its input begins with: the same each time, or `TEST_SEED`. It is shown when the test fails.
pub fn seed() -> u64 {
    seed_or(20_261_127)
}

/// The same for a fault test: another one each time.
pub fn fault_seed() -> u64 {
    seed_or(u64::from_le_bytes(shared::crypto::random()))
}

#[expect(clippy::print_stdout, reason = "a failed test shows what it began with")]
fn seed_or(otherwise: u64) -> u64 {
    let seed = variable("TEST_SEED").and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(otherwise);
    println!("TEST_SEED={seed}");
    seed
}

/// Waits until `probe` has an answer.
///
/// # Panics
/// When it has none within `patience`.
pub async fn eventually<T, F>(what: &str, patience: Duration, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Counts `test` as skipped, because of what this machine lacks.
///
/// # Panics
/// When the log of skipped tests cannot be written.
pub fn skipped(test: &str, why: &str) {
    if let Some(path) = variable("TEST_SKIP_LOG") {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = log.and_then(|mut log| writeln!(log, "SKIPPED: {test}: {why}"));
        written.expect("the log of skipped tests can be written");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told of their servers by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
