//! A gateway and a user-service as processes, on real stores; the services behind them are played.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use domain::record::Ping;
use domain::{MonitorId, OrgId};
use e2e::fuzz::Known;
use e2e::{Api, Process};
use http::StatusCode;
use serde_json::{Value, json};
use shared::crypto::Keyring;
use testkit::{EmbeddedKafka, HttpServer, Reply, free_port};
use uuid::Uuid;

/// What is attacked.
pub(crate) struct Site {
    gateway: Process,
    user_service: Process,
    base: String,
    database: tokio_postgres::Client,
    _behind: HttpServer,
    _kafka: EmbeddedKafka,
}

/// Somebody with a few things of each kind.
pub(crate) struct Account {
    pub(crate) known: Known,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::start_with(async |_| Vec::new()).await
    }

    /// With further variables, of which some may follow from where the gateway is.
    pub(crate) async fn start_with(more: impl AsyncFnOnce(&str) -> Vec<(&'static str, String)>) -> Self {
        let (broker, kafka) = testkit::embedded_kafka();
        let behind = HttpServer::start(|request| match request.path.as_str() {
            "/internal/check" => Reply::new(200, checked().to_string()),
            _ => Reply::new(200, r#"{"ok": true, "error": null}"#),
        })
        .await;
        let database_url = testkit::database().await;
        let [gateway, user_service, ops] = [(); 3].map(|()| format!("127.0.0.1:{}", free_port()));
        let mut variables = e2e::secrets();
        variables.extend([
            ("DATABASE_URL", database_url.clone()),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", format!("{}:", testkit::unique())),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("USER_SERVICE_URL", format!("http://{user_service}")),
            ("PINGER_URL", behind.url()),
            ("ALERTER_URL", behind.url()),
            ("OPS_ADDR", ops),
            // Limits are tested where they are.
            ("RATE_API_PER_MINUTE", "1000000".to_owned()),
            ("RATE_LOGIN_PER_MINUTE", "100000".to_owned()),
            ("TRUST_FORWARDED_FOR", "true".to_owned()),
            ("PAGES_URL", "http://pages.example.org".to_owned()),
            ("PLANS", r#"{"large": {"status_pages": 1000}}"#.to_owned()),
            ("PLAN_DEFAULT", "large".to_owned()),
        ]);
        let base = format!("http://{gateway}");
        variables.extend(more(&base).await);
        let start = |name: &str, address: &str| {
            let address = ("HTTP_ADDR", address.to_owned());
            Process::start(name, &[&variables[..], &[address]].concat())
        };
        Self {
            gateway: start("gateway", &gateway),
            user_service: start("user-service", &user_service),
            base,
            database: testkit::connect(&database_url).await,
            _behind: behind,
            _kafka: broker,
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What user-service stores.
    pub(crate) fn database(&self) -> &tokio_postgres::Client {
        &self.database
    }

    /// The memory of each process, in bytes.
    pub(crate) fn memory(&self) -> [u64; 2] {
        [&self.gateway, &self.user_service].map(Process::memory)
    }

    /// What each process has written.
    pub(crate) fn logs(&self) -> [(&str, String); 2] {
        [&self.gateway, &self.user_service].map(|process| (process.name(), process.output()))
    }

    /// A new account, in whose history there has been an outage.
    pub(crate) async fn account(&self) -> Account {
        let mut api = Api::when_ready(&self.base).await;
        api.register().await;
        let monitor = api.add_monitor("Shop", "https://a.example/").await;
        let channel = api.add_slack("https://hooks.slack.example/services/T/B/x").await;
        let me = api.get("/api/v1/me").await;
        let org = me["org"]["id"].as_i64().unwrap();
        let (incident, delivery) = self.outage(org, monitor, channel).await;
        let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
        let heartbeat = api.post("/api/v1/monitors", heartbeat, StatusCode::CREATED).await;
        let heartbeat = heartbeat["id"].as_i64().unwrap();
        self.ping(org, heartbeat).await;
        let mut known = Known::default();
        api.credential().clone_into(&mut known.token);
        api.email().clone_into(&mut known.email);
        for (kind, id) in [
            ("orgs", org.to_string()),
            ("users", me["user"]["id"].to_string()),
            ("monitors", monitor.to_string()),
            ("heartbeats", heartbeat.to_string()),
            ("channels", channel.to_string()),
            ("incidents", incident.to_string()),
            ("deliveries", delivery.to_string()),
        ] {
            known.learn(kind, id);
        }
        Account { known }
    }

    /// Notes the first ping of a heartbeat, as the processor does.
    pub(crate) async fn ping(&self, org: i64, heartbeat: i64) {
        let secrets = e2e::secrets();
        let (_, keys) = secrets
            .iter()
            .find(|(name, _)| *name == "ENCRYPTION_KEYS")
            .unwrap();
        let ping = Uuid::from_u128(1);
        let context = Ping::seal_context(OrgId(org), MonitorId(heartbeat), ping);
        let body = Keyring::parse(keys).unwrap().seal(&context, b"12 files copied");
        let sql = "INSERT INTO pings (org_id, monitor_id, id, n, arrived_at, kind, scheme, method, sealed_body, body_bytes)
                   VALUES ($1, $2, $3, 1, now(), 'success', 'https', 'POST', $4, 15)";
        self.database
            .execute(sql, &[&org, &heartbeat, &ping, &body])
            .await
            .unwrap();
    }

    /// Notes an outage and a message about it that could not be delivered, as the processor does.
    pub(crate) async fn outage(&self, org: i64, monitor: i64, channel: i64) -> (Uuid, Uuid) {
        let name = |number: u128| Uuid::from_u128(u128::from(monitor.unsigned_abs()) << 64 | number);
        let (incident, delivery) = (name(1), name(2));
        let sql = "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at)
                   VALUES ($1, $2, $3, 1, now() - interval '1 minute')";
        self.database
            .execute(sql, &[&incident, &monitor, &org])
            .await
            .unwrap();
        let sql = "INSERT INTO alert_events (incident_id, alert, channel_id, step, attempt, at, org_id, monitor_id,
                                             delivery_id, source, reason)
                   VALUES ($1, 'down', $2, 'failed', 1, now(), $3, $4, $5,
                           '{\"cluster\": \"c\", \"topic\": \"t\", \"partition\": 1, \"offset\": 7}', 'gone')";
        self.database
            .execute(sql, &[&incident, &channel, &org, &monitor, &delivery])
            .await
            .unwrap();
        (incident, delivery)
    }
}

/// What a pinger says of a check on request.
fn checked() -> Value {
    json!({
        "url": "https://a.example/", "kind": "http", "up": true, "status_code": StatusCode::OK.as_u16(),
        "latency_ms": 12, "attempts": 1, "error": null, "error_code": null, "timings_us": {}, "tls_expires_at": null
    })
}
