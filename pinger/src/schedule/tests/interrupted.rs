//! Standstills, losses and ends of what is under way.

use domain::internal::shard_of;

use super::super::types::{Ending, Found};
use super::*;

const INTERVAL: Duration = Duration::from_millis(INTERVAL_MS as u64);
const STANDSTILL: Duration = Duration::from_secs(35);

/// Ends the check that was started last as one that standstills left without a verdict.
fn void(bench: &mut Bench) {
    let start = bench.started.pop().unwrap();
    bench.schedule.finished(FinishedCheck {
        ending: Ending::Void,
        ..FinishedCheck::of(&start)
    });
    bench.take_actions();
}

/// Ends the check that was started last as one that spans a standstill and has found that the target is up.
fn found(bench: &mut Bench) -> Timestamp {
    let start = bench.started.pop().unwrap();
    let slot = start.slot;
    let finished = FinishedCheck::of(&start);
    let found = Found {
        monitor: start.monitor,
        slot,
        timestamp: slot,
        outcome: crate::publish::tests::up(),
        is_ours: false,
    };
    bench.schedule.finished(FinishedCheck {
        up: Some(true),
        ending: Ending::Unpublished(Box::new(found)),
        ..finished
    });
    slot
}

async fn stand_still(bench: &mut Bench) {
    advance(STANDSTILL).await;
    bench.schedule.stood_still();
    bench.pass(Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn what_spans_a_standstill_is_checked_again_for_the_latest_slot() {
    let interval = i64::from(INTERVAL_MS);
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.end(true);
    bench.pass(INTERVAL).await;
    let interrupted = bench.started[0].slot;
    stand_still(&mut bench).await;
    assert_eq!(bench.skipped, [], "it is not known yet what the check has found");
    void(&mut bench);
    let repeated = bench.end(true);
    assert_eq!(repeated, grid(1).at_or_before(bench.clock.now()));
    let before = repeated.plus_millis(-interval);
    assert_eq!(bench.skipped, [(interrupted, before, SkipReason::Standstill)]);
    bench.pass(INTERVAL).await;
    assert_eq!(bench.end(true), repeated.plus_millis(interval));
}

#[tokio::test(start_paused = true)]
async fn slots_that_a_standstill_took_are_told_with_their_reason() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.end(true);
    stand_still(&mut bench).await;
    let reasons: Vec<_> = bench.skipped.iter().map(|(.., reason)| *reason).collect();
    assert_eq!(reasons, [SkipReason::Standstill]);
    // What is missed afterwards is another matter.
    bench.pass(INTERVAL * 3).await;
    let (.., last) = bench.skipped.last().unwrap();
    assert_eq!(*last, SkipReason::Overload);
}

#[tokio::test(start_paused = true)]
async fn a_first_check_that_is_void_tells_no_slot_before_the_monitor_as_skipped() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    let first = bench.started[0].slot;
    stand_still(&mut bench).await;
    void(&mut bench);
    assert!(bench.skipped.iter().all(|(from, ..)| *from > first));
    assert_eq!(bench.started[0].slot, grid(1).at_or_before(bench.clock.now()));
    // The repetition is for a slot of the monitor's own.
    let (second, skipped) = (bench.started[0].slot, bench.skipped.len());
    stand_still(&mut bench).await;
    void(&mut bench);
    assert_eq!(bench.skipped[skipped].0, second);
}

