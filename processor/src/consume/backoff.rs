//! Waiting for something that is away, for as long as it takes, but not past the end.

use std::time::Duration;

use shared::shutdown::CancellationToken;

/// The shutdown came first.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// Growing pauses between attempts.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    shutdown: &'a CancellationToken,
    pause: Duration,
}

impl<'a> Waiting<'a> {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(crate) fn new(shutdown: &'a CancellationToken) -> Self {
        Self {
            shutdown,
            pause: Self::FIRST,
        }
    }

    /// Waits before the next attempt.
    pub(crate) async fn pause(&mut self) -> Result<(), Interrupted> {
        let pause = self.pause;
        self.pause = (self.pause * 2).min(Self::LONGEST);
        tokio::select! {
            () = self.shutdown.cancelled() => Err(Interrupted),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }
}
