//! Pods against a real Redis.

use std::time::Duration;

use domain::Regions;
use fred::interfaces::{KeysInterface as _, PubsubInterface as _, SortedSetsInterface as _};
use futures_util::FutureExt as _;
use shared::redis::RedisSettings;
use testkit::eventually;
use tokio::task::JoinHandle;

use super::*;
use crate::place::Place;

const SHARDS: u32 = 64;
const TTL: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(15);

struct Pod {
    name: String,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
    readiness: Readiness,
    gained: GainedShards,
}

fn settings(redis: &RedisSettings, pod: &str, place: &Place) -> Settings {
    let mut env = shared::settings::Reader::from_values([
        ("KAFKA_BROKERS", "127.0.0.1:1"),
        ("REDIS_URL", &testkit::redis_url()),
        (
            "ENCRYPTION_KEYS",
            "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ),
        ("INTERNAL_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("POD_ID", pod),
        ("SHARDS", &SHARDS.to_string()),
        ("LEASE_TTL_MS", &TTL.as_millis().to_string()),
    ]);
    let mut settings = Settings::read(&mut env);
    env.finish().unwrap();
    settings.redis = redis.clone();
    settings.place = place.clone();
    settings
}

impl Pod {
    async fn start(redis: &RedisSettings, name: &str, clock: Clock) -> Self {
        Self::start_at(&Place::default(), redis, name, clock).await
    }

    /// One in a region of `eu` and `us`, of which `eu` is home.
    async fn start_in(region: &str, redis: &RedisSettings, name: &str) -> Self {
        let regions = Regions::parse("eu,us").unwrap();
        let place = Place::of(region, &regions).unwrap();
        Self::start_at(&place, redis, name, Clock::system()).await
    }

    async fn start_at(place: &Place, redis: &RedisSettings, name: &str, clock: Clock) -> Self {
        shared::install_crypto();
        let client = shared::redis::connect(redis).unwrap();
        let subscriber = shared::redis::subscriber(redis).unwrap();
        let channel = place.keys(redis).leases_changed();
        subscriber.subscribe(channel).await.unwrap();
        let gained = GainedShards::default();
        let readiness = Readiness::default();
        let leases = Leases::new(
            &settings(redis, name, place),
            LeaseDependencies {
                redis: client,
                subscriber,
                schedule: ScheduleHandle::idle(clock.clone()),
                clock,
                gained: gained.clone(),
                readiness: readiness.clone(),
                metrics: Arc::new(Metrics::new()),
                stalls: StallWatch::new(),
            },
        );
        let shutdown = CancellationToken::new();
        Self {
            name: name.to_owned(),
            task: tokio::spawn(leases.run(shutdown.clone())),
            shutdown,
            readiness,
            gained,
        }
    }
}

/// Who holds how many shards.
async fn owners(client: &Client, keys: &Keys) -> BTreeMap<String, usize> {
    let leases: Vec<String> = (0..SHARDS).map(|shard| keys.lease(shard)).collect();
    let owners: Vec<Option<String>> = client.mget(leases).await.unwrap();
    let mut counts = BTreeMap::new();
    for owner in owners.into_iter().flatten() {
        *counts.entry(owner).or_default() += 1;
    }
    counts
}

async fn until_fair(client: &Client, keys: &Keys, pods: &[&str], patience: Duration) {
    let share = (SHARDS as usize).div_ceil(pods.len());
    eventually(&format!("{pods:?} share"), patience, || async {
        let owners = owners(client, keys).await;
        let all: usize = owners.values().sum();
        let fair = owners
            .iter()
            .all(|(pod, n)| pods.contains(&pod.as_str()) && *n <= share);
        (fair && all == SHARDS as usize).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_share_the_shards_and_take_over_from_each_other() {
    let redis = testkit::redis();
    let (client, keys) = (shared::redis::connect(&redis).unwrap(), redis.keys());
    let a = Pod::start(&redis, "a", Clock::system()).await;
    until_fair(&client, &keys, &["a"], PATIENCE).await;
    assert_eq!(a.gained.take().await.len(), SHARDS as usize, "at once");
    assert!(a.readiness.is_ready());

    let b = Pod::start(&redis, "b", Clock::system()).await;
    let c = Pod::start(&redis, "c", Clock::system()).await;
    until_fair(&client, &keys, &["a", "b", "c"], PATIENCE).await;

    // A pod that dies gives nothing back.
    b.task.abort();
    until_fair(&client, &keys, &["a", "c"], PATIENCE).await;

    // A pod that is stopped hands over: when it has ended, it holds nothing any more.
    c.shutdown.cancel();
    c.task.await.unwrap();
    assert!(!owners(&client, &keys).await.contains_key(&c.name));
    until_fair(&client, &keys, &["a"], PATIENCE).await;
    let pods: Vec<String> = client
        .zrange(keys.pods(), 0, -1, None, false, None, false)
        .await
        .unwrap();
    assert_eq!(pods, [a.name.as_str()]);
    a.shutdown.cancel();
    a.task.await.unwrap();
    assert!(owners(&client, &keys).await.is_empty());
    let boundary: Option<i64> = client.get(keys.handover(0)).await.unwrap();
    assert!((shared::now().as_millis() - boundary.unwrap()).abs() < 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_with_a_wrong_clock_holds_nothing() {
    let redis = testkit::redis();
    let (client, keys) = (shared::redis::connect(&redis).unwrap(), redis.keys());
    // So wrong that no round trip, which is in the pod's favour, explains it.
    let wrong = Clock::starting_at((shared::now().as_millis() - 60 * MAX_SKEW_MS) * 1_000);
    let wrong = Pod::start(&redis, "wrong", wrong).await;
    let right = Pod::start(&redis, "right", Clock::system()).await;
    until_fair(&client, &keys, &["right"], PATIENCE).await;
    assert!(!wrong.readiness.is_ready());
    assert!(right.readiness.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_that_expired_while_redis_was_away_go_back_to_who_kept_checking() {
    let redis = testkit::redis();
    let (client, keys) = (shared::redis::connect(&redis).unwrap(), redis.keys());
    let a = Pod::start(&redis, "a", Clock::system()).await;
    until_fair(&client, &keys, &["a"], PATIENCE).await;
    a.gained.take().await;
    let leases: Vec<String> = (0..SHARDS).map(|shard| keys.lease(shard)).collect();
    let _: () = client.del(leases).await.unwrap();
    until_fair(&client, &keys, &["a"], PATIENCE).await;
    assert!(
        a.gained.take().now_or_never().is_none(),
        "nothing is loaded again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_region_shares_its_shards_among_its_own_pods() {
    let redis = testkit::redis();
    let (client, home) = (shared::redis::connect(&redis).unwrap(), redis.keys());
    let away = home.of_region("us", "eu");
    let a = Pod::start_in("eu", &redis, "a").await;
    let b = Pod::start_in("us", &redis, "b").await;
    let c = Pod::start_in("us", &redis, "c").await;
    until_fair(&client, &home, &["a"], PATIENCE).await;
    until_fair(&client, &away, &["b", "c"], PATIENCE).await;
    assert_eq!(a.gained.take().await.len(), SHARDS as usize, "at once");

    b.task.abort();
    until_fair(&client, &away, &["c"], PATIENCE).await;
    // The last one hands over, and there is nobody to take its shards.
    c.shutdown.cancel();
    c.task.await.unwrap();
    assert!(owners(&client, &away).await.is_empty());
    let names = vec![away.handover(0), home.handover(0)];
    let boundaries: Vec<Option<i64>> = client.mget(names).await.unwrap();
    assert!(matches!(boundaries[..], [Some(_), None]), "{boundaries:?}");
    until_fair(&client, &home, &["a"], PATIENCE).await;
    assert!(
        a.gained.take().now_or_never().is_none(),
        "what goes on elsewhere is nothing to it"
    );
}
