//! Pings of heartbeats while one part of the product after the other fails: what was answered 200 is kept, who has pinged
//! in time is not overdue, and every date that was missed is decided, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::record::{Due, Ping, PingKind, PingRequest, RunLimits};
use domain::{MonitorId, OrgId, Record, Timestamp};
use e2e::{Api, Cluster, messages_about};
use serde_json::{Value, json};
use shared::kafka::{KafkaSettings, Producer};
use testkit::{FakeSlack, OwnKafka, OwnRedis, eventually};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

const PERIOD_SECONDS: i64 = 3_600;
const GRACE_SECONDS: i64 = 60;

/// How long after a fault the next one comes; in each second a date passes.
const NEXT_FAULT_SECONDS: usize = 2;

/// How long before the first date the heartbeats are there, in milliseconds.
const LEAD_MS: i64 = 4_000;

/// How long before its date one is pinged that is pinged just in time, in milliseconds.
const JUST_IN_TIME_MS: i64 = 3_000;

/// Heartbeats that are pinged all the time, and how often: each may be pinged 60 times at once and 30 times a minute.
const STEADY: usize = 3;
const STEADY_EVERY: Duration = Duration::from_millis(800);

/// How long it may take until a missed date is decided, and told: two processes of a kind are busy with the death of a third.
const PATIENCE: Duration = Duration::from_secs(60);

/// What fails.
#[derive(Clone, Copy, Debug)]
enum Fault {
    PingerKilled,
    GatewayKilled,
    RedisEmptied,
    RedisKilled,
    KafkaRestarted,
    ProcessorKilled,
}

const FAULTS: [Fault; 6] = [
    Fault::PingerKilled,
    Fault::GatewayKilled,
    Fault::RedisEmptied,
    Fault::RedisKilled,
    Fault::KafkaRestarted,
    Fault::ProcessorKilled,
];

/// The product, and what becomes of it.
struct World {
    cluster: Cluster,
    kafka: OwnKafka,
    redis: OwnRedis,
    api: Api,
    slack: FakeSlack,
    database: Client,
    /// Names of the runs whose pings were answered 200.
    answered: Arc<Mutex<BTreeSet<Uuid>>>,
}

