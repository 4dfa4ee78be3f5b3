//! Pings of heartbeats, and what is decided for want of them, in PostgreSQL and Redis.

use crate::common::heartbeat::{at, of, overdue, ping, unknown};
use crate::common::running::{PATIENCE, Running, World};
use crate::common::{self, Database, lifecycle};
use domain::fold::HeartbeatState;
use domain::live::LiveState;
use domain::record::{Judged, LifecycleEvent, PingKind};
use domain::{ErrorCode, MonitorId, Record, Timestamp};
use fred::interfaces::KeysInterface;
use processor::{Entry, Store};
use shared::kafka::partition_of_monitor;

/// All that is stored of heartbeats, as text.
async fn stored(database: &Database) -> Vec<String> {
    let mut all = Vec::new();
    for sql in [
        "SELECT to_jsonb(t)::text FROM pings t ORDER BY monitor_id, n",
        "SELECT to_jsonb(t)::text FROM heartbeat_spans t ORDER BY monitor_id, began",
        "SELECT (to_jsonb(t) - '{folded_by,updated_at}'::text[])::text FROM monitor_states t ORDER BY monitor_id",
        "SELECT (to_jsonb(t) - 'created_at')::text FROM incidents t ORDER BY id",
        "SELECT to_jsonb(t)::text FROM skipped_slots t ORDER BY monitor_id, first_slot",
        "SELECT to_jsonb(t)::text FROM rollups_hourly t ORDER BY monitor_id, hour",
    ] {
        let rows = database.client.query(sql, &[]).await.unwrap();
        all.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    all
}

/// The spans of a heartbeat: from how many seconds on it was in which state.
async fn spans(database: &Database, monitor: MonitorId) -> Vec<(i64, String)> {
    let sql = "SELECT began, state FROM heartbeat_spans WHERE monitor_id = $1 ORDER BY began";
    let rows = database.client.query(sql, &[&monitor.0]).await.unwrap();
    rows.iter()
        .map(|row| {
            let began: chrono::DateTime<chrono::Utc> = row.get(0);
            let seconds = Timestamp::from(began).millis_since(at(0)) / 1_000;
            (seconds, row.get(1))
        })
        .collect()
}

fn named(spans: &[(i64, &str)]) -> Vec<(i64, String)> {
    spans
        .iter()
        .map(|(at, state)| (*at, (*state).to_owned()))
        .collect()
}

async fn apply(store: &Store, entries: &[Entry]) {
    store.apply(entries).await.unwrap();
}

/// A life of a heartbeat.
fn life(database: &Database, monitor: MonitorId) -> Vec<Entry> {
    let ping = |kind, seconds| of(ping(monitor, database.org, kind, seconds));
    let change = |seconds, revision, event| lifecycle(monitor, database.org, at(seconds), revision, event);
    let records = [
        ping(PingKind::Success, 10),
        ping(PingKind::Start, 500),
        ping(PingKind::Success, 530),
        overdue(monitor, 1_190, 530),
        ping(PingKind::Ignored, 1_195),
        ping(PingKind::Success, 1_300),
        unknown(monitor, 1_960),
        ping(PingKind::Success, 2_000),
        ping(PingKind::Fail, 2_100),
        ping(PingKind::Success, 2_200),
        change(2_300, 2, LifecycleEvent::Paused),
        ping(PingKind::Success, 2_350),
        change(2_400, 3, LifecycleEvent::Resumed),
        ping(PingKind::Success, 2_500),
    ];
    records.into_iter().map(|record| database.entry(record)).collect()
}

const LIVED: [(i64, &str); 10] = [
    (10, "up"),
    (1_190, "down"),
    (1_300, "up"),
    (1_960, "unknown"),
    (2_000, "up"),
    (2_100, "down"),
    (2_200, "up"),
    (2_300, "paused"),
    (2_400, "unknown"),
    (2_500, "up"),
];

#[tokio::test]
async fn a_heartbeat_is_stored_once_however_often_its_records_are_read_and_where_it_breaks_off() {
    let database = Database::with_monitors(2).await;
    let [whole, parts] = [database.monitors[0], database.monitors[1]];
    apply(&database.store(), &life(&database, whole)).await;
    // Each record in a transaction of a process of its own, and each twice: the one before it is read again as well.
    let entries = life(&database, parts);
    for n in 0..entries.len() {
        apply(&database.store(), &entries[n.saturating_sub(1)..=n]).await;
    }
    for monitor in [whole, parts] {
        assert_eq!(spans(&database, monitor).await, named(&LIVED), "{monitor}");
    }
    let numbers = "SELECT count(*) FROM (SELECT monitor_id FROM pings GROUP BY monitor_id
                   HAVING array_agg(n ORDER BY arrived_at) = ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]::bigint[]) t";
    assert_eq!(database.count(numbers).await, 2);
    let ignored = "SELECT count(*) FROM pings WHERE kind = 'ignored'";
    assert_eq!(
        database.count(ignored).await,
        4,
        "one by its method, and one of the time of the pause"
    );
    let durations = "SELECT count(*) FROM pings WHERE duration_ms = 30000 AND kind = 'success'
                     AND sealed_body = '\\x000102' AND body_bytes = 3";
    assert_eq!(database.count(durations).await, 2, "of the run that began");
    assert_eq!(database.count("SELECT count(*) FROM check_results").await, 0);
    assert_eq!(database.count("SELECT count(*) FROM incidents").await, 4);
    let known = "SELECT count(*) FROM monitor_states WHERE heartbeat = fold->'heartbeat' AND pings = 10";
    assert_eq!(database.count(known).await, 2);

    let before = stored(&database).await;
    let (store, again) = (database.store(), life(&database, whole));
    apply(&store, &again).await;
    apply(&store, &again[6..]).await;
    for entry in &again {
        apply(&store, std::slice::from_ref(entry)).await;
    }
    assert_eq!(stored(&database).await, before);
}

