//! The store: each effect once, whatever comes twice, late or at the same time.

use crate::common::{Database, lifecycle, recount, result, skipped, start};
use domain::live::LiveState;
use domain::record::LifecycleEvent;
use domain::{CheckResult, IncidentId, Record, Rule};
use processor::{Entry, LiveEvent};

const MINUTE: i64 = 60_000;

fn entries(database: &Database, results: impl IntoIterator<Item = CheckResult>) -> Vec<Entry> {
    results
        .into_iter()
        .map(|result| database.entry(Record::Result(result)))
        .collect()
}

/// Three monitors over two hours, with failures, slow answers and holes.
fn history(database: &Database) -> Vec<Entry> {
    let mut all = Vec::new();
    for minute in 0..125 {
        for (at, &monitor) in database.monitors.iter().enumerate() {
            let slot = start().plus_millis(minute * MINUTE + at as i64 * 7_001);
            if at == 1 && (40..50).contains(&minute) {
                if minute == 40 {
                    all.push(database.entry(Record::Skipped(skipped(monitor, slot, 10))));
                }
                continue;
            }
            let up = at != 0 || minute % 30 >= 2;
            let mut result = result(monitor, slot, up);
            result.latency_ms = Some((minute * 37 % 400) as u32);
            result.rule = Rule {
                slow_ms: Some(300),
                ..Rule::default()
            };
            if at == 2 {
                result.interval_ms = Some(180 * MINUTE as u32);
            }
            all.push(database.entry(Record::Result(result)));
        }
    }
    all
}

#[tokio::test]
async fn rollups_are_exact_after_duplicates_disorder_and_redelivery() {
    let database = Database::with_monitors(3).await;
    let store = database.store();
    let all = history(&database);
    for batch in all.chunks(50) {
        store.apply(batch).await.unwrap();
    }
    let again = store.apply(&all[100..260]).await.unwrap();
    assert_eq!((again.counts.applied, again.counts.inserted), (0, 0));
    // In one batch, backwards and each record twice.
    let late: Vec<Entry> = all[..40]
        .iter()
        .rev()
        .flat_map(|entry| [entry.clone(), entry.clone()])
        .collect();
    store.apply(&late).await.unwrap();
    recount::assert_exact(&database.client).await;
    assert_eq!(
        database.count("SELECT count(*) FROM check_results").await,
        3 * 125 - 10
    );
    assert_eq!(database.count("SELECT count(*) FROM skipped_slots").await, 1);
    let failures = database
        .count("SELECT count(*) FROM check_results WHERE state = 2")
        .await;
    assert_eq!(
        database.count("SELECT count(*) FROM check_errors").await,
        failures
    );
}

#[tokio::test]
async fn a_skipped_slot_counts_once_however_many_ranges_tell_of_it() {
    let database = Database::with_monitors(2).await;
    let store = database.store();
    let range = |at: usize, first: i64, slots: i64| {
        let from = start().plus_millis(first * MINUTE);
        database.entry(Record::Skipped(skipped(database.monitors[at], from, slots)))
    };
    let total = || database.count("SELECT sum(skipped)::bigint FROM rollups_hourly");
    store
        .apply(&[range(0, 50, 20), range(0, 10, 5), range(1, 0, 3)])
        .await
        .unwrap();
    assert_eq!(total().await, 28);
    // One that is longer, one within, one that reaches over the other two, and the same in one batch.
    let over = [
        range(0, 50, 30),
        range(0, 55, 3),
        range(0, 5, 70),
        range(0, 5, 80),
    ];
    store.apply(&over).await.unwrap();
    assert_eq!(total().await, 80 + 3);
    store.apply(&over).await.unwrap();
    assert_eq!(total().await, 80 + 3);
    let rows = "SELECT sum(slots)::bigint FROM skipped_slots";
    assert_eq!(database.count(rows).await, 80 + 3);
    recount::assert_exact(&database.client).await;
}