/// A heartbeat, and when it is overdue unless it is pinged.
struct Heartbeat {
    name: String,
    id: i64,
    uuid: String,
    deadline: Timestamp,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ping_is_lost_and_no_date_missed_whatever_fails() {
    let test = "no_ping_is_lost_and_no_date_missed_whatever_fails";
    let Some(kafka) = OwnKafka::start(test, 4).await else {
        return;
    };
    let redis = OwnRedis::start().await;
    let settings = [
        ("REDIS_URL", redis.url()),
        ("RECONCILE_INTERVAL_MS", "1000".to_owned()),
    ];
    let cluster = Cluster::start_with(kafka.settings(), 2, &settings).await;
    let (slack, mut api) = (FakeSlack::start().await, cluster.api().await);
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let mut world = World {
        database: testkit::connect(cluster.database_url()).await,
        answered: Arc::default(),
        cluster,
        kafka,
        redis,
        api,
        slack,
    };
    let mut steady = Vec::new();
    for index in 0..STEADY {
        let (id, uuid) = world
            .api
            .add_heartbeat(&format!("Steady-{index}"), expects())
            .await;
        steady.push((id, world.ping_steadily(uuid)));
    }
    let (mut missed, mut in_time) = (Vec::new(), Vec::new());
    // Each round has six faults.
    for round in 0..testkit::rounds().div_ceil(3) {
        let (of_round, saved) = world.fail_in_turn(round).await;
        for (heartbeat, was_pinged) in saved {
            // One whose ping was answered too late, or never, may be overdue or not.
            if was_pinged {
                in_time.push((heartbeat.name, heartbeat.id));
            }
        }
        for heartbeat in of_round {
            world.await_decided(&heartbeat).await;
            missed.push(heartbeat);
        }
    }
    for (index, (id, pinging)) in steady.into_iter().enumerate() {
        pinging.abort();
        in_time.push((format!("Steady-{index}"), id));
    }
    assert!(in_time.len() > STEADY, "some were pinged in time");
    world.await_all_answered_kept().await;
    for heartbeat in &missed {
        let begun = world.incidents(heartbeat.id).await;
        assert_eq!(begun, [heartbeat.deadline.as_millis()], "{}", heartbeat.name);
    }
    for (name, id) in &in_time {
        assert_eq!(
            world.incidents(*id).await,
            [] as [i64; 0],
            "{name} is not overdue"
        );
        assert!(messages_about(&world.slack, name).is_empty(), "{name}");
    }
}

/// What is expected of a job here.
fn expects() -> Value {
    json!({"schedule": {"period_seconds": PERIOD_SECONDS}, "grace_seconds": GRACE_SECONDS})
}

/// A name for a run.
fn run_id(heartbeat: &str, number: u64) -> Uuid {
    let heartbeat: Uuid = heartbeat.parse().unwrap();
    Uuid::from_u128(heartbeat.as_u128() ^ u128::from(number))
}

impl World {
    /// Has everything fail in turn while dates pass. Answers the heartbeats that were not pinged, and those that were to be
    /// pinged just in time, with whether that was so.
    async fn fail_in_turn(&mut self, round: usize) -> (Vec<Heartbeat>, Vec<(Heartbeat, bool)>) {
        let dates = FAULTS.len() * NEXT_FAULT_SECONDS;
        let mut all = BTreeMap::new();
        for index in 0..dates {
            for kind in ["Missed", "Pinged"] {
                let name = format!("{kind}-{round:02}-{index:02}");
                all.insert(
                    (kind, index),
                    (self.api.add_heartbeat(&name, expects()).await, name),
                );
            }
        }
        let first = shared::now().plus_millis(LEAD_MS);
        let (mut missed, mut pinged) = (Vec::new(), Vec::new());
        for ((kind, index), ((id, uuid), name)) in all {
            let heartbeat = Heartbeat {
                name,
                id,
                uuid,
                deadline: first.plus_millis(1_000 * index as i64),
            };
            match kind {
                "Missed" => missed.push(heartbeat),
                _ => pinged.push(heartbeat),
            }
        }
        self.ping_long_ago(missed.iter().chain(&pinged)).await;
        let saving: Vec<_> = pinged
            .into_iter()
            .map(|heartbeat| self.ping_just_in_time(heartbeat))
            .collect();
        for (index, fault) in FAULTS.into_iter().enumerate() {
            let at = first.plus_millis(1_000 * (index * NEXT_FAULT_SECONDS) as i64);
            sleep_until(at).await;
            self.bring_about(fault).await;
        }
        let mut saved = Vec::new();
        for one in saving {
            saved.push(one.await.unwrap());
        }
        (missed, saved)
    }

    async fn bring_about(&mut self, fault: Fault) {
        match fault {
            Fault::PingerKilled => self.cluster.crash("pinger").await,
            Fault::GatewayKilled => self.cluster.crash_gateway().await,
            Fault::RedisEmptied => self.redis.flush().await,
            Fault::RedisKilled => {
                self.redis.kill().await;
                self.redis.restart().await;
            }
            Fault::KafkaRestarted => {
                self.kafka.kill().await;
                self.kafka.restart().await;
            }
            Fault::ProcessorKilled => self.cluster.crash("processor").await,
        }
    }

