//! A running processor.

use std::time::Duration;

use domain::Record;
use fred::clients::Client;
use fred::interfaces::{HashesInterface, SortedSetsInterface, StreamsInterface};
use metrics_exporter_prometheus::PrometheusBuilder;
use processor::Settings;
use shared::kafka::{KafkaSettings, Producer, Scanned};
use shared::redis::{Keys, RedisSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Database;

pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Running {
    pub url: String,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn start(settings: Settings) -> Self {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = processor::build(settings, metrics).await.unwrap();
        let (url, shutdown) = (service.url(), CancellationToken::new());
        let token = shutdown.clone();
        let task = tokio::spawn(async move { service.run(token).await.unwrap() });
        Self { url, shutdown, task }
    }

    /// The answer to a GET, with its head.
    pub async fn get(&self, path: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .expect("it drains in time")
            .unwrap();
    }

    /// Ends it without any draining.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// What a test of the service talks to.
pub struct World {
    pub database: Database,
    pub kafka: KafkaSettings,
    pub redis: RedisSettings,
    pub client: Client,
    pub keys: Keys,
    producer: Producer,
}

impl World {
    pub async fn new(kafka: KafkaSettings, monitors: usize) -> Self {
        let database = Database::with_monitors(monitors).await;
        Self::of(kafka, database, testkit::redis())
    }

    pub fn of(kafka: KafkaSettings, database: Database, redis: RedisSettings) -> Self {
        shared::install_crypto();
        Self {
            database,
            client: shared::redis::connect(&redis).unwrap(),
            keys: redis.keys(),
            redis,
            producer: Producer::new(&kafka, Duration::from_secs(60)).unwrap(),
            kafka,
        }
    }

    pub fn settings(&self) -> Settings {
        Settings::new(self.kafka.clone(), self.database.settings(), self.redis.clone())
    }

    pub async fn send(&self, records: impl IntoIterator<Item = Record>) {
        let acks: Vec<_> = records
            .into_iter()
            .map(|record| {
                let key = record.monitor_id().to_string();
                self.producer
                    .send(&self.kafka.results_topic(), &key, &record.encode())
                    .unwrap()
            })
            .collect();
        for ack in acks {
            ack.await.unwrap();
        }
    }

    pub async fn send_raw(&self, topic: &str, key: &str, payload: &[u8]) {
        self.producer.send(topic, key, payload).unwrap().await.unwrap();
    }

    /// Waits for `expected` rows as long as some are added: how long a backlog takes is the machine's affair.
    pub async fn rows(&self, expected: i64) {
        let mut count = 0;
        while count < expected {
            count = testkit::eventually("more rows are there", PATIENCE, || async {
                let now = self.database.count("SELECT count(*) FROM check_results").await;
                assert!(now <= expected, "{now} rows, more than {expected}");
                (now > count).then_some(now)
            })
            .await;
        }
    }

    pub async fn done(&self) {
        testkit::eventually("the offsets are committed", PATIENCE, || async {
            let results = [self.kafka.results_topic()];
            let events = [self.kafka.alert_events_topic()];
            let lag = self.kafka.group_lag("processor", &results).await.unwrap()
                + self
                    .kafka
                    .group_lag("processor-alert-events", &events)
                    .await
                    .unwrap();
            (lag == 0).then_some(())
        })
        .await;
    }

    pub async fn dead_letters(&self) -> Vec<Scanned> {
        let (found, letters) = std::sync::mpsc::channel();
        let take = move |letter| found.send(letter).is_ok();
        let topic = self.kafka.dead_letter_topic();
        self.kafka.scan(&topic, take).await.unwrap();
        letters.iter().collect()
    }

    pub async fn status(&self, monitor: domain::MonitorId) -> Option<domain::live::LiveStatus> {
        let json: Option<String> = self.client.hget(self.keys.status(monitor), "json").await.ok()?;
        serde_json::from_str(&json?).unwrap()
    }

    pub async fn sparkline(&self, monitor: domain::MonitorId) -> Vec<domain::live::Point> {
        let points: Vec<String> = self
            .client
            .zrange(self.keys.sparkline(monitor), 0, -1, None, false, None, false)
            .await
            .unwrap();
        points
            .iter()
            .map(|point| serde_json::from_str(point).unwrap())
            .collect()
    }

    /// The live stream: the name of each event, and its data.
    pub async fn stream(&self) -> Vec<(String, serde_json::Value)> {
        type Entries = Vec<(String, std::collections::HashMap<String, String>)>;
        let entries: Entries = self
            .client
            .xrange_values(self.keys.stream(self.database.org), "-", "+", None)
            .await
            .unwrap();
        entries
            .into_iter()
            .map(|(_, fields)| {
                (
                    fields["event"].clone(),
                    serde_json::from_str(&fields["data"]).unwrap(),
                )
            })
            .collect()
    }
}