#[tokio::test]
async fn a_ping_and_a_verdict_come_to_the_same_in_both_orders() {
    let database = Database::with_monitors(2).await;
    let store = database.store();
    let org = database.org;
    for (monitor, ping_first) in [(database.monitors[0], true), (database.monitors[1], false)] {
        let mut records = [
            of(ping(monitor, org, PingKind::Success, 669)),
            overdue(monitor, 670, 10),
        ];
        if !ping_first {
            records.reverse();
        }
        apply(
            &store,
            &[database.entry(of(ping(monitor, org, PingKind::Success, 10)))],
        )
        .await;
        for record in records {
            apply(&store, &[database.entry(record)]).await;
        }
        // It was in time, and nothing of an outage is left in the uptime.
        let (known, withdrawn) = (spans(&database, monitor).await, i64::from(!ping_first));
        assert_eq!(known, named(&[(10, "up")]), "{ping_first}");
        let sql = format!(
            "SELECT count(*) FROM incidents WHERE monitor_id = {monitor} AND close_reason = 'withdrawn' AND resolved_at = started_at"
        );
        assert_eq!(database.count(&sql).await, withdrawn);
        let sql = format!(
            "SELECT count(*) FROM monitor_states WHERE monitor_id = {monitor} AND state = 'up' AND incident_id IS NULL"
        );
        assert_eq!(database.count(&sql).await, 1);
    }
}

#[tokio::test]
async fn a_deadline_that_was_met_leaves_nothing_unknown_when_it_is_skipped() {
    let database = Database::with_monitors(2).await;
    let (store, org) = (database.store(), database.org);
    for (monitor, was_met) in [(database.monitors[0], true), (database.monitors[1], false)] {
        let mut skipped = unknown(monitor, 670);
        if let Record::Skipped(skipped) = &mut skipped {
            skipped.judged = Some(Judged {
                last_ping: Some(at(10)),
                missed: Some(at(610)),
                ..Judged::default()
            });
        }
        let pings = [10, 500].map(|seconds| of(ping(monitor, org, PingKind::Success, seconds)));
        for record in pings.into_iter().take(1 + usize::from(was_met)).chain([skipped]) {
            apply(&store, &[database.entry(record)]).await;
        }
        let expected = [(10, "up"), (670, "unknown")];
        let expected = named(&expected[..2 - usize::from(was_met)]);
        assert_eq!(spans(&database, monitor).await, expected, "{was_met}");
    }
}

#[tokio::test]
async fn a_date_is_missed_once_and_not_where_nobody_may_ping() {
    let database = Database::with_monitors(2).await;
    let [awaited, unwanted] = [database.monitors[0], database.monitors[1]];
    let store = database.store();
    for monitor in [awaited, unwanted] {
        let ping = ping(monitor, database.org, PingKind::Success, 10);
        apply(&store, &[database.entry(of(ping))]).await;
    }
    let missed = async |record: Record| {
        store
            .apply(&[database.entry(record)])
            .await
            .unwrap()
            .counts
            .missed
    };
    assert_eq!(missed(overdue(awaited, 670, 10)).await, 1);
    assert_eq!(missed(overdue(awaited, 670, 10)).await, 0, "again");
    let mut good = overdue(unwanted, 670, 10);
    if let Record::Result(result) = &mut good {
        (result.up, result.error_code) = (true, None);
    }
    assert_eq!(missed(good).await, 0);
}

