//! Whether an alerter's partitions are surely its own: never while another one has them.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::kafka::{Assignment, Consumer, Membership, Start};
use testkit::OwnKafka;
use tokio::time::{Instant, timeout};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// A member of the group, and what it takes for its own.
struct Member {
    consumer: Consumer,
    membership: Membership,
    reads: BTreeSet<i32>,
}

impl Member {
    fn new(settings: &shared::kafka::KafkaSettings) -> Self {
        let topic = settings.results_topic();
        let consumer = Consumer::subscribe(settings, "alerter", &[&topic], Start::Earliest).unwrap();
        Self {
            consumer,
            membership: Membership::default(),
            reads: BTreeSet::new(),
        }
    }

    /// Reads for a moment, as an alerter does.
    async fn read(&mut self) {
        let _ = timeout(SHORT, self.consumer.recv()).await;
        self.membership.goes_on();
        while let Some(change) = self.consumer.try_assignment() {
            match change {
                Assignment::Added(added) => self.reads.extend(added.iter().map(|(_, it)| it)),
                Assignment::Removed(gone) => self.reads.retain(|it| gone.iter().all(|(_, gone)| gone != it)),
            }
        }
        if !self.membership.is_certain() {
            self.consumer.confirm(&mut self.membership, SHORT).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stood_still_is_not_certain_of_what_others_have() {
    let test = "who_stood_still_is_not_certain_of_what_others_have";
    let Some((kafka, line, over)) = OwnKafka::start_behind_line(test, 2).await else {
        return;
    };
    let over = over.with_socket_timeout(Duration::from_secs(2));
    let (mut still, mut other) = (Member::new(&over), Member::new(kafka.settings()));
    let deadline = Instant::now() + LONG;
    while (still.reads.len(), other.reads.len()) != (1, 1) || !still.membership.is_certain() {
        assert!(Instant::now() < deadline, "{:?} {:?}", still.reads, other.reads);
        still.read().await;
        other.read().await;
    }
    line.swallow();
    while other.reads.len() < 2 {
        assert!(Instant::now() < deadline, "{:?}", other.reads);
        other.read().await;
    }
    line.mend();
    assert_eq!(still.reads.len(), 1, "it has not heard of it");
    assert!(!still.membership.is_certain());
    let deadline = Instant::now() + LONG;
    loop {
        still.read().await;
        let shared = still.reads.intersection(&other.reads).count();
        assert!(shared == 0 || !still.membership.is_certain(), "{:?}", still.reads);
        other.read().await;
        if (still.reads.len(), other.reads.len()) == (1, 1) && still.membership.is_certain() {
            break;
        }
        assert!(Instant::now() < deadline, "{:?} {:?}", still.reads, other.reads);
    }
}