#[tokio::test(start_paused = true)]
async fn after_some_void_checks_in_a_row_each_slot_is_skipped_once() {
    let interval = i64::from(INTERVAL_MS);
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    let first = bench.end(true);
    for nth in 1..=5 {
        bench.pass(INTERVAL).await;
        let slot = first.plus_millis(nth * interval);
        let mut checks = 0;
        while bench.started.last().is_some_and(|start| start.slot == slot) {
            checks += 1;
            void(&mut bench);
        }
        assert_eq!(checks, if nth == 1 { 3 } else { 1 });
        assert_eq!(
            bench.skipped.pop(),
            Some((slot, slot, SkipReason::Standstill)),
            "slot {nth} is not passed over in silence"
        );
    }
    bench.pass(INTERVAL).await;
    bench.end(false);
    assert_eq!(bench.skipped, []);
    // A check with a verdict makes up for it.
    bench.pass(INTERVAL).await;
    void(&mut bench);
    assert_eq!((bench.started.len(), bench.skipped.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_void_check_that_was_handed_over_is_told_and_one_that_was_lost_is_not() {
    for (is_lost, told) in [(false, 1), (true, 0)] {
        let mut bench = Bench::roomy();
        bench.upsert(monitor(1, 1, false), Origin::Change);
        bench.end(true);
        bench.pass(INTERVAL).await;
        let slot = bench.started[0].slot;
        if is_lost {
            bench.schedule.lose_shards(&[0, 1, 2, 3]);
        } else {
            bench.schedule.hand_over(&[0, 1, 2, 3]);
        }
        void(&mut bench);
        let expected = [(slot, slot, SkipReason::Standstill)];
        assert_eq!(bench.skipped, expected[..told]);
        assert_eq!((bench.schedule.monitors(), bench.schedule.running()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_check_found_over_a_standstill_is_told_unless_the_shard_was_lost() {
    for (lost, handed_over, told) in [(false, false, 1), (false, true, 1), (true, false, 0)] {
        for finds_first in [false, true] {
            let mut bench = Bench::roomy();
            bench.upsert(monitor(1, 1, false), Origin::Change);
            bench.end(true);
            bench.pass(INTERVAL).await;
            bench.schedule.stood_still();
            if finds_first {
                found(&mut bench);
            }
            if lost {
                bench.schedule.lose_shards(&[0, 1, 2, 3]);
            }
            if handed_over {
                bench.schedule.hand_over(&[0, 1, 2, 3]);
            }
            if !finds_first {
                found(&mut bench);
            }
            bench.take_actions();
            assert_eq!(bench.told.len(), told, "{lost} {handed_over} {finds_first}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn room_that_lost_shards_leave_is_given_to_those_who_wait_for_the_host() {
    let mut bench = Bench::narrow(1);
    let host = |id| {
        let mut monitor = Arc::into_inner(monitor(id, 1, false)).unwrap();
        monitor.host = 7;
        Arc::new(monitor)
    };
    bench.schedule.upsert(host(1), Origin::Change);
    let lost = shard_of(MonitorId(1), 4);
    let other = (2..).find(|id| shard_of(MonitorId(*id), 4) != lost);
    bench.schedule.upsert(host(other.unwrap()), Origin::Change);
    assert_eq!((bench.schedule.running(), bench.schedule.waiting()), (1, 1));
    bench.schedule.lose_shards(&[lost]);
    bench.take_actions();
    let started: Vec<i64> = bench.started.iter().map(|start| start.monitor.id.0).collect();
    assert_eq!(started, [other.unwrap()]);
    assert_eq!((bench.schedule.running(), bench.schedule.waiting()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn checks_that_were_held_back_and_are_outdated_are_not_made() {
    let mut bench = Bench::roomy();
    bench.schedule.upsert(monitor(1, 1, false), Origin::Change);
    bench.schedule.upsert(monitor(2, 1, false), Origin::Change);
    bench.schedule.upsert(monitor(1, 2, false), Origin::Change);
    bench.schedule.remove(2, None);
    bench.schedule.discard_outdated();
    bench.take_actions();
    let started: Vec<u32> = bench.started.iter().map(|start| start.monitor.revision).collect();
    assert_eq!((started, bench.schedule.running()), (vec![2], 1));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_nothing_is_told_of_what_another_pod_has_taken() {
    let mut bench = Bench::roomy();
    for id in [1, 2] {
        bench.upsert(monitor(id, 1, false), Origin::Change);
        bench.end(true);
    }
    bench.pass(INTERVAL).await;
    let lost = shard_of(MonitorId(1), 4);
    bench.schedule.lose_shards(&[lost]);
    bench.schedule.end_all();
    bench.take_actions();
    let same = shard_of(MonitorId(2), 4) == lost;
    assert_eq!(bench.skipped.len(), usize::from(!same));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_of_shards_that_another_pod_took_meanwhile() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.end(true);
    advance(STANDSTILL).await;
    // The standstill is noticed when the schedule turns to something.
    let id = poll_fn(|context| bench.schedule.poll_expired(context)).await;
    bench.schedule.stood_still();
    bench.schedule.expired(id);
    bench.schedule.lose_shards(&[0, 1, 2, 3]);
    bench.take_actions();
    assert_eq!((bench.started.len(), bench.skipped.len()), (0, 0));
    assert_eq!((bench.schedule.monitors(), bench.schedule.running()), (0, 0));
}
