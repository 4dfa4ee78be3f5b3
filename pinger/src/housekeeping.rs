//! The few things that are done now and then. Monitors are not among them: this scheduler looks at its jobs
//! twice a second.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Asks for a comparison of all definitions every `interval`.
///
/// # Errors
/// When the scheduler does not start.
pub(crate) async fn start(
    reconcile: mpsc::Sender<()>,
    interval: Duration,
) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_repeated(interval, move |_, _| {
        // A full channel means that it is asked for already.
        let _ = reconcile.try_send(());
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}