#[tokio::test]
async fn a_start_that_came_in_time_leaves_nothing_of_an_outage() {
    let database = Database::with_monitors(1).await;
    let (store, monitor, org) = (database.store(), database.monitors[0], database.org);
    let mut missing = overdue(monitor, 670, 10);
    if let Record::Result(result) = &mut missing {
        result.error_code = Some(ErrorCode::HeartbeatNotStarted);
    }
    let records = [
        of(ping(monitor, org, PingKind::Success, 10)),
        missing,
        of(ping(monitor, org, PingKind::Start, 669)),
    ];
    for record in records {
        apply(&store, &[database.entry(record)]).await;
    }
    assert_eq!(spans(&database, monitor).await, named(&[(10, "up")]));
    let withdrawn =
        "SELECT count(*) FROM incidents WHERE close_reason = 'withdrawn' AND resolved_at = started_at";
    assert_eq!(database.count(withdrawn).await, 1);
    let well = "SELECT count(*) FROM monitor_states
                WHERE state = 'up' AND incident_id IS NULL AND error_code IS NULL AND error IS NULL";
    assert_eq!(database.count(well).await, 1);
}

#[tokio::test]
async fn a_bad_ping_keeps_nothing_of_others() {
    let database = Database::with_monitors(2).await;
    let [bad, good] = [database.monitors[0], database.monitors[1]];
    let mut spoilt = ping(bad, database.org, PingKind::Fail, 5);
    spoilt.request.user_agent = Some(format!("a\0{}", "ä".repeat(5_000)));
    spoilt.request.sealed_body = Some("no base64".to_owned());
    spoilt.request.body_bytes = u64::MAX;
    spoilt.latency_ms = Some(u32::MAX);
    let entries = [
        database.entry(of(spoilt)),
        database.entry(of(ping(good, database.org, PingKind::Success, 6))),
    ];
    apply(&database.store(), &entries).await;
    assert_eq!(database.count("SELECT count(*) FROM pings").await, 2);
    let sql = "SELECT count(*) FROM pings WHERE sealed_body IS NULL AND body_bytes = 9223372036854775807
               AND duration_ms = 4294967295 AND octet_length(user_agent) <= 1002";
    assert_eq!(database.count(sql).await, 1);
}

async fn heartbeat(world: &World, monitor: MonitorId) -> Option<HeartbeatState> {
    let json: Option<String> = world.client.get(world.keys.heartbeat(monitor)).await.unwrap();
    json.map(|json| serde_json::from_str(&json).unwrap())
}

async fn folded(world: &World, monitor: MonitorId) -> Option<i64> {
    let partition = partition_of_monitor(monitor, world.kafka.partitions());
    let key = world.keys.heartbeats_folded(partition);
    world.client.get(key).await.unwrap()
}

async fn is_seeded(world: &World) -> bool {
    let there: i64 = world.client.exists(world.keys.heartbeats_seeded()).await.unwrap();
    there == 1
}

async fn set(world: &World, key: String, value: &str) {
    let () = world.client.set(key, value, None, None, false).await.unwrap();
}

/// Waits until a scrape says when a heartbeat was last pinged.
async fn shows_last_ping(running: &Running, world: &World, last: Timestamp) {
    let (monitor, org) = (world.database.monitors[0], world.database.org);
    let line = format!(
        "uptime_heartbeat_last_ping_timestamp{{monitor_id=\"{monitor}\",org_id=\"{}\"}} {}",
        org.0,
        last.as_millis() as f64 / 1_000.0
    );
    testkit::eventually("a scrape shows the last ping", PATIENCE, || async {
        running.get("/metrics").await.contains(&line).then_some(())
    })
    .await;
}

