//! An alerter with a log, a Slack and a user-service of the test's own.

#![allow(dead_code, reason = "each test file uses its part")]

mod ledger;
pub(crate) mod process;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alerter::{Service, Settings};
use base64::Engine as _;
use domain::alert_event::AlertEvent;
use domain::alert_policy::AlertPolicy;
use domain::alert_rules::AlertRules;
use domain::channel::ChannelAlerts;
use domain::channel::SlackConfig;
use domain::internal::{
    ConfirmationCode, ConfirmationCodeOutcome, ConfirmationCodes, ConfirmationMail, ConfirmationOutcome,
    Confirmations, MonitorName, NamesPage, OrgAlerting, SealedChannel, TestOutcome,
};
use domain::record::{CheckResult, Lifecycle, LifecycleEvent, Timings};
use domain::routing::Labels;
use domain::{ChannelId, ErrorCode, IncidentId, MonitorId, OrgId, Record, Rule, Timestamp};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use shared::crypto::Keyring;
use shared::kafka::{KafkaSettings, Producer};
use shared::settings::Reader;
use shared::shutdown::CancellationToken;
use testkit::{FakeSlack, HttpServer, Reply};
use tokio::task::JoinHandle;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const ORG: OrgId = OrgId(7);
/// Another organisation, which has channels and no monitors.
pub(crate) const OTHER_ORG: OrgId = OrgId(9);
pub(crate) const INTERNAL_KEY: &str = "an-internal-key-for-the-alerter-tests";
pub(crate) const ENCRYPTION_KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const REDIS_PREFIX_NAME: &str = "REDIS_PREFIX";

/// What user-service knows.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) channels: Mutex<Vec<SealedChannel>>,
    /// Those of [`OTHER_ORG`].
    pub(crate) other_channels: Mutex<Vec<SealedChannel>>,
    pub(crate) rules: Mutex<AlertRules>,
    pub(crate) policy: Mutex<AlertPolicy>,
    pub(crate) labels: Mutex<HashMap<i64, Labels>>,
    /// Monitors that it tells the names of together.
    pub(crate) monitors: Mutex<Vec<i64>>,
    /// Monitors of [`OTHER_ORG`].
    pub(crate) other_monitors: Mutex<Vec<i64>>,
    /// The monitors whose outages drills rehearse, by the drills' ids.
    pub(crate) drills: Mutex<HashMap<i64, i64>>,
    /// Whether it does not answer what drills are of.
    pub(crate) drills_away: AtomicBool,
    /// Recipients that are to be asked, and what came of those that were.
    pub(crate) to_be_asked: Mutex<Vec<ConfirmationMail>>,
    pub(crate) asked: Mutex<Vec<ConfirmationOutcome>>,
    /// Codes that are to be sent, and what came of those that were.
    pub(crate) codes: Mutex<Vec<ConfirmationCode>>,
    pub(crate) sent_codes: Mutex<Vec<ConfirmationCodeOutcome>>,
    pub(crate) away: AtomicBool,
    /// Whether what it tells of channels and rules also holds items that cannot be read.
    pub(crate) spoilt: AtomicBool,
}

pub(crate) struct World {
    pub(crate) kafka: KafkaSettings,
    pub(crate) slack: FakeSlack,
    pub(crate) user_service: HttpServer,
    pub(crate) known: Arc<Known>,
    pub(crate) variables: Vec<(&'static str, String)>,
    producer: Producer,
    clock: AtomicI64,
}

/// A running alerter in this process.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) shutdown: CancellationToken,
    task: JoinHandle<Result<(), alerter::RunError>>,
}

