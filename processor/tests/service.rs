//! The whole service, from the log to PostgreSQL and Redis.

use std::time::Duration;

use crate::common::running::{PATIENCE, Running, World};
use crate::common::{lifecycle, recount, result, start};
use domain::live::LiveState;
use domain::record::LifecycleEvent;
use domain::{Record, Timestamp};
use fred::interfaces::KeysInterface;
use shared::kafka::{partition_of, partition_of_monitor};
use shared::redis::RedisSettings;
use testkit::Proxy;

const MINUTE: i64 = 60_000;

fn slot(k: i64) -> Timestamp {
    start().plus_millis(k * MINUTE)
}

#[tokio::test]
async fn a_result_is_stored_shown_and_committed() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 2).await;
    let [one, other] = world.database.monitors[..] else {
        panic!()
    };
    let running = Running::start(world.settings()).await;
    let created = |monitor| lifecycle(monitor, world.database.org, slot(0), 1, LifecycleEvent::Created);
    world.send([created(one), created(other)]).await;
    testkit::eventually("the monitor is pending", PATIENCE, || async {
        world
            .status(one)
            .await
            .filter(|status| status.state == LiveState::Pending)
    })
    .await;
    for k in 0..70 {
        world.send([Record::Result(result(one, slot(k), k != 68))]).await;
    }
    world.send([Record::Result(result(other, slot(0), true))]).await;
    world.rows(71).await;
    world.done().await;
    let status = testkit::eventually("the newest result is shown", PATIENCE, || async {
        world
            .status(one)
            .await
            .filter(|status| status.last_checked_at == Some(slot(69).plus_millis(7)))
    })
    .await;
    assert_eq!((status.state, status.since), (LiveState::Up, Some(slot(69))));
    let points = world.sparkline(one).await;
    assert_eq!(
        (points.len(), points[0].at, points[59].at),
        (60, slot(10), slot(69))
    );
    let stream = world.stream().await;
    let incidents: Vec<_> = stream
        .iter()
        .filter(|(name, _)| name == "incident")
        .map(|(_, data)| data)
        .collect();
    assert_eq!(incidents.len(), 2);
    assert_eq!(incidents[1]["close_reason"], "recovered");
    // Into how many batches the log is cut is the machine's affair.
    let statuses: Vec<_> = stream.iter().filter(|(name, _)| name == "status").collect();
    assert!(statuses.len() <= 73, "{statuses:?}");
    for monitor in [one, other] {
        let last = statuses.iter().rfind(|(_, data)| data["monitor_id"] == monitor.0);
        assert_eq!(last.unwrap().1["status"]["state"], "up", "{statuses:?}");
    }

    testkit::eventually("it is ready", PATIENCE, || async {
        running
            .get("/health/ready")
            .await
            .starts_with("HTTP/1.1 200")
            .then_some(())
    })
    .await;
    world.done().await;
    let scrape = running.get("/metrics").await;
    assert!(scrape.starts_with("HTTP/1.1 200"));
    let labels = |monitor: domain::MonitorId| {
        format!(
            r#"{{monitor_id="{monitor}",org_id="{}",kind="http""#,
            world.database.org
        )
    };
    let (first, second) = (labels(one), labels(other));
    for line in [
        format!(r#"uptime_website_checks_total{first},outcome="up"}} 69"#),
        format!(r#"uptime_website_checks_total{first},outcome="down"}} 1"#),
        format!("uptime_website_status{second}}} 1"),
        format!("uptime_website_consecutive_failures{second}}} 0"),
    ] {
        assert!(
            scrape.lines().any(|found| found == line),
            "{line} is not in {scrape}"
        );
    }
    let revision = 9;
    world
        .send([lifecycle(
            other,
            world.database.org,
            slot(70),
            revision,
            LifecycleEvent::Deleted,
        )])
        .await;
    world.done().await;
    let scrape = running.get("/metrics").await;
    assert!(
        !scrape.contains(&second) && scrape.contains(&first),
        "a removed monitor has no series: {scrape}"
    );
    running.stop().await;
    recount::assert_exact(&world.database.client).await;
}

#[tokio::test]
async fn what_cannot_be_processed_goes_to_the_dead_letter_topic() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let monitor = world.database.monitors[0];
    let topic = world.kafka.results_topic();
    let running = Running::start(world.settings()).await;
    let ahead = Record::Result(result(monitor, shared::now().plus_millis(3_600_000), true)).encode();
    let theirs = domain::CheckResult {
        org_id: Some(domain::OrgId(999)),
        ..result(monitor, slot(0), true)
    };
    world.send_raw(&topic, "a", b"{not json").await;
    world.send_raw(&topic, "b", &vec![b' '; 80_000]).await;
    world.send_raw(&topic, "c", &ahead).await;
    world.send([Record::Result(theirs)]).await;
    let partitions = world.kafka.partitions();
    let elsewhere = (0..)
        .map(|number| format!("e{number}"))
        .find(|key| partition_of(key.as_bytes(), partitions) != partition_of_monitor(monitor, partitions))
        .unwrap();
    let misplaced = Record::Result(result(monitor, slot(1), false)).encode();
    world.send_raw(&topic, &elsewhere, &misplaced).await;
    world
        .send_raw(&world.kafka.alert_events_topic(), "d", b"[]")
        .await;
    world.send([Record::Result(result(monitor, slot(0), true))]).await;
    world.rows(1).await;
    world.done().await;
    let letters = world.dead_letters().await;
    let mut found: Vec<(String, String)> = letters
        .iter()
        .map(|letter| {
            assert!(letter.header("source_partition").unwrap().parse::<i32>().is_ok());
            assert!(letter.header("source_offset").unwrap().parse::<i64>().is_ok());
            let source = letter.header("source_topic").unwrap();
            assert_eq!(
                source == world.kafka.alert_events_topic(),
                letter.key.as_deref() == Some(b"d")
            );
            let key = String::from_utf8(letter.key.clone().unwrap()).unwrap();
            (key, letter.header("reason").unwrap().to_owned())
        })
        .collect();
    found.sort();
    let expected = [
        (monitor.to_string(), "org_mismatch"),
        ("a".to_owned(), "undecodable"),
        ("b".to_owned(), "oversized"),
        ("c".to_owned(), "implausible_time"),
        ("d".to_owned(), "undecodable"),
        (elsewhere, "misplaced"),
    ]
    .map(|(key, reason)| (key, reason.to_owned()));
    assert_eq!(found, expected);
    let undecodable = letters
        .iter()
        .find(|letter| letter.key.as_deref() == Some(b"a"))
        .unwrap();
    assert_eq!(undecodable.payload.as_deref(), Some(&b"{not json"[..]));
    running.stop().await;
}

