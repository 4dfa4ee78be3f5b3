//! From where on a shard is checked that another pod has checked.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_boundary_of_a_clock_that_is_ahead_stops_nothing() {
    let mut bench = Bench::roomy();
    let ahead = bench.clock.now().plus_millis(3_600_000);
    bench.schedule.take_shards(vec![(1, Some(ahead))]);
    bench.upsert(monitor(1, 1, false), Origin::Load);
    bench.pass(Duration::from_secs(20)).await;
    assert!(!bench.started.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_was_handed_over_continues_where_its_holder_stopped() {
    for passed_ms in [0, 3_000, 35_000] {
        let mut bench = Bench::roomy();
        let boundary = bench.clock.now();
        bench.schedule.take_shards(vec![(1, Some(boundary))]);
        advance(Duration::from_millis(passed_ms)).await;
        bench.upsert(monitor(1, 1, false), Origin::Load);
        while bench.started.is_empty() {
            bench.pass(Duration::from_millis(100)).await;
        }
        let missed: u64 = bench
            .skipped
            .iter()
            .map(|(from, until, reason)| {
                assert_eq!(*reason, SkipReason::NoLease);
                grid(1).count_between(from.plus_millis(-1), *until)
            })
            .sum();
        let first = bench.started.first().unwrap().slot;
        let begun = grid(1).count_between(boundary, first);
        assert_eq!(
            begun,
            missed + 1,
            "every slot after the boundary is accounted for"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_during_a_hand_over_is_checked_at_once() {
    let mut bench = Bench::roomy();
    let boundary = bench.clock.now();
    bench
        .schedule
        .take_shards((0..4).map(|shard| (shard, Some(boundary))).collect());
    let changed = |id, millis| {
        let mut monitor = Arc::into_inner(monitor(id, 1, false)).expect("nobody else has it");
        monitor.changed_at = boundary.plus_millis(millis);
        Arc::new(monitor)
    };
    bench.pass(Duration::from_millis(500)).await;
    bench.upsert(changed(1, -1), Origin::Load);
    bench.upsert(changed(2, 1), Origin::Load);
    let ids: Vec<i64> = bench.started.iter().map(|start| start.monitor.id.0).collect();
    assert!(ids.contains(&2), "{ids:?}");
    assert_eq!(bench.end(true), grid(2).at_or_before(bench.clock.now()));
    assert!(bench.skipped.is_empty());
    // Also where a comparison with user-service names them before they are loaded.
    bench.started.clear();
    bench.upsert(changed(5, -1), Origin::Change);
    bench.upsert(changed(6, 1), Origin::Change);
    let ids: Vec<i64> = bench.started.iter().map(|start| start.monitor.id.0).collect();
    assert_eq!(ids, [6]);
}

#[tokio::test(start_paused = true)]
async fn handing_over_finishes_running_checks_and_starts_no_more() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    bench.upsert(monitor(2, 1, false), Origin::Change);
    bench.end(true);
    let boundary = bench.schedule.hand_over(&[0, 1, 2, 3]);
    assert_eq!(boundary, bench.clock.now());
    assert_eq!((bench.schedule.monitors(), bench.schedule.running()), (1, 1));
    bench.upsert(monitor(3, 1, false), Origin::Load);
    bench.pass(Duration::from_secs(60)).await;
    assert_eq!(bench.started.len(), 1);
    bench.end(true);
    assert_eq!(bench.schedule.monitors(), 0);
}
