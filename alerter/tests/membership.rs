//! Whether an alerter's partitions are surely its own: never once another one has them.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::kafka::{Assignment, Consumer, Start};
use testkit::OwnKafka;
use tokio::time::{Instant, timeout};

const GROUP: &str = "alerter";
const LONG: Duration = Duration::from_secs(60);

/// Reads until `done` says so of the partitions that are read.
async fn read_until(consumer: &Consumer, reads: &mut BTreeSet<i32>, done: impl Fn(usize) -> bool) {
    let deadline = Instant::now() + LONG;
    while !done(reads.len()) {
        assert!(Instant::now() < deadline, "{reads:?}");
        let _ = timeout(Duration::from_millis(50), consumer.recv()).await;
        while let Some(change) = consumer.try_assignment() {
            match change {
                Assignment::Added(added) => reads.extend(added.into_iter().map(|(_, it)| it)),
                Assignment::Removed(removed) => reads.retain(|it| removed.iter().all(|(_, gone)| gone != it)),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_cut_off_is_not_certain_of_what_others_have() {
    let test = "who_is_cut_off_is_not_certain_of_what_others_have";
    let Some((kafka, line, over)) = OwnKafka::start_behind_line(test, 2).await else {
        return;
    };
    let over = over.with_socket_timeout(Duration::from_secs(2));
    let topic = over.results_topic();
    let subscribe = |settings| Consumer::subscribe(settings, GROUP, &[&topic], Start::Earliest).unwrap();
    let (cut_off, other) = (subscribe(&over), subscribe(kafka.settings()));
    let (membership, others) = (cut_off.membership(), other.membership());
    // Nobody looks at its records: rebalances go on while it is asked for them.
    let reading = tokio::spawn(async move {
        loop {
            let _ = cut_off.recv().await;
        }
    });
    let mut reads = BTreeSet::new();
    read_until(&other, &mut reads, |count| count == 1).await;
    assert!(membership.held_within(LONG).await);
    assert!(others.held_within(LONG).await);

    line.swallow();
    read_until(&other, &mut reads, |count| count == 2).await;
    assert!(!membership.is_held());
    assert!(others.held_within(LONG).await);

    line.mend();
    read_until(&other, &mut reads, |count| count == 1).await;
    assert!(membership.held_within(LONG).await);
    reading.abort();
}
