//! Pingers of several regions that check the same monitors.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::common::{
    PATIENCE, Pinger, Results, UserService, start_process_with, until_shared, until_shared_under,
};
use domain::{CheckResult, Grid, MonitorId, Needed, Record, Timestamp};
use serde_json::{Value, json};
use shared::kafka::KafkaSettings;
use shared::redis::RedisSettings;
use testkit::FakeTarget;

const INTERVAL_MS: u32 = 10_000;
const REGIONS: (&str, &str) = ("REGIONS", "eu,us");

/// A pinger of a region; `eu` is home.
async fn pinger_in(
    region: &str,
    kafka: &KafkaSettings,
    redis: &RedisSettings,
    users: &UserService,
) -> Pinger {
    let pinger = Pinger::start_with(kafka, redis, &users.url(), &[REGIONS, ("REGION", region)]).await;
    pinger.ready().await;
    pinger
}

fn input(target: &FakeTarget, regions: &[&str]) -> Value {
    json!({"url": target.url(), "interval_seconds": INTERVAL_MS / 1_000, "regions": regions})
}

/// The next result that fits.
async fn result_where(results: &mut Results, what: &str, fits: impl Fn(&CheckResult) -> bool) -> CheckResult {
    let record = results
        .next_where(
            what,
            |record| matches!(record, Record::Result(result) if fits(result)),
        )
        .await;
    match record {
        Record::Result(result) => result,
        other => panic!("not a result: {other:?}"),
    }
}

