//! Monitors that several regions check: what is stored of them, whatever comes late, twice, or to another processor.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::running::World;
use crate::common::{Database, lifecycle, result, skipped, start};
use chrono::{DateTime, Utc};
use domain::live::{IncidentRegions, LiveState, RegionState};
use domain::record::{LifecycleEvent, PointState};
use domain::{CheckResult, Effect, MonitorId, MonitorState, Needed, Quorum, Record, Rule, Timestamp, decide};
use processor::{Applied, Command, Entry, LiveEvent, LiveUpdate, Rebuild, Store};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const REGIONS: [&str; 3] = ["ap", "eu", "us"];

fn quorum(down: Needed, min_regions: u8) -> Option<Arc<Quorum>> {
    Some(Arc::new(Quorum {
        regions: REGIONS.iter().map(|&name| name.to_owned()).collect(),
        down,
        min_regions,
    }))
}

/// The slot of a region in a minute: they look in turn.
fn slot(region: usize, minute: i64) -> Timestamp {
    start().plus_millis(minute * MINUTE + region as i64 * 20_000)
}

/// A result of a region, two of which must find the monitor down.
fn of(monitor: MonitorId, region: usize, minute: i64, up: bool) -> CheckResult {
    CheckResult {
        region: REGIONS[region].to_owned(),
        quorum: quorum(Needed::Regions(2), 2),
        ..result(monitor, slot(region, minute), up)
    }
}

async fn store(store: &Store, database: &Database, records: impl IntoIterator<Item = Record>) -> Applied {
    let entries: Vec<Entry> = records.into_iter().map(|record| database.entry(record)).collect();
    store.apply(&entries).await.unwrap()
}

fn round(monitor: MonitorId, minute: i64, up: [bool; 3]) -> Vec<Record> {
    let result = |region| Record::Result(of(monitor, region, minute, up[region]));
    (0..3).map(result).collect()
}

/// What names the version of the row of a state.
async fn version(database: &Database) -> String {
    let select = "SELECT ctid::text || '@' || xmin::text FROM monitor_states";
    database.client.query_one(select, &[]).await.unwrap().get(0)
}

async fn state_now(database: &Database) -> Option<MonitorState> {
    let select = "SELECT fold::text FROM monitor_states_now";
    let row = database.client.query_opt(select, &[]).await.unwrap()?;
    Some(serde_json::from_str(row.get(0)).unwrap())
}

#[tokio::test]
async fn steady_results_of_regions_write_no_state_and_are_known_after_a_crash() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let one = database.store();
    store(&one, &database, round(monitor, 0, [true; 3])).await;
    let before = version(&database).await;
    for minute in 1..20 {
        store(&one, &database, round(monitor, minute, [true; 3])).await;
    }
    assert_eq!(version(&database).await, before);
    let votes = state_now(&database).await.unwrap().votes.unwrap();
    for (region, name) in REGIONS.iter().enumerate() {
        assert_eq!(votes.regions[*name].last_slot, Some(slot(region, 19)), "{name}");
    }
    let live = database.store().live(&[monitor]).await.unwrap();
    let status = live[0].status.as_ref().unwrap();
    assert_eq!(status.last_checked_at, Some(slot(2, 19).plus_millis(7)));
    assert_eq!((status.state, status.is_unseen), (LiveState::Up, false));
    assert_eq!(live[0].status, one.live(&[monitor]).await.unwrap()[0].status);
    // As the first one began, no other had been heard of.
    let states: Vec<PointState> = live[0].points.iter().map(|point| point.state).collect();
    assert_eq!((states.len(), states[0]), (60, PointState::Skipped));
    assert!(states[1..].iter().all(|state| *state == PointState::Up));

    // One region alone is a change of its vote, and no outage.
    let counts = store(&one, &database, [Record::Result(of(monitor, 0, 20, false))])
        .await
        .counts;
    assert_eq!((counts.applied, counts.opened), (1, 0));
    assert_ne!(version(&database).await, before);
}

