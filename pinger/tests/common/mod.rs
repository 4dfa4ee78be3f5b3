//! A pinger of the test's own, with a user-service that is made up.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(unreachable_pub, reason = "test helpers")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::internal::CheckAnswer;
use domain::monitor::{Definition, MonitorInput};
use domain::{ErrorCode, Grid, MonitorId, OrgId, Record};
use fred::interfaces::{KeysInterface as _, PubsubInterface as _};
use hyper::body::Bytes;
use pinger::{RunError, Service, Settings};
use serde_json::{Value, json};
use shared::kafka::{Consumer, KafkaSettings, Start};
use shared::redis::{Keys, RedisSettings};
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use testkit::{HttpServer, Reply, Seen};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

pub const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for a test to begin with its monitors before they are due.
pub const QUIET: Duration = Duration::from_secs(5);
/// The interval of a monitor that does not say another.
pub const DEFAULT_INTERVAL_MS: u32 = 60_000;
pub const KEY: &str = "0123456789abcdef0123456789abcdef";
pub const SEALING: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

type Definitions = Arc<Mutex<BTreeMap<i64, Definition>>>;

/// The internal API of user-service, as far as pingers use it.
pub struct UserService {
    definitions: Definitions,
    server: HttpServer,
    redis: fred::clients::Client,
    channel: String,
}

