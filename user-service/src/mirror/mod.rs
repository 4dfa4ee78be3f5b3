//! The definitions in Redis: sealed, per shard, so that a pinger can take a shard over while this service is
//! away. And the poke that has pingers load what has changed.
//!
//! PostgreSQL is right, the mirror follows: `follow` after each change, `reconcile` every minute.

mod follow;
mod reconcile;

pub(crate) use follow::{Follower, Mirror, channel};
pub(crate) use reconcile::reconcile;

use domain::MonitorId;
use domain::monitor::Definition;
use shared::crypto::Keyring;

/// Why the mirror does not follow.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error("the database: {}", shared::postgres::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    #[error("a definition cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it took too long")]
    Timeout,
}

/// The context in which a definition is sealed.
fn context(monitor: MonitorId) -> String {
    format!("definition/{monitor}")
}

fn seal(keyring: &Keyring, definition: &Definition) -> Result<Vec<u8>, MirrorError> {
    let plain = serde_json::to_vec(definition)?;
    Ok(keyring.seal(&context(definition.id), &plain))
}
