//! Monitors that only other regions check from now on.

use super::*;

const ALL: [u32; 4] = [0, 1, 2, 3];

#[tokio::test(start_paused = true)]
async fn what_others_check_is_not_checked_here_and_nothing_is_said_of_it() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 3, false), Origin::Change);
    bench.end(true);
    bench.schedule.leave_to_others(1, 4);
    bench.pass(Duration::from_secs(35)).await;
    // Answers that were on their way name it as it was.
    for origin in [Origin::Load, Origin::Change] {
        bench.upsert(monitor(1, 3, false), origin);
    }
    bench.schedule.hand_over(&ALL);
    bench.take_actions();
    assert!(bench.started.is_empty() && bench.skipped.is_empty());
    assert_eq!(bench.schedule.monitors(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_is_checked_at_once() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 3, false), Origin::Change);
    bench.end(true);
    bench.schedule.leave_to_others(1, 4);
    bench.pass(Duration::from_secs(1)).await;
    bench.upsert(monitor(1, 5, false), Origin::Change);
    assert_eq!(bench.end(true), grid(1).at_or_before(bench.clock.now()));
    bench.schedule.leave_to_others(1, 4);
    assert_eq!(bench.schedule.monitors(), 1, "an older answer takes nothing away");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_runs_gives_its_room_back_and_hands_nothing_over() {
    let mut bench = Bench::roomy();
    bench.upsert(monitor(1, 1, false), Origin::Change);
    // It becomes due while the first check still runs.
    bench.pass(Duration::from_secs(11)).await;
    bench.skipped.clear();
    bench.schedule.leave_to_others(1, 2);
    assert_eq!((bench.schedule.monitors(), bench.schedule.running()), (0, 1));
    bench.schedule.hand_over(&ALL);
    bench.take_actions();
    bench.end(false);
    assert_eq!(bench.schedule.running(), 0);
    assert!(bench.started.is_empty() && bench.skipped.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_was_never_known_here_may_come_only_as_it_is_now() {
    let mut bench = Bench::roomy();
    bench.schedule.leave_to_others(1, 7);
    // A shard that is being loaded names it as it was before.
    bench.upsert(monitor(1, 6, false), Origin::Load);
    assert_eq!(bench.schedule.monitors(), 0);
    bench.upsert(monitor(1, 8, false), Origin::Load);
    assert_eq!(bench.schedule.monitors(), 1);
}
