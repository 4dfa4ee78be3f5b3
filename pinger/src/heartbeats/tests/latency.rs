//! How soon after its deadline something is said, and what that costs.

use super::*;

/// A processor that tells ten times a second how far it is, and what it takes to ask and to write.
fn bench() -> Bench {
    Bench {
        told_every: Duration::from_millis(100),
        lag: Duration::from_millis(10),
        step: Duration::from_millis(5),
        ..Bench::new()
    }
}

#[tokio::test(start_paused = true)]
async fn a_verdict_follows_its_deadline_within_two_tenths_of_a_second_and_a_few_looks() {
    // At whatever instant between two times at which it is told.
    for millis in [0, 1, 45, 89, 90, 99] {
        let mut bench = bench().pinged(0);
        let last = bench.state.last_ping.as_mut().unwrap();
        last.at = last.at.plus_millis(millis);
        let deadline = last.at.plus_millis(660_000);
        bench.watch.upsert(heartbeat(1, usual()), 0);
        assert_eq!(bench.pass(655).await, []);
        bench.looks = 0;
        let mut said = Vec::new();
        while said.is_empty() && bench.clock.now() < deadline.plus_millis(1_000) {
            said = bench.pass_once().await;
        }
        assert!(
            matches!(said[..], [(_, Judgement(slot, OVERDUE))] if slot == deadline),
            "{said:?}"
        );
        let after = bench.clock.now().millis_since(deadline);
        assert!(after <= 200, "{after} ms, told {millis} ms before the deadline");
        assert!(bench.looks <= 4, "{} looks", bench.looks);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_cannot_be_decided_is_looked_at_less_and_less() {
    let mut bench = bench().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(655).await;
    (bench.lag, bench.looks) = (Duration::from_secs(3_600), 0);
    assert_eq!(bench.pass(17).await, [(670, Skip(at(660)))]);
    assert!((10..=40).contains(&bench.looks), "{} looks", bench.looks);
}

#[tokio::test(start_paused = true)]
async fn whose_deadline_has_passed_is_looked_at_before_others() {
    let mut bench = bench().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(655).await;
    bench.watch.heard(1);
    // All the others of a shard come here at once.
    for id in 2..=2_000 {
        bench.watch.upsert(other(id), 0);
    }
    advance(Duration::from_secs(6)).await;
    bench.watch.heard(1);
    let page = bench.watch.next_page();
    assert_eq!(page.first(), Some(&1));
    assert!(page.len() <= 500, "{}", page.len());
    let others = page.len() - 1;
    assert!((1..=100).contains(&others), "they have their turn, too: {others}");
    // It is read once, also where it had a place among the others.
    let mut seen = vec![1];
    while let Some(more) = Some(bench.watch.next_page()).filter(|page| !page.is_empty()) {
        seen.extend(more);
    }
    assert_eq!(seen.iter().filter(|id| **id == 1).count(), 1);
    assert_eq!(seen.len(), 2_000 - others);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_processor_for_a_moment_is_not_counted_as_unknown() {
    let mut bench = bench().pinged(0);
    bench.watch.upsert(heartbeat(1, usual()), 0);
    bench.pass(655).await;
    bench.lag = Duration::from_secs(3_600);
    let is_unknown_at = async |bench: &mut Bench, millis: i64| {
        while bench.clock.now() < at(660).plus_millis(millis) {
            bench.pass_once().await;
        }
        bench.watch.unknown() > 0
    };
    assert!(!is_unknown_at(&mut bench, 900).await);
    assert!(is_unknown_at(&mut bench, 2_000).await);
}

/// Another heartbeat, as usual.
fn other(id: i64) -> Arc<Monitor> {
    let mut other = Arc::into_inner(heartbeat(1, usual())).unwrap();
    other.id = MonitorId(id);
    Arc::new(other)
}