impl World {
    /// With one Slack channel, whose id is 1.
    pub(crate) async fn new(kafka: KafkaSettings) -> Self {
        shared::install_crypto();
        let slack = FakeSlack::start().await;
        let known = Arc::new(Known::default());
        known
            .channels
            .lock()
            .unwrap()
            .push(slack_channel(1, &slack.webhook_url()));
        let user_service = user_service(Arc::clone(&known)).await;
        let redis_prefix = format!("{}:", testkit::unique());
        let variables = vec![
            ("HTTP_ADDR", "127.0.0.1:0".to_owned()),
            ("KAFKA_BROKERS", kafka.brokers().to_owned()),
            ("KAFKA_PREFIX", kafka.named("")),
            ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
            ("REDIS_URL", testkit::redis_url()),
            (REDIS_PREFIX_NAME, redis_prefix),
            ("USER_SERVICE_URL", user_service.url()),
            ("INTERNAL_API_KEY", INTERNAL_KEY.to_owned()),
            ("ENCRYPTION_KEYS", ENCRYPTION_KEYS.to_owned()),
            ("PROBE_TARGETS", "any".to_owned()),
        ];
        let producer = Producer::new(&kafka, Duration::from_secs(20)).unwrap();
        Self {
            kafka,
            slack,
            user_service,
            known,
            variables,
            producer,
            // Long enough ago for all the slots of a test: one of the future would be refused.
            clock: AtomicI64::new(shared::now().as_millis() - 12 * 3_600_000),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn settings(&self) -> Settings {
        let mut env = Reader::from_values(self.variables.clone());
        let mut settings = Settings::read(&mut env);
        env.finish().unwrap();
        // The embedded broker's clients have a setting of their own.
        settings.kafka = self.kafka.clone();
        settings
    }

    pub(crate) async fn start(&self) -> Running {
        self.start_with(self.settings()).await
    }

    /// A first start with the database away would wait for it.
    pub(crate) async fn start_without_database(&self) -> Running {
        let settings = Settings {
            postgres: None,
            ..self.settings()
        };
        self.start_with(settings).await
    }

    pub(crate) async fn start_with(&self, settings: Settings) -> Running {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service: Service = alerter::build(settings, metrics).await.unwrap();
        let shutdown = CancellationToken::new();
        Running {
            url: service.url(),
            task: tokio::spawn(service.run(shutdown.clone())),
            shutdown,
        }
    }

    /// The next slot: each is ten seconds after the one before.
    pub(crate) fn slot(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.fetch_add(10_000, Ordering::Relaxed))
    }

    pub(crate) async fn publish(&self, record: Record) {
        let topic = self.kafka.results_topic();
        let key = record.monitor_id().to_string();
        self.producer
            .send(&topic, &key, &record.encode())
            .unwrap()
            .await
            .unwrap();
    }

    pub(crate) async fn up(&self, monitor: i64) {
        self.publish(result(monitor, self.slot(), true)).await;
    }

    pub(crate) async fn down(&self, monitor: i64) {
        self.publish(result(monitor, self.slot(), false)).await;
    }

    /// A result of each, all at once.
    pub(crate) async fn publish_all(&self, monitors: impl Iterator<Item = i64>, up: bool) {
        let (topic, slot) = (self.kafka.results_topic(), self.slot());
        let records: Vec<_> = monitors
            .map(|monitor| (monitor.to_string(), result(monitor, slot, up).encode()))
            .collect();
        let acks: Vec<_> = records
            .iter()
            .map(|(key, record)| self.producer.send(&topic, key, record).unwrap())
            .collect();
        for ack in acks {
            ack.await.unwrap();
        }
    }

    pub(crate) async fn lifecycle(&self, monitor: i64, event: LifecycleEvent, revision: u32) {
        self.act(monitor, event, revision, None).await;
    }

    /// Somebody acknowledges an incident of a monitor's first revision.
    pub(crate) async fn acknowledge(&self, monitor: i64, incident: IncidentId) {
        self.act(monitor, LifecycleEvent::Acknowledged, 1, Some(incident))
            .await;
    }

    async fn act(&self, monitor: i64, event: LifecycleEvent, revision: u32, incident: Option<IncidentId>) {
        self.publish(Record::Lifecycle(Lifecycle {
            monitor_id: MonitorId(monitor),
            org_id: ORG,
            url: url(monitor),
            timestamp: self.slot(),
            revision,
            event,
            incident_id: incident,
            usual: None,
            delivery_id: None,
            probe_revision: None,
        }))
        .await;
    }

    /// What Slack has accepted about a monitor, in order: `Down` and `Up`.
    pub(crate) fn messages_about(&self, monitor: i64) -> Vec<&'static str> {
        messages_about(&self.slack, monitor)
    }