#[tokio::test]
async fn two_processors_that_see_the_same_records_change_nothing_twice() {
    let database = Database::with_monitors(3).await;
    let all = history(&database);
    let (one, other, alone) = (
        database.store(),
        database.store(),
        Database::with_monitors(3).await,
    );
    // Not in step: their batches end at different records.
    let first = async {
        for batch in all.chunks(40) {
            one.apply(batch).await.unwrap();
        }
    };
    let second = async {
        for batch in all.chunks(23) {
            other.apply(batch).await.unwrap();
        }
    };
    tokio::join!(first, second);
    recount::assert_exact(&database.client).await;
    let straight = alone.store();
    straight.apply(&all).await.unwrap();
    for query in [
        "SELECT json_agg(x)::text FROM (SELECT * FROM rollups_hourly ORDER BY 1, 2) x",
        "SELECT json_agg(x)::text FROM (SELECT id, started_at, resolved_at, close_reason, first_error, last_error,
             failed_slots FROM incidents ORDER BY id) x",
        "SELECT json_agg(x)::text FROM (SELECT monitor_id, fold #- '{streak,count}', state, since, last_slot,
             last_checked_at, latency_ms, status_code, error_code, error FROM monitor_states_now ORDER BY 1) x",
        "SELECT json_agg(x)::text FROM (SELECT * FROM check_results ORDER BY 1, 2) x",
    ] {
        let both: String = database.client.query_one(query, &[]).await.unwrap().get(0);
        let single: String = alone.client.query_one(query, &[]).await.unwrap().get(0);
        assert_eq!(both, single);
    }
}

#[tokio::test]
async fn an_incident_opens_goes_on_and_closes_within_and_across_batches() {
    let database = Database::with_monitors(1).await;
    let (store, monitor) = (database.store(), database.monitors[0]);
    let slot = |k: i64| start().plus_millis(k * MINUTE);
    let rule = Rule {
        down_after: 2,
        up_after: 2,
        ..Rule::default()
    };
    let at = |k: i64, up: bool| CheckResult {
        rule,
        ..result(monitor, slot(k), up)
    };
    let opened = store
        .apply(&entries(&database, [at(0, true), at(1, false), at(2, false)]))
        .await
        .unwrap();
    assert_eq!((opened.counts.opened, opened.counts.closed), (1, 0));
    let id = IncidentId::new(monitor, 1, slot(1));
    let live = &opened.live[0];
    assert_eq!(live.status.as_ref().unwrap().state, LiveState::Down);
    assert_eq!(live.status.as_ref().unwrap().incident_id, Some(id));
    assert!(
        matches!(&live.events[0], LiveEvent::Incident(view) if view.id == id && view.resolved_at.is_none())
    );

    store.apply(&entries(&database, [at(3, false)])).await.unwrap();
    let row = database
        .client
        .query_one("SELECT * FROM incidents", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, uuid::Uuid>("id"), id.0);
    assert_eq!(row.get::<_, i32>("failed_slots"), 3);
    assert_eq!(
        row.get::<_, String>("first_error"),
        format!("it broke at {}", slot(1))
    );
    assert_eq!(
        row.get::<_, String>("last_error"),
        format!("it broke at {}", slot(3))
    );

    // Closes the first, and opens and closes a second.
    let rest = [
        at(4, true),
        at(5, true),
        at(6, false),
        at(7, false),
        at(8, true),
        at(9, true),
    ];
    let closed = store.apply(&entries(&database, rest)).await.unwrap();
    assert_eq!((closed.counts.opened, closed.counts.closed), (1, 2));
    // When that was found is later than the ends.
    let noted = "SELECT count(*) FROM incidents WHERE closed_at >= created_at AND closed_at > resolved_at";
    let noted = database.client.query_one(noted, &[]).await.unwrap();
    assert_eq!(noted.get::<_, i64>(0), 2);
    let LiveEvent::Incident(view) = &closed.live[0].events[0] else {
        panic!("{:?}", closed.live[0].events);
    };
    assert_eq!(
        (view.id, view.resolved_at, view.duration_seconds),
        (id, Some(slot(4)), 180)
    );
    assert_eq!(view.last_error, Some(format!("it broke at {}", slot(3))));
    assert_eq!(
        database
            .count("SELECT count(*) FROM incidents WHERE resolved_at IS NOT NULL")
            .await,
        2
    );
    assert_eq!(
        database
            .count("SELECT max(failed_slots)::bigint FROM incidents")
            .await,
        3
    );

    // An end that is moved was found when the first one was, but not before itself.
    for (end, reason, noted) in [
        (
            "started_at",
            "'recovered'",
            "closed_at > resolved_at AND closed_at < now()",
        ),
        (
            "closed_at + interval '1 hour'",
            "'recovered'",
            "closed_at = resolved_at",
        ),
        ("NULL", "NULL", "closed_at IS NULL"),
        ("started_at", "'recovered'", "closed_at = now()"),
    ] {
        let sql = format!(
            "UPDATE incidents SET resolved_at = {end}, close_reason = {reason} WHERE id = $1 RETURNING {noted}"
        );
        let row = database.client.query_one(&sql, &[&id.0]).await.unwrap();
        assert!(row.get::<_, bool>(0), "{end}: {noted}");
    }
}

