//! Stopping in order. A service gets a [`CancellationToken`]; when it is cancelled the service drains and
//! its `run` returns. Tests give each service a token of its own.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
pub use tokio_util::sync::CancellationToken;

/// A token that SIGTERM or SIGINT cancels. A second signal ends the process at once.
///
/// # Errors
/// When the process may not listen for signals.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let cancelled = token.clone();
    tokio::spawn(async move {
        for signals in 1.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if signals > 1 {
                tracing::warn!("a second signal: ending without draining");
                std::process::exit(130);
            }
            tracing::info!("draining");
            cancelled.cancel();
        }
    });
    Ok(token)
}

/// Waits for `work` until `deadline`; answers whether it came to its end.
pub async fn within(deadline: Duration, what: &str, work: impl Future<Output = ()>) -> bool {
    let finished = tokio::time::timeout(deadline, work).await.is_ok();
    if !finished {
        tracing::warn!(
            what,
            deadline_ms = deadline.as_millis() as u64,
            "did not drain in time"
        );
    }
    finished
}
