//! Pings through a gateway, and beside it the least that taking one can be: a bare handler that puts the same record on
//! the log by the same producer, and answers when Kafka has it.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use domain::record::{Due, Ping, PingKind, PingRequest, RunLimits};
use domain::{MonitorId, OrgId, Record};
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, KeysInterface as _};
use serde_json::json;
use shared::kafka::{KafkaSettings, Producer};
use shared::redis::RedisSettings;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::api::{INTERNAL_KEY, KEYS, SECRET};
use crate::edge::spawn;
use crate::load::Load;
use crate::{machine, sites};

/// Heartbeats that are pinged in turns: one may send 60 pings at once and 30 a minute.
const HEARTBEATS: u32 = 20_000;

/// Keys that are written to Redis together.
const AT_ONCE: usize = 1_000;

/// How long a ping may wait for Kafka, and the threads that serve requests: as in the gateway.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
const WORKERS: usize = 2;

const PERIOD_SECONDS: u32 = 86_400;
const GRACE_SECONDS: u32 = 3_600;
const URL: &str = "heartbeat://job";
const ORG: OrgId = OrgId(1);

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that takes pings, in a process of its own.
#[derive(Debug)]
pub struct Taker {
    process: Child,
    urls: Arc<[String]>,
}

impl Taker {
    /// Sends pings of one heartbeat after the other.
    pub fn load(&self, per_second: u32, duration: Duration) -> Load {
        Load {
            urls: Arc::clone(&self.urls),
            credential: "".into(),
            accepts: "",
            per_second,
            duration,
        }
    }

    /// CPU time that its process has used.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn cpu_time(&self) -> Duration {
        machine::cpu_time(self.process.id().expect("it runs"))
    }

    async fn when_ready(process: Child, urls: impl Iterator<Item = String>) -> Self {
        let taker = Self {
            process,
            urls: urls.collect(),
        };
        let load = taker.load(1, Duration::from_secs(1));
        testkit::eventually("a ping is taken", PATIENCE, async || {
            (load.send().await.failed == 0).then_some(())
        })
        .await;
        taker
    }
}

/// By what a heartbeat is pinged.
fn uuid_of(heartbeat: u32) -> Uuid {
    Uuid::from_u128(0x0d0c_a3e4_5b2c_4a5f_9a51_0000_0000_0000 + u128::from(heartbeat))
}

/// What Redis tells a gateway of a heartbeat, as JSON of a `PingTarget`.
fn target(heartbeat: u32) -> String {
    json!({
        "monitor_id": heartbeat, "org_id": ORG, "url": URL,
        "expectation": {
            "schedule": {"kind": "period", "period_seconds": PERIOD_SECONDS}, "grace_seconds": GRACE_SECONDS,
        },
    })
    .to_string()
}

/// A gateway, and what Redis tells it.
#[derive(Debug)]
pub struct Gateway {
    /// It.
    pub taker: Taker,
    redis: Client,
    keys: Vec<String>,
}

impl Gateway {
    /// Starts one that finds its heartbeats in Redis. There is no user-service: it is not asked.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(kafka: &KafkaSettings) -> Self {
        let prefix = format!("{}:", testkit::unique());
        let settings = RedisSettings::new(&testkit::redis_url(), &prefix);
        let redis = shared::redis::connect(&settings).expect("Redis can be used");
        redis.wait_for_connect().await.expect("Redis is there");
        let names = settings.keys();
        let mut keys = Vec::new();
        let all: Vec<u32> = (1..=HEARTBEATS).collect();
        for part in all.chunks(AT_ONCE) {
            let pairs: Vec<(String, String)> = part
                .iter()
                .map(|heartbeat| {
                    let name = names.ping_target(&uuid_of(*heartbeat).to_string());
                    (name, target(*heartbeat))
                })
                .collect();
            keys.extend(pairs.iter().map(|(key, _)| key.clone()));
            redis.mset(pairs).await.expect("Redis is there");
        }
        let address = format!("127.0.0.1:{}", testkit::free_port());
        let variables = [
            ("HTTP_ADDR", address.clone()),
            ("OPS_ADDR", format!("127.0.0.1:{}", testkit::free_port())),
            ("USER_SERVICE_URL", "http://127.0.0.1:1".to_owned()),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", prefix),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("JWT_SECRET", SECRET.to_owned()),
            ("INTERNAL_API_KEY", INTERNAL_KEY.to_owned()),
            ("ENCRYPTION_KEYS", KEYS.to_owned()),
            ("RATE_PINGS_PER_MINUTE", "100000000".to_owned()),
            ("RATE_PINGS_PER_ORG_PER_MINUTE", "100000000".to_owned()),
            ("MAX_CONNECTIONS_PER_ADDRESS", "1000000".to_owned()),
            ("LOG_LEVEL", "error".to_owned()),
        ];
        let process = spawn(Command::new(sites::binary("gateway")).env_clear().envs(variables));
        let url = |heartbeat| format!("http://{address}/ping/{}", uuid_of(heartbeat));
        Self {
            taker: Taker::when_ready(process, (1..=HEARTBEATS).map(url)).await,
            redis,
            keys,
        }
    }

    /// Ends it and removes what Redis told it.
    ///
    /// # Panics
    /// When Redis is away.
    pub async fn drop(self) {
        drop(self.taker);
        let _: i64 = self.redis.unlink(self.keys).await.expect("Redis is there");
    }
}

