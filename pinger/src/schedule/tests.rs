//! The schedule with a paused clock.

mod boundaries;
mod interrupted;
mod regions;

use std::time::Duration;

use domain::monitor::{Definition, HttpProbe, Probe, Spec};
use domain::record::SkipReason;
use domain::{Grid, MonitorId, OrgId, Rule, Timestamp};
use tokio::time::advance;

use super::lanes::Lane;
use super::types::{FinishedCheck, StartCheck};
use super::*;
use crate::monitor::Monitor;

/// A round number of days, so that slots are easy to name.
const BEGIN_MS: i64 = 20_000 * 86_400_000;
pub(super) const INTERVAL_MS: u32 = 10_000;

pub(super) fn monitor(id: i64, revision: u32, paused: bool) -> Arc<Monitor> {
    let spec = Spec {
        interval_ms: INTERVAL_MS,
        timeout_ms: 1_000,
        retries: 0,
        retry_delay_ms: 0,
        rule: Rule::default(),
        paused,
        probe: Probe::Http(HttpProbe::get(format!("http://host-{id}.example/"))),
        upside_down: false,
        regions: Vec::new(),
        quorum: None,
        quorum_asked: None,
    };
    let definition = Definition {
        id: MonitorId(id),
        org_id: OrgId(7),
        revision,
        changed_at: None,
        probe_revision: None,
        spec,
    };
    Arc::new(Monitor::compile(definition).unwrap())
}

pub(super) fn grid(id: i64) -> Grid {
    Grid::new(MonitorId(id), INTERVAL_MS)
}

pub(super) struct Bench {
    pub(super) clock: crate::clock::Clock,
    pub(super) schedule: Schedule,
    pub(super) started: Vec<StartCheck>,
    pub(super) skipped: Vec<(Timestamp, Timestamp, SkipReason)>,
    /// Slots of which was told what a check found over a standstill.
    pub(super) told: Vec<Timestamp>,
}

impl Bench {
    fn new(limits: Limits) -> Self {
        let clock = crate::clock::Clock::starting_at(BEGIN_MS * 1_000);
        let mut schedule = Schedule::new(clock.clone(), OwnedShards::new(4), limits);
        schedule.take_shards((0..4).map(|shard| (shard, None)).collect());
        Self {
            clock,
            schedule,
            started: Vec::new(),
            skipped: Vec::new(),
            told: Vec::new(),
        }
    }

    /// With room for so many checks at once of each host.
    pub(super) fn narrow(per_host: usize) -> Self {
        Self::new(Limits {
            regular: 100,
            failing: 100,
            catch_up: 100,
            per_host,
        })
    }

    pub(super) fn roomy() -> Self {
        Self::narrow(100)
    }

    pub(super) fn take_actions(&mut self) {
        for action in self.schedule.actions() {
            match action {
                Action::Start(start) => self.started.push(start),
                Action::Skip(skip) => self.skipped.push((skip.from, skip.until, skip.reason)),
                Action::Publish(found) => self.told.push(found.slot),
            }
        }
    }

    pub(super) fn upsert(&mut self, monitor: Arc<Monitor>, origin: Origin) {
        self.schedule.upsert(monitor, origin);
        self.take_actions();
    }

    /// Ends the check that was started last.
    pub(super) fn end(&mut self, up: bool) -> Timestamp {
        let start = self.started.pop().expect("a check has been started");
        self.schedule.finished(FinishedCheck {
            up: Some(up),
            ..FinishedCheck::of(&start)
        });
        self.take_actions();
        start.slot
    }

