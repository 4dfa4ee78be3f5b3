//! Puts the mirror right where it differs from the database: after a time without Redis, or a lost change.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use deadpool_postgres::Pool;
use domain::MonitorId;
use domain::internal::shard_of;
use domain::monitor::Definition;
use fred::clients::Client;
use fred::interfaces::HashesInterface;
use fred::types::Value;
use shared::crypto::Keyring;
use shared::redis::Keys;

use super::{MirrorError, open, seal};
use crate::store::monitor_row::{COLUMNS, MonitorRow};

/// The right to reconcile.
const LOCK: i64 = 0x6d69_7272_6f72;

/// Rows that are read together.
const PAGE: i64 = 2_000;

/// Compares every shard and puts right what differs; answers how much did. Does nothing while another pod
/// does it.
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
    // The mirror is read first: what changes from here on is followed anyway, and must not be undone.
    let mut mirrored = HashMap::new();
    for shard in 0..shards {
        let entries: HashMap<String, Vec<u8>> = redis.hgetall(keys.definitions(shard)).await?;
        if !entries.is_empty() {
            mirrored.insert(shard, entries);
        }
    }
    let mut wanted = definitions(&tx, shards).await?;
    drop(tx);
    drop(client);

    let mut repairs = 0;
    for shard in 0..shards {
        let entries = mirrored.remove(&shard).unwrap_or_default();
        let wanted = wanted.remove(&shard).unwrap_or_default();
        let (set, remove) = differences(&entries, &wanted, keyring)?;
        repairs += set.len() + remove.len();
        let key = keys.definitions(shard);
        if !set.is_empty() {
            redis.hset::<(), _, _>(&key, set).await?;
        }
        if !remove.is_empty() {
            redis.hdel::<(), _, _>(&key, remove).await?;
        }
    }
    Ok(repairs)
}

/// What a shard is to hold. Of a definition that cannot be read here only the id is known: what is mirrored of it is
/// left to those who can read it.
type Shard = HashMap<MonitorId, Option<Definition>>;

async fn definitions(tx: &impl GenericClient, shards: u32) -> Result<HashMap<u32, Shard>, MirrorError> {
    let sql =
        format!("SELECT {COLUMNS} FROM monitors m WHERE deleted_at IS NULL AND id > $1 ORDER BY id LIMIT $2");
    let mut all: HashMap<u32, Shard> = HashMap::new();
    let mut after = 0_i64;
    loop {
        let rows = tx.query(&sql, &[&after, &PAGE]).await?;
        for row in &rows {
            let row = MonitorRow::read(row)?;
            after = row.id.0;
            let shard = all.entry(shard_of(row.id, shards)).or_default();
            shard.insert(row.id, row.into_definition());
        }
        if (rows.len() as i64) < PAGE {
            return Ok(all);
        }
    }
}

type Fields = Vec<(String, Value)>;

/// What is to be set, and what is to be removed, for `entries` to say what is `wanted`.
fn differences(
    entries: &HashMap<String, Vec<u8>>,
    wanted: &Shard,
    keyring: &Keyring,
) -> Result<(Fields, Vec<String>), MirrorError> {
    let mut set = Vec::new();
    for (id, definition) in wanted {
        let Some(definition) = definition else { continue };
        let field = id.to_string();
        let current = entries.get(&field).filter(|sealed| keyring.is_current(sealed));
        let known = current.and_then(|sealed| open(keyring, *id, sealed));
        if known.as_ref() != Some(definition) {
            set.push((field, Value::from(seal(keyring, definition)?.as_slice())));
        }
    }
    let is_wanted = |field: &str| field.parse().is_ok_and(|id| wanted.contains_key(&MonitorId(id)));
    let remove = entries
        .keys()
        .filter(|field| !is_wanted(field))
        .cloned()
        .collect();
    Ok((set, remove))
}
