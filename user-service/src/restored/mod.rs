//! `user-service restored`: run once by the operator after the database came back from a backup, before this service
//! starts on it.
//!
//! The log, the alerter's state, Redis and the pingers know what was done after the backup, and go by revisions: what
//! the database says again must come under a higher one than any of them has heard of. In: `read` gathers what they
//! know as `evidence`; `plan` decides, without IO; out: `write`, one transaction with the records that tell of it in
//! the outbox, and `report`. Run again it finds its own records among the evidence, and changes nothing.

mod command;
mod evidence;
mod plan;
mod read;
mod report;
mod write;

pub use command::Restored;

use std::io::Write;
use std::sync::Arc;

use domain::Timestamp;
use shared::kafka::{KafkaError, Producer};
use tokio::sync::Notify;

use crate::outbox::{self, Publisher};
use crate::settings::Settings;
use plan::Plan;

/// A minute in milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Why a restore was not settled.
#[derive(Debug, thiserror::Error)]
pub enum RestoredError {
    /// Kafka cannot be reached, or has no topics.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// Redis cannot be reached.
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// Redis does not answer.
    #[error("Redis does not answer")]
    NoRedis,
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Settings(#[from] shared::postgres::ConnectError),
    /// PostgreSQL cannot be reached.
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// PostgreSQL refuses.
    #[error("the database: {}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    /// The report cannot be written.
    #[error(transparent)]
    Output(#[from] std::io::Error),
    /// Everything is stored, but not told yet.
    #[error(
        "everything is stored, but not published to Kafka yet: {0}; run it again before user-service starts"
    )]
    Unpublished(String),
}

impl Restored {
    /// Raises the revisions that have to be raised, and reports to `out` what was lost.
    ///
    /// # Errors
    /// See [`RestoredError`]. Nothing is changed then, unless the error says so.
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), RestoredError> {
        let pool = shared::postgres::pool(&settings.postgres)?;
        let since = match self.since {
            Some(since) => since,
            None => read::backup_time(&pool.get().await?).await?,
        };
        let mut evidence = read::evidence(settings, since).await?;
        let mut client = pool.get().await?;
        let tx = client.transaction().await?;
        write::lock(&tx).await?;
        read::outbox(&tx, &mut evidence).await?;
        let stored = read::stored(&tx, &settings.keyring).await?;
        // What is not known for certain is raised beyond what can have been given out: monitors are not edited once
        // a minute ever since 1970.
        let is_certain = evidence.is_whole() && !self.all;
        let floor = (!is_certain).then(|| minutes(shared::now()));
        let plan = Plan::new(stored, &evidence, floor);
        write::apply(&tx, &plan, shared::now()).await?;
        write::end_drills(&tx, &evidence, shared::now()).await?;
        let ids = write::skip_ids(&tx, &evidence).await?;
        tx.commit().await?;
        drop(client);
        read::forget_gone(settings, &plan.gone).await?;
        report::write(out, since, &evidence, &plan, &ids, floor.is_some())?;
        // Before this service runs: a pinger that fetches a definition must not be faster than the record of it.
        let publisher = Publisher {
            pool,
            producer: Producer::new(&settings.kafka, outbox::DELIVERY_TIMEOUT)?,
            topic: settings.kafka.results_topic(),
            wake: Arc::new(Notify::new()),
        };
        let left = publisher.drain().await;
        match left {
            Ok(0) => Ok(()),
            Ok(left) => Err(RestoredError::Unpublished(format!("{left} records wait"))),
            Err(error) => Err(RestoredError::Unpublished(error.to_string())),
        }
    }
}

fn minutes(now: Timestamp) -> u32 {
    u32::try_from(now.as_millis() / MINUTE_MS).unwrap_or_default()
}
