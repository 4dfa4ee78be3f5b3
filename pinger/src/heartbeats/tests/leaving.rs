//! What is a heartbeat no more.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_becomes_a_check_is_waited_for_no_more() {
    let mut bench = Bench::new().pinged(0);
    bench.watch.upsert(heartbeat(3, usual()), 0);
    bench.watch.leave_to_checks(1, 2);
    assert_eq!(bench.watch.len(), 1, "an older answer takes nothing away");
    bench.is_known = false;
    bench.pass(5).await;
    bench.watch.leave_to_checks(1, 4);
    assert_eq!((bench.watch.len(), bench.watch.unknown()), (0, 0));
    bench.is_known = true;
    assert_eq!(bench.pass(700).await, []);
    // Nor is what was none.
    bench.watch.leave_to_checks(1, 5);
    assert_eq!(bench.watch.len(), 0);
}