#[tokio::test]
async fn pausing_editing_and_deleting_close_incidents() {
    let database = Database::with_monitors(3).await;
    let store = database.store();
    let events = [
        LifecycleEvent::Paused,
        LifecycleEvent::Edited,
        LifecycleEvent::Deleted,
    ];
    for (&monitor, event) in database.monitors.iter().zip(events) {
        store
            .apply(&entries(&database, [result(monitor, start(), false)]))
            .await
            .unwrap();
        let acted = start().plus_millis(30_000);
        let change = database.entry(lifecycle(monitor, database.org, acted, 2, event));
        let live = store
            .apply(std::slice::from_ref(&change))
            .await
            .unwrap()
            .live
            .remove(0);
        let state = live.status.map(|status| status.state);
        assert_eq!(
            state,
            match event {
                LifecycleEvent::Paused => Some(LiveState::Paused),
                LifecycleEvent::Edited => Some(LiveState::Pending),
                _ => None,
            }
        );
        assert!(matches!(&live.events[0], LiveEvent::Incident(view) if view.resolved_at == Some(acted)));
        // What was still on its way is history, and opens nothing.
        let late = result(monitor, start().plus_millis(MINUTE), false);
        let late = store.apply(&entries(&database, [late])).await.unwrap();
        assert_eq!((late.counts.old_revision, late.counts.opened), (1, 0));
    }
    let rows = database
        .client
        .query("SELECT close_reason FROM incidents ORDER BY monitor_id", &[])
        .await
        .unwrap();
    let reasons: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(reasons, ["paused", "edited", "deleted"]);
}

#[tokio::test]
async fn a_higher_revision_replaces_the_row_of_the_same_slot() {
    let database = Database::with_monitors(1).await;
    let (store, monitor) = (database.store(), database.monitors[0]);
    let slot = |k: i64| start().plus_millis(k * MINUTE);
    let mut results: Vec<CheckResult> = (0..5).map(|k| result(monitor, slot(k), true)).collect();
    results[4].up = false;
    results[4].error = Some("the old definition".to_owned());
    results[3].latency_ms = Some(1);
    store.apply(&entries(&database, results)).await.unwrap();
    let edited = lifecycle(
        monitor,
        database.org,
        slot(4).plus_millis(20_000),
        2,
        LifecycleEvent::Edited,
    );
    let again = |k: i64| CheckResult {
        revision: Some(2),
        latency_ms: Some(250),
        ..result(monitor, slot(k), true)
    };
    // The second one comes under a revision that has begun already; the third is stale.
    let stale = CheckResult {
        revision: Some(1),
        ..result(monitor, slot(4), false)
    };
    let batch = [
        edited,
        Record::Result(again(4)),
        Record::Result(again(3)),
        Record::Result(stale),
    ];
    let batch: Vec<Entry> = batch.into_iter().map(|record| database.entry(record)).collect();
    let applied = store.apply(&batch).await.unwrap();
    assert_eq!(
        (
            applied.counts.replaced,
            applied.counts.inserted,
            applied.counts.closed
        ),
        (2, 0, 1)
    );
    recount::assert_exact(&database.client).await;
    assert_eq!(
        database
            .count("SELECT count(*) FROM check_results WHERE revision = 2")
            .await,
        2
    );
    assert_eq!(database.count("SELECT count(*) FROM check_errors").await, 0);
    let min = "SELECT latency_min_ms::bigint FROM rollups_hourly WHERE latency_min_ms IS NOT NULL";
    assert_eq!(database.count(min).await, 80);
    store.apply(&batch).await.unwrap();
    recount::assert_exact(&database.client).await;
}

#[tokio::test]
async fn a_producer_of_only_the_public_contract_is_counted() {
    let database = Database::with_monitors(1).await;
    let (store, monitor) = (database.store(), database.monitors[0]);
    for k in 0..3 {
        let payload = format!(
            r#"{{"monitor_id": {monitor}, "url": "https://e.org/", "timestamp": "{}", "is_up": {}, "latency_ms": 12.6}}"#,
            start().plus_millis(k * MINUTE),
            k != 1
        );
        let record = Record::decode(payload.as_bytes()).unwrap();
        store.apply(&[database.entry(record)]).await.unwrap();
    }
    recount::assert_exact(&database.client).await;
    assert_eq!(
        database
            .count("SELECT count(*) FROM incidents WHERE close_reason = 'recovered'")
            .await,
        1
    );
    assert_eq!(
        database
            .count("SELECT sum(up_ms + down_ms)::bigint FROM rollups_hourly")
            .await,
        0
    );
}

