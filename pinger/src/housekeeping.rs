//! Periodic jobs. Checks are not among them: this scheduler polls its jobs twice a second.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Requests a reconciliation of all definitions every `interval`.
///
/// # Errors
/// When the scheduler does not start.
pub(crate) async fn start(
    reconcile: mpsc::Sender<()>,
    interval: Duration,
) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_repeated(interval, move |_, _| {
        // A full channel: it is already requested.
        let _ = reconcile.try_send(());
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}
