//! Trying until a server answers.

use std::time::Duration;

use shared::retry::{Interrupted, Pauses, every, until_ok};
use shared::shutdown::CancellationToken;
use tokio::time::{Instant, timeout_at};

use crate::AdminError;

const PAUSE: Duration = Duration::from_secs(1);

/// How long a command tries, and what ends it before.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    allowed: Duration,
    until: Instant,
    shutdown: CancellationToken,
}

impl Patience {
    pub(crate) fn new(allowed: Duration, shutdown: CancellationToken) -> Self {
        Self {
            allowed,
            until: Instant::now() + allowed,
            shutdown,
        }
    }

    /// Repeats `attempt` until it succeeds. Its error is a sentence for the log; the last one is the reason for
    /// giving up, also when a further attempt has no answer in time.
    pub(crate) async fn try_until<T, F: Future<Output = Result<T, String>>>(
        &self,
        what: &str,
        attempt: impl FnMut() -> F,
    ) -> Result<T, AdminError> {
        let mut why = "no answer".to_owned();
        let pauses = Pauses::new(every(PAUSE), &self.shutdown);
        let repeated = until_ok(pauses, attempt, |last| {
            tracing::info!(what, why = last, "waiting");
            why = last;
        });
        let stoppable = self.shutdown.run_until_cancelled(repeated);
        match timeout_at(self.until, stoppable).await {
            Ok(Some(Ok(value))) => Ok(value),
            Ok(None | Some(Err(Interrupted))) => Err(AdminError::Stopped),
            Err(_) => Err(AdminError::GaveUp {
                after: self.allowed,
                why: format!("{what}: {why}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_attempt_is_repeated_until_it_succeeds() {
        let patience = Patience::new(Duration::from_secs(60), CancellationToken::new());
        let mut attempts = 0;
        let answer = patience.try_until("counting", || {
            attempts += 1;
            ready(if attempts == 2 {
                Ok(attempts)
            } else {
                Err("not yet".to_owned())
            })
        });
        assert_eq!(answer.await.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_with_the_last_reason() {
        let patience = Patience::new(Duration::from_millis(50), CancellationToken::new());
        let refused = patience.try_until("the database", || async { Err::<(), _>("refused".to_owned()) });
        let error = refused.await.unwrap_err().to_string();
        assert!(error.contains("the database: refused"), "{error}");
        let silent = patience.try_until("the database", pending::<Result<(), String>>);
        assert!(silent.await.unwrap_err().to_string().contains("no answer"));

        let patience = Patience::new(PAUSE * 2, CancellationToken::new());
        let mut attempts = 0;
        let silent_later = patience.try_until("the database", || {
            attempts += 1;
            let is_silent = attempts > 1;
            async move {
                if is_silent {
                    pending::<()>().await;
                }
                Err::<(), _>("refused".to_owned())
            }
        });
        let error = silent_later.await.unwrap_err().to_string();
        assert!(error.contains("the database: refused"), "{error}");
        assert_eq!(attempts, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_ends_the_waiting() {
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        let patience = Patience::new(Duration::from_secs(60), shutdown);
        let stopped = patience.try_until("nothing", || async { Err::<(), _>(String::new()) });
        assert!(matches!(stopped.await, Err(AdminError::Stopped)));
    }
}
