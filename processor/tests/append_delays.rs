//! How long after its slot each result was appended to the log.

use crate::common::running::{Running, World};
use crate::common::{Database, result, start};
use domain::{CheckResult, Record};
use processor::Entry;

const MINUTE: i64 = 60_000;

/// The delays that are stored, in the order of the slots.
async fn delays(database: &Database) -> Vec<Option<i32>> {
    let select = "SELECT append_delay_ms FROM check_results ORDER BY scheduled_at";
    let rows = database.client.query(select, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_delay_of_the_result_that_a_row_is_of_is_stored() {
    let database = Database::with_monitors(1).await;
    let store = database.store();
    let entry = |k: i64, revision: u32, delay_ms: i64| {
        let slot = start().plus_millis(k * MINUTE);
        let result = CheckResult {
            revision: Some(revision),
            ..result(database.monitors[0], slot, true)
        };
        Entry {
            appended_at: slot.plus_millis(delay_ms),
            ..database.entry(Record::Result(result))
        }
    };
    let most = i64::from(i32::MAX);
    let batch = [
        entry(0, 1, 95),
        entry(1, 1, 30),
        // Of the same name, and the first one of two that are equal.
        entry(1, 2, 700),
        entry(1, 2, 800),
        entry(2, 1, -1_500),
        entry(3, 1, most + 7),
    ];
    store.apply(&batch).await.unwrap();
    assert_eq!(
        delays(&database).await,
        [Some(95), Some(700), Some(-1_500), Some(i32::MAX)]
    );
    // A higher revision brings its own, an equal one changes nothing.
    let again = [entry(0, 2, 40_000), entry(1, 2, 1), entry(2, 1, 1)];
    store.apply(&again).await.unwrap();
    assert_eq!(
        delays(&database).await,
        [Some(40_000), Some(700), Some(-1_500), Some(i32::MAX)]
    );
}

#[tokio::test]
async fn a_result_is_appended_when_the_log_says_so() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let running = Running::start(world.settings()).await;
    let before = shared::now();
    let record = Record::Result(result(world.database.monitors[0], start(), true));
    world.send([record]).await;
    let after = shared::now();
    world.rows(1).await;
    let stored = delays(&world.database).await[0].map(i64::from);
    let within = before.millis_since(start())..=after.millis_since(start());
    assert!(
        stored.is_some_and(|delay| within.contains(&delay)),
        "{stored:?} is not in {within:?}"
    );
    running.stop().await;
}
