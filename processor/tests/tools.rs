//! What an operator does by hand.

use crate::common::running::{Running, World};
use crate::common::{recount, result, skipped, start};
use domain::{DrillId, MonitorId, Record};
use fred::interfaces::{HashesInterface, KeysInterface};
use processor::{Command, DeadLetterCommand, Rebuild, Settings, ToolError};
use shared::kafka::{partition_of, partition_of_monitor};

const MINUTE: i64 = 60_000;

async fn run(command: Command, settings: &Settings) -> Result<String, ToolError> {
    let mut out = Vec::new();
    command.run(settings, &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn dead_letters_are_listed_and_replayed_once() {
    let Some(kafka) = testkit::kafka("processor: dead letters", 3).await else {
        return;
    };
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let monitor = world.database.monitors[0];
    // The database takes the first one only after it was repaired.
    let refuse = "ALTER TABLE check_results ADD CONSTRAINT no CHECK (latency_ms <> 80)";
    world.database.client.batch_execute(refuse).await.unwrap();
    world.send([Record::Result(result(monitor, start(), true))]).await;
    world.send_raw(&world.kafka.results_topic(), "x", b"{").await;
    world.done().await;
    let list = |reason: Option<&str>| {
        let reason = reason.map(str::to_owned);
        Command::Dlq(DeadLetterCommand::List { reason })
    };
    let settings = world.settings();
    let all = run(list(None), &settings).await.unwrap();
    assert_eq!(all.lines().count(), 2);
    let one = run(list(Some("rejected_by_database")), &settings).await.unwrap();
    let letter: serde_json::Value = serde_json::from_str(one.trim()).unwrap();
    assert_eq!(letter["key"], monitor.to_string());
    assert_eq!(letter["headers"]["source_topic"], world.kafka.results_topic());

    world
        .database
        .client
        .batch_execute("ALTER TABLE check_results DROP CONSTRAINT no")
        .await
        .unwrap();
    let replay = Command::Dlq(DeadLetterCommand::Replay {
        reason: Some("rejected_by_database".to_owned()),
    });
    assert_eq!(
        run(replay.clone(), &settings).await.unwrap(),
        "replayed 1, skipped 0\n"
    );
    world.rows(1).await;
    assert_eq!(run(replay, &settings).await.unwrap(), "replayed 0, skipped 0\n");
    // What was of another reason still waits.
    let rest = Command::Dlq(DeadLetterCommand::Replay { reason: None });
    assert_eq!(run(rest, &settings).await.unwrap(), "replayed 1, skipped 0\n");
    world.done().await;
    running.stop().await;
}

#[tokio::test]
async fn misplaced_records_are_replayed_to_where_they_belong() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let monitor = world.database.monitors[0];
    let partitions = world.kafka.partitions();
    let elsewhere = (0..)
        .map(|number: i32| number.to_string())
        .find(|key| partition_of(key.as_bytes(), partitions) != partition_of_monitor(monitor, partitions))
        .unwrap();
    let record = Record::Result(result(monitor, start(), true)).encode();
    world
        .send_raw(&world.kafka.results_topic(), &elsewhere, &record)
        .await;
    world.done().await;
    world.rows(0).await;
    let replay = Command::Dlq(DeadLetterCommand::Replay {
        reason: Some("misplaced".to_owned()),
    });
    assert_eq!(
        run(replay, &world.settings()).await.unwrap(),
        "replayed 1, skipped 0\n"
    );
    world.rows(1).await;
    running.stop().await;
}

#[tokio::test]
async fn letters_that_have_become_too_old_are_told_apart() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let old = start().plus_millis(-8 * 24 * 60 * MINUTE);
    let record = Record::Result(result(world.database.monitors[0], old, true));
    world.send([record]).await;
    world.send_raw(&world.kafka.results_topic(), "x", b"{").await;
    world.done().await;
    running.stop().await;
    let settings = world.settings();
    let replay = Command::Dlq(DeadLetterCommand::Replay { reason: None });
    let told = run(replay.clone(), &settings).await.unwrap();
    assert!(
        told.starts_with("replayed 1, skipped 0\nnot replayed: 1 that tell of a time more than 7 days ago"),
        "{told}"
    );
    assert_eq!(run(replay, &settings).await.unwrap(), "replayed 0, skipped 0\n");
}

