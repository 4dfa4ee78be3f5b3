//! A user-service on a port of its own, called as the gateway calls it.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub(crate) mod pages;
pub(crate) mod post;
pub(crate) mod providers;
pub(crate) mod scene;
pub(crate) mod second_factor;
pub(crate) mod subscribing;

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deadpool_postgres::Object;
use domain::Record;
use domain::record::Lifecycle;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use shared::crypto::Keyring;
use shared::http::client::ServiceClient;
use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use shared::token::TokenKey;

pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";
pub(crate) const INTERNAL_KEY: &str = "an internal key of at least thirty-two bytes";
pub(crate) const ENCRYPTION_KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// As much as a pinger reads of an answer, in bytes.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn keyring() -> Keyring {
    Keyring::parse(ENCRYPTION_KEYS).unwrap()
}

pub(crate) fn token_key() -> TokenKey {
    TokenKey::new(&SECRET.to_owned().into())
}

/// What the log says of changes of monitors, in the order of each partition, with the records' keys.
pub(crate) async fn on_the_log(kafka: &KafkaSettings) -> Vec<(String, Lifecycle)> {
    let records = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&records);
    kafka
        .scan(&kafka.results_topic(), move |record| {
            let key = String::from_utf8(record.key.unwrap()).unwrap();
            if let Record::Lifecycle(lifecycle) = Record::decode(&record.payload.unwrap()).unwrap() {
                taken.lock().unwrap().push((key, lifecycle));
            }
            true
        })
        .await
        .unwrap();
    std::mem::take(&mut *records.lock().unwrap())
}

/// The stores that a user-service works on.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) database_url: String,
    pub(crate) redis_url: String,
    pub(crate) redis_prefix: String,
    pub(crate) kafka: KafkaSettings,
}

impl Stores {
    /// Stores of the test's own. Kafka is away.
    pub(crate) async fn new() -> Self {
        Self {
            database_url: testkit::database().await,
            redis_url: testkit::redis_url(),
            redis_prefix: format!("{}:", testkit::unique()),
            kafka: KafkaSettings::new("127.0.0.1:1", "", 1),
        }
    }

    /// Stores of the test's own, with Kafka in memory.
    pub(crate) async fn with_kafka() -> (testkit::EmbeddedKafka, Self) {
        let (broker, kafka) = testkit::embedded_kafka();
        let stores = Self {
            kafka,
            ..Self::new().await
        };
        (broker, stores)
    }

    /// The environment of a user-service on these stores.
    fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut variables = vec![
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("DATABASE_URL", &*self.database_url),
            ("REDIS_URL", &self.redis_url),
            ("REDIS_PREFIX", &self.redis_prefix),
            ("KAFKA_BROKERS", self.kafka.brokers()),
            ("JWT_SECRET", SECRET),
            ("INTERNAL_API_KEY", INTERNAL_KEY),
            ("ENCRYPTION_KEYS", ENCRYPTION_KEYS),
            ("SHARDS", "4"),
        ];
        variables.extend_from_slice(more);
        variables
    }

    /// A user-service on these stores in a process of its own, which can be killed.
    pub(crate) fn spawn(&self, more: &[(&str, &str)]) -> Process {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_user-service"));
        command.env_clear().envs(self.variables(more));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        Process(command.spawn().unwrap())
    }

    /// What a user-service on these stores is told.
    pub(crate) fn settings(&self, more: &[(&str, &str)]) -> user_service::Settings {
        shared::install_crypto();
        // The last one of a name counts.
        let mut env = Reader::from_values(self.variables(more));
        let settings = user_service::Settings::read(&mut env);
        env.finish().unwrap();
        user_service::Settings {
            kafka: self.kafka.clone(),
            ..settings
        }
    }

    pub(crate) fn redis(&self) -> RedisSettings {
        RedisSettings::new(&self.redis_url, &self.redis_prefix)
    }
}

/// A user-service in a process of its own.
pub(crate) struct Process(tokio::process::Child);

impl Process {
    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.0.kill().await.unwrap();
    }
}