    pub(crate) async fn await_messages(&self, monitor: i64, expected: &[&str]) {
        let what = format!("Slack gets {expected:?} about monitor {monitor}");
        testkit::eventually(&what, PATIENCE, async || {
            (self.messages_about(monitor) == expected).then_some(())
        })
        .await;
    }

    /// Every event so far.
    pub(crate) async fn events(&self) -> Vec<AlertEvent> {
        let topic = self.kafka.alert_events_topic();
        let mut events = Vec::new();
        for partition in 0..self.kafka.partition_count(&topic).await.unwrap() {
            let payloads = self
                .kafka
                .read_back(&topic, partition, i64::MAX, i64::MAX)
                .await
                .unwrap();
            events.extend(
                payloads
                    .iter()
                    .map(|payload| serde_json::from_slice::<AlertEvent>(payload).unwrap()),
            );
        }
        events
    }

    /// Waits until everything published so far was handled.
    pub(crate) async fn handled(&self) {
        let topics = [self.kafka.results_topic()];
        testkit::eventually("the log was handled", PATIENCE, async || {
            (self.kafka.group_lag("alerter", &topics).await.ok()? == 0).then_some(())
        })
        .await;
    }
}

impl Running {
    /// Ends it as SIGTERM does.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

impl Running {
    /// Waits until readiness answers with this status, and with `part` in its body.
    pub(crate) async fn readiness(&self, status: u16, part: &str) {
        let client = shared::http::client::ServiceClient::new(PATIENCE);
        testkit::eventually("readiness has changed", PATIENCE * 2, async || {
            let request = http::Request::get(format!("{}/health/ready", self.url));
            let answer = client
                .send(request.body(Default::default()).unwrap())
                .await
                .ok()?;
            let body = String::from_utf8_lossy(answer.body());
            (answer.status() == status && body.contains(part)).then_some(())
        })
        .await;
    }

    async fn ask_for_test(&self, channel: &SealedChannel) -> http::Response<hyper::body::Bytes> {
        let client = shared::http::client::ServiceClient::new(PATIENCE);
        let request = http::Request::post(format!("{}/internal/test-message", self.url))
            .header("x-internal-key", INTERNAL_KEY)
            .body(serde_json::to_vec(channel).unwrap().into())
            .unwrap();
        client.send(request).await.unwrap()
    }

    /// Asks for a test message to a channel; answers the status, and after how many seconds to try again.
    pub(crate) async fn try_test(&self, channel: &SealedChannel) -> (u16, Option<u32>) {
        let answer = self.ask_for_test(channel).await;
        let wait = answer.headers().get("retry-after");
        let wait = wait.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
        (answer.status().as_u16(), wait)
    }

