//! A database as it is after months of work, and the API in front of it.

use std::time::{Duration, Instant};

use domain::MonitorId;
use fred::interfaces::{ClientLike as _, KeysInterface as _};
use futures_util::StreamExt as _;
use http_body_util::Full;
use hyper::body::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;
use shared::http::client::ServiceClient;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use shared::token::TokenKey;

pub(crate) const SECRET: &str = "bench-token-secret-bench-token-secret";
pub(crate) const INTERNAL_KEY: &str = "bench-internal-key-bench-internal-key";
pub(crate) const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Monitors of one organisation: as many as one call lists.
pub const PER_ORG: i64 = 1_000;

/// Days of history per day.
const DAYS: i64 = 90;

/// Minutes between two checks of a monitor.
const MINUTES: i64 = 10;

/// Each of so many monitors has hours as well for as long as there are days: 1, 101, 201, …
pub const EACH_LONG: i64 = 100;

/// The hour of each day (UTC) in which a twentieth of the monitors is down.
const DOWN_HOUR: i64 = 3;

/// Fills an empty database with organisations of [`PER_ORG`] monitors each, with `results` results in all, the
/// hours that they lie in, and a quarter of a year of days. Everything lies in the order in which it would have
/// come in, and no state was written since the first result, as with monitors that stay up. Calls `progress` with
/// what is done.
///
/// # Panics
/// When the database cannot be filled.
pub async fn fill(url: &str, monitors: i64, results: i64, progress: impl Fn(&str)) {
    let hours = results / monitors * MINUTES / 60 + 1;
    run(
        url,
        format!(
            "INSERT INTO organisations (name) SELECT 'org ' || n FROM generate_series(1, ceil({monitors} / {PER_ORG}.0)) AS n;
             -- Who asks: what a member sees is looked up.
             WITH viewer AS (INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', '')
                             RETURNING id)
             INSERT INTO memberships (org_id, user_id, role)
             SELECT o.id, viewer.id, 'viewer' FROM organisations o, viewer;
             INSERT INTO monitors (org_id, name, spec, created_at)
             SELECT 1 + n / {PER_ORG}, 'Monitor ' || n,
                 jsonb_build_object('interval_ms', {MINUTES} * 60000, 'timeout_ms', 10000, 'retries', 1,
                     'retry_delay_ms', 1000, 'rule', '{{\"down_after\": 1, \"up_after\": 1, \"slow_ms\": null}}'::jsonb,
                     'paused', false, 'kind', 'http', 'method', 'GET', 'url', 'https://site-' || n || '.example/health',
                     'expected_status', '[[200, 399]]'::jsonb),
                 now() - interval '400 days'
             FROM generate_series(0, {monitors} - 1) AS n;
             INSERT INTO monitor_states (monitor_id, org_id, fold, state, since, last_slot, last_checked_at, latency_ms,
                                         status_code)
             SELECT id, org_id, '{{\"revision\": 1, \"state\": \"up\", \"activity\": \"active\"}}', 'up',
                 now() - interval '{DAYS} days', now() - interval '{DAYS} days', now() - interval '{DAYS} days', 87, 200
             FROM monitors;"
        ),
    )
    .await;
    progress("monitors");
    // Two at a time.
    let steps = async {
        add_rollups(url, monitors, hours).await;
        progress("rollups");
    };
    let results = async {
        add_results(url, monitors, results, hours, &progress).await;
    };
    tokio::join!(steps, results);
    run(url, "VACUUM ANALYZE".to_owned()).await;
    progress("the planner knows of it");
}

/// Runs statements on a connection of their own.
async fn run(url: &str, sql: String) {
    let client = testkit::connect(url).await;
    client
        .batch_execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        .await
        .expect("the connection can be set up");
    client
        .batch_execute(&sql)
        .await
        .expect("the database can be filled");
}

