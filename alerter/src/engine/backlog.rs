//! Whether the log answers, and whether records wait for this alerter: when none of them is handled for long, it
//! is not ready. That none waits is also how it is known that a silence is one, and nothing that is not read yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use shared::kafka::{Assigned, KafkaSettings};
use shared::ops::{Readiness, Work};
use shared::shutdown::CancellationToken;

const EVERY: Duration = Duration::from_secs(10);

/// When nothing was left to be read of each partition. Those that are busy say nothing of one that is silent.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadOut(Arc<Mutex<BTreeMap<i32, Timestamp>>>);

impl ReadOut {
    fn note(&self, partitions: impl Iterator<Item = i32>, at: Timestamp) {
        self.lock().extend(partitions.map(|partition| (partition, at)));
    }

    /// When it was so of a partition; none where it never was.
    pub(super) fn at(&self, partition: i32) -> Option<Timestamp> {
        self.lock().get(&partition).copied()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks for records that wait until `stop` is cancelled.
pub(super) async fn watch(
    kafka: KafkaSettings,
    group: &'static str,
    topic: String,
    member: Assigned,
    (readiness, work): (Readiness, Work),
    read_out: ReadOut,
    stop: CancellationToken,
) {
    let look = async {
        loop {
            let asked_at = shared::now();
            match kafka.lag(group, std::slice::from_ref(&topic), &member).await {
                Ok(lag) => {
                    readiness.ok("log");
                    let of_topic = lag.idle.iter().filter(|(name, _)| *name == topic);
                    read_out.note(of_topic.map(|(_, partition)| *partition), asked_at);
                    if lag.member > 0 {
                        work.waits();
                    } else {
                        work.moves();
                    }
                }
                Err(error) => readiness.fail("log", error.to_string()),
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    stop.run_until_cancelled(look).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_is_read_out_by_itself() {
        let (read_out, at) = (ReadOut::default(), Timestamp::from_millis);
        assert_eq!(read_out.at(0), None);
        read_out.note([0, 1].into_iter(), at(10));
        read_out.clone().note([1].into_iter(), at(20));
        assert_eq!(
            [0, 1, 2].map(|it| read_out.at(it)),
            [Some(at(10)), Some(at(20)), None]
        );
    }
}