#[tokio::test]
async fn a_record_waits_for_its_monitor_and_is_dropped_when_there_is_none() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let next = domain::MonitorId(world.database.monitors[0].0 + 1);
    let mut settings = world.settings();
    settings.park = Duration::from_secs(60);
    let running = Running::start(settings).await;
    world
        .send([
            Record::Result(result(next, slot(0), false)),
            Record::Result(result(next, slot(1), true)),
        ])
        .await;
    // A record of a known monitor is not held up.
    world
        .send([Record::Result(result(world.database.monitors[0], slot(0), true))])
        .await;
    world.rows(1).await;
    let topics = [world.kafka.results_topic()];
    assert!(
        world.kafka.group_lag("processor", &topics).await.unwrap() >= 2,
        "nothing parked is committed"
    );
    assert_eq!(world.database.add_monitor().await, next);
    world.rows(3).await;
    assert_eq!(
        world
            .database
            .count("SELECT count(*) FROM incidents WHERE close_reason = 'recovered'")
            .await,
        1
    );
    world.done().await;
    running.stop().await;

    let mut settings = world.settings();
    settings.park = Duration::from_millis(300);
    let running = Running::start(settings).await;
    world
        .send([Record::Result(result(
            domain::MonitorId(next.0 + 1),
            slot(0),
            true,
        ))])
        .await;
    world.done().await;
    assert_eq!(world.dead_letters().await.len(), 0);
    running.stop().await;
    world.rows(3).await;
}

