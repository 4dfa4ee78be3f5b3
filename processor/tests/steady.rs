//! Results that say nothing new: they are stored and counted, and no state is written.

use crate::common::{Database, lifecycle, recount, result, start};
use domain::baseline::{Bound, Bounds};
use domain::live::LiveState;
use domain::record::{Lifecycle, LifecycleEvent};
use domain::{CheckResult, IncidentId, MonitorState, Record, Rule, Timestamp, decide};
use processor::{Applied, Entry, Store};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn slot(k: i64) -> Timestamp {
    start().plus_millis(k * MINUTE)
}

async fn store(store: &Store, database: &Database, records: impl IntoIterator<Item = Record>) -> Applied {
    let entries: Vec<Entry> = records.into_iter().map(|record| database.entry(record)).collect();
    store.apply(&entries).await.unwrap()
}

fn all(database: &Database, k: i64, up: bool) -> Vec<Record> {
    let monitors = database.monitors.iter();
    monitors
        .map(|&monitor| Record::Result(result(monitor, slot(k), up)))
        .collect()
}

/// What names the versions of the rows of states.
async fn versions(database: &Database) -> String {
    let select =
        "SELECT string_agg(monitor_id || '@' || ctid || xmin, ',' ORDER BY monitor_id) FROM monitor_states";
    database.client.query_one(select, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn steady_results_write_no_state() {
    let database = Database::with_monitors(20).await;
    let one = database.store();
    store(&one, &database, all(&database, 0, true)).await;
    let before = versions(&database).await;
    for k in 1..30 {
        store(&one, &database, all(&database, k, true)).await;
    }
    assert_eq!(versions(&database).await, before);
    assert_eq!(
        database.count("SELECT count(*) FROM check_results").await,
        20 * 30
    );
    recount::assert_exact(&database.client).await;
    store(&one, &database, all(&database, 30, false)).await;
    assert_ne!(versions(&database).await, before, "a failure is written");
}

#[tokio::test]
async fn what_was_not_written_is_known_after_a_crash() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let one = database.store();
    for k in [0, 1, 2, 9] {
        store(&one, &database, all(&database, k, true)).await;
    }
    let other = database.store();
    let live = other.live(&[monitor]).await.unwrap();
    let status = live[0].status.as_ref().unwrap();
    assert_eq!(status.last_checked_at, Some(slot(9).plus_millis(7)));
    assert_eq!((status.latency_ms, status.status_code), (Some(80), Some(200)));
    // Slots before the newest one are late, and a late failure opens nothing.
    let late = store(&other, &database, all(&database, 5, false)).await;
    assert_eq!((late.counts.late, late.counts.opened), (1, 0));
    let again = store(&other, &database, all(&database, 9, true)).await;
    assert_eq!((again.counts.late, again.counts.duplicates), (1, 1));
    // The first one is back, and must not go on with what it remembers.
    store(&other, &database, all(&database, 20, true)).await;
    let zombie = store(&one, &database, all(&database, 15, false)).await;
    assert_eq!((zombie.counts.late, zombie.counts.applied), (1, 0));
    let live = one.live(&[monitor]).await.unwrap();
    assert_eq!(live[0].status.as_ref().unwrap().state, LiveState::Up);
    assert_eq!(live[0].version.slot, slot(20).as_millis());
}

#[tokio::test]
async fn failures_among_the_last_results_are_written_and_outlast_a_crash() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let rule = Rule {
        down_after: 2,
        down_of: Some(4),
        ..Rule::default()
    };
    let at = |k: i64, up: bool| {
        Record::Result(CheckResult {
            rule,
            ..result(monitor, slot(k), up)
        })
    };
    let one = database.store();
    let outcomes = [true, false, true, true, true, true];
    let first = (0..).zip(outcomes).map(|(k, up)| at(k, up));
    store(&one, &database, first).await;
    // The failure is past, and what is up like those before it writes no state again.
    let before = versions(&database).await;
    store(&one, &database, [at(6, true)]).await;
    assert_eq!(versions(&database).await, before);

    for (k, up) in [(7, false), (8, true), (9, true), (10, false)] {
        let next = database.store();
        let counts = store(&next, &database, [at(k, up)]).await.counts;
        assert_eq!((counts.applied, counts.opened), (1, u64::from(k == 10)));
    }
    let select = "SELECT id, started_at = $1 AS began, failed_slots FROM incidents";
    let began = chrono::DateTime::<chrono::Utc>::from(slot(7));
    let row = database.client.query_one(select, &[&began]).await.unwrap();
    assert_eq!(
        row.get::<_, uuid::Uuid>("id"),
        IncidentId::new(monitor, 1, slot(7)).0
    );
    assert!(row.get::<_, bool>("began"));
    assert_eq!(row.get::<_, i32>("failed_slots"), 2);
}

