//! Many heartbeats whose pings do not come: what was heard of them before, the pinger that watches them, the processor
//! that folds what it says, and who sees it where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::live::IncidentView;
use domain::monitor::{Definition, MonitorInput};
use domain::record::{Due, Lifecycle, LifecycleEvent, Ping, PingKind, PingRequest, RunLimits};
use domain::{MonitorId, OrgId, Record, Timestamp};
use fred::clients::Client;
use fred::interfaces::{KeysInterface as _, StreamsInterface as _};
use serde_json::json;
use shared::kafka::{Consumer, KafkaSettings, Producer, Start};
use shared::redis::Keys;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api::KEYS;
use crate::edge::spawn;
use crate::{alerts, sites};

const PERIOD_SECONDS: i64 = 3_600;
const GRACE_SECONDS: i64 = 60;
const URL: &str = "heartbeat://job";

/// One in so many heartbeats belongs to the organisation that has a channel: Slack is told of each by itself.
const TOLD_OF_ONE_IN: i64 = 100;

/// Pings that are under way to Kafka together.
const AT_ONCE: usize = 5_000;

/// When each of `count` heartbeats is overdue: evenly over `over`, from `first` on.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Of the first one.
    pub first: Timestamp,
    /// Over how long.
    pub over: Duration,
    /// How many there are.
    pub count: u32,
}

impl Deadlines {
    /// When the heartbeat with this id is overdue. Neighbours do not follow each other, for they may be of one shard.
    pub fn of(&self, monitor: i64) -> Timestamp {
        // It has no divisor in common with what is counted here.
        let place = (monitor * 99_991) % i64::from(self.count);
        let over = self.over.as_millis() as i64;
        self.first.plus_millis(place * over / i64::from(self.count))
    }

    /// The last one, about.
    pub fn last(&self) -> Timestamp {
        self.first.plus_millis(self.over.as_millis() as i64)
    }
}

/// Whose a heartbeat is.
fn org_of(monitor: i64, others: OrgId) -> OrgId {
    match monitor % TOLD_OF_ONE_IN {
        0 => alerts::ORG,
        _ => others,
    }
}

/// Gives the organisation with a channel its heartbeats.
///
/// # Panics
/// When the database is away.
pub async fn divide(database_url: &str) {
    let client = testkit::connect(database_url).await;
    let sql = "INSERT INTO organisations (id, name) OVERRIDING SYSTEM VALUE VALUES ($1, 'With a channel') ON CONFLICT DO NOTHING";
    client.execute(sql, &[&alerts::ORG.0]).await.expect("it is added");
    let sql = "UPDATE monitors SET org_id = $1 WHERE id % $2 = 0";
    let divided = client.execute(sql, &[&alerts::ORG.0, &TOLD_OF_ONE_IN]).await;
    divided.expect("the monitors are divided");
}

/// The definition of a heartbeat.
///
/// # Panics
/// Never: it is valid.
pub fn definition(id: MonitorId, others: OrgId) -> Definition {
    let input = json!({
        "kind": "heartbeat", "url": URL,
        "heartbeat": {"schedule": {"period_seconds": PERIOD_SECONDS}, "grace_seconds": GRACE_SECONDS},
    });
    let input: MonitorInput = serde_json::from_value(input).expect("it is an input");
    let (_, spec) = input.validate().expect("the definition is valid");
    Definition {
        id,
        org_id: org_of(id.0, others),
        revision: 1,
        changed_at: None,
        probe_revision: None,
        spec,
    }
}

/// Puts on the log that each heartbeat was added, and one ping of it, so long ago that its next one is overdue at its deadline.
///
/// # Panics
/// When Kafka is away.
pub async fn ping_all(kafka: &KafkaSettings, deadlines: &Deadlines, others: OrgId) {
    let producer = Producer::new(kafka, Duration::from_secs(30)).expect("Kafka can be used");
    let topic = kafka.results_topic();
    let all: Vec<i64> = (1..=i64::from(deadlines.count)).collect();
    for part in all.chunks(AT_ONCE) {
        let sent: Vec<_> = part
            .iter()
            .flat_map(|monitor| {
                let ping = ping(*monitor, deadlines.of(*monitor), org_of(*monitor, others));
                // The pinger waits until the monitor as it knows it was folded.
                [Record::Lifecycle(created(&ping)), Record::Ping(Box::new(ping))]
            })
            .map(|record| {
                let key = record.monitor_id().to_string();
                producer.send(&topic, &key, &record.encode())
            })
            .collect();
        for acknowledged in sent {
            acknowledged.expect("there is room").await.expect("Kafka has it");
        }
    }
}

/// The monitor was added before it was pinged.
fn created(ping: &Ping) -> Lifecycle {
    Lifecycle {
        monitor_id: ping.monitor_id,
        org_id: ping.org_id,
        url: ping.url.clone(),
        timestamp: ping.timestamp.plus_millis(-1_000),
        revision: 1,
        probe_revision: None,
        event: LifecycleEvent::Created,
        incident_id: None,
        usual: None,
        delivery_id: None,
    }
}

fn ping(monitor: i64, deadline: Timestamp, org: OrgId) -> Ping {
    let due = deadline.plus_millis(-1_000 * GRACE_SECONDS);
    Ping {
        monitor_id: MonitorId(monitor),
        org_id: org,
        url: URL.to_owned(),
        timestamp: due.plus_millis(-1_000 * PERIOD_SECONDS),
        id: Uuid::now_v7(),
        kind: PingKind::Success,
        run_id: None,
        exit_status: None,
        latency_ms: None,
        message: None,
        due: Some(Due { at: due, deadline }),
        limits: RunLimits::default(),
        request: PingRequest::default(),
    }
}

