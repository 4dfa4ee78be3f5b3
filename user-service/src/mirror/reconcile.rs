//! Puts the mirror right where it differs from the database: after a time without Redis, or a lost change.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::GenericClient;
use deadpool_postgres::Pool;
use domain::MonitorId;
use domain::internal::{MAX_SHARDS, shard_of};
use domain::monitor::Definition;
use fred::clients::Client;
use fred::interfaces::{HashesInterface, KeysInterface as _};
use futures_util::future::try_join_all;
use shared::crypto::Keyring;
use shared::redis::Keys;

use super::repair::{Repair, repair};
use super::{MirrorError, open, seal};
use crate::store::monitor_row::{COLUMNS, MonitorRow};
use crate::store::unreadable::{self, Note};

/// The right to reconcile.
const LOCK: i64 = 0x6d69_7272_6f72;

/// Monitors that are compared together. Each may have 64 KiB, on either side.
const PAGE: i64 = 500;

/// Keys that are removed by one command.
const KEYS_PER_CALL: usize = 1_000;

/// Compares every shard and puts right what differs; answers how much did. Notes which definitions cannot be read, as
/// all are. Does nothing while another pod does it.
pub(crate) async fn reconcile(
    pool: &Pool,
    redis: &Client,
    keys: &Keys,
    keyring: &Keyring,
    shards: u32,
) -> Result<usize, MirrorError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    let locked = tx
        .query_one("SELECT pg_try_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    if !locked.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    // What is mirrored is read first, here and of each page: what changes from then on is followed anyway, and must not
    // be undone.
    let mut unwanted = HashMap::new();
    for shard in 0..shards {
        let fields: HashSet<String> = redis.hkeys(keys.definitions(shard)).await?;
        unwanted.insert(shard, fields);
    }
    let (mut repairs, mut notes) = (0, Vec::new());
    let mut after = 0;
    loop {
        let ids = next_ids(&tx, after).await?;
        let Some(&last) = ids.last() else { break };
        after = last;
        let mirrored = mirrored(redis, keys, shards, &ids).await?;
        for (shard, wanted) in definitions(&tx, keyring, shards, &ids, &mut notes).await? {
            if let Some(unwanted) = unwanted.get_mut(&shard) {
                wanted.keys().for_each(|id| {
                    unwanted.remove(&id.to_string());
                });
            }
            let wrong = differences(&mirrored, &wanted, keyring)?;
            repairs += repair(redis, &keys.definitions(shard), wrong).await?;
        }
    }
    for (shard, fields) in unwanted {
        repairs += fields.len();
        if !fields.is_empty() {
            let fields: Vec<String> = fields.into_iter().collect();
            redis.hdel::<(), _, _>(keys.definitions(shard), fields).await?;
        }
    }
    // At the end: until then nobody who edits such a monitor has to wait.
    unreadable::note(&tx, &notes).await?;
    tx.commit().await?;
    Ok(repairs)
}

/// Removes what was mirrored when there were more shards.
pub(crate) async fn forget_other_shards(
    redis: &Client,
    keys: &Keys,
    shards: u32,
) -> Result<(), fred::error::Error> {
    let others: Vec<String> = (shards..MAX_SHARDS)
        .map(|shard| keys.definitions(shard))
        .collect();
    for others in others.chunks(KEYS_PER_CALL) {
        redis.unlink::<i64, _>(others.to_vec()).await?;
    }
    Ok(())
}

/// The next monitors after `after`.
async fn next_ids(tx: &impl GenericClient, after: i64) -> Result<Vec<i64>, tokio_postgres::Error> {
    let sql = "SELECT id FROM monitors WHERE deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows = tx.query(sql, &[&after, &PAGE]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// What is mirrored of these monitors, by their ids.
async fn mirrored(
    redis: &Client,
    keys: &Keys,
    shards: u32,
    ids: &[i64],
) -> Result<HashMap<MonitorId, Vec<u8>>, fred::error::Error> {
    let mut by_shard: HashMap<u32, Vec<MonitorId>> = HashMap::new();
    for id in ids.iter().copied().map(MonitorId) {
        by_shard.entry(shard_of(id, shards)).or_default().push(id);
    }
    // The client pipelines what is sent at once.
    let reads = by_shard.into_iter().map(|(shard, ids)| async move {
        let fields: Vec<String> = ids.iter().map(MonitorId::to_string).collect();
        let entries: Vec<Option<Vec<u8>>> = redis.hmget(keys.definitions(shard), fields).await?;
        Ok::<_, fred::error::Error>(ids.into_iter().zip(entries))
    });
    let entries = try_join_all(reads).await?.into_iter().flatten();
    Ok(entries.filter_map(|(id, sealed)| Some((id, sealed?))).collect())
}

/// What a shard is to hold. Of a definition that cannot be read here only the id is known: what is mirrored of it is
/// left to those who can read it.
type Shard = HashMap<MonitorId, Option<Definition>>;

async fn definitions(
    tx: &impl GenericClient,
    keyring: &Keyring,
    shards: u32,
    ids: &[i64],
    notes: &mut Vec<Note>,
) -> Result<HashMap<u32, Shard>, MirrorError> {
    let sql = format!(
        "SELECT {COLUMNS}, m.unreadable_version FROM monitors m WHERE deleted_at IS NULL AND id = ANY($1)"
    );
    let mut all: HashMap<u32, Shard> = HashMap::new();
    for row in &tx.query(&sql, &[&ids]).await? {
        let noted = row.try_get("unreadable_version")?;
        let row = MonitorRow::read(row, keyring)?;
        notes.extend(Note::of(row.id, row.version, row.spec.value().is_some(), noted));
        let shard = all.entry(shard_of(row.id, shards)).or_default();
        shard.insert(row.id, row.into_definition());
    }
    Ok(all)
}

/// What is to be set for the mirror to say what is `wanted`.
fn differences(
    mirrored: &HashMap<MonitorId, Vec<u8>>,
    wanted: &Shard,
    keyring: &Keyring,
) -> Result<Vec<Repair>, MirrorError> {
    let mut repairs = Vec::new();
    for (id, definition) in wanted {
        let Some(definition) = definition else { continue };
        let before = mirrored.get(id);
        let current = before.filter(|sealed| keyring.is_current(sealed));
        let known = current.and_then(|sealed| open(keyring, *id, sealed));
        if known.as_ref() != Some(definition) {
            repairs.push(Repair::new(*id, before, seal(keyring, definition)?));
        }
    }
    Ok(repairs)
}