async fn add_results(url: &str, monitors: i64, results: i64, hours: i64, progress: impl Fn(&str)) {
    let now = shared::now();
    let today = now.to_datetime().date_naive();
    let first = now.plus_millis(-hours * 3_600_000).to_datetime().date_naive();
    // The newest round is complete, and the oldest may not be.
    let rounds = (results + monitors - 1) / monitors;
    let begun = now.plus_millis(-(rounds + 1) * MINUTES * 60_000);
    for day in first.iter_days().take_while(|day| *day <= today) {
        let (name, next) = (day.format("%Y%m%d"), day + chrono::Days::new(1));
        let range = format!("FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00')");
        // The key is made when the rows are there: as large as one that grew, and sooner done.
        let sql = format!(
            "CREATE TABLE check_errors_{name} PARTITION OF check_errors {range};
             CREATE TABLE check_results_{name} (LIKE check_results INCLUDING DEFAULTS);
             INSERT INTO check_results_{name}
             SELECT m, slot + m % {MINUTES} * interval '1 minute', 1, {MINUTES} * 60000, 5,
                 60 + (m * 7 + extract(minute FROM slot)::int * 13) % 400,
                 CASE WHEN m % 20 = 0 AND extract(hour FROM slot AT TIME ZONE 'UTC') = {DOWN_HOUR} THEN 2 ELSE 0 END,
                 200, 1, 'default'
             FROM generate_series('{day} 00:00:00+00'::timestamptz,
                      least('{next} 00:00:00+00'::timestamptz, '{now}'::timestamptz) - interval '{MINUTES} minutes',
                      interval '{MINUTES} minutes') AS slot,
                  generate_series(1, {monitors}) AS m
             WHERE slot > '{begun}';
             ALTER TABLE check_results_{name} ADD PRIMARY KEY (monitor_id, scheduled_at, region);
             ALTER TABLE check_results ATTACH PARTITION check_results_{name} {range};"
        );
        run(url, sql).await;
        progress(&format!("results of {day}"));
    }
}

async fn add_rollups(url: &str, monitors: i64, hours: i64) {
    let before = hours + 1;
    let latency = "60, 460, '{43,48,52,55,58,61,63}', '{1,1,1,1,1,0,1}'";
    let sql = format!(
        "INSERT INTO rollups_hourly (monitor_id, hour, up, down, up_ms, down_ms, latency_count, latency_sum_ms,
                                     latency_min_ms, latency_max_ms, latency_buckets, latency_counts)
         SELECT m, hour, 6 * (1 - bad), 6 * bad, 3600000 * (1 - bad), 3600000 * bad, 6, 1500, {latency}
         FROM generate_series(date_trunc('hour', now()) - interval '{hours} hours', now(), interval '1 hour') AS hour,
              generate_series(1, {monitors}) AS m,
              LATERAL (SELECT (m % 20 = 0 AND extract(hour FROM hour AT TIME ZONE 'UTC') = {DOWN_HOUR})::int) AS of (bad);
         INSERT INTO rollups_hourly (monitor_id, hour, up, up_ms, latency_count, latency_sum_ms, latency_min_ms,
                                     latency_max_ms, latency_buckets, latency_counts)
         SELECT m, hour, 6, 3600000, 6, 1500, {latency}
         FROM generate_series(date_trunc('hour', now()) - interval '{DAYS} days',
                              date_trunc('hour', now()) - interval '{before} hours', interval '1 hour') AS hour,
              generate_series(1, {monitors}, {EACH_LONG}) AS m;
         INSERT INTO rollups_daily
         SELECT m, day::date, 144, 0, 0, 0, 86400000, 0, 0, 144, 36000, {latency}
         FROM generate_series(now() - interval '{DAYS} days', now() - interval '1 day', interval '1 day') AS day,
              generate_series(1, {monitors}) AS m;"
    );
    run(url, sql).await;
}

/// What the processor keeps in Redis of the monitors: written by itself, from what is in the database.
#[derive(Debug)]
pub struct Live {
    pub(crate) prefix: String,
    pub(crate) redis: fred::clients::Client,
    pub(crate) monitors: i64,
}

/// Monitors that are written to Redis at once.
const CHUNK: i64 = 500;

impl Live {
    /// Writes it.
    ///
    /// # Panics
    /// When a store is away.
    pub async fn fill(database_url: &str, monitors: i64) -> Self {
        let prefix = format!("{}:", testkit::unique());
        let settings = RedisSettings::new(&testkit::redis_url(), &prefix);
        let redis = shared::redis::connect(&settings).expect("Redis can be used");
        redis.wait_for_connect().await.expect("Redis is there");
        let writer = processor::LiveWriter::new(redis.clone(), settings.keys());
        let pool = shared::postgres::pool(&PostgresSettings::from_url(database_url));
        let store = processor::Store::new(pool.expect("the database can be used"));
        let parts = futures_util::stream::iter((0..monitors).step_by(CHUNK as usize)).map(|first| {
            let ids: Vec<_> = (first..monitors.min(first + CHUNK))
                .map(|n| MonitorId(n + 1))
                .collect();
            let (store, writer) = (&store, &writer);
            async move {
                let mut updates = store.live(&ids).await.expect("the database is there");
                updates.iter_mut().for_each(|update| update.events.clear());
                writer.write(&updates).await.expect("Redis is there");
            }
        });
        parts.buffer_unordered(3).collect::<()>().await;
        Self {
            prefix,
            redis,
            monitors,
        }
    }

