//! The recurring jobs: partitions ahead of time, rollups per day, what retention drops, and what organisations leave that
//! are erased. One processor
//! at a time does a job; each may run twice, or be missed.

use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::Pool;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::metrics;
use crate::settings::Settings;
use crate::store::{Jobs, Retention, StoreError};

/// The jobs cannot be scheduled.
#[derive(Debug, thiserror::Error)]
#[error("cannot schedule the recurring jobs: {0}")]
pub struct HousekeepingError(#[from] JobSchedulerError);

/// A job, when it runs (second, minute, hour, … in UTC), and its name in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Partitions,
    Checkpoint,
    Pack,
    Days,
    Retention,
    Pings,
    Spans,
    Erase,
    EraseLate,
    Words,
}

impl Task {
    const ALL: [Self; 10] = [
        Self::Partitions,
        Self::Checkpoint,
        Self::Pack,
        Self::Days,
        Self::Retention,
        Self::Pings,
        Self::Spans,
        Self::Erase,
        Self::EraseLate,
        Self::Words,
    ];

    fn schedule(self) -> &'static str {
        match self {
            Self::Partitions => "0 5 * * * *",
            Self::Checkpoint => "0 30 * * * *",
            Self::Pack => "0 40 * * * *",
            Self::Days => "0 */15 * * * *",
            // From two in the morning on, until it is done.
            Self::Retention => "0 0 * * * *",
            Self::Pings => "0 20 * * * *",
            Self::Spans => "0 25 * * * *",
            // Somebody waits for it.
            Self::Erase => "*/10 * * * * *",
            Self::EraseLate => "0 50 * * * *",
            Self::Words => "0 55 * * * *",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Partitions => "partitions",
            Self::Checkpoint => "checkpoint",
            Self::Pack => "pack",
            Self::Days => "days",
            Self::Retention => "retention",
            Self::Pings => "pings",
            Self::Spans => "spans",
            Self::Erase => "erase",
            Self::EraseLate => "erase_late",
            Self::Words => "words",
        }
    }
}

/// The schedule, running.
pub(crate) struct Housekeeping(JobScheduler);

impl Housekeeping {
    /// Runs what may be due, and schedules everything.
    pub(crate) async fn start(pool: Pool, settings: &Settings) -> Result<Self, HousekeepingError> {
        let jobs = Arc::new(Jobs::new(
            pool,
            settings.postgres.clone(),
            Retention {
                log_days: settings.results_retention_days,
                raw_days: settings.retention_raw_days,
                hourly_days: settings.retention_hourly_days,
            },
        ));
        let scheduler = JobScheduler::new().await?;
        for task in Task::ALL {
            let jobs = Arc::clone(&jobs);
            let job = Job::new_async(task.schedule(), move |_, _| {
                let jobs = Arc::clone(&jobs);
                Box::pin(async move { run(&jobs, task).await })
            })?;
            scheduler.add(job).await?;
        }
        scheduler.start().await?;
        tokio::spawn(async move { catch_up(&jobs).await });
        Ok(Self(scheduler))
    }

    /// Ends the schedule. A job that is under way breaks off, and is done again another time.
    pub(crate) async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::debug!(%error, "the scheduler was stopped already");
        }
    }
}

/// Runs the jobs that may have been missed while no processor ran.
async fn catch_up(jobs: &Jobs) {
    run(jobs, Task::Partitions).await;
    run(jobs, Task::Days).await;
    run(jobs, Task::Retention).await;
    run(jobs, Task::Words).await;
}

async fn run(jobs: &Jobs, task: Task) {
    // After an error the job runs, and reports it.
    if task == Task::Retention && matches!(jobs.is_retention_due().await, Ok(false)) {
        return;
    }
    if task == Task::Erase && matches!(jobs.is_erasing_due().await, Ok(false)) {
        return;
    }
    let began = Instant::now();
    let done: Result<bool, StoreError> = match task {
        Task::Partitions => jobs.make_partitions().await,
        Task::Checkpoint => jobs.checkpoint().await,
        Task::Pack => jobs.pack_days().await,
        Task::Days => jobs.roll_days_up().await,
        Task::Retention => jobs.apply_retention().await,
        Task::Pings => jobs.delete_pings().await,
        Task::Spans => jobs.merge_spans().await,
        Task::Erase => jobs.erase(false).await,
        Task::EraseLate => jobs.erase(true).await,
        Task::Words => jobs.make_words().await,
    };
    let outcome = match &done {
        Ok(true) => "ok",
        Ok(false) => "elsewhere",
        Err(_) => "failed",
    };
    metrics::job(task.name(), outcome, began.elapsed());
    match done {
        Ok(true) => tracing::info!(
            job = task.name(),
            ms = began.elapsed().as_millis() as u64,
            "job done"
        ),
        Ok(false) => tracing::debug!(job = task.name(), "another processor does this job"),
        Err(error) => tracing::warn!(job = task.name(), %error, "job failed, to be tried again"),
    }
}