    /// Puts a ping of each heartbeat on the log that came so long ago that the next one is overdue at its deadline: nobody
    /// waits for an hour.
    async fn ping_long_ago(&self, heartbeats: impl Iterator<Item = &Heartbeat>) {
        let kafka: &KafkaSettings = self.kafka.settings();
        let producer = Producer::new(kafka, Duration::from_secs(20)).unwrap();
        let sql = "SELECT org_id FROM monitors LIMIT 1";
        let org = OrgId(self.database.query_one(sql, &[]).await.unwrap().get(0));
        for heartbeat in heartbeats {
            let due = heartbeat.deadline.plus_millis(-1_000 * GRACE_SECONDS);
            let ping = Ping {
                monitor_id: MonitorId(heartbeat.id),
                org_id: org,
                url: "heartbeat://job".to_owned(),
                timestamp: due.plus_millis(-1_000 * PERIOD_SECONDS),
                id: run_id(&heartbeat.uuid, 0),
                kind: PingKind::Success,
                run_id: None,
                exit_status: None,
                latency_ms: None,
                message: None,
                due: Some(Due {
                    at: due,
                    deadline: heartbeat.deadline,
                }),
                limits: RunLimits::default(),
                request: PingRequest::default(),
            };
            let (topic, key) = (kafka.results_topic(), heartbeat.id.to_string());
            let payload = Record::Ping(Box::new(ping)).encode();
            producer.send(&topic, &key, &payload).unwrap().await.unwrap();
        }
    }

    /// Pings a heartbeat over and over.
    fn ping_steadily(&self, uuid: String) -> JoinHandle<()> {
        let (api, answered) = (self.api.clone(), Arc::clone(&self.answered));
        tokio::spawn(async move {
            for number in 1.. {
                ping(&api, &uuid, number, &answered).await;
                tokio::time::sleep(STEADY_EVERY).await;
            }
        })
    }

    /// Pings a heartbeat shortly before its deadline, until that is answered 200; answers whether it was before the deadline.
    fn ping_just_in_time(&self, heartbeat: Heartbeat) -> JoinHandle<(Heartbeat, bool)> {
        let (api, answered) = (self.api.clone(), Arc::clone(&self.answered));
        tokio::spawn(async move {
            sleep_until(heartbeat.deadline.plus_millis(-JUST_IN_TIME_MS)).await;
            for number in 1.. {
                if ping(&api, &heartbeat.uuid, number, &answered).await {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let is_in_time = shared::now() < heartbeat.deadline;
            (heartbeat, is_in_time)
        })
    }

    /// When the incidents of a monitor began.
    async fn incidents(&self, monitor: i64) -> Vec<i64> {
        let sql =
            "SELECT (extract(epoch FROM started_at) * 1000)::bigint FROM incidents WHERE monitor_id = $1";
        let rows = self.database.query(sql, &[&monitor]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Waits until the missed date is an incident, and told.
    async fn await_decided(&self, heartbeat: &Heartbeat) {
        let what = format!("{} is overdue", heartbeat.name);
        eventually(&what, PATIENCE, async || {
            (!self.incidents(heartbeat.id).await.is_empty()).then_some(())
        })
        .await;
        eventually(&format!("{what} and told"), PATIENCE, async || {
            let messages = messages_about(&self.slack, &heartbeat.name);
            (!messages.is_empty()).then_some(())
        })
        .await;
    }

    /// Waits until PostgreSQL has every ping that was answered 200, and has none of them twice.
    async fn await_all_answered_kept(&self) {
        let answered = self.answered.lock().unwrap().clone();
        eventually("every ping that was answered 200 is kept", PATIENCE, async || {
            let sql = "SELECT run_id FROM pings WHERE run_id IS NOT NULL";
            let rows = self.database.query(sql, &[]).await.unwrap();
            let kept: BTreeSet<Uuid> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(rows.len(), kept.len(), "none is kept twice");
            answered.is_subset(&kept).then_some(())
        })
        .await;
    }
}

/// Sends a ping; answers whether it was answered 200.
async fn ping(api: &Api, uuid: &str, number: u64, answered: &Mutex<BTreeSet<Uuid>>) -> bool {
    let run_id = run_id(uuid, number);
    let status = api.ping(&format!("{uuid}?rid={run_id}")).await;
    let is_taken = status.is_some_and(|status| status.as_u16() == 200);
    if is_taken {
        answered.lock().unwrap().insert(run_id);
    }
    is_taken
}

async fn sleep_until(at: Timestamp) {
    let left = at.millis_since(shared::now()).max(0);
    tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
}
