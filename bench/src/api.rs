//! A database as it is after months of work, and the API in front of it.

use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;
use shared::http_client::ServiceClient;
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use shared::token::TokenKey;
use tokio_postgres::Client;

const SECRET: &str = "bench-token-secret-bench-token-secret";
const INTERNAL_KEY: &str = "bench-internal-key-bench-internal-key";
const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Monitors of one organisation: as many as one call lists.
pub const PER_ORG: i64 = 1_000;

/// Days of history per day.
const DAYS: i64 = 90;

/// Minutes between two checks of a monitor.
const MINUTES: i64 = 10;

/// Fills an empty database with organisations of [`PER_ORG`] monitors each, with `results` results in all, the
/// hours that they lie in, and a quarter of a year of days. Everything lies in the order in which it would have
/// come in, and no state was written since the first result, as with monitors that stay up. Calls `progress` with what is done.
///
/// # Panics
/// When the database cannot be filled.
pub async fn fill(client: &Client, monitors: i64, results: i64, progress: impl Fn(&str)) {
    let run = async |sql: String| {
        client
            .batch_execute(&sql)
            .await
            .expect("the database can be filled")
    };
    let hours = results / monitors * MINUTES / 60 + 1;
    run(format!(
        "SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
         INSERT INTO organisations (name) SELECT 'org ' || n FROM generate_series(1, ceil({monitors} / {PER_ORG}.0)) AS n;
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
         SELECT id, org_id, '{{\"revision\": 1, \"activity\": \"active\"}}', 'up', now() - interval '{DAYS} days',
             now() - interval '{DAYS} days', now() - interval '{DAYS} days', 87, 200 FROM monitors;"
    ))
    .await;
    progress("monitors");
    let today = shared::now().to_datetime().date_naive();
    let first = shared::now()
        .plus_millis(-hours * 3_600_000)
        .to_datetime()
        .date_naive();
    let mut left = results;
    for day in first.iter_days().take_while(|day| *day <= today) {
        let (name, next) = (day.format("%Y%m%d"), day + chrono::Days::new(1));
        // The key is made when the rows are there: as large as one that grew, and sooner done.
        run(format!(
            "CREATE TABLE check_errors_{name} PARTITION OF check_errors
                 FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00');
             CREATE TABLE check_results_{name} (LIKE check_results INCLUDING DEFAULTS);
             INSERT INTO check_results_{name}
             SELECT m, slot + m % {MINUTES} * interval '1 minute', 1, {MINUTES} * 60000, 5,
                 60 + (m * 7 + extract(minute FROM slot)::int * 13) % 400, 0, 200, 1, 'default'
             FROM generate_series('{day} 00:00:00+00'::timestamptz,
                      least('{next} 00:00:00+00'::timestamptz - interval '{MINUTES} minutes',
                            now() - interval '{MINUTES} minutes'), interval '{MINUTES} minutes') AS slot,
                  generate_series(1, {monitors}) AS m
             WHERE slot > now() - interval '{hours} hours' - interval '{MINUTES} minutes'
             LIMIT {left};
             ALTER TABLE check_results_{name} ADD PRIMARY KEY (monitor_id, scheduled_at, region);
             ALTER TABLE check_results ATTACH PARTITION check_results_{name}
                 FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00');"
        ))
        .await;
        let count = format!("SELECT count(*) FROM check_results_{name}");
        left -= client
            .query_one(&count, &[])
            .await
            .expect("it can be counted")
            .get::<_, i64>(0);
        progress(&format!("results of {day}"));
    }
    let latency = "60, 460, '{43,48,52,55,58,61,63}', '{1,1,1,1,1,0,1}'";
    run(format!(
        "INSERT INTO rollups_hourly (monitor_id, hour, up, up_ms, latency_count, latency_sum_ms, latency_min_ms,
                                     latency_max_ms, latency_buckets, latency_counts)
         SELECT m, hour, 6, 3600000, 6, 1500, {latency}
         FROM generate_series(date_trunc('hour', now()) - interval '{hours} hours', now(), interval '1 hour') AS hour,
              generate_series(1, {monitors}) AS m;
         INSERT INTO rollups_daily
         SELECT m, day::date, 144, 0, 0, 0, 86400000, 0, 0, 144, 36000, {latency}
         FROM generate_series(now() - interval '{DAYS} days', now() - interval '1 day', interval '1 day') AS day,
              generate_series(1, {monitors}) AS m;"
    ))
    .await;
    run("VACUUM ANALYZE".to_owned()).await;
    progress("rollups");
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
    pub async fn start(database_url: &str) -> Self {
        let prefix = format!("{}:", testkit::unique());
        let redis_url = testkit::redis_url();
        let common = [
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("OPS_ADDR", "127.0.0.1:0"),
            ("DATABASE_URL", database_url),
            ("REDIS_URL", &redis_url),
            ("REDIS_PREFIX", &prefix),
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
        let edge = gateway::build(for_gateway, metrics).expect("the gateway is built");
        let (url, stop) = (edge.url(), CancellationToken::new());
        tokio::spawn(service.run(stop.clone()));
        tokio::spawn(edge.run(stop.clone()));
        let api = Self {
            url,
            client: ServiceClient::new(Duration::from_secs(60)),
            stop,
        };
        testkit::eventually("the API answers", Duration::from_secs(30), async || {
            api.try_get("/summary", 1).await.map(|_| ())
        })
        .await;
        api
    }

    /// What the API answers to a viewer of an organisation, and how many milliseconds that takes.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub async fn get(&self, path: &str, org: i64) -> (f64, Bytes) {
        let begun = Instant::now();
        let body = self.try_get(path, org).await.expect("the API answers");
        (begun.elapsed().as_secs_f64() * 1e3, body)
    }

    async fn try_get(&self, path: &str, org: i64) -> Option<Bytes> {
        let identity = shared::identity::Identity {
            user_id: 1,
            org_id: domain::OrgId(org),
            role: shared::identity::Role::Viewer,
        };
        let token = TokenKey::new(&SECRET.to_owned().into())
            .mint(&identity, shared::now())
            .ok()?;
        let request = http::Request::get(format!("{}/api/v1{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .body(Full::default())
            .ok()?;
        let response = self.client.send(request).await.ok()?;
        response.status().is_success().then(|| response.into_body())
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