    /// Removes it.
    ///
    /// # Panics
    /// When Redis is away.
    pub async fn drop(self) {
        let keys = RedisSettings::new("redis://unused", &self.prefix).keys();
        let of = |n| [keys.status(MonitorId(n)), keys.sparkline(MonitorId(n))];
        let all: Vec<_> = (1..=self.monitors).flat_map(of).collect();
        for part in all.chunks(1_000) {
            let _: i64 = self.redis.unlink(part.to_vec()).await.expect("Redis is there");
        }
    }
}

/// User-service and gateway in this process, on a database that is there.
#[derive(Debug)]
pub struct Api {
    url: String,
    client: ServiceClient,
    stop: CancellationToken,
}

impl Api {
    /// Starts them.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn start(database_url: &str, live: &Live) -> Self {
        let redis_url = testkit::redis_url();
        let common = [
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("OPS_ADDR", "127.0.0.1:0"),
            ("DATABASE_URL", database_url),
            ("REDIS_URL", &redis_url),
            ("REDIS_PREFIX", &live.prefix),
            ("KAFKA_BROKERS", "127.0.0.1:1"),
            ("JWT_SECRET", SECRET),
            ("INTERNAL_API_KEY", INTERNAL_KEY),
            ("ENCRYPTION_KEYS", KEYS),
            ("RATE_API_PER_MINUTE", "1000000"),
        ];
        let mut env = Reader::from_values(common);
        let settings = user_service::Settings::read(&mut env);
        let mut for_gateway = gateway::Settings::read(&mut env);
        env.finish().expect("the settings are valid");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = user_service::build(settings, metrics.clone())
            .await
            .expect("user-service is built");
        for_gateway.user_service_url = service.url();
        let edge = gateway::build(for_gateway, metrics)
            .await
            .expect("the gateway is built");
        let (url, stop) = (edge.url(), CancellationToken::new());
        tokio::spawn(service.run(stop.clone()));
        tokio::spawn(edge.run(stop.clone()));
        let api = Self {
            url,
            client: ServiceClient::new(Duration::from_secs(60)),
            stop,
        };
        testkit::eventually("the API answers", Duration::from_secs(30), async || {
            api.try_get("/summary", 1, api::Role::Viewer).await.map(|_| ())
        })
        .await;
        api
    }

    /// What the API answers to a viewer of an organisation, and how many milliseconds that takes.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub async fn get(&self, path: &str, org: i64) -> (f64, Bytes) {
        self.get_as(path, org, api::Role::Viewer).await
    }

    /// The same, to somebody of another role.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub async fn get_as(&self, path: &str, org: i64, role: api::Role) -> (f64, Bytes) {
        let begun = Instant::now();
        let body = self.try_get(path, org, role).await.expect("the API answers");
        (begun.elapsed().as_secs_f64() * 1e3, body)
    }

    /// What the API answers to what somebody with a role posts, and how many milliseconds that takes.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub async fn post(
        &self,
        path: &str,
        org: i64,
        role: api::Role,
        body: &serde_json::Value,
    ) -> (f64, Bytes) {
        let request = http::Request::post(format!("{}/api/v1{path}", self.url))
            .header("content-type", "application/json");
        let body = Full::from(body.to_string());
        let begun = Instant::now();
        let answer = self.send(request, org, role, body).await;
        let took = begun.elapsed().as_secs_f64() * 1e3;
        let answer = answer.expect("the API answers");
        let (status, answer) = (answer.status(), answer.into_body());
        assert!(
            status.is_success(),
            "{path}: {status} {}",
            String::from_utf8_lossy(&answer)
        );
        (took, answer)
    }

    async fn try_get(&self, path: &str, org: i64, role: api::Role) -> Option<Bytes> {
        let request = http::Request::get(format!("{}/api/v1{path}", self.url));
        let response = self.send(request, org, role, Full::default()).await?;
        response.status().is_success().then(|| response.into_body())
    }

    async fn send(
        &self,
        request: http::request::Builder,
        org: i64,
        role: api::Role,
        body: Full<Bytes>,
    ) -> Option<http::Response<Bytes>> {
        let principal = api::Principal {
            org_id: domain::OrgId(org),
            actor: api::Actor::User(1),
            role,
            narrowed: false,
        };
        let token = TokenKey::new(&SECRET.to_owned().into())
            .mint(&principal, None, shared::now())
            .ok()?;
        let request = request
            .header("authorization", format!("Bearer {token}"))
            .body(body)
            .ok()?;
        self.client.send(request).await.ok()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