#[tokio::test]
async fn redis_is_brought_up_to_date_after_it_was_away_or_lost_everything() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let monitor = world.database.monitors[0];
    let (proxy, over) = Proxy::before(&testkit::redis_url()).await;
    let prefix = world.keys.filled();
    let prefix = prefix.strip_suffix("filled").unwrap();
    let mut settings = world.settings();
    settings.redis = RedisSettings::new(&over, prefix);
    let running = Running::start(settings).await;
    let shown = |k: i64| {
        let world = &world;
        testkit::eventually("the result is shown", PATIENCE, move || async move {
            world
                .status(monitor)
                .await
                .filter(|status| status.last_checked_at == Some(slot(k).plus_millis(7)))
        })
    };
    world.send([Record::Result(result(monitor, slot(0), true))]).await;
    shown(0).await;
    proxy.cut();
    world
        .send((1..4).map(|k| Record::Result(result(monitor, slot(k), true))))
        .await;
    world.rows(4).await;
    world.done().await;
    proxy.mend();
    shown(3).await;
    assert_eq!(world.sparkline(monitor).await.len(), 4);
    let keys = [
        world.keys.filled(),
        world.keys.status(monitor),
        world.keys.sparkline(monitor),
    ];
    let _: i64 = world.client.del(keys.to_vec()).await.unwrap();
    shown(3).await;
    assert_eq!(world.sparkline(monitor).await.len(), 4);
    running.stop().await;
}

#[tokio::test]
async fn postgresql_being_away_loses_nothing_and_does_not_keep_it_from_stopping() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let monitor = world.database.monitors[0];
    let (proxy, over) = Proxy::before(&world.database.url).await;
    let mut settings = world.settings();
    settings.postgres = shared::postgres::PostgresSettings::from_url(&over);
    let running = Running::start(settings.clone()).await;
    world.send([Record::Result(result(monitor, slot(0), true))]).await;
    world.rows(1).await;
    proxy.cut();
    world
        .send((1..20).map(|k| Record::Result(result(monitor, slot(k), true))))
        .await;
    // It stops although it waits, and another one begins where it has stopped.
    running.stop().await;
    let running = Running::start(settings).await;
    proxy.mend();
    world.rows(20).await;
    world.done().await;
    recount::assert_exact(&world.database.client).await;
    running.stop().await;
}

#[tokio::test]
async fn a_crash_between_the_transaction_and_redis_is_repaired_by_redelivery() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let monitor = world.database.monitors[0];
    let records: Vec<Record> = (0..3)
        .map(|k| Record::Result(result(monitor, slot(k), k == 0)))
        .collect();
    // The transaction is made, and the process dies before anything else.
    let entries: Vec<_> = records
        .iter()
        .map(|record| world.database.entry(record.clone()))
        .collect();
    world.database.store().apply(&entries).await.unwrap();
    let filled = vec![(world.keys.filled(), 1), (world.keys.heartbeats_seeded(), 1)];
    let _: () = world.client.mset(filled).await.unwrap();
    world.send(records).await;
    let running = Running::start(world.settings()).await;
    let status = testkit::eventually("the status is repaired", PATIENCE, || world.status(monitor)).await;
    world.done().await;
    assert_eq!(status.state, LiveState::Down);
    assert_eq!(world.sparkline(monitor).await.len(), 3);
    let told: Vec<String> = world.stream().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(told, ["incident", "status"]);
    running.stop().await;
    recount::assert_exact(&world.database.client).await;
    assert_eq!(
        world
            .database
            .count("SELECT max(failed_slots)::bigint FROM incidents")
            .await,
        2
    );
}

#[tokio::test]
async fn a_record_that_the_database_refuses_is_found_and_buried() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let monitor = world.database.monitors[0];
    let refuse = "ALTER TABLE check_results ADD CHECK (latency_ms <> 666)";
    world.database.client.batch_execute(refuse).await.unwrap();
    let results = (0..30).map(|k| {
        let mut result = result(monitor, slot(k), k % 7 != 3);
        if k == 11 || k == 17 {
            result.latency_ms = Some(666);
        }
        Record::Result(result)
    });
    world.send(results).await;
    let running = Running::start(world.settings()).await;
    world.rows(28).await;
    world.done().await;
    let letters = world.dead_letters().await;
    let reasons: Vec<_> = letters
        .iter()
        .map(|letter| letter.header("reason").unwrap())
        .collect();
    assert_eq!(reasons, ["rejected_by_database", "rejected_by_database"]);
    running.stop().await;
    recount::assert_exact(&world.database.client).await;
}