/// Whether it is of this monitor and revision, and was found in this region.
fn of(id: i64, revision: u32, region: &str) -> impl Fn(&CheckResult) -> bool {
    move |result| (result.monitor_id.0, result.revision) == (id, Some(revision)) && result.region == region
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_look_in_turn_at_what_names_them() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    let (eu, us) = tokio::join!(
        pinger_in("eu", &kafka, &redis, &users),
        pinger_in("us", &kafka, &redis, &users)
    );
    let mut results = Results::of(&kafka);
    users.save(1, 1, input(&target, &["us", "eu"])).await;
    users.save(2, 1, input(&target, &[])).await;
    users.save(3, 1, input(&target, &["us"])).await;

    let mut slots: BTreeMap<(i64, String), BTreeSet<Timestamp>> = BTreeMap::new();
    let has_all = |slots: &BTreeMap<(i64, String), BTreeSet<Timestamp>>| {
        let all = [(1, "eu"), (1, "us"), (2, "eu"), (3, "us")];
        // The first check of each is out of turn.
        all.iter().all(|(id, region)| {
            slots
                .get(&(*id, (*region).to_owned()))
                .is_some_and(|slots| slots.len() > 1)
        })
    };
    while !has_all(&slots) {
        let Record::Result(result) = results.next().await else {
            continue;
        };
        assert!(result.up, "{result:?}");
        let (id, region) = (result.monitor_id, result.region.clone());
        let place = ["eu", "us"].iter().position(|name| *name == region);
        let place = place.expect("one of both");
        let grid = match id.0 {
            1 => Grid::of_region(id, INTERVAL_MS, place, 2),
            _ => Grid::new(id, INTERVAL_MS),
        };
        assert_eq!(
            grid.at_or_before(result.scheduled_at),
            result.scheduled_at,
            "{result:?}"
        );
        match result.quorum.as_deref() {
            Some(quorum) => {
                assert_eq!(
                    (id.0, &quorum.regions[..]),
                    (1, &["eu".to_owned(), "us".to_owned()][..])
                );
                assert_eq!((quorum.down, quorum.min_regions), (Needed::Regions(2), 2));
            }
            None => assert_ne!(id.0, 1, "{result:?}"),
        }
        slots
            .entry((id.0, region))
            .or_default()
            .insert(result.scheduled_at);
    }
    let checked: Vec<(i64, &str)> = slots.keys().map(|(id, region)| (*id, region.as_str())).collect();
    assert_eq!(checked, [(1, "eu"), (1, "us"), (2, "eu"), (3, "us")]);
    tokio::join!(eu.stop(), us.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_stops_at_once_where_it_is_named_no_more() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let redis = testkit::redis();
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    let (eu, us) = tokio::join!(
        pinger_in("eu", &kafka, &redis, &users),
        pinger_in("us", &kafka, &redis, &users)
    );
    let mut results = Results::of(&kafka);
    users.save(1, 1, input(&target, &["eu", "us"])).await;
    let mut waiting = BTreeSet::from(["eu", "us"]);
    while !waiting.is_empty() {
        let result = result_where(&mut results, "of both regions", |result| result.monitor_id.0 == 1).await;
        waiting.remove(result.region.as_str());
    }

    users.save(1, 2, input(&target, &["us"])).await;
    let alone = result_where(&mut results, "of the region that is left", of(1, 2, "us")).await;
    assert_eq!(alone.quorum, None, "nobody decides with it");
    // The home region hears of both in this order.
    users.save(2, 1, input(&target, &[])).await;
    result_where(&mut results, "after which home knows it", of(2, 1, "eu")).await;
    let known_at = shared::now();
    let after = results
        .all_within(Duration::from_millis(u64::from(INTERVAL_MS) + 1_000))
        .await;
    let mut goes_on = false;
    for record in after {
        match record {
            Record::Result(result) if result.monitor_id.0 == 1 && result.timestamp > known_at => {
                assert_eq!(result.region, "us", "{result:?}");
                goes_on = true;
            }
            Record::Skipped(skipped) if skipped.monitor_id.0 == 1 => {
                assert_eq!(
                    skipped.region, "us",
                    "nothing is said where nobody is to look: {skipped:?}"
                );
            }
            _ => {}
        }
    }
    assert!(goes_on);

    // And back again.
    let moved_at = shared::now();
    users.save(1, 3, input(&target, &["eu"])).await;
    let back = result_where(&mut results, "of the home region again", of(1, 3, "eu")).await;
    let waited = Duration::from_millis(back.timestamp.millis_since(moved_at) as u64);
    assert!(waited < PATIENCE / 4, "{waited:?}");
    assert_eq!(
        back.scheduled_at,
        Grid::new(MonitorId(1), INTERVAL_MS).at_or_before(back.scheduled_at)
    );
    tokio::join!(eu.stop(), us.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_killed_is_replaced_by_its_own_region() {
    const MONITORS: i64 = 40;
    let (_broker, kafka) = testkit::embedded_kafka();
    let prefix = format!("{}:", testkit::unique());
    let redis = RedisSettings::new(&testkit::redis_url(), &prefix);
    let home = redis.keys();
    let away = home.of_region("us", "eu");
    let users = UserService::start(&redis).await;
    let target = FakeTarget::start().await;
    for id in 1..=MONITORS {
        users.put(id, 1, input(&target, &["eu", "us"]));
    }
    let start = |pod: &str, region: &str| {
        let extra = [REGIONS, ("REGION", region)];
        start_process_with(pod, &kafka, &prefix, &users.url(), Duration::from_secs(2), &extra)
    };
    let _eu = start("eu-1", "eu");
    let mut pods = [start("us-1", "us"), start("us-2", "us")];
    until_shared(&redis, &["eu-1"]).await;
    until_shared_under(&redis, &away, &["us-1", "us-2"]).await;
    let mut results = Results::of(&kafka);

    pods[0].kill().await.unwrap();
    let killed = shared::now();
    until_shared_under(&redis, &away, &["us-2"]).await;
    until_shared(&redis, &["eu-1"]).await;
    // In both regions each of them is checked on, and named by slots of that region.
    let in_both = |id: i64| ["eu", "us"].map(|region| (id, region.to_owned()));
    let mut waiting: BTreeSet<(i64, String)> = (1..=MONITORS).flat_map(in_both).collect();
    while !waiting.is_empty() {
        let Record::Result(result) = results.next().await else {
            continue;
        };
        let place = usize::from(result.region == "us");
        let grid = Grid::of_region(result.monitor_id, INTERVAL_MS, place, 2);
        assert_eq!(
            grid.at_or_before(result.scheduled_at),
            result.scheduled_at,
            "{result:?}"
        );
        if result.timestamp > killed {
            waiting.remove(&(result.monitor_id.0, result.region));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_there_is_not_is_no_place_to_start() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let extra = [REGIONS, ("REGION", "ap")];
    let mut pinger = start_process_with("a", &kafka, "x:", "http://127.0.0.1:1", PATIENCE, &extra);
    let ended = tokio::time::timeout(PATIENCE, pinger.wait()).await;
    // EX_CONFIG; what is wrong is in the log.
    assert_eq!(ended.expect("it ends").unwrap().code(), Some(78));
}
