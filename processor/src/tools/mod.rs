//! Operator commands: list and replay dead letters, rebuild derived data.

mod command;
mod dead_letters;
mod rebuild;
mod refold;

pub use command::{Command, DeadLetterCommand, Rebuild};

use std::io::Write;

use shared::kafka::{KafkaError, SendError};

use crate::live::{LiveError, RepairError};
use crate::settings::Settings;
use crate::store::StoreError;

/// Why a tool has failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Kafka cannot be reached.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// A record was not taken.
    #[error(transparent)]
    Send(#[from] SendError),
    /// PostgreSQL cannot be reached, or refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Postgres(#[from] shared::postgres::ConnectError),
    /// Redis cannot be reached, or refuses.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The settings of Redis cannot be used.
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// Redis was emptied while it was filled.
    #[error("Redis was emptied meanwhile; once more, please")]
    Emptied,
    /// The last day lies before the first one.
    #[error("--from must lie before --to")]
    NoDays,
    /// The results of that time are not kept any more.
    #[error("some results of the days before {0} are not kept any more; what is gone cannot be counted anew")]
    TooOld(chrono::NaiveDate),
    /// There is nothing to begin with.
    #[error("no states were kept on {0}; there are those of: {1}")]
    NoCheckpoint(chrono::NaiveDate, String),
    /// The answer cannot be written.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

impl From<RepairError> for ToolError {
    fn from(error: RepairError) -> Self {
        match error {
            RepairError::Store(error) => error.into(),
            RepairError::Live(error) => error.into(),
            RepairError::Emptied => Self::Emptied,
        }
    }
}

impl Command {
    /// Runs the command, and reports to `out`.
    ///
    /// # Errors
    /// See [`ToolError`].
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), ToolError> {
        match self {
            Self::Dlq(DeadLetterCommand::List { reason }) => dead_letters::list(settings, reason, out).await,
            Self::Dlq(DeadLetterCommand::Replay { reason }) => {
                dead_letters::replay(settings, reason, out).await
            }
            Self::Rebuild(Rebuild::Redis) => rebuild::redis(settings, out).await,
            Self::Rebuild(Rebuild::State { from }) => refold::refold(settings, from, out).await,
            Self::Rebuild(Rebuild::Rollups { from, to }) if from < to => {
                rebuild::rollups(settings, from, to, out).await
            }
            Self::Rebuild(Rebuild::Rollups { .. }) => Err(ToolError::NoDays),
        }
    }
}