#[tokio::test]
async fn steps_of_alerts_are_stored_once_and_lead_back_to_the_log() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let event = |step: &str, attempt: u32| {
        serde_json::json!({"v": 1, "step": step, "at": slot(1), "org_id": world.database.org, "monitor_id": 1,
            "incident_id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8", "alert": "down", "delivery_id": null,
            "channel_id": 9, "source": {"cluster": "c", "topic": "t", "partition": 3, "offset": 7},
            "revision": 4, "attempt": attempt, "reason": "a\u{0}b", "receipt": null,
            "cause": {"by": "route", "route_id": 5, "step": {"policy_id": 2, "round": 1, "step": 3,
                      "target": {"kind": "team", "id": 6}}}})
        .to_string()
    };
    let topic = world.kafka.alert_events_topic();
    for (step, attempt) in [("decided", 0), ("attempted", 1), ("attempted", 1), ("sent", 2)] {
        world.send_raw(&topic, "1", event(step, attempt).as_bytes()).await;
    }
    world.done().await;
    assert_eq!(world.database.count("SELECT count(*) FROM alert_events").await, 3);
    let place = "SELECT (source->>'offset')::bigint FROM alert_events WHERE step = 'sent'";
    assert_eq!(world.database.count(place).await, 7);
    let rule = "SELECT revision::bigint FROM alert_events WHERE step = 'sent'";
    assert_eq!(world.database.count(rule).await, 4);
    for (part, expected) in [("route_id", 5), ("step,policy_id", 2), ("step,target,id", 6)] {
        let cause = format!("SELECT (cause #>> '{{{part}}}')::bigint FROM alert_events WHERE step = 'sent'");
        assert_eq!(world.database.count(&cause).await, expected, "{part}");
    }
    assert_eq!(world.dead_letters().await.len(), 0);
    running.stop().await;
}

#[tokio::test]
async fn two_members_share_the_log_and_one_takes_over_when_the_other_dies() {
    let Some(kafka) = testkit::kafka("processor: takeover", 6).await else {
        return;
    };
    let world = World::new(kafka, 30).await;
    let mut settings = world.settings();
    settings.batch_max = 40;
    let one = Running::start(settings.clone()).await;
    let round = |rounds: std::ops::Range<i64>| {
        let monitors = world.database.monitors.clone();
        rounds.flat_map(move |k| {
            let of = move |&monitor: &_| Record::Result(result(monitor, slot(k), k % 13 > 1));
            monitors.iter().map(of).collect::<Vec<_>>()
        })
    };
    world.send(round(0..20)).await;
    world.rows(600).await;
    let other = Running::start(settings.clone()).await;
    world.send(round(20..60)).await;
    one.kill().await;
    world.send(round(60..80)).await;
    world.rows(2_400).await;
    world.done().await;
    other.stop().await;
    recount::assert_exact(&world.database.client).await;
    // Every 13 minutes a failure of two slots.
    assert_eq!(
        world.database.count("SELECT count(*) FROM incidents").await,
        30 * 7
    );
    assert_eq!(
        world
            .database
            .count("SELECT count(*) FROM incidents WHERE failed_slots <> 2")
            .await,
        0
    );
}

#[tokio::test]
async fn a_step_of_an_alert_is_not_stored_for_another_organisation_than_the_monitors() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let (monitor, org) = (world.database.monitors[0], world.database.org);
    let running = Running::start(world.settings()).await;
    let event = |org: i64| {
        serde_json::json!({"v": 1, "step": "decided", "at": slot(1), "org_id": org, "monitor_id": monitor,
            "incident_id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8", "alert": "down", "delivery_id": null,
            "channel_id": org, "source": {"cluster": "c", "topic": "t", "partition": 3, "offset": 7},
            "revision": 4, "attempt": 0, "reason": null, "receipt": null})
        .to_string()
    };
    let topic = world.kafka.alert_events_topic();
    for org in [org.0 + 1, org.0] {
        world.send_raw(&topic, "1", event(org).as_bytes()).await;
    }
    world.done().await;
    let stored = "SELECT org_id FROM alert_events";
    assert_eq!(world.database.count(stored).await, org.0);
    let letters = world.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("reason"), Some("org_mismatch"));
    running.stop().await;
}