#[tokio::test]
async fn results_that_are_slower_than_usual_are_written_and_outlast_a_crash() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let at = |k: i64, latency_ms: u32| {
        Record::Result(CheckResult {
            latency_ms: Some(latency_ms),
            ..result(monitor, slot(k), true)
        })
    };
    let known = Bound {
        median_ms: 100,
        upper_ms: 200,
    };
    let bounds = Bounds {
        from: slot(0),
        notify: false,
        hours: vec![Some(known)],
    };
    let Record::Lifecycle(said) = lifecycle(monitor, database.org, slot(0), 1, LifecycleEvent::Baseline)
    else {
        unreachable!("it is a lifecycle record")
    };
    let said = Record::Lifecycle(Lifecycle {
        usual: Some(Box::new(bounds)),
        ..said
    });
    let one = database.store();
    store(&one, &database, [at(0, 80), said]).await;
    let before = versions(&database).await;
    store(&one, &database, [at(1, 200), at(2, 80)]).await;
    assert_eq!(versions(&database).await, before, "it is as usual");
    for k in 3..9 {
        let next = database.store();
        store(&next, &database, [at(k, 900)]).await;
        // What is read once more changes nothing.
        store(&next, &database, [at(k, 900)]).await;
        let live = next.live(&[monitor]).await.unwrap();
        let status = live[0].status.as_ref().unwrap();
        let expected = (k == 8).then_some((slot(8).as_millis(), 100, 900));
        let found = status
            .anomaly
            .map(|found| (found.since.as_millis(), found.expected_ms, found.observed_ms));
        assert_eq!((status.state, found), (LiveState::Up, expected));
    }
    for k in 9..17 {
        store(&database.store(), &database, [at(k, 80)]).await;
    }
    let live = database.store().live(&[monitor]).await.unwrap();
    assert_eq!(live[0].status.as_ref().unwrap().anomaly, None);
    // Those that were slower are among the last ones no more, and what is as usual is not written again.
    for k in 17..19 {
        store(&one, &database, [at(k, 80)]).await;
    }
    let before = versions(&database).await;
    store(&one, &database, [at(19, 80)]).await;
    assert_eq!(versions(&database).await, before);
}

#[derive(Clone, Debug)]
enum Step {
    Result {
        k: i64,
        up: bool,
        slow: bool,
        revision: Option<u32>,
    },
    Paused(u32),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let revision = prop_oneof![6 => Just(Some(1)), 1 => Just(Some(2)), 1 => Just(None)];
    prop_oneof![
        20 => (0..40i64, prop::bool::weighted(0.8), prop::bool::weighted(0.1), revision)
            .prop_map(|(k, up, slow, revision)| Step::Result { k, up, slow, revision }),
        1 => (1..4u32).prop_map(Step::Paused),
        4 => Just(Step::Crash),
    ]
}

fn record(database: &Database, step: &Step) -> Option<Record> {
    let monitor = database.monitors[0];
    match *step {
        Step::Result {
            k,
            up,
            slow,
            revision,
        } => {
            let mut result: CheckResult = result(monitor, slot(k), up);
            result.revision = revision;
            result.latency_ms = Some(if slow { 900 } else { 80 });
            result.rule.slow_ms = Some(500);
            result.rule.down_after = 2;
            result.rule.up_after = 2;
            Some(Record::Result(result))
        }
        Step::Paused(revision) => {
            let event = LifecycleEvent::Paused;
            Some(lifecycle(monitor, database.org, slot(20), revision, event))
        }
        Step::Crash => None,
    }
}

/// Has the records folded by processors that come and go, one at each that is none, and compares what they decide with
/// one fold in memory.
async fn assert_decides_alike(database: &Database, records: &[Option<Record>]) {
    let mut processor = database.store();
    let mut state = MonitorState::default();
    for (at, record) in records.iter().enumerate() {
        let Some(record) = record else {
            processor = database.store();
            continue;
        };
        let decision = decide(std::mem::take(&mut state), record);
        state = decision.state;
        let counts = store(&processor, database, [record.clone()]).await.counts;
        let effect = (counts.applied, counts.late, counts.old_revision);
        let expected = match decision.effect {
            domain::Effect::Applied => (1, 0, 0),
            domain::Effect::Late => (0, 1, 0),
            _ => (0, 0, 1),
        };
        assert_eq!(effect, expected, "step {at} of {records:?}");
        let (opened, closed) = decision.transition.map_or((0, 0), |transition| {
            (
                u64::from(transition.opened.is_some()),
                u64::from(transition.closed.is_some()),
            )
        });
        assert_eq!(
            (counts.opened, counts.closed),
            (opened, closed),
            "step {at} of {records:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]
    /// Processors that come and go decide like one that folds from memory.
    #[test]
    fn crashes_change_no_decision(steps in prop::collection::vec(step(), 10..60)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let database = Database::with_monitors(1).await;
            let records: Vec<_> = steps.iter().map(|step| record(&database, step)).collect();
            assert_decides_alike(&database, &records).await;
        });
    }

    /// So they do where so many of the last results, or failures that last, open an incident.
    #[test]
    fn crashes_lose_none_of_the_last_results(
        steps in prop::collection::vec(prop::option::weighted(0.7, prop::bool::weighted(0.6)), 10..60),
        down_of in prop::option::of(3..7u16),
        down_for_seconds in prop_oneof![Just(0), 60..400u32],
    ) {
        let rule = Rule { down_after: 2, down_of, down_for_seconds, ..Rule::default() };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let database = Database::with_monitors(1).await;
            let monitor = database.monitors[0];
            let record = |(k, up): (i64, &Option<bool>)| up.map(|up| {
                Record::Result(CheckResult { rule, ..result(monitor, slot(k), up) })
            });
            let records: Vec<_> = (0..).zip(&steps).map(record).collect();
            assert_decides_alike(&database, &records).await;
        });
    }
}
