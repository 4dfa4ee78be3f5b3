//! Sending what waits in a table: mails, and what is posted to destinations. Each message is lent to who sends it, so that
//! several pods share the work, each with messages of its own. One whose fate is not known, because the pod or the
//! conversation ended, goes out once more.

use std::sync::Arc;
use std::time::Duration;

use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::job_error::JobError;

/// How often messages are looked for without being told of them: those of another pod, and those that are to be tried again.
const PERIOD: Duration = Duration::from_secs(2);

/// How long a message may take; less than it is lent for.
pub(crate) const SEND_WITHIN: Duration = Duration::from_secs(20);

/// How long the database may take before and after.
const STORE_WITHIN: Duration = Duration::from_secs(10);

/// What came of an attempt to send a message.
pub(crate) trait Attempt: Send + Sync {
    /// That nobody knows in time.
    fn unknown() -> Self;

    /// The name in metrics.
    fn as_str(&self) -> &'static str;
}

/// Messages that wait in a table.
pub(crate) trait Queue: Send + Sync + 'static {
    /// A message that is to be sent.
    type Due: Send + Sync + 'static;

    /// What comes of sending it.
    type Fate: Attempt;

    /// What is wrong while they cannot be taken.
    const FAILING: &'static str;

    /// How many are sent at a time.
    const AT_A_TIME: usize;

    /// Lends those that are due, at most so many.
    fn take_due(&self, most: usize) -> impl Future<Output = Result<Vec<Self::Due>, JobError>> + Send;

    /// Sends a message.
    fn send(&self, due: &Self::Due) -> impl Future<Output = Self::Fate> + Send;

    /// Notes what came of a message.
    fn settle(&self, due: &Self::Due, fate: &Self::Fate)
    -> impl Future<Output = Result<(), JobError>> + Send;

    /// Tells the log and the metrics what came of a message: not whose it is, for that is nothing for a log.
    fn tell(&self, due: &Self::Due, fate: &Self::Fate);
}

/// Sends until `stop`. Messages under way are still sent then.
pub(crate) async fn run<Q: Queue>(queue: Q, wake: Arc<Notify>, stop: CancellationToken) {
    let (queue, taking) = (Arc::new(queue), Lasting::new(Q::FAILING));
    let mut sending = JoinSet::new();
    loop {
        let room = Q::AT_A_TIME - sending.len();
        // Not for each one that is done: taking is a statement.
        if !stop.is_cancelled() && room >= Q::AT_A_TIME / 2 {
            let due = tokio::time::timeout(STORE_WITHIN, queue.take_due(room)).await;
            match due.map_err(JobError::from).flatten() {
                Ok(due) => {
                    taking.ok();
                    for due in due {
                        let queue = Arc::clone(&queue);
                        sending.spawn(async move { dispatch(&*queue, &due).await });
                    }
                }
                Err(error) => {
                    taking.failed(&error);
                }
            }
        }
        let is_stopping = stop.is_cancelled();
        if is_stopping && sending.is_empty() {
            return;
        }
        tokio::select! {
            Some(_) = sending.join_next() => {}
            () = wake.notified(), if !is_stopping => {}
            () = tokio::time::sleep(PERIOD), if !is_stopping => {}
            () = stop.cancelled(), if !is_stopping => {}
        }
    }
}

async fn dispatch<Q: Queue>(queue: &Q, due: &Q::Due) {
    let sent = tokio::time::timeout(SEND_WITHIN, queue.send(due)).await;
    let fate = sent.unwrap_or_else(|_| Q::Fate::unknown());
    queue.tell(due, &fate);
    let settled = tokio::time::timeout(STORE_WITHIN, queue.settle(due, &fate)).await;
    if let Err(error) = settled.map_err(JobError::from).flatten() {
        let outcome = fate.as_str();
        tracing::warn!(outcome, %error, "what came of a message is not noted, so that it may go out again");
    }
}