impl UserService {
    pub async fn start(redis: &RedisSettings) -> Self {
        let definitions = Definitions::default();
        let served = Arc::clone(&definitions);
        let server = HttpServer::start(move |request| answer(request, &served)).await;
        Self {
            definitions,
            server,
            redis: shared::redis::connect(redis).unwrap(),
            channel: redis.keys().definitions_changed(),
        }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// From now on it answers nothing but this status.
    pub fn fail_with(&self, status: u16) {
        self.server.answer_with(move |_| Reply::new(status, ""));
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.server.seen().len()
    }

    /// It answers again.
    pub fn recover(&self) {
        let served = Arc::clone(&self.definitions);
        self.server.answer_with(move |request| answer(request, &served));
    }

    /// Stores a monitor without telling anybody.
    pub fn put(&self, id: i64, revision: u32, input: Value) -> Definition {
        let definition = definition(id, revision, input);
        self.definitions.lock().unwrap().insert(id, definition.clone());
        definition
    }

    /// Stores a monitor as an earlier version did, without telling anybody.
    pub fn put_stored(&self, definition: Definition) {
        self.definitions
            .lock()
            .unwrap()
            .insert(definition.id.0, definition);
    }

    /// Stores a monitor and tells pingers of it.
    pub async fn save(&self, id: i64, revision: u32, input: Value) {
        self.put(id, revision, input);
        self.poke(id).await;
    }

    pub async fn delete(&self, id: i64) {
        self.definitions.lock().unwrap().remove(&id);
        self.poke(id).await;
    }

    /// Removes a monitor without telling anybody.
    pub fn delete_silently(&self, id: i64) {
        self.definitions.lock().unwrap().remove(&id);
    }

    async fn poke(&self, id: i64) {
        let _: i64 = self
            .redis
            .publish(self.channel.as_str(), id.to_string())
            .await
            .unwrap();
    }
}

/// Ids of monitors that are not due before `quiet` has passed. Where the first check or an edit happens to meet
/// a slot, that slot is checked right behind it: a test that counts checks keeps away from it.
pub fn ids_due_after(quiet: Duration, interval_ms: u32) -> impl Iterator<Item = i64> {
    let now = shared::now();
    let quiet_until = now.plus_millis(quiet.as_millis() as i64);
    (1..).filter(move |&id| Grid::new(MonitorId(id), interval_ms).after(now) > quiet_until)
}

/// The first of [`ids_due_after`].
pub fn id_due_after(quiet: Duration, interval_ms: u32) -> i64 {
    ids_due_after(quiet, interval_ms).next().unwrap()
}

/// A definition from the fields that a user would send, as of now.
pub fn definition(id: i64, revision: u32, input: Value) -> Definition {
    let input: MonitorInput = serde_json::from_value(input).unwrap();
    let (_, spec) = input.validate().unwrap();
    Definition {
        id: MonitorId(id),
        org_id: OrgId(7),
        revision,
        changed_at: Some(shared::now()),
        probe_revision: None,
        spec,
    }
}

fn answer(request: &Seen, definitions: &Definitions) -> Reply {
    if request.headers.get("x-internal-key").is_none_or(|key| key != KEY) {
        return Reply::new(401, "");
    }
    let url: url::Url = format!("http://x{}", request.path).parse().unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let numbers = |name: &str| -> Vec<i64> {
        query.get(name).map_or(Vec::new(), |list| {
            list.split(',').filter_map(|n| n.parse().ok()).collect()
        })
    };
    let definitions = definitions.lock().unwrap();
    let page: Vec<&Definition> = if query.contains_key("ids") {
        numbers("ids")
            .iter()
            .filter_map(|id| definitions.get(id))
            .collect()
    } else {
        let (shards, count) = (numbers("shards"), numbers("shard_count")[0]);
        let (after, limit) = (numbers("after")[0], numbers("limit")[0]);
        let wanted = definitions.range(after + 1..).map(|(_, definition)| definition);
        wanted
            .filter(|definition| shards.contains(&(definition.id.0 % count)))
            .take(limit as usize)
            .collect()
    };
    let next = page
        .last()
        .map(|definition| definition.id)
        .filter(|_| !query.contains_key("ids"));
    Reply::new(200, json!({"definitions": page, "next_after": next}).to_string())
}

/// The variables of a pinger.
pub fn variables(pod: &str, user_service: &str, kafka_brokers: &str) -> Vec<(&'static str, String)> {
    vec![
        ("KAFKA_BROKERS", kafka_brokers.to_owned()),
        ("REDIS_URL", testkit::redis_url()),
        ("ENCRYPTION_KEYS", SEALING.to_owned()),
        ("INTERNAL_API_KEY", KEY.to_owned()),
        ("POD_ID", pod.to_owned()),
        ("USER_SERVICE_URL", user_service.to_owned()),
        ("HTTP_ADDR", "127.0.0.1:0".to_owned()),
        ("PROBE_TARGETS", "any".to_owned()),
    ]
}

/// Starts a pinger as a process of its own, whose leases last for `ttl`.
pub fn start_process(
    pod: &str,
    kafka: &KafkaSettings,
    redis_prefix: &str,
    user_service: &str,
    ttl: Duration,
) -> Child {
    start_process_with(pod, kafka, redis_prefix, user_service, ttl, &[])
}

/// The same, with further settings.
pub fn start_process_with(
    pod: &str,
    kafka: &KafkaSettings,
    redis_prefix: &str,
    user_service: &str,
    ttl: Duration,
    extra: &[(&str, &str)],
) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pinger"))
        .env_clear()
        .envs(variables(pod, user_service, kafka.brokers()))
        .env("KAFKA_PREFIX", kafka.named(""))
        .env("KAFKA_PARTITIONS", kafka.partitions().to_string())
        .env("REDIS_PREFIX", redis_prefix)
        .env("LEASE_TTL_MS", ttl.as_millis().to_string())
        .env("LOG_LEVEL", "warn")
        .envs(extra.iter().copied())
        .stdout(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Waits until each of `pods` holds shards, and all are held.
pub async fn until_shared(redis: &RedisSettings, pods: &[&str]) {
    until_shared_under(redis, &redis.keys(), pods).await;
}

/// The same, by the leases that have these names.
pub async fn until_shared_under(redis: &RedisSettings, keys: &Keys, pods: &[&str]) {
    let client = shared::redis::connect(redis).unwrap();
    let leases: Vec<String> = (0..domain::internal::DEFAULT_SHARDS)
        .map(|shard| keys.lease(shard))
        .collect();
    testkit::eventually("all shards are held", PATIENCE, || async {
        let owners: Vec<Option<String>> = client.mget(leases.clone()).await.ok()?;
        let all_held = owners.iter().all(Option::is_some);
        let holders: BTreeSet<_> = owners.into_iter().flatten().collect();
        let expected: BTreeSet<_> = pods.iter().map(ToString::to_string).collect();
        (all_held && holders == expected).then_some(())
    })
    .await;
}

/// A pinger that runs in this process.
pub struct Pinger {
    pub url: String,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), RunError>>,
}

impl Pinger {
    pub async fn start(kafka: &KafkaSettings, redis: &RedisSettings, user_service: &str) -> Self {
        Self::start_with(kafka, redis, user_service, &[]).await
    }

