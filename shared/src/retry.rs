//! Trying again what failed, with pauses between the attempts.

use std::time::Duration;

use backon::{Backoff, BackoffBuilder, ConstantBuilder, ExponentialBuilder};

use crate::shutdown::CancellationToken;

/// The shutdown came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// The same pause each time, without end.
pub fn every(pause: Duration) -> ConstantBuilder {
    ConstantBuilder::default().with_delay(pause).without_max_times()
}

/// Pauses that double from `first` to `longest`, without end.
pub fn doubling(first: Duration, longest: Duration) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .without_max_times()
}

/// The pauses between attempts, which the shutdown ends.
#[derive(Debug)]
pub struct Pauses<'a, B> {
    lengths: B,
    shutdown: &'a CancellationToken,
}

impl<'a, B: Backoff> Pauses<'a, B> {
    /// Pauses of these lengths.
    pub fn new(lengths: impl BackoffBuilder<Backoff = B>, shutdown: &'a CancellationToken) -> Self {
        Self {
            lengths: lengths.build(),
            shutdown,
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// When the shutdown came first.
    pub async fn wait(&mut self) -> Result<(), Interrupted> {
        // Ours have no end.
        let length = self.lengths.next().unwrap_or(Duration::from_secs(1));
        let slept = self.shutdown.run_until_cancelled(tokio::time::sleep(length));
        slept.await.ok_or(Interrupted)
    }
}

/// Repeats `attempt` until it succeeds; what it failed of goes to `failed`. The shutdown ends a pause; an attempt under
/// way comes to its end.
///
/// # Errors
/// When the shutdown came first.
pub async fn until_ok<T, E, F: Future<Output = Result<T, E>>>(
    mut pauses: Pauses<'_, impl Backoff>,
    mut attempt: impl FnMut() -> F,
    mut failed: impl FnMut(E),
) -> Result<T, Interrupted> {
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => failed(error),
        }
        pauses.wait().await?;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn the_pauses_double_up_to_the_longest_and_have_no_end() {
        let (shutdown, mut at) = (CancellationToken::new(), Vec::new());
        let attempt = || {
            at.push(Instant::now());
            std::future::ready(if at.len() < 10 { Err(()) } else { Ok("done") })
        };
        let pauses = Pauses::new(doubling(FIRST, LONGEST), &shutdown);
        assert_eq!(until_ok(pauses, attempt, drop).await, Ok("done"));
        let pauses: Vec<u128> = at.windows(2).map(|two| (two[1] - two[0]).as_millis()).collect();
        let expected = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000];
        assert_eq!(pauses.len(), expected.len());
        // A timer rounds up to a millisecond.
        for (pause, expected) in pauses.into_iter().zip(expected) {
            assert!(
                (expected..=expected + 1).contains(&pause),
                "{pause} for {expected}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_shutdown_ends_a_pause_and_no_attempt() {
        let (shutdown, mut attempts) = (CancellationToken::new(), 0);
        shutdown.cancel();
        let attempt = || async {
            tokio::time::sleep(FIRST).await;
            Err::<(), _>(())
        };
        let pauses = Pauses::new(every(FIRST), &shutdown);
        let interrupted = until_ok(pauses, attempt, |()| attempts += 1).await;
        assert_eq!((interrupted, attempts), (Err(Interrupted), 1));
    }
}
