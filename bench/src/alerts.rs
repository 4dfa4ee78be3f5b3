//! The alerter's load: results of many monitors, some of which go down and come back, and a Slack that knows
//! when it was told.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use alerter::Settings;
use base64::Engine as _;
use domain::alert_policy::AlertPolicy;
use domain::channel::ChannelAlerts;
use domain::channel::SlackConfig;
use domain::internal::{MonitorName, NamesPage, OrgAlerting, SealedChannel};
use domain::record::{DEFAULT_REGION, Timings};
use domain::routing::Labels;
use domain::{ChannelId, CheckResult, ErrorCode, MonitorId, OrgId, Record, Rule, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use shared::crypto::Keyring;
use shared::kafka::{KafkaSettings, Message, Producer};
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use testkit::{FakeSlack, HttpServer, Reply};
use tokio::task::JoinHandle;

use crate::alert_policy;

/// The organisation whose channel the alerter knows.
pub const ORG: OrgId = OrgId(7);
const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Names in a page with labels, as user-service answers.
const NAMES_OF_PAGE: usize = 1_000;

/// What user-service knows of the organisation.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// Who is notified when.
    pub policy: AlertPolicy,
    /// The monitors whose names and labels come together with all others. Any other monitor is there, too, when it is asked
    /// for by itself.
    pub monitors: BTreeMap<MonitorId, Labels>,
}

impl Organisation {
    /// The same with so many monitors that are known before anything happens, all with the same labels.
    #[must_use]
    pub fn with_monitors(mut self, monitors: i64) -> Self {
        let labelled = |id| (MonitorId(id), alert_policy::labels());
        self.monitors = (1..=monitors).map(labelled).collect();
        // Without a version nothing goes by labels, and they are not told.
        self.policy.labels_version = 1;
        self
    }
}

impl From<AlertPolicy> for Organisation {
    fn from(policy: AlertPolicy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }
}

/// An alerter at work.
pub struct Alerting {
    /// What it tells its alerts.
    pub slack: FakeSlack,
    /// The log that it reads.
    pub kafka: KafkaSettings,
    producer: Producer,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), alerter::RunError>>,
    _user_service: HttpServer,
}

/// The settings of an alerter with one Slack channel.
///
/// # Panics
/// When they are not valid.
pub fn settings(kafka: &KafkaSettings, user_service: &str, group_window_ms: u32) -> Settings {
    let mut env = Reader::from_values([
        ("HTTP_ADDR", "127.0.0.1:0".to_owned()),
        ("KAFKA_BROKERS", kafka.brokers().to_owned()),
        ("REDIS_URL", testkit::redis_url()),
        ("REDIS_PREFIX", format!("{}:", testkit::unique())),
        ("USER_SERVICE_URL", user_service.to_owned()),
        (
            "INTERNAL_API_KEY",
            "bench-internal-key-bench-internal-key".to_owned(),
        ),
        ("ENCRYPTION_KEYS", KEYS.to_owned()),
        ("PROBE_TARGETS", "any".to_owned()),
        ("GROUP_WINDOW_MS", group_window_ms.to_string()),
    ]);
    let mut settings = Settings::read(&mut env);
    env.finish().expect("the settings are valid");
    settings.kafka = kafka.clone();
    settings
}

impl Alerting {
    /// Starts it.
    ///
    /// # Panics
    /// When a server is away.
    pub async fn start(kafka: KafkaSettings, group_window_ms: u32) -> Self {
        Self::start_with(kafka, group_window_ms, AlertPolicy::default()).await
    }

    /// Starts it for an organisation, of which it may suffice to say what it has decided about alerts.
    ///
    /// # Panics
    /// When a server is away.
    pub async fn start_with(
        kafka: KafkaSettings,
        group_window_ms: u32,
        organisation: impl Into<Organisation>,
    ) -> Self {
        let slack = FakeSlack::start().await;
        let Organisation { policy, monitors } = organisation.into();
        let alerting = OrgAlerting {
            channels: vec![channel(&slack.webhook_url())],
            policy,
            ..OrgAlerting::default()
        };
        let user_service =
            HttpServer::start(move |request| answer(&request.path, &alerting, &monitors)).await;
        let settings = settings(&kafka, &user_service.url(), group_window_ms);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = alerter::build(settings, metrics)
            .await
            .expect("the alerter is built");
        let shutdown = CancellationToken::new();
        Self {
            slack,
            producer: Producer::new(&kafka, Duration::from_secs(30)).expect("Kafka can be used"),
            kafka,
            task: tokio::spawn(service.run(shutdown.clone())),
            shutdown,
            _user_service: user_service,
        }
    }

