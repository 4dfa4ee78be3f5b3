//! The live state in Redis only ever moves forward.

use domain::live::{LiveState, LiveStatus, Point};
use domain::record::PointState;
use domain::{MonitorId, OrgId, Timestamp};
use fred::clients::Client;
use fred::interfaces::{HashesInterface, KeysInterface, SortedSetsInterface, StreamsInterface};
use processor::{LiveEvent, LiveUpdate, LiveWriter, Version};
use shared::redis::Keys;

const MONITOR: MonitorId = MonitorId(7);
const ORG: OrgId = OrgId(3);

struct Redis {
    client: Client,
    keys: Keys,
    writer: LiveWriter,
}

impl Redis {
    fn new() -> Self {
        shared::install_crypto();
        let settings = testkit::redis();
        let client = shared::redis::connect(&settings).unwrap();
        Self {
            writer: LiveWriter::new(client.clone(), settings.keys()),
            keys: settings.keys(),
            client,
        }
    }

    async fn events(&self) -> i64 {
        self.client.xlen(self.keys.stream(ORG)).await.unwrap()
    }

    async fn slot(&self) -> Option<i64> {
        self.client.hget(self.keys.status(MONITOR), "slot").await.unwrap()
    }

    async fn latencies(&self) -> Vec<Option<u32>> {
        let points: Vec<String> = self
            .client
            .zrange(self.keys.sparkline(MONITOR), 0, -1, None, false, None, false)
            .await
            .unwrap();
        points
            .iter()
            .map(|point| serde_json::from_str::<Point>(point).unwrap().latency_ms)
            .collect()
    }
}

fn point(slot: i64, state: PointState, latency_ms: Option<u32>) -> Point {
    Point {
        at: Timestamp::from_millis(slot),
        state,
        latency_ms,
    }
}

fn update(revision: u64, slot: i64, state: Option<LiveState>) -> LiveUpdate {
    let status = state.map(|state| LiveStatus {
        state,
        ..LiveStatus::default()
    });
    let event = status.as_ref().map(|_| LiveEvent::Status(None));
    LiveUpdate {
        monitor_id: MONITOR,
        org_id: ORG,
        version: Version { revision, slot },
        status,
        failing: 0,
        points: vec![point(slot, PointState::Up, Some(slot as u32))],
        heartbeat: None,
        events: event.into_iter().collect(),
    }
}

#[tokio::test]
async fn what_is_older_or_the_same_changes_nothing() {
    let redis = Redis::new();
    redis
        .writer
        .write(&[update(3, 2_000, Some(LiveState::Down))])
        .await
        .unwrap();
    for stale in [(3, 2_000), (3, 1_000), (2, 9_000)] {
        redis
            .writer
            .write(&[update(stale.0, stale.1, Some(LiveState::Up))])
            .await
            .unwrap();
    }
    assert_eq!((redis.slot().await, redis.events().await), (Some(2_000), 1));
    redis
        .writer
        .write(&[update(4, 2_000, Some(LiveState::Paused))])
        .await
        .unwrap();
    redis
        .writer
        .write(&[update(5, 500, Some(LiveState::Up))])
        .await
        .unwrap();
    assert_eq!((redis.slot().await, redis.events().await), (Some(500), 3));
}

#[tokio::test]
async fn a_removed_monitor_does_not_come_back() {
    let redis = Redis::new();
    redis
        .writer
        .write(&[update(3, 2_000, Some(LiveState::Up))])
        .await
        .unwrap();
    redis.writer.write(&[update(4, 2_000, None)]).await.unwrap();
    redis
        .writer
        .write(&[update(3, 3_000, Some(LiveState::Up))])
        .await
        .unwrap();
    let json: Option<String> = redis
        .client
        .hget(redis.keys.status(MONITOR), "json")
        .await
        .unwrap();
    assert_eq!(json, None);
    let left: i64 = redis.client.ttl(redis.keys.status(MONITOR)).await.unwrap();
    assert!((1..=3_600).contains(&left), "{left}");
    assert_eq!(redis.latencies().await, []);
}

#[tokio::test]
async fn a_sparkline_has_one_point_per_slot_and_prefers_results() {
    let redis = Redis::new();
    let points: Vec<Point> = (0..100)
        .map(|slot| point(slot, PointState::Up, Some(slot as u32)))
        .collect();
    let mut first = update(3, 99, Some(LiveState::Up));
    first.points = points[..99].to_vec();
    redis.writer.write(&[first]).await.unwrap();
    let mut second = update(3, 100, Some(LiveState::Up));
    second.points = vec![
        point(98, PointState::Skipped, None),
        point(97, PointState::Down, Some(1)),
        point(99, PointState::Skipped, None),
        point(99, PointState::Up, Some(5)),
    ];
    redis.writer.write(&[second.clone()]).await.unwrap();
    redis.writer.write(&[second]).await.unwrap();
    let latencies = redis.latencies().await;
    assert_eq!(latencies.len(), 60);
    assert_eq!(latencies[57..], [Some(1), Some(98), Some(5)]);
}

#[tokio::test]
async fn many_monitors_are_written_at_once() {
    let redis = Redis::new();
    let updates: Vec<LiveUpdate> = (0..2_500)
        .map(|id| LiveUpdate {
            monitor_id: MonitorId(id),
            ..update(1, 5, Some(LiveState::Up))
        })
        .collect();
    redis.writer.write(&updates).await.unwrap();
    for monitor in [0, 1_249, 2_499] {
        let state: String = redis
            .client
            .hget(redis.keys.status(MonitorId(monitor)), "state")
            .await
            .unwrap();
        assert_eq!(state, "up", "{monitor}");
    }
    assert!(
        (1_000..1_300).contains(&redis.events().await),
        "the stream is capped"
    );
}