#[tokio::test]
async fn redis_and_rollups_can_be_rebuilt() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 2).await;
    let store = world.database.store();
    let mut entries = Vec::new();
    for &monitor in &world.database.monitors {
        for k in 0..90 {
            let result = result(monitor, start().plus_millis(k * MINUTE + 13), k % 9 != 0);
            entries.push(world.database.entry(Record::Result(result)));
        }
        let range = skipped(monitor, start().plus_millis(100 * MINUTE), 5);
        entries.push(world.database.entry(Record::Skipped(range)));
    }
    store.apply(&entries).await.unwrap();
    let settings = world.settings();

    let told = run(Command::Rebuild(Rebuild::Redis), &settings).await.unwrap();
    assert_eq!(told, "wrote the live state of 2 monitors\n");
    let one = world.database.monitors[0];
    // Somebody has written nonsense, and something is lost.
    let _: i64 = world
        .client
        .hset(world.keys.status(one), ("json", "nonsense"))
        .await
        .unwrap();
    let _: i64 = world.client.del(world.keys.sparkline(one)).await.unwrap();
    run(Command::Rebuild(Rebuild::Redis), &settings).await.unwrap();
    assert_eq!(
        world.status(one).await.unwrap().last_checked_at,
        Some(start().plus_millis(89 * MINUTE + 20))
    );
    let points = world.sparkline(one).await;
    assert_eq!(points.len(), 60);
    assert_eq!(
        points
            .iter()
            .filter(|point| point.state.as_str() == "skipped")
            .count(),
        5
    );

    world
        .database
        .client
        .batch_execute(
            "UPDATE rollups_hourly SET up = up + 1, latency_counts = '{}'; DELETE FROM rollups_hourly WHERE hour =
             (SELECT min(hour) FROM rollups_hourly)",
        )
        .await
        .unwrap();
    let today = chrono::DateTime::<chrono::Utc>::from(shared::now()).date_naive();
    let rebuild = |from| {
        let to = today + chrono::Days::new(1);
        Command::Rebuild(Rebuild::Rollups { from, to })
    };
    let none = rebuild(today + chrono::Days::new(1));
    assert!(matches!(run(none, &settings).await, Err(ToolError::NoDays)));
    let first = chrono::DateTime::<chrono::Utc>::from(start()).date_naive();
    run(rebuild(first), &settings).await.unwrap();
    recount::assert_exact(&world.database.client).await;
    // There was more once, which retention has dropped: what is left must not replace what was counted.
    let older = "INSERT INTO rollups_hourly (monitor_id, hour) VALUES (1, now() - interval '3 days')";
    world.database.client.batch_execute(older).await.unwrap();
    assert!(matches!(
        run(rebuild(first), &settings).await,
        Err(ToolError::TooOld(_))
    ));
}

#[tokio::test]
async fn states_and_incidents_can_be_folded_again() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 3).await;
    let client = &world.database.client;
    let round = |rounds: std::ops::Range<i64>| {
        let monitors = world.database.monitors.clone();
        rounds.flat_map(move |k| {
            let of = move |&monitor: &domain::MonitorId| {
                let slot = start().plus_millis(k * MINUTE);
                Record::Result(result(monitor, slot, (k + 3 * monitor.0) % 7 > 2))
            };
            monitors.iter().map(of).collect::<Vec<_>>()
        })
    };
    let running = Running::start(world.settings()).await;
    world.send(round(0..30)).await;
    world.rows(90).await;
    // Of yesterday: today's the processor may make itself meanwhile, and it removes those that are a week old.
    let yesterday = chrono::DateTime::<chrono::Utc>::from(shared::now()).date_naive() - chrono::Days::new(1);
    let checkpoint = "INSERT INTO state_checkpoints SELECT $1, monitor_id, org_id, fold FROM monitor_states";
    client.execute(checkpoint, &[&yesterday]).await.unwrap();
    world.send(round(30..61)).await;
    // Folded again by nobody, as it was by nobody before.
    let rehearsed = result(MonitorId::of_drill(DrillId(1)), start(), false);
    world.send([Record::Result(rehearsed)]).await;
    world.rows(183).await;
    world.done().await;
    running.stop().await;

    let truth = || async {
        // How many were up in a row decides nothing, and is not counted in the same way.
        let select = "SELECT (SELECT json_agg(x)::text FROM (SELECT monitor_id, fold #- '{streak,count}', state, since,
                 last_slot, last_checked_at, incident_id FROM monitor_states_now ORDER BY 1) x),
             (SELECT json_agg(x)::text FROM (SELECT id, monitor_id, started_at, resolved_at, close_reason, first_error,
                 last_error, failed_slots FROM incidents ORDER BY id) x)";
        let row = client.query_one(select, &[]).await.unwrap();
        (row.get::<_, String>(0), row.get::<_, String>(1))
    };
    let before = truth().await;
    client
        .batch_execute(
            "UPDATE monitor_states SET fold = jsonb_set(fold, '{state}', '\"degraded\"'), state = 'degraded';
             DELETE FROM incidents WHERE started_at = (SELECT max(started_at) FROM incidents);
             UPDATE incidents SET resolved_at = resolved_at + interval '1 hour' WHERE started_at =
                 (SELECT max(started_at) FROM incidents WHERE resolved_at IS NOT NULL);
             INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
             SELECT gen_random_uuid(), monitor_id, org_id, 1, last_slot, last_slot, 'recovered' FROM monitor_states",
        )
        .await
        .unwrap();
    assert_ne!(truth().await, before);
    let refold = |from| Command::Rebuild(Rebuild::State { from });
    let settings = world.settings();
    assert!(matches!(
        run(refold(yesterday - chrono::Days::new(1)), &settings).await,
        Err(ToolError::NoCheckpoint(..))
    ));
    let told = run(refold(yesterday), &settings).await.unwrap();
    assert!(
        told.starts_with("folded 3 monitors again: 3 states differed, 3 incidents were removed; 0 have"),
        "{told}"
    );
    assert_eq!(truth().await, before);
    let told = run(refold(yesterday), &settings).await.unwrap();
    assert!(told.contains(": 0 states differed, 0 incidents"), "{told}");
    assert_eq!(truth().await, before);
}