/// Starts the bare handler.
pub async fn start_bare(kafka: &KafkaSettings) -> Taker {
    let port = testkit::free_port();
    let this = std::env::current_exe().expect("a process knows its binary");
    let arguments = [
        "bare".to_owned(),
        port.to_string(),
        kafka.brokers().to_owned(),
        kafka.named(""),
        kafka.partitions().to_string(),
    ];
    let process = spawn(Command::new(this).args(arguments));
    let url = |heartbeat| format!("http://127.0.0.1:{port}/ping/{heartbeat}");
    Taker::when_ready(process, (1..=HEARTBEATS).map(url)).await
}

struct Handler {
    producer: Producer,
    topic: String,
}

/// Serves the bare handler, in the process that [`start_bare`] starts.
///
/// # Panics
/// When the port is taken, or Kafka cannot be used.
pub async fn serve_bare(port: u16, kafka: &KafkaSettings) {
    let handler = Data::new(Handler {
        producer: Producer::new(kafka, ANSWERED_WITHIN).expect("Kafka can be used"),
        topic: kafka.results_topic(),
    });
    let app = move || {
        let ping = web::get().to(bare_ping);
        App::new()
            .app_data(handler.clone())
            .route("/ping/{heartbeat}", ping)
    };
    let server = HttpServer::new(app)
        .workers(WORKERS)
        .bind(("127.0.0.1", port))
        .expect("the port is free");
    server.run().await.expect("it serves");
}

async fn bare_ping(handler: Data<Handler>, request: HttpRequest, heartbeat: Path<i64>) -> HttpResponse {
    let at = shared::now();
    let due = at.plus_millis(1_000 * i64::from(PERIOD_SECONDS));
    let user_agent = request.headers().get(USER_AGENT);
    let ping = Ping {
        monitor_id: MonitorId(heartbeat.into_inner()),
        org_id: ORG,
        url: URL.to_owned(),
        timestamp: at,
        id: Uuid::now_v7(),
        kind: PingKind::Success,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: Some(Due {
            at: due,
            deadline: due.plus_millis(1_000 * i64::from(GRACE_SECONDS)),
        }),
        limits: RunLimits::default(),
        request: PingRequest {
            scheme: "http".to_owned(),
            method: request.method().to_string(),
            address: request.peer_addr().map(|peer| peer.ip().to_string()),
            user_agent: user_agent.and_then(|value| value.to_str().ok().map(str::to_owned)),
            sealed_body: None,
            body_bytes: 0,
        },
    };
    let key = ping.monitor_id.to_string();
    let payload = Record::Ping(Box::new(ping)).encode();
    let acknowledged = match handler.producer.send(&handler.topic, &key, &payload) {
        Ok(acknowledged) => acknowledged.await.is_ok(),
        Err(_) => false,
    };
    match acknowledged {
        true => HttpResponse::Ok().body("OK"),
        false => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// Records on the log.
///
/// # Panics
/// When Kafka does not say.
pub async fn on_log(kafka: &KafkaSettings) -> i64 {
    let ends = kafka.ends(&kafka.results_topic()).expect("Kafka can be used");
    let partitions: Vec<i32> = (0..kafka.partitions()).collect();
    let ends = ends.of(&partitions).await.expect("Kafka says it");
    ends.iter().map(|(_, end)| end).sum()
}
