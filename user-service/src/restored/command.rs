//! The command line of `restored`.

use clap::Args;
use domain::Timestamp;

/// After a restore.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Restored {
    /// An instant before the backup, from when on the log is read, as 2026-11-21T02:17:00Z; read from the database
    /// otherwise
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<Timestamp>,
    /// Does it to every monitor: when Kafka or Redis were restored as well
    #[arg(long)]
    pub all: bool,
}