/// A running user-service.
pub(crate) struct UserService {
    pub(crate) url: String,
    pub(crate) stores: Stores,
    pool: deadpool_postgres::Pool,
    client: ServiceClient,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for UserService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl UserService {
    pub(crate) async fn start() -> Self {
        Self::start_on(Stores::new().await, &[]).await
    }

    pub(crate) async fn start_on(stores: Stores, more: &[(&str, &str)]) -> Self {
        let settings = stores.settings(more);
        Self::start_with(stores, settings).await
    }

    pub(crate) async fn start_with(stores: Stores, settings: user_service::Settings) -> Self {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = user_service::build(settings, metrics).await.unwrap();
        let (url, stop) = (service.url(), CancellationToken::new());
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { service.run(stop).await.unwrap() }
        });
        Self {
            url,
            pool: shared::postgres::pool(&PostgresSettings::from_url(&stores.database_url)).unwrap(),
            client: ServiceClient::new(Duration::from_secs(20)).with_max_answer(MAX_ANSWER),
            stores,
            stop,
            task,
        }
    }

    /// Ends it as SIGTERM does.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap();
    }

    /// A connection to its database.
    pub(crate) async fn db(&self) -> Object {
        self.pool.get().await.unwrap()
    }

    /// What waits to be published of changes of monitors.
    pub(crate) async fn outbox(&self) -> Vec<domain::record::Lifecycle> {
        let rows = self.db().await;
        let rows = rows.query("SELECT payload FROM outbox ORDER BY id", &[]).await;
        let rows = rows.unwrap().into_iter();
        let records = rows.filter_map(|row| match Record::decode(row.get(0)).unwrap() {
            Record::Lifecycle(record) => Some(record),
            _ => None,
        });
        records.collect()
    }

    /// How many rows `table` has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let row = self
            .db()
            .await
            .query_one(&format!("SELECT count(*) FROM {table}"), &[])
            .await
            .unwrap();
        row.get(0)
    }

    /// Sends a request with exactly these headers.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let (head, body) = self.client.send(request).await.unwrap().into_parts();
        let media_type = head.headers.get("content-type");
        testkit::assert_documented(
            method.as_str(),
            path,
            head.status.as_u16(),
            media_type.map_or("", |value| value.to_str().unwrap()),
            &String::from_utf8_lossy(&body),
        );
        Answer {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// Sends a request as the gateway does for somebody who is not logged in.
    pub(crate) async fn anonymous(&self, method: Method, path: &str, body: &Value) -> Answer {
        let headers = [("x-internal-key", INTERNAL_KEY)];
        self.send(method, path, &headers, &body.to_string()).await
    }

    /// As another service asks.
    pub(crate) async fn internal(&self, path: &str) -> Answer {
        self.anonymous(Method::GET, &format!("/internal{path}"), &Value::Null)
            .await
    }

    /// Makes an account.
    pub(crate) async fn register(&self) -> Person<'_> {
        let email = format!("{}@example.org", testkit::unique());
        let body = json!({"email": email, "password": "correct horse battery staple", "name": "Ada"});
        let answer = self.anonymous(Method::POST, "/api/v1/auth/register", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        Person {
            service: self,
            email,
            user: answer.body["user"]["id"].as_i64().unwrap(),
            org: answer.body["org"]["id"].as_i64().unwrap(),
            role: "owner",
        }
    }
}

/// What user-service has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The fields that a problem names.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    pub(crate) fn items(self) -> Vec<Value> {
        let body = self.expect(200);
        body["items"].as_array().unwrap().clone()
    }
}

/// Somebody for whom the gateway has verified a token.
#[derive(Clone)]
pub(crate) struct Person<'a> {
    pub(crate) service: &'a UserService,
    pub(crate) email: String,
    pub(crate) user: i64,
    pub(crate) org: i64,
    pub(crate) role: &'static str,
}

impl Person<'_> {
    /// The same person in a smaller role.
    pub(crate) fn as_role(&self, role: &'static str) -> Self {
        Self { role, ..self.clone() }
    }

    /// Sends a request below `/api/v1`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &str) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let (user, org) = (self.user.to_string(), self.org.to_string());
        let mut headers = vec![
            ("x-internal-key", INTERNAL_KEY),
            ("x-user-id", &user),
            ("x-org-id", &org),
            ("x-role", self.role),
        ];
        headers.extend_from_slice(more);
        let path = format!("/api/v1{path}");
        self.service.send(method, &path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, &body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, "").await
    }

    /// Adds a monitor of this URL; answers its id.
    pub(crate) async fn monitor(&self, url: &str) -> i64 {
        let monitor = self.post("/monitors", json!({"url": url})).await.expect(201);
        monitor["id"].as_i64().unwrap()
    }

    /// Notes an outage of a monitor, as the processor does; answers its incident.
    pub(crate) async fn outage(&self, monitor: i64, is_over: bool) -> uuid::Uuid {
        let id = uuid::Uuid::from_u128(
            u128::from(shared::now().as_millis().unsigned_abs()) << 64 | monitor as u128,
        );
        let sql =
            "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
             VALUES ($1, $2, $3, 1, now() - interval '1 minute', CASE WHEN $4 THEN now() END,
                     CASE WHEN $4 THEN 'recovered' END)";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&id, &monitor, &self.org, &is_over];
        self.service.db().await.execute(sql, &values).await.unwrap();
        id
    }

    /// Adds a Slack channel; answers its id.
    pub(crate) async fn channel(&self) -> i64 {
        let body = json!({
            "name": "Ops", "kind": "slack",
            "config": {"webhook_url": "https://hooks.slack.example/services/T0/B0/secret"}
        });
        let channel = self.post("/channels", body).await.expect(201);
        channel["id"].as_i64().unwrap()
    }
}
