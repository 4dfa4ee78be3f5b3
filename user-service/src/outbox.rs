//! The outbox: lifecycle records on their way to Kafka.
//!
//! A record is a row that commits together with the change it tells of, and goes away when the broker has
//! acknowledged it. One pod at a time publishes, in the order of the rows. While Kafka is away they wait.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::GenericClient;
use deadpool_postgres::Pool;
use shared::kafka::{Producer, SendError};
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;

use crate::metrics as names;

/// The right to publish. Held by a transaction, so that a dead pod's connection gives it up.
const LOCK: i64 = 0x6f75_7462_6f78;

/// Rows that are published together.
const BATCH: i64 = 500;

/// How often rows are looked for without being told of them: those that another pod has written.
const PERIOD: Duration = Duration::from_secs(1);

/// How long Kafka may take to acknowledge a record.
pub(crate) const DELIVERY_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a batch may take, with all that it waits for.
const BATCH_DEADLINE: Duration = Duration::from_secs(20);

/// Why rows were not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error("the database: {}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Kafka(#[from] SendError),
    #[error("it took too long")]
    Timeout,
}

/// Publishes what is in the outbox.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) pool: Pool,
    pub(crate) producer: Producer,
    pub(crate) topic: String,
    pub(crate) wake: Arc<Notify>,
}

impl Publisher {
    /// Publishes until `stop`, and then once more: a round under way may have begun before the last change.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let publishing = Lasting::new("the outbox waits");
        loop {
            let last = stop.is_cancelled();
            self.publish_all(&publishing).await;
            if last {
                return;
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(PERIOD) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn publish_all(&self, publishing: &Lasting) {
        match self.publish_ready().await {
            Ok(()) => {
                publishing.ok();
            }
            Err(error) => {
                metrics::counter!(names::OUTBOX_FAILURES).increment(1);
                publishing.failed(&error);
            }
        }
    }

    /// Publishes everything, once; answers how many rows are left, because another pod is at it.
    pub(crate) async fn drain(&self) -> Result<i64, PublishError> {
        self.publish_ready().await?;
        let left = self.pool.get().await?;
        let left = left.query_one("SELECT count(*) FROM outbox", &[]).await?;
        Ok(left.try_get(0)?)
    }

    async fn publish_ready(&self) -> Result<(), PublishError> {
        loop {
            let batch = tokio::time::timeout(BATCH_DEADLINE, self.publish_batch());
            if batch.await.unwrap_or(Err(PublishError::Timeout))? < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Publishes one batch; answers how many rows went. Another pod's turn counts as none.
    async fn publish_batch(&self) -> Result<usize, PublishError> {
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let locked = tx
            .query_one("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK])
            .await?;
        if !locked.try_get::<_, bool>(0)? {
            return Ok(0);
        }
        // The transaction stands still while Kafka is waited for.
        tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = '30s'")
            .await?;
        let rows = tx
            .query(
                "SELECT id, monitor_id, payload FROM outbox ORDER BY id LIMIT $1",
                &[&BATCH],
            )
            .await?;
        let mut sent = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, monitor): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            let ack = self
                .producer
                .send(&self.topic, &monitor.to_string(), row.try_get(2)?);
            sent.push((id, monitor, ack));
        }
        let mut outcomes = Vec::with_capacity(sent.len());
        let mut failure = None;
        for (id, monitor, ack) in sent {
            let outcome = match ack {
                Ok(ack) => ack.await.map(|_| ()),
                Err(error) => Err(error),
            };
            outcomes.push((id, monitor, outcome.is_ok()));
            failure = failure.or(outcome.err());
        }
        let done = settled(&outcomes);
        if !done.is_empty() {
            tx.execute("DELETE FROM outbox WHERE id = ANY($1)", &[&done])
                .await?;
        }
        let left = tx.query_one("SELECT count(*) FROM outbox", &[]).await?;
        tx.commit().await?;
        metrics::counter!(names::OUTBOX_PUBLISHED).increment(done.len() as u64);
        metrics::gauge!(names::OUTBOX_PENDING).set(left.try_get::<_, i64>(0)? as f64);
        match failure {
            None => Ok(done.len()),
            Some(error) => Err(error.into()),
        }
    }
}

/// The rows that are done: those that were acknowledged, as long as no earlier row of the same monitor was
/// not. What comes after a failure is sent once more, behind it; readers go by the revision.
fn settled(outcomes: &[(i64, i64, bool)]) -> Vec<i64> {
    let mut failed = HashSet::new();
    let mut done = Vec::with_capacity(outcomes.len());
    for &(id, monitor, acknowledged) in outcomes {
        if acknowledged && !failed.contains(&monitor) {
            done.push(id);
        } else {
            failed.insert(monitor);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::settled;

    #[test]
    fn nothing_overtakes_a_failure_of_the_same_monitor() {
        let outcomes = [
            (1, 7, true),
            (2, 8, true),
            (3, 7, false),
            (4, 8, true),
            (5, 7, true),
        ];
        assert_eq!(settled(&outcomes), [1, 2, 4]);
        assert_eq!(settled(&[]), [] as [i64; 0]);
    }
}
