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