    pub async fn start_with(
        kafka: &KafkaSettings,
        redis: &RedisSettings,
        user_service: &str,
        extra: &[(&'static str, &str)],
    ) -> Self {
        shared::install_crypto();
        let mut variables = variables(&testkit::unique(), user_service, "unused");
        variables.extend(extra.iter().map(|&(name, value)| (name, value.to_owned())));
        let mut env = Reader::from_values(variables);
        let mut settings = Settings::read(&mut env);
        env.finish().unwrap();
        settings.kafka = kafka.clone();
        settings.redis = redis.clone();
        let service = pinger::build(settings, prometheus()).await.unwrap();
        Self::run(service)
    }

    /// Waits until it is ready to work.
    pub async fn ready(&self) {
        testkit::eventually("the pinger is ready", PATIENCE, || async {
            self.is_ready().await.then_some(())
        })
        .await;
    }

    pub async fn is_ready(&self) -> bool {
        self.get("/health/ready").await.status() == 200
    }

    async fn get(&self, path: &str) -> http::Response<Bytes> {
        let request = http::Request::get(format!("{}{path}", self.url));
        let client = shared::http::client::ServiceClient::new(Duration::from_secs(5));
        client
            .send(request.body(Bytes::new().into()).unwrap())
            .await
            .unwrap()
    }

    fn run(service: Service) -> Self {
        let shutdown = CancellationToken::new();
        Self {
            url: service.url(),
            task: tokio::spawn(service.run(shutdown.clone())),
            shutdown,
        }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }
}

pub fn prometheus() -> metrics_exporter_prometheus::PrometheusHandle {
    metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle()
}

/// Asks a pinger for checks by way of its internal API.
pub struct Asker {
    pinger: Pinger,
    _broker: testkit::EmbeddedKafka,
}

impl Asker {
    pub async fn start(extra: &[(&'static str, &str)]) -> Self {
        let (broker, kafka) = testkit::embedded_kafka();
        let redis = testkit::redis();
        Self {
            pinger: Pinger::start_with(&kafka, &redis, "http://127.0.0.1:1", extra).await,
            _broker: broker,
        }
    }

    pub async fn post(&self, key: &str, body: String) -> http::Response<Bytes> {
        let request = http::Request::post(format!("{}/internal/check", self.pinger.url))
            .header("x-internal-key", key)
            .body(Bytes::from(body).into())
            .unwrap();
        let client = shared::http::client::ServiceClient::new(Duration::from_secs(30));
        client.send(request).await.unwrap()
    }

    pub async fn check(&self, input: Value) -> CheckAnswer {
        let spec = definition(1, 1, input).spec;
        let answer = self.post(KEY, serde_json::to_string(&spec).unwrap()).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub async fn stop(self) {
        self.pinger.stop().await;
    }
}

/// Asserts that a check has failed in this way.
pub fn failed(answer: &CheckAnswer, code: ErrorCode, part: &str) {
    assert_eq!((answer.up, answer.error_code), (false, Some(code)), "{answer:?}");
    assert!(answer.error.as_deref().unwrap().contains(part), "{answer:?}");
}

/// Reads the topic of results.
pub struct Results(Consumer);

impl Results {
    pub fn of(kafka: &KafkaSettings) -> Self {
        let topic = kafka.results_topic();
        Self(Consumer::subscribe(kafka, &testkit::unique(), &[&topic], Start::Earliest).unwrap())
    }

    /// The next record.
    pub async fn next(&mut self) -> Record {
        let message = tokio::time::timeout(PATIENCE, self.0.recv()).await;
        let message = message.expect("a record comes").unwrap();
        let record = Record::decode(message.payload.as_deref().unwrap()).unwrap();
        assert_eq!(
            message.key.as_deref(),
            Some(record.monitor_id().to_string().as_bytes())
        );
        record
    }

    /// The next record that fits.
    pub async fn next_where(&mut self, what: &str, fits: impl Fn(&Record) -> bool) -> Record {
        let search = async {
            loop {
                let record = self.next().await;
                if fits(&record) {
                    return record;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("no record: {what}"))
    }

    /// Every record that comes within `time`.
    pub async fn all_within(&mut self, time: Duration) -> Vec<Record> {
        let mut records = Vec::new();
        let deadline = tokio::time::Instant::now() + time;
        while let Ok(record) = tokio::time::timeout_at(deadline, self.next()).await {
            records.push(record);
        }
        records
    }
}
