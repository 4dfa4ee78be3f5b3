//! What is rehearsed happens to no monitor: of records of drills nothing is stored, shown, counted or waited for. The
//! steps of their alerts are kept.

use std::time::Duration;

use crate::common::running::{Running, World};
use crate::common::{lifecycle, result, skipped, start};
use domain::record::LifecycleEvent;
use domain::{CheckResult, DrillId, MonitorId, OrgId, Record};
use fred::interfaces::KeysInterface;
use processor::{Command, DeadLetterCommand};

const MINUTE: i64 = 60_000;

/// How many rows of drills there are in tables that name a monitor.
async fn rows_of_drills(world: &World) -> i64 {
    let tables = "SELECT c.table_name::text FROM information_schema.columns c
                  JOIN information_schema.tables t USING (table_schema, table_name)
                  WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.column_name = 'monitor_id'";
    let mut rows = 0;
    for table in world.database.client.query(tables, &[]).await.unwrap() {
        let table: &str = table.get(0);
        rows += world
            .database
            .count(&format!("SELECT count(*) FROM {table} WHERE monitor_id < 0"))
            .await;
    }
    rows
}

/// What the drill of a number has as its monitor.
fn rehearsed(drill: i64, k: i64, up: bool) -> CheckResult {
    let slot = start().plus_millis(k * MINUTE);
    result(MonitorId::of_drill(DrillId(drill)), slot, up)
}

#[tokio::test]
async fn records_of_a_drill_leave_no_trace_and_others_do() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let mut settings = world.settings();
    // What waits for its monitor would be waited for below.
    settings.park = Duration::from_secs(3_600);
    let running = Running::start(settings).await;
    // A drill of the same number as a monitor.
    let monitor = world.database.monitors[0];
    let (number, org) = (monitor.0, world.database.org);
    let of_drill = MonitorId::of_drill(DrillId(number));
    let theirs = CheckResult {
        org_id: Some(OrgId(org.0 + 1)),
        ..rehearsed(number, 1, false)
    };
    world.send([Record::Result(rehearsed(number, 0, false))]).await;
    world
        .send((0..3).map(|k| {
            let slot = start().plus_millis(k * MINUTE);
            Record::Result(result(monitor, slot, true))
        }))
        .await;
    world
        .send([
            Record::Result(theirs),
            Record::Skipped(skipped(of_drill, start().plus_millis(2 * MINUTE), 3)),
            lifecycle(of_drill, org, start(), 1, LifecycleEvent::Acknowledged),
            Record::Result(rehearsed(number, 9, true)),
        ])
        .await;
    world.rows(3).await;
    world.done().await;
    assert_eq!(rows_of_drills(&world).await, 0);
    assert_eq!(world.database.count("SELECT count(*) FROM incidents").await, 0);
    assert_eq!(world.dead_letters().await.len(), 0);
    let keys = [
        world.keys.status(of_drill),
        world.keys.sparkline(of_drill),
        world.keys.heartbeat(of_drill),
    ];
    let shown: i64 = world.client.exists(keys.to_vec()).await.unwrap();
    assert_eq!(shown, 0);
    let stream = world.stream().await;
    assert!(!stream.is_empty());
    for (_, event) in &stream {
        assert_eq!(event["monitor_id"], number, "{event}");
    }
    let scrape = running.get("/metrics").await;
    let label = |id: MonitorId| format!(r#"monitor_id="{id}""#);
    assert!(scrape.contains(&label(monitor)), "{scrape}");
    assert!(!scrape.contains(&label(of_drill)), "{scrape}");
    running.stop().await;
}

#[tokio::test]
async fn steps_of_the_alerts_of_a_drill_are_stored_and_nobody_is_told_live() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    // A monitor of this organisation, and a drill of that number which is another's.
    let (number, org) = (world.database.monitors[0].0, world.database.org.0 + 1);
    let event = |step: &str| {
        serde_json::json!({"v": 1, "step": step, "at": start(), "org_id": org, "monitor_id": -number,
            "incident_id": "82f05d36-573a-59ff-9bcb-fc8dc8e27aa8", "alert": "down", "delivery_id": null,
            "channel_id": 9, "source": {"cluster": "c", "topic": "t", "partition": 3, "offset": 7},
            "revision": 1, "attempt": 1, "reason": null, "receipt": null})
        .to_string()
    };
    let topic = world.kafka.alert_events_topic();
    for step in ["decided", "sent"] {
        world
            .send_raw(&topic, &format!("-{number}"), event(step).as_bytes())
            .await;
    }
    world.done().await;
    let stored = format!("SELECT count(*) FROM alert_events WHERE monitor_id = -{number} AND org_id = {org}");
    assert_eq!(world.database.count(&stored).await, 2);
    assert_eq!(world.dead_letters().await.len(), 0);
    assert!(world.stream().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_rehearsal_that_is_a_dead_letter_is_not_sent_again() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let ahead = CheckResult {
        scheduled_at: shared::now().plus_millis(3_600_000),
        ..rehearsed(1, 0, false)
    };
    world.send([Record::Result(ahead)]).await;
    world.done().await;
    let letters = world.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("reason"), Some("implausible_time"));
    let replay = Command::Dlq(DeadLetterCommand::Replay { reason: None });
    let mut told = Vec::new();
    replay.run(&world.settings(), &mut told).await.unwrap();
    assert_eq!(String::from_utf8(told).unwrap(), "replayed 0, skipped 1\n");
    running.stop().await;
}