/// Starts a processor.
pub fn start_processor(kafka: &KafkaSettings, database_url: &str, redis_prefix: &str) -> Child {
    let variables = [
        ("HTTP_ADDR", format!("127.0.0.1:{}", testkit::free_port())),
        ("DATABASE_URL", database_url.to_owned()),
        ("REDIS_URL", testkit::redis_url()),
        ("REDIS_PREFIX", redis_prefix.to_owned()),
        ("KAFKA_BROKERS", kafka.brokers().to_owned()),
        ("KAFKA_PREFIX", kafka.named("")),
        ("KAFKA_PARTITIONS", kafka.partitions().to_string()),
        ("ENCRYPTION_KEYS", KEYS.to_owned()),
        ("LOG_LEVEL", "warn".to_owned()),
    ];
    spawn(
        Command::new(sites::binary("processor"))
            .env_clear()
            .envs(variables),
    )
}

/// Waits until the processor has folded every ping, and says so.
///
/// # Panics
/// When it does not.
pub async fn await_folded(redis: &Client, keys: &Keys, kafka: &KafkaSettings) {
    let from = shared::now().as_millis();
    let mut marks = vec![keys.heartbeats_seeded()];
    marks.extend((0..kafka.partitions()).map(|partition| keys.heartbeats_folded(partition)));
    testkit::eventually("every ping is folded", Duration::from_secs(600), async || {
        let values: Vec<Option<String>> = redis.mget(marks.clone()).await.ok()?;
        let folded = |value: &Option<String>| {
            let until = value.as_ref().and_then(|text| text.parse::<i64>().ok());
            until.is_some_and(|until| until >= from)
        };
        (values[0].is_some() && values[1..].iter().all(folded)).then_some(())
    })
    .await;
}

/// Milliseconds after its deadline at which something was seen of each heartbeat, and how often it was seen again.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// By heartbeat.
    pub after: HashMap<i64, f64>,
    /// Those that were seen before.
    pub again: usize,
}

impl Seen {
    fn note(&mut self, monitor: i64, deadline: Timestamp, at: Timestamp) {
        let after = at.millis_since(deadline) as f64;
        match self.after.entry(monitor) {
            std::collections::hash_map::Entry::Vacant(entry) => drop(entry.insert(after)),
            std::collections::hash_map::Entry::Occupied(_) => self.again += 1,
        }
    }
}

/// What is seen until whoever watches is stopped.
pub type Watched = Arc<Mutex<Seen>>;

/// Watches the log for what is said of heartbeats, from its beginning.
///
/// # Panics
/// When Kafka cannot be used.
pub fn watch_log(kafka: &KafkaSettings, deadlines: Deadlines, stop: CancellationToken) -> Watched {
    let topic = kafka.results_topic();
    let consumer = Consumer::subscribe(kafka, &testkit::unique(), &[&topic], Start::Earliest)
        .expect("the log can be read");
    let seen = Watched::default();
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while !stop.is_cancelled() {
            let batch = consumer.recv_batch(5_000, Duration::from_millis(100), Duration::ZERO);
            let batch = batch.await.unwrap_or_default();
            let at = shared::now();
            let mut seen = noted.lock().expect("no panic");
            for message in batch {
                if let Some(Ok(Record::Result(result))) = message.payload.as_deref().map(Record::decode)
                    && result.judged.is_some()
                    && !result.up
                {
                    let monitor = result.monitor_id.0;
                    seen.note(monitor, deadlines.of(monitor), at);
                }
            }
        }
    });
    seen
}

/// Watches the live streams for incidents that begin.
pub fn watch_streams(
    redis: &Client,
    keys: &Keys,
    others: OrgId,
    deadlines: Deadlines,
    stop: CancellationToken,
) -> Watched {
    let seen = Watched::default();
    for org in [others, alerts::ORG] {
        let (redis, stream) = (redis.clone(), keys.stream(org));
        let (stop, noted) = (stop.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            type Entries = Vec<(String, HashMap<String, String>)>;
            let mut last = "0".to_owned();
            while !stop.is_cancelled() {
                let read = redis.xread_map(Some(1_000), None, stream.as_str(), last.as_str());
                let streams: HashMap<String, Entries> = read.await.unwrap_or_default();
                let at = shared::now();
                if streams.is_empty() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                let mut seen = noted.lock().expect("no panic");
                for (id, fields) in streams.into_values().flatten() {
                    last = id;
                    let is_incident = fields.get("event").is_some_and(|event| event == "incident");
                    let data = fields.get("data").filter(|_| is_incident);
                    if let Some(incident) =
                        data.and_then(|data| serde_json::from_str::<IncidentView>(data).ok())
                        && incident.resolved_at.is_none()
                    {
                        let monitor = incident.monitor_id.0;
                        seen.note(monitor, deadlines.of(monitor), at);
                    }
                }
            }
        });
    }
    seen
}

/// What Slack was told.
pub fn told(alerting: &alerts::Alerting, deadlines: &Deadlines) -> Seen {
    let mut seen = Seen::default();
    for (at, message) in alerting.slack.messages() {
        // The name that the monitors have here, in the first line.
        let line = message["text"].as_str().and_then(|text| text.lines().next());
        let monitor = line
            .filter(|line| line.contains("Down: "))
            .and_then(|line| line.rsplit_once("Shop ")?.1.split('.').next()?.parse().ok());
        if let Some(monitor) = monitor {
            seen.note(monitor, deadlines.of(monitor), at);
        }
    }
    seen
}

/// How many heartbeats belong to the organisation with a channel.
pub fn are_told(count: u32) -> usize {
    count as usize / TOLD_OF_ONE_IN as usize
}
