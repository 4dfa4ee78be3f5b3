//! The history in PostgreSQL. One transaction per batch, and every effect under a name, so that a batch
//! that comes twice changes nothing twice.

mod alert_events;
mod apply;
mod days;
mod directory;
mod erase;
mod error;
mod fields;
mod incident_words;
mod incidents;
mod jobs;
mod joint;
mod kept_spans;
mod live;
mod memory;
mod partitions;
mod pings;
mod plan_retention;
mod quorums;
mod recount;
mod refold;
mod region_rollups;
mod revisions;
mod rollups;
mod rows;
mod skipped;
mod spans;
mod states;
mod uptime;

use deadpool_postgres::Pool;
use tokio::sync::Mutex;

pub use error::StoreError;

pub(crate) use directory::Directory;
pub(crate) use jobs::{Jobs, Retention};
use memory::Memory;
use partitions::Partitions;
pub(crate) use refold::Refolded;

/// The processor's tables.
#[derive(Debug)]
pub struct Store {
    pool: Pool,
    partitions: Partitions,
    /// Held for as long as a batch is stored.
    memory: Mutex<Memory>,
}

impl Store {
    /// The tables behind `pool`.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            partitions: Partitions::default(),
            memory: Mutex::new(Memory::new()),
        }
    }
}