#[tokio::test]
async fn a_partition_that_was_dropped_is_made_again() {
    let database = Database::with_monitors(1).await;
    let (store, monitor) = (database.store(), database.monitors[0]);
    store
        .apply(&entries(&database, [result(monitor, start(), true)]))
        .await
        .unwrap();
    let tables = "SELECT relname::text FROM pg_class WHERE relname LIKE 'check\\_%\\_2%' AND relkind = 'r'";
    for row in database.client.query(tables, &[]).await.unwrap() {
        let drop = format!("DROP TABLE {}", row.get::<_, String>(0));
        database.client.batch_execute(&drop).await.unwrap();
    }
    let next = result(monitor, start().plus_millis(MINUTE), true);
    store.apply(&entries(&database, [next])).await.unwrap();
    assert_eq!(database.count("SELECT count(*) FROM check_results").await, 1);
}

#[tokio::test]
async fn a_result_stands_for_no_time_after_a_pause_and_none_before_an_edit() {
    let database = Database::with_monitors(2).await;
    let (store, hourly, daily) = (database.store(), database.monitors[0], database.monitors[1]);
    let long = |monitor, slot, interval: i64| CheckResult {
        interval_ms: Some(interval as u32),
        ..result(monitor, slot, true)
    };
    // Paused after 20 minutes of an hour, by a batch of its own and by the same batch.
    let paused = lifecycle(
        hourly,
        database.org,
        start().plus_millis(20 * MINUTE),
        2,
        LifecycleEvent::Paused,
    );
    store
        .apply(&entries(&database, [long(hourly, start(), 60 * MINUTE)]))
        .await
        .unwrap();
    store.apply(&[database.entry(paused)]).await.unwrap();
    let up = |monitor: domain::MonitorId| {
        let sum = format!("SELECT sum(up_ms)::bigint FROM rollups_hourly WHERE monitor_id = {monitor}");
        let database = &database;
        async move { database.count(&sum).await }
    };
    assert_eq!(up(hourly).await, 20 * MINUTE);
    recount::assert_exact(&database.client).await;

    // Checked daily from an edit on: the first check runs under a slot of ten hours ago, and fails.
    let edited_at = start().plus_millis(30 * MINUTE + 20_000);
    let edited = lifecycle(daily, database.org, edited_at, 2, LifecycleEvent::Edited);
    let slot = start().plus_millis(-600 * MINUTE);
    let first = CheckResult {
        revision: Some(2),
        timestamp: edited_at.plus_millis(200),
        interval_ms: Some(1_440 * MINUTE as u32),
        ..result(daily, slot, false)
    };
    let minutes = (0..=30).map(|k| Record::Result(result(daily, start().plus_millis(k * MINUTE), true)));
    let batch: Vec<Entry> = minutes
        .chain([edited, Record::Result(first)])
        .map(|record| database.entry(record))
        .collect();
    store.apply(&batch).await.unwrap();
    store.apply(&batch).await.unwrap();
    assert_eq!(up(daily).await, 30 * MINUTE + 20_000);
    let down = "SELECT sum(down_ms)::bigint FROM rollups_hourly";
    assert_eq!(database.count(down).await, (1_440 - 600 - 30) * MINUTE - 20_200);
    recount::assert_exact(&database.client).await;
}

/// A monitor that was edited and paused: minute by minute, then every ten minutes, paused, then every 30 seconds.
fn edits(database: &Database) -> Vec<Record> {
    let monitor = database.monitors[0];
    let at = |seconds: i64| start().plus_millis(seconds * 1_000);
    let result = |revision, seconds: i64, delay: i64, interval: i64| {
        Record::Result(CheckResult {
            revision: Some(revision),
            timestamp: at(seconds + delay),
            interval_ms: Some(interval as u32 * 1_000),
            ..result(monitor, at(seconds), revision != 2)
        })
    };
    let event = |seconds, revision, event| lifecycle(monitor, database.org, at(seconds), revision, event);
    vec![
        result(1, 7, 0, 60),
        result(1, 67, 0, 60),
        event(100, 2, LifecycleEvent::Edited),
        // Still on its way when the edit was made, under a slot after it.
        result(1, 127, 0, 60),
        // The first check after the edit runs at once under a slot that has passed.
        result(2, -300, 402, 600),
        result(2, 300, 0, 600),
        event(650, 3, LifecycleEvent::Paused),
        event(1_000, 4, LifecycleEvent::Resumed),
        result(4, 981, 21, 30),
        result(4, 1_011, 0, 30),
    ]
}