#[tokio::test]
async fn an_incident_says_which_regions_found_it_and_the_status_what_each_says() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let one = database.store();
    // One region is too few to decide.
    let first = store(&one, &database, [Record::Result(of(monitor, 1, -1, true))]).await;
    let status = first.live[0].status.as_ref().unwrap();
    assert_eq!((status.state, status.is_unseen), (LiveState::Pending, true));
    assert_eq!(first.live[0].points[0].state, PointState::Skipped);

    store(&one, &database, round(monitor, 0, [true; 3])).await;
    for minute in 1..4 {
        // The first one is not heard of any more.
        let rest = round(monitor, minute, [true; 3]).into_iter().skip(1);
        store(&one, &database, rest).await;
    }
    let down = round(monitor, 4, [true, false, false]).into_iter().skip(1);
    let opened = store(&one, &database, down).await;
    assert_eq!(opened.counts.opened, 1);
    let live = &opened.live[0];
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
    let regions = IncidentRegions {
        down: names(&["eu", "us"]),
        up: Vec::new(),
        absent: names(&["ap"]),
    };
    assert!(
        matches!(&live.events[0], LiveEvent::Incident(view) if view.regions.as_ref() == Some(&regions)),
        "{:?}",
        live.events
    );
    assert!(
        matches!(&live.events[1], LiveEvent::Status(Some(point)) if point.state == PointState::Down),
        "{:?}",
        live.events
    );
    let status = live.status.clone().unwrap();
    assert_eq!((status.state, status.is_unseen), (LiveState::Down, false));
    let says: Vec<_> = status
        .regions
        .iter()
        .map(|it| (it.region.as_str(), it.state))
        .collect();
    let expected = [
        ("ap", RegionState::Absent),
        ("eu", RegionState::Down),
        ("us", RegionState::Down),
    ];
    assert_eq!(says, expected);
    assert_eq!(status.regions[0].last_checked_at, Some(slot(0, 0).plus_millis(7)));
    assert_eq!(status.regions[0].since, None, "it says nothing now");
    assert!(status.regions[1].since.is_some() && status.regions[2].since.is_some());
    let broke = format!("it broke at {}", slot(1, 4));
    assert_eq!(status.regions[1].error, Some(broke));

    // Another processor knows the same.
    let other = database.store();
    let known = other.live(&[monitor]).await.unwrap();
    assert_eq!(known[0].status.as_ref().unwrap().regions, status.regions);
    assert_eq!(known[0].version, live.version);
    let closed = store(&other, &database, [Record::Result(of(monitor, 1, 5, true))]).await;
    assert_eq!(closed.counts.closed, 1);
    assert!(matches!(&closed.live[0].events[0], LiveEvent::Incident(view)
            if view.regions.as_ref() == Some(&regions) && view.resolved_at.is_some()));
    let select = "SELECT regions::text FROM incidents";
    let stored: String = database.client.query_one(select, &[]).await.unwrap().get(0);
    assert_eq!(serde_json::from_str::<IncidentRegions>(&stored).unwrap(), regions);
}

#[tokio::test]
async fn slots_of_one_region_do_not_wait_for_those_of_another() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let one = database.store();
    store(&one, &database, round(monitor, 0, [true; 3])).await;
    let newer = store(&one, &database, [Record::Result(of(monitor, 2, 1, true))]).await;
    let older = store(&one, &database, [Record::Result(of(monitor, 0, 1, true))]).await;
    assert_eq!(older.counts.applied, 1);
    assert!(
        older.live[0].version > newer.live[0].version,
        "Redis takes it for newer"
    );
    let checked_at = |live: &LiveUpdate| live.status.as_ref().and_then(|status| status.last_checked_at);
    let newest = Some(slot(2, 1).plus_millis(7));
    assert_eq!(checked_at(&newer.live[0]), newest);
    assert_eq!(checked_at(&older.live[0]), newest, "and so does the dashboard");
    let known = database.store().live(&[monitor]).await.unwrap();
    assert_eq!(checked_at(&known[0]), newest);
    let votes = state_now(&database).await.unwrap().votes.unwrap();
    assert_eq!(votes.regions["ap"].last_slot, Some(slot(0, 1)));
    assert_eq!(votes.regions["us"].last_slot, Some(slot(2, 1)));
}

