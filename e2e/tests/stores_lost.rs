//! The loss of stores while there is an outage, each by itself and together, and what docs/OPERATIONS.md has operators
//! do then: nobody is told of an outage twice or of one that is none, whoever was told of one is told of its end, and
//! checks go on. The loss of PostgreSQL alone is in `restore.rs`.

use crate::backup::{Folder, await_outage, await_told, back_up, script, told};
use e2e::{Api, Cluster, PATIENCE, Process};
use shared::kafka::KafkaSettings;
use testkit::{FakeSlack, FakeTarget, OwnKafka, OwnRedis, eventually};

/// What is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Redis,
    Kafka,
    KafkaAndPostgres,
    Everything,
}

impl Lost {
    fn has_kafka(self) -> bool {
        self != Self::Redis
    }

    fn has_redis(self) -> bool {
        matches!(self, Self::Redis | Self::Everything)
    }

    fn has_postgres(self) -> bool {
        matches!(self, Self::KafkaAndPostgres | Self::Everything)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_emptied_in_an_outage() {
    if let Some(kafka) = testkit::kafka("redis_is_emptied_in_an_outage", 3).await {
        rehearse(Lost::Redis, &kafka, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_lost_in_an_outage() {
    if testkit::is_full() {
        lose_kafka("the_log_is_lost_in_an_outage", Lost::Kafka).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_and_the_database_are_lost_in_an_outage() {
    if testkit::is_full() {
        lose_kafka(
            "the_log_and_the_database_are_lost_in_an_outage",
            Lost::KafkaAndPostgres,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_store_is_lost_in_an_outage() {
    if testkit::is_full() {
        lose_kafka("every_store_is_lost_in_an_outage", Lost::Everything).await;
    }
}

async fn lose_kafka(test: &str, lost: Lost) {
    if let Some(kafka) = OwnKafka::start(test, 3).await {
        let settings = kafka.settings().clone();
        rehearse(lost, &settings, Some(kafka)).await;
    }
}

async fn rehearse(lost: Lost, settings: &KafkaSettings, mut kafka: Option<OwnKafka>) {
    let redis = OwnRedis::start().await;
    let more = [
        ("RECONCILE_INTERVAL_MS", "1000".to_owned()),
        ("REDIS_URL", redis.url()),
    ];
    let mut cluster = Cluster::start_with(settings, 1, &more).await;
    let (slack, mut api) = (FakeSlack::start().await, cluster.api().await);
    let (steady, outage) = (FakeTarget::start().await, FakeTarget::start().await);
    let (later, ended) = (FakeTarget::start().await, FakeTarget::start().await);
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let monitors = [
        api.add_monitor("Steady", &steady.url()).await,
        api.add_monitor("Failing", &outage.url()).await,
        api.add_monitor("Later", &later.url()).await,
        api.add_monitor("Ended", &ended.url()).await,
    ];
    for monitor in monitors {
        api.await_state(monitor, "up").await;
    }
    outage.answer(500);
    ended.answer(500);
    await_outage(&api, &slack, "Failing", monitors[1]).await;
    await_outage(&api, &slack, "Ended", monitors[3]).await;

    let folder = Folder::new();
    let dump = match lost.has_postgres() {
        true => Some(back_up(&cluster, &folder.0).await),
        false => None,
    };
    // What no backup knows.
    later.answer(500);
    ended.answer(200);
    await_outage(&api, &slack, "Later", monitors[2]).await;
    await_told(&slack, "Ended", &["DOWN", "UP"]).await;
    api.await_state(monitors[3], "up").await;
    if lost.has_kafka() {
        // Whoever uses Kafka is stopped, and started when there are topics again.
        cluster.stop_writers().await;
        cluster.stop("pinger").await;
        cluster.stop("alerter").await;
    }
    if let Some(kafka) = &mut kafka {
        kafka.lose().await;
    }
    if lost.has_redis() {
        redis.flush().await;
    }
    if let Some(dump) = dump {
        cluster.use_database(testkit::empty_database().await);
        script(
            "restore.sh",
            &[dump.to_str().unwrap()],
            cluster.database_url(),
            &folder.0,
        )
        .await;
        let (done, report) = Process::run("user-service", &["restored"], cluster.variables()).await;
        assert!(done, "{report}");
    }
    if lost.has_kafka() {
        cluster.start_writers();
        cluster.start_one("pinger");
        cluster.start_one("alerter");
        api = api.at(&cluster.api().await);
    }
    if lost.has_postgres() {
        api.log_in().await;
    }
    checks_go_on(&api, monitors).await;
    assert_eq!(told(&slack, "Failing"), ["DOWN"], "it is told once");

    outage.answer(200);
    await_told(&slack, "Failing", &["DOWN", "UP"]).await;
    let recovered = |incident: &serde_json::Value| incident["close_reason"] == "recovered";
    api.await_incident(monitors[1], "recovered", recovered).await;
    api.await_state(monitors[1], "up").await;
    assert_eq!(told(&slack, "Steady"), [] as [&str; 0], "it was up all the time");
    // What came after the backup is told once more where nobody remembers it. That a message was sent, Redis knows.
    later.answer(200);
    let all: &[&str] = match lost.has_postgres() {
        true => &["DOWN", "DOWN", "UP"],
        false => &["DOWN", "UP"],
    };
    await_told(&slack, "Later", all).await;
    let all: &[&str] = match lost.has_postgres() && lost.has_redis() {
        true => &["DOWN", "UP", "UP"],
        false => &["DOWN", "UP"],
    };
    await_told(&slack, "Ended", all).await;
    steady.answer(500);
    await_outage(&api, &slack, "Steady", monitors[0]).await;
    steady.answer(200);
    await_told(&slack, "Steady", &["DOWN", "UP"]).await;
    assert_eq!(told(&slack, "Failing"), ["DOWN", "UP"]);
    assert_eq!(told(&slack, "Ended"), all);
    assert_eq!(api.incidents(monitors[1]).await.len(), 1, "it is one incident");
}

/// All are checked again, and shown as they are.
async fn checks_go_on(api: &Api, monitors: [i64; 4]) {
    let since = shared::now();
    for (monitor, state) in monitors.into_iter().zip(["up", "down", "down", "up"]) {
        let path = format!("/api/v1/monitors/{monitor}/results?from={since}");
        eventually("there is a result", PATIENCE, async || {
            let results = api.try_get(&path).await?;
            (!results["items"].as_array()?.is_empty()).then_some(())
        })
        .await;
        api.await_state(monitor, state).await;
    }
}
