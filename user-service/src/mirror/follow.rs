//! Brings the mirror up to date after each change.

use std::collections::BTreeSet;
use std::time::Duration;

use deadpool_postgres::Pool;
use domain::MonitorId;
use domain::internal::shard_of;
use fred::clients::Client;
use fred::interfaces::{HashesInterface, PubsubInterface};
use fred::types::Value;
use shared::crypto::Keyring;
use shared::redis::Keys;
use tokio::sync::mpsc;

use super::{MirrorError, pings, seal, turns};
use crate::metrics as names;
use crate::store::monitor_row::{COLUMNS, MonitorRow};

/// Changes that wait, at most. What comes on top waits for the reconciliation.
const MAX_WAITING: usize = 10_000;

/// Changes that are carried out together.
const BATCH: usize = 256;

/// How long that may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// Sends changed monitors to the follower.
#[derive(Clone, Debug)]
pub(crate) struct Mirror(mpsc::Sender<MonitorId>);

impl Mirror {
    /// Notes that a change of a monitor is committed.
    pub(crate) fn changed(&self, monitor: MonitorId) {
        if self.0.try_send(monitor).is_err() {
            metrics::counter!(names::MIRROR_FAILURES).increment(1);
        }
    }
}

/// A queue from the handlers to the follower.
pub(crate) fn channel() -> (Mirror, mpsc::Receiver<MonitorId>) {
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    (Mirror(sender), receiver)
}

/// Brings the mirror up to date after each change.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) pool: Pool,
    pub(crate) redis: Client,
    pub(crate) keys: Keys,
    pub(crate) keyring: Keyring,
    pub(crate) shards: u32,
}

impl Follower {
    /// Follows until the last sender is gone.
    pub(crate) async fn run(self, mut changes: mpsc::Receiver<MonitorId>) {
        let mut batch = Vec::new();
        while changes.recv_many(&mut batch, BATCH).await > 0 {
            let ids: BTreeSet<MonitorId> = batch.drain(..).collect();
            let followed = tokio::time::timeout(DEADLINE, self.follow(&ids)).await;
            if let Err(error) = followed.unwrap_or(Err(MirrorError::Timeout)) {
                metrics::counter!(names::MIRROR_FAILURES).increment(ids.len() as u64);
                tracing::warn!(%error, "a change was not published to pingers");
            }
        }
    }

    /// Reads what the monitors are now, so that of two changes the later one stays, whichever is told first.
    async fn follow(&self, ids: &BTreeSet<MonitorId>) -> Result<(), MirrorError> {
        let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        turns::take(&tx, turns::MONITORS, wanted.iter().map(|id| *id as i32).collect()).await?;
        let sql = format!("SELECT {COLUMNS} FROM monitors m WHERE id = ANY($1) AND deleted_at IS NULL");
        let rows = tx.query(&sql, &[&wanted]).await?;
        let pipeline = self.redis.pipeline();
        let mut gone = ids.clone();
        for row in &rows {
            let row = MonitorRow::read(row, &self.keyring)?;
            gone.remove(&row.id);
            // What is mirrored of a definition that cannot be read here is left to those who can.
            let Some(definition) = row.into_definition() else {
                continue;
            };
            let key = self.keys.definitions(shard_of(definition.id, self.shards));
            let sealed = Value::from(seal(&self.keyring, &definition)?.as_slice());
            let entry = (definition.id.to_string(), sealed);
            pipeline.hset::<(), _, _>(key, entry).await?;
        }
        for id in gone {
            let key = self.keys.definitions(shard_of(id, self.shards));
            pipeline.hdel::<(), _, _>(key, id.to_string()).await?;
        }
        let told: Vec<String> = ids.iter().map(ToString::to_string).collect();
        pipeline
            .publish::<(), _, _>(self.keys.definitions_changed(), told.join(","))
            .await?;
        pipeline.all::<()>().await?;
        pings::follow(&tx, &self.redis, &self.keys, &self.keyring, &wanted).await
    }
}
