//! Whether the log answers, and whether records wait for this alerter: when none of them is handled for long, it
//! is not ready. That none waits is also how it is known that a silence is one, and nothing that is not read yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use shared::kafka::{Assigned, KafkaSettings};
use shared::ops::{Readiness, Work};
use shared::shutdown::CancellationToken;

const EVERY: Duration = Duration::from_secs(10);

/// Looks for records that wait until `stop` is cancelled.
pub(super) async fn watch(
    kafka: KafkaSettings,
    group: &'static str,
    topic: String,
    member: Assigned,
    (readiness, work): (Readiness, Work),
    nothing_left_at: Arc<AtomicI64>,
    stop: CancellationToken,
) {
    let look = async {
        loop {
            let asked_at = shared::now();
            match kafka.lag(group, std::slice::from_ref(&topic), &member).await {
                Ok(lag) => {
                    readiness.ok("log");
                    if lag.member > 0 {
                        work.waits();
                    } else {
                        work.moves();
                        nothing_left_at.store(asked_at.as_millis(), Ordering::Relaxed);
                    }
                }
                Err(error) => readiness.fail("log", error.to_string()),
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    stop.run_until_cancelled(look).await;
}