#[tokio::test]
async fn what_has_no_say_is_counted_and_stands_for_no_time() {
    let database = Database::with_monitors(1).await;
    let monitor = database.monitors[0];
    let one = database.store();
    for minute in 0..5 {
        store(&one, &database, round(monitor, minute, [true; 3])).await;
    }
    let times = "SELECT sum(up_ms + degraded_ms + down_ms)::bigint FROM rollups_hourly";
    let before = database.count(times).await;
    // From when two are heard of until the last one but one is not any more.
    assert_eq!(before, 5 * MINUTE);
    let stray = store(
        &one,
        &database,
        [Record::Result(result(monitor, slot(1, 2), false))],
    )
    .await;
    assert_eq!((stray.counts.uncounted, stray.counts.inserted), (1, 1));
    assert!(stray.live[0].points.is_empty(), "it is none of what regions say");
    assert_eq!(database.count(times).await, before);
    assert_eq!(
        database
            .count("SELECT sum(down)::bigint FROM rollups_hourly")
            .await,
        1
    );
    let stands = "SELECT sum(interval_ms)::bigint FROM check_results WHERE NOT by_quorum";
    assert_eq!(database.count(stands).await, 0);
    let of_regions = "SELECT sum(up + down)::bigint FROM rollups_hourly_by_region";
    assert_eq!(database.count(of_regions).await, 15);
}

#[tokio::test]
async fn what_stood_alone_does_so_however_its_records_come_in_batches() {
    for at_once in [1, 3] {
        let database = Database::with_monitors(1).await;
        let monitor = database.monitors[0];
        let one = database.store();
        // Of before several regions decided, and again after: the second one has no say.
        let alone = result(monitor, slot(0, -3), true);
        let records = [alone.clone(), of(monitor, 0, 0, true), alone].map(Record::Result);
        let entries: Vec<Entry> = records.into_iter().map(|record| database.entry(record)).collect();
        let mut uncounted = 0;
        for batch in entries.chunks(at_once) {
            uncounted += one.apply(batch).await.unwrap().counts.uncounted;
        }
        assert_eq!(uncounted, 1);
        let stands = "SELECT sum(interval_ms)::bigint FROM check_results WHERE NOT by_quorum";
        assert_eq!(database.count(stands).await, MINUTE, "{at_once} at once");
    }
}

#[tokio::test]
async fn what_stood_alone_ends_where_several_regions_begin_to_decide() {
    for at_once in [1, 16] {
        let database = Database::with_monitors(1).await;
        let monitor = database.monitors[0];
        let one = database.store();
        let alone = Record::Result(result(monitor, slot(2, -1), true));
        let together = (0..5).flat_map(|minute| round(monitor, minute, [true; 3]));
        let entries: Vec<Entry> = [alone]
            .into_iter()
            .chain(together)
            .map(|record| database.entry(record))
            .collect();
        for batch in entries.chunks(at_once) {
            one.apply(batch).await.unwrap();
        }
        let stands = "SELECT sum(interval_ms)::bigint FROM check_results WHERE NOT by_quorum";
        assert_eq!(database.count(stands).await, 20_000, "{at_once} at once");
        let times = "SELECT sum(up_ms + degraded_ms + down_ms)::bigint FROM rollups_hourly";
        assert_eq!(
            database.count(times).await,
            20_000 + 5 * MINUTE,
            "{at_once} at once"
        );
    }
}

/// Two hours of three regions: failures of one, two and all, slow answers, one that is silent, and an edit.
fn history(database: &Database) -> Vec<Entry> {
    let monitor = database.monitors[0];
    let edited_at = start().plus_millis(100 * MINUTE + 30_000);
    let mut all = Vec::new();
    for minute in 0..125 {
        for (region, name) in REGIONS.into_iter().enumerate() {
            let fails = match region {
                0 => (30..40).contains(&minute),
                1 => (35..50).contains(&minute) || (110..113).contains(&minute),
                _ => (60..65).contains(&minute) || (38..39).contains(&minute),
            };
            if region == 0 && (70..80).contains(&minute) {
                if minute == 70 {
                    let range = skipped(monitor, slot(region, minute), 10);
                    let region = name.to_owned();
                    all.push(database.entry(Record::Skipped(domain::Skipped { region, ..range })));
                }
                continue;
            }
            let mut result = of(monitor, region, minute, !fails);
            let is_slow = region > 0 && (90..96).contains(&minute);
            result.latency_ms = Some(if is_slow { 400 } else { (minute * 37 % 300) as u32 });
            result.rule = Rule {
                slow_ms: Some(300),
                ..Rule::default()
            };
            if result.scheduled_at >= edited_at {
                result.revision = Some(2);
                result.quorum = quorum(Needed::ALL, 1);
            }
            all.push(database.entry(Record::Result(result)));
        }
        if minute == 100 {
            let edited = lifecycle(monitor, database.org, edited_at, 2, LifecycleEvent::Edited);
            all.push(database.entry(edited));
        }
    }
    all
}

