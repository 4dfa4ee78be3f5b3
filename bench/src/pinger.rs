//! A pinger process under load: definitions to fetch, its results on a real Kafka.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::internal::{DefinitionsPage, shard_of};
use domain::monitor::{Definition, HttpInput, MonitorInput};
use domain::{MonitorId, OrgId, Record};
use shared::http::client::ServiceClient;
use shared::kafka::{Consumer, KafkaSettings, Start};
use testkit::{HttpServer, Reply, Seen};
use tokio::process::{Child, Command};

use crate::sites::{Sites, binary};
use crate::{machine, stats};

/// How late checks started after their slots, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Lateness {
    /// Of how many checks.
    pub checks: usize,
    /// The median.
    pub p50: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The latest.
    pub max: f64,
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms over {} checks",
            self.p50, self.p99, self.max, self.checks
        )
    }
}

/// A running pinger.
#[derive(Debug)]
pub struct Pinger {
    child: Child,
    ops: String,
    kafka: KafkaSettings,
    client: ServiceClient,
    _definitions: HttpServer,
}

impl Pinger {
    /// Starts one that knows `monitors` monitors of `sites`.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(sites: &Sites, monitors: u32, interval_seconds: u32) -> Self {
        Self::start_checking(sites, monitors, interval_seconds, None).await
    }

    /// The same, where the monitors resume TLS sessions.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_resuming(sites: &Sites, monitors: u32, interval_seconds: u32) -> Self {
        let options = HttpInput {
            tls_resumption: Some(true),
            ..HttpInput::default()
        };
        Self::start_checking(sites, monitors, interval_seconds, Some(options)).await
    }

    async fn start_checking(
        sites: &Sites,
        monitors: u32,
        interval_seconds: u32,
        options: Option<HttpInput>,
    ) -> Self {
        let urls: Vec<String> = (0..i64::from(sites.healthy + sites.hanging))
            .map(|i| sites.url(i))
            .collect();
        let trusted = sites
            .authority_file()
            .map(|file| ("SSL_CERT_FILE", file.display().to_string()));
        let extra: Vec<_> = trusted.into_iter().collect();
        Self::launch(log().await, prefix(), &extra, monitors, move |id| {
            let url = urls[id.0 as usize % urls.len()].clone();
            definition(id, interval_seconds, url, options.clone())
        })
        .await
    }

    /// Starts one whose monitors have the names that `name` gives them, which it asks this name server for.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_with_names(
        sites: &Sites,
        monitors: u32,
        interval_seconds: u32,
        name_server: SocketAddr,
        name: impl Fn(i64) -> String + Send + Sync + 'static,
    ) -> Self {
        let extra = [("PROBE_NAME_SERVERS", name_server.to_string())];
        let port = sites.port;
        Self::launch(log().await, prefix(), &extra, monitors, move |id| {
            let url = format!("http://{}:{port}/", name(id.0));
            definition(id, interval_seconds, url, None)
        })
        .await
    }

    /// Starts one that knows `monitors` monitors, on a log and a prefix in Redis.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_with(
        kafka: KafkaSettings,
        redis_prefix: String,
        monitors: u32,
        definition: impl Fn(MonitorId) -> Definition + Send + Sync + 'static,
    ) -> Self {
        Self::launch(kafka, redis_prefix, &[], monitors, definition).await
    }

    async fn launch(
        kafka: KafkaSettings,
        redis_prefix: String,
        extra: &[(&'static str, String)],
        monitors: u32,
        definition: impl Fn(MonitorId) -> Definition + Send + Sync + 'static,
    ) -> Self {
        let definitions = HttpServer::start(move |request| page(request, monitors, &definition)).await;
        let port = testkit::free_port();
        let variables = [
            ("HTTP_ADDR", format!("127.0.0.1:{port}")),
            ("USER_SERVICE_URL", definitions.url()),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", redis_prefix),
            (
                "INTERNAL_API_KEY",
                "bench-internal-key-bench-internal-key".to_owned(),
            ),
            (
                "ENCRYPTION_KEYS",
                "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
            ),
            ("PROBE_TARGETS", "any".to_owned()),
            ("LOG_LEVEL", "warn".to_owned()),
        ];
        let child = Command::new(binary("pinger"))
            .env_clear()
            .envs(variables)
            .envs(extra.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the pinger starts");
        let pinger = Self {
            child,
            ops: format!("http://127.0.0.1:{port}"),
            kafka,
            client: ServiceClient::new(Duration::from_secs(10)),
            _definitions: definitions,
        };
        testkit::eventually("the pinger is ready", Duration::from_secs(60), async || {
            pinger.get("/health/ready").await
        })
        .await;
        pinger
    }

    /// Lets the first checks, which run all at once, pass.
    pub async fn settle(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Waits until each of `monitors` was checked once, and then for the memory of that to be given back.
    pub async fn settle_after_first_checks(&self, monitors: u32) {
        testkit::eventually(
            "every monitor was checked",
            Duration::from_secs(600),
            async || {
                tokio::time::sleep(Duration::from_millis(500)).await;
                (self.checks().await >= f64::from(monitors)).then_some(())
            },
        )
        .await;
        self.settle(Duration::from_secs(15)).await;
    }

    /// Checks made and CPU-seconds used over `duration`.
    pub async fn measure(&self, duration: Duration) -> (f64, f64) {
        let (checks, cpu) = (self.checks().await, machine::cpu_time(self.pid()));
        tokio::time::sleep(duration).await;
        let used = machine::cpu_time(self.pid()) - cpu;
        (self.checks().await - checks, used.as_secs_f64())
    }

    /// The same, of checks that find their sites up: a failure costs something else.
    ///
    /// # Panics
    /// When none is made, or more than one in a thousand fails.
    pub async fn measure_up(&self, duration: Duration) -> (f64, f64) {
        let before = self.failures().await;
        let (checks, cpu) = self.measure(duration).await;
        let failed = self.failures().await - before;
        assert!(
            checks > 0.0 && failed * 1_000.0 <= checks,
            "{failed} of {checks} checks have failed"
        );
        (checks, cpu)
    }

    /// The lateness of the checks of the next `duration`, as their results tell it.
    ///
    /// # Panics
    /// When there are no results.
    pub async fn lateness(&self, duration: Duration, of: impl Fn(i64) -> bool) -> Lateness {
        let topic = self.kafka.results_topic();
        let consumer = Consumer::subscribe(&self.kafka, &testkit::unique(), &[&topic], Start::Latest)
            .expect("the results can be read");
        let mut late = Vec::new();
        let until = Instant::now() + duration;
        while Instant::now() < until {
            let wait = Duration::from_millis(200);
            for message in consumer.recv_batch(5_000, wait, wait).await.unwrap_or_default() {
                if let Some(Ok(Record::Result(result))) = message.payload.as_deref().map(Record::decode)
                    && of(result.monitor_id.0)
                {
                    late.push(result.timestamp.millis_since(result.scheduled_at) as f64);
                }
            }
        }
        consumer.close(Duration::from_secs(5)).await;
        assert!(!late.is_empty(), "there are no results");
        Lateness {
            checks: late.len(),
            p50: stats::percentile(&late, 50.0),
            p99: stats::percentile(&late, 99.0),
            max: stats::percentile(&late, 100.0),
        }
    }

    /// Its resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        machine::resident_bytes(self.pid())
    }

    fn pid(&self) -> u32 {
        self.child.id().expect("the pinger runs")
    }

    /// How many monitors it knows.
    pub async fn monitors(&self) -> f64 {
        self.metric("uptime_pinger_monitors").await
    }

    async fn checks(&self) -> f64 {
        self.metric("uptime_pinger_checks_total").await
    }

    async fn failures(&self) -> f64 {
        self.metric("uptime_pinger_checks_total{outcome=\"down\"").await
    }

    /// The sum of the metrics whose lines begin so.
    async fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/metrics").await.unwrap_or_default();
        let counters = metrics.lines().filter(|line| line.starts_with(name));
        counters
            .filter_map(|line| line.rsplit_once(' '))
            .filter_map(|(_, n)| n.parse::<f64>().ok())
            .sum()
    }

    async fn get(&self, path: &str) -> Option<String> {
        let request = http::Request::get(format!("{}{path}", self.ops))
            .body(http_body_util::Full::default())
            .ok()?;
        let response = self.client.send(request).await.ok()?;
        response
            .status()
            .is_success()
            .then(|| String::from_utf8_lossy(response.body()).into_owned())
    }
}

/// What user-service answers to `GET /internal/definitions?shards=…&shard_count=…&after=…&limit=…`.
fn page(request: &Seen, monitors: u32, definition: &impl Fn(MonitorId) -> Definition) -> Reply {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let value = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    let number = |name: &str, default: i64| value(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let listed = value("shards").unwrap_or("").replace("%2C", ",");
    let shards: BTreeSet<u32> = listed.split(',').filter_map(|shard| shard.parse().ok()).collect();
    let (count, limit) = (number("shard_count", 256) as u32, number("limit", 1_000) as usize);
    let wanted = (number("after", 0) + 1..=i64::from(monitors))
        .map(MonitorId)
        .filter(|id| shards.contains(&shard_of(*id, count)));
    let definitions: Vec<_> = wanted.take(limit).map(definition).collect();
    let next_after = (definitions.len() == limit).then(|| definitions[limit - 1].id);
    let page = DefinitionsPage {
        definitions,
        next_after,
    };
    Reply::new(200, serde_json::to_string(&page).unwrap_or_default())
}

async fn log() -> KafkaSettings {
    testkit::kafka("bench", 12)
        .await
        .expect("TEST_KAFKA_BROKERS is set by make bench")
}

fn prefix() -> String {
    format!("{}:", testkit::unique())
}

fn definition(id: MonitorId, interval_seconds: u32, url: String, http: Option<HttpInput>) -> Definition {
    let input = MonitorInput {
        url: Some(url),
        http,
        interval_seconds: Some(interval_seconds),
        timeout_ms: Some(5_000),
        retries: Some(0),
        ..MonitorInput::default()
    };
    let (_, spec) = input.validate().expect("the definition is valid");
    Definition {
        id,
        org_id: OrgId(1),
        revision: 1,
        changed_at: None,
        probe_revision: None,
        spec,
    }
}