#[tokio::test]
async fn revisions_end_the_time_of_those_before_them_in_whatever_order_they_come() {
    let expected = [
        (7, 60),
        (67, 33),
        (127, 0),
        (-300, 600),
        (300, 350),
        (981, 30),
        (1_011, 30),
    ];
    let seconds = "SELECT extract(epoch FROM scheduled_at - $1)::int, interval_ms / 1000 FROM check_results
        ORDER BY revision, scheduled_at";
    // Straight, backwards, and in some other orders: one batch, or each record by itself.
    for order in 0..8usize {
        let database = Database::with_monitors(1).await;
        let store = database.store();
        let mut records = edits(&database);
        let count = records.len();
        match order {
            0 => {}
            1 => records.reverse(),
            _ => (0..count).for_each(|n| records.swap(n, n * (order + 3) * 7 % count)),
        }
        let entries: Vec<Entry> = records.into_iter().map(|record| database.entry(record)).collect();
        for batch in entries.chunks([1, 3, count][order % 3]) {
            store.apply(batch).await.unwrap();
            recount::assert_exact(&database.client).await;
        }
        store.apply(&entries).await.unwrap();
        recount::assert_exact(&database.client).await;
        let rows = database
            .client
            .query(seconds, &[&start().to_datetime()])
            .await
            .unwrap();
        let rows: Vec<(i32, i32)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(rows, expected, "order {order}");
        // 7 to 100; from the check at 102 to 650; from the check at 1002 to 1041.
        let stood = "SELECT sum(up_ms + down_ms)::bigint / 1000 FROM rollups_hourly";
        assert_eq!(database.count(stood).await, 93 + 548 + 39, "order {order}");
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_keeps_no_other_from_redis() {
    let database = Database::with_monitors(2).await;
    let store = database.store();
    let [spoilt, good] = database.monitors[..] else {
        unreachable!("there are two")
    };
    let results =
        [spoilt, good].map(|monitor| database.entry(Record::Result(result(monitor, start(), true))));
    store.apply(&results).await.unwrap();
    let sql = r#"UPDATE monitor_states SET fold = '{"activity": "x"}' WHERE monitor_id = $1"#;
    assert_eq!(database.client.execute(sql, &[&spoilt.0]).await.unwrap(), 1);
    let live = store.live(&[spoilt, good]).await.unwrap();
    let monitors: Vec<_> = live.iter().map(|update| update.monitor_id).collect();
    assert_eq!(monitors, [good]);
}

#[tokio::test]
async fn what_is_stored_and_cannot_be_read_concerns_its_monitor_alone() {
    let database = Database::with_monitors(2).await;
    let store = database.store();
    let at = |minute: i64| {
        let results = database.monitors.iter();
        let results = results.map(|&monitor| result(monitor, start().plus_millis(minute * MINUTE), true));
        entries(&database, results)
    };
    store.apply(&at(0)).await.unwrap();
    let spoilt = database.monitors[0].0;
    let spoil = format!(
        "ALTER TABLE rollups_hourly ALTER up DROP NOT NULL;
         UPDATE rollups_hourly SET up = NULL WHERE monitor_id = {spoilt};
         ALTER TABLE check_results ALTER state DROP NOT NULL;
         UPDATE check_results SET state = NULL WHERE monitor_id = {spoilt}"
    );
    database.client.batch_execute(&spoil).await.unwrap();
    let next = at(1);
    let refused = store.apply(&next).await.unwrap_err();
    assert!(refused.concerns_data(), "the batch is taken apart: {refused}");
    let refused = store.apply(&next[..1]).await.unwrap_err();
    assert!(refused.concerns_data(), "{refused}");
    assert_eq!(store.apply(&next[1..]).await.unwrap().counts.inserted, 1);
    // What cannot be read of it is not shown, and the rest is.
    let live = store.live(&database.monitors).await.unwrap();
    assert_eq!(live.len(), 2);
    let points = |monitor: domain::MonitorId| {
        let update = live.iter().find(|update| update.monitor_id == monitor).unwrap();
        update.points.len()
    };
    assert_eq!(
        (points(database.monitors[0]), points(database.monitors[1])),
        (0, 2)
    );
}