/// Milliseconds up, degraded and down, by hour.
type Times = BTreeMap<i64, [i64; 3]>;

/// A row that stands for its time: from, until, what it found, the region and the revision.
type Stands = (i64, i64, usize, String, i32);

async fn rows(database: &Database) -> Vec<Stands> {
    let select =
        "SELECT scheduled_at, interval_ms, state, region, revision FROM check_results WHERE by_quorum";
    let rows = database.client.query(select, &[]).await.unwrap();
    rows.iter()
        .map(|row| {
            let slot = row.get::<_, DateTime<Utc>>(0).timestamp_millis();
            let until = slot + i64::from(row.get::<_, i32>(1));
            (slot, until, row.get::<_, i16>(2) as usize, row.get(3), row.get(4))
        })
        .collect()
}

/// What the rows say together, looked at second by second.
fn looked_at(rows: &[Stands]) -> Times {
    let mut times = Times::new();
    let second = 1_000;
    let from = start().as_millis() - HOUR;
    for at in (from..from + 5 * HOUR).step_by(second as usize) {
        for (revision, needed, least) in [(1, Some(2), 2), (2, None, 1)] {
            let covers = |row: &&Stands| row.0 <= at && at < row.1 && row.4 == revision;
            let found: Vec<usize> = rows.iter().filter(covers).map(|row| row.2).collect();
            if found.len() < least {
                continue;
            }
            let needed = needed.unwrap_or(found.len());
            let down = found.iter().filter(|state| **state == 2).count();
            let slow = found.iter().filter(|state| **state == 1).count();
            let state = match (down, down + slow) {
                (down, _) if down >= needed => 2,
                (_, slow) if slow >= needed => 1,
                _ => 0,
            };
            times.entry(at / HOUR * HOUR).or_default()[state] += second;
        }
    }
    times
}

async fn stored(database: &Database) -> Times {
    let select = "SELECT hour, up_ms, degraded_ms, down_ms FROM rollups_hourly WHERE up_ms + degraded_ms + down_ms > 0";
    let rows = database.client.query(select, &[]).await.unwrap();
    rows.iter()
        .map(|row| {
            let hour: DateTime<Utc> = row.get(0);
            (hour.timestamp_millis(), [row.get(1), row.get(2), row.get(3)])
        })
        .collect()
}

async fn rollups(database: &Database) -> [String; 2] {
    let mut all = [String::new(), String::new()];
    for (all, (table, key)) in all.iter_mut().zip([
        ("rollups_hourly", "monitor_id, hour"),
        ("rollups_hourly_by_region", "monitor_id, hour, region"),
    ]) {
        let select = format!(
            "SELECT json_agg(x)::text FROM (SELECT * FROM {table} WHERE monitor_id > 0 ORDER BY {key}) x"
        );
        *all = database.client.query_one(&select, &[]).await.unwrap().get(0);
    }
    all
}

#[tokio::test]
async fn joint_time_is_exact_after_duplicates_disorder_and_edits_and_a_recount_says_the_same() {
    let (_broker, kafka) = testkit::embedded_kafka();
    let world = World::new(kafka, 1).await;
    let database = &world.database;
    let store = database.store();
    let all = history(database);
    for batch in all.chunks(50) {
        store.apply(batch).await.unwrap();
    }
    let expected = looked_at(&rows(database).await);
    assert!(
        expected.values().flatten().filter(|ms| **ms > 0).count() >= 5,
        "{expected:?}"
    );
    assert_eq!(stored(database).await, expected);
    let straight = rollups(database).await;

    // Backwards and each record twice, to others, which look the same up.
    let other = Database::with_monitors(1).await;
    let backwards: Vec<Entry> = history(&other)
        .into_iter()
        .rev()
        .flat_map(|entry| [entry.clone(), entry])
        .collect();
    for batch in backwards.chunks(17) {
        other.store().apply(batch).await.unwrap();
    }
    assert_eq!(looked_at(&rows(&other).await), expected);
    assert_eq!(stored(&other).await, expected);
    assert_eq!(rollups(&other).await, straight);

    // What each region found is what it found by itself.
    let mut by_itself: BTreeMap<String, i64> = BTreeMap::new();
    for (from, until, _, region, _) in rows(database).await {
        *by_itself.entry(region).or_default() += until - from;
    }
    let select =
        "SELECT region, sum(up_ms + degraded_ms + down_ms)::bigint FROM rollups_hourly_by_region GROUP BY 1";
    let summed = database.client.query(select, &[]).await.unwrap();
    let summed: BTreeMap<String, i64> = summed.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(summed, by_itself);
    let skipped = "SELECT sum(skipped)::bigint FROM rollups_hourly_by_region WHERE region = 'ap'";
    assert_eq!(database.count(skipped).await, 10);

    // Counted anew they are the same.
    let spoil = "UPDATE rollups_hourly SET up_ms = up_ms + 1; DELETE FROM rollups_hourly_by_region WHERE region = 'eu'";
    database.client.batch_execute(spoil).await.unwrap();
    let from = DateTime::<Utc>::from(start()).date_naive();
    let to = DateTime::<Utc>::from(start().plus_millis(3 * HOUR)).date_naive() + chrono::Days::new(1);
    let rebuild = Command::Rebuild(Rebuild::Rollups { from, to });
    rebuild
        .run(&world.settings(), &mut Vec::<u8>::new())
        .await
        .unwrap();
    assert_eq!(rollups(database).await, straight);
}