    /// Sends a test message to a channel.
    pub(crate) async fn test_outcome(&self, channel: &SealedChannel) -> TestOutcome {
        let answer = self.ask_for_test(channel).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    /// The same; answers whether it was taken, or why not.
    pub(crate) async fn test(&self, channel: &SealedChannel) -> (bool, Option<String>) {
        let outcome = self.test_outcome(channel).await;
        (outcome.ok, outcome.error)
    }
}

pub(crate) fn messages_about(slack: &FakeSlack, monitor: i64) -> Vec<&'static str> {
    let name = name(monitor);
    let texts = slack
        .messages()
        .into_iter()
        .map(|(_, message)| message["text"].as_str().unwrap_or_default().to_owned());
    texts
        .filter_map(|text| {
            let line = text.lines().next().unwrap_or_default().to_owned();
            if line == format!("🔴 Down: {name}") {
                Some("Down")
            } else if line.starts_with(&format!("✅ Up: {name} (")) {
                Some("Up")
            } else if line.starts_with(&format!("⏸️ Monitoring paused: {name} (was down for ")) {
                Some("Paused")
            } else if line.starts_with(&format!(
                "✏️ Monitor edited; checks start over: {name} (was down for "
            )) {
                Some("Edited")
            } else if line.starts_with(&format!("🗑️ Monitor deleted: {name} (was down for ")) {
                Some("Deleted")
            } else {
                None
            }
        })
        .collect()
}

pub(crate) fn name(monitor: i64) -> String {
    format!("Shop {monitor}.")
}

pub(crate) fn url(monitor: i64) -> String {
    format!("https://shop.example/{monitor}")
}

pub(crate) fn result(monitor: i64, slot: Timestamp, up: bool) -> Record {
    Record::Result(CheckResult {
        monitor_id: MonitorId(monitor),
        org_id: Some(ORG),
        url: url(monitor),
        kind: "http".to_owned(),
        timestamp: slot,
        scheduled_at: slot,
        interval_ms: Some(10_000),
        region: "default".to_owned(),
        revision: Some(1),
        revised_at: None,
        probe_revision: None,
        rule: Rule::default(),
        up,
        status_code: Some(if up { 200 } else { 500 }),
        latency_ms: Some(20),
        attempts: if up { 1 } else { 2 },
        error: (!up).then(|| "HTTP status 500, expected 200-399".to_owned()),
        error_code: (!up).then_some(ErrorCode::StatusMismatch),
        timings: Timings::default(),
        tls_expires_at: None,
        quorum: None,
        judged: None,
    })
}

pub(crate) fn slack_channel(id: i64, webhook_url: &str) -> SealedChannel {
    let config = SlackConfig {
        webhook_url: webhook_url.to_owned(),
    };
    channel(id, "slack", &serde_json::to_vec(&config).unwrap())
}

pub(crate) fn webhook_channel(id: i64, url: &str) -> SealedChannel {
    let config = json!({"url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    channel(id, "webhook", config.to_string().as_bytes())
}

pub(crate) fn channel(id: i64, kind: &str, config: &[u8]) -> SealedChannel {
    channel_of(ORG, id, kind, config)
}

pub(crate) fn channel_of(org: OrgId, id: i64, kind: &str, config: &[u8]) -> SealedChannel {
    let keyring = Keyring::parse(ENCRYPTION_KEYS).unwrap();
    let sealed = keyring.seal(&SealedChannel::seal_context(org), config);
    SealedChannel {
        id: ChannelId(id),
        org_id: org,
        name: "Ops".to_owned(),
        kind: kind.to_owned(),
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

pub(crate) async fn user_service(known: Arc<Known>) -> HttpServer {
    HttpServer::start(move |request| {
        if known.away.load(Ordering::Relaxed) {
            return Reply::new(503, "away");
        }
        assert_eq!(request.headers["x-internal-key"], INTERNAL_KEY);
        if request.path == format!("/internal/channels?org_id={ORG}") {
            let page = OrgAlerting {
                channels: known.channels.lock().unwrap().clone(),
                rules: known.rules.lock().unwrap().clone(),
                policy: known.policy.lock().unwrap().clone(),
            };
            let mut page = json!(page);
            if known.spoilt.load(Ordering::Relaxed) {
                let spoil = |list: &mut Value, item| list.as_array_mut().unwrap().insert(0, item);
                spoil(&mut page["channels"], json!({"id": 9, "kind": 5}));
                let mute = json!({"monitor_id": 9, "until": "+10000-01-01T23:58:59.000Z"});
                spoil(&mut page["rules"]["muted"], mute);
                spoil(&mut page["rules"]["windows"], json!({"repeat": "yearly"}));
            }
            return Reply::new(200, page.to_string());
        }
        if request.path == format!("/internal/channels?org_id={OTHER_ORG}") {
            let page = OrgAlerting {
                channels: known.other_channels.lock().unwrap().clone(),
                ..OrgAlerting::default()
            };
            return Reply::new(200, serde_json::to_string(&page).unwrap());
        }
        if request.path == format!("/internal/names?org_id={OTHER_ORG}&after=0") {
            return Reply::new(200, serde_json::to_string(&NamesPage::default()).unwrap());
        }
        if request.path == format!("/internal/names?org_id={ORG}&after=0") {
            let monitors = known.monitors.lock().unwrap();
            let names = monitors.iter().map(|&id| (MonitorId(id), name(id)));
            let labels = known.labels.lock().unwrap();
            let of_these = labels.iter().filter(|(id, _)| monitors.contains(id));
            let page = NamesPage {
                names: names.collect(),
                labels: of_these
                    .map(|(&id, labels)| (MonitorId(id), labels.clone()))
                    .collect(),
                labels_version: known.policy.lock().unwrap().labels_version,
                next_after: None,
            };
            let mut page = json!(page);
            if known.spoilt.load(Ordering::Relaxed) {
                let names = page["names"].as_array_mut().unwrap();
                names.insert(0, json!([9, null]));
                let labels = page["labels"].as_array_mut().into_iter();
                labels.for_each(|labels| labels.insert(0, json!([9, {"severity": "horrible"}])));
            }
            return Reply::new(200, page.to_string());
        }
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/internal/confirmations") {
            let mails = std::mem::take(&mut *known.to_be_asked.lock().unwrap());
            let mut page = json!(Confirmations { mails });
            page["mails"]
                .as_array_mut()
                .unwrap()
                .insert(0, json!({"org_id": "?"}));
            return Reply::new(200, page.to_string());
        }
        if request.path == "/internal/confirmations/outcome" {
            let outcome = serde_json::from_slice(&request.body).unwrap();
            known.asked.lock().unwrap().push(outcome);
            return Reply::new(204, "");
        }
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/internal/confirmation-codes") {
            let codes = std::mem::take(&mut *known.codes.lock().unwrap());
            let mut page = json!(ConfirmationCodes { codes });
            let codes = page["codes"].as_array_mut().unwrap();
            codes.insert(0, json!({"channel": "?"}));
            return Reply::new(200, page.to_string());
        }
        if request.path == "/internal/confirmation-codes/outcome" {
            let outcome = serde_json::from_slice(&request.body).unwrap();
            known.sent_codes.lock().unwrap().push(outcome);
            return Reply::new(204, "");
        }
        match request
            .path
            .strip_prefix("/internal/monitors/")
            .and_then(|id| id.parse::<i64>().ok())
        {
            Some(..0) if known.drills_away.load(Ordering::Relaxed) => Reply::new(503, "away"),
            Some(id @ ..0) => match known.drills.lock().unwrap().get(&-id) {
                Some(&of) => {
                    let of_monitor = known.labels.lock().unwrap().get(&of).cloned();
                    let answer = MonitorName {
                        id: MonitorId(id),
                        org_id: ORG,
                        name: name(of),
                        url: url(of),
                        labels: Some(Labels {
                            drill_of: Some(MonitorId(of)),
                            ..of_monitor.unwrap_or_default()
                        }),
                    };
                    Reply::new(200, serde_json::to_string(&answer).unwrap())
                }
                None => Reply::new(404, "no such drill"),
            },
            Some(id) => {
                let is_other = known.other_monitors.lock().unwrap().contains(&id);
                let answer = MonitorName {
                    id: MonitorId(id),
                    org_id: if is_other { OTHER_ORG } else { ORG },
                    name: name(id),
                    url: url(id),
                    labels: known.labels.lock().unwrap().get(&id).cloned(),
                };
                Reply::new(200, serde_json::to_string(&answer).unwrap())
            }
            None => Reply::new(404, "no such path"),
        }
    })
    .await
}

impl World {
    /// How the alerters reach Redis.
    pub(crate) fn redis(&self) -> shared::redis::RedisSettings {
        let mut variables = self.variables.iter();
        let prefix = variables.find(|(name, _)| *name == REDIS_PREFIX_NAME).unwrap();
        shared::redis::RedisSettings::new(&testkit::redis_url(), &prefix.1)
    }

    /// What user-service does when channels have changed; answers when the alerter has asked for them anew.
    pub(crate) async fn hint_channels_changed(&self) {
        use fred::interfaces::PubsubInterface as _;
        let settings = self.redis();
        let redis = shared::redis::connect(&settings).unwrap();
        let asked = || {
            let seen = self.user_service.seen();
            seen.iter()
                .filter(|request| request.path.starts_with("/internal/channels"))
                .count()
        };
        let before = asked();
        testkit::eventually("the channels are asked for", PATIENCE, async || {
            let _: i64 = redis
                .publish(settings.keys().channels_changed(), ORG.to_string())
                .await
                .ok()?;
            (asked() > before).then_some(())
        })
        .await;
    }
}

impl World {
    /// The same with another log.
    pub(crate) fn on(self, kafka: KafkaSettings) -> Self {
        let producer = Producer::new(&kafka, Duration::from_secs(20)).unwrap();
        let brokers = kafka.brokers().to_owned();
        Self {
            kafka,
            producer,
            ..self
        }
        .with("KAFKA_BROKERS", &brokers)
    }
}