    /// Publishes results together; answers when they were handed to the producer.
    ///
    /// # Panics
    /// When Kafka is away.
    pub async fn publish(&self, results: &[Record]) -> Timestamp {
        let topic = self.kafka.results_topic();
        let at = shared::now();
        let acks: Vec<_> = results
            .iter()
            .map(|record| {
                self.producer
                    .send(&topic, &record.monitor_id().to_string(), &record.encode())
            })
            .collect();
        for ack in acks {
            ack.expect("the producer has room")
                .await
                .expect("Kafka acknowledges");
        }
        at
    }

    /// Ends it.
    ///
    /// # Panics
    /// When it does not drain.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("it does not panic").expect("it ends well");
    }
}

/// A result of a monitor in a slot.
pub fn result(monitor: i64, slot: Timestamp, up: bool) -> Record {
    Record::Result(CheckResult {
        monitor_id: MonitorId(monitor),
        org_id: Some(ORG),
        url: format!("https://shop.example/{monitor}"),
        kind: "http".to_owned(),
        timestamp: slot.plus_millis(5),
        scheduled_at: slot,
        interval_ms: Some(60_000),
        region: DEFAULT_REGION.to_owned(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: Some(if up { 200 } else { 500 }),
        latency_ms: Some(87),
        attempts: 1,
        error: (!up).then(|| "HTTP status 500, expected 200-399".to_owned()),
        error_code: (!up).then_some(ErrorCode::StatusMismatch),
        timings: Timings {
            dns: Some(900),
            connect: Some(11_000),
            tls: Some(24_000),
            first_byte: Some(49_000),
            transfer: Some(2_100),
        },
        tls_expires_at: None,
        quorum: None,
        judged: None,
    })
}

/// A record as the consumer hands it over.
pub fn message(offset: i64, record: &Record) -> Message {
    Message {
        topic: "monitoring-results".into(),
        partition: 0,
        offset,
        key: None,
        payload: Some(record.encode()),
        timestamp: shared::now(),
    }
}

fn channel(webhook_url: &str) -> SealedChannel {
    let keyring = Keyring::parse(KEYS).expect("the keys are valid");
    let config = SlackConfig {
        webhook_url: webhook_url.to_owned(),
    };
    let config = serde_json::to_vec(&config).expect("it is JSON");
    let sealed = keyring.seal(&SealedChannel::seal_context(ORG), &config);
    SealedChannel {
        id: ChannelId(1),
        org_id: ORG,
        name: "Ops".to_owned(),
        kind: "slack".to_owned(),
        enabled: true,
        owner: None,
        alerts: ChannelAlerts::default(),
        sealed_config: base64::engine::general_purpose::STANDARD.encode(sealed),
        withheld: Vec::new(),
        sealed_left_out: None,
        sealed_decline_tokens: None,
        unconfirmed: false,
    }
}

/// User-service, as far as the alerter asks it.
fn answer(path: &str, alerting: &OrgAlerting, monitors: &BTreeMap<MonitorId, Labels>) -> Reply {
    let labels_version = alerting.policy.labels_version;
    let json = if path.starts_with("/internal/channels") {
        serde_json::to_string(alerting)
    } else if path.starts_with("/internal/names") {
        let after = path
            .rsplit_once("after=")
            .and_then(|(_, after)| after.parse().ok());
        serde_json::to_string(&names(MonitorId(after.unwrap_or(0)), labels_version, monitors))
    } else {
        let id = path
            .rsplit('/')
            .next()
            .and_then(|id| id.parse().ok())
            .unwrap_or(0);
        let labels = || monitors.get(&MonitorId(id)).cloned();
        serde_json::to_string(&MonitorName {
            id: MonitorId(id),
            org_id: ORG,
            name: name(id),
            url: format!("https://shop.example/{id}"),
            labels: (labels_version != 0).then(|| labels().unwrap_or_else(alert_policy::labels)),
        })
    };
    Reply::new(200, json.expect("it is JSON"))
}

/// The page of names that begins after a monitor.
fn names(after: MonitorId, labels_version: i64, monitors: &BTreeMap<MonitorId, Labels>) -> NamesPage {
    let mut left = monitors.range((Bound::Excluded(after), Bound::Unbounded));
    let page: Vec<_> = left.by_ref().take(NAMES_OF_PAGE).collect();
    let labelled = page.iter().filter(|_| labels_version != 0);
    NamesPage {
        names: page.iter().map(|(id, _)| (**id, name(id.0))).collect(),
        labels: labelled.map(|(id, labels)| (**id, (*labels).clone())).collect(),
        labels_version,
        next_after: left.next().and(page.last()).map(|(id, _)| **id),
    }
}

/// What a monitor is called.
pub fn name(monitor: i64) -> String {
    format!("Shop {monitor}.")
}