#[derive(Clone, Debug)]
enum Step {
    Result {
        region: usize,
        behind: i64,
        up: bool,
        slow: bool,
        revision: u32,
        goes_on: bool,
        plain: bool,
    },
    Paused(u32),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let behind = prop_oneof![8 => Just(0), 2 => Just(1), 1 => Just(4), 1 => Just(-3)];
    let revision = prop_oneof![8 => Just(1u32), 1 => Just(2), 1 => Just(3)];
    let said = (
        0..3usize,
        behind,
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.1),
        revision,
        any::<bool>(),
        prop::bool::weighted(0.05),
    );
    prop_oneof![
        20 => said.prop_map(|(region, behind, up, slow, revision, goes_on, plain)| Step::Result {
            region, behind, up, slow, revision, goes_on, plain
        }),
        1 => (1..4u32).prop_map(Step::Paused),
        5 => Just(Step::Crash),
    ]
}

fn record(database: &Database, at: usize, step: &Step) -> Option<Record> {
    let monitor = database.monitors[0];
    match *step {
        Step::Result {
            region,
            behind,
            up,
            slow,
            revision,
            goes_on,
            plain,
        } => {
            let mut result = of(monitor, region, at as i64 / 3 - behind, up);
            result.revision = Some(revision);
            result.probe_revision = goes_on.then_some(1).filter(|_| revision > 1);
            result.latency_ms = Some(if slow { 900 } else { 80 });
            result.rule = Rule {
                slow_ms: Some(500),
                down_after: 2,
                ..Rule::default()
            };
            if plain {
                result.quorum = None;
            }
            Some(Record::Result(result))
        }
        Step::Paused(revision) => {
            let (at, event) = (slot(0, at as i64 / 3), LifecycleEvent::Paused);
            Some(lifecycle(monitor, database.org, at, revision, event))
        }
        Step::Crash => None,
    }
}

/// How many steady results of one region there were is not written, and decides nothing.
fn decisive(mut state: MonitorState) -> MonitorState {
    if let (Some(streak), None) = (&mut state.streak, &state.incident)
        && streak.up
    {
        streak.count = 0;
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    /// Whoever reads the states after any record, as an alerter does that begins anew, knows what one knows that folds
    /// from memory; and processors that come and go decide like that one.
    #[test]
    fn votes_outlast_a_crash_at_any_record(steps in prop::collection::vec(step(), 10..90)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let database = Database::with_monitors(1).await;
            let (mut processor, mut state) = (database.store(), MonitorState::default());
            for (at, step) in steps.iter().enumerate() {
                let Some(record) = record(&database, at, step) else {
                    processor = database.store();
                    continue;
                };
                let decision = decide(std::mem::take(&mut state), &record);
                state = decision.state;
                let counts = store(&processor, &database, [record]).await.counts;
                let effect = (counts.applied, counts.late, counts.old_revision, counts.uncounted);
                let expected = match decision.effect {
                    Effect::Applied => (1, 0, 0, 0),
                    Effect::Late => (0, 1, 0, 0),
                    Effect::Uncounted => (0, 0, 0, 1),
                    _ => (0, 0, 1, 0),
                };
                assert_eq!(effect, expected, "step {at} of {steps:?}");
                let now = state_now(&database).await.unwrap();
                assert_eq!(decisive(now), decisive(state.clone()), "after step {at} of {steps:?}");
            }
        });
    }
}