async fn follows_heartbeats(world: World) {
    let running = Running::start(world.settings()).await;
    let (monitor, org) = (world.database.monitors[0], world.database.org);
    testkit::eventually("Redis is seeded, and nothing is missing", PATIENCE, || async {
        let is_current = folded(&world, monitor).await? >= shared::now().as_millis() - 1_000;
        (is_current && is_seeded(&world).await).then_some(())
    })
    .await;
    assert_eq!(heartbeat(&world, monitor).await, None, "never pinged");

    world.send([of(ping(monitor, org, PingKind::Success, 10))]).await;
    let appended = shared::now().as_millis();
    testkit::eventually("what was appended is folded", PATIENCE, || async {
        (folded(&world, monitor).await? >= appended).then_some(())
    })
    .await;
    let known = heartbeat(&world, monitor).await.unwrap();
    assert_eq!(known.last_ping.map(|last| last.at), Some(at(10)));
    let status = world.status(monitor).await.unwrap();
    assert_eq!(
        (
            status.state,
            status.last_ping_at,
            status.due_at,
            status.overdue_at
        ),
        (LiveState::Up, Some(at(10)), Some(at(610)), Some(at(670)))
    );

    // The verdict, a start and a ping that had arrived in time, one after the other.
    world
        .send([
            overdue(monitor, 670, 10),
            of(ping(monitor, org, PingKind::Start, 660)),
            of(ping(monitor, org, PingKind::Success, 669)),
            of(ping(monitor, org, PingKind::Start, 680)),
        ])
        .await;
    let status = testkit::eventually("it is up and running", PATIENCE, || async {
        let status = world.status(monitor).await?;
        status.started_at.is_some().then_some(status)
    })
    .await;
    let shown = (status.state, status.last_ping_at, status.started_at);
    if shown != (LiveState::Up, Some(at(669)), Some(at(680))) {
        testkit::eventually("the last of them is shown", PATIENCE, || async {
            let status = world.status(monitor).await?;
            let shown = (status.state, status.last_ping_at, status.started_at);
            (shown == (LiveState::Up, Some(at(669)), Some(at(680)))).then_some(())
        })
        .await;
    }
    let before = testkit::eventually("its run is there", PATIENCE, || async {
        let shown = heartbeat(&world, monitor).await?;
        (shown.runs.len() == 1).then_some(Some(shown))
    })
    .await;
    shows_last_ping(&running, &world, at(669)).await;

    // Redis loses everything.
    let partition = partition_of_monitor(monitor, world.kafka.partitions());
    let lost = vec![
        world.keys.filled(),
        world.keys.heartbeats_seeded(),
        world.keys.heartbeat(monitor),
        world.keys.status(monitor),
        world.keys.heartbeats_folded(partition),
    ];
    let _: i64 = world.client.del(lost).await.unwrap();
    testkit::eventually("Redis is seeded again", PATIENCE, || async {
        is_seeded(&world).await.then_some(())
    })
    .await;
    assert_eq!(heartbeat(&world, monitor).await, before);
    testkit::eventually("it is told how far the log is folded", PATIENCE, || async {
        folded(&world, monitor).await
    })
    .await;

    // Redis goes back to what it had some time ago: what says that it is filled is there.
    let older = serde_json::json!({"last_ping": {"at": at(10), "id": uuid::Uuid::nil()}, "version": [0, 0]});
    set(&world, world.keys.heartbeat(monitor), &older.to_string()).await;
    set(&world, world.keys.heartbeats_folded(partition), "1000").await;
    testkit::eventually("Redis has what it had", PATIENCE, || async {
        (heartbeat(&world, monitor).await == before).then_some(())
    })
    .await;
    testkit::eventually("it is told how far the log is folded", PATIENCE, || async {
        (folded(&world, monitor).await? > 1_000).then_some(())
    })
    .await;

    // Another process goes on with it, and does not trust that the one before it has written everything.
    running.kill().await;
    let _: i64 = world
        .client
        .del(world.keys.heartbeats_folded(partition))
        .await
        .unwrap();
    set(&world, world.keys.heartbeat(monitor), &older.to_string()).await;
    let running = Running::start(world.settings()).await;
    testkit::eventually("it is told how far the log is folded", PATIENCE, || async {
        folded(&world, monitor).await
    })
    .await;
    assert_eq!(heartbeat(&world, monitor).await, before, "not before it is there");
    shows_last_ping(&running, &world, at(669)).await;
    world
        .send([lifecycle(monitor, org, at(700), 2, LifecycleEvent::Paused)])
        .await;
    world
        .send([lifecycle(monitor, org, at(710), 3, LifecycleEvent::Resumed)])
        .await;
    testkit::eventually("resuming begins anew", PATIENCE, || async {
        let resumed = HeartbeatState {
            resumed_at: Some(at(710)),
            ..HeartbeatState::default()
        };
        (heartbeat(&world, monitor).await == Some(resumed)).then_some(())
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn redis_follows_heartbeats_from_kafka() {
    let Some(kafka) = testkit::kafka("processor: heartbeats", 3).await else {
        return;
    };
    follows_heartbeats(World::new(kafka, 1).await).await;
}

#[tokio::test]
async fn redis_follows_heartbeats_from_the_embedded_broker() {
    let (_broker, kafka) = testkit::embedded_kafka();
    follows_heartbeats(World::new(kafka, 1).await).await;
}

#[tokio::test]
async fn records_that_are_no_heartbeats_leave_their_tables_alone() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let entries = [
        database.entry(Record::Result(common::result(monitor, at(60), true))),
        database.entry(unknown(monitor, 120)),
        database.entry(lifecycle(
            monitor,
            database.org,
            at(130),
            2,
            LifecycleEvent::Paused,
        )),
    ];
    apply(&database.store(), &entries).await;
    let rows = "SELECT (SELECT count(*) FROM pings) + (SELECT count(*) FROM heartbeat_spans)
                + (SELECT count(*) FROM monitor_states WHERE heartbeat IS NOT NULL OR heartbeat_changes > 0)";
    assert_eq!(database.count(rows).await, 0);
}