    /// Lets time pass, and timers expire.
    pub(super) async fn pass(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        loop {
            let expired = tokio::select! {
                biased;
                id = poll_fn(|context| self.schedule.poll_expired(context)) => Some(id),
                () = tokio::time::sleep_until(until) => None,
            };
            match expired {
                Some(id) => self.schedule.expired(id),
                None => return,
            }
            self.take_actions();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_check_is_made_at_once_and_the_others_at_their_slots() {
    let mut bench = Bench::roomy();
    let begin = bench.clock.now();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    let first = bench.end(true);
    assert_eq!(first, grid(1).at_or_before(begin));
    for n in 1..=3 {
        bench.pass(Duration::from_millis(u64::from(INTERVAL_MS))).await;
        assert_eq!(bench.end(true), first.plus_millis(n * i64::from(INTERVAL_MS)));
    }
    assert!(bench.skipped.is_empty());
}

#[tokio::test(start_paused = true)]
async fn checks_start_within_two_milliseconds_of_their_slots() {
    let mut bench = Bench::roomy();
    for id in 1..=50 {
        bench.upsert(monitor(id, 1, false), Origin::Change);
        bench.end(true);
    }
    for _ in 0..20_000 {
        bench.pass(Duration::from_millis(1)).await;
        while let Some(start) = bench.started.last() {
            let lateness = bench.clock.now().millis_since(start.slot);
            assert!((0..=2).contains(&lateness), "{lateness}");
            bench.end(true);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn edits_take_effect_at_once_and_older_revisions_never() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 2, false), Origin::Change);
    let running = bench.started.pop().unwrap();
    bench.upsert(monitor(1, 1, true), Origin::Change);
    bench.upsert(monitor(1, 2, false), Origin::Change);
    assert!(bench.started.is_empty());
    bench.upsert(monitor(1, 3, false), Origin::Change);
    assert_eq!(bench.started[0].monitor.revision, 3);
    // The end of the check that the edit has aborted says nothing of the new one.
    bench.schedule.finished(FinishedCheck {
        up: Some(false),
        ..FinishedCheck::of(&running)
    });
    assert_eq!(bench.schedule.running(), 1);
    bench.end(true);
    bench.upsert(monitor(1, 4, true), Origin::Change);
    bench.pass(Duration::from_secs(60)).await;
    assert!(bench.started.is_empty(), "it is paused");
    bench.upsert(monitor(1, 5, false), Origin::Change);
    bench.end(true);
    bench.schedule.remove(1, None);
    bench.upsert(monitor(1, 5, false), Origin::Load);
    bench.pass(Duration::from_secs(60)).await;
    assert!(bench.started.is_empty(), "an older answer does not bring it back");
    assert_eq!(bench.schedule.monitors(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_restored_database_brings_back_is_checked_at_once() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 5, false), Origin::Change);
    bench.end(true);
    bench.schedule.remove(1, None);
    bench.schedule.remove(1, None);
    // The removal made revision 6, the restore 7.
    bench.upsert(monitor(1, 6, false), Origin::Change);
    assert!(bench.started.is_empty());
    bench.upsert(monitor(1, 7, false), Origin::Change);
    assert_eq!(bench.started[0].monitor.revision, 7);
    bench.end(true);
    // And removed once more, it stays away.
    bench.schedule.remove(1, None);
    bench.upsert(monitor(1, 7, false), Origin::Change);
    assert!(bench.started.is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_a_standstill_one_check_is_made_and_the_gap_is_skipped() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    let first = bench.end(true);
    advance(Duration::from_secs(95)).await;
    bench.pass(Duration::ZERO).await;
    assert_eq!(bench.started.len(), 1);
    let resumed = bench.end(true);
    assert_eq!(resumed, grid(1).at_or_before(bench.clock.now()));
    let interval = i64::from(INTERVAL_MS);
    assert_eq!(
        bench.skipped,
        [(
            first.plus_millis(interval),
            resumed.plus_millis(-interval),
            SkipReason::Overload
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_comes_during_the_first_check_follows_it() {
    let interval = i64::from(INTERVAL_MS);
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    // The check still runs when its first slot comes, and the one after that.
    bench
        .pass(Duration::from_millis(u64::from(INTERVAL_MS) * 2))
        .await;
    assert_eq!((bench.started.len(), bench.skipped.len()), (1, 0));
    let first = bench.end(true);
    let second = bench.end(true);
    assert_eq!(second, grid(1).at_or_before(bench.clock.now()));
    assert_eq!(second.millis_since(first), 2 * interval);
    let between = first.plus_millis(interval);
    assert_eq!(bench.skipped, [(between, between, SkipReason::Overload)]);
    bench.pass(Duration::from_millis(u64::from(INTERVAL_MS))).await;
    assert_eq!(bench.end(true), second.plus_millis(interval));

    // What is due by the time of a hand-over is published by the pod that leaves.
    bench.upsert(monitor(1, 2, false), Origin::Change);
    bench.skipped.clear();
    bench.pass(Duration::from_millis(u64::from(INTERVAL_MS))).await;
    let boundary = bench.schedule.hand_over(&[0, 1, 2, 3]);
    bench.take_actions();
    let latest = grid(1).at_or_before(boundary);
    assert_eq!(bench.skipped, [(latest, latest, SkipReason::Overload)]);
    assert_eq!(bench.end(true), latest.plus_millis(-interval));
    assert!(bench.started.is_empty());
    assert_eq!(bench.schedule.monitors(), 0);
}

#[tokio::test(start_paused = true)]
async fn slots_that_find_no_room_are_skipped_and_every_monitor_gets_its_turn() {
    let mut bench = Bench::new(Limits {
        regular: 1,
        failing: 1,
        catch_up: 1,
        per_host: 1,
    });
    for id in 1..=3 {
        bench.upsert(monitor(id, 1, false), Origin::Change);
    }
    for _ in 0..3 {
        bench.end(true);
    }
    assert!(bench.started.is_empty());
    // The first check to come takes all the room for three intervals.
    bench
        .pass(Duration::from_millis(u64::from(INTERVAL_MS)) * 3)
        .await;
    assert_eq!((bench.started.len(), bench.schedule.waiting()), (1, 2));
    let slots: u64 = bench
        .skipped
        .iter()
        .map(|(from, until, _)| until.millis_since(*from) as u64 / u64::from(INTERVAL_MS) + 1)
        .sum();
    assert_eq!(slots, 6, "two slots of each of three monitors");
    let mut turns: Vec<i64> = Vec::new();
    while let Some(start) = bench.started.last() {
        turns.push(start.monitor.id.0);
        bench.end(true);
    }
    turns.sort_unstable();
    assert_eq!(turns, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn monitors_that_fail_have_a_lane_of_their_own() {
    let mut bench = Bench::new(Limits {
        regular: 1,
        failing: 1,
        catch_up: 10,
        per_host: 10,
    });
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.end(false);
    bench.upsert(monitor(2, 1, false), Origin::Change);
    bench.end(true);
    bench.pass(Duration::from_millis(u64::from(INTERVAL_MS))).await;
    let mut lanes: Vec<_> = bench
        .started
        .iter()
        .map(|start| (start.monitor.id.0, start.lane))
        .collect();
    lanes.sort_by_key(|(id, _)| *id);
    assert_eq!(lanes, [(1, Lane::Failing), (2, Lane::Regular)]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_out_of_turn_finds_room_in_its_turn() {
    let mut bench = Bench::new(Limits {
        regular: 1,
        failing: 1,
        catch_up: 1,
        per_host: 10,
    });
    // The first one hangs.
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.upsert(monitor(2, 1, false), Origin::Change);
    assert_eq!((bench.started.len(), bench.schedule.waiting()), (1, 1));
    bench.pass(Duration::from_millis(u64::from(INTERVAL_MS))).await;
    let second = bench.started.last().expect("it has been started");
    assert_eq!((second.monitor.id.0, second.lane), (2, Lane::Regular));
    assert_eq!(second.slot, grid(2).at_or_before(bench.clock.now()));
    assert_eq!(bench.skipped, []);
    bench.end(true);
    bench.end(true);
    // The slot of the one that hung has come meanwhile.
    assert_eq!(bench.end(true), grid(1).at_or_before(bench.clock.now()));
    assert_eq!((bench.schedule.running(), bench.schedule.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reconciliation_removes_what_it_did_not_see() {
    let mut bench = Bench::roomy();
    for id in 1..=3 {
        bench.upsert(monitor(id, 1, false), Origin::Change);
    }
    let (number, shards) = bench.schedule.begin_reconcile();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.upsert(monitor(4, 1, false), Origin::Change);
    assert_eq!(bench.schedule.end_reconcile(number, &shards), 2);
    assert_eq!(bench.schedule.monitors(), 2);
}
