//! Waits for an unavailable database, until the shutdown.

use std::time::Duration;

use domain::MonitorId;
use shared::ops::{Readiness, Work};
use shared::retry::{Interrupted, Pauses, doubling, until_ok};
use shared::shutdown::CancellationToken;

use crate::metrics;
use crate::store::{Directory, StoreError};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Repeats queries while the database is unavailable.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseRetry {
    pub(crate) readiness: Readiness,
    pub(crate) work: Work,
    pub(crate) shutdown: CancellationToken,
}

impl DatabaseRetry {
    /// Repeats `attempt` until it succeeds.
    async fn ask<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        attempt: impl FnMut() -> F,
    ) -> Result<T, Interrupted> {
        let pauses = Pauses::new(doubling(FIRST_PAUSE, LONGEST_PAUSE), &self.shutdown);
        let failed = |error: StoreError| {
            self.work.waits();
            self.readiness.fail("database", error.to_string());
            metrics::database_retry();
        };
        until_ok(pauses, attempt, failed).await
    }

    /// Repeats `attempt` until the database answers; the inner error is that it refuses the data.
    pub(crate) async fn store<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        mut attempt: impl FnMut() -> F,
    ) -> Result<Result<T, StoreError>, Interrupted> {
        self.ask(|| {
            let answer = attempt();
            async {
                match answer.await {
                    Err(error) if error.concerns_data() => Ok(Err(error)),
                    answered => answered.map(Ok),
                }
            }
        })
        .await
    }

    /// Looks up those of `monitors` that `directory` does not know.
    pub(crate) async fn look_up(
        &self,
        directory: &mut Directory,
        monitors: impl Iterator<Item = MonitorId>,
    ) -> Result<(), Interrupted> {
        let unknown = directory.unknown(monitors);
        if !unknown.is_empty() {
            let found = self.ask(|| directory.find(&unknown)).await?;
            directory.remember(found);
        }
        Ok(())
    }
}
