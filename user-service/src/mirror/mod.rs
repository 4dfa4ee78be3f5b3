//! The definitions in Redis: sealed, per shard, so that a pinger can take a shard over while this service is
//! away. And the poke that has pingers load what has changed. `pings` is what gateways have to know of heartbeats.
//!
//! PostgreSQL is right, the mirror follows: `follow` after each change, `reconcile` every minute.

mod follow;
mod pings;
mod reconcile;
mod repair;
mod turns;

pub(crate) use follow::{Follower, Mirror, channel};
pub(crate) use pings::{follow_now as follow_pings, reconcile as reconcile_pings};
pub(crate) use reconcile::{forget_other_shards, reconcile};

use std::collections::HashMap;

use domain::MonitorId;
use domain::monitor::Definition;
use fred::clients::Client;
use fred::interfaces::HashesInterface;
use shared::crypto::Keyring;
use shared::redis::Keys;

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

fn seal(keyring: &Keyring, definition: &Definition) -> Result<Vec<u8>, MirrorError> {
    let plain = serde_json::to_vec(definition)?;
    Ok(keyring.seal(&Definition::seal_context(definition.id), &plain))
}

/// Hands every mirrored definition to `take`; nothing for one that cannot be opened or read.
pub(crate) async fn read(
    redis: &Client,
    keys: &Keys,
    keyring: &Keyring,
    shards: u32,
    mut take: impl FnMut(Option<Definition>),
) -> Result<(), fred::error::Error> {
    for shard in 0..shards {
        let entries: HashMap<String, Vec<u8>> = redis.hgetall(keys.definitions(shard)).await?;
        for (id, sealed) in entries {
            let id = id.parse().map(MonitorId).ok();
            take(id.and_then(|id| open(keyring, id, &sealed)));
        }
    }
    Ok(())
}

/// What is mirrored of a monitor; nothing when it cannot be opened or read.
fn open(keyring: &Keyring, id: MonitorId, sealed: &[u8]) -> Option<Definition> {
    let plain = keyring.open(&Definition::seal_context(id), sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
